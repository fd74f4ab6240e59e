// Records: what the desk keeps of each open ticket, customer, agent and rulebook.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/inlined_vector.h>

#include "engine/desk/tables.hpp"
#include "engine/model/calendar.hpp"
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

/// The customer has left the line and wants to be called.
struct Callback {
    std::string number;
    Instant not_before;
    bool pending = false;  // until then the ticket does not stand in line

    bool operator==(const Callback&) const = default;
};

/// What has been answered and said of a ticket's promises; a bit a target (engine/desk/sla.hpp).
struct SlaRecord {
    Instant unanswered_since =
        Instant::max();  // the oldest contact since the last answer; max(): none, or no answer yet
    std::uint8_t warned = 0;
    std::uint8_t breached = 0;
    bool responded = false;
    Instant replied_at = Instant::max();  // the last time; max(): never

    bool operator==(const SlaRecord&) const = default;
};

/// What is left of `record` when its ticket is reopened: promises count anew.
inline SlaRecord reopened(const SlaRecord& record)
{
    return {Instant::max(), 0, 0, record.responded, record.replied_at};
}

/// A further offer of a ticket that one agent is offered already.
struct FurtherOffer {
    AgentSlot agent = AgentSlot::none;
    int units = 1;

    bool operator==(const FurtherOffer&) const = default;
};

/// What few tickets have, apart so that the others do not pay for it.
struct TicketExtras {
    std::vector<FurtherOffer> further;       // while it is offered; all end when the first does, or earlier
    std::vector<Refusal> refusals;           // one an agent; those who missed it, in the order they last did
    std::vector<FiredEscalation> escalated;  // in the order they fired
    std::uint32_t merged = 0;                // tickets merged into this one
    Instant lent_place = Instant::max();     // the place it last had from one of those; max(): none
    Instant own_place;                       // and the one it would have without
    std::optional<Callback> callback;
    std::vector<Span> pauses;  // of its time to resolution; the last ends at max() while it is held
    std::string hold_reason;   // while it is held
    Instant hold_until = Instant::max();
    Instant reopened_at = Instant::max();   // the last time; max(): never
    Instant parked_since = Instant::max();  // because of its problem: not offered; max(): it is not
    Instant queue_since = Instant::max();  // when it came to its queue from another; max(): when first routed
    Instant steps_since =
        Instant::max();              // from when its queue's steps count if it was held there; else max()
    std::uint32_t widened = 0;       // steps of its queue's `widen` it has taken
    std::vector<Symbol> overflowed;  // the queues it overflowed from: it does not go back there by itself
    std::string note;                // by whom it last was in the hands of, or an operator

    bool held() const { return !pauses.empty() && pauses.back().to == Instant::max(); }
    bool parked() const { return parked_since != Instant::max(); }
};

/// From when something counts that began at `since`, once the time between two instants is left out.
Instant left_out(Instant since, Instant from, Instant to);

/// An open ticket. It stands as its latest contact left it: channel, source, ref, customer, subject and body
/// are that contact's; facts add up.
struct Ticket {
    TicketId id;
    TicketId follows;   // the closed ticket whose contact opened this one, or 0
    ProblemId problem;  // that it is or was one of, or 0
    TicketText text;
    std::unique_ptr<TicketExtras> extras;  // null: nothing to tell
    Instant opened_at;
    Instant last_contact_at;
    Instant enqueued_at;    // when it was first routed
    Instant waiting_since;  // for an agent to take it; offers do not interrupt the wait, only accepting does
    Instant queued_as;      // its place in the queue
    Instant recheck_at = Instant::max();  // when its time conditions are looked at next
    Instant expires_at = Instant::max();  // of its offer, while it is offered
    SlaRecord record;
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
    bool yields = false;         // who holds it may be interrupted at it
    bool stood_in_line = false;  // nobody could be offered it when it began to wait

    bool routed() const { return bucket != BucketId::none; }
    /// Whether nobody is offered it or has it.
    bool free() const { return phase == TicketPhase::waiting && routed(); }
    /// Whether it stands in line, so that it may be offered.
    bool waits() const { return free() && !called_later(); }
    bool parked() const { return extras && extras->parked(); }
    /// When it came to its queue.
    Instant queue_since() const
    {
        return extras && extras->queue_since != Instant::max() ? extras->queue_since : enqueued_at;
    }
    /// Its place in the queue without what a merge has given it.
    Instant own_place() const
    {
        return extras && extras->lent_place == queued_as ? extras->own_place : queued_as;
    }
    /// From when the steps of its queue count, unless it began to wait later.
    Instant steps_since() const
    {
        return extras && extras->steps_since != Instant::max() ? extras->steps_since : queue_since();
    }
    const Callback* callback() const { return extras && extras->callback ? &*extras->callback : nullptr; }
    /// Whether it is to be called later, and so does not stand in line yet.
    bool called_later() const { return callback() != nullptr && callback()->pending; }
    /// When anything about it falls due: the end of its offer, its next recheck or the time of its callback.
    Instant due_at() const
    {
        const auto due = std::min(expires_at, recheck_at);
        return called_later() ? std::min(due, callback()->not_before) : due;
    }
    const Refusal* refusal_by(AgentSlot slot) const;
    bool declined_by(AgentSlot slot) const;
    /// Who is offered it or has it, in the order they were offered it.
    std::vector<AgentSlot> holders() const;
    bool held_by(AgentSlot slot) const;
    /// What it holds of the agent's capacity; 0 if they neither are offered it nor have it.
    int units_of(AgentSlot slot) const;
};

