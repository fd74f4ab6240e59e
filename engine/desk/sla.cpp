#include "engine/desk/sla.hpp"

#include <array>

#include "engine/desk/decision.hpp"
#include "engine/desk/views.hpp"

namespace triaged::desk {

SlaLedger ledger_of(const Standing& standing)
{
    const auto& record = standing.record;
    const auto waiting_since = standing.clocks.waiting_since;
    SlaLedger ledger;
    ledger.since = {waiting_since, record.responded ? Instant::max() : standing.clocks.opened_at,
                    record.unanswered_since, standing.resolving_since,
                    std::max(waiting_since, standing.queue_since)};
    ledger.pauses = standing.pauses;
    return ledger;
}

namespace {

SlaTerms terms_of(const Decision& decision, const Standing& standing)
{
    const auto& routing = standing.routing;
    return sla_terms(decision.policies.desk, routing.sla, routing.queue, routing.priority);
}

/// Calls `look` with each clock of the ticket that runs.
template <class Look>
void each_clock(const Decision& decision, const Standing& standing, const Look& look)
{
    const auto terms = terms_of(decision, standing);
    if (terms.policy == nullptr) return;
    const auto ledger = ledger_of(standing);
    for (const auto target : all_sla_targets)
        if (const auto clock = sla_clock(decision.policies.desk, terms, target, ledger)) look(*clock);
}

/// What `targets` waited for has happened.
/// \param breached  of these it has been said that they are missed; a bit a target
void end_promises(Decision& decision, TicketId ticket, const SlaTerms& terms, const SlaLedger& ledger,
                  std::uint8_t breached, std::span<const SlaTarget> targets)
{
    if (terms.policy == nullptr) return;
    const auto& policy = terms.policy->name;
    SlaEnded ended{ticket, policy, {}};
    for (const auto target : targets) {
        const auto clock = sla_clock(decision.policies.desk, terms, target, ledger);
        if (!clock || clock->since > decision.now) continue;  // not yet, of a callback
        const bool said = (breached & sla_bit(target)) != 0;
        SlaOutcome outcome{target, clock->since, due_at(*clock), used(*clock, decision.now), {}};
        const bool missed = outcome.due <= decision.now;
        if (missed && !said) decision.add(SlaBreached{ticket, target, policy, clock->since, outcome.due});
        // A policy that has become more patient since does not undo what was said.
        if (missed || said) outcome.late = std::max(Duration{}, outcome.used - clock->within);
        ended.outcomes.push_back(outcome);
    }
    if (!ended.outcomes.empty()) decision.add(std::move(ended));
}

}  // namespace

SlaLedger ledger_of(const Ticket& ticket)
{
    const auto& record = ticket.record;
    const bool assigned = ticket.phase == TicketPhase::assigned;
    const auto waiting_since = assigned ? Instant::max() : ticket.waiting_since;
    const bool reopened = ticket.extras && ticket.extras->reopened_at != Instant::max();
    SlaLedger ledger;
    ledger.since = {waiting_since, record.responded ? Instant::max() : ticket.opened_at,
                    record.unanswered_since, reopened ? ticket.extras->reopened_at : ticket.opened_at,
                    std::max(waiting_since, ticket.queue_since())};
    if (ticket.extras) ledger.pauses = ticket.extras->pauses;
    return ledger;
}

SlaTerms terms_of(const DeskPolicy& desk, const State& state, const Ticket& ticket)
{
    if (desk.slas.empty()) return {};
    const QueueName queue(state.symbols.text(ticket.queue));
    return sla_terms(desk, state.symbols.text(ticket.sla), queue, ticket.priority);
}

std::optional<std::vector<SlaView>> sla_views(const DeskPolicy& desk, const State& state, TicketId id,
                                              Instant now)
{
    constexpr std::size_t stretches_max = 1'000;
    const auto* const ticket = state.find(id);
    if (ticket == nullptr) return std::nullopt;
    std::vector<SlaView> views;
    const auto terms = terms_of(desk, state, *ticket);
    const auto ledger = ledger_of(*ticket);
    for (const auto target : all_sla_targets) {
        const auto clock = sla_clock(desk, terms, target, ledger);
        if (!clock) continue;
        SlaView view;
        view.target = target;
        view.policy = terms.policy->name;
        view.own_policy = ticket->sla != Symbol::empty;
        if (terms.policy->goal(target).within.differs()) view.priority = terms.priority;
        if (clock->calendar != nullptr) view.calendar = clock->calendar->name();
        view.since = clock->since;
        view.within = clock->within;
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

Instant place_of(const DeskPolicy& desk, Instant enqueued_at, const SlaTerms& terms, const SlaLedger& ledger)
{
    if (desk.order == QueueOrder::head_start)
        return enqueued_at - desk.head_start[static_cast<std::size_t>(terms.priority)];
    auto first = enqueued_at + desk.due_within;
    if (terms.policy != nullptr)
        for (const auto target : all_sla_targets)
            if (const auto clock = sla_clock(desk, terms, target, ledger))
                first = std::min(first, due_at(*clock));
    return std::max(first, enqueued_at);
}

Instant place_of(const Decision& decision, const Standing& standing)
{
    const auto& desk = decision.policies.desk;
    if (desk.order == QueueOrder::head_start)  // which needs no promises looked up
        return place_of(desk, standing.enqueued_at, {nullptr, nullptr, standing.routing.priority}, {});
    return place_of(desk, standing.enqueued_at, terms_of(decision, standing), ledger_of(standing));
}

void move_up(const Decision& decision, Standing& standing)
{
    standing.queued_as = std::min(standing.queued_as, place_of(decision, standing));
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
    leave_out(standing, standing.pauses.back().from, at);
    standing.pauses.back().to = at;
    if (!(standing.pauses.back().from < at)) standing.pauses.pop_back();
    standing.held_until = Instant::max();
}

void end_promises(Decision& decision, const Ticket& ticket, std::initializer_list<SlaTarget> targets)
{
    end_promises(decision, ticket.id, terms_of(decision.policies.desk, decision.state, ticket),
                 ledger_of(ticket), ticket.record.breached, targets);
}

void end_promises(Decision& decision, const Ticket& ticket)
{
    end_promises(decision, ticket.id, terms_of(decision.policies.desk, decision.state, ticket),
                 ledger_of(ticket), ticket.record.breached, all_sla_targets);
}

void leave_queue(Decision& decision, const Standing& standing)
{
    static constexpr std::array queue{SlaTarget::queue};
    const auto ledger = ledger_of(standing);
    if (ledger.since_of(SlaTarget::queue) >= decision.now) return;  // it was only passing through
    end_promises(decision, standing.id, terms_of(decision, standing), ledger, standing.record.breached,
                 queue);
}

void end_wait(Decision& decision, const Ticket& ticket)
{
    if (is_live(ticket.channel))
        end_promises(
            decision, ticket,
            {SlaTarget::wait, SlaTarget::first_response, SlaTarget::next_response, SlaTarget::queue});
    else
        end_promises(decision, ticket, {SlaTarget::wait, SlaTarget::queue});
}

}  // namespace triaged::desk
