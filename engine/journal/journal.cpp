#include "engine/journal/journal.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "engine/journal/checksum.hpp"
#include "engine/journal/codec.hpp"
#include "engine/journal/journal_file.hpp"
#include "engine/journal/snapshot_file.hpp"
#include "engine/journal/sqlite.hpp"

namespace triaged::journal {

namespace {

using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;

// Small checkpoints, because one holds up the appends after it for as long as the disk takes to write its
// pages: 2 MiB, 3 ms (docs/decisions/0002-journal-on-sqlite.md).
constexpr int checkpoint_pages = 256;

// Bytes of batches read in one transaction, and how long there is none after it if somebody appends: while
// one lasts the log can neither be checkpointed beyond it nor start over, and an append has to make up for
// that in the end.
constexpr std::size_t part_bytes = 4 << 20;
constexpr std::chrono::milliseconds pause_min{5};  // or as long as the part took, if that is more

tl::unexpected<Error> damaged(std::string_view path, std::string_view desk, std::string_view what)
{
    return fail(ErrorCode::journal_damaged, fmt::format("{}: desk '{}': {}", path, desk, what));
}

tl::unexpected<Error> unusable(std::string_view path, std::string_view why)
{
    return fail(ErrorCode::journal_failed, fmt::format("{}: {}", path, why));
}

std::uint64_t checksum_of(std::string_view desk, const Batch& batch, std::uint32_t format)
{
    Checksum checksum;
    checksum.add(static_cast<std::uint32_t>(desk.size())).add(desk);
    checksum.add(std::uint64_t{batch.first_seq}).add(batch.count).add(batch.at.ms).add(format);
    return checksum.add(batch.body).value();
}

}  // namespace

/// Where reading is.
struct Reading {
    Seq next = 0;
    std::optional<Seq> last = {};  // to be read: the head as it began; nothing before its first part
    Seq head = 0;                  // as of the latest part
    bool stopped = false;          // by who takes the batches

    bool done() const { return stopped || next > *last; }
};

struct Journal::Store {
    Database database;
    std::string desk;
    Statement begin;
    Statement move_head;
    Statement insert;
    Statement commit;
    Statement rollback;
    Statement owner;
    Statement last_batch;
    std::int64_t epoch = 0;  // 0: no ownership taken
    Seq head = 0;            // of what this owner has committed
    int log_pages = 0;       // in the write-ahead log after the last commit
    std::optional<AppendResult> ended;

