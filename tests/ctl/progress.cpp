#include "engine/ctl/progress.hpp"

#include <sstream>

#include <catch2/catch.hpp>

using namespace triaged;
using namespace triaged::ctl;

TEST_CASE("a bar fills with its fraction and never overflows", "[ctl]")
{
    CHECK(progress_bar(0, 4) == "[----]   0 %");
    CHECK(progress_bar(0.5, 4) == "[##--]  50 %");
    CHECK(progress_bar(1, 4) == "[####] 100 %");
    CHECK(progress_bar(7, 4) == "[####] 100 %");
}

TEST_CASE("a line is redrawn ten times a second at most", "[ctl]")
{
    std::ostringstream out;
    Duration now{0};
    ProgressLine line(out, true, [&] { return now; });
    line.show(std::nullopt, "one");
    now += Duration{99};
    line.show(std::nullopt, "two");
    now += Duration{1};
    line.show(std::nullopt, "three");
    CHECK(out.str() == "\r\x1b[Kone\r\x1b[Kthree");
    CHECK(line.elapsed() == Duration{100});
}

TEST_CASE("a line that was drawn is removed, once", "[ctl]")
{
    std::ostringstream out;
    {
        ProgressLine line(out, true, [] { return Duration{0}; });
        line.show(0.5, "half");
        line.clear();
        out.str("");
    }
    CHECK(out.str().empty());
}

TEST_CASE("where no terminal is, nothing is drawn", "[ctl]")
{
    std::ostringstream out;
    {
        ProgressLine line(out, false, [] { return Duration{0}; });
        line.show(0.5, "half");
    }
    CHECK(out.str().empty());
}
