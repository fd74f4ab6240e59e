#include "engine/desk/settle.hpp"

#include <algorithm>

#include "engine/desk/contest.hpp"
#include "engine/desk/policies.hpp"

namespace triaged::desk {

namespace {

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

Settler::Settler(const DeskPolicy& policy, const State& state) : policy_(policy), state_(state)
{
    for (const auto id : state.board.stirred_buckets()) consider(id);
    for (const auto id : state.board.stirred_groups()) consider(id);
}

void Settler::consider(const Source& source)
{
    const auto key = std::visit([&](auto stirred) { return first(stirred); }, source);
    if (!key) return;
    heap_.push_back({*key, source, state_.head});
    std::push_heap(heap_.begin(), heap_.end(), Later{});
}

/// The first ticket of a bucket that somebody can take.
std::optional<WaitingKey> Settler::first(BucketId id) const
{
    const auto& bucket = state_.board[id];
    const auto somebody = [&](const Ticket* ticket) {
        return state_.board.any_with_room(bucket, [&](GroupId group) {
            return can_take(policy_, state_.board[group], bucket.channel, ticket);
        });
    };
    if (bucket.waiting.empty() || !somebody(nullptr)) return std::nullopt;
    if (queue_of(policy_, state_, bucket.queue).pull) return std::nullopt;
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
        const auto& front = state_.board.front(served);
        if (front.ticket == nullptr || (best && *best < front)) continue;
        const auto& bucket = state_.board[served];
        if (!can_take(policy_, group, bucket.channel, nullptr)) continue;
        for (const auto& key : bucket.waiting) {
            if (best && *best < key) break;
            if (key.ticket->extras && !can_take(policy_, group, bucket.channel, key.ticket)) continue;
            if (queue_of(policy_, state_, bucket.queue).pull)
                break;  // asked last: only for better candidates
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
        if (top.as_of == state_.head) break;
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
    const Contest contest(policy_, state_, ticket, now);
    const auto& best = contest.best();
    check(!best.empty(), "a candidate is a ticket that somebody can take");
    const auto& winner = *best.front().room.agent;
    OfferMade offer{ticket.id,
                    winner.id,
                    units_for(policy_, ticket.channel, winner.capacity),
                    now + policy_.offer_ttl,
                    {}};
    for (auto loser = best.begin() + 1; loser != best.end(); ++loser) {
        const auto key = compare(contest.strategy(), best.front(), *loser).key;
        offer.losers.push_back({loser->room.agent->id, std::string(key)});
    }
    return offer;
}

}  // namespace triaged::desk
