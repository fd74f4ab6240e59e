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
void hold(const State& state, Ticket& ticket, Agent& agent, int units)
{
    if (ticket.agent == AgentSlot::none) {
        ticket.agent = agent.slot;
        ticket.units = units;
        ticket.yields = state.interruptible[static_cast<std::size_t>(ticket.channel)];
    } else {
        extras_of(ticket).further.push_back({agent.slot, units});
    }
    agent.used += units;
    if (ticket.yields) agent.yielding += units;
    agent.tickets.insert(std::lower_bound(agent.tickets.begin(), agent.tickets.end(), ticket.id), ticket.id);
}

namespace {

/// Takes the agent off the ticket. \return whether nobody is left
bool take_off(Ticket& ticket, AgentSlot slot)
{
    auto* const further = ticket.extras ? &ticket.extras->further : nullptr;
    if (ticket.agent != slot) {
        std::erase_if(*further, [&](const FurtherOffer& offer) { return offer.agent == slot; });
        return false;
    }
    if (further == nullptr || further->empty()) return true;
    ticket.agent = further->front().agent;
    ticket.units = further->front().units;
    further->erase(further->begin());
    return false;
}

}  // namespace

void release(State& state, Ticket& ticket, AgentSlot slot)
{
    auto& agent = state.agent(slot);
    {
        const int units = ticket.units_of(slot);
        const Reseating reseating(state, agent);
        agent.used -= units;
        if (ticket.yields) agent.yielding -= units;
        const auto held = std::lower_bound(agent.tickets.begin(), agent.tickets.end(), ticket.id);
        check(held != agent.tickets.end() && *held == ticket.id,
              "an agent's list has what tickets say they hold");
        agent.tickets.erase(held);
    }
    state.board.stir(agent);
    if (!take_off(ticket, slot)) return;
    ticket.phase = TicketPhase::waiting;
    ticket.agent = AgentSlot::none;
    ticket.units = 0;
    ticket.yields = false;
    ticket.expires_at = Instant::max();
}

Ticket* held(State& state, TicketId id, const AgentId& agent, TicketPhase phase)
{
    auto* const ticket = state.find(id);
    const auto* const by = state.find(agent);
    const bool holds =
        ticket != nullptr && by != nullptr && ticket->phase == phase && ticket->held_by(by->slot);
    return holds ? ticket : nullptr;
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

void leave_out(Ticket& ticket, Instant from, Instant to)
{
    const auto since = std::max(ticket.steps_since(), ticket.waiting_since);
    extras_of(ticket).steps_since = left_out(since, from, to);
}

void end_hold(Ticket& ticket, Instant at)
{
    if (!ticket.extras || !ticket.extras->held()) return;
    auto& extras = *ticket.extras;
    auto& pause = extras.pauses.back();
    leave_out(ticket, pause.from, at);
    pause.to = at;
    if (!(pause.from < at)) extras.pauses.pop_back();
    extras.hold_reason.clear();
    extras.hold_until = Instant::max();
}

namespace {

void evolve(State&, const Event&, const SlaEnded&) {}

// What follows from it comes on its own.
void evolve(State&, const Event&, const TicketAnswered&) {}

}  // namespace

void evolve(State& state, const Event& event)
{
    state.offered_last = {};
    std::visit([&](const auto& what) { evolve(state, event, what); }, event.what);
    state.head = event.seq;
    state.at = event.at;
}

}  // namespace triaged::desk
