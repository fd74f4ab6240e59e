#include "engine/rulebook/wrap.hpp"

#include <catch2/catch.hpp>

using namespace triaged::rulebook;

TEST_CASE("long text is broken at blanks and indented from the second line on", "[rulebook][wrap]")
{
    CHECK(wrap("short", 4) == "short");
    const auto text = std::string(60, 'a') + " " + std::string(60, 'b') + " c";
    CHECK(wrap(text, 2) == std::string(60, 'a') + "\n  " + std::string(60, 'b') + " c");
    CHECK(wrap(text, 2, 1) == std::string(60, 'a') + " …");
    CHECK(wrap(std::string(300, 'x'), 8) == std::string(300, 'x'));
    CHECK(wrap("", 8).empty());
}

TEST_CASE("text is shortened between characters", "[rulebook][wrap]")
{
    CHECK(shorten("äöü", 3) == "äöü");
    CHECK(shorten("äöüß", 3) == "äö…");
    CHECK(characters_of("äöü") == 3);
}
