#include "engine/desk/why_not.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/desk/contest.hpp"

namespace triaged::desk {

namespace {

std::string spelt(const Skills& skills, const std::string& name)
{
    for (const auto& skill : skills)
        if (skill.name == name) return fmt::format("{} {}", name, skill.level);
    return "no " + name;
}

void add_presence(const Agent& agent, WhyNot& why)
{
    if (agent.available()) return;
    auto text = fmt::format("{} is {}", agent.id.value, to_string(agent.presence));
    if (!agent.reason.empty()) text += fmt::format(": {}", agent.reason);
    why.reasons.push_back({"presence", std::move(text)});
}

void add_skills(const Skills& needs, const Agent& agent, WhyNot& why)
{
    for (const auto& need : needs)
        if (!covers(agent.skills, {need}))
            why.reasons.push_back({"skill", fmt::format("it needs {} {}; {} has {}", need.name, need.level,
                                                        agent.id.value, spelt(agent.skills, need.name))});
}

void add_room(const DeskPolicy& policy, const Ticket& ticket, const Agent& agent, WhyNot& why)
{
    const int units = units_for(policy, ticket.channel, agent.capacity);
    if (can_hold(policy, room_key(agent), ticket.channel)) return;
    int wrapping_up = 0;
    for (const auto& wrap_up : agent.wrap_ups) wrapping_up += wrap_up.units;
    auto text = fmt::format("{} takes {} of {} units, and {} are in use", to_string(ticket.channel), units,
                            agent.capacity, agent.used);
    if (wrapping_up > 0) text += fmt::format(", {} of them by wrap-up", wrapping_up);
    if (agent.yielding > 0)
        text += fmt::format(", {} of them by work that may be interrupted", agent.yielding);
    why.reasons.push_back({"room", std::move(text)});
}

/// The waiting tickets of the agent's group that come before `ticket`.
void add_queue_order(const State& state, const Ticket& ticket, const Agent& agent, WhyNot& why)
{
    const WaitingKey own{ticket.queued_as, &ticket};
    std::vector<WaitingKey> first;
    for (const auto id : state.board[agent.group].serves) {
        std::size_t of_bucket = 0;
        for (const auto& key : state.board[id].waiting) {
            if (!(key < own) || why.before_count == before_counted_max) break;
            if (key.ticket->declined_by(agent.slot)) continue;
            ++why.before_count;
            if (++of_bucket <= before_max) first.push_back(key);
        }
    }
    std::sort(first.begin(), first.end());
    if (first.size() > before_max) first.resize(before_max);
    for (const auto& key : first) why.before.push_back(key.ticket->id);
}

/// Who has it, and by which key they come before the agent with their loads less this ticket.
void add_comparison(const DeskPolicy& policy, const State& state, const Ticket& ticket, const Agent& agent,
                    Instant now, WhyNot& why)
{
    const auto& holder = state.agent(ticket.agent);
    const auto& queue = queue_of(policy, state, ticket.queue);
    const auto sticky = sticky_agent(state, queue, ticket, now);
    const auto room = without(room_key(holder), ticket);
    const auto theirs = eligible(policy, state, ticket, room, sticky);
    const auto ours = eligible(policy, state, ticket, room_key(agent), sticky);
    const auto found = compare(queue.strategy, theirs, ours);
    const auto has = ticket.phase == TicketPhase::offered ? "is offered it" : "has it";
    if (found.sign < 0)
        why.reasons.push_back({std::string(found.key),
                               fmt::format("{} {} and comes first by {}", holder.id.value, has, found.key)});
    else
        why.reasons.push_back({"holder", fmt::format("{} {}, from before {} could take it", holder.id.value,
                                                     has, agent.id.value)});
}

}  // namespace

Result<WhyNot> why_not(const DeskPolicy& policy, const State& state, TicketId id, const AgentId& agent_id,
                       Instant now)
{
    const auto* const ticket = state.find(id);
    if (ticket == nullptr || !ticket->routed())
        return fail(ErrorCode::unknown_ticket, fmt::format("no open ticket {}", to_string(id)));
    const auto* const agent = state.find(agent_id);
    if (agent == nullptr)
        return fail(ErrorCode::unknown_agent, fmt::format("agent '{}' has not signed in", agent_id.value));
    WhyNot why;
    if (ticket->held_by(agent->slot)) {
        why.holds = true;
        return why;
    }
    add_presence(*agent, why);
    add_skills(state.skill_sets.skills(ticket->needs), *agent, why);
    if (ticket->declined_by(agent->slot))
        why.reasons.push_back({"declined", fmt::format("{} has declined it", agent_id.value)});
    if (ticket->parked())
        why.reasons.push_back(
            {"held", fmt::format("it is held for {}", to_string(problem_of(state, *ticket)->id))});
    add_room(policy, *ticket, *agent, why);
    if (queue_of(policy, state, ticket->queue).pull)
        why.reasons.push_back({"mode", fmt::format("nobody is offered tickets of {}: agents take them",
                                                   state.symbols.text(ticket->queue))});
    if (ticket->phase == TicketPhase::waiting)
        add_queue_order(state, *ticket, *agent, why);
    else if (why.reasons.empty())
        add_comparison(policy, state, *ticket, *agent, now, why);
    return why;
}

std::string render(TicketId ticket, const AgentId& agent, const WhyNot& why)
{
    if (why.holds) return fmt::format("{} is with {}\n", to_string(ticket), agent.value);
    auto out = fmt::format("why {} is not with {}:\n", to_string(ticket), agent.value);
    for (const auto& reason : why.reasons) out += fmt::format("  {:<9} {}\n", reason.key, reason.text);
    if (why.before_count > 0) {
        std::vector<std::string> names;
        for (const auto id : why.before) names.push_back(to_string(id));
        const auto more = why.before_count - names.size();
        out += fmt::format("  {:<9} {}{} of what {} serves come first: {}{}\n", "order",
                           why.before_count == before_counted_max ? "at least " : "", why.before_count,
                           agent.value, fmt::join(names, " "), more > 0 ? " …" : "");
    }
    if (why.reasons.empty() && why.before_count == 0) out += "  nothing stands between them\n";
    return out;
}

}  // namespace triaged::desk
