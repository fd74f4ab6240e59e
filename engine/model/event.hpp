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
    std::string key;  // `missed` (an offer of this ticket), `load`, `idle` or `id`

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

using Happening =
    std::variant<RulebookAdopted, CustomerUpdated, TicketOpened, ContactJoined, TicketRouted, TicketEscalated,
                 RecheckScheduled, AgentSignedIn, PresenceSet, OfferMade, OfferAccepted, OfferDeclined,
                 OfferExpired, TicketReturned, TicketCompleted, ReceiptsForgotten, ContactThreaded,
                 TicketReopened, TicketMerged, ContactSplit, ClosedKept>;

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
