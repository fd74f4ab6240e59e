#include "engine/journal/read_model.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "engine/journal/read_model_schema.hpp"
#include "engine/journal/read_model_writer.hpp"
#include "engine/journal/sqlite.hpp"

namespace triaged::journal {

namespace {

using sqlite::Database;
using sqlite::Transaction;

// A cache needs no sync of its own at every commit: NORMAL keeps the file whole through a power cut and loses
// at most the newest commits, which the journal still has.
constexpr std::string_view connection_settings = R"sql(
    PRAGMA page_size = 4096;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 16777216;
    PRAGMA cache_size = -65536;
)sql";

/// Drops every table; their indexes go with them.
Result<void> drop_tables(Database& database)
{
    auto rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'");
    if (!rows) return tl::unexpected(rows.error());
    std::string drops;
    int code = rows->step();
    for (; code == SQLITE_ROW; code = rows->step())
        drops += fmt::format("DROP TABLE \"{}\";", rows->bytes(0));
    if (code != SQLITE_DONE) return database.failure("listing its tables");
    rows->reset();
    return database.execute(drops);
}

Result<void> make_tables(Database& database)
{
    if (const auto dropped = drop_tables(database); !dropped) return dropped;
    return database.execute(fmt::format("{} PRAGMA application_id = {}; PRAGMA user_version = {};",
                                        read_model_schema, read_model_application_id, read_model_version));
}

/// Nothing is changed in a database that is not ours, not even its journal mode.
Result<void> refuse_foreign(Database& database)
{
    const auto id = database.integer("PRAGMA application_id");
    const auto tables = database.integer("SELECT count(*) FROM sqlite_master");
    if (!id || !tables) return database.failure("looking at its tables");
    if (*id == read_model_application_id || *tables == 0) return {};
    return fail(ErrorCode::journal_failed,
                fmt::format("{}: is a SQLite database, but not a read model of triaged", database.path()));
}

/// Makes the tables in a new file, or anew in one of another version.
Result<void> ensure_tables(Database& database)
{
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) return tl::unexpected(transaction.error());
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return tl::unexpected(version.error());
    if (*version != read_model_version)
        if (const auto made = make_tables(database); !made) return made;
    return transaction->commit();
}

}  // namespace

struct ReadModel::Tables {
    Database database;
    ReadModelWriter writer;
    sqlite::Statement set_applied;
    Seq applied = 0;

    Result<void> prepare();
};

Result<void> ReadModel::Tables::prepare()
{
    const auto stored = database.integer("SELECT applied FROM meta");
    if (!stored) return tl::unexpected(stored.error());
    auto setter = database.prepare("UPDATE meta SET applied = ?");
    if (!setter) return tl::unexpected(setter.error());
    applied = static_cast<Seq>(*stored);
    set_applied = std::move(*setter);
    return writer.prepare(database);
}

ReadModel::ReadModel(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}

ReadModel::~ReadModel() = default;

Result<std::unique_ptr<ReadModel>> ReadModel::open(const std::string& path, ConditionLines conditions)
{
    auto database = Database::open(path, Database::Open::create);
    if (!database) return tl::unexpected(database.error());
    if (const auto ours = refuse_foreign(*database); !ours) return tl::unexpected(ours.error());
    if (const auto set = database->execute(std::string(connection_settings)); !set)
        return tl::unexpected(set.error());
    if (const auto there = ensure_tables(*database); !there) return tl::unexpected(there.error());
    auto tables = std::make_unique<Tables>();
    tables->database = std::move(*database);
    tables->writer.read_conditions_with(std::move(conditions));
    if (const auto prepared = tables->prepare(); !prepared) return tl::unexpected(prepared.error());
    return std::unique_ptr<ReadModel>(new ReadModel(std::move(tables)));
}

Seq ReadModel::applied() const { return tables_->applied; }

Result<void> ReadModel::apply(std::span<const Event> events)
{
    Tables& tables = *tables_;
    while (!events.empty() && events.front().seq <= tables.applied) events = events.subspan(1);
    if (events.empty()) return {};
    check(events.front().seq == tables.applied + 1, "the read model is given every event");
    auto transaction = Transaction::begin(tables.database, Transaction::Kind::write);
    if (!transaction) return tl::unexpected(transaction.error());
    auto shown = tables.writer.show(events);
    if (!shown) return shown;
    tables.set_applied.bind(1, static_cast<std::int64_t>(events.back().seq));
    if (tables.set_applied.run() != SQLITE_DONE) return tables.database.failure("moving on");
    auto committed = transaction->commit();
    if (committed) tables.applied = events.back().seq;
    return committed;
}

Result<void> ReadModel::clear()
{
    Tables& tables = *tables_;
    auto transaction = Transaction::begin(tables.database, Transaction::Kind::write);
    if (!transaction) return tl::unexpected(transaction.error());
    if (const auto made = make_tables(tables.database); !made) return made;
    auto committed = transaction->commit();
    return committed ? tables.prepare() : committed;
}

}  // namespace triaged::journal
