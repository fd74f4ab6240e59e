// evolve: what promises are measured by.

#include <algorithm>

#include "engine/desk/evolution.hpp"

namespace triaged::desk {

void evolve(State& state, const Event& event, const TicketReplied& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr) return;
    note_response(*ticket);
    ticket->record.replied_at = event.at;
}

void evolve(State& state, const Event& event, const TicketHeld& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr) return;
    auto& extras = extras_of(*ticket);
    if (!extras.held()) extras.pauses.push_back({event.at, Instant::max()});
    extras.hold_reason = what.reason;
    extras.hold_until = what.until;
}

void evolve(State& state, const Event& event, const TicketResumed& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr || !ticket->extras) return;
    // A hold ends when it was to end, even if nobody looked at that very moment.
    end_hold(*ticket, std::min(event.at, ticket->extras->hold_until));
}

void evolve(State& state, const Event&, const SlaWarned& what)
{
    if (auto* const ticket = state.find(what.ticket)) ticket->record.warned |= sla_bit(what.target);
}

void evolve(State& state, const Event&, const SlaBreached& what)
{
    if (auto* const ticket = state.find(what.ticket)) ticket->record.breached |= sla_bit(what.target);
}

}  // namespace triaged::desk
