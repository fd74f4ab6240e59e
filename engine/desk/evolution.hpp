// Applying events, shared by the files that evolve a desk. Not for others: desk.hpp has `evolve`.

#pragma once

#include "engine/desk/desk.hpp"
#include "engine/desk/sla.hpp"

namespace triaged::desk {

/// Takes a ticket out of every index for as long as it is being changed.
class Refiling {
public:
    Refiling(State& state, Ticket& ticket) : state_(state), ticket_(ticket) { state_.unfile(ticket_); }
    ~Refiling() { state_.file(ticket_); }
    Refiling(const Refiling&) = delete;
    Refiling& operator=(const Refiling&) = delete;

private:
    State& state_;
    Ticket& ticket_;
};

/// The same for an agent.
class Reseating {
public:
    Reseating(State& state, Agent& agent) : state_(state), agent_(agent) { state_.unseat(agent_); }
    ~Reseating() { state_.seat(agent_); }
    Reseating(const Reseating&) = delete;
    Reseating& operator=(const Reseating&) = delete;

private:
    State& state_;
    Agent& agent_;
};

TicketExtras& extras_of(Ticket& ticket);

/// Notes that `agent` was offered the ticket in vain. A decline is final; a miss moves to the end.
void note_refusal(Ticket& ticket, Refusal refusal);

/// The customer has met the agent.
void meet(State& state, const Ticket& ticket, AgentSlot agent, Instant at);

/// The ticket comes into the agent's hands. \pre both are taken out of their indexes
void hold(const State& state, Ticket& ticket, Agent& agent, int units);

/// The ticket leaves the agent's hands, and waits again unless others are offered it.
void release(State& state, Ticket& ticket, AgentSlot agent);

/// The ticket, if it is in this phase and the agent is offered it or has it.
Ticket* held(State& state, TicketId id, const AgentId& agent, TicketPhase phase);

void release_lists(State& state, const Ticket& ticket);

bool has_merged(const Ticket& ticket);

/// The clock of `target` starts anew, or has ended: nothing has been said of it.
void start_anew(Ticket& ticket, SlaTarget target);

void note_response(Ticket& ticket);

/// The ticket is no longer held, as of `at`; nothing if it was not.
void end_hold(Ticket& ticket, Instant at);

/// The steps of its queue do not count the time between two instants, in which the ticket was held.
void leave_out(Ticket& ticket, Instant from, Instant to);

// adoption.cpp
void evolve(State& state, const Event& event, const RulebookAdopted& what);
void evolve(State& state, const Event& event, const PoliciesAdopted& what);
void evolve(State& state, const Event& event, const InterruptionsAllowed& what);

// evolve_ticket.cpp
void evolve(State& state, const Event& event, const CustomerUpdated& what);
void evolve(State& state, const Event& event, const TicketOpened& what);
void evolve(State& state, const Event& event, const ContactJoined& what);
void evolve(State& state, const Event& event, const TicketRouted& what);
void evolve(State& state, const Event& event, const TicketEscalated& what);
void evolve(State& state, const Event& event, const RecheckScheduled& what);
void evolve(State& state, const Event& event, const TicketWidened& what);
void evolve(State& state, const Event& event, const TicketMoved& what);
void evolve(State& state, const Event& event, const PromiseMade& what);
void evolve(State& state, const Event& event, const WaitTold& what);
void evolve(State& state, const Event& event, const TicketCompleted& what);
void evolve(State& state, const Event& event, const TicketAbandoned& what);
void evolve(State& state, const Event& event, const CallbackRequested& what);
void evolve(State& state, const Event& event, const CallbackDue& what);

// evolve_agent.cpp
void evolve(State& state, const Event& event, const AgentSignedIn& what);
void evolve(State& state, const Event& event, const PresenceSet& what);
void evolve(State& state, const Event& event, const AgentSeen& what);
void evolve(State& state, const Event& event, const OfferMade& what);
void evolve(State& state, const Event& event, const OfferAccepted& what);
void evolve(State& state, const Event& event, const OfferDeclined& what);
void evolve(State& state, const Event& event, const OfferExpired& what);
void evolve(State& state, const Event& event, const OfferWithdrawn& what);
void evolve(State& state, const Event& event, const TicketReturned& what);
void evolve(State& state, const Event& event, const TicketAssigned& what);
void evolve(State& state, const Event& event, const WrapUpStarted& what);
void evolve(State& state, const Event& event, const WrapUpEnded& what);

// evolve_thread.cpp
void evolve(State& state, const Event& event, const ContactThreaded& what);
void evolve(State& state, const Event& event, const TicketReopened& what);
void evolve(State& state, const Event& event, const TicketMerged& what);
void evolve(State& state, const Event& event, const ContactSplit& what);
void evolve(State& state, const Event& event, const ReceiptsForgotten& what);
void evolve(State& state, const Event& event, const ClosedKept& what);

// evolve_sla.cpp
void evolve(State& state, const Event& event, const TicketReplied& what);
void evolve(State& state, const Event& event, const TicketHeld& what);
void evolve(State& state, const Event& event, const TicketResumed& what);
void evolve(State& state, const Event& event, const SlaWarned& what);
void evolve(State& state, const Event& event, const SlaBreached& what);

// problems.cpp
void evolve(State& state, const Event& event, const SurgeCounted& what);
void evolve(State& state, const Event& event, const ProblemOpened& what);
void evolve(State& state, const Event& event, const ProblemLinked& what);
void evolve(State& state, const Event& event, const ProblemChanged& what);
void evolve(State& state, const Event& event, const TicketParked& what);
void evolve(State& state, const Event& event, const NotifyInhibited& what);

// customers.cpp
void evolve(State& state, const Event& event, const FeedbackGiven& what);
void evolve(State& state, const Event& event, const OrderUpdated& what);
void evolve(State& state, const Event& event, const ContractUpdated& what);

}  // namespace triaged::desk
