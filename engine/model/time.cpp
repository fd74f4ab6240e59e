#include "engine/model/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include <fmt/format.h>

namespace triaged {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t ms;
};

constexpr std::array<Unit, 6> units{
    {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

/// Whether digits are where `shape` has zeros, and the rest is as it is there.
bool has_shape(std::string_view text, std::string_view shape)
{
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0' ? !digit : text[i] != shape[i]) return false;
    }
    return true;
}

/// \pre digits are there
int number_at(std::string_view text, std::size_t at, std::size_t digits)
{
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
}

/// `hh:mm`. \pre its shape is right
std::optional<Duration> clock_at(std::string_view text, std::size_t at)
{
    const int hour = number_at(text, at, 2);
    const int minute = number_at(text, at + 3, 2);
    if (hour > 23 || minute > 59) return std::nullopt;
    return std::chrono::hours{hour} + std::chrono::minutes{minute};
}

/// Takes `.125` from the front of `rest`, with as many digits as there are; what is below a millisecond is
/// dropped.
std::optional<Duration> take_fraction(std::string_view& rest)
{
    if (!rest.starts_with('.')) return Duration{0};
    rest.remove_prefix(1);
    const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits == 0) return std::nullopt;
    int ms = 0;
    for (std::size_t i = 0; i < 3; ++i) ms = ms * 10 + (i < digits ? rest[i] - '0' : 0);
    rest.remove_prefix(digits);
    return Duration{ms};
}

/// `Z`, `+02:00` or `-05:30`: how far the clock is ahead of UTC.
std::optional<Duration> parse_offset(std::string_view text)
{
    if (text == "Z") return Duration{0};
    if (!has_shape(text, "+00:00") && !has_shape(text, "-00:00")) return std::nullopt;
    const auto clock = clock_at(text, 1);
    if (!clock) return std::nullopt;
    return text.front() == '-' ? -*clock : *clock;
}

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
                    fmt::format("'{}' is not a duration: {}; write a whole number and a unit, such as 30s, "
                                "15m, 4h or 7d",
                                text, why));
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
        return fail(ErrorCode::bad_value,
                    fmt::format("'{}' is no time; write 2027-01-31, 2027-01-31T09:30:00Z or "
                                "2027-01-31T10:30:00+01:00",
                                text));
    };
    const std::string_view shape = "0000-00-00T00:00:00";
    const auto plain = text.substr(0, shape.size());
    const bool date_alone = plain.size() == 10;
    if (!date_alone && plain.size() != shape.size()) return wrong();
    if (!has_shape(plain, shape.substr(0, plain.size()))) return wrong();
    using namespace std::chrono;
    const auto date =
        year_month_day{year{number_at(plain, 0, 4)}, month{static_cast<unsigned>(number_at(plain, 5, 2))},
                       day{static_cast<unsigned>(number_at(plain, 8, 2))}};
    if (!date.ok()) return wrong();
    auto at = duration_cast<milliseconds>(sys_days{date}.time_since_epoch());
    if (date_alone) return Instant{at.count()};
    const auto clock = clock_at(plain, 11);
    const int second = number_at(plain, 17, 2);
    if (!clock || second > 59) return wrong();
    at += *clock + seconds{second};
    auto rest = text.substr(shape.size());
    const auto fraction = take_fraction(rest);
    const auto offset = parse_offset(rest);
    if (!fraction || !offset) return wrong();
    return Instant{(at + *fraction - *offset).count()};
}

}  // namespace triaged
