// Views: the state as plain values with every name spelt out, for people, statistics and replies.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/desk/policies.hpp"
#include "engine/desk/state.hpp"
#include "engine/model/routing.hpp"
#include "engine/model/sla.hpp"

namespace triaged::desk {

struct QueueView {
    QueueName name;
    std::uint64_t waiting = 0;
    std::uint64_t offered = 0;
    std::uint64_t assigned = 0;
    std::optional<Instant> head_queued_as;      // place of the ticket whose turn it is
    std::optional<Instant> oldest_enqueued_at;  // of those that wait; the oldest wait is now less this
    std::uint64_t agents = 0;                   // available now and skilled for what the queue itself needs
    std::optional<Duration> expected_wait;  // of a ticket of normal priority that would come now, if known
    bool configured = false;                // else it is there for the tickets that still stand on it
};

struct AgentView {
    AgentId id;
    std::string name;
    Skills skills;
    Presence presence = Presence::offline;
    std::string reason;
    int capacity = 0;  // units
    int used = 0;      // units, offers counted
    int missed = 0;    // offers in a row
    Instant idle_since;
    int wrapping_up = 0;  // units that wrap-ups hold, counted in `used`
    std::vector<TicketId> offers;
    std::vector<TicketId> assigned;
};

/// Everything the desk keeps of an open ticket.
struct TicketView {
    TicketId id;
    TicketId follows;
    TicketPhase phase = TicketPhase::waiting;
    Channel channel = Channel::email;
    std::string source;
    std::string ref;
    CustomerId customer;
    FactSet facts;        // of the ticket, as its contacts gave them
    std::string subject;  // of the latest contact, as are source, ref, channel and body
    std::string body;
    std::string earlier;  // texts of the contacts before, oldest first
    std::uint32_t contacts = 0;
    Routing routing;                     // as it stands, escalations included; of the trace only `fired`
    QueueName answered;                  // the queue its latest contact was told; empty if split off
    Skills needs;                        // the queue's and the rules'
    std::vector<std::string> rules;      // that fired, by name
    std::vector<std::string> escalated;  // escalation rules that fired, by name, in order
    Instant opened_at;
    Instant last_contact_at;
    Instant enqueued_at;
    Instant waiting_since;
    Instant queued_as;
    Instant recheck_at;                 // max() if no time condition is pending
    AgentId agent;                      // who is offered it or has it, or empty
    std::vector<AgentId> also;          // who is offered it too
    std::optional<Instant> expires_at;  // of the offer
    int units = 0;                      // of the agent's capacity
    std::optional<Callback> callback;   // the customer has left the line and is to be called
    std::string note;                   // of whoever had it before, or an operator
    std::vector<AgentId> declined_by;
    std::vector<AgentId> missed_by;
    ProblemId problem;  // that is open, or 0
    bool parked = false;
};

/// An open problem.
struct ProblemView {
    ProblemId id;
    ProblemId into;  // merged into it, or 0
    std::string policy;
    std::string about;
    Instant opened_at;
    Instant last_at;
    bool held = false;
    std::uint64_t linked = 0;  // tickets ever
    std::uint64_t open = 0;    // of these, and of problems merged into it
    std::uint64_t held_tickets = 0;
    std::string under_way;          // an action that is not done yet, or empty
    std::vector<TicketId> tickets;  // open ones, the first so many
};

struct Totals {
    Seq head = 0;
    Instant at;
    RulebookId rulebook;
    std::uint64_t tickets_opened = 0;
    std::uint64_t open = 0;
    std::uint64_t waiting = 0;
    std::uint64_t offered = 0;
    std::uint64_t assigned = 0;
    std::uint64_t customers = 0;
    std::uint64_t agents = 0;
    std::uint64_t agents_available = 0;
    std::uint64_t receipts = 0;
    std::uint64_t sweep_left = 0;  // ticket ids not yet looked at since the rulebook changed
};

/// What rules read of an open ticket now: its latest text and the facts, those of the customer apart.
struct Evidence {
    std::string subject;
    std::string body;
    FactSet ticket;
    FactSet customer;
    std::vector<Instant> earlier;  // contacts of the customer, as EarlierContacts has them
    Instant kept_from = Instant::max();

    /// Refers to this and to `text`.
    rulebook::Subject as_subject(const TextFacts& text) const
    {
        return {text, ticket, customer, {earlier, kept_from}};
    }
};

/// Every configured queue, and every other that a ticket stands on; by name.
std::vector<QueueView> queue_views(const DeskPolicy& policy, const State& state, Instant now);
/// Every agent who has signed in, by id.
std::vector<AgentView> agent_views(const State& state);
std::optional<AgentView> agent_view(const State& state, const AgentId& id);
/// \return nothing if no open ticket has this id.
std::optional<TicketView> ticket_view(const State& state, TicketId id);
/// Every open problem, by id, those merged into others among them. \param tickets_max  how many each lists
std::vector<ProblemView> problem_views(const State& state, std::size_t tickets_max);
/// \return nothing if it is not open.
std::optional<ProblemView> problem_view(const State& state, ProblemId id, std::size_t tickets_max);
/// One running clock of a ticket and how it came to what it shows.
struct SlaView {
    SlaTarget target = SlaTarget::resolution;
    std::string policy;
    bool own_policy = false;           // the ticket's, by its rules or a contract; or else its queue's
    std::optional<Priority> priority;  // by which it has so much time, where that differs
    std::string calendar;              // empty: wall time
    Instant since;
    Duration within{};
    Duration used{};
    Instant due;    // max() while it stands still
    Instant warns;  // max(): it does not
    bool warned = false;
    bool breached = false;
    bool paused = false;
    std::vector<SlaStretch> stretches;  // up to now, the latest of them if there are very many
};

/// The clocks that run on an open ticket, by target; nothing if no open ticket has this id.
std::optional<std::vector<SlaView>> sla_views(const DeskPolicy& policy, const State& state, TicketId id,
                                              Instant now);

std::optional<Evidence> evidence(const State& state, TicketId id);
/// The clocks of an open ticket at `now`. Refers to both.
rulebook::Clocks clocks_of(const DeskPolicy& desk, const Ticket& ticket, Instant now);
/// What `rulebook` asks of the desk, as it is now, added to a ticket's facts.
void add_desk_facts(const rulebook::Rulebook& rulebook, const DeskPolicy& desk, const State& state,
                    FactSet& facts);
/// The first `count` contacts of a customer, as far as their times are kept. Refers to `customer`.
rulebook::EarlierContacts first_contacts(const Customer& customer, std::uint32_t count);
/// The contacts of a ticket's customer before its latest one. Refers to `state`.
rulebook::EarlierContacts earlier_contacts(const State& state, const Ticket& ticket);
Totals totals(const State& state);

}  // namespace triaged::desk
