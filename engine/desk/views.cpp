#include "engine/desk/views.hpp"

#include <algorithm>
#include <map>

#include "engine/desk/decision.hpp"
#include "engine/desk/expected_wait.hpp"
#include "engine/desk/sla.hpp"

namespace triaged::desk {

namespace {

/// The earliest `enqueued_at` among those that wait in `bucket`, if it is earlier than `best`. The search
/// ends at the first place that nobody who came before the best found would have.
void find_oldest(const Bucket& bucket, std::optional<Instant>& best)
{
    for (const auto& [queued_as, ticket] : bucket.waiting) {
        if (best && *best + bucket.beyond_max <= queued_as) return;
        if (!best || ticket->enqueued_at < *best) best = ticket->enqueued_at;
    }
}

std::uint64_t count_able(const State& state, const Skills& needs)
{
    std::map<GroupId, bool> able;  // by group, since its agents have the same skills
    std::uint64_t count = 0;
    for (const auto& agent : state.agents) {
        if (!agent.available()) continue;
        const auto [group, added] = able.try_emplace(agent.group, false);
        if (added) group->second = covers(agent.skills, needs);
        if (group->second) ++count;
    }
    return count;
}

AgentView view_of(const State& state, const Agent& agent)
{
    AgentView view{agent.id,
                   agent.name,
                   agent.skills,
                   agent.presence,
                   agent.reason,
                   agent.capacity,
                   agent.used,
                   agent.missed,
                   agent.idle_since,
                   0,
                   {},
                   {}};
    for (const auto id : agent.tickets) {
        const auto* const ticket = state.find(id);
        check(ticket != nullptr, "an agent holds open tickets only");
        (ticket->phase == TicketPhase::offered ? view.offers : view.assigned).push_back(id);
    }
    for (const auto& wrap_up : agent.wrap_ups) view.wrapping_up += wrap_up.units;
    return view;
}

void add_history(const State& state, const Ticket& ticket, TicketView& view)
{
    for (const auto rule : view.routing.trace.fired)
        view.rules.push_back(state.rule_name(ticket.rulebook, rule));
    if (!ticket.extras) return;
    view.note = ticket.extras->note;
    for (const auto& fired : ticket.extras->escalated)
        view.escalated.push_back(state.rule_name(fired.rulebook, fired.rule));
    for (const auto& refusal : ticket.extras->refusals)
        (refusal.declined ? view.declined_by : view.missed_by).push_back(state.agent(refusal.agent).id);
}

}  // namespace

std::vector<QueueView> queue_views(const DeskPolicy& policy, const State& state, Instant now)
{
    std::map<QueueName, QueueView> views;
    for (const auto& [name, queue] : policy.queues) {
        auto& view = views[name];
        view.agents = count_able(state, queue.skills);
        view.configured = true;
    }
    for (const auto& [queue, counts] : state.board.counts()) {
        if (counts.waiting + counts.offered + counts.assigned == 0) continue;
        const auto name = QueueName(state.symbols.text(queue));
        auto& view = views[name];
        view.waiting = counts.waiting;
        view.offered = counts.offered;
        view.assigned = counts.assigned;
        if (!view.configured) view.agents = count_able(state, {});
    }
    for (const auto& bucket : state.board.buckets()) {
        if (bucket.waiting.empty()) continue;
        auto& view = views[QueueName(state.symbols.text(bucket.queue))];
        const auto head = bucket.waiting.begin()->queued_as;
        view.head_queued_as = std::min(view.head_queued_as.value_or(head), head);
        find_oldest(bucket, view.oldest_enqueued_at);
    }
    for (const auto& [queue, pace] : state.paces) {
        const auto view = views.find(QueueName(state.symbols.text(queue)));
        if (view == views.end()) continue;
        if (const auto wait = expected_wait_of_next(policy, state, queue, now))
            view->second.expected_wait = wait->taken_by - now;
    }
    std::vector<QueueView> sorted;
    for (auto& [name, view] : views) {
        view.name = name;
        sorted.push_back(std::move(view));
    }
    return sorted;
}

std::vector<AgentView> agent_views(const State& state)
{
    std::vector<AgentView> views;
    for (const auto& agent : state.agents) views.push_back(view_of(state, agent));
    std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return views;
}

std::optional<AgentView> agent_view(const State& state, const AgentId& id)
{
    const auto* const agent = state.find(id);
    if (agent == nullptr) return std::nullopt;
    return view_of(state, *agent);
}

std::optional<TicketView> ticket_view(const State& state, TicketId id)
{
    const auto* const ticket = state.find(id);
    if (ticket == nullptr) return std::nullopt;
    TicketView view;
    view.id = id;
    view.follows = ticket->follows;
    view.phase = ticket->phase;
    view.channel = ticket->channel;
    view.source = ticket->text[TicketText::source];
    view.ref = ticket->text[TicketText::ref];
    if (ticket->customer != CustomerSlot::none) view.customer = state.customer(ticket->customer).id;
    view.facts = ticket_facts(*ticket);
    view.subject = ticket->text[TicketText::subject];
    view.body = ticket->text[TicketText::body];
    view.earlier = ticket->text[TicketText::earlier];
    view.contacts = ticket->contacts;
    view.routing = routing_of(state, *ticket);
    if (ticket->receipts != ReceiptSlot::none)
        view.answered = QueueName(state.symbols.text(state.receipts[ticket->receipts].queue));
    view.needs = state.skill_sets.skills(ticket->needs);
    view.opened_at = ticket->opened_at;
    view.last_contact_at = ticket->last_contact_at;
    view.enqueued_at = ticket->enqueued_at;
    view.waiting_since = ticket->waiting_since;
    view.queued_as = ticket->queued_as;
    view.recheck_at = ticket->recheck_at;
    if (ticket->agent != AgentSlot::none) view.agent = state.agent(ticket->agent).id;
    if (ticket->extras)
        for (const auto& offer : ticket->extras->further) view.also.push_back(state.agent(offer.agent).id);
    if (ticket->phase == TicketPhase::offered) view.expires_at = ticket->expires_at;
    view.units = ticket->units;
    if (const auto* const callback = ticket->callback()) view.callback = *callback;
    if (const auto* const problem = problem_of(state, *ticket)) view.problem = problem->id;
    view.parked = ticket->parked();
    add_history(state, *ticket, view);
    return view;
}

std::optional<ProblemView> problem_view(const State& state, ProblemId id, std::size_t tickets_max)
{
    const auto found = state.problems.find(id);
    if (found == state.problems.end()) return std::nullopt;
    const auto& problem = found->second;
    ProblemView view{problem.id,
                     problem.into,
                     problem.policy,
                     problem.about,
                     problem.opened_at,
                     problem.last_at,
                     problem.held,
                     problem.linked,
                     0,
                     0,
                     {},
                     {}};
    const bool merged = problem.into.value != 0;  // its tickets then show with the other's
    for (const auto ticket : merged ? std::vector<TicketId>(problem.tickets.begin(), problem.tickets.end())
                                    : tickets_of(state, problem, TicketId{1}, state.tickets.size())) {
        ++view.open;
        if (state.find(ticket)->parked()) ++view.held_tickets;
        if (view.tickets.size() < tickets_max) view.tickets.push_back(ticket);
    }
    if (problem.work.pending()) view.under_way = to_string(problem.work.action);
    return view;
}

std::vector<ProblemView> problem_views(const State& state, std::size_t tickets_max)
{
    std::vector<ProblemView> views;
    for (const auto& [id, problem] : state.problems) views.push_back(*problem_view(state, id, tickets_max));
    return views;
}

std::optional<Evidence> evidence(const State& state, TicketId id)
{
    const auto* const ticket = state.find(id);
    if (ticket == nullptr) return std::nullopt;
    Evidence evidence;
    evidence.subject = ticket->text[TicketText::subject];
    evidence.body = ticket->text[TicketText::body];
    evidence.ticket = rule_facts(state, *ticket);
    if (ticket->customer == CustomerSlot::none) return evidence;
    evidence.customer = state.customer(ticket->customer).facts;
    const auto [latest, kept_from] = earlier_contacts(state, *ticket);
    evidence.earlier.assign(latest.begin(), latest.end());
    evidence.kept_from = kept_from;
    return evidence;
}

rulebook::Clocks clocks_of(const DeskPolicy& desk, const Ticket& ticket, Instant now)
{
    rulebook::Clocks clocks{now,
                            ticket.phase == TicketPhase::assigned ? Instant::max() : ticket.waiting_since,
                            ticket.opened_at, ticket.last_contact_at, &desk};
    clocks.ledger = ledger_of(ticket);
    clocks.routed_at = ticket.queue_since();
    clocks.replied_at = ticket.record.replied_at;
    return clocks;
}

rulebook::EarlierContacts first_contacts(const Customer& customer, std::uint32_t count)
{
    const auto& recent = customer.recent;
    const auto forgotten = customer.contacts - std::min<std::size_t>(customer.contacts, recent.size());
    const auto kept = count > forgotten ? std::min(count - forgotten, recent.size()) : 0;
    return {std::span(recent.data(), kept),
            forgotten > 0 && !recent.empty() ? recent.front() : Instant::max()};
}

rulebook::EarlierContacts earlier_contacts(const State& state, const Ticket& ticket)
{
    if (ticket.customer == CustomerSlot::none) return {};
    return first_contacts(state.customer(ticket.customer), ticket.contacts_before);
}

void add_desk_facts(const rulebook::Rulebook& rulebook, const DeskPolicy& desk, const State& state,
                    FactSet& facts)
{
    for (const auto& fact : rulebook.desk_facts()) {
        std::uint64_t count = 0;
        if (fact.measure == rulebook::DeskMeasure::queue_length) {
            count = waiting_on(state, fact.queue);
        } else {
            const auto queue = desk.queues.find(fact.queue);
            const auto needs = queue == desk.queues.end() ? Skills{} : queue->second.skills;
            for (const auto& group : state.board.groups())
                if (group.available > 0 && covers(state.skill_sets.skills(group.has), needs))
                    count += group.available;
        }
        facts.set(fact.name, static_cast<double>(count));
    }
}

Totals totals(const State& state)
{
    Totals totals;
    totals.head = state.head;
    totals.at = state.at;
    totals.rulebook = state.rulebook(state.in_force);
    totals.tickets_opened = state.next_ticket.value - 1;
    totals.open = state.tickets.size();
    for (const auto& [queue, counts] : state.board.counts()) {
        totals.waiting += counts.waiting;
        totals.offered += counts.offered;
        totals.assigned += counts.assigned;
    }
    totals.customers = state.customers.size();
    totals.agents = state.agents.size();
    totals.agents_available = static_cast<std::uint64_t>(std::count_if(
        state.agents.begin(), state.agents.end(), [](const Agent& agent) { return agent.available(); }));
    totals.receipts = state.receipts.size();
    if (const auto* const next = state.next_to_sweep())
        totals.sweep_left = state.sweep.end.value - next->id.value;
    return totals;
}

}  // namespace triaged::desk
