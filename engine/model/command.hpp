// Commands: what the outside asks of the desk. They are decided, never stored.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/model/ticket.hpp"

namespace triaged {

/// Which patterns of a rulebook occur in a text. Made before the desk, by `Rulebook::scan`, on any thread.
struct TextFacts {
    RulebookId rulebook;
    std::vector<std::uint32_t> hits;  // pattern numbers of that rulebook, sorted, unique

    bool operator==(const TextFacts&) const = default;
};

enum class Presence : std::uint8_t { available, away, offline };

std::string_view to_string(Presence presence);
std::optional<Presence> parse_presence(std::string_view text);

/// A new matter, unless `(source, ref)` is known.
struct ReceiveTicket {
    Contact contact;
    FactSet customer;  // `customer.*` facts sent along; they update the customer
    TextFacts text;
};

/// A further contact on an open ticket.
struct ReceiveContact {
    TicketId ticket;
    Contact contact;
    FactSet customer;
    TextFacts text;
};

struct UpdateCustomer {
    CustomerId customer;
    FactSet facts;  // `customer.*`
};

/// What a customer thinks of us, unless `(source, ref)` is known. At least one of `nps` and `csat` is there.
struct GiveFeedback {
    std::string source;
    std::string ref;
    CustomerId customer;  // empty: the ticket's
    TicketId ticket;      // 0: about no ticket in particular
    std::optional<int> nps;
    std::optional<int> csat;
    std::string text;
};

struct UpdateOrder {
    std::string order;
    CustomerId customer;  // empty: as before
    FactSet facts;        // `order.*`
};

struct UpdateContract {
    std::string contract;
    CustomerId customer;
    std::string sla;
    Instant until = Instant::max();
};

/// What is done to all open tickets of a problem, or to the problem itself.
enum class ProblemAction : std::uint8_t {
    hold,     // they leave the waiting lists and keep their places
    release,  // they wait again
    reroute,  // those nobody has accepted go to another queue
    answer,   // one text for each; they are completed
    close,    // the problem is over; what it held waits again
    merge     // it becomes part of another, or no longer is
};

std::string_view to_string(ProblemAction action);

struct OpenProblem {
    std::string about;
    std::vector<TicketId> tickets;
};

/// Tickets become, or with problem 0 no longer are, a problem's.
struct LinkTickets {
    ProblemId problem;
    std::vector<TicketId> tickets;
};

struct ActOnProblem {
    ProblemId problem;
    ProblemAction action = ProblemAction::hold;
    ProblemId into;           // merge; 0: undo it
    QueueName queue;          // reroute
    std::string text;         // answer
    std::string disposition;  // answer
};

struct SignInAgent {
    AgentId agent;
    std::string name;
    Skills skills;     // empty: the profile's
    int capacity = 0;  // 0: the profile's, or the desk's default
};

struct SetPresence {
    AgentId agent;
    Presence presence = Presence::available;
    std::string reason;
    bool own = false;  // by the desk's own host, with reasons of its own
};

struct AcceptOffer {
    AgentId agent;
    TicketId ticket;
};

struct DeclineOffer {
    AgentId agent;
    TicketId ticket;
    std::string reason;
};

struct CompleteTicket {
    AgentId agent;
    TicketId ticket;
    std::string disposition;
};

/// The agent has answered the customer; what they wrote may be told.
struct ReplyTicket {
    AgentId agent;
    TicketId ticket;
    std::string body;
};

/// The agent waits for the customer or somebody else: the time to resolution stands still.
struct HoldTicket {
    AgentId agent;
    TicketId ticket;
    std::string reason;
    Instant until = Instant::max();  // when it ends by itself; max(): not
};

struct ResumeTicket {
    AgentId agent;
    TicketId ticket;
};

/// What comes for `ticket` goes to `into` from now on.
struct MergeTickets {
    TicketId ticket;
    TicketId into;
};

/// Undoes a merge; or, with a `ref`, makes one of the ticket's contacts a ticket of its own.
struct SplitTicket {
    TicketId ticket;
    std::string source;
    std::string ref;      // empty: undo the merge
    std::string subject;  // of that contact, and
    std::string body;     // its text: the desk itself remembers the latest contact's only
};

struct ReopenTicket {
    TicketId ticket;
};

/// The customer hung up or closed the chat while they waited.
struct AbandonTicket {
    TicketId ticket;  // 0: the one of this contact
    std::string source;
    std::string ref;
};

/// The customer leaves the line and wants to be called.
struct RequestCallback {
    TicketId ticket;  // 0: the one of this contact
    std::string source;
    std::string ref;
    std::string number;         // empty: the ticket's `phone.number`, if it has one
    std::optional<Instant> at;  // not before; nothing: when its turn comes
};

/// An operator gives a ticket to an agent, whoever has it now.
struct AssignTicket {
    TicketId ticket;
    AgentId agent;
    bool force = false;  // whatever the agent's skills, room and presence, unless they are offline
    std::string note;    // for the agent
};

/// An operator puts a ticket back on its queue, or on another, at the place it had.
struct RequeueTicket {
    TicketId ticket;
    QueueName queue;   // empty: its own
    std::string note;  // for the next agent
};

/// An agent gives back a ticket that is assigned to them, and is not offered it again.
struct ReleaseTicket {
    AgentId agent;
    TicketId ticket;
    std::string reason;
};

/// A ticket goes to another queue, at the place it had, or straight to another agent.
struct TransferTicket {
    AgentId agent;  // who has it; empty: an operator transfers it, whoever does
    TicketId ticket;
    QueueName queue;  // either this
    AgentId to;       // or this
    std::string note;
};

/// An agent takes a ticket that waits, without an offer.
struct TakeTicket {
    AgentId agent;
    TicketId ticket;  // 0: the first in order of those they can take
};

/// An agent is done with what follows their completed tickets.
struct EndWrapUp {
    AgentId agent;
};

/// A rulebook comes into force. Its sources go into the journal, so that any decision can be explained later.
struct AdoptRulebook {
    RulebookId rulebook;
    std::string digest;                                        // hexadecimal, whole
    std::vector<std::string> rules;                            // names by RuleIndex
    std::vector<std::pair<std::string, std::string>> sources;  // file name, text
};

/// Time has reached `next_deadline`.
struct Tick {};

using Command =
    std::variant<ReceiveTicket, ReceiveContact, UpdateCustomer, SignInAgent, SetPresence, AcceptOffer,
                 DeclineOffer, CompleteTicket, AdoptRulebook, Tick, MergeTickets, SplitTicket, ReopenTicket,
                 ReplyTicket, HoldTicket, ResumeTicket, GiveFeedback, UpdateOrder, UpdateContract,
                 OpenProblem, LinkTickets, ActOnProblem, AssignTicket, RequeueTicket, ReleaseTicket,
                 TransferTicket, TakeTicket, EndWrapUp, AbandonTicket, RequestCallback>;

}  // namespace triaged
