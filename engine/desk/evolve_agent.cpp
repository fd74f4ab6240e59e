// evolve: agents, and what they are offered and hold.

#include <algorithm>

#include "engine/desk/evolution.hpp"

namespace triaged::desk {

namespace {

/// Somebody is found for it: it stood in line, unless that was at once.
void leave_line(Ticket& ticket, Instant at)
{
    if (ticket.waiting_since < at) ticket.stood_in_line = true;
}

/// Somebody has it now: its wait is over, and who is on the line is answered by that.
void note_taken(State& state, Ticket& ticket, Instant at)
{
    if (ticket.stood_in_line)
        state.paces[ticket.queue].note(std::max(ticket.steps_since(), ticket.waiting_since), at);
    ticket.stood_in_line = false;
    start_anew(ticket, SlaTarget::wait);
    start_anew(ticket, SlaTarget::queue);
    if (is_live(ticket.channel)) note_response(ticket);
}

}  // namespace

void evolve(State& state, const Event& event, const AgentSignedIn& what)
{
    auto& agent = state.agent(state.agent_slot(what.agent));
    {
        const Reseating reseating(state, agent);
        if (!agent.available()) agent.idle_since = event.at;
        agent.name = what.name;
        agent.skills = what.skills;
        agent.group = state.board.group(state.skill_sets, state.skill_sets.intern(what.skills));
        agent.capacity = std::max(1, what.capacity);
        agent.presence = Presence::available;
        agent.reason.clear();
        agent.missed = 0;
    }
    state.board.stir(agent);
}

void evolve(State& state, const Event& event, const PresenceSet& what)
{
    auto* const agent = state.find(what.agent);
    if (agent == nullptr) return;
    {
        const Reseating reseating(state, *agent);
        if (what.presence == Presence::available && !agent->available()) agent->idle_since = event.at;
        agent->presence = what.presence;
        agent->reason = what.reason;
        agent->missed = 0;
    }
    state.board.stir(*agent);
}

void evolve(State& state, const Event&, const AgentSeen& what)
{
    auto* const agent = state.find(what.agent);
    if (agent == nullptr) return;
    const Reseating reseating(state, *agent);
    agent->silent_at = what.until;
}

void evolve(State& state, const Event& event, const OfferMade& what)
{
    auto* const ticket = state.find(what.ticket);
    auto* const agent = state.find(what.agent);
    if (ticket == nullptr || agent == nullptr) return;
    const bool further = ticket->phase == TicketPhase::offered && !ticket->held_by(agent->slot);
    if (!ticket->waits() && !further) return;
    const Refiling refiling(state, *ticket);
    const Reseating reseating(state, *agent);
    if (!further) leave_line(*ticket, event.at);
    hold(state, *ticket, *agent, what.units);
    ticket->phase = TicketPhase::offered;
    ticket->expires_at = what.expires_at;
    agent->last_offer = event.seq;
    state.offered_last = what.ticket;
}

void evolve(State& state, const Event& event, const OfferAccepted& what)
{
    auto* const ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
    if (ticket == nullptr) return;
    auto& agent = *state.find(what.agent);
    const Refiling refiling(state, *ticket);
    ticket->phase = TicketPhase::assigned;
    ticket->expires_at = Instant::max();
    note_taken(state, *ticket, event.at);
    agent.missed = 0;
    meet(state, *ticket, agent.slot, event.at);
}

void evolve(State& state, const Event& event, const OfferDeclined& what)
{
    auto* const ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
    if (ticket == nullptr) return;
    auto& agent = *state.find(what.agent);
    const Refiling refiling(state, *ticket);
    note_refusal(*ticket, {agent.slot, true, event.at});
    agent.missed = 0;
    release(state, *ticket, agent.slot);
}

void evolve(State& state, const Event& event, const OfferExpired& what)
{
    auto* const ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
    if (ticket == nullptr) return;
    auto& agent = *state.find(what.agent);
    const Refiling refiling(state, *ticket);
    note_refusal(*ticket, {agent.slot, false, event.at});
    ++agent.missed;
    release(state, *ticket, agent.slot);
}

void evolve(State& state, const Event&, const OfferWithdrawn& what)
{
    auto* const ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
    if (ticket == nullptr) return;
    const Refiling refiling(state, *ticket);
    release(state, *ticket, state.find(what.agent)->slot);
}

void evolve(State& state, const Event& event, const TicketReturned& what)
{
    auto* ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
    const bool was_assigned = ticket == nullptr;
    if (was_assigned) ticket = held(state, what.ticket, what.agent, TicketPhase::assigned);
    if (ticket == nullptr) return;
    const Refiling refiling(state, *ticket);
    if (was_assigned) ticket->waiting_since = event.at;
    release(state, *ticket, state.find(what.agent)->slot);
}

void evolve(State& state, const Event& event, const TicketAssigned& what)
{
    auto* const ticket = state.find(what.ticket);
    auto* const agent = state.find(what.agent);
    if (ticket == nullptr || agent == nullptr || !ticket->free()) return;
    const Refiling refiling(state, *ticket);
    if (ticket->called_later()) ticket->extras->callback->pending = false;  // it is called now
    const Reseating reseating(state, *agent);
    leave_line(*ticket, event.at);
    hold(state, *ticket, *agent, what.units);
    ticket->phase = TicketPhase::assigned;
    note_taken(state, *ticket, event.at);
    agent->missed = 0;
    if (!what.note.empty()) extras_of(*ticket).note = what.note;
    meet(state, *ticket, agent->slot, event.at);
}

void evolve(State& state, const Event&, const WrapUpStarted& what)
{
    auto* const agent = state.find(what.agent);
    if (agent == nullptr) return;
    const auto* const ticket = state.find(what.ticket);
    const bool yields = ticket != nullptr && ticket->yields;
    const Reseating reseating(state, *agent);
    agent->used += what.units;
    if (yields) agent->yielding += what.units;
    agent->wrap_ups.push_back({what.ticket, what.units, yields, what.until});
}

void evolve(State& state, const Event& event, const WrapUpEnded& what)
{
    auto* const agent = state.find(what.agent);
    if (agent == nullptr) return;
    auto& wrap_ups = agent->wrap_ups;
    const auto ended = std::find_if(wrap_ups.begin(), wrap_ups.end(),
                                    [&](const WrapUp& each) { return each.ticket == what.ticket; });
    if (ended == wrap_ups.end()) return;
    {
        const Reseating reseating(state, *agent);
        agent->used -= ended->units;
        if (ended->yields) agent->yielding -= ended->units;
        agent->idle_since = event.at;
        wrap_ups.erase(ended);
    }
    state.board.stir(*agent);
}

}  // namespace triaged::desk
