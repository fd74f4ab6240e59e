// Events: facts the desk has decided. The journal holds these and nothing else; `evolve` applies them.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/model/command.hpp"
#include "engine/model/routing.hpp"

namespace triaged {

/// From here on decisions are this rulebook's.
struct RulebookAdopted {
    RulebookId rulebook;
    std::string digest;
    std::vector<std::string> rules;
    std::vector<std::pair<std::string, std::string>> sources;

    bool operator==(const RulebookAdopted&) const = default;
};

/// From here on promises, hours and what queues do by themselves are as the configuration with this digest
/// has them.
struct PoliciesAdopted {
    std::string digest;  // empty: there are none of these

    bool operator==(const PoliciesAdopted&) const = default;
};

/// Who gets a ticket of these channels from here on may be interrupted at it.
struct InterruptionsAllowed {
    std::vector<Channel> channels;  // in their order

    bool operator==(const InterruptionsAllowed&) const = default;
};

/// Newer values of some of a customer's facts.
struct CustomerUpdated {
    CustomerId customer;
    FactSet facts;

    bool operator==(const CustomerUpdated&) const = default;
};

struct TicketOpened {
    TicketId ticket;
    Contact contact;
    TicketId follows;  // the closed ticket whose contact this is, or 0

    bool operator==(const TicketOpened&) const = default;
};

struct ContactJoined {
    TicketId ticket;
    Contact contact;

    bool operator==(const ContactJoined&) const = default;
};

/// The ticket stands on `routing.queue`; by the rules in force at that moment.
struct TicketRouted {
    TicketId ticket;
    Routing routing;
    Skills needs;        // the queue's skills and the rules' together, as of now
    Instant queued_as;   // its place in the queue: `at` less the head start of its priority
    Instant recheck_at;  // when a time condition of `escalate` may next become true; max() if never

    bool operator==(const TicketRouted&) const = default;
};

/// One escalation rule applied. Only what it changed is set.
struct TicketEscalated {
    TicketId ticket;
    RulebookId rulebook;
    RuleIndex rule = 0;
    std::optional<Priority> priority;
    std::optional<QueueName> queue;
    std::optional<Skills> needs;
    std::vector<std::string> tags;    // added
    std::vector<std::string> notify;  // who is to be told: names of leads or lists
    std::string contact_by;           // empty: unchanged
    Instant queued_as;                // its place after this

    bool operator==(const TicketEscalated&) const = default;
};

/// When the ticket's time conditions are to be looked at next, under this rulebook.
struct RecheckScheduled {
    TicketId ticket;
    RulebookId rulebook;
    Instant at;  // max() if never

    bool operator==(const RecheckScheduled&) const = default;
};

struct AgentSignedIn {
    AgentId agent;
    std::string name;
    Skills skills;
    int capacity = 0;  // units, 1 or more

    bool operator==(const AgentSignedIn&) const = default;
};

struct PresenceSet {
    AgentId agent;
    Presence presence = Presence::available;
    std::string reason;

    bool operator==(const PresenceSet&) const = default;
};

/// Why another eligible agent was not offered the ticket: the first key on which they lost.
struct LosingCandidate {
    AgentId agent;
    std::string key;  // such as `missed` (an offer of this ticket), `interrupts`, `load`, `idle` or `id`

    bool operator==(const LosingCandidate&) const = default;
};

inline constexpr std::size_t losing_candidates_max = 8;  // kept in a record, best first

struct OfferMade {
    TicketId ticket;
    AgentId agent;
    int units = 1;       // capacity it holds
    Instant expires_at;  // open strictly before this instant
    std::vector<LosingCandidate> losers;

    bool operator==(const OfferMade&) const = default;
};

struct OfferAccepted {
    TicketId ticket;
    AgentId agent;

    bool operator==(const OfferAccepted&) const = default;
};

/// The ticket is back on its queue with the place it had; the agent is not offered it again.
struct OfferDeclined {
    TicketId ticket;
    AgentId agent;
    std::string reason;

