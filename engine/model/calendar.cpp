#include "engine/model/calendar.hpp"

#include <algorithm>

namespace triaged {

namespace {

/// Open time before `at`, from the start of the horizon.
Duration open_before(const Calendar& calendar, Instant at)
{
    const auto open = calendar.open();
    const auto index = calendar.first_ending_after(at);
    if (index < open.size()) return calendar.before(index) + std::max(Duration{}, at - open[index].from);
    if (open.empty()) return {};
    return calendar.before(open.size() - 1) + (open.back().to - open.back().from);
}

}  // namespace

Calendar::Calendar(std::string name, std::string zone, Span horizon, std::vector<Span> open)
    : name_(std::move(name)), zone_(std::move(zone)), horizon_(horizon), open_(std::move(open))
{
    before_.reserve(open_.size());
    Duration sum{};
    auto end = horizon_.from - Duration{1};
    for (const auto& span : open_) {
        check(end < span.from && span.from < span.to, "open stretches are in order and apart");
        before_.push_back(sum);
        sum += span.to - span.from;
        end = span.to;
    }
    check(open_.empty() || end <= horizon_.to, "open stretches lie within the horizon");
}

std::size_t Calendar::first_ending_after(Instant at) const
{
    const auto place = std::upper_bound(open_.begin(), open_.end(), at,
                                        [](Instant when, const Span& span) { return when < span.to; });
    return static_cast<std::size_t>(place - open_.begin());
}

const Calendar* find_calendar(const CalendarTable& calendars, std::string_view name)
{
    if (name.empty()) return nullptr;
    const auto found = calendars.find(name);
    return found == calendars.end() ? nullptr : &found->second;
}

bool open_at(const Calendar& calendar, Instant at)
{
    const auto index = calendar.first_ending_after(at);
    return index < calendar.open().size() && calendar.open()[index].from <= at;
}

Duration business_time(const Calendar& calendar, Instant from, Instant to)
{
    return to <= from ? Duration{} : open_before(calendar, to) - open_before(calendar, from);
}

Instant add_business_time(const Calendar& calendar, Instant from, Duration by)
{
    if (by.count() <= 0) return from;
    const auto open = calendar.open();
    const auto first = calendar.first_ending_after(from);
    if (first == open.size() || by == Duration::max()) return Instant::max();
    const auto wanted = open_before(calendar, from) + by;
    // The last stretch that starts with less than `wanted` behind it is the one it is reached in.
    std::size_t low = first;
    std::size_t high = open.size();
    while (high - low > 1) {
        const auto middle = low + (high - low) / 2;
        (calendar.before(middle) < wanted ? low : high) = middle;
    }
    const auto at = open[low].from + (wanted - calendar.before(low));
    return at <= open[low].to ? at : Instant::max();
}

Instant next_open(const Calendar& calendar, Instant at)
{
    const auto index = calendar.first_ending_after(at);
    return index == calendar.open().size() ? Instant::max() : std::max(at, calendar.open()[index].from);
}

Instant next_close(const Calendar& calendar, Instant at)
{
    const auto index = calendar.first_ending_after(at);
    if (index == calendar.open().size() || at < calendar.open()[index].from) return at;
    const auto end = calendar.open()[index].to;
    return end == calendar.horizon().to ? Instant::max() : end;
}

Duration time_between(const Calendar* calendar, Instant from, Instant to)
{
    if (to <= from) return {};
    return calendar == nullptr ? to - from : business_time(*calendar, from, to);
}

Instant add_time(const Calendar* calendar, Instant from, Duration by)
{
    return calendar == nullptr ? from + by : add_business_time(*calendar, from, by);
}

}  // namespace triaged
