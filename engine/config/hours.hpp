// Hours: a calendar as operators write it, and what it means in UTC.

#pragma once

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/calendar.hpp"
#include "engine/model/result.hpp"

namespace triaged::config {

using Day = std::chrono::sys_days;  // of the office's own calendar

/// Open hours of one day, in minutes since its midnight. `to` may lie on the next day: at most 48 hours on.
struct Hours {
    int from = 0;
    int to = 0;

    auto operator<=>(const Hours&) const = default;
};

inline constexpr int day_minutes = 24 * 60;

/// Reads `08:00-18:00`, `22:00-06:00` (until the next morning) or `00:00-24:00`.
Result<Hours> parse_hours(std::string_view text);

/// Reads `2026-12-24`.
Result<Day> parse_day(std::string_view text);

/// What recurs: a day of every year, from one year up to another, both included.
struct Yearly {
    std::chrono::month_day on;
    int from_year = -32767;
    int to_year = 32767;
    std::vector<Hours> hours;  // none: closed
};

/// A calendar as it is written. The clock on the office's wall decides: it is open whenever that clock shows
/// an open time, be it twice in the night it is set back.
struct OfficeHours {
    std::string name;
    std::string zone = "UTC";
    std::array<std::vector<Hours>, 7> week;  // Sunday first
    std::map<Day, std::vector<Hours>> days;  // instead of the week's; none: closed
    std::vector<Yearly> yearly;              // where `days` has nothing

    /// The hours that start on `day`. \param closed  set if it is a holiday: then what began the evening
    /// before ends at midnight too
    const std::vector<Hours>& of(Day day, bool& closed) const;
};

/// How a zone's clock differs from UTC for a while.
struct Offset {
    Span during;
    Duration ahead{};
};

/// The clock of `zone` over `horizon`, without gaps. \return `bad_value` if there is no such zone.
/// Reads the system's zone tables.
Result<std::vector<Offset>> offsets_of(const std::string& zone, Span horizon);

/// The zone most like `wrong`, or empty.
std::string closest_zone(std::string_view wrong);

/// The hours as stretches of UTC. \param offsets  of the zone, over the horizon
Calendar resolve(const OfficeHours& office, const std::vector<Offset>& offsets, Span horizon);

/// How far calendars are worked out as of `today`: from the start of the year five years ago to the end of
/// the one ten years on, but not beyond 2037, where zone tables end. Whole years, so that it seldom moves.
Span horizon_of(Instant today);

}  // namespace triaged::config
