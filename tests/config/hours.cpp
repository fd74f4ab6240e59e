#include "engine/config/hours.hpp"

#include <cstdlib>
#include <ctime>
#include <random>

#include <catch2/catch.hpp>

using namespace triaged;
using config::Day;
using config::Hours;
using config::OfficeHours;
using std::chrono::minutes;

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 24 * 60 * minute_ms;

Instant utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0)
{
    const Day date{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}};
    return {std::chrono::duration_cast<Duration>(date.time_since_epoch()).count() +
            (hour * 60 + minute) * minute_ms};
}

/// The C library's clock of a zone: not the library the calendars are worked out with.
class WallClock {
public:
    explicit WallClock(const std::string& zone)
    {
        ::setenv("TZ", zone.c_str(), 1);
        ::tzset();
    }
    WallClock(const WallClock&) = delete;
    WallClock& operator=(const WallClock&) = delete;
    ~WallClock()
    {
        ::unsetenv("TZ");
        ::tzset();
    }

    std::tm at(Instant when) const
    {
        const std::time_t seconds = when.ms / 1'000;
        std::tm shown{};
        ::localtime_r(&seconds, &shown);
        return shown;
    }
};

/// What somebody in the office says who looks at the clock and at the sheet on the door.
bool open_by_the_door(const OfficeHours& office, const WallClock& clock, Instant at)
{
    const auto shown = clock.at(at);
    const Day today{std::chrono::year{shown.tm_year + 1900} /
                    std::chrono::month(static_cast<unsigned>(shown.tm_mon + 1)) /
                    std::chrono::day(static_cast<unsigned>(shown.tm_mday))};
    const int minute = shown.tm_hour * 60 + shown.tm_min;
    bool closed = false;
    for (const auto& hours : office.of(today, closed))
        if (hours.from <= minute && minute < hours.to) return true;
    if (closed) return false;
    for (const auto& hours : office.of(today - std::chrono::days{1}, closed))
        if (minute + config::day_minutes < hours.to) return true;
    return false;
}

class Dice {
public:
    explicit Dice(std::uint32_t seed) : random_(seed) {}
    int up_to(int most) { return std::uniform_int_distribution(0, most)(random_); }

private:
    std::mt19937 random_;
};

OfficeHours random_office(Dice& dice, int year)
{
    OfficeHours office;
    for (auto& day : office.week) {
        if (dice.up_to(3) == 0) continue;
        int from = dice.up_to(15) * 30 + dice.up_to(1) * 7;
        for (int stretch = dice.up_to(2); stretch >= 0 && from < config::day_minutes; --stretch) {
            const int to = from + 15 + dice.up_to(24) * 30;
            const int first = day.empty() ? from : day.front().from;
            if (from < std::min(to, config::day_minutes + first))
                day.push_back({from, std::min(to, config::day_minutes + first)});
            from = to + 1 + dice.up_to(120);
        }
        if (dice.up_to(5) == 0) day = {{0, config::day_minutes}};
    }
    for (int i = 0; i < 40; ++i) {
        const Day day = Day{std::chrono::year{year} / 1 / 1} + std::chrono::days{dice.up_to(364)};
        office.days.emplace(day, dice.up_to(3) == 0 ? std::vector<Hours>{{600, 900}} : std::vector<Hours>{});
    }
    office.yearly.push_back({std::chrono::December / 25, -32767, 32767, {}});
    office.yearly.push_back({std::chrono::March / 29, -32767, 32767, {}});
    return office;
}

