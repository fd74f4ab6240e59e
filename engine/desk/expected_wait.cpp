#include "engine/desk/expected_wait.hpp"

#include <algorithm>

#include "engine/desk/contest.hpp"
#include "engine/desk/sla.hpp"

namespace triaged::desk {

namespace {

/// How far `ahead_in` counts one by one.
constexpr std::uint64_t counted_max = 4'096;

/// How many of a bucket come before `place`: counted from it to the nearer end of the line or, where both are
/// far, by how far between the first place and the last it lies.
std::uint64_t ahead_in(const Bucket& bucket, const WaitingKey& place)
{
    const auto& waiting = bucket.waiting;
    auto before = waiting.lower_bound(place);
    auto after = before;
    for (std::uint64_t steps = 0; steps < counted_max; ++steps, --before, ++after) {
        if (before == waiting.begin()) return steps;
        if (after == waiting.end()) return waiting.size() - steps;
    }
    const auto seconds = [&](Instant at) {
        return static_cast<std::uint64_t>((at - waiting.begin()->queued_as).count() / 1'000);
    };
    const auto share = waiting.size() * seconds(place.queued_as) /
                       std::max<std::uint64_t>(1, seconds(waiting.rbegin()->queued_as));
    return std::clamp(share, counted_max, waiting.size() - counted_max);
}

/// The pace of a queue's line, or null while too few takes are known.
const Pace* pace_of(const State& state, Symbol queue)
{
    const auto found = state.paces.find(queue);
    const bool known = found != state.paces.end() && found->second.takes().size() >= Pace::takes_min;
    return known ? &found->second : nullptr;
}

/// The ticket whose contact `events` took in, or 0.
TicketId contact_on(const std::vector<Event>& events)
{
    for (const auto& event : events) {
        if (const auto* const opened = std::get_if<TicketOpened>(&event.what)) return opened->ticket;
        if (const auto* const joined = std::get_if<ContactJoined>(&event.what)) return joined->ticket;
    }
    return {};
}

}  // namespace

std::optional<ExpectedWait> expected_wait(const DeskPolicy& policy, const State& state, Symbol queue,
                                          const WaitingKey& place, Instant now)
{
    const auto* const pace = pace_of(state, queue);
    if (pace == nullptr) return std::nullopt;
    const auto* const calendar = find_calendar(policy.calendars, queue_of(policy, state, queue).calendar);
    Duration spent{};
    for (const auto& take : pace->takes()) spent += time_between(calendar, take.from, take.to);
    std::uint64_t ahead = 0;
    for (const auto bucket : state.board.buckets_of(queue)) ahead += ahead_in(state.board[bucket], place);
    const auto takes = static_cast<std::int64_t>(pace->takes().size());
    const auto taken_by = add_time(calendar, now, spent * static_cast<std::int64_t>(ahead + 1) / takes);
    if (taken_by == Instant::max()) return std::nullopt;
    return ExpectedWait{taken_by, static_cast<std::uint32_t>(ahead)};
}

std::optional<ExpectedWait> expected_wait_of_next(const DeskPolicy& policy, const State& state, Symbol queue,
                                                  Instant now)
{
    Ticket next;
    next.id = state.next_ticket;
    const QueueName name(state.symbols.text(queue));
    SlaLedger ledger;
    for (const auto target :
         {SlaTarget::wait, SlaTarget::first_response, SlaTarget::resolution, SlaTarget::queue})
        ledger.since[static_cast<std::size_t>(target)] = now;
    const auto place = place_of(policy, now, sla_terms(policy, {}, name, Priority::normal), ledger);
    return expected_wait(policy, state, queue, {place, &next}, now);
}

std::optional<WaitTold> wait_to_tell(const DeskPolicy& policy, const State& state,
                                     const std::vector<Event>& events, Instant now)
{
    const auto id = contact_on(events);
    const auto* const ticket = id.value == 0 ? nullptr : state.find(id);
    if (ticket == nullptr || !ticket->waits() || ticket->parked()) return std::nullopt;
    if (pace_of(state, ticket->queue) == nullptr || !queue_of(policy, state, ticket->queue).tell_wait)
        return std::nullopt;
    if (ticket->receipts == ReceiptSlot::none) return std::nullopt;  // its contact was answered elsewhere
    const auto promises = [](const Event& event) { return std::holds_alternative<PromiseMade>(event.what); };
    if (std::any_of(events.begin(), events.end(), promises)) return std::nullopt;
    const auto wait = expected_wait(policy, state, ticket->queue, {ticket->queued_as, ticket}, now);
    if (!wait) return std::nullopt;
    return WaitTold{id, wait->taken_by, wait->ahead};
}

}  // namespace triaged::desk
