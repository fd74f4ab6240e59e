#include "engine/model/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace triaged {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t ms;
};

constexpr std::array<Unit, 6> units{
    {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

std::string to_string(Instant at)
{
    if (at == Instant::max()) return "never";
    using namespace std::chrono;
    const auto time = sys_time<milliseconds>{milliseconds{at.ms}};
    const auto day = floor<days>(time);
    const auto date = year_month_day{day};
    const auto clock = hh_mm_ss{time - day};
    std::array<char, 48> text{};
    const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                   static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                                   static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()),
                                   static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

std::string to_string(Duration span)
{
    if (span.count() == 0) return "0s";
    for (const auto& unit : units)
        if (span.count() % unit.ms == 0) return std::to_string(span.count() / unit.ms) + std::string(unit.name);
    return std::to_string(span.count()) + "ms";
}

Result<Duration> parse_duration(std::string_view text)
{
    const auto wrong = [&](std::string_view why) {
        return fail(ErrorCode::bad_value, "'" + std::string(text) + "' is not a duration: " + std::string(why) +
                                              "; write a whole number and a unit, such as 30s, 15m, 4h or 7d");
    };
    std::int64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, count);
    if (failure == std::errc::result_out_of_range) return wrong("the number is too large");
    if (failure != std::errc{}) return wrong("it does not start with a number");
    if (count < 0) return wrong("it is negative");
    const auto name = std::string_view(rest, static_cast<std::size_t>(end - rest));
    if (name.empty()) return wrong("it has no unit");
    for (const auto& unit : units) {
        if (unit.name != name) continue;
        if (count > Instant::max().ms / unit.ms) return wrong("the number is too large");
        return Duration{count * unit.ms};
    }
    return wrong("unknown unit '" + std::string(name) + "'");
}

}  // namespace triaged
