#include "engine/journal/write_ahead_log.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "engine/journal/journal.hpp"
#include "tests/journal/temp_dir.hpp"

using namespace triaged;
using namespace triaged::test;
using journal::Append;
using journal::Batch;
using journal::Journal;

namespace {

constexpr Seq batches = 12;

std::string contents(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::string& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// A journal as a killed process leaves it: twelve batches in the log, none in the database.
struct Crashed {
    std::string database;
    std::string log;
};

Crashed crashed(const TempDir& dir)
{
    const auto path = dir.file("live.db");
    auto journal = Journal::open(path, "main");
    REQUIRE(journal);
    REQUIRE((*journal)->take_ownership("test"));
    for (Seq seq = 1; seq <= batches; ++seq)
        REQUIRE((*journal)
                    ->append({seq, 1, Instant{1}, std::string(3000, static_cast<char>('a' + seq))})
                    .outcome == Append::committed);
    return {contents(path), contents(path + "-wal")};
}

/// How many batches are read after a start from these files; nothing if the journal is refused as damaged.
std::optional<Seq> read_after_start(const TempDir& dir, const std::string& database, const std::string& log)
{
    const auto path = dir.file("copy.db");
    std::filesystem::remove(path + "-shm");
    put(path, database);
    put(path + "-wal", log);
    auto journal = Journal::open(path, "main");
    if (!journal) {
        CHECK(journal.error().code == ErrorCode::journal_damaged);
        return {};
    }
    Seq read = 0;
    REQUIRE((*journal)->read(0, [&](const Batch& batch) {
        REQUIRE(batch.first_seq == ++read);
        REQUIRE(batch.body == std::string(3000, static_cast<char>('a' + read)));
        return true;
    }));
    return read;
}

}  // namespace

TEST_CASE("a log that a crash left behind is read to its end", "[journal]")
{
    const TempDir dir;
    const auto [database, log] = crashed(dir);
    CHECK(read_after_start(dir, database, log) == batches);
}

TEST_CASE("a log cut short loses the transactions behind the cut and is no damage in itself", "[journal]")
{
    const TempDir dir;
    const auto [database, log] = crashed(dir);
    CHECK(read_after_start(dir, database, log.substr(0, log.size() - 100)) == batches - 1);
    CHECK(read_after_start(dir, database, log.substr(0, 10)) == 0);
}

TEST_CASE("damage before the last transaction of a log is reported with its place", "[journal]")
{
    const TempDir dir;
    const auto [database, log] = crashed(dir);
    int refused = 0;
    for (std::size_t place = 0; place < log.size(); place += 997) {
        INFO("byte " << place << " of " << log.size());
        std::string changed = log;
        changed[place] ^= 0x10;
        const auto read = read_after_start(dir, database, changed);
        if (!read) ++refused;
        // In the last transactions it cannot be told from a torn write.
        else
            REQUIRE(*read >= batches - 2);
    }
    CHECK(refused > 100);

    std::string changed = log;
    changed[32 + 24 + 8192 + 24 + 5] ^= 1;
    put(dir.file("x-wal"), changed);
    const auto checked = journal::check_write_ahead_log(dir.file("x-wal"));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().message ==
          dir.file("x-wal") + ": frame 2 (byte 8248) does not check, but whole transactions follow it");
}

TEST_CASE("a log that is missing, empty or blank is none", "[journal]")
{
    const TempDir dir;
    CHECK(journal::check_write_ahead_log(dir.file("none")));
    put(dir.file("empty"), "");
    CHECK(journal::check_write_ahead_log(dir.file("empty")));
    put(dir.file("blank"), std::string(50'000, '\0'));
    CHECK(journal::check_write_ahead_log(dir.file("blank")));
    put(dir.file("noise"), std::string(50'000, '?'));
    const auto noise = journal::check_write_ahead_log(dir.file("noise"));
    REQUIRE_FALSE(noise);
    CHECK_THAT(noise.error().message, Catch::Contains("the log's header does not check"));
}
