#include "engine/outbox/store.hpp"

#include <fmt/format.h>

namespace triaged::outbox {

using journal::sqlite::Database;
using journal::sqlite::Statement;
using journal::sqlite::Transaction;

namespace {

constexpr int application_id = 0x74726f62;  // 'trob'
constexpr int version = 2;

constexpr std::string_view schema = R"sql(
    CREATE TABLE meta(position INTEGER NOT NULL);
    CREATE TABLE notes(
        seq INTEGER NOT NULL, lead TEXT NOT NULL, way INTEGER NOT NULL, body TEXT NOT NULL, state INTEGER NOT NULL,
        attempts INTEGER NOT NULL, made_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL, error TEXT NOT NULL,
        PRIMARY KEY(seq, lead, way)) WITHOUT ROWID;
    CREATE INDEX notes_due ON notes(next_ms) WHERE state = 0;
)sql";

constexpr std::string_view columns = "seq, lead, way, body, state, attempts, made_ms, next_ms, error";

/// Version 1 knew no way but webhooks. What it has to send is still to be sent.
constexpr std::string_view from_version_1 = R"sql(
    ALTER TABLE notes RENAME TO notes_1;
    DROP INDEX notes_due;
    ALTER TABLE meta RENAME TO meta_1;
    {}
    INSERT INTO notes SELECT seq, lead, 0, body, state, attempts, made_ms, next_ms, error FROM notes_1;
    INSERT INTO meta SELECT position FROM meta_1;
    DROP TABLE notes_1;
    DROP TABLE meta_1;
    PRAGMA user_version = {};
)sql";

std::int64_t number(Seq seq) { return static_cast<std::int64_t>(seq); }
std::int64_t number(NoteState state) { return static_cast<std::int64_t>(state); }
std::int64_t number(Way way) { return static_cast<std::int64_t>(way); }

}  // namespace

std::string_view to_string(NoteState state)
{
    switch (state) {
        case NoteState::pending:
            return "pending";
        case NoteState::sent:
            return "sent";
        case NoteState::dead:
            break;
    }
    return "dead";
}

std::string_view to_string(Way way) { return way == Way::mail ? "mail" : "webhook"; }

Result<Store> Store::open(const std::string& path, Seq begin)
{
    auto database = Database::open(path, Database::Open::create);
    if (!database) return tl::unexpected(database.error());
    Store store;
    store.database_ = std::move(*database);
    if (auto prepared = store.prepare(begin); !prepared) return tl::unexpected(prepared.error());
    return store;
}

Result<Store> Store::open_existing(const std::string& path)
{
    auto database = Database::open(path, Database::Open::existing);
    if (!database) return tl::unexpected(database.error());
    Store store;
    store.database_ = std::move(*database);
    if (auto prepared = store.prepare(std::nullopt); !prepared) return tl::unexpected(prepared.error());
    return store;
}

