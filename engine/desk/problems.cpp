#include "engine/desk/problems.hpp"

#include <algorithm>

#include "engine/desk/evolution.hpp"

namespace triaged::desk {

namespace {

constexpr std::int64_t ms_an_hour = 3'600'000;
constexpr std::int64_t hours_a_week = 168;
constexpr Duration a_week{ms_an_hour * hours_a_week};

/// An old week weighs three quarters of the one after it.
constexpr std::int64_t forgetting = 4;

std::uint32_t hour_of(Instant at) { return static_cast<std::uint32_t>((at.ms / ms_an_hour) % hours_a_week); }
std::uint32_t week_of(Instant at) { return static_cast<std::uint32_t>(at.ms / (ms_an_hour * hours_a_week)); }

std::vector<UsualHour>::const_iterator place_of(const std::vector<UsualHour>& hours, std::uint32_t hour)
{
    return std::lower_bound(hours.begin(), hours.end(), hour,
                            [](const UsualHour& a, std::uint32_t b) { return a.hour < b; });
}

UsualHour& hour_at(Surge& surge, Instant at)
{
    const auto hour = hour_of(at);
    auto place = surge.hours.begin() + (place_of(surge.hours, hour) - surge.hours.begin());
    if (place == surge.hours.end() || place->hour != hour)
        place = surge.hours.insert(place, UsualHour{hour, week_of(at), 0, 0, at - surge.first >= a_week});
    *place = moved_on(*place, week_of(at));
    return *place;
}

/// The latest `count` tickets are a surge, and not what is usual.
void unlearn(Surge& surge, std::uint32_t count)
{
    for (auto ticket = surge.recent.rbegin(); ticket != surge.recent.rend() && count > 0; ++ticket, --count) {
        const auto at = ticket->first;
        const auto place = place_of(surge.hours, hour_of(at));
        if (surge.learnt > 0) --surge.learnt;
        if (place == surge.hours.end() || place->hour != hour_of(at) || place->week != week_of(at)) continue;
        auto& hour = surge.hours[static_cast<std::size_t>(place - surge.hours.begin())];
        if (hour.count > 0) --hour.count;
    }
}

/// The ticket is held because of its problem, or no longer is, which changes what it was.
void park(State& state, Ticket& ticket, bool parked, Instant at)
{
    const Refiling refiling(state, ticket);
    auto& extras = extras_of(ticket);
    if (!parked) leave_out(ticket, extras.parked_since, at);
    extras.parked_since = parked ? at : Instant::max();
}

/// Takes the ticket out of the problem it is one of, if any. It is not held any more.
void leave(State& state, Ticket& ticket, Instant at)
{
    if (ticket.problem.value == 0) return;
    if (ticket.parked()) park(state, ticket, false, at);
    if (const auto problem = state.problems.find(ticket.problem); problem != state.problems.end())
        problem->second.tickets.erase(ticket.id);
    ticket.problem = {};
}

/// Rules may read whether a ticket is one of a problem's, so they look at it right away.
void look_again(State& state, Ticket& ticket, Instant now)
{
    const auto soon = now + Duration{1};
    if (!ticket.routed() || ticket.recheck_at <= soon) return;
    if (ticket.due_at() != Instant::max()) state.timers.erase({ticket.due_at(), &ticket});
    ticket.recheck_at = soon;
    state.timers.insert({ticket.due_at(), &ticket});
}

/// The problem and those merged into it are over.
void end(State& state, ProblemId id)
{
    std::vector<ProblemId> over;
    for (const auto& [other, problem] : state.problems)
        if (const auto* const root = root_problem(state, other); root != nullptr && root->id == id)
            over.push_back(other);
    for (const auto gone : over) {
        state.surges.closed(gone);
        state.problems.erase(gone);
    }
}

}  // namespace

UsualHour moved_on(UsualHour hour, std::uint32_t week)
{
    if (week <= hour.week) return hour;
    const std::int64_t counted = std::int64_t{hour.count} * 1'000;
    std::int64_t rate = hour.rate;
    rate = hour.known ? rate + (counted - rate) / forgetting : counted;
    // After so many weeks without any nothing is left.
    for (auto left = std::min<std::uint32_t>(week - hour.week - 1, 64); left > 0; --left)
        rate -= rate / forgetting;
    return {hour.hour, week, 0, static_cast<std::uint32_t>(std::min<std::int64_t>(rate, 4'000'000'000)),
            true};
}

double usual_count(const Surge& surge, Instant now, Duration within)
{
    const auto window = static_cast<double>(within.count()) / static_cast<double>(ms_an_hour);
    const auto place = place_of(surge.hours, hour_of(now));
    if (place != surge.hours.end() && place->hour == hour_of(now)) {
        const auto then = moved_on(*place, week_of(now));
        if (then.known) return static_cast<double>(then.rate) / 1'000.0 * window;
    }
    if (now - surge.first >= a_week) return 0;
    const auto before = now - within;
    const auto in_window = static_cast<std::uint64_t>(std::count_if(
        surge.recent.begin(), surge.recent.end(), [&](const auto& ticket) { return ticket.first > before; }));
    if (surge.first >= before || surge.learnt <= in_window) return 0;
    return static_cast<double>(surge.learnt - in_window) * static_cast<double>(within.count()) /
           static_cast<double>((before - surge.first).count());
}

const Surge* Surges::find(const ThreadKey& key) const
{
    const auto found = surges_.find({key.name, key.value});
    return found == surges_.end() ? nullptr : found->second.get();
}

Surge& Surges::at(const ThreadKey& key, Instant now)
{
    auto& known = surges_[{key.name, key.value}];
    if (known) {
        by_last_.erase(known.get());
    } else {
        known = std::make_unique<Surge>();
        known->key = key;
        known->first = now;
    }
    auto& surge = *known;
    surge.last = now;
    by_last_.insert(&surge);
    if (surges_.size() > surges_max) {
        const auto& oldest = (*by_last_.begin())->key;
        const std::pair gone(oldest.name, oldest.value);
        by_last_.erase(by_last_.begin());
        surges_.erase(gone);
    }
    return surge;
}

void Surges::add(Surge surge)
{
    auto& known = surges_[{surge.key.name, surge.key.value}];
    if (known) return;
    known = std::make_unique<Surge>(std::move(surge));
    by_last_.insert(known.get());
}

void Surges::closed(ProblemId problem)
{
    for (auto& [key, surge] : surges_)
        if (surge->problem == problem) surge->problem = {};
}

const Problem* root_problem(const State& state, ProblemId id)
{
    auto found = state.problems.find(id);
    while (found != state.problems.end() && found->second.into.value != 0)
        found = state.problems.find(found->second.into);
    return found == state.problems.end() ? nullptr : &found->second;
}

Problem* root_problem(State& state, ProblemId id)
{
    return const_cast<Problem*>(root_problem(std::as_const(state), id));
}

const Problem* problem_of(const State& state, const Ticket& ticket)
{
    return ticket.problem.value == 0 ? nullptr : root_problem(state, ticket.problem);
}

std::vector<TicketId> tickets_of(const State& state, const Problem& problem, TicketId next, std::size_t most)
{
    std::vector<TicketId> tickets;
    for (const auto& [id, member] : state.problems) {
        const auto* const root = root_problem(state, id);
        if (root != &problem) continue;
        std::size_t left = most;
        for (auto at = member.tickets.lower_bound(next); at != member.tickets.end() && left > 0; ++at, --left)
            tickets.push_back(*at);
    }
    std::sort(tickets.begin(), tickets.end());
    if (tickets.size() > most) tickets.resize(most);
    return tickets;
}

void evolve(State& state, const Event& event, const SurgeCounted& what)
{
    for (const auto& key : what.keys) {
        auto& surge = state.surges.at(key, event.at);
        while (!surge.recent.empty() && surge.recent.front().first < what.since) surge.recent.pop_front();
        if (surge.recent.size() == surge_tickets_max) surge.recent.pop_front();
        surge.recent.emplace_back(event.at, what.ticket);
        if (root_problem(state, surge.problem) != nullptr) continue;
        ++hour_at(surge, event.at).count;
        ++surge.learnt;
    }
}

void evolve(State& state, const Event& event, const ProblemOpened& what)
{
    state.next_problem = std::max(state.next_problem, ProblemId{what.problem.value + 1});
    auto& problem = state.problems[what.problem];
    problem.id = what.problem;
    problem.policy = what.policy;
    problem.about = what.about;
    problem.opened_at = problem.last_at = event.at;
    problem.told = what.notify;
    std::sort(problem.told.begin(), problem.told.end());
    if (what.policy.empty()) return;
    if (state.surges.find({what.policy, what.about}) == nullptr) return;
    auto& surge = state.surges.at({what.policy, what.about}, event.at);
    surge.problem = what.problem;
    unlearn(surge, what.count);
}

void evolve(State& state, const Event& event, const ProblemLinked& what)
{
    auto* const root = what.problem.value == 0 ? nullptr : root_problem(state, what.problem);
    const auto own = state.problems.find(what.problem);
    for (const auto id : what.tickets) {
        auto* const ticket = state.find(id);
        if (ticket == nullptr) continue;
        leave(state, *ticket, event.at);
        look_again(state, *ticket, event.at);
        if (root == nullptr || own == state.problems.end()) continue;
        ticket->problem = what.problem;
        own->second.tickets.insert(id);
    }
    if (root == nullptr) return;
    own->second.linked += what.tickets.size();
    own->second.last_at = root->last_at = event.at;
}

void evolve(State& state, const Event&, const ProblemChanged& what)
{
    const auto found = state.problems.find(what.problem);
    if (found == state.problems.end()) return;
    auto& problem = found->second;
    if (what.action == ProblemAction::merge) {
        const auto* const root = root_problem(state, what.into);
        if (what.into.value == 0) {
            const auto* const before = root_problem(state, what.problem);
            problem.held = before != nullptr && before->held;
            problem.into = {};
        } else if (root != nullptr && root->id != what.problem) {
            problem.into = root->id;
            problem.work = {};
            // Its tickets are held like the others'.
            auto& into = state.problems[root->id];
            if (into.held && !into.work.pending()) into.work = {ProblemAction::hold, TicketId{1}, {}, {}, {}};
        }
        return;
    }
    if (what.action == ProblemAction::close && what.next.value == 0) return end(state, what.problem);
    if (what.action == ProblemAction::hold) problem.held = true;
    if (what.action == ProblemAction::release || what.action == ProblemAction::close) problem.held = false;
    problem.work = {what.action, what.next, what.queue, what.text, what.disposition};
}

void evolve(State& state, const Event& event, const TicketParked& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr || ticket->problem.value == 0) return;
    if (ticket->parked() == what.parked || (what.parked && !ticket->free())) return;
    park(state, *ticket, what.parked, event.at);
}

void evolve(State& state, const Event&, const NotifyInhibited& what)
{
    auto* const problem = root_problem(state, what.problem);
    if (problem == nullptr) return;
    for (const auto& name : what.told) {
        const auto place = std::lower_bound(problem->told.begin(), problem->told.end(), name);
        if (place == problem->told.end() || *place != name) problem->told.insert(place, name);
    }
}

}  // namespace triaged::desk
