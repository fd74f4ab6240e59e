// The reference: what must hold between steps.
//
// There is one check for each kind of thing. After a step they are made of what its events named, and every
// so often of all there is: what changed without an event saying so comes out then.

#include "tests/sim/reference.hpp"

namespace triaged::sim {

void Reference::check_touched(const desk::Policies& policies, const desk::State& state)
{
    check(policies, state, touched_);
    check_totals(state);
    touched_ = {};
}

void Reference::check_all(const desk::Policies& policies, const desk::State& state)
{
    check(policies, state, everything(state));
    check_totals(state);
    check_sums();
    touched_ = {};
}

Touched Reference::everything(const desk::State& state) const
{
    Touched all;
    for (const auto& [id, ticket] : open_) all.tickets.insert(id);
    for (const auto& [id, merged] : merged_) all.tickets.insert(id);
    for (const auto& [id, closed] : state.closed) all.tickets.insert(id);
    for (const auto& [id, agent] : agents_) all.agents.insert(id);
    for (const auto& [id, open] : sums_.customers) all.customers.insert(id);
    for (const auto& customer : state.customers) all.customers.insert(customer.id);
    for (const auto& [id, order] : orders_) all.orders.insert(id);
    for (const auto& [id, problem] : problems_) all.problems.insert(id);
    return all;
}

void Reference::check(const desk::Policies& policies, const desk::State& state, const Touched& named) const
{
    for (const auto id : named.tickets) {
        if (open_.contains(id)) {
            check_ticket(policies, state, id);
            check_promises(policies, state, id);
            for (const auto& [agent, kept] : agents_)
                check_not_passed_over(policies, id, open_.at(id), agent);
        } else {
            check_ended(policies, state, id);
        }
    }
    for (const auto& agent : named.agents) {
        check_agent(state, agent);
        if (!has_room(agent)) continue;
        for (const auto& [id, ticket] : open_) check_not_passed_over(policies, id, ticket, agent);
    }
    for (const auto& id : named.customers) check_customer(state, id);
    for (const auto& id : named.orders) check_order(state, id);
    for (const auto id : named.problems) check_problem(state, id);
}

void Reference::check_ticket(const desk::Policies&, const desk::State& state, TicketId id) const
{
    const auto& ticket = open_.at(id);
    const auto* const kept = state.find(id);
    must(kept != nullptr, "{} is lost", id);
    must(kept->phase == ticket.phase, "{} is in another phase", id);
    must(kept->parked() == ticket.parked, "{} is held, or is not", id);
    const auto* const problem = problem_of(state, *kept);
    must((problem == nullptr ? ProblemId{} : problem->id) == root(ticket.problem), "{} is another problem's",
         id);
    must(!ticket.parked || problem != nullptr, "{} is held for nothing", id);
    must(problem == nullptr || state.problems.at(kept->problem).tickets.contains(id),
         "{} is not with its problem", id);
    must(kept->queued_as == ticket.queued_as, "{} has another place", id);
    must(kept->called_later() == ticket.called_at.has_value(), "{} is called at another time", id);
    must(kept->channel == ticket.channel, "{} is on another channel", id);
    must(state.symbols.text(kept->queue) == ticket.queue.value, "{} is on another queue", id);
    must(ticket.routed, "{} was not routed", id);
    std::set<AgentId> holders;
    for (const auto slot : kept->holders()) holders.insert(state.agent(slot).id);
    std::set<AgentId> wanted;
    for (const auto& [agent, units] : ticket.hands) wanted.insert(agent);
    must(holders == wanted, "{} is with another agent", id);
    must((ticket.phase == TicketPhase::waiting) == holders.empty(), "{} waits, or is in hands", id);
    must(ticket.phase != TicketPhase::assigned || holders.size() == 1, "{} is two agents'", id);
    must(!forwarded_.contains(id) && !ended_.contains(id), "{} is open, and is not", id);
}

/// Of a ticket that has ended, or was merged into another.
void Reference::check_ended(const desk::Policies& policies, const desk::State& state, TicketId id) const
{
    must(state.find(id) == nullptr, "{} is still open", id);
    must(forwarded_.contains(id) != ended_.contains(id), "{} has ended or forwards to one that has not", id);
    must(state.root(id) == root(id), "{} forwards to another ticket", id);
    must(ended_.contains(id) || open_.contains(root(id)), "{} forwards to none", id);
    must(policies.desk.threads.reopen.count() == 0 || !state.closed.contains(id) || closed_.contains(id),
         "{} was not completed", id);
}

void Reference::check_agent(const desk::State& state, const AgentId& id) const
{
    const auto& agent = agents_.at(id);
    const auto* const kept = state.find(id);
    must(kept != nullptr && kept->used == used(id), "{} holds other work", id.value);
    must(kept->missed == agent.missed, "{} missed another number of offers", id.value);
    const auto held = sums_.units.find(id);
    const bool offers =
        held != sums_.units.end() && held->second[static_cast<std::size_t>(TicketPhase::offered)] > 0;
    must(firm(id) <= agent.capacity || !offers, "{} is over capacity and still gets offers", id.value);
    must(!offers || agent.presence == Presence::available, "{} is not there and has offers", id.value);
    must(agent.presence != Presence::offline || used(id) == 0, "{} is offline and has work", id.value);
}

void Reference::check_not_passed_over(const desk::Policies& policies, TicketId id,
                                      const ReferenceTicket& ticket, const AgentId& agent) const
{
    must(ticket.phase != TicketPhase::waiting || !can_take(policies, agent, ticket) ||
             pulled(policies, ticket),
         "{} waits while {} could take it", id, agent.value);
}

void Reference::check_totals(const desk::State& state) const
{
    must(open_.size() + ended_.size() + forwarded_.size() == last_id_.value,
         "every ticket is open, merged into one that is, or has ended");
    must(state.tickets.size() == open_.size(), "the desk has the tickets it should");
    must(state.merged.size() == merged_.size(), "the desk forwards what it should");
    must(state.problems.size() == problems_.size(), "the desk has the problems it should");
    must(state.orders.size() == orders_.size(), "the desk has the orders it should");
    must(state.agents.size() == agents_.size(), "the desk has the agents it should");
    must(to_be_sent_away_.empty(), "who misses too many offers is sent away");
    for (const auto& [queue, counts] : state.board.counts()) {
        const auto found = sums_.tickets.find(QueueName(std::string(state.symbols.text(queue))));
        const auto sum = found == sums_.tickets.end() ? std::array<std::uint64_t, 3>{} : found->second;
        must(std::array{counts.waiting, counts.offered, counts.assigned} == sum, "{} has other counts",
             std::string(state.symbols.text(queue)));
    }
}

void Reference::check_sums() const
{
    Sums sums;
    for (const auto& [id, ticket] : open_) sums.add(id, share_of(ticket));
    must(sums == sums_, "the reference's sums are off");
    for (const auto id : forwarded_)
        must(merged_.contains(id) && !ended_.contains(id), "{} does not forward", id);
}

}  // namespace triaged::sim
