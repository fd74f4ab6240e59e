#include "engine/desk/settle.hpp"

#include <algorithm>

#include "engine/desk/policies.hpp"

namespace triaged::desk {

namespace {

bool has_room_for(const DeskPolicy& policy, const RoomKey& room, Channel channel)
{
    return room.capacity - room.used >= units_for(policy, channel, room.capacity);
}

/// Whether nobody in `group` who comes after `room` can have room for `channel`: loads only rise along the
/// order.
bool too_loaded(const DeskPolicy& policy, const Group& group, const RoomKey& room, Channel channel)
{
    const auto spare = group.capacity_max - units_for(policy, channel, group.capacity_max);
    return std::int64_t{room.used} * group.capacity_max > std::int64_t{spare} * room.capacity;
}

/// An agent who could take a ticket, with all that decides between such agents.
struct Eligible {
    std::size_t missed =
        0;  // 0: did not miss this ticket; else 1 for the one whose miss is oldest, and so on
    RoomKey room;

    bool operator<(const Eligible& other) const
    {
        return missed != other.missed ? missed < other.missed : room < other.room;
    }
};

/// The first key on which `loser` loses to `winner`.
std::string_view losing_key(const Eligible& winner, const Eligible& loser)
{
    if (winner.missed != loser.missed) return "missed";
    if (RoomKey::less_loaded(winner.room, loser.room)) return "load";
    return winner.room.idle_since != loser.room.idle_since ? "idle" : "id";
}

/// The best of the agents who can take a ticket, at most the winner and the losers a record keeps.
class Contest {
public:
    static constexpr std::size_t places = 1 + losing_candidates_max;

    Contest(const DeskPolicy& policy, const State& state, const Ticket& ticket)
    {
        for (const auto id : state.board[ticket.bucket].served_by) enter(policy, state.board[id], ticket);
    }

    const std::vector<Eligible>& best() const { return best_; }

private:
    void enter(const DeskPolicy& policy, const Group& group, const Ticket& ticket)
    {
        std::size_t entered = 0;
        for (const auto& room : group.with_room) {
            if (entered == places || too_loaded(policy, group, room, ticket.channel)) return;
            if (!has_room_for(policy, room, ticket.channel) || ticket.declined_by(room.agent->slot)) continue;
            const Eligible eligible{missed(ticket, *room.agent), room};
            if (eligible.missed == 0)
                ++entered;  // those after lose to these; those who missed it may not be counted
            place(eligible);
        }
    }

    void place(const Eligible& eligible)
    {
        const auto at = std::upper_bound(best_.begin(), best_.end(), eligible);
        if (at == best_.end() && best_.size() == places) return;
        best_.insert(at, eligible);
        if (best_.size() > places) best_.pop_back();
    }

    static std::size_t missed(const Ticket& ticket, const Agent& agent)
    {
        const auto* const refusal = ticket.refusal_by(agent.slot);
        return refusal == nullptr ? 0
                                  : 1 + static_cast<std::size_t>(refusal - ticket.extras->refusals.data());
    }

    std::vector<Eligible> best_;
};

/// Whether anybody in `group` has room for `channel` and, if there is a ticket, has not declined it.
bool can_take(const DeskPolicy& policy, const Group& group, Channel channel, const Ticket* ticket)
{
    for (const auto& room : group.with_room) {
        if (too_loaded(policy, group, room, channel)) return false;
        if (!has_room_for(policy, room, channel)) continue;
        if (ticket == nullptr || !ticket->declined_by(room.agent->slot)) return true;
    }
    return false;
}

}  // namespace

int units_for(const DeskPolicy& policy, Channel channel, int capacity)
{
    return std::max(1, std::min(policy.units(channel), capacity));
}

Settler::Settler(const DeskPolicy& policy, const State& state) : policy_(policy), state_(state)
{
    for (const auto id : state.board.stirred_buckets()) consider(id);
    for (const auto id : state.board.stirred_groups()) consider(id);
}

void Settler::consider(const Source& source)
{
    const auto key = std::visit([&](auto stirred) { return first(stirred); }, source);
    if (!key) return;
    heap_.push_back({*key, source});
    std::push_heap(heap_.begin(), heap_.end(), Later{});
}

/// The first ticket of a bucket that somebody can take.
std::optional<WaitingKey> Settler::first(BucketId id) const
{
    const auto& bucket = state_.board[id];
    const auto somebody = [&](const Ticket* ticket) {
        return std::any_of(bucket.served_by.begin(), bucket.served_by.end(), [&](GroupId group) {
            return can_take(policy_, state_.board[group], bucket.channel, ticket);
        });
    };
    if (bucket.waiting.empty() || !somebody(nullptr)) return std::nullopt;
    for (const auto& key : bucket.waiting)  // goes beyond the first only past tickets that all these declined
        if (!key.ticket->extras || somebody(key.ticket)) return key;
    return std::nullopt;
}

/// The first ticket that somebody of a group can take.
std::optional<WaitingKey> Settler::first(GroupId id) const
{
    const auto& group = state_.board[id];
    std::optional<WaitingKey> best;
    if (group.with_room.empty()) return best;
    for (const auto served : group.serves) {
        const auto& bucket = state_.board[served];
        if (bucket.waiting.empty() || !can_take(policy_, group, bucket.channel, nullptr)) continue;
        for (const auto& key : bucket.waiting) {
            if (best && *best < key) break;
            if (key.ticket->extras && !can_take(policy_, group, bucket.channel, key.ticket)) continue;
            best = key;
            break;
        }
    }
    return best;
}

std::optional<OfferMade> Settler::next(Instant now)
{
    while (!heap_.empty()) {
        const auto top = heap_.front();
        const auto fresh = std::visit([&](auto stirred) { return first(stirred); }, top.source);
        if (fresh && *fresh == top.key) break;
        // Offers made since have taken the ticket or the room. What there is now can only come later in
        // order.
        std::pop_heap(heap_.begin(), heap_.end(), Later{});
        heap_.pop_back();
        consider(top.source);
    }
    if (heap_.empty()) return std::nullopt;
    const auto& ticket = *heap_.front().key.ticket;
    const auto best = Contest(policy_, state_, ticket).best();
    check(!best.empty(), "a candidate is a ticket that somebody can take");
    const auto& winner = *best.front().room.agent;
    OfferMade offer{ticket.id,
                    winner.id,
                    units_for(policy_, ticket.channel, winner.capacity),
                    now + policy_.offer_ttl,
                    {}};
    for (auto loser = best.begin() + 1; loser != best.end(); ++loser)
        offer.losers.push_back({loser->room.agent->id, std::string(losing_key(best.front(), *loser))});
    return offer;
}

}  // namespace triaged::desk