    bool operator==(const OfferDeclined&) const = default;
};

/// As declined, but the agent may be offered it again once others have been.
struct OfferExpired {
    TicketId ticket;
    AgentId agent;

    bool operator==(const OfferExpired&) const = default;
};

/// One of several offers of the ticket has ended, because somebody else has it or it went elsewhere.
struct OfferWithdrawn {
    TicketId ticket;
    AgentId agent;
    std::string why;  // for people

    bool operator==(const OfferWithdrawn&) const = default;
};

/// The agent left, and with them an offer or assignment: the ticket is back on its queue with the place it
/// had.
struct TicketReturned {
    TicketId ticket;
    AgentId agent;
    std::string reason;

    bool operator==(const TicketReturned&) const = default;
};

struct TicketCompleted {
    TicketId ticket;
    AgentId agent;
    std::string disposition;

    bool operator==(const TicketCompleted&) const = default;
};

/// `(source, ref)` of tickets completed before `before` are forgotten.
struct ReceiptsForgotten {
    Instant before;

    bool operator==(const ReceiptsForgotten&) const = default;
};

/// By this a later contact finds its ticket: `mail` and a message's id, or the facts of a configured key.
struct ThreadKey {
    std::string name;  // `mail`, `customer.id+order.id`, ...
    std::string value;

    bool operator==(const ThreadKey&) const = default;
};

/// What the ticket's latest contact says about threads: how it found the ticket, and how others may.
struct ContactThreaded {
    TicketId ticket;
    std::string
        by;  // `ticket`, `subject`, `mail` or a configured key; empty: it opened the ticket for itself
    std::vector<ThreadKey> keys;

    bool operator==(const ContactThreaded&) const = default;
};

/// A completed ticket is open again, with its history and its old place.
struct TicketReopened {
    TicketId ticket;
    std::string by;  // as in ContactThreaded, or `reopen`: on request

    bool operator==(const TicketReopened&) const = default;
};

/// `ticket` has left its queue and what comes for it goes to `into`; or this was undone and it waits again.
struct TicketMerged {
    TicketId ticket;
    TicketId into;      // open and not merged itself; 0: undone
    Instant queued_as;  // the place of `into` after this, or of the ticket

    bool operator==(const TicketMerged&) const = default;
};

/// A contact leaves its ticket and becomes one of its own, which opens next.
struct ContactSplit {
    TicketId ticket;
    std::string source;
    std::string ref;
    TicketId to;

    bool operator==(const ContactSplit&) const = default;
};

/// Completed tickets are kept for so long, to be reopened; those that ended before `before` are dropped.
struct ClosedKept {
    std::uint32_t seconds = 0;
    Instant before;

    bool operator==(const ClosedKept&) const = default;
};

/// The customer has given up waiting: the ticket has left its queue. A contact that joins it until
/// `place_until` gets its place back.
struct TicketAbandoned {
    TicketId ticket;
    Instant place_until;

    bool operator==(const TicketAbandoned&) const = default;
};

/// The customer has left the line but not given up: the ticket keeps its place and is offered as a call to
/// `number`, not before `not_before`.
struct CallbackRequested {
    TicketId ticket;
    std::string number;  // may be empty: it is known from the customer
    Instant not_before;  // the event's own time: when its turn comes

    bool operator==(const CallbackRequested&) const = default;
};

/// The time the customer asked to be called at has come: the ticket stands in line again.
struct CallbackDue {
    TicketId ticket;

    bool operator==(const CallbackDue&) const = default;
};

/// The agent has answered the customer.
struct TicketReplied {
    TicketId ticket;
    AgentId agent;
    std::string body;  // may be empty: the answer went another way

    bool operator==(const TicketReplied&) const = default;
};

/// The time to resolution stands still from here on; said again, only why and until when has changed.
struct TicketHeld {
    TicketId ticket;
    AgentId agent;
    std::string reason;
    Instant until;  // max(): until somebody says something

    bool operator==(const TicketHeld&) const = default;
};

struct TicketResumed {
    TicketId ticket;
    std::string by;  // `contact`, `until` or `agent`

