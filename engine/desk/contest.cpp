#include "engine/desk/contest.hpp"

#include <algorithm>

namespace triaged::desk {

namespace {

/// The levels an agent with `has` brings to what `needs` asks for. \pre both sorted by name.
int skill_score(const Skills& has, const Skills& needs)
{
    int score = 0;
    auto skill = has.begin();
    for (const auto& need : needs) {
        while (skill != has.end() && skill->name < need.name) ++skill;
        if (skill != has.end() && skill->name == need.name) score += skill->level;
    }
    return score;
}

Comparison by_load(const Eligible& a, const Eligible& b)
{
    return {"load", RoomKey::by_load(a.room, b.room)};
}
Comparison by_firm_load(const Eligible& a, const Eligible& b)
{
    const auto left = std::int64_t{a.room.firm()} * b.room.capacity;
    const auto right = std::int64_t{b.room.firm()} * a.room.capacity;
    return {"load", left < right ? -1 : right < left ? 1 : 0};
}
Comparison by_idle(const Eligible& a, const Eligible& b)
{
    return {"idle", RoomKey::by_idle(a.room, b.room)};
}
Comparison by_idle_time(const Eligible& a, const Eligible& b)
{
    const auto left = a.room.idle_since;
    const auto right = b.room.idle_since;
    return {"idle", left < right ? -1 : right < left ? 1 : 0};
}
Comparison by_skill(const Eligible& a, const Eligible& b) { return {"skill", b.skill - a.skill}; }
Comparison by_turn(const Eligible& a, const Eligible& b)
{
    return {"turn", a.room.turn < b.room.turn ? -1 : b.room.turn < a.room.turn ? 1 : 0};
}
Comparison by_id(const Eligible& a, const Eligible& b)
{
    const auto& left = a.room.agent->id;
    const auto& right = b.room.agent->id;
    return {"id", left < right ? -1 : right < left ? 1 : 0};
}

using Key = Comparison (*)(const Eligible&, const Eligible&);

Comparison first_that_differs(const Eligible& a, const Eligible& b, std::initializer_list<Key> keys)
{
    for (const auto key : keys)
        if (const auto found = key(a, b); found.sign != 0) return found;
    return by_id(a, b);
}

}  // namespace

int units_for(const DeskPolicy& policy, Channel channel, int capacity)
{
    return std::max(1, std::min(policy.units(channel), capacity));
}

bool has_room_for(const DeskPolicy& policy, const RoomKey& room, Channel channel)
{
    return room.has_room(units_for(policy, channel, room.capacity));
}

bool interrupts(const DeskPolicy& policy, const RoomKey& room, Channel channel)
{
    const int units = units_for(policy, channel, room.capacity);
    return policy.may_interrupt(channel) && !room.has_room(units) && room.could_interrupt(units);
}

bool can_hold(const DeskPolicy& policy, const RoomKey& room, Channel channel)
{
    return has_room_for(policy, room, channel) || interrupts(policy, room, channel);
}

bool too_loaded(const DeskPolicy& policy, const Group& group, int used, int capacity, Channel channel)
{
    const auto spare = group.capacity_max - units_for(policy, channel, group.capacity_max);
    return std::int64_t{used} * group.capacity_max > std::int64_t{spare} * capacity;
}

const Queue& queue_of(const DeskPolicy& policy, const State& state, Symbol queue)
{
    static const Queue plain{};
    const auto found = policy.queues.find(QueueName(state.symbols.text(queue)));
    return found == policy.queues.end() ? plain : found->second;
}

AgentSlot sticky_agent(const State& state, const Queue& queue, const Ticket& ticket, Instant now)
{
    if (queue.sticky.count() == 0 || ticket.customer == CustomerSlot::none) return AgentSlot::none;
    const auto& customer = state.customer(ticket.customer);
    const bool fresh = customer.last_agent != AgentSlot::none && now < customer.last_agent_at + queue.sticky;
    return fresh ? customer.last_agent : AgentSlot::none;
}

Eligible eligible(const DeskPolicy& policy, const State& state, const Ticket& ticket, const RoomKey& room,
                  AgentSlot sticky)
{
    const auto& agent = *room.agent;
    Eligible found;
    if (const auto* const refusal = ticket.refusal_by(agent.slot))
        found.missed = 1 + static_cast<std::size_t>(refusal - ticket.extras->refusals.data());
    found.interrupts = interrupts(policy, room, ticket.channel);
    found.sticky = sticky == agent.slot;
    found.skill = skill_score(agent.skills, state.skill_sets.skills(ticket.needs));
    found.room = room;
    return found;
}

Comparison compare(Strategy strategy, const Eligible& a, const Eligible& b)
{
    if (a.missed != b.missed) return {"missed", a.missed < b.missed ? -1 : 1};
    if (a.interrupts != b.interrupts) return {"interrupts", b.interrupts ? -1 : 1};
    if (a.sticky != b.sticky) return {"sticky", a.sticky ? -1 : 1};
    if (a.interrupts) {  // by what they could not leave, whatever the strategy: of these all are busy
        if (strategy == Strategy::best_skill)
            return first_that_differs(a, b, {by_skill, by_firm_load, by_idle_time});
        return first_that_differs(a, b, {by_firm_load, by_idle_time});
    }
    switch (strategy) {
        case Strategy::least_loaded:
            return first_that_differs(a, b, {by_load, by_idle_time});
        case Strategy::longest_idle:
            return first_that_differs(a, b, {by_idle, by_load});
        case Strategy::best_skill:
            return first_that_differs(a, b, {by_skill, by_load, by_idle_time});
        case Strategy::round_robin:
            break;
    }
    return first_that_differs(a, b, {by_turn});
}

Contest::Contest(const DeskPolicy& policy, const State& state, const Queue& queue, const Ticket& ticket,
                 Instant now)
    : policy_(policy),
      state_(state),
      ticket_(ticket),
      strategy_(queue.strategy),
      sticky_(sticky_agent(state, queue, ticket, now))
{
    if (sticky_ != AgentSlot::none) enter_sticky();
    const auto& board = state.board;
    board.any_with_room(board[ticket.bucket], [&](GroupId group) {
        enter(group);
        if (policy.may_interrupt(ticket.channel)) enter_interrupted(group);
        return false;  // all of them are to enter
    });
}

/// They may stand far behind in their group's order, so they are looked at by themselves.
void Contest::enter_sticky()
{
    const auto& agent = state_.agent(sticky_);
    const auto& served_by = state_.board[ticket_.bucket].served_by;
    if (std::find(served_by.begin(), served_by.end(), agent.group) == served_by.end()) return;
    const auto found = eligible(policy_, state_, ticket_, room_key(agent), sticky_);
    if (agent.available() && may_take(found.room)) place(found);
}

void Contest::enter(GroupId group)
{
    const auto& board = state_.board;
    if (strategy_ == Strategy::longest_idle) return enter(group, board.by_idle(group), false);
    if (strategy_ == Strategy::round_robin) return enter(group, board.by_turn(group), false);
    enter(group, board[group].with_room, true);
}

template <class Order>
void Contest::enter(GroupId group, const Order& order, bool by_load)
{
    std::size_t entered = 0;
    for (const auto& room : order) {
        if (entered == places) return;
        if (by_load && too_loaded(policy_, state_.board[group], room.used, room.capacity, ticket_.channel))
            return;
        if (room.agent->slot == sticky_ || !has_room_for(policy_, room, ticket_.channel) || !may_take(room))
            continue;
        const auto found = eligible(policy_, state_, ticket_, room, sticky_);
        // Those after lose to these; those who missed it may not be counted.
        if (found.missed == 0) ++entered;
        place(found);
    }
}

/// Those who would have to be interrupted: they come after everybody who need not be.
void Contest::enter_interrupted(GroupId id)
{
    const auto& group = state_.board[id];
    std::size_t entered = 0;
    for (const auto& room : group.interruptible) {
        if (entered == places) return;
        if (too_loaded(policy_, group, room.firm(), room.capacity, ticket_.channel)) return;
        if (room.agent->slot == sticky_ || !interrupts(policy_, room, ticket_.channel) || !may_take(room))
            continue;
        const auto found = eligible(policy_, state_, ticket_, room, sticky_);
        if (found.missed == 0) ++entered;
        place(found);
    }
}

bool Contest::may_take(const RoomKey& room) const
{
    const auto slot = room.agent->slot;
    return can_hold(policy_, room, ticket_.channel) && !ticket_.declined_by(slot) && !ticket_.held_by(slot);
}

void Contest::place(const Eligible& eligible)
{
    const auto before = [&](const Eligible& a, const Eligible& b) {
        return compare(strategy_, a, b).sign < 0;
    };
    const auto at = std::upper_bound(best_.begin(), best_.end(), eligible, before);
    if (at == best_.end() && best_.size() == places) return;
    best_.insert(at, eligible);
    if (best_.size() > places) best_.pop_back();
}

}  // namespace triaged::desk
