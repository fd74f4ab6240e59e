// Calendars: when an office is open, as stretches of UTC, and time counted in its hours.

#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/model/time.hpp"

namespace triaged {

/// From one instant up to another that is outside.
struct Span {
    Instant from;
    Instant to;

    bool operator==(const Span&) const = default;
};

/// Open hours with weekdays, holidays and the zone's clock changes worked out, over a horizon outside of
/// which the office counts as closed. Immutable.
class Calendar {
public:
    Calendar() = default;
    /// \param zone     an IANA name, for people
    /// \param horizon  how far the hours are known
    /// \param open     sorted, none empty, with time between one and the next, all within `horizon`
    Calendar(std::string name, std::string zone, Span horizon, std::vector<Span> open);

    const std::string& name() const { return name_; }
    const std::string& zone() const { return zone_; }
    Span horizon() const { return horizon_; }
    std::span<const Span> open() const { return open_; }
    /// Open time before `open()[index]`.
    Duration before(std::size_t index) const { return before_[index]; }
    /// The first stretch that ends after `at`; as many as there are if none does.
    std::size_t first_ending_after(Instant at) const;

    bool operator==(const Calendar& other) const
    {
        return name_ == other.name_ && zone_ == other.zone_ && horizon_ == other.horizon_ &&
               open_ == other.open_;
    }

private:
    std::string name_;
    std::string zone_;
    Span horizon_;
    std::vector<Span> open_;
    std::vector<Duration> before_;  // one for each of `open_`
};

using CalendarTable = std::map<std::string, Calendar, std::less<>>;

/// The calendar of this name, or null; the empty name is nobody's.
const Calendar* find_calendar(const CalendarTable& calendars, std::string_view name);

bool open_at(const Calendar& calendar, Instant at);

/// Open time between two instants; the stretch is half-open.
/// \return 0 ms or more; 0 if `to` is not after `from`.
Duration business_time(const Calendar& calendar, Instant from, Instant to);

/// The first instant at which `by` of open time has passed since `from`: the evening an office closes rather
/// than the morning after. \return `from` if `by` is 0; max() if the horizon ends before.
Instant add_business_time(const Calendar& calendar, Instant from, Duration by);

/// The first instant from `at` on that is open; max() if the horizon ends before.
Instant next_open(const Calendar& calendar, Instant at);

/// The first instant from `at` on that is closed; max() if it stays open to the end of the horizon.
Instant next_close(const Calendar& calendar, Instant at);

// The same where there may be no calendar, which means wall time.

Duration time_between(const Calendar* calendar, Instant from, Instant to);
Instant add_time(const Calendar* calendar, Instant from, Duration by);

}  // namespace triaged
