// What queues do by themselves with tickets that wait: ask for less with time, send them elsewhere, promise
// an answer.

#include <algorithm>

#include <fmt/format.h>

#include "engine/desk/decision.hpp"
#include "engine/desk/sla.hpp"

namespace triaged::desk {

namespace {

const Queue* find_queue(const Policies& policies, const QueueName& name)
{
    const auto found = policies.desk.queues.find(name);
    return found == policies.desk.queues.end() ? nullptr : &found->second;
}

const Calendar* calendar_of(const Policies& policies, const Queue& queue)
{
    return find_calendar(policies.desk.calendars, queue.calendar);
}

bool is_closed(const Decision& decision, const Queue& queue)
{
    const auto* const calendar = calendar_of(decision.policies, queue);
    return calendar != nullptr && !open_at(*calendar, decision.now);
}

/// From when the steps of its queue count: it came there, or began to wait again.
Instant steps_since(const Standing& standing)
{
    return std::max(standing.steps_since, standing.clocks.waiting_since);
}

/// Whether the ticket may overflow by this step at all. It returns to a queue it overflowed from only because
/// its own is closed and the other is open, so that two queues cannot send it to and fro.
bool leads_on(const Decision& decision, const Standing& standing, const OverflowStep& step)
{
    const auto* const to = find_queue(decision.policies, step.to);
    if (to == nullptr || step.to == standing.routing.queue) return false;
    const auto& been = standing.overflowed;
    if (std::find(been.begin(), been.end(), step.to) == been.end()) return true;
    return step.closed && !is_closed(decision, *to);
}

/// When the step for a closed queue next sends the ticket on, as far as hours tell; max() if never.
Instant closing_due(const Decision& decision, const Queue& queue, const OverflowStep& step)
{
    const auto* const hours = calendar_of(decision.policies, queue);
    if (hours == nullptr) return Instant::max();
    if (!is_closed(decision, queue)) return next_close(*hours, decision.now);
    // The next office may open before this one does.
    const auto* const to = find_queue(decision.policies, step.to);
    const auto* const theirs = to == nullptr ? nullptr : calendar_of(decision.policies, *to);
    const auto opens = theirs == nullptr ? Instant::max() : next_open(*theirs, decision.now);
    return std::min(opens, next_open(*hours, decision.now));
}

/// Why the ticket overflows by this step now, or nothing. \param comes  it has just come to the queue
std::string why_overflow(const Decision& decision, const Standing& standing, const Queue& queue,
                         const OverflowStep& step, bool comes)
{
    if (!leads_on(decision, standing, step)) return {};
    if (step.after.count() > 0 && steps_since(standing) + step.after <= decision.now)
        return fmt::format("waited {} on {}", to_string(step.after), queue.name.value);
    if (step.closed && is_closed(decision, queue)) return fmt::format("{} is closed", queue.name.value);
    if (comes && step.longer_than > 0 && waiting_on(decision.state, queue.name) + 1 > step.longer_than)
        return fmt::format("more than {} wait on {}", step.longer_than, queue.name.value);
    return {};
}

/// Sends the ticket where the first step that holds says. \return whether one did
bool overflow(Decision& decision, Standing& standing, bool comes)
{
    const auto* const queue = find_queue(decision.policies, standing.routing.queue);
    if (queue == nullptr) return false;
    for (const auto& step : queue->overflow) {
        auto why = why_overflow(decision, standing, *queue, step, comes);
        if (why.empty()) continue;
        leave_queue(decision, standing);
        auto& been = standing.overflowed;
        if (std::find(been.begin(), been.end(), standing.routing.queue) == been.end())
            been.push_back(standing.routing.queue);
        come_to(decision.policies, standing, step.to, decision.now);
        move_up(decision, standing);
        decision.add(TicketMoved{standing.id, AgentId(), step.to, standing.needs, standing.queued_as,
                                 "overflow", std::move(why)});
        return true;
    }
    return false;
}

/// By when to expect an answer from a closed queue: when it has been open for the time of the first response,
/// or, if nothing is promised of that, at the end of its first open stretch; max() if it is not known to
/// open.
Instant answer_by(const Calendar& calendar, const SlaPolicy* sla, Priority priority, Instant now)
{
    const auto opens = next_open(calendar, now);
    if (opens == Instant::max()) return opens;
    const auto target = sla == nullptr ? Duration{0} : sla->goal(SlaTarget::first_response).within[priority];
    return target.count() > 0 ? add_business_time(calendar, opens, target) : next_close(calendar, opens);
}

void promise(Decision& decision, const Standing& standing, const Queue& queue)
{
    const auto& policy = decision.policies.desk;
    const auto& name = standing.routing.sla.empty() ? queue.sla : standing.routing.sla;
    const auto sla = policy.slas.find(name);
    const auto at =
        answer_by(*calendar_of(decision.policies, queue), sla == policy.slas.end() ? nullptr : &sla->second,
                  standing.routing.priority, decision.now);
    if (at != Instant::max()) decision.add(PromiseMade{standing.id, at, "closed"});
}

void take_next_of_widen(Decision& decision, Standing& standing, const Queue& queue)
{
    standing.needs = widened({queue.widen[standing.widened]}, 1, std::move(standing.needs));
    ++standing.widened;
    decision.add(TicketWidened{standing.id, standing.widened, standing.needs});
}

void widen(Decision& decision, Standing& standing, const Queue& queue)
{
    const auto since = steps_since(standing);
    while (standing.widened < queue.widen.size() &&
           since + queue.widen[standing.widened].after <= decision.now)
        take_next_of_widen(decision, standing, queue);
}

/// The queue whose steps the ticket may take: none while somebody has it, or while it is not to be taken.
const Queue* stepping_on(const Decision& decision, const Standing& standing)
{
    const bool assigned = standing.clocks.waiting_since == Instant::max();
    return assigned || standing.rests() ? nullptr : find_queue(decision.policies, standing.routing.queue);
}

}  // namespace

void unpark(Decision& decision, const Ticket& ticket, ProblemId problem)
{
    auto standing = standing_of(decision, ticket);
    decision.add(TicketParked{ticket.id, problem, false});
    leave_out(standing, standing.parked_since, decision.now);
    standing.parked_since = Instant::max();
    recheck(decision, ticket, standing);
}

std::uint64_t waiting_on(const State& state, const QueueName& queue)
{
    const auto symbol = state.symbols.find(queue.value);
    if (!symbol) return 0;
    const auto found = state.board.counts().find(*symbol);
    return found == state.board.counts().end() ? 0 : found->second.waiting;
}

void come_to(const Policies& policies, Standing& standing, const QueueName& to, Instant now)
{
    const auto& old = skills_of(policies, standing.routing.queue);
    Skills needs = skills_of(policies, to);
    for (const auto& skill : standing.routing.skills) raise(needs, skill);
    for (const auto& skill : standing.needs)
        if (!covers(old, {skill})) raise(needs, skill);
    standing.needs = std::move(needs);
    standing.routing.queue = to;
    standing.queue_since = standing.steps_since = now;
    standing.widened = 0;
    const auto others = static_cast<std::uint8_t>(~sla_bit(SlaTarget::queue));
    standing.record.warned &= others;
    standing.record.breached &= others;
}

Skills widened(const std::vector<WidenStep>& widen, std::size_t steps, Skills needs)
{
    for (std::size_t i = 0; i < std::min(steps, widen.size()); ++i) {
        for (const auto& name : widen[i].drop)
            std::erase_if(needs, [&](const Skill& need) { return need.name == name; });
        for (const auto& lower : widen[i].skills)
            for (auto& need : needs)
                if (need.name == lower.name) need.level = std::min(need.level, lower.level);
    }
    return needs;
}

bool has_steps(const Policies& policies, const QueueName& queue)
{
    const auto* const found = find_queue(policies, queue);
    return found != nullptr &&
           (!found->widen.empty() || !found->overflow.empty() || found->when_closed != WhenClosed::hold);
}

Instant next_step(const Decision& decision, const Standing& standing)
{
    const auto* const queue = stepping_on(decision, standing);
    if (queue == nullptr) return Instant::max();
    const auto since = steps_since(standing);
    auto due = Instant::max();
    for (const auto& step : queue->overflow) {
        if (step.closed)
            due = std::min(due, closing_due(decision, *queue, step));
        else if (step.after.count() > 0 && leads_on(decision, standing, step))
            due = std::min(due, since + step.after);
    }
    // A ticket is not taken out of the hands of somebody who may be about to accept it.
    if (due != Instant::max() && standing.offered_until != Instant::max())
        due = std::max(due, standing.offered_until);
    if (standing.widened < queue->widen.size())
        due = std::min(due, since + queue->widen[standing.widened].after);
    return due;
}

void leave_out(Standing& standing, Instant from, Instant to)
{
    standing.steps_since = left_out(steps_since(standing), from, to);
}

void widen_at_once(Decision& decision, Standing& standing)
{
    const auto* const queue = stepping_on(decision, standing);
    if (queue != nullptr && standing.widened < queue->widen.size())
        take_next_of_widen(decision, standing, *queue);
}

void take_steps(Decision& decision, Standing& standing)
{
    const auto* const queue = stepping_on(decision, standing);
    if (queue == nullptr) return;
    widen(decision, standing, *queue);
    if (standing.offered_until == Instant::max()) overflow(decision, standing, false);
}

bool arrive(Decision& decision, Standing& standing)
{
    const bool free = standing.clocks.waiting_since != Instant::max() &&
                      standing.offered_until == Instant::max() && !standing.rests();
    bool moved = false;
    while (free && overflow(decision, standing, true)) moved = true;
    standing.settled_on = standing.routing.queue;
    const auto* const queue = find_queue(decision.policies, standing.routing.queue);
    if (free && queue != nullptr && queue->when_closed == WhenClosed::promise && is_closed(decision, *queue))
        promise(decision, standing, *queue);
    return moved;
}

}  // namespace triaged::desk