Result<void> Store::prepare(std::optional<Seq> begin)
{
    // What is lost with the machine's power is read from the journal again, or sent again under the same key.
    if (auto set = database_.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"); !set)
        return set;
    const auto id = database_.integer("PRAGMA application_id");
    if (!id) return tl::unexpected(id.error());
    if (*id == 0 && begin) {
        auto transaction = Transaction::begin(database_, Transaction::Kind::write);
        if (!transaction) return tl::unexpected(transaction.error());
        const auto made = database_.execute(fmt::format(
            "{} INSERT INTO meta VALUES({}); PRAGMA application_id = {}; PRAGMA user_version = {};", schema,
            *begin, application_id, version));
        if (!made) return made;
        if (auto committed = transaction->commit(); !committed) return committed;
    } else if (*id != application_id) {
        return fail(ErrorCode::journal_failed, fmt::format("{} is no outbox", database_.path()));
    }
    auto found = database_.integer("PRAGMA user_version");
    if (found && *found == 1) {
        auto transaction = Transaction::begin(database_, Transaction::Kind::write);
        if (!transaction) return tl::unexpected(transaction.error());
        const auto moved = database_.execute(fmt::format(from_version_1, schema, version));
        if (!moved) return moved;
        if (auto committed = transaction->commit(); !committed) return committed;
        found = version;
    }
    if (!found) return tl::unexpected(found.error());
    if (*found != version)
        return fail(ErrorCode::journal_failed,
                    fmt::format("{} is of version {}, not {}: written by a newer triaged", database_.path(),
                                *found, version));
    const auto position = database_.integer("SELECT position FROM meta");
    if (!position) return tl::unexpected(position.error());
    position_ = static_cast<Seq>(*position);
    return {};
}

Result<void> Store::add(std::span<const Note> notes, Seq position)
{
    auto transaction = Transaction::begin(database_, Transaction::Kind::write);
    if (!transaction) return tl::unexpected(transaction.error());
    auto insert = database_.prepare("INSERT OR IGNORE INTO notes VALUES(?,?,?,?,?,?,?,?,?)");
    if (!insert) return tl::unexpected(insert.error());
    for (const auto& note : notes) {
        insert->bind_all(number(note.seq), std::string_view(note.lead), number(note.way),
                         std::string_view(note.body), number(note.state), std::int64_t{note.attempts},
                         note.made_at.ms, note.next_at.ms, std::string_view(note.error));
        if (insert->run() != SQLITE_DONE) return database_.failure("taking up a notification");
    }
    auto move = database_.prepare("UPDATE meta SET position = ?");
    if (!move) return tl::unexpected(move.error());
    move->bind_all(number(position));
    if (move->run() != SQLITE_DONE) return database_.failure("moving the outbox's position");
    auto committed = transaction->commit();
    if (committed) position_ = position;
    return committed;
}

Result<std::vector<Note>> Store::read(Statement& statement)
{
    std::vector<Note> notes;
    int code = statement.step();
    for (; code == SQLITE_ROW; code = statement.step()) {
        Note note;
        note.seq = static_cast<Seq>(statement.integer(0));
        note.lead = statement.bytes(1);
        note.way = static_cast<Way>(statement.integer(2));
        note.body = statement.bytes(3);
        note.state = static_cast<NoteState>(statement.integer(4));
        note.attempts = static_cast<int>(statement.integer(5));
        note.made_at.ms = statement.integer(6);
        note.next_at.ms = statement.integer(7);
        note.error = statement.bytes(8);
        notes.push_back(std::move(note));
    }
    if (code != SQLITE_DONE) return database_.failure("reading the outbox");
    return notes;
}

Result<std::vector<Note>> Store::due(Instant now, std::size_t max)
{
    auto select = database_.prepare(fmt::format(
        "SELECT {} FROM notes WHERE state = 0 AND next_ms <= ? ORDER BY next_ms, seq, lead, way LIMIT ?",
        columns));
    if (!select) return tl::unexpected(select.error());
    select->bind_all(now.ms, static_cast<std::int64_t>(max));
    return read(*select);
}

Result<std::optional<Instant>> Store::next_due()
{
    auto select = database_.prepare("SELECT next_ms FROM notes WHERE state = 0 ORDER BY next_ms LIMIT 1");
    if (!select) return tl::unexpected(select.error());
    const int code = select->step();
    if (code == SQLITE_DONE) return std::optional<Instant>();
    if (code != SQLITE_ROW) return database_.failure("reading the outbox");
    return std::optional(Instant{select->integer(0)});
}

Result<void> Store::mark(const Note& note, NoteState state, const std::string& error, Instant next_at,
                         int attempts)
{
    auto update = database_.prepare(
        "UPDATE notes SET state = ?4, error = ?5, next_ms = ?6, attempts = ?7"
        " WHERE seq = ?1 AND lead = ?2 AND way = ?3");
    if (!update) return tl::unexpected(update.error());
    update->bind_all(number(note.seq), std::string_view(note.lead), number(note.way), number(state),
                     std::string_view(error), next_at.ms, std::int64_t{attempts});
    if (update->run() != SQLITE_DONE) return database_.failure("marking a notification");
    return {};
}

Result<void> Store::mark_sent(const Note& note, Instant at)
{
    return mark(note, NoteState::sent, {}, at, note.attempts + 1);
}

Result<void> Store::mark_failed(const Note& note, const std::string& error, Instant next_at)
{
    return mark(note, NoteState::pending, error, next_at, note.attempts + 1);
}

Result<void> Store::mark_dead(const Note& note, const std::string& error)
{
    return mark(note, NoteState::dead, error, note.next_at, note.attempts + 1);
}

Result<std::int64_t> Store::revive(std::optional<Seq> seq)
{
    auto update = database_.prepare(
        "UPDATE notes SET state = 0, attempts = 0, next_ms = 0 WHERE state = 2 AND (?1 = 0 OR seq = ?1)");
    if (!update) return tl::unexpected(update.error());
    update->bind_all(number(seq.value_or(0)));
    if (update->run() != SQLITE_DONE) return database_.failure("reviving notifications");
    return std::int64_t{sqlite3_changes(database_.raw())};
}

Result<void> Store::forget_sent(Instant before)
{
    auto remove = database_.prepare("DELETE FROM notes WHERE state = 1 AND next_ms < ?");
    if (!remove) return tl::unexpected(remove.error());
    remove->bind_all(before.ms);
    if (remove->run() != SQLITE_DONE) return database_.failure("dropping old notifications");
    return {};
}

Result<std::vector<Note>> Store::list(std::optional<NoteState> state)
{
    auto select = database_.prepare(
        fmt::format("SELECT {} FROM notes WHERE ?1 < 0 OR state = ?1 ORDER BY seq, lead, way", columns));
    if (!select) return tl::unexpected(select.error());
    select->bind_all(state ? number(*state) : std::int64_t{-1});
    return read(*select);
}

Result<std::int64_t> Store::count(NoteState state)
{
    return database_.integer(fmt::format("SELECT count(*) FROM notes WHERE state = {}", number(state)));
}

}  // namespace triaged::outbox
