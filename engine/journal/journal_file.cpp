#include "engine/journal/journal_file.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "engine/journal/write_ahead_log.hpp"

namespace triaged::journal {

namespace {

using sqlite::Database;

constexpr int application_id =
    0x74726a6e;  // 'trjn', so that `file` and we can tell a journal from other databases
constexpr int schema_version = 1;
constexpr std::uintmax_t page_bytes = 8192;

// Measured in docs/decisions/0002-journal-on-sqlite.md. The journal checkpoints by itself: SQLite's automatic
// checkpoint says nothing when a sync in it fails.
constexpr std::string_view connection_settings = R"sql(
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 16777216;
)sql";

constexpr std::string_view schema = R"sql(
    CREATE TABLE journal(
        desk      TEXT    NOT NULL,
        first_seq INTEGER NOT NULL,
        count     INTEGER NOT NULL,
        at        INTEGER NOT NULL,
        format    INTEGER NOT NULL,
        checksum  INTEGER NOT NULL,
        body      BLOB    NOT NULL,
        PRIMARY KEY(desk, first_seq));
    CREATE TABLE owner(
        desk   TEXT    PRIMARY KEY NOT NULL,
        epoch  INTEGER NOT NULL,
        head   INTEGER NOT NULL,
        holder TEXT    NOT NULL) WITHOUT ROWID;
)sql";

tl::unexpected<Error> unusable(std::string_view path, std::string_view why)
{
    return fail(ErrorCode::journal_failed, fmt::format("{}: {}", path, why));
}

/// Makes the directory entry of a file that was just linked durable.
bool sync_directory(const std::filesystem::path& directory)
{
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool synced = ::fsync(descriptor) == 0;
    ::close(descriptor);
    return synced;
}

std::filesystem::path directory_of(const std::string& path)
{
    const auto parent = std::filesystem::path(path).parent_path();
    return parent.empty() ? std::filesystem::path(".") : parent;
}

Result<void> write_empty_journal(const std::string& path)
{
    auto database = Database::open(path, Database::Open::create);
    if (!database) return tl::unexpected(database.error());
    return database->execute(
        fmt::format("PRAGMA page_size = {}; PRAGMA synchronous = FULL; BEGIN; {}"
                    "PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT;"
                    "PRAGMA journal_mode = WAL",
                    page_bytes, schema, application_id, schema_version));
}

/// The journal appears under its name complete or not at all, so that an empty file is known to be damage.
Result<void> create_whole(const std::string& path)
{
    const std::string beside = fmt::format("{}.new-{}", path, ::getpid());
    std::filesystem::remove(beside);
    auto created = write_empty_journal(beside);
    // That another process got there first is as good: its journal is complete too.
    if (created && ::link(beside.c_str(), path.c_str()) != 0 && errno != EEXIST)
        created = unusable(path, "creating it: " + std::generic_category().message(errno));
    ::unlink(beside.c_str());
    if (created && !sync_directory(directory_of(path)))
        return unusable(path, "syncing its directory: " + std::generic_category().message(errno));
    return created;
}

/// Creates what is new, refuses what cannot be a journal.
Result<void> ensure_file(const std::string& path)
{
    std::error_code failure;
    if (!std::filesystem::is_directory(directory_of(path), failure))
        return unusable(path, fmt::format("there is no directory {}", directory_of(path).string()));
    if (!std::filesystem::exists(path, failure)) {
        if (std::filesystem::exists(path + "-wal", failure))
            return fail(ErrorCode::journal_damaged,
                        fmt::format("{}: is missing, but {}-wal is there", path, path));
        return create_whole(path);
    }
    // SQLite takes such a file for a new database; ours have tables from the start.
    if (const auto size = std::filesystem::file_size(path, failure); !failure && size < page_bytes)
        return fail(ErrorCode::journal_damaged, fmt::format("{}: is cut short: it has {} bytes", path, size));
    return {};
}

Result<void> check_shape(Database& database)
{
    const auto id = database.integer("PRAGMA application_id");
    if (!id) return tl::unexpected(id.error());
    if (*id != application_id)
        return unusable(database.path(), "is a SQLite database, but not a journal of triaged");
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return tl::unexpected(version.error());
    if (*version != schema_version)
        return unusable(database.path(),
                        fmt::format("has tables of version {}, written by a newer triaged; this one knows {}",
                                    *version, schema_version));
    const auto mode = database.text("PRAGMA journal_mode = WAL");
    if (!mode) return tl::unexpected(mode.error());
    if (*mode != "wal")
        return unusable(database.path(), "SQLite cannot use a write-ahead log here (mode " + *mode + ")");
    return {};
}

}  // namespace

Result<Database> open_journal_file(const std::string& path)
{
    if (const auto there = ensure_file(path); !there) return tl::unexpected(there.error());
    if (const auto whole = check_write_ahead_log(path + "-wal"); !whole) return tl::unexpected(whole.error());
    auto database = Database::open(path, Database::Open::existing);
    if (!database) return database;
    if (const auto shaped = check_shape(*database); !shaped) return tl::unexpected(shaped.error());
    if (const auto set = database->execute(std::string(connection_settings)); !set)
        return tl::unexpected(set.error());
    return database;
}

}  // namespace triaged::journal