    bool operator==(const TicketResumed&) const = default;
};

/// A promise will be missed before long, as its policy asks to be told.
struct SlaWarned {
    TicketId ticket;
    SlaTarget target = SlaTarget::resolution;
    std::string policy;
    Instant since;  // when the clock started
    Instant due;

    bool operator==(const SlaWarned&) const = default;
};

/// A promise is missed; said once for each time its clock has started.
struct SlaBreached {
    TicketId ticket;
    SlaTarget target = SlaTarget::resolution;
    std::string policy;
    Instant since;
    Instant due;

    bool operator==(const SlaBreached&) const = default;
};

/// How one promise ended.
struct SlaOutcome {
    SlaTarget target = SlaTarget::resolution;
    Instant since;
    Instant due;                   // max() if the clock stood still
    Duration used{};               // what it had counted
    std::optional<Duration> late;  // by how much, in the clock's own time; nothing: it was kept

    bool operator==(const SlaOutcome&) const = default;
};

/// What the clocks waited for has happened.
struct SlaEnded {
    TicketId ticket;
    std::string policy;
    std::vector<SlaOutcome> outcomes;  // by target

    bool operator==(const SlaEnded&) const = default;
};

/// A new ticket counts towards these surges: `name` is a problem's policy, `value` the facts it goes by.
struct SurgeCounted {
    TicketId ticket;
    std::vector<ThreadKey> keys;
    Instant since;  // tickets before it no longer count in any window

    bool operator==(const SurgeCounted&) const = default;
};

/// Many tickets seem to have one cause.
struct ProblemOpened {
    ProblemId problem;
    std::string policy;       // by whose surge; empty: opened by hand
    std::string about;        // the facts the surge went by, or what was written
    std::uint32_t count = 0;  // tickets in the window
    std::uint32_t usual = 0;  // thousandths of a ticket usual in such a window
    std::vector<std::string> notify;

    bool operator==(const ProblemOpened&) const = default;
};

/// These tickets are the problem's from now on, or with problem 0 nobody's.
struct ProblemLinked {
    ProblemId problem;
    std::vector<TicketId> tickets;

    bool operator==(const ProblemLinked&) const = default;
};

/// Something is done to a problem: begun, taken further, or with `next` 0 done.
struct ProblemChanged {
    ProblemId problem;
    ProblemAction action = ProblemAction::hold;
    TicketId next;            // the first of its tickets not looked at yet
    ProblemId into;           // merge; 0: undone
    QueueName queue;          // reroute
    std::string text;         // answer
    std::string disposition;  // answer

    bool operator==(const ProblemChanged&) const = default;
};

/// The ticket is kept from being offered because of a problem, or no longer is. Its place stays.
struct TicketParked {
    TicketId ticket;
    ProblemId problem;
    bool parked = true;

    bool operator==(const TicketParked&) const = default;
};

/// What the ticket's customer is to be told, the same as all of the problem.
struct TicketAnswered {
    TicketId ticket;
    ProblemId problem;
    std::string text;

    bool operator==(const TicketAnswered&) const = default;
};

/// The escalation just before would have told `notify`, but its ticket is one of a problem's.
struct NotifyInhibited {
    TicketId ticket;
    ProblemId problem;
    std::vector<std::string> notify;
    std::vector<std::string> told;  // of these, who is told of the problem now, once

    bool operator==(const NotifyInhibited&) const = default;
};

/// What a customer thinks of us, as they answered. It changes nothing by itself: what follows from it comes
/// as events of their own.
struct FeedbackGiven {
    std::string source;
    std::string ref;
    CustomerId customer;      // empty if nobody knows
    TicketId ticket;          // that it is about, or 0
    std::optional<int> nps;   // "would you recommend us", 0 to 10
    std::optional<int> csat;  // "are you satisfied", 1 to 5
    std::string text;

    bool operator==(const FeedbackGiven&) const = default;
};

/// Newer values of some of an order's facts, or whose it is.
struct OrderUpdated {
    std::string order;
    CustomerId customer;  // empty: as before
    FactSet facts;        // `order.*` without `order.id`

