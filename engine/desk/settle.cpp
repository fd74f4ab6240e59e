#include "engine/desk/settle.hpp"

#include <algorithm>

#include "engine/desk/contest.hpp"
#include "engine/desk/policies.hpp"

namespace triaged::desk {

namespace {

/// Whether anybody in `group` can hold a ticket of `channel` and, if there is one, has not declined it.
bool can_take(const DeskPolicy& policy, const Group& group, Channel channel, const Ticket* ticket)
{
    const auto takes = [&](const RoomKey& room) {
        return can_hold(policy, room, channel) &&
               (ticket == nullptr || !ticket->declined_by(room.agent->slot));
    };
    for (const auto& room : group.with_room) {
        if (too_loaded(policy, group, room.used, room.capacity, channel)) break;
        if (takes(room)) return true;
    }
    if (!policy.may_interrupt(channel)) return false;
    for (const auto& room : group.interruptible) {
        if (too_loaded(policy, group, room.firm(), room.capacity, channel)) break;
        if (takes(room)) return true;
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

const Queue& Settler::queue_of(Symbol queue) const
{
    if (looked_up_.second == nullptr || looked_up_.first != queue)
        looked_up_ = {queue, &desk::queue_of(policy_, state_, queue)};
    return *looked_up_.second;
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
    if (queue_of(bucket.queue).pull) return std::nullopt;
    for (const auto& key : bucket.waiting)  // goes beyond the first only past tickets that all these declined
        if (!key.ticket->extras || somebody(key.ticket)) return key;
    return std::nullopt;
}

/// Whether somebody of `group` is to be offered the ticket.
bool Settler::suits(const Group& group, const Ticket& ticket) const
{
    return can_take(policy_, group, ticket.channel, ticket.extras ? &ticket : nullptr) &&
           !queue_of(ticket.queue).pull;
}

/// The first ticket that somebody of a group can take. It is mostly the first of all that they serve, which
/// is found without a look at any ticket.
std::optional<WaitingKey> Settler::first(GroupId id) const
{
    const auto& group = state_.board[id];
    if (group.is_full()) return std::nullopt;
    WaitingKey head;
    for (const auto served : group.serves) {
        const auto& front = state_.board.front(served);
        if (front.ticket != nullptr && (head.ticket == nullptr || front < head)) head = front;
    }
    if (head.ticket == nullptr) return std::nullopt;
    return suits(group, *head.ticket) ? head : first_that_suits(group);
}

/// The same with a look at each bucket, as far down as it may have to be.
std::optional<WaitingKey> Settler::first_that_suits(const Group& group) const
{
    std::optional<WaitingKey> best;
    for (const auto served : group.serves) {
        const auto& front = state_.board.front(served);
        if (front.ticket == nullptr || (best && *best < front)) continue;
        const auto& bucket = state_.board[served];
        if (!can_take(policy_, group, bucket.channel, nullptr) || queue_of(bucket.queue).pull) continue;
        for (const auto& key : bucket.waiting) {
            if (best && *best < key) break;
            if (!suits(group, *key.ticket)) continue;
            best = key;
            break;
        }
    }
    return best;
}

/// Nothing must have happened since the offer before: all of one ticket are made at once.
std::optional<OfferMade> Settler::further(Instant now) const
{
    if (state_.offered_last.value == 0 || state_.at != now) return std::nullopt;
    const auto* const ticket = state_.find(state_.offered_last);
    if (ticket == nullptr || ticket->phase != TicketPhase::offered) return std::nullopt;
    const auto& queue = queue_of(ticket->queue);
    if (ticket->holders().size() >= static_cast<std::size_t>(queue.offers)) return std::nullopt;
    const Contest contest(policy_, state_, queue, *ticket, now);
    if (contest.best().empty()) return std::nullopt;
    return offer(contest, *ticket, ticket->expires_at);
}

OfferMade Settler::offer(const Contest& contest, const Ticket& ticket, Instant expires_at) const
{
    const auto& best = contest.best();
    const auto& winner = *best.front().room.agent;
    OfferMade made{ticket.id, winner.id, units_for(policy_, ticket.channel, winner.capacity), expires_at, {}};
    for (auto loser = best.begin() + 1; loser != best.end(); ++loser) {
        const auto key = compare(contest.strategy(), best.front(), *loser).key;
        made.losers.push_back({loser->room.agent->id, std::string(key)});
    }
    return made;
}

std::optional<OfferMade> Settler::next(Instant now)
{
    if (auto made = further(now)) return made;
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
    const Contest contest(policy_, state_, queue_of(ticket.queue), ticket, now);
    check(!contest.best().empty(), "a candidate is a ticket that somebody can take");
    return offer(contest, ticket, now + policy_.offer_ttl);
}

}  // namespace triaged::desk
