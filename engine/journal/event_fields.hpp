// Format 1 of events: the number of each kind, and the fields of each structure in stored order.

#pragma once

#include <cstdint>

#include "engine/model/event.hpp"

namespace triaged::journal {

// The numbers by which format 1 knows the kinds of event. They never change.
template <class E>
inline constexpr std::uint8_t kind = 0;
template <>
inline constexpr std::uint8_t kind<RulebookAdopted> = 1;
template <>
inline constexpr std::uint8_t kind<CustomerUpdated> = 2;
template <>
inline constexpr std::uint8_t kind<TicketOpened> = 3;
template <>
inline constexpr std::uint8_t kind<ContactJoined> = 4;
template <>
inline constexpr std::uint8_t kind<TicketRouted> = 5;
template <>
inline constexpr std::uint8_t kind<TicketEscalated> = 6;
template <>
inline constexpr std::uint8_t kind<RecheckScheduled> = 7;
template <>
inline constexpr std::uint8_t kind<AgentSignedIn> = 8;
template <>
inline constexpr std::uint8_t kind<PresenceSet> = 9;
template <>
inline constexpr std::uint8_t kind<OfferMade> = 10;
template <>
inline constexpr std::uint8_t kind<OfferAccepted> = 11;
template <>
inline constexpr std::uint8_t kind<OfferDeclined> = 12;
template <>
inline constexpr std::uint8_t kind<OfferExpired> = 13;
template <>
inline constexpr std::uint8_t kind<TicketReturned> = 14;
template <>
inline constexpr std::uint8_t kind<TicketCompleted> = 15;
template <>
inline constexpr std::uint8_t kind<ReceiptsForgotten> = 16;
template <>
inline constexpr std::uint8_t kind<ContactThreaded> = 25;
template <>
inline constexpr std::uint8_t kind<TicketReopened> = 26;
template <>
inline constexpr std::uint8_t kind<TicketMerged> = 27;
template <>
inline constexpr std::uint8_t kind<ContactSplit> = 28;
template <>
inline constexpr std::uint8_t kind<ClosedKept> = 29;
template <>
inline constexpr std::uint8_t kind<TicketAssigned> = 40;
template <>
inline constexpr std::uint8_t kind<TicketMoved> = 41;
template <>
inline constexpr std::uint8_t kind<WrapUpStarted> = 42;
template <>
inline constexpr std::uint8_t kind<WrapUpEnded> = 43;
template <>
inline constexpr std::uint8_t kind<AgentSeen> = 44;
template <>
inline constexpr std::uint8_t kind<TicketWidened> = 45;
template <>
inline constexpr std::uint8_t kind<PromiseMade> = 46;
template <>
inline constexpr std::uint8_t kind<WaitTold> = 47;

template <>
inline constexpr std::uint8_t kind<TicketReplied> = 30;
template <>
inline constexpr std::uint8_t kind<TicketHeld> = 31;
template <>
inline constexpr std::uint8_t kind<TicketResumed> = 32;
template <>
inline constexpr std::uint8_t kind<SlaWarned> = 33;
template <>
inline constexpr std::uint8_t kind<SlaBreached> = 34;
template <>
inline constexpr std::uint8_t kind<SlaEnded> = 35;
template <>
inline constexpr std::uint8_t kind<SurgeCounted> = 50;
template <>
inline constexpr std::uint8_t kind<ProblemOpened> = 51;
template <>
inline constexpr std::uint8_t kind<ProblemLinked> = 52;
template <>
inline constexpr std::uint8_t kind<ProblemChanged> = 53;
template <>
inline constexpr std::uint8_t kind<TicketParked> = 54;
template <>
inline constexpr std::uint8_t kind<TicketAnswered> = 55;
template <>
inline constexpr std::uint8_t kind<NotifyInhibited> = 56;
template <>
inline constexpr std::uint8_t kind<FeedbackGiven> = 57;
template <>
inline constexpr std::uint8_t kind<OrderUpdated> = 58;
template <>
inline constexpr std::uint8_t kind<ContractUpdated> = 59;

template <>
inline constexpr std::uint8_t kind<TicketAbandoned> = 70;
template <>
inline constexpr std::uint8_t kind<CallbackRequested> = 71;
template <>
inline constexpr std::uint8_t kind<CallbackDue> = 72;

template <>
inline constexpr std::uint8_t kind<PoliciesAdopted> = 60;
template <>
inline constexpr std::uint8_t kind<InterruptionsAllowed> = 61;
template <>
inline constexpr std::uint8_t kind<OfferWithdrawn> = 62;

template <class E>
inline constexpr std::uint8_t last_value = 0;
template <>
inline constexpr std::uint8_t last_value<Channel> = static_cast<std::uint8_t>(Channel::phone);
template <>
inline constexpr std::uint8_t last_value<Priority> = static_cast<std::uint8_t>(Priority::urgent);
template <>
inline constexpr std::uint8_t last_value<Presence> = static_cast<std::uint8_t>(Presence::offline);
template <>
inline constexpr std::uint8_t last_value<ProblemAction> = static_cast<std::uint8_t>(ProblemAction::merge);

template <>
inline constexpr std::uint8_t last_value<SlaTarget> = static_cast<std::uint8_t>(SlaTarget::queue);

// The fields of every structure, in stored order. Writer and Reader both walk these lists, so they cannot
// disagree; `Part` is `const T` for the one and `T` for the other.

template <class Io, class T>
using Part = typename Io::template Part<T>;

template <class Io>
void fields(Io& io, Part<Io, Skill>& skill)
{
    io(skill.name, skill.level);
}

template <class Io>
void fields(Io& io, Part<Io, Contact>& contact)
{
    io(contact.source, contact.ref, contact.channel, contact.at, contact.customer, contact.subject,
       contact.body, contact.facts);
}

template <class Io>
void fields(Io& io, Part<Io, NearMiss>& near)
{
    io(near.rule, near.condition);
}

template <class Io>
void fields(Io& io, Part<Io, Loss>& loss)
{
    io(loss.rule, loss.to, loss.what);
}

template <class Io>
void fields(Io& io, Part<Io, Trace>& trace)
{
    io(trace.fired, trace.near, trace.lost);
}

template <class Io>
void fields(Io& io, Part<Io, Routing>& routing)
{
    io(routing.rulebook, routing.enriched, routing.intent, routing.tags, routing.priority, routing.sla,
       routing.skills, routing.contact_by, routing.queue, routing.trace);
}

template <class Io>
void fields(Io& io, Part<Io, LosingCandidate>& loser)
{
    io(loser.agent, loser.key);
}

template <class Io>
void fields(Io& io, Part<Io, RulebookAdopted>& event)
{
    io(event.rulebook, event.digest, event.rules, event.sources);
}

template <class Io>
void fields(Io& io, Part<Io, PoliciesAdopted>& event)
{
    io(event.digest);
}

template <class Io>
void fields(Io& io, Part<Io, InterruptionsAllowed>& event)
{
    io(event.channels);
}

template <class Io>
void fields(Io& io, Part<Io, CustomerUpdated>& event)
{
    io(event.customer, event.facts);
}

template <class Io>
void fields(Io& io, Part<Io, TicketOpened>& event)
{
    io(event.ticket, event.contact, event.follows);
}

template <class Io>
void fields(Io& io, Part<Io, ContactJoined>& event)
{
    io(event.ticket, event.contact);
}

template <class Io>
void fields(Io& io, Part<Io, TicketRouted>& event)
{
    io(event.ticket, event.routing, event.needs, event.queued_as, event.recheck_at);
}

template <class Io>
void fields(Io& io, Part<Io, TicketEscalated>& event)
{
    io(event.ticket, event.rulebook, event.rule, event.priority, event.queue, event.needs, event.tags,
       event.notify, event.contact_by, event.queued_as);
}

template <class Io>
void fields(Io& io, Part<Io, RecheckScheduled>& event)
{
    io(event.ticket, event.rulebook, event.at);
}

template <class Io>
void fields(Io& io, Part<Io, AgentSignedIn>& event)
{
    io(event.agent, event.name, event.skills, event.capacity);
}

template <class Io>
void fields(Io& io, Part<Io, PresenceSet>& event)
{
    io(event.agent, event.presence, event.reason);
}

template <class Io>
void fields(Io& io, Part<Io, OfferMade>& event)
{
    io(event.ticket, event.agent, event.units, event.expires_at, event.losers);
}

template <class Io>
void fields(Io& io, Part<Io, OfferAccepted>& event)
{
    io(event.ticket, event.agent);
}

template <class Io>
void fields(Io& io, Part<Io, OfferDeclined>& event)
{
    io(event.ticket, event.agent, event.reason);
}

template <class Io>
void fields(Io& io, Part<Io, OfferExpired>& event)
{
    io(event.ticket, event.agent);
}

template <class Io>
void fields(Io& io, Part<Io, OfferWithdrawn>& event)
{
    io(event.ticket, event.agent, event.why);
}

template <class Io>
void fields(Io& io, Part<Io, TicketReturned>& event)
{
    io(event.ticket, event.agent, event.reason);
}

template <class Io>
void fields(Io& io, Part<Io, TicketCompleted>& event)
{
    io(event.ticket, event.agent, event.disposition);
}

template <class Io>
void fields(Io& io, Part<Io, ReceiptsForgotten>& event)
{
    io(event.before);
}

template <class Io>
void fields(Io& io, Part<Io, ThreadKey>& key)
{
    io(key.name, key.value);
}

template <class Io>
void fields(Io& io, Part<Io, ContactThreaded>& event)
{
    io(event.ticket, event.by, event.keys);
}

template <class Io>
void fields(Io& io, Part<Io, TicketReopened>& event)
{
    io(event.ticket, event.by);
}

template <class Io>
void fields(Io& io, Part<Io, TicketMerged>& event)
{
    io(event.ticket, event.into, event.queued_as);
}

template <class Io>
void fields(Io& io, Part<Io, ContactSplit>& event)
{
    io(event.ticket, event.source, event.ref, event.to);
}

template <class Io>
void fields(Io& io, Part<Io, ClosedKept>& event)
{
    io(event.seconds, event.before);
}

template <class Io>
void fields(Io& io, Part<Io, TicketAbandoned>& event)
{
    io(event.ticket, event.place_until);
}

template <class Io>
void fields(Io& io, Part<Io, CallbackRequested>& event)
{
    io(event.ticket, event.number, event.not_before);
}

template <class Io>
void fields(Io& io, Part<Io, CallbackDue>& event)
{
    io(event.ticket);
}

template <class Io>
void fields(Io& io, Part<Io, TicketReplied>& event)
{
    io(event.ticket, event.agent, event.body);
}

template <class Io>
void fields(Io& io, Part<Io, TicketHeld>& event)
{
    io(event.ticket, event.agent, event.reason, event.until);
}

template <class Io>
void fields(Io& io, Part<Io, TicketResumed>& event)
{
    io(event.ticket, event.by);
}

template <class Io>
void fields(Io& io, Part<Io, SlaWarned>& event)
{
    io(event.ticket, event.target, event.policy, event.since, event.due);
}

template <class Io>
void fields(Io& io, Part<Io, SlaBreached>& event)
{
    io(event.ticket, event.target, event.policy, event.since, event.due);
}

template <class Io>
void fields(Io& io, Part<Io, SlaOutcome>& outcome)
{
    io(outcome.target, outcome.since, outcome.due, outcome.used, outcome.late);
}

template <class Io>
void fields(Io& io, Part<Io, SlaEnded>& event)
{
    io(event.ticket, event.policy, event.outcomes);
}

template <class Io>
void fields(Io& io, Part<Io, FeedbackGiven>& event)
{
    io(event.source, event.ref, event.customer, event.ticket, event.nps, event.csat, event.text);
}

template <class Io>
void fields(Io& io, Part<Io, OrderUpdated>& event)
{
    io(event.order, event.customer, event.facts);
}

template <class Io>
void fields(Io& io, Part<Io, ContractUpdated>& event)
{
    io(event.contract, event.customer, event.sla, event.until);
}

template <class Io>
void fields(Io& io, Part<Io, SurgeCounted>& event)
{
    io(event.ticket, event.keys, event.since);
}

template <class Io>
void fields(Io& io, Part<Io, ProblemOpened>& event)
{
    io(event.problem, event.policy, event.about, event.count, event.usual, event.notify);
}

template <class Io>
void fields(Io& io, Part<Io, ProblemLinked>& event)
{
    io(event.problem, event.tickets);
}

template <class Io>
void fields(Io& io, Part<Io, ProblemChanged>& event)
{
    io(event.problem, event.action, event.next, event.into, event.queue, event.text, event.disposition);
}

template <class Io>
void fields(Io& io, Part<Io, TicketParked>& event)
{
    io(event.ticket, event.problem, event.parked);
}

template <class Io>
void fields(Io& io, Part<Io, TicketAnswered>& event)
{
    io(event.ticket, event.problem, event.text);
}

template <class Io>
void fields(Io& io, Part<Io, NotifyInhibited>& event)
{
    io(event.ticket, event.problem, event.notify, event.told);
}

template <class Io>
void fields(Io& io, Part<Io, TicketAssigned>& event)
{
    io(event.ticket, event.agent, event.units, event.by, event.note);
}

template <class Io>
void fields(Io& io, Part<Io, TicketMoved>& event)
{
    io(event.ticket, event.from, event.queue, event.needs, event.queued_as, event.by, event.note);
}

template <class Io>
void fields(Io& io, Part<Io, WrapUpStarted>& event)
{
    io(event.agent, event.ticket, event.units, event.until);
}

template <class Io>
void fields(Io& io, Part<Io, WrapUpEnded>& event)
{
    io(event.agent, event.ticket);
}

template <class Io>
void fields(Io& io, Part<Io, AgentSeen>& event)
{
    io(event.agent, event.until);
}

template <class Io>
void fields(Io& io, Part<Io, TicketWidened>& event)
{
    io(event.ticket, event.step, event.needs);
}

template <class Io>
void fields(Io& io, Part<Io, PromiseMade>& event)
{
    io(event.ticket, event.answer_by, event.why);
}

template <class Io>
void fields(Io& io, Part<Io, WaitTold>& event)
{
    io(event.ticket, event.taken_by, event.ahead);
}

}  // namespace triaged::journal
