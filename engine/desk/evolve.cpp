// evolve: what each event changes. Total: an event about something unknown changes nothing.

#include <algorithm>

#include "engine/desk/evolution.hpp"

namespace triaged::desk {

TicketExtras& extras_of(Ticket& ticket)
{
    if (!ticket.extras) ticket.extras = std::make_unique<TicketExtras>();
    return *ticket.extras;
}

/// Notes that `agent` was offered the ticket in vain. A decline is final; a miss moves to the end.
void note_refusal(Ticket& ticket, Refusal refusal)
{
    auto& refusals = extras_of(ticket).refusals;
    const auto same = [&](const Refusal& other) { return other.agent == refusal.agent; };
    refusals.erase(std::remove_if(refusals.begin(), refusals.end(), same), refusals.end());
    refusals.push_back(refusal);
}

/// The customer has met the agent.
void meet(State& state, const Ticket& ticket, AgentSlot agent, Instant at)
{
    if (ticket.customer == CustomerSlot::none) return;
    auto& customer = state.customers[static_cast<std::size_t>(ticket.customer)];
    customer.last_agent = agent;
    customer.last_agent_at = at;
}

/// The ticket comes into the agent's hands. \pre both are taken out of their indexes
void hold(Ticket& ticket, Agent& agent, int units)
{
    ticket.agent = agent.slot;
    ticket.units = units;
    agent.used += units;
    agent.tickets.insert(std::lower_bound(agent.tickets.begin(), agent.tickets.end(), ticket.id), ticket.id);
}

/// The ticket leaves its agent's hands and waits again.
void release(State& state, Ticket& ticket)
{
    auto& agent = state.agent(ticket.agent);
    {
        const Reseating reseating(state, agent);
        agent.used -= ticket.units;
        const auto held = std::lower_bound(agent.tickets.begin(), agent.tickets.end(), ticket.id);
        check(held != agent.tickets.end() && *held == ticket.id,
              "an agent's list has what tickets say they hold");
        agent.tickets.erase(held);
    }
    state.board.stir(agent);
    ticket.phase = TicketPhase::waiting;
    ticket.agent = AgentSlot::none;
    ticket.units = 0;
    ticket.expires_at = Instant::max();
}

/// The open offer of `ticket` to `agent`, if that is how it stands.
Ticket* held(State& state, TicketId id, const AgentId& agent, TicketPhase phase)
{
    auto* const ticket = state.find(id);
    if (ticket == nullptr || ticket->phase != phase || ticket->agent == AgentSlot::none) return nullptr;
    return state.agent(ticket->agent).id == agent ? ticket : nullptr;
}

void release_lists(State& state, const Ticket& ticket)
{
    state.lists.release(ticket.tags);
    state.lists.release(ticket.fired);
}

bool has_merged(const Ticket& ticket) { return ticket.extras && ticket.extras->merged > 0; }

/// The clock of `target` starts anew, or has ended: nothing has been said of it.
void start_anew(Ticket& ticket, SlaTarget target)
{
    const auto others = static_cast<std::uint8_t>(~sla_bit(target));
    ticket.record.warned &= others;
    ticket.record.breached &= others;
}

void note_response(Ticket& ticket) { note_response(ticket.record); }

void end_hold(TicketExtras& extras, Instant at)
{
    if (!extras.held()) return;
    auto& pause = extras.pauses.back();
    pause.to = at;
    if (!(pause.from < at)) extras.pauses.pop_back();
    extras.hold_reason.clear();
    extras.hold_until = Instant::max();
}

namespace {

void evolve(State& state, const Event&, const RulebookAdopted& what)
{
    const auto slot = state.rulebook_slot(what.rulebook);
    auto& known = state.rulebooks[static_cast<std::size_t>(slot)];
    known.digest = what.digest;
    known.rules.clear();
    for (const auto& rule : what.rules) known.rules.push_back(state.symbols.intern(rule));
    state.in_force = slot;
    state.sweep = {TicketId{1}, state.next_ticket};
}

void evolve(State&, const Event&, const SlaEnded&) {}

// What follows from it comes on its own.
void evolve(State&, const Event&, const TicketAnswered&) {}

}  // namespace

void evolve(State& state, const Event& event)
{
    std::visit([&](const auto& what) { evolve(state, event, what); }, event.what);
    state.head = event.seq;
    state.at = event.at;
}

}  // namespace triaged::desk
