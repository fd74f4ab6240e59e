#include "engine/model/time.hpp"

#include <catch2/catch.hpp>

using namespace triaged;
using namespace std::chrono_literals;

TEST_CASE("durations are read with their unit and written back the same", "[model]")
{
    struct Row {
        std::string text;
        Duration span;
    };
    const auto row = GENERATE(values<Row>(
        {{"30s", 30s}, {"15m", 15min}, {"4h", 4h}, {"3d", 72h}, {"1w", 168h}, {"250ms", 250ms}, {"0s", 0s}}));
    INFO(row.text);
    CHECK(parse_duration(row.text).value() == row.span);
    CHECK(to_string(row.span) == row.text);
}

TEST_CASE("a duration that is not one is refused and named", "[model]")
{
    const auto text = GENERATE(values<std::string>(
        {"", "5", "m", "-5m", "5 m", "5x", "1.5h", "99999999999999999999s", "9999999999999999w"}));
    const auto refused = parse_duration(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("'" + text + "'") == 0);
}

TEST_CASE("never stays never, and far additions saturate", "[model]")
{
    CHECK(Instant::max() + 5s == Instant::max());
    CHECK(Instant{Instant::max().ms - 10} + 5s == Instant::max());
    CHECK(to_string(Instant{1'763'800'200'123}) == "2025-11-22T08:30:00.123Z");
    CHECK(to_string(Instant::max()) == "never");
}

TEST_CASE("the time between instants saturates", "[model]")
{
    constexpr Instant first{std::numeric_limits<std::int64_t>::min()};
    CHECK(Instant::max() - first == Duration::max());
    CHECK(first - Instant::max() == Duration::min());
    CHECK(Instant{1} - Instant{3} == Duration{-2});
}

TEST_CASE("a time may be that of another zone, and finer than is kept", "[model]")
{
    const auto row = GENERATE(values<std::pair<std::string, std::string>>({
        {"2025-11-22T10:30:00+02:00", "2025-11-22T08:30:00.000Z"},
        {"2025-11-22T03:00:00-05:30", "2025-11-22T08:30:00.000Z"},
        {"2025-11-22T00:30:00.25+01:00", "2025-11-21T23:30:00.250Z"},
        {"2025-12-31T23:00:00-14:00", "2026-01-01T13:00:00.000Z"},
        {"2025-11-22T08:30:00-00:00", "2025-11-22T08:30:00.000Z"},
        {"2025-11-22T08:30:00.1Z", "2025-11-22T08:30:00.100Z"},
        {"2025-11-22T08:30:00.123456789Z", "2025-11-22T08:30:00.123Z"},
    }));
    INFO(row.first);
    const auto at = parse_instant(row.first);
    REQUIRE(at);
    CHECK(to_string(*at) == row.second);
}

TEST_CASE("times are read as they are written, and dates as their midnight", "[model]")
{
    const auto at = Instant{1'763'800'200'123};
    CHECK(parse_instant(to_string(at)).value() == at);
    CHECK(parse_instant("2025-11-22T08:30:00Z").value() == Instant{1'763'800'200'000});
    CHECK(parse_instant("2025-11-22").value() == Instant{1'763'769'600'000});
    const auto text = GENERATE(values<std::string>(
        {"", "soon", "2025-02-30", "2025-11-22T08:30", "2025-11-22T24:00:00Z", "2025-11-22T08:30:00",
         "2025-11-22T08:30:00.Z", "2025-11-22Z", "2025-11-22T08:30:00+02", "2025-11-22T08:30:00+0200",
         "2025-11-22T08:30:00+24:00", "2025-11-22T08:30:00+02:60", "2025-11-22T08:30:00 02:00",
         "2025-11-22T08:30:00Z+02:00", "2025-11-22+02:00"}));
    INFO(text);
    CHECK_FALSE(parse_instant(text));
}