    bool operator==(const OrderUpdated&) const = default;
};

/// What a customer has a right to from now on, by this contract.
struct ContractUpdated {
    std::string contract;
    CustomerId customer;
    std::string sla;  // name of an SLA policy, or empty: none
    Instant until;    // the first moment it no longer holds; max(): open-ended

    bool operator==(const ContractUpdated&) const = default;
};

/// The ticket is the agent's, without an offer.
struct TicketAssigned {
    TicketId ticket;
    AgentId agent;
    int units = 1;     // capacity it holds
    std::string by;    // `assign`, `force` (the same whatever the agent can take), `take` or `transfer`
    std::string note;  // for the agent, or empty

    bool operator==(const TicketAssigned&) const = default;
};

/// The ticket waits on `queue`, with the place it had.
struct TicketMoved {
    TicketId ticket;
    AgentId from;     // who was offered it or had it, or empty
    QueueName queue;  // may be the one it stood on
    Skills needs;     // as of now
    Instant queued_as;
    std::string by;    // `requeue`, `release`, `transfer` or `overflow`; but for the first, `from` is not
                       // offered it again
    std::string note;  // for the next agent, or why; or empty

    bool operator==(const TicketMoved&) const = default;
};

/// What follows a completed ticket holds capacity until `until` or the agent is ready.
struct WrapUpStarted {
    AgentId agent;
    TicketId ticket;
    int units = 1;
    Instant until;

    bool operator==(const WrapUpStarted&) const = default;
};

struct WrapUpEnded {
    AgentId agent;
    TicketId ticket;

    bool operator==(const WrapUpEnded&) const = default;
};

/// The agent has given a sign of life. Not every sign is an event, only those that move `until` on by a good
/// part.
struct AgentSeen {
    AgentId agent;
    Instant until;  // silent until then, they are set away; max() if nobody watches

    bool operator==(const AgentSeen&) const = default;
};

/// The ticket has waited long enough for its queue to ask for less.
struct TicketWidened {
    TicketId ticket;
    std::uint32_t step = 0;  // of its queue's `widen`, from 1
    Skills needs;            // as of now

    bool operator==(const TicketWidened&) const = default;
};

/// What the customer is told: an answer by then.
struct PromiseMade {
    TicketId ticket;
    Instant answer_by;
    std::string why;  // `closed`: the ticket came to a closed queue

    bool operator==(const PromiseMade&) const = default;
};

/// What the customer is told as their ticket comes to stand in line.
struct WaitTold {
    TicketId ticket;
    Instant taken_by;         // when somebody probably takes it
    std::uint32_t ahead = 0;  // tickets of its queue that stood before it

    bool operator==(const WaitTold&) const = default;
};

using Happening =
    std::variant<RulebookAdopted, CustomerUpdated, TicketOpened, ContactJoined, TicketRouted, TicketEscalated,
                 RecheckScheduled, AgentSignedIn, PresenceSet, OfferMade, OfferAccepted, OfferDeclined,
                 OfferExpired, TicketReturned, TicketCompleted, ReceiptsForgotten, ContactThreaded,
                 TicketReopened, TicketMerged, ContactSplit, ClosedKept, TicketReplied, TicketHeld,
                 TicketResumed, SlaWarned, SlaBreached, SlaEnded, FeedbackGiven, OrderUpdated,
                 ContractUpdated, SurgeCounted, ProblemOpened, ProblemLinked, ProblemChanged, TicketParked,
                 TicketAnswered, NotifyInhibited, TicketAssigned, TicketMoved, WrapUpStarted, WrapUpEnded,
                 AgentSeen, TicketWidened, PromiseMade, TicketAbandoned, CallbackRequested, CallbackDue,
                 PoliciesAdopted, InterruptionsAllowed, OfferWithdrawn, WaitTold>;

/// One event: what happened, when, and its place in the desk's history.
struct Event {
    Seq seq = 0;
    Instant at;
    Happening what;

    bool operator==(const Event&) const = default;
};

/// `ticket_routed`, ...: the name of the kind of event, as the journal format, `watch` and the read model
/// spell it.
std::string_view name_of(const Happening& what);

}  // namespace triaged
