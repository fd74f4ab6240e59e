#include "engine/journal/journal.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/journal/checksum.hpp"
#include "engine/journal/sqlite.hpp"
#include "tests/journal/random_events.hpp"
#include "tests/journal/temp_dir.hpp"

using namespace triaged;
using namespace triaged::test;
using journal::Append;
using journal::Batch;
using journal::Journal;

namespace {

std::unique_ptr<Journal> opened(const std::string& path, const std::string& desk = "main")
{
    auto journal = Journal::open(path, desk);
    INFO((journal ? std::string() : journal.error().message));
    REQUIRE(journal);
    return std::move(*journal);
}

std::unique_ptr<Journal> owned(const std::string& path, const std::string& desk = "main")
{
    auto journal = opened(path, desk);
    REQUIRE(journal->take_ownership("test"));
    return journal;
}

Error open_error(const std::string& path)
{
    const auto journal = Journal::open(path, "main");
    REQUIRE_FALSE(journal);
    return journal.error();
}

bool same(const Batch& a, const Batch& b)
{
    return a.first_seq == b.first_seq && a.count == b.count && a.at == b.at && a.body == b.body;
}

std::vector<Batch> read_all(Journal& journal, Seq after = 0)
{
    std::vector<Batch> batches;
    const auto read = journal.read(after, [&](const Batch& batch) { return batches.push_back(batch), true; });
    INFO((read ? std::string() : read.error().message));
    REQUIRE(read);
    return batches;
}

/// Appends `batches` batches of `events` random events each.
std::vector<Batch> append_some(Journal& journal, int batches, std::uint32_t events = 10,
                               std::uint64_t seed = 1)
{
    RandomEvents random(seed);
    std::vector<Batch> appended;
    Seq next = *journal.head() + 1;
    for (int i = 0; i < batches; ++i, next += events) {
        appended.push_back(random_batch(random, next, events));
        const auto result = journal.append(appended.back());
        INFO(result.why);
        REQUIRE(result.outcome == Append::committed);
    }
    return appended;
}

/// Changes the database behind the journal's back.
void tamper(const std::string& path, const std::string& sql)
{
    auto database = journal::sqlite::Database::open(path, journal::sqlite::Database::Open::existing);
    REQUIRE(database);
    const auto done = database->execute(sql);
    INFO((done ? std::string() : done.error().message));
    REQUIRE(done);
}

/// A journal of ten batches of ten events, closed again.
std::string make_journal(const TempDir& dir)
{
    const auto path = dir.file("journal.db");
    append_some(*owned(path), 10);
    return path;
}

/// What reading everything says, and how many events came before it.
std::pair<Error, Seq> damage_found(const std::string& path)
{
    auto journal = Journal::open(path, "main");
    if (!journal) return {journal.error(), 0};
    Seq last = 0;
    const auto read = (*journal)->read(
        0, [&](const Batch& batch) { return last = batch.first_seq + batch.count - 1, true; });
    REQUIRE_FALSE(read);
    const auto verified = (*journal)->verify();
    REQUIRE_FALSE(verified);
    CHECK(verified.error() == read.error());
    return {read.error(), last};
}

}  // namespace

TEST_CASE("a new journal is empty and has no owner", "[journal]")
{
    const TempDir dir;
    const auto journal = opened(dir.file("journal.db"));
    CHECK(journal->head() == Seq{0});
    CHECK(read_all(*journal).empty());
    CHECK(journal->verify() == std::uint64_t{0});
}

TEST_CASE("batches read back as they were appended, also after opening again", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto appended = append_some(*owned(path), 20);
    const auto journal = opened(path);
    CHECK(journal->head() == Seq{200});
    const auto batches = read_all(*journal);
    REQUIRE(batches.size() == appended.size());
    for (std::size_t i = 0; i < batches.size(); ++i) CHECK(same(batches[i], appended[i]));
    CHECK(journal->verify() == std::uint64_t{200});
}

TEST_CASE("reading starts at the batch that holds the next event and stops when told", "[journal]")
{
    const TempDir dir;
    const auto journal = owned(dir.file("journal.db"));
    append_some(*journal, 5);
    CHECK(read_all(*journal, 20).front().first_seq == 21);
    CHECK(read_all(*journal, 25).front().first_seq == 21);
    CHECK(read_all(*journal, 29).size() == 3);
    CHECK(read_all(*journal, 50).empty());
    int seen = 0;
    REQUIRE(journal->read(0, [&](const Batch&) { return ++seen < 2; }));
    CHECK(seen == 2);
}