    Result<void> prepare();
    Result<std::optional<std::int64_t>> stored_head();
    Result<Seq> checked_head();
    AppendResult give_up(Append outcome, std::string why);
    AppendResult fail_append(std::string_view doing);
    AppendResult fenced();
    bool checkpoint_if_due();
    Result<void> read_part(Reading& reading, const std::function<bool(const Batch&)>& take);
    Result<Batch> batch_of(Statement& row);
};

Result<void> Journal::Store::prepare()
{
    const std::pair<Statement*, std::string_view> statements[] = {
        {&begin, "BEGIN IMMEDIATE"},
        {&move_head, "UPDATE owner SET head = ?1 WHERE desk = ?2 AND epoch = ?3 AND head = ?4"},
        {&insert,
         "INSERT INTO journal(desk, first_seq, count, at, format, checksum, body) VALUES(?, ?, ?, ?, ?, ?, "
         "?)"},
        {&commit, "COMMIT"},
        {&rollback, "ROLLBACK"},
        {&owner, "SELECT epoch, head, holder FROM owner WHERE desk = ?"},
        {&last_batch, "SELECT first_seq, count FROM journal WHERE desk = ? ORDER BY first_seq DESC LIMIT 1"},
    };
    for (const auto& [statement, sql] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return {};
}

/// The head as the desk's owner row has it; nothing if the desk has none.
Result<std::optional<std::int64_t>> Journal::Store::stored_head()
{
    const sqlite::ResetAtEnd reset(owner);
    owner.bind(1, desk);
    const int code = owner.step();
    if (code == SQLITE_DONE) return std::optional<std::int64_t>{};
    if (code != SQLITE_ROW) return database.failure("reading the head");
    if (!owner.is_integer(1) || owner.integer(1) < 0)
        return damaged(database.path(), desk, "its head is not a number");
    return std::optional(owner.integer(1));
}

/// The head, once it is known to be where the last batch ends. \pre a transaction is open.
Result<Seq> Journal::Store::checked_head()
{
    const auto stored = stored_head();
    if (!stored) return tl::unexpected(stored.error());
    const auto head_seq = static_cast<Seq>(stored->value_or(0));
    const sqlite::ResetAtEnd reset(last_batch);
    last_batch.bind(1, desk);
    const int code = last_batch.step();
    if (code != SQLITE_ROW && code != SQLITE_DONE) return database.failure("reading the last batch");
    const auto end =
        code == SQLITE_DONE ? Seq{0} : static_cast<Seq>(last_batch.integer(0) + last_batch.integer(1) - 1);
    if (end == head_seq) return head_seq;
    if (!*stored)
        return damaged(database.path(), desk, fmt::format("{} events are there, but no owner row", end));
    return damaged(database.path(), desk,
                   fmt::format("the head is seq {}, but the last batch ends at seq {}", head_seq, end));
}

AppendResult Journal::Store::give_up(Append outcome, std::string why)
{
    rollback.run();
    // After a failed sync nobody knows what the disk holds: closing must not move any of it into the
    // database.
    if (outcome == Append::failed)
        sqlite3_db_config(database.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    ended = AppendResult{outcome, std::move(why)};
    return *ended;
}

AppendResult Journal::Store::fail_append(std::string_view doing)
{
    return give_up(Append::failed, sqlite::error_of(database.raw(), database.path(), doing).message);
}

AppendResult Journal::Store::fenced()
{
    std::string why = fmt::format("{}: desk '{}' has no owner row any more", database.path(), desk);
    owner.bind(1, desk);
    if (owner.step() == SQLITE_ROW)
        why = fmt::format(
            "{}: desk '{}' is held by {} (epoch {}, head {}); this process had epoch {}, head {}",
            database.path(), desk, owner.bytes(2), owner.integer(0), owner.integer(1), epoch, head);
    owner.reset();
    return give_up(Append::fenced, std::move(why));
}

/// Moves the log's pages into the database once there are many. \return whether every write and sync went
/// well.
bool Journal::Store::checkpoint_if_due()
{
    if (log_pages < checkpoint_pages) return true;
    log_pages = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(database.raw(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    return code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY;  // a reader in the way only puts it off
}

/// Columns first_seq, count, at, format, checksum, body, checked against each other.
Result<Batch> Journal::Store::batch_of(Statement& row)
{
    const std::int64_t first_seq = row.integer(0);
    const auto wrong = [&](std::string_view what) {
        return damaged(database.path(), desk, fmt::format("batch at seq {}: {}", first_seq, what));
    };
    for (int column = 0; column < 5; ++column)
        if (!row.is_integer(column)) return wrong(fmt::format("column {} is not a number", column + 2));
    const std::int64_t count = row.integer(1);
    const std::int64_t format = row.integer(3);
    if (first_seq < 1 || count < 1 || count > std::numeric_limits<std::uint32_t>::max())
        return wrong(fmt::format("cannot hold {} events", count));

    Batch batch{static_cast<Seq>(first_seq), static_cast<std::uint32_t>(count), Instant{row.integer(2)},
                std::string(row.bytes(5))};
    const auto stored = static_cast<std::uint64_t>(row.integer(4));
    const std::uint64_t made = checksum_of(desk, batch, static_cast<std::uint32_t>(format));
    if (made != stored)
        return wrong(
            fmt::format("its checksum is {:016x}, but what it holds ({} events, {} bytes) makes {:016x}",
                        stored, count, batch.body.size(), made));
    if (format != format_version)
        return unusable(database.path(),
                        fmt::format("desk '{}': batch at seq {} has format {}, written by a newer triaged; "
                                    "this one reads up to {}",
                                    desk, first_seq, format, format_version));
    return batch;
}

Journal::Journal(std::unique_ptr<Store> store) : store_(std::move(store)) {}

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path, const std::string& desk)
{
    auto database = open_journal_file(path);
    if (!database) return tl::unexpected(database.error());
    auto store = std::make_unique<Store>();
    store->database = std::move(*database);
    store->desk = desk;
    if (const auto prepared = store->prepare(); !prepared) return tl::unexpected(prepared.error());
    const auto count_pages = [](void* log_pages, sqlite3*, const char*, int pages) {
        *static_cast<int*>(log_pages) = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(store->database.raw(), count_pages, &store->log_pages);
    return std::unique_ptr<Journal>(new Journal(std::move(store)));
}

Result<void> Journal::take_ownership(const std::string& holder)
{
    Store& store = *store_;
    // Begins a new log: what a crash left at the end of the old one could look like damage after the next
    // crash.
    const auto emptied = store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!emptied) return emptied;
    auto transaction = Transaction::begin(store.database, Transaction::Kind::write);
    if (!transaction) return tl::unexpected(transaction.error());
    const auto head = store.checked_head();
    if (!head) return tl::unexpected(head.error());
    auto upsert = store.database.prepare(
        "INSERT INTO owner(desk, epoch, head, holder) VALUES(?1, 1, 0, ?2)"
        " ON CONFLICT(desk) DO UPDATE SET epoch = epoch + 1, holder = excluded.holder RETURNING epoch");
    if (!upsert) return tl::unexpected(upsert.error());
    upsert->bind_all(std::string_view(store.desk), std::string_view(holder));
    if (upsert->step() != SQLITE_ROW) return store.database.failure("taking ownership");
    const std::int64_t epoch = upsert->integer(0);
    if (upsert->run() != SQLITE_DONE) return store.database.failure("taking ownership");
    auto committed = transaction->commit();
    if (!committed) return committed;
    store.epoch = epoch;
    store.head = *head;
    return {};
}

Result<Seq> Journal::head()
{
    const auto stored = store_->stored_head();
    if (!stored) return tl::unexpected(stored.error());
    return static_cast<Seq>(stored->value_or(0));
}

AppendResult Journal::append(const Batch& batch)
{
    Store& store = *store_;
    if (store.ended) return *store.ended;
    check(store.epoch > 0, "only an owner appends");
    check(batch.count > 0 && batch.first_seq == store.head + 1, "a batch follows the head");
    const Seq new_head = store.head + batch.count;

    // Here rather than after the commit, so that whoever waits for the last batch does not wait for this.
    if (!store.checkpoint_if_due()) return store.fail_append("checkpointing the log");
    if (store.begin.run() != SQLITE_DONE) return store.fail_append("beginning to append");
    store.move_head.bind_all(static_cast<std::int64_t>(new_head), std::string_view(store.desk), store.epoch,
                             static_cast<std::int64_t>(store.head));
    if (store.move_head.run() != SQLITE_DONE) return store.fail_append("moving the head");
    if (sqlite3_changes(store.database.raw()) != 1) return store.fenced();

    const auto checksum = static_cast<std::int64_t>(checksum_of(store.desk, batch, format_version));
    store.insert.bind_all(std::string_view(store.desk), static_cast<std::int64_t>(batch.first_seq),
                          std::int64_t{batch.count}, batch.at.ms, std::int64_t{format_version}, checksum);
    store.insert.bind_blob(7, batch.body);
    if (store.insert.run() != SQLITE_DONE) return store.fail_append("writing a batch");
    if (store.commit.run() != SQLITE_DONE) return store.fail_append("committing a batch");
    store.head = new_head;
    return {};
}

Result<void> Journal::read(Seq after, const std::function<bool(const Batch&)>& take)
{
    for (Reading reading{after + 1};;) {
        const auto began = std::chrono::steady_clock::now();
        const auto read = store_->read_part(reading, take);
        if (!read || reading.done()) return read;
        if (reading.head == *reading.last) continue;
        const auto took = std::chrono::steady_clock::now() - began;
        std::this_thread::sleep_for(std::max<std::chrono::nanoseconds>(pause_min, took));
    }
}

/// Reads on, in one transaction, so that head and batches are of the same moment while another process
/// appends.
Result<void> Journal::Store::read_part(Reading& reading, const std::function<bool(const Batch&)>& take)
{
    const auto& path = database.path();
    auto transaction = Transaction::begin(database, Transaction::Kind::read);
    if (!transaction) return tl::unexpected(transaction.error());
    const auto checked = checked_head();
    if (!checked) return tl::unexpected(checked.error());
    auto& next = reading.next;
    const bool first = !reading.last;
    reading.head = *checked;
    if (first) reading.last = *checked;
    if (next > *checked + 1)
        return damaged(
            path, desk,
            fmt::format("ends at seq {}, but events after seq {} are asked for", *checked, next - 1));
    if (reading.done()) return {};
    auto rows = database.prepare(
        "SELECT first_seq, count, at, format, checksum, body FROM journal WHERE desk = ?1 AND first_seq >="
        " coalesce((SELECT max(first_seq) FROM journal WHERE desk = ?1 AND first_seq <= ?2), 0) ORDER BY "
        "first_seq");
    if (!rows) return tl::unexpected(rows.error());
    rows->bind_all(std::string_view(desk), static_cast<std::int64_t>(next));

    bool within = first;  // `next` may lie within its batch
    for (std::size_t bytes = 0; next <= *reading.last && bytes < part_bytes; within = false) {
        const int code = rows->step();
        if (code == SQLITE_DONE)
            return damaged(path, desk,
                           fmt::format("events from seq {} to {} are missing", next, *reading.last));
        if (code != SQLITE_ROW) {
            Error error =
                sqlite::error_of(database.raw(), path,
                                 fmt::format("desk '{}': reading the batch that holds seq {}", desk, next));
            return tl::unexpected(std::move(error));
        }
        const auto batch = batch_of(*rows);
        if (!batch) return tl::unexpected(batch.error());
        const Seq end = batch->first_seq + batch->count;
        const bool follows = batch->first_seq == next || (within && batch->first_seq < next && next < end);
        if (!follows)
            return damaged(path, desk,
                           fmt::format("batch at seq {} (to {}) where the batch that holds seq {} should be",
                                       batch->first_seq, end - 1, next));
        reading.stopped = !take(*batch);
        if (reading.stopped) return {};
        next = end;
        bytes += batch->body.size();
    }
    return {};
}

Result<void> Journal::save_snapshot(Seq seq, const std::function<Result<void>(const ByteSink&)>& write)
{
    return write_snapshot(snapshot_path(store_->database.path(), store_->desk), store_->desk, seq, write);
}

Result<Snapshot> Journal::load_snapshot(std::string& warning)
{
    const auto last = head();
    if (!last) return tl::unexpected(last.error());
    const auto path = snapshot_path(store_->database.path(), store_->desk);
    auto snapshot = read_snapshot(path, store_->desk);
    if (!snapshot)
        warning = snapshot.error().message;
    else if (snapshot->seq > *last)
        warning = fmt::format("{}: snapshot: is of seq {}, but the journal ends at seq {}", path,
                              snapshot->seq, *last);
    else
        return snapshot;
    return Snapshot{};
}

Result<std::uint64_t> Journal::verify()
{
    std::uint64_t events = 0;
    Result<void> sound;
    const auto read_all = read(0, [&](const Batch& batch) {
        const auto decoded = decode(batch.body, batch.first_seq, batch.count);
        if (!decoded)
            sound = damaged(store_->database.path(), store_->desk,
                            fmt::format("batch at seq {}: {}", batch.first_seq, decoded.error().message));
        events += batch.count;
        return sound.has_value();
    });
    if (!read_all) return tl::unexpected(read_all.error());
    if (!sound) return tl::unexpected(sound.error());
    return events;
}

}  // namespace triaged::journal
