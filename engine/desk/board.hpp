// The board: which tickets wait where, which agents have room, and who may serve what.
//
// Waiting tickets lie in buckets, one for each (queue, needs, channel), so that all tickets of a bucket suit the
// same agents but for refusals. Agents with the same skills form a group. Which groups serve which buckets is worked
// out when a bucket or a group first appears, never per ticket.

#pragma once

#include <deque>
#include <map>
#include <tuple>
#include <vector>

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include "engine/desk/records.hpp"

namespace triaged::desk {

/// A ticket's place among those that wait.
struct WaitingKey {
    Instant queued_as;
    const Ticket* ticket = nullptr;

    bool operator==(const WaitingKey&) const = default;
    bool operator<(const WaitingKey& other) const
    {
        return queued_as != other.queued_as ? queued_as < other.queued_as : ticket->id < other.ticket->id;
    }
};

/// An agent's place among those with room: least loaded by share of capacity, then longest idle, then by id.
struct RoomKey {
    int used = 0;
    int capacity = 1;
    Instant idle_since;
    const Agent* agent = nullptr;

    /// Compares the loads as fractions, exactly.
    static bool less_loaded(const RoomKey& a, const RoomKey& b)
    {
        return std::int64_t{a.used} * b.capacity < std::int64_t{b.used} * a.capacity;
    }
    bool operator<(const RoomKey& other) const
    {
        if (less_loaded(*this, other)) return true;
        if (less_loaded(other, *this)) return false;
        return std::tie(idle_since, agent->id) < std::tie(other.idle_since, other.agent->id);
    }
};

struct Bucket {
    Symbol queue = Symbol::empty;
    SkillSetId needs = SkillSetId::none;
    Channel channel = Channel::email;
    bool stirred = false;
    std::vector<GroupId> served_by;
    absl::btree_set<WaitingKey> waiting;
};

struct Group {
    SkillSetId has = SkillSetId::none;
    int capacity_max = 1;  // at least that of every member
    bool stirred = false;
    std::vector<BucketId> serves;
    absl::btree_set<RoomKey> with_room;  // available, and fewer units used than there are
};

/// How many tickets of a queue are in each phase.
struct QueueCounts {
    std::uint64_t waiting = 0;
    std::uint64_t offered = 0;
    std::uint64_t assigned = 0;
};

class Board {
public:
    BucketId bucket(const SkillSetTable& sets, Symbol queue, SkillSetId needs, Channel channel);
    GroupId group(const SkillSetTable& sets, SkillSetId has);

    const Bucket& operator[](BucketId id) const { return buckets_[static_cast<std::size_t>(id)]; }
    const Group& operator[](GroupId id) const { return groups_[static_cast<std::size_t>(id)]; }
    const std::deque<Bucket>& buckets() const { return buckets_; }
    /// By queue; a queue no ticket has stood on is not there.
    const absl::flat_hash_map<Symbol, QueueCounts>& counts() const { return counts_; }

    /// Takes up a ticket that is routed, wherever its phase belongs. A waiting one stirs its bucket.
    void put(const Ticket& ticket);
    /// Undoes `put`. \pre nothing of the ticket has changed in between.
    void take(const Ticket& ticket);

    /// Takes up an agent, if they have room.
    void put(const Agent& agent);
    /// Undoes `put`. \pre nothing of the agent has changed in between.
    void take(const Agent& agent);

    /// Notes that the agent may be able to take more than before.
    void stir(const Agent& agent) { stir(agent.group); }
    /// Notes that anything may have become possible, as after a change of policy.
    void stir_all();
    const std::vector<BucketId>& stirred_buckets() const { return stirred_buckets_; }
    const std::vector<GroupId>& stirred_groups() const { return stirred_groups_; }
    /// Everything stirred has been looked at.
    void settled();

private:
    void stir(BucketId id);
    void stir(GroupId id);
    std::uint64_t& count(const Ticket& ticket);

    std::deque<Bucket> buckets_;
    std::deque<Group> groups_;
    std::map<std::tuple<Symbol, SkillSetId, Channel>, BucketId> bucket_ids_;
    absl::flat_hash_map<SkillSetId, GroupId> group_ids_;
    absl::flat_hash_map<Symbol, QueueCounts> counts_;
    std::vector<BucketId> stirred_buckets_;
    std::vector<GroupId> stirred_groups_;
};

}  // namespace triaged::desk