TEST_CASE("large and empty bodies are kept whole", "[journal]")
{
    const TempDir dir;
    const auto journal = owned(dir.file("journal.db"));
    const Batch large{1, 1, Instant{5}, std::string(5'000'000, 'x')};
    const Batch empty{2, 7, Instant{6}, ""};
    REQUIRE(journal->append(large).outcome == Append::committed);
    REQUIRE(journal->append(empty).outcome == Append::committed);
    const auto batches = read_all(*journal);
    REQUIRE(batches.size() == 2);
    CHECK(same(batches[0], large));
    CHECK(same(batches[1], empty));
}

TEST_CASE("whoever takes ownership fences the process that had it", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto first = owned(path);
    append_some(*first, 2);
    const auto second = opened(path);
    REQUIRE(second->take_ownership("the second"));

    RandomEvents random(9);
    const Batch late = random_batch(random, 21, 3);
    const auto refused = first->append(late);
    CHECK(refused.outcome == Append::fenced);
    CHECK_THAT(refused.why, Catch::Contains("held by the second (epoch 2, head 20)"));
    CHECK(first->append(late).outcome == Append::fenced);
    CHECK(first->append(late).why == refused.why);
    CHECK(second->head() == Seq{20});

    append_some(*second, 3);
    CHECK(read_all(*first).size() == 5);
}

TEST_CASE("desks in one file have histories of their own", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto one = owned(path, "one");
    const auto two = owned(path, "two");
    append_some(*one, 3, 10, 1);
    append_some(*two, 2, 5, 2);
    append_some(*one, 1, 10, 3);
    CHECK(one->head() == Seq{40});
    CHECK(two->head() == Seq{10});
    CHECK(read_all(*one).size() == 4);
    CHECK(read_all(*two).size() == 2);
}

TEST_CASE("a reader sees whole batches while another connection appends", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto writer = owned(path);
    append_some(*writer, 3);
    const auto reader = opened(path);
    Seq seen = 0;
    REQUIRE(reader->read(0, [&](const Batch& batch) {
        append_some(*writer, 1);
        seen = batch.first_seq + batch.count - 1;
        return true;
    }));
    CHECK(seen == 30);
    CHECK(reader->head() == Seq{60});
    CHECK(read_all(*reader, seen).size() == 3);
}

TEST_CASE("the log stays small while much is read and more is appended", "[journal]")
{
    constexpr std::size_t batch_bytes = 256 << 10, read_bytes = 24 << 20, appended_a_read = 4;
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto journal = owned(path);
    Batch batch{1, 1, Instant{1}, std::string(batch_bytes, 'x')};
    const auto append = [&] {
        const bool good = journal->append(batch).outcome == Append::committed;
        ++batch.first_seq;
        return good;
    };
    while (batch.first_seq * batch_bytes <= read_bytes) REQUIRE(append());

    std::atomic<std::size_t> appended = 0;
    std::atomic<bool> stop = false;
    std::thread appender([&] {
        while (!stop && append()) ++appended;
    });
    std::size_t read = 0;
    std::uintmax_t log_bytes = 0;
    const auto reader = opened(path);
    const auto done = reader->read(0, [&](const Batch&) {
        ++read;  // slowly, as who replays it
        while (appended < appended_a_read * read) std::this_thread::sleep_for(std::chrono::milliseconds{1});
        log_bytes = std::max(log_bytes, std::filesystem::file_size(path + "-wal"));
        return true;
    });
    stop = true;
    appender.join();
    CHECK(done);
    CHECK(read >= read_bytes / batch_bytes);
    CHECK(log_bytes < appended_a_read * read_bytes / 4 * 3);  // in one transaction all of it would be there
}

TEST_CASE("a writer that another connection blocks for too long fails", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto journal = owned(path);
    auto blocker = journal::sqlite::Database::open(path, journal::sqlite::Database::Open::existing);
    REQUIRE(blocker);
    REQUIRE(blocker->execute("BEGIN IMMEDIATE"));
    RandomEvents random(1);
    const auto result = journal->append(random_batch(random, 1, 1));
    CHECK(result.outcome == Append::failed);
    CHECK_THAT(result.why, Catch::Contains("database is locked"));
}

