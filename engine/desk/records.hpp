// Records: what the desk keeps of each open ticket, customer, agent and rulebook.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/desk/tables.hpp"
#include "engine/model/command.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/ticket.hpp"

namespace triaged::desk {

enum class CustomerSlot : std::uint32_t { none = std::numeric_limits<std::uint32_t>::max() };
enum class AgentSlot : std::uint32_t { none = std::numeric_limits<std::uint32_t>::max() };
enum class RulebookSlot : std::uint32_t { none = std::numeric_limits<std::uint32_t>::max() };
enum class ReceiptSlot : std::uint32_t { none = std::numeric_limits<std::uint32_t>::max() };
enum class BucketId : std::uint32_t { none = std::numeric_limits<std::uint32_t>::max() };
enum class GroupId : std::uint32_t { none = std::numeric_limits<std::uint32_t>::max() };

/// All of a ticket that varies in length, in one allocation of exactly its size.
class TicketText {
public:
    enum Part : std::size_t {
        source,
        ref,
        facts,  // packed FactSet, as the contacts gave them
        subject,
        body,
        earlier  // the texts of contacts before the latest, oldest first
    };
    static constexpr std::size_t parts = earlier + 1;
    using Views = std::array<std::string_view, parts>;

    TicketText() = default;
    explicit TicketText(const Views& views);

    std::string_view operator[](Part part) const { return views()[part]; }
    Views views() const;

private:
    std::unique_ptr<char[]> bytes_;
    std::array<std::uint32_t, parts> sizes_{};
};

/// An agent who was offered the ticket and did not take it.
struct Refusal {
    AgentSlot agent = AgentSlot::none;
    bool declined = false;  // or else let it expire
    Instant at;

    bool operator==(const Refusal&) const = default;
};

/// An escalation rule that fired. The rulebook is kept because indices mean nothing without it.
struct FiredEscalation {
    RulebookSlot rulebook = RulebookSlot::none;
    RuleIndex rule = 0;

    bool operator==(const FiredEscalation&) const = default;
};

/// What few tickets have, apart so that the others do not pay for it.
struct TicketExtras {
    std::vector<Refusal> refusals;           // one an agent; those who missed it, in the order they last did
    std::vector<FiredEscalation> escalated;  // in the order they fired
    std::uint32_t merged = 0;                // tickets merged into this one
};

/// An open ticket. It stands as its latest contact left it: channel, source, ref, customer, subject and body
/// are that contact's; facts add up.
struct Ticket {
    TicketId id;
    TicketId follows;  // the closed ticket whose contact opened this one, or 0
    TicketText text;
    std::unique_ptr<TicketExtras> extras;  // null: nothing to tell
    Instant opened_at;
    Instant last_contact_at;
    Instant enqueued_at;    // when it was first routed
    Instant waiting_since;  // for an agent to take it; offers do not interrupt the wait, only accepting does
    Instant queued_as;      // its place in the queue
    Instant recheck_at = Instant::max();  // when its time conditions are looked at next
    Instant expires_at = Instant::max();  // of its offer, while it is offered
    CustomerSlot customer = CustomerSlot::none;
    AgentSlot agent = AgentSlot::none;  // who is offered it or has it
    BucketId bucket =
        BucketId::none;  // where it waits, also while it is offered or assigned; none until routed
    ReceiptSlot receipts = ReceiptSlot::none;        // its latest contact's; the others hang on it
    RulebookSlot rulebook = RulebookSlot::none;      // that routed it last
    RulebookSlot scheduled_by = RulebookSlot::none;  // that worked out `recheck_at`
    Symbol enriched = Symbol::empty;  // the bytes of the FactSet that rules added: few sets, many tickets
    Symbol queue = Symbol::empty;
    Symbol intent = Symbol::empty;
    Symbol sla = Symbol::empty;
    Symbol contact_by = Symbol::empty;
    SkillSetId needs = SkillSetId::none;   // the queue's skills and the rules' together
    SkillSetId skills = SkillSetId::none;  // the rules' alone
    ListId tags = ListId::empty;           // Symbols, in the order of their texts
    ListId fired = ListId::empty;          // RuleIndex, of the rulebook that routed it last
    std::uint32_t contacts = 0;            // on this ticket
    std::uint32_t contacts_before = 0;     // of the customer, before the latest of this ticket
    std::int32_t units = 0;                // that it holds of its agent's capacity
    Channel channel = Channel::email;
    Priority priority = Priority::normal;
    TicketPhase phase = TicketPhase::waiting;

    bool routed() const { return bucket != BucketId::none; }
    bool waits() const { return phase == TicketPhase::waiting && routed(); }
    /// When anything about it falls due: the end of its offer or its next recheck.
    Instant due_at() const { return std::min(expires_at, recheck_at); }
    const Refusal* refusal_by(AgentSlot slot) const;
    bool declined_by(AgentSlot slot) const;
};

/// A ticket that is completed and may yet be reopened.
struct Closed {
    Instant at;
    std::unique_ptr<Ticket> ticket;  // as it was, in nobody's hands
};

/// A ticket that was merged into another.
struct Merged {
    TicketId into;
    std::unique_ptr<Ticket> ticket;            // as it waited; null once the other was completed
    ReceiptSlot receipts = ReceiptSlot::none;  // the ticket's
    Instant ended_at = Instant::max();         // when the other was completed
};

struct Customer {
    CustomerId id;
    FactSet facts;               // as feeders sent them
    std::uint32_t contacts = 0;  // so far
    AgentSlot last_agent = AgentSlot::none;  // who last took or completed a ticket of theirs
    Instant last_agent_at;                   // when
};

/// An agent who has signed in at least once.
struct Agent {
    AgentId id;
    std::string name;
    Skills skills;
    AgentSlot slot = AgentSlot::none;
    GroupId group = GroupId::none;  // of agents with the same skills
    int capacity = 0;               // units
    int used = 0;    // units, by offers and by what was accepted; above `capacity` if that was lowered
    int missed = 0;  // offers that expired in a row
    Presence presence = Presence::offline;
    std::string reason;             // of the presence
    Instant idle_since;             // last sign-in, return or completion
    std::uint64_t last_offer = 0;   // number of the event; 0: none yet
    std::vector<TicketId> tickets;  // offered and assigned, sorted

    bool available() const { return presence == Presence::available; }
};

/// A rulebook that made decisions the desk remembers.
struct KnownRulebook {
    RulebookId id;
    std::string digest;         // empty if it was never adopted
    std::vector<Symbol> rules;  // names, by RuleIndex
};

/// Tickets opened before a rulebook came into force get their time conditions looked at again, some at a
/// time.
struct Sweep {
    TicketId next;  // the first not looked at yet
    TicketId end;   // the first that does not need it

    bool operator==(const Sweep&) const = default;
};

}  // namespace triaged::desk
