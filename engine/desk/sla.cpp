#include "engine/desk/sla.hpp"

#include "engine/desk/decision.hpp"
#include "engine/desk/views.hpp"

namespace triaged::desk {

SlaLedger ledger_of(const Standing& standing)
{
    SlaLedger ledger;
    ledger.since = {standing.clocks.waiting_since,
                    standing.record.responded ? Instant::max() : standing.clocks.opened_at,
                    standing.record.unanswered_since, standing.resolving_since};
    ledger.pauses = standing.pauses;
    return ledger;
}

namespace {

/// Calls `look` with each clock of the ticket that runs.
template <class Look>
void each_clock(const Decision& decision, const Standing& standing, const Look& look)
{
    const auto& desk = decision.policies.desk;
    const auto& queue = standing.routing.queue;
    const auto* const policy = sla_policy(desk, standing.routing.sla, queue);
    if (policy == nullptr) return;
    const auto ledger = ledger_of(standing);
    for (const auto target : all_sla_targets)
        if (const auto clock = sla_clock(desk, policy, queue, target, ledger)) look(*clock);
}

}  // namespace

SlaLedger ledger_of(const Ticket& ticket)
{
    SlaLedger ledger;
    const auto& record = ticket.record;
    ledger.since = {ticket.phase == TicketPhase::assigned ? Instant::max() : ticket.waiting_since,
                    record.responded ? Instant::max() : ticket.opened_at, record.unanswered_since,
                    ticket.opened_at};
    if (!ticket.extras) return ledger;
    const auto& extras = *ticket.extras;
    if (extras.reopened_at != Instant::max()) ledger.since.back() = extras.reopened_at;
    ledger.pauses = extras.pauses;
    return ledger;
}

const SlaPolicy* policy_of(const DeskPolicy& desk, const State& state, const Ticket& ticket)
{
    if (desk.slas.empty()) return nullptr;
    return sla_policy(desk, state.symbols.text(ticket.sla), QueueName(state.symbols.text(ticket.queue)));
}

std::optional<std::vector<SlaView>> sla_views(const DeskPolicy& desk, const State& state, TicketId id,
                                              Instant now)
{
    constexpr std::size_t stretches_max = 1'000;
    const auto* const ticket = state.find(id);
    if (ticket == nullptr) return std::nullopt;
    std::vector<SlaView> views;
    const auto* const policy = policy_of(desk, state, *ticket);
    const QueueName queue(state.symbols.text(ticket->queue));
    const auto ledger = ledger_of(*ticket);
    for (const auto target : all_sla_targets) {
        const auto clock = sla_clock(desk, policy, queue, target, ledger);
        if (!clock) continue;
        SlaView view;
        view.target = target;
        view.policy = policy->name;
        if (clock->calendar != nullptr) view.calendar = clock->calendar->name();
        view.since = clock->since;
        view.within = clock->goal().within;
        view.used = used(*clock, now);
        view.due = due_at(*clock);
        view.warns = warn_at(*clock);
        view.warned = (ticket->record.warned & sla_bit(target)) != 0;
        view.breached = (ticket->record.breached & sla_bit(target)) != 0;
        view.paused = !clock->pauses.empty() && clock->pauses.back().to == Instant::max();
        view.stretches = stretches(*clock, now);
        auto& all = view.stretches;
        if (all.size() > stretches_max)
            all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(stretches_max));
        views.push_back(std::move(view));
    }
    return views;
}

Instant next_promise(const Decision& decision, const Standing& standing)
{
    auto next = standing.held_until;
    each_clock(decision, standing, [&](const SlaClock& clock) {
        const auto bit = sla_bit(clock.target);
        if ((standing.record.breached & bit) != 0) return;
        next = std::min(next, due_at(clock));
        if ((standing.record.warned & bit) == 0) next = std::min(next, warn_at(clock));
    });
    return next;
}

void look_at_promises(Decision& decision, Standing& standing)
{
    const auto now = decision.now;
    if (standing.held_until <= now) resume_clock(decision, standing, standing.held_until, "until");
    each_clock(decision, standing, [&](const SlaClock& clock) {
        const auto bit = sla_bit(clock.target);
        if ((standing.record.breached & bit) != 0) return;
        const auto due = due_at(clock);
        const auto& name = clock.policy->name;
        if (due <= now) {
            decision.add(SlaBreached{standing.id, clock.target, name, clock.since, due});
            standing.record.breached |= bit;
        } else if ((standing.record.warned & bit) == 0 && warn_at(clock) <= now) {
            decision.add(SlaWarned{standing.id, clock.target, name, clock.since, due});
            standing.record.warned |= bit;
        }
    });
}

void resume_clock(Decision& decision, Standing& standing, Instant at, std::string by)
{
    if (!standing.is_held()) return;
    decision.add(TicketResumed{standing.id, std::move(by)});
    at = std::min(at, standing.held_until);
    standing.pauses.back().to = at;
    if (!(standing.pauses.back().from < at)) standing.pauses.pop_back();
    standing.held_until = Instant::max();
}

void end_promises(Decision& decision, const Ticket& ticket, std::initializer_list<SlaTarget> targets)
{
    const auto& desk = decision.policies.desk;
    const auto* const policy = policy_of(desk, decision.state, ticket);
    if (policy == nullptr) return;
    const QueueName queue(decision.state.symbols.text(ticket.queue));
    const auto ledger = ledger_of(ticket);
    SlaEnded ended{ticket.id, policy->name, {}};
    for (const auto target : targets) {
        const auto clock = sla_clock(desk, policy, queue, target, ledger);
        if (!clock) continue;
        const bool said = (ticket.record.breached & sla_bit(target)) != 0;
        SlaOutcome outcome{target, clock->since, due_at(*clock), used(*clock, decision.now), {}};
        const bool missed = outcome.due <= decision.now;
        if (missed && !said)
            decision.add(SlaBreached{ticket.id, target, policy->name, clock->since, outcome.due});
        // A policy that has become more patient since does not undo what was said.
        if (missed || said) outcome.late = std::max(Duration{}, outcome.used - clock->goal().within);
        ended.outcomes.push_back(outcome);
    }
    if (!ended.outcomes.empty()) decision.add(std::move(ended));
}

void end_wait(Decision& decision, const Ticket& ticket)
{
    if (is_live(ticket.channel))
        end_promises(decision, ticket,
                     {SlaTarget::wait, SlaTarget::first_response, SlaTarget::next_response});
    else
        end_promises(decision, ticket, {SlaTarget::wait});
}

}  // namespace triaged::desk