TEST_CASE("what is not a journal is refused and left alone", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    SECTION("no directory")
    {
        const auto error = open_error(dir.file("missing/journal.db"));
        CHECK(error.code == ErrorCode::journal_failed);
        CHECK_THAT(error.message, Catch::Contains("there is no directory") && Catch::Contains("missing"));
        CHECK_FALSE(std::filesystem::exists(dir.file("missing")));
    }
    SECTION("another program's database")
    {
        auto other = journal::sqlite::Database::open(path, journal::sqlite::Database::Open::create);
        REQUIRE(other->execute("CREATE TABLE journal(desk); INSERT INTO journal VALUES('x')"));
        const auto error = open_error(path);
        CHECK(error.code == ErrorCode::journal_failed);
        CHECK_THAT(error.message, Catch::Contains("not a journal of triaged"));
    }
    SECTION("a newer version")
    {
        opened(path);
        tamper(path, "PRAGMA user_version = 2");
        const auto error = open_error(path);
        CHECK(error.code == ErrorCode::journal_failed);
        CHECK_THAT(error.message, Catch::Contains("version 2, written by a newer triaged"));
    }
    SECTION("garbage")
    {
        std::ofstream(path) << std::string(20'000, '?');
        const auto error = open_error(path);
        CHECK(error.code == ErrorCode::journal_damaged);
        CHECK_THAT(error.message, Catch::Contains(path) && Catch::Contains("not a database"));
    }
    SECTION("an empty file")
    {
        std::ofstream{path};
        const auto error = open_error(path);
        CHECK(error.code == ErrorCode::journal_damaged);
        CHECK_THAT(error.message, Catch::Contains(path + ": is cut short: it has 0 bytes"));
    }
    SECTION("only the write-ahead log is left")
    {
        std::ofstream(path + "-wal") << "frames";
        const auto error = open_error(path);
        CHECK(error.code == ErrorCode::journal_damaged);
        CHECK_FALSE(std::filesystem::exists(path));
    }
}

TEST_CASE("damage is reported with its place and nothing is skipped", "[journal]")
{
    const TempDir dir;
    const auto path = make_journal(dir);
    struct Row {
        std::string name;
        std::string sql;
        Seq before;
        std::string says;
    };
    const auto row = GENERATE(values<Row>({
        {"a byte of a body",
         "UPDATE journal SET body = cast(substr(body, 1, 20) || x'ff' || substr(body, 22) AS BLOB) WHERE "
         "first_seq = 41",
         40, "desk 'main': batch at seq 41: its checksum is"},
        {"a short body", "UPDATE journal SET body = substr(body, 1, 50) WHERE first_seq = 41", 40,
         "batch at seq 41: its checksum is"},
        {"the checksum", "UPDATE journal SET checksum = checksum + 1 WHERE first_seq = 41", 40,
         "batch at seq 41: its checksum is"},
        {"the time", "UPDATE journal SET at = at + 1 WHERE first_seq = 41", 40,
         "batch at seq 41: its checksum is"},
        {"the format", "UPDATE journal SET format = 2 WHERE first_seq = 41", 40,
         "batch at seq 41: its checksum is"},
        {"a count", "UPDATE journal SET count = 11 WHERE first_seq = 41", 40,
         "batch at seq 41: its checksum is"},
        {"a count of nothing", "UPDATE journal SET count = 0 WHERE first_seq = 41", 40,
         "batch at seq 41: cannot hold 0 events"},
        {"a type", "UPDATE journal SET checksum = 'x' WHERE first_seq = 41", 40,
         "batch at seq 41: column 6 is not a number"},
        {"a middle row gone", "DELETE FROM journal WHERE first_seq = 41", 40,
         "batch at seq 51 (to 60) where the batch that holds seq 41 should be"},
        {"the first row gone", "DELETE FROM journal WHERE first_seq = 1", 0,
         "where the batch that holds seq 1 should be"},
        {"the tail gone", "DELETE FROM journal WHERE first_seq > 70", 0,
         "the head is seq 100, but the last batch ends at seq 70"},
        {"every row gone", "DELETE FROM journal", 0, "the head is seq 100, but the last batch ends at seq 0"},
        {"the owner gone", "DELETE FROM owner", 0, "100 events are there, but no owner row"},
        {"the head moved", "UPDATE owner SET head = 90", 0,
         "the head is seq 90, but the last batch ends at seq 100"},
        {"the head no number", "UPDATE owner SET head = 'x'", 0, "its head is not a number"},
        {"a row moved", "UPDATE journal SET first_seq = 42 WHERE first_seq = 41", 40,
         "batch at seq 42: its checksum is"},
        {"a table gone", "DROP TABLE owner", 0, "no such table: owner"},
    }));
    INFO(row.name);
    tamper(path, row.sql);
    const auto [error, last] = damage_found(path);
    CHECK_THAT(error.message, Catch::StartsWith(path + ": ") && Catch::Contains(row.says));
    CHECK(last == row.before);
}

TEST_CASE("a batch in a newer format is refused as such", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    {
        const auto journal = owned(path);
        REQUIRE(journal->append({1, 3, Instant{5}, "body"}).outcome == Append::committed);
    }
    // The checksum of docs/journal-format.md, spelled out.
    const auto checksum = journal::Checksum()
                              .add(std::uint32_t{4})
                              .add("main")
                              .add(std::uint64_t{1})
                              .add(std::uint32_t{3})
                              .add(std::int64_t{5})
                              .add(std::uint32_t{2})
                              .add("body")
                              .value();
    tamper(path, "UPDATE journal SET format = 2, checksum = " +
                     std::to_string(static_cast<std::int64_t>(checksum)));
    const auto read = opened(path)->read(0, [](const Batch&) { return true; });
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::journal_failed);
    CHECK_THAT(read.error().message,
               Catch::Contains("batch at seq 1 has format 2, written by a newer triaged"));
}

