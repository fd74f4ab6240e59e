#include "engine/forecast/replay.hpp"

#include <algorithm>

#include "engine/desk/snapshot.hpp"

namespace triaged::forecast {

void Recording::see(const Event& event)
{
    if (event.at < from_) {
        learnt_.see(event, state_);
        evolve(state_, event);
        return;
    }
    if (!begun_) {
        begun_ = true;
        if (state_.head > 0) snapshot_ = desk::save(state_);
    }
    // All of history may teach how long things take; what is played are contacts, not habits.
    learnt_.see(event, state_);
    const bool within = event.at < to_;
    if (const auto* const opened = std::get_if<TicketOpened>(&event.what)) {
        if (within) contacts_.push_back({event.at, opened->contact, opened->ticket, false});
    } else if (const auto* const joined = std::get_if<ContactJoined>(&event.what)) {
        if (within) contacts_.push_back({event.at, joined->contact, joined->ticket, true});
    } else if (const auto* const accepted = std::get_if<OfferAccepted>(&event.what)) {
        end_wait(accepted->ticket, event.at, Wait::End::accepted);
        accepted_at_[accepted->ticket] = event.at;
    } else if (const auto* const completed = std::get_if<TicketCompleted>(&event.what)) {
        if (const auto since = accepted_at_.find(completed->ticket); since != accepted_at_.end())
            handling_.try_emplace(completed->ticket, event.at - since->second);
    } else if (const auto* const abandoned = std::get_if<TicketAbandoned>(&event.what)) {
        if (const auto* const ticket = state_.find(abandoned->ticket))
            gave_up_.try_emplace(abandoned->ticket, event.at - ticket->waiting_since);
        end_wait(abandoned->ticket, event.at, Wait::End::abandoned);
    }
    evolve(state_, event);
}

void Recording::finish()
{
    for (const auto& [id, ticket] : state_.tickets)
        if (ticket->phase != TicketPhase::assigned)
            end_wait(id, std::max(to_, state_.at), Wait::End::going_on);
}

/// A wait that goes on after `to_` counts up to there, as the one it is compared with does.
void Recording::end_wait(TicketId id, Instant at, Wait::End end)
{
    const auto* const ticket = state_.find(id);
    if (ticket == nullptr || ticket->waiting_since >= to_) return;
    if (at > to_) {
        at = to_;
        end = Wait::End::going_on;
    }
    Wait wait{id,
              QueueName(state_.symbols.text(ticket->queue)),
              ticket->waiting_since,
              std::max(Duration{0}, at - ticket->waiting_since),
              end,
              {}};
    const auto due = first_response_due(policy_, state_, *ticket);
    if (due && *due < at && *due >= from_) wait.breached_at = due;
    waits_.push_back(std::move(wait));
}

std::optional<Duration> Recording::handling(TicketId ticket) const
{
    const auto known = handling_.find(ticket);
    if (known == handling_.end()) return std::nullopt;
    return known->second;
}

std::optional<Duration> Recording::gave_up(TicketId ticket) const
{
    const auto known = gave_up_.find(ticket);
    if (known == gave_up_.end()) return std::nullopt;
    return known->second;
}

Result<std::vector<Wait>> replay(const desk::Policies& policies, const Recording& recording,
                                 const std::vector<Shift>& shifts, std::uint64_t seed)
{
    desk::State state;
    if (!recording.snapshot().empty()) {
        auto restored = desk::restore(recording.snapshot());
        if (!restored) return tl::unexpected(restored.error());
        state = std::move(*restored);
    }
    // Whoever was there goes, unless they are among those who come.
    std::vector<Shift> all;
    for (const auto& agent : state.agents)
        all.push_back({recording.from(), SignInAgent{agent.id, {}, {}, 0}, false});
    all.insert(all.end(), shifts.begin(), shifts.end());

    Dice dice(seed);
    std::map<TicketId, TicketId> recorded;  // by the ticket played
    const auto as_recorded = [&](TicketId played) {
        const auto known = recorded.find(played);
        return known == recorded.end() ? played : known->second;
    };
    const auto queue_of = [](const desk::State& of, const desk::Ticket& ticket) {
        return QueueName(of.symbols.text(ticket.queue));
    };
    std::size_t next = 0;
    People people;
    people.next_contact = [&]() -> std::optional<Coming> {
        if (next == recording.contacts().size()) return std::nullopt;
        return recording.contacts()[next++];
    };
    std::map<TicketId, TicketId> played_as;
    people.placed = [&](TicketId was, TicketId played) {
        recorded.try_emplace(played, was);
        played_as.try_emplace(was, played);
    };
    people.played_as = [&](TicketId was) {
        const auto known = played_as.find(was);
        return known == played_as.end() ? was : known->second;
    };
    people.answer = [&](const desk::State&, const desk::Ticket&) {
        return recording.learnt().any_answer(dice);
    };
    people.work = [&](const desk::State& of, const desk::Ticket& ticket, Instant) {
        const auto took = recording.handling(as_recorded(ticket.id));
        return took ? *took : recording.learnt().any_handling(queue_of(of, ticket), dice);
    };
    people.rest = [&](const desk::State& of, const desk::Ticket& ticket, Instant) {
        return recording.learnt().any_rest(queue_of(of, ticket), Duration{0}, dice);
    };
    people.patience = [&](const desk::State&, const desk::Ticket& ticket) -> std::optional<Duration> {
        // A ticket's first contact is being taken: its number in history is that of the contact under way.
        const auto was = next > 0 && !recorded.contains(ticket.id) ? recording.contacts()[next - 1].recorded
                                                                   : as_recorded(ticket.id);
        return recording.gave_up(was);
    };
    Floor floor(policies, std::move(state), recording.from(), std::move(people), std::move(all));
    return floor.play(recording.to());
}

Waits summary_of(const std::vector<Wait>& waits)
{
    Waits out;
    std::vector<double> seconds;
    for (const auto& wait : waits) {
        seconds.push_back(static_cast<double>(wait.lasted.count()) / 1000);
        out.mean_s += seconds.back();
        if (wait.breached_at) ++out.breaches;
        if (wait.end == Wait::End::abandoned) ++out.abandoned;
        if (wait.end == Wait::End::going_on) ++out.unserved;
    }
    out.tickets = seconds.size();
    if (seconds.empty()) return out;
    out.mean_s /= static_cast<double>(seconds.size());
    std::sort(seconds.begin(), seconds.end());
    out.p90_s = seconds[(seconds.size() * 9 - 1) / 10];
    out.longest_s = seconds.back();
    return out;
}

std::map<QueueName, Waits> by_queue(const std::vector<Wait>& waits)
{
    std::map<QueueName, std::vector<Wait>> apart;
    for (const auto& wait : waits) apart[wait.queue].push_back(wait);
    std::map<QueueName, Waits> out;
    for (const auto& [queue, its] : apart) out[queue] = summary_of(its);
    return out;
}

std::vector<Waits> by_hour(const std::vector<Wait>& waits, Instant from, Instant to)
{
    const auto count = std::max<std::int64_t>(1, (to - from + hour - Duration{1}) / hour);
    std::vector<std::vector<Wait>> apart(static_cast<std::size_t>(count));
    for (const auto& wait : waits) {
        const auto place = std::clamp<std::int64_t>((wait.from - from) / hour, 0, count - 1);
        apart[static_cast<std::size_t>(place)].push_back(wait);
    }
    std::vector<Waits> out;
    for (const auto& its : apart) out.push_back(summary_of(its));
    return out;
}

}  // namespace triaged::forecast
