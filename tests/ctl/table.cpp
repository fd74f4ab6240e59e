#include "engine/ctl/table.hpp"

#include <catch2/catch.hpp>

using namespace triaged::ctl;

TEST_CASE("width counts what a terminal shows", "[ctl]")
{
    struct Row {
        std::string name;
        std::string text;
        std::size_t width;
    };
    const auto row = GENERATE(values<Row>({
        {"nothing", "", 0},
        {"ASCII", "queue", 5},
        {"accents", "Rückgabe", 8},
        {"a combining accent", "Cafe\xcc\x81", 4},
        {"wide characters", "返品", 4},
        {"bytes that are no UTF-8", "\xff\xfe", 2},
    }));
    INFO(row.name);
    CHECK(display_width(row.text) == row.width);
}

TEST_CASE("a ticket's text cannot steer the terminal", "[ctl]")
{
    CHECK(printable("a\x1b[31mb\r\nc") == "a·[31mb··c");
    CHECK(printable("right\xe2\x80\xaeto left") == "right·to left");
    CHECK(printable("schön 返品") == "schön 返品");
    CHECK(printable("broken \xff here") == "broken · here");
}

TEST_CASE("columns are aligned by display width, numbers to the right", "[ctl]")
{
    Table table({{"QUEUE"}, {"WAITING", Align::right}, {"ABOUT"}});
    table.add({"returns", "12", "Rückgaben"});
    table.add({"返品", "1,204", ""});
    CHECK(table.render(false) ==
          "QUEUE    WAITING  ABOUT\n"
          "returns       12  Rückgaben\n"
          "返品       1,204\n");
}

TEST_CASE("colour changes no width and is left out when not wanted", "[ctl]")
{
    Table table({{"A"}, {"B"}});
    table.add({{"x", Tone::red}, "y"});
    CHECK(table.render(false) == "A  B\nx  y\n");
    CHECK(table.render(true) == "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[31mx\x1b[0m  y\n");
}
