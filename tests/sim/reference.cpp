#include "tests/sim/reference.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace triaged::sim {

void Reference::apply(const desk::Policies& policies, const Event& event)
{
    must(event.seq == head_ + 1, "events are numbered without gaps");
    must(event.at >= at_, "time does not run backwards");
    head_ = event.seq;
    at_ = event.at;
    try {
        std::visit([&](const auto& what) { on(policies, event, what); }, event.what);
    } catch (const std::logic_error& wrong) {
        throw std::logic_error(fmt::format("event {} {}: {}", event.seq, name_of(event.what), wrong.what()));
    }
}

ReferenceTicket& Reference::ticket(TicketId id)
{
    const auto found = open_.find(id);
    must(found != open_.end(), "{} is not open", id);
    return found->second;
}

ReferenceTicket& Reference::held(TicketId id, const AgentId& agent, TicketPhase phase)
{
    auto& found = ticket(id);
    must(found.phase == phase && found.agent == agent, "{} is not {} to {}", id, phase, agent.value);
    return found;
}

ReferenceAgent& Reference::agent(const AgentId& id)
{
    const auto found = agents_.find(id);
    must(found != agents_.end(), "agent {} never signed in", id.value);
    return found->second;
}

void Reference::on(const desk::Policies&, const Event&, const RulebookAdopted& what)
{
    rulebooks_[what.rulebook] = what.rules;
}

void Reference::begin_step()
{
    lengths_.clear();
    for (const auto& [id, ticket] : open_)
        if (ticket.routed && ticket.phase == TicketPhase::waiting) ++lengths_[ticket.queue];
}

void Reference::check_at_rest(const desk::Policies& policies, const desk::State& state) const
{
    const auto forwarded = std::count_if(merged_.begin(), merged_.end(),
                                         [&](const auto& merged) { return !ended_.contains(merged.first); });
    check_customers(state);
    must(state.problems.size() == problems_.size(), "the desk has the problems it should");
    for (const auto& [id, problem] : state.problems) {
        must(problems_.contains(id) && problems_.at(id).into == problem.into, "{} is merged elsewhere", id);
        for (const auto ticket : problem.tickets)
            must(open_.contains(ticket) && open_.at(ticket).problem == id, "{} is not one of {}", ticket, id);
    }
    must(open_.size() + ended_.size() + static_cast<std::size_t>(forwarded) == last_id_.value,
         "every ticket is open, merged into one that is, or has ended");
    for (const auto& [id, merged] : merged_) {
        must(state.root(id) == root(id), "{} forwards to another ticket", id);
        must(ended_.contains(id) || open_.contains(root(id)), "{} forwards to none", id);
    }
    must(state.merged.size() == merged_.size(), "the desk forwards what it should");
    if (policies.desk.threads.reopen.count() > 0)
        for (const auto& [id, closed] : state.closed) must(closed_.contains(id), "{} was not completed", id);
    must(state.tickets.size() == open_.size(), "the desk has the tickets it should");
    must(to_be_sent_away_.empty(), "who misses too many offers is sent away");
    check_promises(policies, state);
    for (const auto& [id, ticket] : open_) {
        const auto* const kept = state.find(id);
        must(kept != nullptr, "{} is lost", id);
        must(kept->phase == ticket.phase, "{} is in another phase", id);
        must(kept->parked() == ticket.parked, "{} is held, or is not", id);
        const auto* const problem = problem_of(state, *kept);
        must((problem == nullptr ? ProblemId{} : problem->id) == root(ticket.problem),
             "{} is another problem's", id);
        must(!ticket.parked || problem != nullptr, "{} is held for nothing", id);
        must(problem == nullptr || state.problems.at(kept->extras->problem).tickets.contains(id),
             "{} is not with its problem", id);
        must(kept->queued_as == ticket.queued_as, "{} has another place", id);
        must(kept->called_later() == ticket.called_at.has_value(), "{} is called at another time", id);
        must(kept->channel == ticket.channel, "{} is on another channel", id);
        must(state.symbols.text(kept->queue) == ticket.queue.value, "{} is on another queue", id);
        must(ticket.routed, "{} was not routed", id);
        must(ticket.phase == TicketPhase::waiting || state.agent(kept->agent).id == ticket.agent,
             "{} is with another agent", id);
        if (ticket.phase != TicketPhase::waiting || pulled(policies, ticket)) continue;
        for (const auto& [agent_id, agent] : agents_)
            must(!can_take(policies, agent_id, ticket), "{} waits while {} could take it", id,
                 agent_id.value);
    }
    for (const auto& [id, agent] : agents_) {
        const auto* const kept = state.find(id);
        must(kept != nullptr && kept->used == used(id), "{} holds other work", id.value);
        must(kept->missed == agent.missed, "{} missed another number of offers", id.value);
        bool offers = false;
        for (const auto& [ticket_id, ticket] : open_)
            offers |= ticket.phase == TicketPhase::offered && ticket.agent == id;
        must(used(id) <= agent.capacity || !offers, "{} is over capacity and still gets offers", id.value);
        must(!offers || agent.presence == Presence::available, "{} is not there and has offers", id.value);
        must(agent.presence != Presence::offline || used(id) == 0, "{} is offline and has work", id.value);
    }
}

}  // namespace triaged::sim
