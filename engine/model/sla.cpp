#include "engine/model/sla.hpp"

#include <algorithm>

namespace triaged {

std::string_view to_string(SlaTarget target)
{
    switch (target) {
        case SlaTarget::wait:
            return "wait";
        case SlaTarget::first_response:
            return "first_response";
        case SlaTarget::next_response:
            return "next_response";
        case SlaTarget::resolution:
            return "resolution";
        case SlaTarget::queue:
            return "queue";
    }
    return "";
}

std::optional<SlaTarget> parse_sla_target(std::string_view text)
{
    for (const auto target : all_sla_targets)
        if (to_string(target) == text) return target;
    return std::nullopt;
}

SlaTerms sla_terms(const DeskPolicy& desk, std::string_view sla, const QueueName& queue, Priority priority)
{
    SlaTerms terms;
    terms.priority = priority;
    if (desk.slas.empty()) return terms;
    if (const auto found = desk.queues.find(queue); found != desk.queues.end()) terms.queue = &found->second;
    if (sla.empty() && terms.queue != nullptr) sla = terms.queue->sla;
    if (const auto found = desk.slas.find(sla); found != desk.slas.end()) terms.policy = &found->second;
    return terms;
}

std::optional<SlaClock> sla_clock(const DeskPolicy& desk, const SlaTerms& terms, SlaTarget target,
                                  const SlaLedger& ledger)
{
    const auto since = ledger.since_of(target);
    if (terms.policy == nullptr || since == Instant::max()) return std::nullopt;
    const auto& goal = terms.policy->goal(target);
    const auto within = goal.within[terms.priority];
    if (within.count() <= 0) return std::nullopt;
    SlaClock clock{target, terms.policy, nullptr, since, within, goal.warn[terms.priority], {}};
    if (goal.calendar != queue_hours)
        clock.calendar = find_calendar(desk.calendars, goal.calendar);
    else if (terms.queue != nullptr)
        clock.calendar = find_calendar(desk.calendars, terms.queue->calendar);
    if (target == SlaTarget::resolution) clock.pauses = ledger.pauses;
    return clock;
}

Duration used(const SlaClock& clock, Instant at)
{
    auto sum = time_between(clock.calendar, clock.since, at);
    for (const auto& pause : clock.pauses)
        sum -= time_between(clock.calendar, std::max(pause.from, clock.since), std::min(pause.to, at));
    return sum;
}

Instant reaches(const SlaClock& clock, Duration amount)
{
    if (amount.count() <= 0) return clock.since;
    auto from = clock.since;
    for (const auto& pause : clock.pauses) {
        if (pause.to <= from) continue;
        const auto counted = time_between(clock.calendar, from, pause.from);
        if (counted >= amount) break;
        amount -= counted;
        from = pause.to;
        if (from == Instant::max()) return from;
    }
    return add_time(clock.calendar, from, amount);
}

Instant due_at(const SlaClock& clock) { return reaches(clock, clock.within); }

Instant warn_at(const SlaClock& clock)
{
    if (clock.warn.count() <= 0 || clock.warn >= clock.within) return Instant::max();
    return reaches(clock, clock.within - clock.warn);
}

std::vector<SlaStretch> stretches(const SlaClock& clock, Instant at)
{
    using Kind = SlaStretch::Kind;
    std::vector<SlaStretch> out;
    const auto add = [&](Instant from, Instant to, Kind kind) {
        if (from < to) out.push_back({{from, to}, kind});
    };
    // The hours of the calendar between two instants in which the clock is not paused.
    const auto running = [&](Instant from, Instant to) {
        if (clock.calendar == nullptr) return add(from, to, Kind::counted);
        while (from < to) {
            const auto opens = std::min(to, next_open(*clock.calendar, from));
            add(from, opens, Kind::closed);
            const auto closes = std::min(to, next_close(*clock.calendar, opens));
            add(opens, closes, Kind::counted);
            from = closes;
        }
    };
    auto from = clock.since;
    for (const auto& pause : clock.pauses) {
        if (pause.to <= from || pause.from >= at) continue;
        running(from, std::max(from, pause.from));
        from = std::max(from, pause.from);
        add(from, std::min(pause.to, at), Kind::paused);
        from = std::min(pause.to, at);
    }
    running(from, at);
    return out;
}

}  // namespace triaged
