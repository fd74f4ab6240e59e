// Hit marks, the set of rules to look at. That the index finds what looking at every rule finds is for
// oracle_test.cpp.

#include "engine/rulebook/access_index.hpp"

#include <catch2/catch.hpp>

using namespace triaged::rulebook;

TEST_CASE("marks come in order, whatever order they were made in, and go with a reset", "[rulebook][index]")
{
    HitMarks marks;
    marks.reset(10'000);
    for (const std::uint32_t number : {9'999U, 127U, 64U, 3U, 4'096U, 128U, 64U}) marks.mark(number);
    const std::vector<std::uint32_t> all{3, 64, 127, 128, 4'096, 9'999};
    CHECK(marks.sorted() == all);
    std::vector<std::uint32_t> seen;
    for (auto at = marks.next(0, 10'000); at < 10'000; at = marks.next(at + 1, 10'000)) seen.push_back(at);
    CHECK(seen == all);
    CHECK(marks.next(4, 60) == 60);
    CHECK(marks.next(4'097, 9'000) == 9'000);
    CHECK(marks.next(10'000, 10'000) == 10'000);
    marks.reset(200);
    CHECK(marks.sorted().empty());
    CHECK(marks.next(0, 200) == 200);
    marks.reset(10'000);
    CHECK(marks.sorted().empty());
}
