#include "engine/desk/settle.hpp"

#include <algorithm>

#include "engine/desk/policies.hpp"

namespace triaged::desk {

namespace {

bool has_room_for(const DeskPolicy& policy, const RoomKey& room, Channel channel)
{
    return room.capacity - room.used >= units_for(policy, channel, room.capacity);
}

/// Whether nobody in `group` who comes after `room` can have room for `channel`: loads only rise along the order.
bool too_loaded(const DeskPolicy& policy, const Group& group, const RoomKey& room, Channel channel)
{
    const auto spare = group.capacity_max - units_for(policy, channel, group.capacity_max);
    return std::int64_t{room.used} * group.capacity_max > std::int64_t{spare} * room.capacity;
}

/// An agent who could take a ticket, with all that decides between such agents.
struct Eligible {
    std::size_t missed = 0;  // 0: did not miss this ticket; else 1 for the one whose miss is oldest, and so on
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
            if (eligible.missed == 0) ++entered;  // those after lose to these; those who missed it may not be counted
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
        return refusal == nullptr ? 0 : 1 + static_cast<std::size_t>(refusal - ticket.extras->refusals.data());
    }

    std::vector<Eligible> best_;
};

/// Whether anybody has room for the tickets of `bucket`, refusals apart.
bool anybody_for(const DeskPolicy& policy, const Board& board, const Bucket& bucket)
{
    return std::any_of(bucket.served_by.begin(), bucket.served_by.end(), [&](GroupId id) {
        for (const auto& room : board[id].with_room) {
            if (too_loaded(policy, board[id], room, bucket.channel)) return false;
            if (has_room_for(policy, room, bucket.channel)) return true;
        }
        return false;
    });
}

bool anybody_for(const DeskPolicy& policy, const State& state, const Ticket& ticket)
{
    const auto& bucket = state.board[ticket.bucket];
    return std::any_of(bucket.served_by.begin(), bucket.served_by.end(), [&](GroupId id) {
        for (const auto& room : state.board[id].with_room) {
            if (too_loaded(policy, state.board[id], room, bucket.channel)) return false;
            if (has_room_for(policy, room, bucket.channel) && !ticket.declined_by(room.agent->slot)) return true;
        }
        return false;
    });
}

}  // namespace

int units_for(const DeskPolicy& policy, Channel channel, int capacity)
{
    return std::max(1, std::min(policy.units(channel), capacity));
}

Settler::Settler(const DeskPolicy& policy, const State& state) : policy_(policy), state_(state)
{
    for (const auto id : state.board.stirred_buckets()) consider(id);
    for (const auto slot : state.board.stirred_agents()) consider(slot);
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
    if (bucket.waiting.empty() || !anybody_for(policy_, state_.board, bucket)) return std::nullopt;
    for (const auto& key : bucket.waiting)  // goes beyond the first only past tickets that all these declined
        if (!key.ticket->extras || anybody_for(policy_, state_, *key.ticket)) return key;
    return std::nullopt;
}

/// The first ticket that an agent can take.
std::optional<WaitingKey> Settler::first(AgentSlot slot) const
{
    const auto& agent = state_.agent(slot);
    if (!agent.available() || agent.used >= agent.capacity) return std::nullopt;
    const RoomKey room{agent.used, agent.capacity, agent.idle_since, &agent};
    std::optional<WaitingKey> best;
    for (const auto id : state_.board[agent.group].serves) {
        const auto& bucket = state_.board[id];
        if (bucket.waiting.empty() || !has_room_for(policy_, room, bucket.channel)) continue;
        for (const auto& key : bucket.waiting) {
            if (best && *best < key) break;
            if (key.ticket->declined_by(slot)) continue;
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
        // Offers made since have taken the ticket or the room. What there is now can only come later in order.
        std::pop_heap(heap_.begin(), heap_.end(), Later{});
        heap_.pop_back();
        consider(top.source);
    }
    if (heap_.empty()) return std::nullopt;
    const auto& ticket = *heap_.front().key.ticket;
    const auto best = Contest(policy_, state_, ticket).best();
    check(!best.empty(), "a candidate is a ticket that somebody can take");
    const auto& winner = *best.front().room.agent;
    OfferMade offer{ticket.id, winner.id, units_for(policy_, ticket.channel, winner.capacity),
                    now + policy_.offer_ttl, {}};
    for (auto loser = best.begin() + 1; loser != best.end(); ++loser)
        offer.losers.push_back({loser->room.agent->id, std::string(losing_key(best.front(), *loser))});
    return offer;
}

}  // namespace triaged::desk
