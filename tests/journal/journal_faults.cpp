#include <filesystem>

#include <sqlite3.h>
#include <catch2/catch.hpp>

#include "engine/journal/journal.hpp"
#include "tests/journal/faulty_vfs.hpp"
#include "tests/journal/random_events.hpp"
#include "tests/journal/temp_dir.hpp"

using namespace triaged;
using namespace triaged::test;
using journal::Append;
using journal::AppendResult;
using journal::Batch;
using journal::Journal;

namespace {

constexpr int batches_max = 40;

std::unique_ptr<Journal> owned(const std::string& path)
{
    auto journal = Journal::open(path, "main");
    INFO((journal ? std::string() : journal.error().message));
    REQUIRE(journal);
    REQUIRE((*journal)->take_ownership("test"));
    return std::move(*journal);
}

struct Run {
    std::vector<Batch> tried;   // every batch handed to the journal
    std::size_t committed = 0;  // of them reported committed
    AppendResult last;
};

/// Appends until something goes wrong. Bodies are large enough that checkpoints happen on the way.
Run append_until_it_fails(Journal& journal)
{
    Run run;
    for (Seq next = 1; run.tried.size() < batches_max; next += 3) {
        run.tried.push_back({next, 3, Instant{5}, std::string(64'000, static_cast<char>('a' + next % 26))});
        run.last = journal.append(run.tried.back());
        if (run.last.outcome != Append::committed) break;
        ++run.committed;
    }
    return run;
}

/// What is on disk are the committed batches, in order, and perhaps the one that was in doubt; and life goes
/// on.
void check_what_is_left(const std::string& path, const Run& run)
{
    const auto journal = owned(path);
    std::vector<Batch> found;
    const auto read = journal->read(0, [&](const Batch& batch) { return found.push_back(batch), true; });
    INFO((read ? std::string() : read.error().message));
    REQUIRE(read);
    REQUIRE(found.size() >= run.committed);
    REQUIRE(found.size() <= run.tried.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        REQUIRE(found[i].first_seq == run.tried[i].first_seq);
        REQUIRE(found[i].body == run.tried[i].body);
    }
    REQUIRE(journal->append({*journal->head() + 1, 1, Instant{6}, "next"}).outcome == Append::committed);
}

}  // namespace

TEST_CASE("a failed write or sync fails the append for good and loses nothing committed", "[journal]")
{
    struct Row {
        std::string name;
        bool sync;
        int code;
        std::string says;
    };
    const auto row = GENERATE(values<Row>({
        {"sync", true, SQLITE_IOERR_FSYNC, "disk I/O error (SQLite 1034"},
        {"write", false, SQLITE_IOERR_WRITE, "disk I/O error (SQLite 778"},
        {"disk full", false, SQLITE_FULL, "database or disk is full (SQLite 13"},
    }));
    int failures = 0;
    for (int nth = 1; nth <= 600; nth += nth < 20 ? 1 : 61) {
        INFO(row.name << " number " << nth << " fails");
        const TempDir dir;
        const auto path = dir.file("journal.db");
        FaultyVfs disk;
        auto journal = owned(path);
        if (row.sync)
            disk.fail_sync(nth, row.code);
        else
            disk.fail_write(nth, row.code);
        const Run run = append_until_it_fails(*journal);
        if (!disk.happened()) break;
        REQUIRE(run.last.outcome == Append::failed);
        REQUIRE_THAT(run.last.why, Catch::StartsWith(path + ": ") && Catch::Contains(row.says));
        REQUIRE(journal->append(run.tried.back()).outcome == Append::failed);
        ++failures;
        journal.reset();
        disk.repair();
        check_what_is_left(path, run);
    }
    CHECK(failures >= 20);
}

TEST_CASE("a power cut at any moment loses nothing committed", "[journal]")
{
    int cuts = 0;
    for (int nth = 1; nth <= 1000; nth += 13) {
        INFO("power goes at call " << nth);
        const TempDir dir;
        const auto path = dir.file("journal.db");
        FaultyVfs disk;
        auto journal = owned(path);
        disk.cut_power(nth);
        const Run run = append_until_it_fails(*journal);
        if (!disk.happened()) break;
        ++cuts;
        journal.reset();
        disk.repair();
        disk.restore_what_survived(static_cast<std::uint64_t>(nth));
        check_what_is_left(path, run);
    }
    CHECK(cuts > 25);
}
