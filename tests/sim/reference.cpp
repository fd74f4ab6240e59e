#include "tests/sim/reference.hpp"

#include <algorithm>
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
    sum_up();
}

ReferenceTicket& Reference::ticket(TicketId id)
{
    const auto found = open_.find(id);
    must(found != open_.end(), "{} is not open", id);
    touch(id);
    return found->second;
}

ReferenceTicket& Reference::held(TicketId id, const AgentId& agent, TicketPhase phase)
{
    auto& found = ticket(id);
    must(found.phase == phase && found.hands.contains(agent), "{} is not {} to {}", id, phase, agent.value);
    return found;
}

ReferenceAgent& Reference::agent(const AgentId& id)
{
    const auto found = agents_.find(id);
    must(found != agents_.end(), "agent {} never signed in", id.value);
    touched_.agents.insert(id);
    return found->second;
}

void Reference::on(const desk::Policies&, const Event&, const RulebookAdopted& what)
{
    rulebooks_[what.rulebook] = what.rules;
}

void Reference::on(const desk::Policies&, const Event&, const PoliciesAdopted& what)
{
    must(what.digest != policies_, "only other policies are adopted");
    policies_ = what.digest;
}

void Reference::on(const desk::Policies& policies, const Event&, const InterruptionsAllowed& what)
{
    must(what.channels != interruptible_, "only other interruptions are allowed");
    interruptible_ = what.channels;
    for (const auto channel : all_channels)
        must(policies.desk.interruptible[static_cast<std::size_t>(channel)] == is_interruptible(channel),
             "they are as configured");
}

bool Reference::is_interruptible(Channel channel) const
{
    return std::find(interruptible_.begin(), interruptible_.end(), channel) != interruptible_.end();
}

void Reference::begin_step() { before_ = sums_.tickets; }

void Reference::touch(TicketId id)
{
    changing_.push_back(id);
    touched_.tickets.insert(id);
}

Share Reference::share_of(const ReferenceTicket& ticket) const
{
    const auto queue = ticket.routed ? ticket.queue : QueueName();
    return {ticket.phase, queue, ticket.hands, ticket.yields, ticket.customer, ticket.problem};
}

void Reference::sum_up()
{
    const auto touch_those_of = [&](const Share& share) {
        for (const auto& [agent, units] : share.hands) touched_.agents.insert(agent);
        if (!share.customer.value.empty()) touched_.customers.insert(share.customer);
        if (share.problem.value != 0) touched_.problems.insert(share.problem);
    };
    for (const auto id : changing_) {
        if (const auto old = shares_.find(id); old != shares_.end()) {
            touch_those_of(old->second);
            sums_.take(id, old->second);
            shares_.erase(old);
        }
        const auto found = open_.find(id);
        if (found == open_.end()) continue;
        const auto& share = shares_[id] = share_of(found->second);
        touch_those_of(share);
        sums_.add(id, share);
    }
    changing_.clear();
}

void Sums::add(TicketId id, const Share& share)
{
    const auto phase = static_cast<std::size_t>(share.phase);
    if (!share.queue.value.empty()) ++tickets[share.queue][phase];
    for (const auto& [agent, held] : share.hands) {
        units[agent][phase] += held;
        if (share.yields) yielding[agent] += held;
    }
    if (!share.customer.value.empty()) customers[share.customer].insert(id);
}

void Sums::take(TicketId id, const Share& share)
{
    const auto phase = static_cast<std::size_t>(share.phase);
    const auto change = [](auto& sums, const auto& key, const auto& how) {
        if (key.value.empty()) return;
        const auto sum = sums.find(key);
        how(sum->second);
        if (sum->second == std::decay_t<decltype(sum->second)>{}) sums.erase(sum);
    };
    change(tickets, share.queue, [&](auto& sum) { --sum[phase]; });
    for (const auto& [agent, held] : share.hands) {
        const int less = held;
        change(units, agent, [&](auto& sum) { sum[phase] -= less; });
        if (share.yields) change(yielding, agent, [&](auto& sum) { sum -= less; });
    }
    change(customers, share.customer, [&](auto& sum) { sum.erase(id); });
}

}  // namespace triaged::sim
