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
                 DeclineOffer, CompleteTicket, AdoptRulebook, Tick, MergeTickets, SplitTicket, ReopenTicket>;

}  // namespace triaged
