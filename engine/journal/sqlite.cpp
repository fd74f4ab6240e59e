#include "engine/journal/sqlite.hpp"

#include <utility>

#include <fmt/format.h>

namespace triaged::journal::sqlite {

namespace {

/// Without it every allocation of every connection takes one lock to count itself, and a thread of low
/// priority that is kept from its processor while it holds that lock holds up the commits of the journal.
void count_no_memory()
{
    static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(done);  // refused if SQLite is in use already: then it only counts
}

constexpr int busy_timeout_ms = 2000;  // how long to wait for another connection's write transaction

bool means_damage(int code)
{
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_FORMAT;
}

}  // namespace

Error error_of(sqlite3* database, const std::string& path, std::string_view doing)
{
    const int code = sqlite3_extended_errcode(database);
    const ErrorCode kind = means_damage(code & 0xff) ? ErrorCode::journal_damaged : ErrorCode::journal_failed;
    return Error{kind, fmt::format("{}: {}: {} (SQLite {}, {})", path, doing, sqlite3_errmsg(database), code,
                                   sqlite3_errstr(code))};
}

void Statement::bind(int column, std::string_view text)
{
    sqlite3_bind_text64(statement_.get(), column, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
}

void Statement::bind_blob(int column, std::string_view bytes)
{
    sqlite3_bind_blob64(statement_.get(), column, bytes.data() ? bytes.data() : "", bytes.size(),
                        SQLITE_STATIC);
}

int Statement::run()
{
    int code = step();
    while (code == SQLITE_ROW) code = step();
    reset();
    return code;
}

std::string_view Statement::bytes(int column) const
{
    const auto* const data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Result<Database> Database::open(const std::string& path, Open how)
{
    count_no_memory();
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (how == Open::create ? SQLITE_OPEN_CREATE : 0);
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    Database database;
    database.database_.reset(raw);
    database.path_ = path;
    if (code != SQLITE_OK) return database.failure("opening it");
    sqlite3_busy_timeout(raw, busy_timeout_ms);
    return database;
}

Result<void> Database::execute(const std::string& sql)
{
    if (sqlite3_exec(raw(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure(sql);
    return {};
}

Result<Statement> Database::prepare(std::string_view sql)
{
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(raw(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return failure(sql);
    return Statement(statement);
}

Result<std::int64_t> Database::integer(std::string_view sql)
{
    auto statement = prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    const int code = statement->step();
    if (code == SQLITE_ROW) return statement->integer(0);
    if (code == SQLITE_DONE) return 0;
    return failure(sql);
}

Result<std::string> Database::text(std::string_view sql)
{
    auto statement = prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    const int code = statement->step();
    if (code == SQLITE_ROW) return std::string(statement->bytes(0));
    if (code == SQLITE_DONE) return std::string();
    return failure(sql);
}

Result<Transaction> Transaction::begin(Database& database, Kind kind)
{
    const auto begun = database.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!begun) return tl::unexpected(begun.error());
    return Transaction(database);
}

Transaction::~Transaction()
{
    if (database_) sqlite3_exec(database_->raw(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void> Transaction::commit()
{
    auto committed = database_->execute("COMMIT");
    if (committed) database_ = nullptr;
    return committed;
}

}  // namespace triaged::journal::sqlite
