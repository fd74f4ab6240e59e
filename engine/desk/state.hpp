// The state of a desk: the fold of its events, and the indexes that make deciding cheap.
//
// Only `evolve` and `restore` change it. Other parts read it through views.hpp and `first_answer`.

#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include "engine/desk/board.hpp"
#include "engine/desk/customers.hpp"
#include "engine/desk/parted.hpp"
#include "engine/desk/problems.hpp"
#include "engine/desk/receipts.hpp"
#include "engine/desk/records.hpp"
#include "engine/desk/tables.hpp"
#include "engine/desk/threads.hpp"
#include "engine/model/routing.hpp"

namespace triaged::desk {

/// When something about a ticket falls due. Soonest first, ties by ticket id.
struct TimerKey {
    Instant at;
    const Ticket* ticket = nullptr;

    bool operator<(const TimerKey& other) const
    {
        return at != other.at ? at < other.at : ticket->id < other.ticket->id;
    }
};

struct State {
    State();
    // Indexes point into the parts, and moving keeps those where they are; copies are made by `save` and
    // `restore`.
    State(State&&);
    State& operator=(State&&);
    ~State();

    Seq head = 0;             // of the last event applied
    Instant at;               // of that event
    TicketId next_ticket{1};  // never issued before
    RulebookSlot in_force = RulebookSlot::none;
    std::string policies;                 // digest of those adopted; empty: none
    std::array<bool, 4> interruptible{};  // by Channel
    Sweep sweep;
    TicketId offered_last;  // the ticket that the latest event offered, if it is an offer

    SymbolTable symbols;
    SkillSetTable skill_sets;
    ListTable lists;
    std::deque<KnownRulebook> rulebooks;  // by RulebookSlot
    std::deque<Customer> customers;       // by CustomerSlot
    std::deque<Agent> agents;             // by AgentSlot
    // Sorted by id: a sweep walks it in order, and appending at the end packs it tightly.
    absl::btree_map<TicketId, std::unique_ptr<Ticket>> tickets;
    absl::btree_set<TimerKey> timers;                             // one a ticket, where it has anything due
    absl::btree_set<std::pair<Instant, AgentSlot>> agent_timers;  // likewise one an agent
    Board board;
    Receipts receipts;
    Threads threads;                           // by which contacts find tickets
    absl::btree_map<TicketId, Closed> closed;  // completed, kept to be reopened
    absl::btree_set<std::pair<Instant, TicketId>> closed_by_end;
    absl::btree_map<TicketId, Merged> merged;  // into another, until both are forgotten
    std::uint32_t closed_kept_seconds = 0;
    Orders orders;
    Contracts contracts;
    FeedbackRefs feedback;
    absl::flat_hash_map<Symbol, Pace> paces;       // by queue
    ProblemId next_problem{1};                     // never issued before
    absl::btree_map<ProblemId, Problem> problems;  // open, those merged into one that is among them
    Surges surges;

    using CustomersById = absl::flat_hash_map<std::string_view, CustomerSlot>;
    Parted<CustomersById> customers_by_id;                          // keys live in `customers`
    absl::flat_hash_map<std::string_view, AgentSlot> agents_by_id;  // keys live in `agents`

    const Ticket* find(TicketId id) const;
    Ticket* find(TicketId id);
    /// The ticket that what comes for `id` goes to: itself unless it was merged.
    TicketId root(TicketId id) const;
    const Agent* find(const AgentId& id) const;
    Agent* find(const AgentId& id);
    const Customer* find(const CustomerId& id) const;
    const Agent& agent(AgentSlot slot) const { return agents[static_cast<std::size_t>(slot)]; }
    Agent& agent(AgentSlot slot) { return agents[static_cast<std::size_t>(slot)]; }
    const Customer& customer(CustomerSlot slot) const { return customers[static_cast<std::size_t>(slot)]; }
    /// The rulebook's id; 0 for `none`.
    RulebookId rulebook(RulebookSlot slot) const;
    /// The rule's name, or empty if the rulebook never told it.
    const std::string& rule_name(RulebookSlot slot, RuleIndex rule) const;
    std::vector<std::string> tags(const Ticket& ticket) const;

    /// The first open ticket the sweep has yet to look at, or null once it is done.
    const Ticket* next_to_sweep() const;

    /// `none` if there is no such customer.
    CustomerSlot slot_of(const CustomerId& id) const;
    /// Finds or adds.
    CustomerSlot customer_slot(const CustomerId& id);
    AgentSlot agent_slot(const AgentId& id);
    /// \pre none has this id. The id stays as it is, since indexes refer to it.
    CustomerSlot add(const CustomerId& id);
    CustomerSlot add(Customer customer);
    AgentSlot add(Agent agent);
    RulebookSlot rulebook_slot(RulebookId id);

    /// Lists an open ticket with its customer and its problem, or takes it off these lists, which also ends
    /// its being held. \pre it is filed, or of `delist` unfiled.
    void enlist(const Ticket& ticket);
    void delist(Ticket& ticket);
    /// \pre it is another than the ticket's.
    void change_customer(Ticket& ticket, CustomerSlot customer);
    void enlist_with_problem(const Ticket& ticket);
    void leave_customer(const Ticket& ticket);

    /// Takes a ticket into the board and the timers, or out of them. \pre as Board's `put` and `take`.
    void file(const Ticket& ticket);
    void unfile(const Ticket& ticket);
    /// The same for an agent.
    void seat(const Agent& agent);
    void unseat(const Agent& agent);
};

/// What the desk knows by itself of a contact. A ticket keeps the number of contacts it was judged by.
struct OwnFacts {
    Channel channel = Channel::email;
    std::string_view source;
    const CustomerId& customer;  // empty if unknown
    std::uint32_t contacts = 0;  // of the customer, before this one
};

/// Adds `channel`, `source`, `customer.id` and `customer.contacts`, the last two if there is a customer.
void add_own_facts(FactSet& facts, const OwnFacts& own);
/// The facts of a ticket as its contacts gave them.
FactSet ticket_facts(const Ticket& ticket);
/// The same as rules read them, with those of its order and the desk's own.
FactSet rule_facts(const State& state, const Ticket& ticket);
/// How the ticket stands, escalations included. Of the trace only `fired` is kept.
Routing routing_of(const State& state, const Ticket& ticket);

/// What the desk said about a contact when it first came. Names live as long as the state they are read from.
struct FirstAnswer {
    TicketId ticket;
    Seq seq = 0;  // the last event of that decision about the ticket itself
    std::string_view queue;
    Priority priority = Priority::normal;
    RulebookId rulebook;
    std::vector<std::string_view> rules;  // that fired, in order; escalations at that moment among them
    bool joined = false;                  // the contact joined a ticket that was open
    TicketId follows;                     // the closed ticket it was sent for, or 0
    Instant promise = Instant::max();     // by when an answer was promised; max(): it was not
    Instant taken_by = Instant::max();    // the end of the wait that was told; max(): none was
    std::uint32_t ahead = 0;              // of it in line then

    bool operator==(const FirstAnswer&) const = default;
};

/// \return the answer to contact `(source, ref)`, or nothing if it never came or was forgotten.
std::optional<FirstAnswer> first_answer(const State& state, std::string_view source, std::string_view ref);

}  // namespace triaged::desk