/// Checks every minute from `from` for `days`, and what is summed up over them.
void check_minutes(const OfficeHours& office, const Calendar& calendar, Instant from, int days)
{
    const WallClock clock(office.zone);
    std::int64_t counted = 0;
    int wrong = 0;
    for (auto at = from; at < Instant{from.ms + days * day_ms}; at = at + minutes{1}) {
        const bool open = open_by_the_door(office, clock, at);
        const bool agrees =
            open_at(calendar, at) == open && business_time(calendar, from, at) == minutes{counted} &&
            (next_open(calendar, at) == at) == open && (next_close(calendar, at) == at) == !open;
        if (!agrees && ++wrong <= 3) UNSCOPED_INFO("differs at " << to_string(at));
        if (open) {
            ++counted;
            if (add_business_time(calendar, from, minutes{counted}) != at + minutes{1} && ++wrong <= 3)
                UNSCOPED_INFO("adding differs at " << to_string(at));
        }
    }
    INFO(office.zone << " from " << to_string(from));
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("calendars agree with a look at the clock every minute, whatever clocks do", "[config]")
{
    struct Change {
        std::string zone;
        Instant around;
    };
    const std::vector<Change> changes{
        {"Europe/Berlin", utc(2026, 3, 29)},      {"Europe/Berlin", utc(2026, 10, 25)},
        {"America/New_York", utc(2026, 3, 8)},    {"America/New_York", utc(2026, 11, 1)},
        {"Australia/Lord_Howe", utc(2026, 4, 5)}, {"Australia/Lord_Howe", utc(2026, 10, 4)},
        {"Asia/Tokyo", utc(2026, 5, 4)},          {"Asia/Kathmandu", utc(2026, 5, 4)},
        {"Africa/Casablanca", utc(2026, 2, 15)},  {"America/St_Johns", utc(2026, 11, 1)},
        {"Pacific/Chatham", utc(2026, 9, 27)},    {"Atlantic/Azores", utc(2026, 3, 29)},
        {"Europe/London", utc(2035, 3, 25)},      {"America/Santiago", utc(2026, 9, 6)},
    };
    Dice dice(7);
    const auto horizon = config::horizon_of(utc(2026, 11, 25));
    for (const auto& [zone, around] : changes) {
        const auto offsets = config::offsets_of(zone, horizon);
        REQUIRE(offsets);
        for (int round = 0; round < 3; ++round) {
            const auto year = static_cast<int>(around > utc(2030, 1, 1) ? 2035 : 2026);
            auto office = random_office(dice, year);
            office.zone = zone;
            check_minutes(office, config::resolve(office, *offsets, horizon), Instant{around.ms - 4 * day_ms},
                          9);
        }
    }
}

TEST_CASE("an hour the clock skips is not open, one it shows twice is open twice", "[config]")
{
    OfficeHours office;
    office.zone = "Europe/Berlin";
    for (auto& day : office.week) day = {{2 * 60, 3 * 60}};
    const auto horizon = config::horizon_of(utc(2026, 6, 1));
    const auto calendar = config::resolve(office, *config::offsets_of(office.zone, horizon), horizon);
    CHECK(business_time(calendar, utc(2026, 3, 28, 12), utc(2026, 3, 29, 12)) == minutes{0});
    CHECK(business_time(calendar, utc(2026, 10, 24, 12), utc(2026, 10, 25, 12)) == minutes{120});
}

TEST_CASE("a night shift ends at midnight before a holiday and does not begin on one", "[config]")
{
    OfficeHours office;
    for (auto& day : office.week) day = {{22 * 60, 30 * 60}};
    office.days[Day{std::chrono::year{2026} / 12 / 25}] = {};
    const auto horizon = config::horizon_of(utc(2026, 6, 1));
    const auto calendar = config::resolve(office, *config::offsets_of("UTC", horizon), horizon);
    CHECK(open_at(calendar, utc(2026, 12, 24, 23, 59)));
    CHECK_FALSE(open_at(calendar, utc(2026, 12, 25, 0, 0)));
    CHECK_FALSE(open_at(calendar, utc(2026, 12, 25, 23, 0)));
    CHECK_FALSE(open_at(calendar, utc(2026, 12, 26, 1, 0)));
    CHECK(open_at(calendar, utc(2026, 12, 26, 22, 0)));
}

TEST_CASE("an office that is always open is one stretch", "[config]")
{
    OfficeHours office;
    office.zone = "Europe/Berlin";
    for (auto& day : office.week) day = {{0, config::day_minutes}};
    const auto horizon = config::horizon_of(utc(2026, 6, 1));
    const auto calendar = config::resolve(office, *config::offsets_of(office.zone, horizon), horizon);
    REQUIRE(calendar.open().size() == 1);
    CHECK(calendar.open()[0] == horizon);
}

TEST_CASE("calendars are worked out in whole years and end where zone tables do", "[config]")
{
    CHECK(config::horizon_of(utc(2026, 11, 25)) == Span{utc(2021, 1, 1), utc(2037, 1, 1)});
    CHECK(config::horizon_of(utc(2026, 1, 1)) == config::horizon_of(utc(2026, 12, 31, 23)));
    CHECK(config::horizon_of(utc(2031, 5, 1)) == Span{utc(2026, 1, 1), utc(2038, 1, 1)});
}

TEST_CASE("hours are read as people write them", "[config]")
{
    CHECK(config::parse_hours("08:00-18:30") == Hours{480, 1'110});
    CHECK(config::parse_hours("22:00-06:00") == Hours{1'320, 1'800});
    CHECK(config::parse_hours("00:00-24:00") == Hours{0, 1'440});
    for (const auto* const wrong : {"", "8:00-18:00", "08:00", "08:00-08:00", "24:00-06:00", "08:60-09:00",
                                    "08:00-25:00", "08:00-18:00 "}) {
        INFO(wrong);
        CHECK_FALSE(config::parse_hours(wrong));
    }
    CHECK(config::parse_hours("9-17").error().message ==
          "'9-17' are no hours: they do not start with a time of day; write them like 08:00-18:00, or "
          "22:00-06:00 "
          "until the next morning");
}
