// The reference: the clocks of promises, piece by piece.

#include "tests/sim/reference.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace triaged::sim {

namespace {

const SlaPolicy* policy_of(const desk::Policies& policies, const ReferenceTicket& ticket)
{
    const auto& name = ticket.sla.empty() ? policies.desk.queues.at(ticket.queue).sla : ticket.sla;
    return name.empty() ? nullptr : &policies.desk.slas.at(name);
}

/// What the clock has counted by `at`, piece by piece between pauses.
Duration counted(const desk::Policies& policies, const ReferenceTicket& ticket, SlaTarget target, Instant at)
{
    const auto& goal = policy_of(policies, ticket)->goal(target);
    const auto& hours =
        goal.calendar == queue_hours ? policies.desk.queues.at(ticket.queue).calendar : goal.calendar;
    const Calendar* const calendar = hours.empty() ? nullptr : &policies.desk.calendars.at(hours);
    Duration sum{};
    auto from = ticket.started(target);
    if (target == SlaTarget::resolution)
        for (const auto& pause : ticket.pauses) {
            sum += time_between(calendar, from, std::min(at, pause.from));
            from = std::max(from, pause.to);
        }
    return sum + time_between(calendar, from, at);
}

Duration within(const desk::Policies& policies, const ReferenceTicket& ticket, SlaTarget target)
{
    return policy_of(policies, ticket)->goal(target).within[ticket.priority];
}

}  // namespace

Instant Reference::first_due(const desk::Policies& policies, const ReferenceTicket& ticket)
{
    auto first = Instant::max();
    if (policy_of(policies, ticket) == nullptr) return first;
    for (const auto target : all_sla_targets) {
        const auto all = within(policies, ticket, target);
        const auto since = ticket.started(target);
        if (all.count() == 0 || since == Instant::max()) continue;
        auto before = since;  // less than all is used
        auto due = since + std::chrono::hours{24 * 60};
        if (counted(policies, ticket, target, due) < all) continue;
        while (due - before > Duration{1}) {
            const auto middle = before + (due - before) / 2;
            (counted(policies, ticket, target, middle) < all ? before : due) = middle;
        }
        first = std::min(first, due);
    }
    return first;
}

Instant ReferenceTicket::started(SlaTarget target) const
{
    switch (target) {
        case SlaTarget::wait:
            return waiting_since;
        case SlaTarget::first_response:
            return responded ? Instant::max() : opened_at;
        case SlaTarget::next_response:
            return unanswered_since;
        case SlaTarget::resolution:
            return resolving_since;
        case SlaTarget::queue:
            return std::max(waiting_since, queue_since);
    }
    return Instant::max();
}

void ReferenceTicket::start_anew(std::initializer_list<SlaTarget> targets)
{
    for (const auto target : targets) {
        warned.erase(target);
        breached.erase(target);
    }
}

void ReferenceTicket::answer()
{
    responded = true;
    unanswered_since = Instant::max();
    start_anew({SlaTarget::first_response, SlaTarget::next_response});
}

void ReferenceTicket::leave_out(Instant from, Instant to)
{
    if (waiting_since == Instant::max()) return;  // they count anew once it waits again
    const auto since = std::max(steps_since, waiting_since);
    steps_since = std::max(from, since) < to ? since + (to - std::max(from, since)) : since;
}

void Reference::on(const desk::Policies&, const Event&, const TicketReplied& what)
{
    held(what.ticket, what.agent, TicketPhase::assigned).answer();
}

void Reference::on(const desk::Policies&, const Event& event, const TicketHeld& what)
{
    auto& ticket = held(what.ticket, what.agent, TicketPhase::assigned);
    must(what.until > event.at, "a hold ends ahead");
    if (!ticket.is_held()) ticket.pauses.push_back({event.at, Instant::max()});
    ticket.held_until = what.until;
}

void Reference::on(const desk::Policies&, const Event& event, const TicketResumed& what)
{
    auto& resumed = ticket(what.ticket);
    must(resumed.is_held(), "only what is held is resumed");
    must(what.by != "until" || resumed.held_until <= event.at, "a hold does not end early");
    resumed.pauses.back().to = std::min(event.at, resumed.held_until);
    resumed.leave_out(resumed.pauses.back().from, resumed.pauses.back().to);
    resumed.held_until = Instant::max();
}

void Reference::on(const desk::Policies& policies, const Event& event, const SlaWarned& what)
{
    auto& warned = ticket(what.ticket);
    const auto& goal = policy_of(policies, warned)->goal(what.target);
    must(what.since == warned.started(what.target), "it says when the clock started");
    const auto warn = goal.warn[warned.priority];
    const auto all = goal.within[warned.priority];
    must(warn.count() > 0, "the policy asks for warnings");
    const auto used = counted(policies, warned, what.target, event.at);
    must(used >= all - warn && used < all, "a warning comes before, and not too early");
    must(warned.warned.insert(what.target).second, "a warning is said once");
    must(!warned.breached.contains(what.target), "a warning comes before the breach");
}

void Reference::on(const desk::Policies& policies, const Event& event, const SlaBreached& what)
{
    auto& breached = ticket(what.ticket);
    const auto all = within(policies, breached, what.target);
    must(what.since == breached.started(what.target), "it says when the clock started");
    must(what.due <= event.at, "a promise is not missed early");
    must(counted(policies, breached, what.target, what.due) == all, "at its due time all is used");
    must(counted(policies, breached, what.target, what.due - Duration{1}) < all, "and not before");
    must(breached.breached.insert(what.target).second, "a breach is said once");
}

void Reference::on(const desk::Policies& policies, const Event& event, const SlaEnded& what)
{
    const auto& ended = ticket(what.ticket);
    must(!what.outcomes.empty(), "an end says what ended");
    for (const auto& outcome : what.outcomes) {
        const auto used = counted(policies, ended, outcome.target, event.at);
        const auto all = within(policies, ended, outcome.target);
        must(outcome.since == ended.started(outcome.target), "it says when the clock started");
        must(outcome.used == used, "it says what was used");
        must(outcome.late.has_value() == ended.breached.contains(outcome.target), "late is what was missed");
        must(!outcome.late || *outcome.late == std::max(Duration{}, used - all), "late by what is over");
        must(used < all || outcome.late.has_value(), "what is over is late");
    }
}

/// That no promise about the ticket is missed, and no hold of it ends, before the desk looks at it again.
void Reference::check_promises(const desk::Policies& policies, const desk::State& state, TicketId id) const
{
    if (state.next_to_sweep() != nullptr) return;  // some tickets have yet to learn of new policies
    const auto& ticket = open_.at(id);
    const auto* const kept = state.find(id);
    must(kept->record.responded == ticket.responded, "{} was answered or not", id);
    must(kept->record.unanswered_since == ticket.unanswered_since, "{} waits for another answer", id);
    must(kept->recheck_at <= ticket.held_until || !ticket.is_held(), "{} is held for too long", id);
    const auto* const policy = policy_of(policies, ticket);
    if (policy == nullptr || kept->recheck_at <= state.at + Duration{1})
        return;  // it is looked at as soon as can be
    const auto last = std::min(kept->recheck_at, state.at + std::chrono::hours{24}) - Duration{1};
    for (const auto target : all_sla_targets) {
        const auto all = within(policies, ticket, target);
        if (all.count() == 0 || ticket.started(target) == Instant::max() || ticket.breached.contains(target))
            continue;
        must(counted(policies, ticket, target, last) < all, "{}: {} is missed before the desk looks", id,
             target);
    }
}

}  // namespace triaged::sim
