#include "engine/config/hours.hpp"

#include <algorithm>
#include <charconv>

#include <date/tz.h>
#include <fmt/format.h>

#include "engine/model/facts.hpp"

namespace triaged::config {

namespace {

using std::chrono::days;
using std::chrono::minutes;

Instant start_of(Day day) { return {std::chrono::duration_cast<Duration>(day.time_since_epoch()).count()}; }

/// Exactly `width` digits at the start of `text`, which loses them; -1 if they are not there.
int take_digits(std::string_view& text, std::size_t width)
{
    int value = 0;
    if (text.size() < width) return -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + width, value);
    if (failure != std::errc{} || end != text.data() + width || text.front() == '-') return -1;
    text.remove_prefix(width);
    return value;
}

bool take(std::string_view& text, char wanted)
{
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

/// `HH:MM` in minutes; -1 if it is not one.
int take_clock(std::string_view& text)
{
    const int hour = take_digits(text, 2);
    if (hour < 0 || !take(text, ':')) return -1;
    const int minute = take_digits(text, 2);
    const int at = hour * 60 + minute;
    return minute < 0 || minute > 59 || at > day_minutes ? -1 : at;
}

/// Appends, or lengthens the last one where they touch.
void append(std::vector<Span>& open, Span span)
{
    if (!(span.from < span.to)) return;
    if (!open.empty() && span.from <= open.back().to)
        open.back().to = std::max(open.back().to, span.to);
    else
        open.push_back(span);
}

}  // namespace

Result<Hours> parse_hours(std::string_view text)
{
    auto rest = text;
    const auto wrong = [&](std::string_view why) {
        return fail(
            ErrorCode::bad_value,
            fmt::format("'{}' are no hours: {}; write them like 08:00-18:00, or 22:00-06:00 until the next "
                        "morning",
                        text, why));
    };
    Hours hours;
    hours.from = take_clock(rest);
    if (hours.from < 0 || hours.from == day_minutes) return wrong("they do not start with a time of day");
    if (!take(rest, '-')) return wrong("there is no '-' after the start");
    hours.to = take_clock(rest);
    if (hours.to < 0 || !rest.empty()) return wrong("they do not end with a time of day");
    if (hours.to == hours.from)
        return wrong("they start and end at the same time; the whole day is 00:00-24:00");
    if (hours.to < hours.from) hours.to += day_minutes;
    return hours;
}

Result<Day> parse_day(std::string_view text)
{
    auto rest = text;
    const int year = take_digits(rest, 4);
    const bool dash = take(rest, '-');
    const int month = take_digits(rest, 2);
    const bool second_dash = take(rest, '-');
    const int day = take_digits(rest, 2);
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (year < 0 || !dash || month < 0 || !second_dash || day < 0 || !rest.empty() || !date.ok())
        return fail(ErrorCode::bad_value, fmt::format("'{}' is no date; write it like 2026-12-24", text));
    return Day{date};
}

const std::vector<Hours>& OfficeHours::of(Day day, bool& closed) const
{
    static const std::vector<Hours> none;
    closed = false;
    if (const auto special = days.find(day); special != days.end()) {
        closed = special->second.empty();
        return special->second;
    }
    const std::chrono::year_month_day date{day};
    const int year = static_cast<int>(date.year());
    for (const auto& every : yearly) {
        if (every.on != date.month() / date.day() || year < every.from_year || year > every.to_year) continue;
        closed = every.hours.empty();
        return every.hours;
    }
    return week[std::chrono::weekday{day}.c_encoding()];
}

Result<std::vector<Offset>> offsets_of(const std::string& zone, Span horizon)
{
    try {
        const auto* const found = date::locate_zone(zone);
        std::vector<Offset> offsets;
        for (auto at = horizon.from; at < horizon.to;) {
            const auto second = std::chrono::floor<std::chrono::seconds>(Duration{at.ms});
            const auto info = found->get_info(date::sys_seconds{second});
            const auto end = info.end.time_since_epoch();
            const auto to = end > std::chrono::seconds{horizon.to.ms / 1'000}
                                ? horizon.to
                                : Instant{std::chrono::duration_cast<Duration>(end).count()};
            offsets.push_back({{at, to}, info.offset});
            at = to;
        }
        return offsets;
    } catch (const std::exception&) {
        return fail(ErrorCode::bad_value, fmt::format("there is no time zone '{}'", zone));
    }
}

std::string closest_zone(std::string_view wrong)
{
    std::vector<std::string> names;
    try {
        for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
    } catch (const std::exception&) {
        return {};  // no zone tables: then nothing is like it
    }
    return closest(wrong, names);
}

Calendar resolve(const OfficeHours& office, const std::vector<Offset>& offsets, Span horizon)
{
    std::vector<Span> pieces;
    const auto first = std::chrono::floor<days>(Duration{horizon.from.ms}) - days{2};
    const auto last = std::chrono::floor<days>(Duration{horizon.to.ms}) + days{2};
    std::size_t passed = 0;
    bool closed = false;
    bool closed_next = false;
    for (auto day = Day{first}; day <= Day{last}; day += days{1}) {
        const auto& hours = office.of(day, closed);
        if (hours.empty()) continue;
        office.of(day + days{1}, closed_next);
        const auto midnight = start_of(day);
        while (passed < offsets.size() && offsets[passed].during.to < midnight - days{2}) ++passed;
        for (const auto& [from, to] : hours) {
            const int end = closed_next ? std::min(to, day_minutes) : to;
            for (auto next = passed; next < offsets.size(); ++next) {
                const auto& [during, ahead] = offsets[next];
                if (midnight + days{4} < during.from) break;
                const Span shown{midnight + minutes{from} - ahead, midnight + minutes{end} - ahead};
                const Span piece{std::max({shown.from, during.from, horizon.from}),
                                 std::min({shown.to, during.to, horizon.to})};
                if (piece.from < piece.to) pieces.push_back(piece);
            }
        }
    }
    std::sort(pieces.begin(), pieces.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    std::vector<Span> open;
    for (const auto& piece : pieces) append(open, piece);
    return Calendar(office.name, office.zone, horizon, std::move(open));
}

Span horizon_of(Instant today)
{
    constexpr int years_back = 5;
    constexpr int years_ahead = 10;
    constexpr int tables_end = 2037;
    const auto day = std::chrono::floor<days>(std::chrono::sys_time<Duration>{Duration{today.ms}});
    const int year = static_cast<int>(std::chrono::year_month_day{day}.year());
    const auto new_year = [](int of) {
        return start_of(Day{std::chrono::year{of} / std::chrono::January / std::chrono::day{1}});
    };
    return {new_year(year - years_back),
            new_year(std::min(year + years_ahead, std::max(year, tables_end)) + 1)};
}

}  // namespace triaged::config
