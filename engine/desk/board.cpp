#include "engine/desk/board.hpp"

#include <algorithm>

namespace triaged::desk {

namespace {

bool has_room(const Agent& agent) { return agent.available() && agent.used < agent.capacity; }

bool may_be_interrupted(const Agent& agent)
{
    return agent.available() && room_key(agent).could_interrupt(1);
}

}  // namespace

RoomKey room_key(const Agent& agent)
{
    return {agent.used, agent.yielding, agent.capacity, agent.idle_since, agent.last_offer, &agent};
}

RoomKey without(RoomKey room, const Ticket& ticket)
{
    const int units = ticket.units_of(room.agent->slot);
    room.used -= units;
    if (ticket.yields) room.yielding -= units;
    return room;
}

BucketId Board::bucket(const SkillSetTable& sets, Symbol queue, SkillSetId needs, Channel channel)
{
    const auto next = static_cast<BucketId>(buckets_.size());
    const auto [known, added] = bucket_ids_.try_emplace(std::tuple(queue, needs, channel), next);
    if (!added) return known->second;
    fronts_.emplace_back();
    queue_buckets_[queue].push_back(next);
    auto& bucket = buckets_.emplace_back();
    bucket.queue = queue;
    bucket.needs = needs;
    bucket.channel = channel;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        if (!covers(sets.skills(groups_[i].has), sets.skills(needs))) continue;
        groups_[i].serves.push_back(next);
        bucket.served_by.push_back(static_cast<GroupId>(i));
    }
    return next;
}

const std::vector<BucketId>& Board::buckets_of(Symbol queue) const
{
    static const std::vector<BucketId> none;
    const auto found = queue_buckets_.find(queue);
    return found == queue_buckets_.end() ? none : found->second;
}

GroupId Board::group(const SkillSetTable& sets, SkillSetId has)
{
    const auto next = static_cast<GroupId>(groups_.size());
    const auto [known, added] = group_ids_.try_emplace(has, next);
    if (!added) return known->second;
    auto& group = groups_.emplace_back();
    group.has = has;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        if (!covers(sets.skills(has), sets.skills(buckets_[i].needs))) continue;
        buckets_[i].served_by.push_back(next);
        group.serves.push_back(static_cast<BucketId>(i));
    }
    return next;
}

std::uint64_t& Board::count(const Ticket& ticket)
{
    auto& counts = counts_[ticket.queue];
    switch (ticket.phase) {
        case TicketPhase::waiting:
            return counts.waiting;
        case TicketPhase::offered:
            return counts.offered;
        case TicketPhase::assigned:
            break;
    }
    return counts.assigned;
}

void Board::put(const Ticket& ticket)
{
    if (!ticket.routed()) return;
    ++count(ticket);
    if (!ticket.waits() || ticket.parked()) return;
    auto& bucket = buckets_[static_cast<std::size_t>(ticket.bucket)];
    const WaitingKey key{ticket.queued_as, &ticket};
    bucket.waiting.insert(key);
    bucket.beyond_max = std::max(bucket.beyond_max, ticket.queued_as - ticket.enqueued_at);
    auto& front = fronts_[static_cast<std::size_t>(ticket.bucket)];
    if (front.ticket == nullptr || key < front) front = key;
    stir(ticket.bucket);
}

void Board::take(const Ticket& ticket)
{
    if (!ticket.routed()) return;
    --count(ticket);
    if (!ticket.waits() || ticket.parked()) return;
    auto& waiting = buckets_[static_cast<std::size_t>(ticket.bucket)].waiting;
    const auto erased = waiting.erase({ticket.queued_as, &ticket});
    check(erased == 1, "a waiting ticket lies in its bucket");
    auto& front = fronts_[static_cast<std::size_t>(ticket.bucket)];
    if (front.ticket == &ticket) front = waiting.empty() ? WaitingKey{} : *waiting.begin();
}

void Board::put(const Agent& agent)
{
    auto& group = groups_[static_cast<std::size_t>(agent.group)];
    group.capacity_max = std::max(group.capacity_max, agent.capacity);
    if (agent.available()) ++group.available;
    const auto key = room_key(agent);
    const bool was_full = group.is_full();
    if (may_be_interrupted(agent)) group.interruptible.insert(key);
    if (has_room(agent)) {
        group.with_room.insert(key);
        if (group.by_idle) group.by_idle->insert(key);
        if (group.by_turn) group.by_turn->insert(key);
    }
    if (was_full && !group.is_full()) with_room_.insert(agent.group);
}

void Board::take(const Agent& agent)
{
    auto& group = groups_[static_cast<std::size_t>(agent.group)];
    if (agent.available()) --group.available;
    const auto key = room_key(agent);
    const bool was_full = group.is_full();
    if (may_be_interrupted(agent)) group.interruptible.erase(key);
    if (has_room(agent)) {
        const auto erased = group.with_room.erase(key);
        check(erased == 1, "an agent with room is known to their group");
        if (group.by_idle) group.by_idle->erase(key);
        if (group.by_turn) group.by_turn->erase(key);
    }
    if (!was_full && group.is_full()) with_room_.erase(agent.group);
}

const ByIdle& Board::by_idle(GroupId id) const
{
    auto& group = groups_[static_cast<std::size_t>(id)];
    if (!group.by_idle)
        group.by_idle = std::make_unique<ByIdle>(group.with_room.begin(), group.with_room.end());
    return *group.by_idle;
}

const ByTurn& Board::by_turn(GroupId id) const
{
    auto& group = groups_[static_cast<std::size_t>(id)];
    if (!group.by_turn)
        group.by_turn = std::make_unique<ByTurn>(group.with_room.begin(), group.with_room.end());
    return *group.by_turn;
}

void Board::stir(BucketId id)
{
    auto& bucket = buckets_[static_cast<std::size_t>(id)];
    if (bucket.stirred) return;
    bucket.stirred = true;
    stirred_buckets_.push_back(id);
}

void Board::stir(GroupId id)
{
    auto& group = groups_[static_cast<std::size_t>(id)];
    if (group.stirred) return;
    group.stirred = true;
    stirred_groups_.push_back(id);
}

void Board::stir_all()
{
    for (std::size_t i = 0; i < buckets_.size(); ++i) stir(static_cast<BucketId>(i));
}

void Board::settled()
{
    for (const auto id : stirred_buckets_) buckets_[static_cast<std::size_t>(id)].stirred = false;
    for (const auto id : stirred_groups_) groups_[static_cast<std::size_t>(id)].stirred = false;
    stirred_buckets_.clear();
    stirred_groups_.clear();
}

}  // namespace triaged::desk
