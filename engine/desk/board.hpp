// The board: which tickets wait where, which agents have room, and who may serve what.
//
// Waiting tickets lie in buckets, one for each (queue, needs, channel), so that all tickets of a bucket suit
// the same agents but for refusals. Agents with the same skills form a group. Which groups serve which
// buckets is worked out when a bucket or a group first appears, never per ticket.

#pragma once

#include <algorithm>
#include <deque>
#include <memory>
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

/// An agent with room, with all that decides between such agents.
struct RoomKey {
    int used = 0;
    int yielding = 0;  // of these
    int capacity = 1;
    Instant idle_since;
    std::uint64_t turn = 0;  // the number of their last offer's event
    const Agent* agent = nullptr;

    /// Units at which they must not be interrupted.
    int firm() const { return used - yielding; }
    /// Whether they have units free, and whether they would if they were interrupted.
    bool has_room(int units) const { return capacity - used >= units; }
    bool could_interrupt(int units) const { return yielding > 0 && capacity - firm() >= units; }

    /// Compares the loads as fractions, exactly.
    static bool less_loaded(const RoomKey& a, const RoomKey& b)
    {
        return std::int64_t{a.used} * b.capacity < std::int64_t{b.used} * a.capacity;
    }
    /// Less than 0 if `a` has the smaller load, more if `b` has, else 0.
    static int by_load(const RoomKey& a, const RoomKey& b)
    {
        return less_loaded(a, b) ? -1 : less_loaded(b, a) ? 1 : 0;
    }
    /// Agents who hold work come after those who hold none: they are not idle.
    static int by_idle(const RoomKey& a, const RoomKey& b)
    {
        if ((a.used > 0) != (b.used > 0)) return a.used > 0 ? 1 : -1;
        return a.idle_since < b.idle_since ? -1 : b.idle_since < a.idle_since ? 1 : 0;
    }
};

RoomKey room_key(const Agent& agent);
/// The same once the agent of `room` no longer holds the ticket.
RoomKey without(RoomKey room, const Ticket& ticket);

/// Least loaded, then longest idle, then by id.
struct LoadOrder {
    bool operator()(const RoomKey& a, const RoomKey& b) const
    {
        if (const int load = RoomKey::by_load(a, b); load != 0) return load < 0;
        return std::tie(a.idle_since, a.agent->id) < std::tie(b.idle_since, b.agent->id);
    }
};

/// As by load, but only what they must not be interrupted at counts.
struct FirmOrder {
    bool operator()(const RoomKey& a, const RoomKey& b) const
    {
        const auto left = std::int64_t{a.firm()} * b.capacity;
        const auto right = std::int64_t{b.firm()} * a.capacity;
        if (left != right) return left < right;
        return std::tie(a.idle_since, a.agent->id) < std::tie(b.idle_since, b.agent->id);
    }
};

/// Longest idle, then least loaded, then by id.
struct IdleOrder {
    bool operator()(const RoomKey& a, const RoomKey& b) const
    {
        if (const int idle = RoomKey::by_idle(a, b); idle != 0) return idle < 0;
        if (const int load = RoomKey::by_load(a, b); load != 0) return load < 0;
        return a.agent->id < b.agent->id;
    }
};

/// Whose last offer is longest ago, then by id.
struct TurnOrder {
    bool operator()(const RoomKey& a, const RoomKey& b) const
    {
        return std::tie(a.turn, a.agent->id) < std::tie(b.turn, b.agent->id);
    }
};

using ByLoad = absl::btree_set<RoomKey, LoadOrder>;
using ByFirmLoad = absl::btree_set<RoomKey, FirmOrder>;
using ByIdle = absl::btree_set<RoomKey, IdleOrder>;
using ByTurn = absl::btree_set<RoomKey, TurnOrder>;

struct Bucket {
    Symbol queue = Symbol::empty;
    SkillSetId needs = SkillSetId::none;
    Channel channel = Channel::email;
    bool stirred = false;
    std::vector<GroupId> served_by;  // sorted
    absl::btree_set<WaitingKey> waiting;
    Duration beyond_max{};  // how far a place here ever lay beyond the time its ticket came
};

struct Group {
    SkillSetId has = SkillSetId::none;
    int capacity_max = 1;  // at least that of every member
    bool stirred = false;
    std::uint64_t available = 0;   // members who are
    std::vector<BucketId> serves;  // sorted
    ByLoad with_room;              // available, and fewer units used than there are
    ByFirmLoad interruptible;      // available, and fewer units used firmly than there are, but some not
    // The same in other orders; null until a queue's strategy first asks.
    std::unique_ptr<ByIdle> by_idle;
    std::unique_ptr<ByTurn> by_turn;

    /// Whether nobody has room or may be interrupted.
    bool is_full() const { return with_room.empty() && interruptible.empty(); }
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
    const std::vector<BucketId>& buckets_of(Symbol queue) const;
    /// The first ticket that waits in a bucket; its `ticket` is null if none does.
    const WaitingKey& front(BucketId id) const { return fronts_[static_cast<std::size_t>(id)]; }
    /// Whether `look` says so of a group that serves the bucket and is not full; it is asked of them in order
    /// until one says so.
    template <class Look>
    bool any_with_room(const Bucket& bucket, const Look& look) const;
    /// The agents of a group with room, in another order than by load. It is made when first asked for and
    /// kept up from then on, so that desks which never ask do not pay for it.
    const ByIdle& by_idle(GroupId id) const;
    const ByTurn& by_turn(GroupId id) const;
    const std::deque<Group>& groups() const { return groups_; }
    /// By queue; a queue no ticket has stood on is not there.
    const absl::flat_hash_map<Symbol, QueueCounts>& counts() const { return counts_; }

    /// Takes up a ticket that is routed, wherever its phase belongs. A waiting one stirs its bucket.
    void put(const Ticket& ticket);
    /// Undoes `put`. \pre nothing of the ticket has changed in between.
    void take(const Ticket& ticket);

    /// Takes up an agent, if they have room or may be interrupted.
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
    mutable std::deque<Group> groups_;  // their further orders are made on demand
    // Beside the structures they are about, because many of them are looked at to find the one that matters.
    std::vector<WaitingKey> fronts_;      // by BucketId
    absl::btree_set<GroupId> with_room_;  // groups that are not full
    absl::flat_hash_map<std::tuple<Symbol, SkillSetId, Channel>, BucketId> bucket_ids_;
    absl::flat_hash_map<Symbol, std::vector<BucketId>> queue_buckets_;
    absl::flat_hash_map<SkillSetId, GroupId> group_ids_;
    absl::flat_hash_map<Symbol, QueueCounts> counts_;
    std::vector<BucketId> stirred_buckets_;
    std::vector<GroupId> stirred_groups_;
};

template <class Look>
bool Board::any_with_room(const Bucket& bucket, const Look& look) const
{
    const auto& served_by = bucket.served_by;
    if (with_room_.size() < served_by.size())  // most are busy
        return std::any_of(with_room_.begin(), with_room_.end(), [&](GroupId group) {
            return std::binary_search(served_by.begin(), served_by.end(), group) && look(group);
        });
    return std::any_of(served_by.begin(), served_by.end(),
                       [&](GroupId group) { return !(*this)[group].is_full() && look(group); });
}

}  // namespace triaged::desk
