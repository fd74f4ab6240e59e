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
    const int size = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

std::string to_string(Duration span)
{
    if (span.count() == 0) return "0s";
    for (const auto& unit : units)
        if (span.count() % unit.ms == 0)
            return std::to_string(span.count() / unit.ms) + std::string(unit.name);
    return std::to_string(span.count()) + "ms";
}

Result<Duration> parse_duration(std::string_view text)
{
    const auto wrong = [&](std::string_view why) {
        return fail(ErrorCode::bad_value,
                    "'" + std::string(text) + "' is not a duration: " + std::string(why) +
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

Result<Instant> parse_instant(std::string_view text)
{
    const auto wrong = [&] {
        return fail(
            ErrorCode::bad_value,
            "'" + std::string(text) + "' is no time in UTC; write 2027-01-31 or 2027-01-31T09:30:00Z");
    };
    const std::string_view shape = "0000-00-00T00:00:00";
    const auto plain = text.substr(0, shape.size());
    const bool date_alone = plain.size() == 10;
    if (!date_alone && plain.size() != shape.size()) return wrong();
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const bool digit = plain[i] >= '0' && plain[i] <= '9';
        if (shape[i] == '0' ? !digit : plain[i] != shape[i]) return wrong();
    }
    const auto number = [&](std::size_t at, std::size_t digits) {
        int value = 0;
        for (std::size_t i = at; i < at + digits; ++i) value = value * 10 + (plain[i] - '0');
        return value;
    };
    using namespace std::chrono;
    const auto date = year_month_day{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                                     day{static_cast<unsigned>(number(8, 2))}};
    if (!date.ok()) return wrong();
    auto at = duration_cast<milliseconds>(sys_days{date}.time_since_epoch());
    if (date_alone) return Instant{at.count()};
    if (number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return wrong();
    at += hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)};
    auto rest = text.substr(shape.size());
    if (rest.size() == 5 && rest[0] == '.') {
        int ms = 0;
        const auto [end, failure] = std::from_chars(rest.data() + 1, rest.data() + 4, ms);
        if (failure != std::errc{} || end != rest.data() + 4 || ms < 0) return wrong();
        at += milliseconds{ms};
        rest.remove_prefix(4);
    }
    if (rest != "Z") return wrong();
    return Instant{at.count()};
}

}  // namespace triaged