TEST_CASE("a body that decodes to something else is found by verify", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto journal = owned(path);
    append_some(*journal, 2);
    REQUIRE(journal->append({21, 1, Instant{1}, "\x63"}).outcome == Append::committed);
    const auto verified = journal->verify();
    REQUIRE_FALSE(verified);
    CHECK(verified.error().code == ErrorCode::journal_damaged);
    CHECK_THAT(verified.error().message,
               Catch::Contains("desk 'main': batch at seq 21: event 1 of 1 (seq 21), byte"));
}

TEST_CASE("events after the end of the journal cannot be asked for", "[journal]")
{
    const TempDir dir;
    const auto journal = opened(make_journal(dir));
    const auto read = journal->read(101, [](const Batch&) { return true; });
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message,
               Catch::Contains("ends at seq 100, but events after seq 101 are asked for"));
}

TEST_CASE("nobody takes over a damaged tail", "[journal]")
{
    const TempDir dir;
    const auto path = make_journal(dir);
    tamper(path, "DELETE FROM journal WHERE first_seq > 70");
    const auto taken = opened(path)->take_ownership("test");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == ErrorCode::journal_damaged);
}

TEST_CASE("a journal file cut short anywhere is damaged", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    append_some(*owned(path), 30, 40);
    const auto whole = std::filesystem::file_size(path);
    REQUIRE(whole > 100'000);
    // Less than a page is not cut off: its end may be unused, and SQLite reads what is missing as zeros.
    for (const auto size :
         {whole - 8192, whole / 2, whole / 3, std::uintmax_t{8192}, std::uintmax_t{100}, std::uintmax_t{1}}) {
        const auto cut = dir.file("cut.db");
        std::filesystem::copy_file(path, cut, std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(cut, size);
        INFO("cut to " << size << " of " << whole);
        const auto [error, last] = damage_found(cut);
        INFO(error.message);
        CHECK(error.code == ErrorCode::journal_damaged);
        CHECK_THAT(error.message, Catch::StartsWith(cut + ": "));
    }
}

TEST_CASE("a byte changed anywhere in the file is found, or changes nothing that is read", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto appended = append_some(*owned(path), 30, 40);
    std::string whole;
    {
        std::ifstream in(path, std::ios::binary);
        whole.assign(std::istreambuf_iterator<char>(in), {});
    }
    RandomEvents random(12);
    int found = 0;
    for (int round = 0; round < 300; ++round) {
        std::string changed = whole;
        const auto place = random.below(changed.size());
        changed[place] ^= static_cast<char>(1 << random.below(8));
        const auto copy = dir.file("changed.db");
        std::ofstream(copy, std::ios::binary) << changed;
        auto journal = Journal::open(copy, "main");
        if (!journal) {
            ++found;
            continue;
        }
        std::size_t matching = 0;
        const auto read = (*journal)->read(0, [&](const Batch& batch) {
            REQUIRE(same(batch, appended.at(matching++)));
            return true;
        });
        if (!read)
            ++found;
        else
            REQUIRE(matching == appended.size());
    }
    CHECK(found > 150);
}