/// A ticket that is completed or abandoned and may yet be reopened.
struct Closed {
    Instant at;
    std::unique_ptr<Ticket> ticket;  // as it was, in nobody's hands
    bool abandoned = false;
    Instant place_until = Instant::max();  // reopened later, it goes to the end of the line

    /// What its wait in line counts from if it is reopened at `now`.
    Instant enqueued_at(Instant now) const { return now > place_until ? now : ticket->enqueued_at; }
    /// Its place if it is reopened at `now`: at the end of the line its own head start is left to it.
    Instant queued_as(Instant now) const
    {
        return now > place_until ? now - (ticket->enqueued_at - ticket->own_place()) : ticket->queued_as;
    }
};

/// A ticket that was merged into another.
struct Merged {
    TicketId into;
    std::unique_ptr<Ticket> ticket;            // as it waited; null once the other was completed
    ReceiptSlot receipts = ReceiptSlot::none;  // the ticket's
    Instant at;                                // when it was merged
    Instant ended_at = Instant::max();         // when the other was completed
};

struct Customer {
    CustomerId id;
    FactSet facts;                           // as feeders sent them
    std::uint32_t contacts = 0;              // so far
    AgentSlot last_agent = AgentSlot::none;  // who last took or completed a ticket of theirs
    Instant last_agent_at;                   // when
    Instant first_seen = Instant::max();     // the first contact or order; max(): none yet
    Instant last_order{0};                   // when the latest was first heard of; 0: none
    absl::InlinedVector<Instant, 2> recent;  // times of the latest contacts, oldest first
    absl::InlinedVector<TicketId, 2> open;   // their open tickets, the one taken up last at the end
};

/// What follows a completed ticket and holds its agent's capacity.
struct WrapUp {
    TicketId ticket;
    int units = 1;
    bool yields = false;  // the agent may be interrupted at it, as at the ticket before
    Instant until;

    bool operator==(const WrapUp&) const = default;
};

/// An agent who has signed in at least once.
struct Agent {
    AgentId id;
    std::string name;
    Skills skills;
    AgentSlot slot = AgentSlot::none;
    GroupId group = GroupId::none;  // of agents with the same skills
    int capacity = 0;               // units
    int used = 0;      // units, by offers, by what was accepted and by wrap-ups; above `capacity` if that was
                       // lowered, an operator forced work on them, or they were interrupted
    int yielding = 0;  // of these, by tickets and wrap-ups at which they may be interrupted
    int missed = 0;    // offers that expired in a row
    Presence presence = Presence::offline;
    std::string reason;                  // of the presence
    Instant idle_since;                  // last sign-in, return or completion
    std::uint64_t last_offer = 0;        // number of the event; 0: none yet
    Instant silent_at = Instant::max();  // set away then, unless heard of before
    std::vector<TicketId> tickets;       // offered and assigned, sorted
    std::vector<WrapUp> wrap_ups;        // in the order they began

    bool available() const { return presence == Presence::available; }
    /// When anything about the agent falls due: the end of a wrap-up, or of the time they may be silent.
    Instant due_at() const;
};

/// How fast a queue's line moves: its latest takes of tickets that had stood in line, each with the time
/// since the take before or, if the line was empty meanwhile, since its ticket came.
class Pace {
public:
    static constexpr std::size_t takes_max = 32;
    static constexpr std::size_t takes_min = 8;  // fewer tell nothing

    void note(Instant in_line_since, Instant taken)
    {
        const auto from = takes_.empty() ? in_line_since : std::max(in_line_since, takes_.back().to);
        if (takes_.size() == takes_max) takes_.erase(takes_.begin());
        takes_.push_back({std::min(from, taken), taken});
    }

    std::vector<Span>& takes() { return takes_; }
    const std::vector<Span>& takes() const { return takes_; }  // the oldest first

private:
    std::vector<Span> takes_;
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
