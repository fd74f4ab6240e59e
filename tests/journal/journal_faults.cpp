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

constexpr int batches_max = 20;

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
void append_until_it_fails(Journal& journal, Run& run)
{
    for (int left = batches_max; left > 0; --left) {
        const Seq next = run.tried.size() * 3 + 1;
        run.tried.push_back({next, 3, Instant{5}, std::string(128'000, static_cast<char>('a' + next % 26))});
        run.last = journal.append(run.tried.back());
        if (run.last.outcome != Append::committed) break;
        ++run.committed;
    }
}

/// After a restart: what is on disk are the committed batches, in order, and perhaps the one that was in
/// doubt.
void check_what_is_left(Journal& journal, Run& run)
{
    std::vector<Batch> found;
    const auto read = journal.read(0, [&](const Batch& batch) { return found.push_back(batch), true; });
    INFO((read ? std::string() : read.error().message));
    REQUIRE(read);
    REQUIRE(found.size() >= run.committed);
    REQUIRE(found.size() <= run.tried.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        REQUIRE(found[i].first_seq == run.tried[i].first_seq);
        REQUIRE(found[i].body == run.tried[i].body);
    }
    run.committed = found.size();
    run.tried.resize(found.size());
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
    for (int nth = 1; nth <= 600; nth += nth < 16 ? 1 : 61) {
        INFO(row.name << " number " << nth << " fails");
        const TempDir dir;
        const auto path = dir.file("journal.db");
        FaultyVfs disk;
        auto journal = owned(path);
        if (row.sync)
            disk.fail_sync(nth, row.code);
        else
            disk.fail_write(nth, row.code);
        Run run;
        append_until_it_fails(*journal, run);
        if (!disk.happened()) break;
        REQUIRE(run.last.outcome == Append::failed);
        REQUIRE_THAT(run.last.why, Catch::StartsWith(path + ": ") && Catch::Contains(row.says));
        REQUIRE(journal->append(run.tried.back()).outcome == Append::failed);
        ++failures;
        journal.reset();
        disk.repair();
        journal = owned(path);
        check_what_is_left(*journal, run);
        append_until_it_fails(*journal, run);
        REQUIRE(run.last.outcome == Append::committed);
    }
    CHECK(failures >= 15);
}

TEST_CASE("power cuts at any moment, one after the other, lose nothing committed", "[journal]")
{
    int cuts = 0;
    for (int nth = 1; nth <= 700; nth += 17) {
        INFO("power goes at call " << nth);
        const TempDir dir;
        const auto path = dir.file("journal.db");
        FaultyVfs disk;
        Run run;
        for (int round = 0; round < 3; ++round) {
            INFO("round " << round);
            auto journal = owned(path);
            check_what_is_left(*journal, run);
            disk.cut_power(1 + (nth + 5 * round) % 700);
            append_until_it_fails(*journal, run);
            if (disk.happened()) ++cuts;
            journal.reset();
            disk.repair();
            disk.restore_what_survived(static_cast<std::uint64_t>(nth + round));
        }
        check_what_is_left(*owned(path), run);
    }
    CHECK(cuts > 40);
}
