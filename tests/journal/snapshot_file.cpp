#include "engine/journal/snapshot_file.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "engine/journal/journal.hpp"
#include "tests/journal/temp_dir.hpp"

using namespace triaged;
using namespace triaged::test;
using journal::Append;
using journal::Journal;

namespace {

std::unique_ptr<Journal> opened(const std::string& path)
{
    auto journal = Journal::open(path, "main");
    REQUIRE(journal);
    return std::move(*journal);
}

std::unique_ptr<Journal> of_hundred_events(const std::string& path)
{
    auto journal = opened(path);
    REQUIRE(journal->take_ownership("test"));
    REQUIRE(journal->append({1, 100, Instant{1}, "events"}).outcome == Append::committed);
    return journal;
}

/// Puts `body` into the sink, as the desk does.
auto writing(std::string body)
{
    return [body = std::move(body)](const ByteSink& sink) { return sink(body); };
}

}  // namespace

TEST_CASE("a snapshot's file is named after journal and desk", "[journal]")
{
    CHECK(journal::snapshot_path("/data/journal.db", "main") == "/data/journal.db.main.snapshot");
    CHECK(journal::snapshot_path("j", "../a b") == "j.%2E%2E%2Fa%20b.snapshot");
}

TEST_CASE("a snapshot that cannot be written leaves the older one", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("a.snapshot");
    REQUIRE(journal::write_snapshot(path, "main", 7, writing("older")));
    std::filesystem::create_directory(path + ".new");
    const auto written = journal::write_snapshot(path, "main", 8, writing("newer"));
    REQUIRE_FALSE(written);
    CHECK(written.error().code == ErrorCode::journal_failed);
    CHECK_THAT(written.error().message, Catch::Contains(path + ".new: creating it: "));
    CHECK(journal::read_snapshot(path, "main")->body == "older");
}

TEST_CASE("a snapshot whose writing is given up leaves the older one", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("a.snapshot");
    REQUIRE(journal::write_snapshot(path, "main", 7, writing("older")));
    const auto written = journal::write_snapshot(path, "main", 8, [](const ByteSink& sink) -> Result<void> {
        REQUIRE(sink("half of"));
        return fail(ErrorCode::unavailable, "stopping");
    });
    REQUIRE_FALSE(written);
    CHECK(written.error().message == "stopping");
    CHECK_FALSE(std::filesystem::exists(path + ".new"));
    CHECK(journal::read_snapshot(path, "main")->body == "older");
}

TEST_CASE("a snapshot of many pieces of any size comes back whole", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("a.snapshot");
    std::string whole;
    REQUIRE(journal::write_snapshot(path, "main", 7, [&](const ByteSink& sink) -> Result<void> {
        for (std::size_t size = 1; size < 6'000'000; size = size * 5 + 3) {
            const std::string piece(size, static_cast<char>('a' + size % 26));
            whole += piece;
            if (auto taken = sink(piece); !taken) return taken;
        }
        return {};
    }));
    const auto read = journal::read_snapshot(path, "main");
    REQUIRE(read);
    CHECK(read->body == whole);
}

TEST_CASE("a snapshot of another desk is not taken", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("a.snapshot");
    REQUIRE(journal::write_snapshot(path, "main", 7, writing("state")));
    CHECK(journal::read_snapshot(path, "main")->seq == 7);
    CHECK(journal::read_snapshot(path, "mail").error().code == ErrorCode::journal_damaged);
    CHECK(journal::read_snapshot(path, "another").error().code == ErrorCode::journal_damaged);
}

TEST_CASE("a snapshot is kept until a newer one replaces it", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto journal = of_hundred_events(path);
    std::string warning;
    CHECK(journal->load_snapshot(warning)->seq == 0);
    REQUIRE(journal->save_snapshot(50, writing(std::string(3'000'000, 'a'))));
    REQUIRE(journal->save_snapshot(90, writing("newer")));
    const auto loaded = opened(path)->load_snapshot(warning);
    REQUIRE(loaded);
    CHECK(loaded->seq == 90);
    CHECK(loaded->body == "newer");
    CHECK(warning.empty());
    CHECK_FALSE(std::filesystem::exists(path + ".main.snapshot.new"));
}

TEST_CASE("a snapshot that does not check is ignored with a warning", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("journal.db");
    const auto journal = of_hundred_events(path);
    const auto snapshot = path + ".main.snapshot";
    REQUIRE(journal->save_snapshot(100, writing(std::string(10'000, 'a'))));
    std::string says;
    SECTION("cut")
    {
        std::filesystem::resize_file(snapshot, 5'000);
        says = "bytes of body where there should be 10000";
    }
    SECTION("cut in the header")
    {
        std::filesystem::resize_file(snapshot, 20);
        says = "header is cut short";
    }
    SECTION("foreign")
    {
        std::ofstream(snapshot) << std::string(500, 'x');
        says = "not a snapshot of this desk";
    }
    SECTION("changed")
    {
        std::fstream(snapshot, std::ios::in | std::ios::out).seekp(7'000).put('b');
        says = "its checksum is wrong";
    }
    SECTION("ahead of the journal")
    {
        REQUIRE(journal->save_snapshot(101, writing("future")));
        says = "is of seq 101, but the journal ends at seq 100";
    }
    std::string warning;
    const auto loaded = journal->load_snapshot(warning);
    REQUIRE(loaded);
    CHECK(loaded->seq == 0);
    CHECK(loaded->body.empty());
    CHECK_THAT(warning, Catch::Contains(snapshot) && Catch::Contains(says));
}
