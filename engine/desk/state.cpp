#include "engine/desk/state.hpp"

#include <algorithm>

namespace triaged::desk {

State::State() = default;
State::State(State&&) = default;
State& State::operator=(State&&) = default;
State::~State() = default;

const Ticket* State::find(TicketId id) const
{
    const auto found = tickets.find(id);
    return found == tickets.end() ? nullptr : found->second.get();
}

Ticket* State::find(TicketId id)
{
    const auto found = tickets.find(id);
    return found == tickets.end() ? nullptr : found->second.get();
}

TicketId State::root(TicketId id) const
{
    for (auto next = merged.find(id); next != merged.end(); next = merged.find(id)) id = next->second.into;
    return id;
}

const Agent* State::find(const AgentId& id) const
{
    const auto found = agents_by_id.find(id.value);
    return found == agents_by_id.end() ? nullptr : &agent(found->second);
}

Agent* State::find(const AgentId& id)
{
    const auto found = agents_by_id.find(id.value);
    return found == agents_by_id.end() ? nullptr : &agent(found->second);
}

const Customer* State::find(const CustomerId& id) const
{
    const auto slot = slot_of(id);
    return slot == CustomerSlot::none ? nullptr : &customer(slot);
}

RulebookId State::rulebook(RulebookSlot slot) const
{
    return slot == RulebookSlot::none ? RulebookId{} : rulebooks[static_cast<std::size_t>(slot)].id;
}

const std::string& State::rule_name(RulebookSlot slot, RuleIndex rule) const
{
    if (slot == RulebookSlot::none) return symbols.text(Symbol::empty);
    const auto& rules = rulebooks[static_cast<std::size_t>(slot)].rules;
    return symbols.text(rule < rules.size() ? rules[rule] : Symbol::empty);
}

std::vector<std::string> State::tags(const Ticket& ticket) const
{
    std::vector<std::string> tags;
    for (const auto tag : lists.items(ticket.tags)) tags.push_back(symbols.text(static_cast<Symbol>(tag)));
    return tags;
}

const Ticket* State::next_to_sweep() const
{
    if (!(sweep.next < sweep.end)) return nullptr;
    const auto next = tickets.lower_bound(sweep.next);
    return next == tickets.end() || !(next->first < sweep.end) ? nullptr : next->second.get();
}

CustomerSlot State::slot_of(const CustomerId& id) const
{
    const auto& customers_here = customers_by_id.part(CustomersById::hasher{}(id.value));
    const auto found = customers_here.find(id.value);
    return found == customers_here.end() ? CustomerSlot::none : found->second;
}

CustomerSlot State::customer_slot(const CustomerId& id)
{
    const auto known = slot_of(id);
    return known == CustomerSlot::none ? add(id) : known;
}

AgentSlot State::agent_slot(const AgentId& id)
{
    if (const auto known = agents_by_id.find(id.value); known != agents_by_id.end()) return known->second;
    Agent agent;
    agent.id = id;
    agent.group = board.group(skill_sets, SkillSetId::none);
    return add(std::move(agent));
}

CustomerSlot State::add(const CustomerId& id)
{
    Customer customer;
    customer.id = id;
    return add(std::move(customer));
}

CustomerSlot State::add(Customer customer)
{
    const auto slot = static_cast<CustomerSlot>(customers.size());
    const std::string_view id = customers.emplace_back(std::move(customer)).id.value;
    customers_by_id.part(CustomersById::hasher{}(id)).emplace(id, slot);
    return slot;
}

AgentSlot State::add(Agent agent)
{
    agent.slot = static_cast<AgentSlot>(agents.size());
    const auto& added = agents.emplace_back(std::move(agent));
    agents_by_id.emplace(added.id.value, added.slot);
    return added.slot;
}

RulebookSlot State::rulebook_slot(RulebookId id)
{
    for (std::size_t i = rulebooks.size(); i-- > 0;)  // the latest are the likely ones
        if (rulebooks[i].id == id) return static_cast<RulebookSlot>(i);
    rulebooks.push_back({id, {}, {}});
    return static_cast<RulebookSlot>(rulebooks.size() - 1);
}

void State::enlist(const Ticket& ticket)
{
    enlist_with_problem(ticket);
    if (ticket.customer != CustomerSlot::none)
        customers[static_cast<std::size_t>(ticket.customer)].open.push_back(ticket.id);
}

void State::enlist_with_problem(const Ticket& ticket)
{
    if (ticket.problem.value == 0) return;
    if (const auto problem = problems.find(ticket.problem); problem != problems.end())
        problem->second.tickets.insert(ticket.id);
}

void State::delist(Ticket& ticket)
{
    if (ticket.problem.value != 0) {
        if (ticket.extras) ticket.extras->parked_since = Instant::max();
        if (const auto problem = problems.find(ticket.problem); problem != problems.end())
            problem->second.tickets.erase(ticket.id);
    }
    leave_customer(ticket);
}

void State::change_customer(Ticket& ticket, CustomerSlot customer)
{
    leave_customer(ticket);
    ticket.customer = customer;
    customers[static_cast<std::size_t>(customer)].open.push_back(ticket.id);
}

void State::leave_customer(const Ticket& ticket)
{
    if (ticket.customer == CustomerSlot::none) return;
    auto& open = customers[static_cast<std::size_t>(ticket.customer)].open;
    const auto place = std::find(open.begin(), open.end(), ticket.id);
    if (place == open.end()) return;
    open.erase(place);
    if (open.empty()) open.shrink_to_fit();
}

void State::file(const Ticket& ticket)
{
    board.put(ticket);
    if (ticket.due_at() != Instant::max()) timers.insert({ticket.due_at(), &ticket});
}

void State::unfile(const Ticket& ticket)
{
    board.take(ticket);
    if (ticket.due_at() != Instant::max()) timers.erase({ticket.due_at(), &ticket});
}

void State::seat(const Agent& agent)
{
    board.put(agent);
    if (agent.due_at() != Instant::max()) agent_timers.insert({agent.due_at(), agent.slot});
}

void State::unseat(const Agent& agent)
{
    board.take(agent);
    if (agent.due_at() != Instant::max()) agent_timers.erase({agent.due_at(), agent.slot});
}

void add_own_facts(FactSet& facts, const OwnFacts& own)
{
    facts.set("channel", to_string(own.channel));
    if (!own.source.empty()) facts.set("source", own.source);
    if (own.customer.value.empty()) return;
    facts.set("customer.id", std::string_view(own.customer.value));
    facts.set("customer.contacts", static_cast<double>(own.contacts));
}

FactSet ticket_facts(const Ticket& ticket)
{
    auto facts = FactSet::from_bytes(ticket.text[TicketText::facts]);
    check(facts.has_value(), "stored facts are well formed");
    return std::move(*facts);
}

FactSet rule_facts(const State& state, const Ticket& ticket)
{
    static const CustomerId nobody;
    auto facts = ticket_facts(ticket);
    add_order_facts(state, facts);
    if (problem_of(state, ticket) != nullptr) facts.set("problem", std::string_view("open"));
    const auto& customer =
        ticket.customer == CustomerSlot::none ? nobody : state.customer(ticket.customer).id;
    add_own_facts(facts, {ticket.channel, ticket.text[TicketText::source], customer, ticket.contacts_before});
    return facts;
}

Routing routing_of(const State& state, const Ticket& ticket)
{
    Routing routing;
    routing.rulebook = state.rulebook(ticket.rulebook);
    auto enriched = FactSet::from_bytes(state.symbols.text(ticket.enriched));
    check(enriched.has_value(), "stored facts are well formed");
    routing.enriched = std::move(*enriched);
    routing.intent = state.symbols.text(ticket.intent);
    routing.tags = state.tags(ticket);
    routing.priority = ticket.priority;
    routing.sla = state.symbols.text(ticket.sla);
    routing.skills = state.skill_sets.skills(ticket.skills);
    routing.contact_by = state.symbols.text(ticket.contact_by);
    routing.queue = QueueName(state.symbols.text(ticket.queue));
    const auto fired = state.lists.items(ticket.fired);
    routing.trace.fired.assign(fired.begin(), fired.end());
    return routing;
}

std::optional<FirstAnswer> first_answer(const State& state, std::string_view source, std::string_view ref)
{
    const auto slot = state.receipts.find(receipt_key(source, ref));
    if (slot == ReceiptSlot::none) return std::nullopt;
    const auto& receipt = state.receipts[slot];
    FirstAnswer answer{receipt.ticket,
                       receipt.seq,
                       state.symbols.text(receipt.queue),
                       receipt.priority,
                       state.rulebook(receipt.rulebook),
                       {},
                       receipt.joined,
                       receipt.follows,
                       receipt.told ? Instant::max() : receipt.promise,
                       receipt.told ? receipt.promise : Instant::max(),
                       receipt.ahead};
    for (const auto rule : state.lists.items(receipt.fired))
        answer.rules.push_back(state.rule_name(receipt.rulebook, rule));
    return answer;
}

}  // namespace triaged::desk
