#include "engine/daemon/pace.hpp"

#include <catch2/catch.hpp>

using triaged::daemon::Pace;
using namespace std::chrono_literals;

TEST_CASE("background work goes on without a breath while the others leave the machine half idle", "[daemon]")
{
    CHECK(Pace::breath({100ms, 40ms, 0ms}, 2) == 0ms);
    CHECK(Pace::breath({100ms, 40ms, 90ms}, 2) == 0ms);
}

TEST_CASE("beside busy threads background work takes a tenth of its time, and never stops for long",
          "[daemon]")
{
    CHECK(Pace::breath({100ms, 40ms, 150ms}, 2) == 360ms);
    CHECK(Pace::breath({100ms, 40ms, 150ms}, 4) == 0ms);
    CHECK(Pace::breath({5s, 4s, 10s}, 2) == Pace::breath_max);
    CHECK(Pace::breath({100ms, 0ms, 200ms}, 2) == 0ms);
}
