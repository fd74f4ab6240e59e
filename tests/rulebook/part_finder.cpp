#include "engine/rulebook/part_finder.hpp"

#include <random>
#include <string>

#include <catch2/catch.hpp>

using namespace triaged::rulebook;

TEST_CASE("parts are found exactly where a plain search finds them", "[rulebook][scan]")
{
    std::mt19937 random(5);
    const auto some = [&](std::size_t least, std::size_t most) {
        std::string out(least + random() % (most - least + 1), ' ');
        for (auto& c : out) c = "ab\xE8\xBF"[random() % 4];
        return out;
    };
    for (int round = 0; round < 100; ++round) {
        PartFinder finder;
        std::vector<std::string> parts;
        for (int i = 0; i < 12; ++i) {
            const auto part = some(1, 6);
            if (finder.add(part) == parts.size()) parts.push_back(part);
        }
        finder.build();
        REQUIRE(finder.size() == parts.size());
        for (int i = 0; i < 20; ++i) {
            const auto text = some(0, 50);
            std::vector<std::uint32_t> expected;
            for (std::uint32_t p = 0; p < parts.size(); ++p)
                if (text.find(parts[p]) != std::string::npos) expected.push_back(p);
            HitMarks marks;
            marks.reset(finder.size());
            finder.find(text, marks);
            REQUIRE(marks.sorted() == expected);
        }
    }
}

TEST_CASE("a text of ASCII alone is not searched for parts that are not", "[rulebook][scan]")
{
    PartFinder finder;
    finder.add("返品");
    finder.build();
    HitMarks marks;
    marks.reset(1);
    finder.find("nothing here", marks);
    CHECK(marks.sorted().empty());
    finder.find("but 返品 here", marks);
    CHECK(marks.sorted().size() == 1);
}
