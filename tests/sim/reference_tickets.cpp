// The reference: how tickets open, are routed, move and end.

#include "tests/sim/reference.hpp"

#include <algorithm>
#include <tuple>

namespace triaged::sim {

void Reference::on(const desk::Policies&, const Event& event, const TicketOpened& what)
{
    must(what.ticket == TicketId{last_id_.value + 1}, "tickets are numbered without gaps");
    last_id_ = what.ticket;
    open_[what.ticket] = {};
    auto& opened = ticket(what.ticket);
    opened.follows = what.follows;
    opened.opened_at = opened.waiting_since = opened.resolving_since = event.at;
    must(what.follows.value == 0 || ended_.contains(what.follows), "a ticket follows one that has ended");
    add_contact(what.ticket, what.contact);
}

void Reference::on(const desk::Policies&, const Event& event, const ContactJoined& what)
{
    auto& joined = ticket(what.ticket);
    must(!joined.is_held(), "a contact ends a hold");
    if (joined.responded) joined.unanswered_since = std::min(joined.unanswered_since, event.at);
    add_contact(what.ticket, what.contact);
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketRouted& what)
{
    auto& routed = ticket(what.ticket);
    const auto problem = root(routed.problem);
    const bool rerouted = problem.value != 0 && rerouting_.contains(problem) &&
                          what.queued_as == routed.queued_as && what.recheck_at == event.at + Duration{1};
    must(!routed.routed || rerouted || routed.queue == what.routing.queue,
         "a joined ticket stays on its queue");
    if (!routed.routed && !routed.customer.value.empty()) {
        // No rule of the simulation sets an SLA policy, so a contract that holds does.
        std::string entitled;
        auto until = event.at;
        for (const auto& [id, contract] : contracts_) {
            const bool better = contract.customer == routed.customer && contract.until > until;
            if (!better || !policies.desk.slas.contains(contract.sla)) continue;
            entitled = contract.sla;
            until = contract.until;
        }
        must(what.routing.sla == entitled, "a contract sets the SLA policy: {}", entitled);
    }
    must(rerouted || covers(what.needs, routed.needs), "a joined ticket keeps its needs");
    must(what.recheck_at > event.at, "a recheck lies ahead");
    must(what.routing.rulebook == policies.rulebook->id(), "the rulebook in force decides");
    if (!routed.routed) routed.enqueued_at = routed.came = event.at;
    const auto before = routed;
    routed.priority = what.routing.priority;
    if (!routed.routed) routed.waiting_since = event.at;
    if (!routed.routed) routed.queue_since = routed.steps_since = event.at;
    routed.routed = true;
    routed.sla = what.routing.sla;
    routed.queue = what.routing.queue;
    routed.needs = what.needs;
    must(rerouted || what.queued_as == place(policies, before, routed),
         "its place is by what it is, and a joined ticket never loses its own");
    routed.queued_as = what.queued_as;
}

Instant Reference::place(const desk::Policies& policies, const ReferenceTicket& before,
                         const ReferenceTicket& now)
{
    auto place = now.enqueued_at - policies.desk.head_start[static_cast<std::size_t>(now.priority)];
    if (policies.desk.order == QueueOrder::sla)
        place =
            std::clamp(first_due(policies, now), now.enqueued_at, now.enqueued_at + policies.desk.due_within);
    const bool loses_its_own = !before.routed || now.priority < before.priority;
    return loses_its_own ? place : std::min(before.queued_as, place);
}

void Reference::on(const desk::Policies& policies, const Event&, const TicketEscalated& what)
{
    auto& escalated = ticket(what.ticket);
    const auto& name = rulebooks_.at(what.rulebook).at(what.rule);
    must(escalated.escalated.insert(name).second, "rule {} escalated twice", name);
    must(root(escalated.problem).value == 0 || what.notify.empty(),
         "nobody is told of a problem's tickets one by one");
    const auto before = escalated;
    if (what.queue) come_to(escalated, *what.queue);
    if (what.needs) escalated.needs = *what.needs;
    escalated.widens = name == "asks-for-less";
    escalated.priority = what.priority.value_or(escalated.priority);
    must(what.queued_as == place(policies, before, escalated), "{} is raised to another place", what.ticket);
    escalated.queued_as = what.queued_as;
}

void Reference::on(const desk::Policies&, const Event& event, const RecheckScheduled& what)
{
    ticket(what.ticket);
    must(what.at > event.at, "a recheck lies ahead");
}

void Reference::on(const desk::Policies&, const Event& event, const TicketCompleted& what)
{
    if (what.agent.value.empty()) {
        const auto& answered = ticket(what.ticket);
        must(answered.phase == TicketPhase::waiting && answered.answered,
             "nobody completes only what was answered");
    } else {
        meet(held(what.ticket, what.agent, TicketPhase::assigned), what.agent);
        agent(what.agent).idle_since = event.at;
    }
    must(!wrapping_up_ || *wrapping_up_ == what.ticket, "what is wrapped up is completed");
    wrapping_up_.reset();
    ticket(what.ticket).parked = ticket(what.ticket).answered = false;
    ticket(what.ticket).answer();
    end(what.ticket, event.at);
}

void Reference::end(TicketId ended, Instant at)
{
    ended_[ended] = at;
    auto& closed = closed_[ended] = open_.at(ended);
    if (closed.called_at) closed.waiting_since = std::min(closed.waiting_since, at);
    closed.parked = closed.answered = false;
    closed.callback = false;
    closed.hands.clear();
    closed.called_at.reset();
    touch(ended);
    open_.erase(ended);
    std::erase_if(forwarded_, [&](TicketId id) {
        if (root(id) != ended) return false;
        ended_.emplace(id, at);
        touched_.tickets.insert(id);
        return true;
    });
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketAbandoned& what)
{
    auto& abandoned = ticket(what.ticket);
    must(abandoned.phase == TicketPhase::waiting, "who is served does not give up waiting");
    must(what.place_until == event.at + policies.desk.threads.place_kept, "the place is kept as configured");
    abandoned.place_until = what.place_until;
    end(what.ticket, event.at);
}

void Reference::on(const desk::Policies&, const Event& event, const CallbackRequested& what)
{
    auto& called = ticket(what.ticket);
    must(called.phase == TicketPhase::waiting, "who is served need not be called");
    must(what.not_before >= event.at, "nobody is called in the past");
    if (called.called_at) called.waiting_since = std::min(called.waiting_since, event.at);
    called.callback = true;
    called.channel = Channel::phone;
    called.called_at.reset();
    if (what.not_before <= event.at) return;
    called.called_at = called.waiting_since = what.not_before;
}

void Reference::on(const desk::Policies&, const Event& event, const CallbackDue& what)
{
    auto& due = ticket(what.ticket);
    must(due.called_at && *due.called_at <= event.at, "nobody is called early");
    due.called_at.reset();
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketReopened& what)
{
    must(closed_.contains(what.ticket) && ended_.contains(what.ticket),
         "only a completed ticket is reopened");
    const auto ended_at = ended_.at(what.ticket);
    auto& reopened = open_[what.ticket] = closed_.at(what.ticket);
    const bool place_kept = reopened.place_until && event.at <= ended_at + policies.desk.threads.place_kept;
    must(event.at <= ended_at + policies.desk.threads.reopen || place_kept,
         "a ticket is reopened within its window");
    if (reopened.place_until && event.at > *reopened.place_until) {
        while (reopened.lent.contains(reopened.queued_as))
            reopened.queued_as = reopened.lent.at(reopened.queued_as);
        reopened.queued_as = reopened.queued_as + (event.at - reopened.enqueued_at);
        reopened.lent.clear();
        reopened.enqueued_at = reopened.came = event.at;
    }
    reopened.place_until.reset();
    reopened.phase = TicketPhase::waiting;
    reopened.waiting_since = event.at;
    reopened.declined.clear();
    reopened.missed.clear();
    reopened.waiting_since = reopened.resolving_since = event.at;
    reopened.unanswered_since = reopened.held_until = Instant::max();
    reopened.pauses.clear();
    reopened.warned.clear();
    reopened.breached.clear();
    touch(what.ticket);
    closed_.erase(what.ticket);
    ended_.erase(what.ticket);
    for (const auto& [id, merged] : merged_) {
        const auto ended = ended_.find(id);
        if (root(id) != what.ticket || ended == ended_.end() || ended->second != ended_at) continue;
        ended_.erase(ended);
        forwarded_.insert(id);
        touched_.tickets.insert(id);
    }
}

void Reference::on(const desk::Policies& policies, const Event& event, const ClosedKept& what)
{
    for (auto closed = closed_.begin(); closed != closed_.end();) {
        const auto ended_at = ended_.at(closed->first);
        const bool dropped = ended_at < what.before;
        must(!dropped || ended_at + policies.desk.threads.reopen < event.at,
             "completed tickets are kept long enough");
        closed = dropped ? closed_.erase(closed) : std::next(closed);
    }
}

void Reference::on(const desk::Policies& policies, const Event&, const TicketMoved& what)
{
    auto& moved = ticket(what.ticket);
    must((moved.phase == TicketPhase::waiting) == what.from.value.empty(), "it is told from whom it went");
    if (moved.phase != TicketPhase::waiting) {
        must(moved.hands.size() == 1 && moved.hands.contains(what.from), "it went from whom it was with");
        auto& missed = moved.missed;
        missed.erase(std::remove(missed.begin(), missed.end(), what.from), missed.end());
        moved.declined.erase(what.from);
        if (what.by == "requeue")
            missed.push_back(what.from);
        else
            moved.declined.insert(what.from);
    }
    if (moved.phase == TicketPhase::assigned) moved.waiting_since = at_;
    moved.phase = TicketPhase::waiting;
    moved.hands.clear();
    if (what.by == "overflow") {
        must(what.queue != moved.queue, "overflow leads on");
        must(!moved.parked && !moved.is_held(), "what is held stays where it is");
        const auto& queue = policies.desk.queues.at(moved.queue);
        const auto since = std::max(moved.steps_since, moved.waiting_since);
        const auto* const calendar = find_calendar(policies.desk.calendars, queue.calendar);
        const auto& next = policies.desk.queues.at(what.queue);
        const auto* const theirs = find_calendar(policies.desk.calendars, next.calendar);
        const bool first = !moved.overflowed.contains(what.queue);
        const bool may_return = theirs == nullptr || open_at(*theirs, at_);
        const bool due =
            std::any_of(queue.overflow.begin(), queue.overflow.end(), [&](const OverflowStep& step) {
                return step.to == what.queue &&
                       ((first && step.after.count() > 0 && since + step.after <= at_) ||
                        (first && step.longer_than > 0 && waited_before(queue.name) + 1 > step.longer_than) ||
                        (step.closed && (first || may_return) && calendar != nullptr &&
                         !open_at(*calendar, at_)));
            });
        must(due, "it overflows by a step of its queue");
        moved.overflowed.insert(moved.queue);
    }
    come_to(moved, what.queue);
    moved.needs = what.needs;
    must(what.queued_as == place(policies, moved, moved), "a ticket keeps its place wherever it goes");
    moved.queued_as = what.queued_as;
}

/// Tickets that waited on the queue when the step began.
std::uint64_t Reference::waited_before(const QueueName& queue) const
{
    const auto found = before_.find(queue);
    return found == before_.end() ? 0 : found->second[static_cast<std::size_t>(TicketPhase::waiting)];
}

void Reference::come_to(ReferenceTicket& ticket, const QueueName& queue)
{
    if (ticket.queue == queue) return;
    ticket.queue = queue;
    ticket.queue_since = ticket.steps_since = at_;
    ticket.start_anew({SlaTarget::queue});
    ticket.widened = 0;
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketWidened& what)
{
    auto& widened = ticket(what.ticket);
    const auto& steps = policies.desk.queues.at(widened.queue).widen;
    must(widened.phase != TicketPhase::assigned, "what is assigned waits for nobody");
    must(!widened.parked && !widened.is_held(), "what is held stays as it is");
    must(what.step == ++widened.widened && what.step <= steps.size(), "step after step");
    const auto& step = steps[what.step - 1];
    must(widened.widens || std::max(widened.steps_since, widened.waiting_since) + step.after <= event.at,
         "not before its time, unless a rule asks for it");
    widened.widens = false;
    must(covers(widened.needs, what.needs), "widening asks for less");
    for (const auto& name : step.drop)
        for (const auto& need : what.needs) must(need.name != name, "{} is not dropped", name);
    for (const auto& lower : step.skills)
        for (const auto& need : what.needs)
            must(need.name != lower.name || need.level <= lower.level, "{} is not lowered", lower.name);
    widened.needs = what.needs;
}

void Reference::on(const desk::Policies& policies, const Event& event, const PromiseMade& what)
{
    const auto& queue = policies.desk.queues.at(ticket(what.ticket).queue);
    const auto* const calendar = find_calendar(policies.desk.calendars, queue.calendar);
    must(queue.when_closed == WhenClosed::promise && calendar != nullptr, "this queue promises");
    must(!open_at(*calendar, event.at), "only closed queues promise");
    must(what.answer_by > next_open(*calendar, event.at), "no answer comes before it opens");
}

void Reference::on(const desk::Policies& policies, const Event& event, const WaitTold& what)
{
    const auto& told = ticket(what.ticket);
    const auto& queue = policies.desk.queues.at(told.queue);
    must(queue.tell_wait, "this queue tells nobody");
    must(told.phase == TicketPhase::waiting && !told.parked && !told.called_at,
         "only who is in line is told");
    std::uint32_t ahead = 0;
    for (const auto& [id, other] : open_) {
        const bool in_line = other.phase == TicketPhase::waiting && !other.parked && !other.called_at;
        if (!in_line || !other.routed || other.queue != told.queue) continue;
        if (std::tie(other.queued_as, id) < std::tie(told.queued_as, what.ticket)) ++ahead;
    }
    must(what.ahead == ahead, "{} has others ahead of it", what.ticket);
    auto latest = takes_[told.queue];
    if (latest.size() > 32) latest.erase(latest.begin(), latest.end() - 32);
    must(latest.size() >= 8, "nobody knows how long it takes");
    const auto* const calendar = find_calendar(policies.desk.calendars, queue.calendar);
    Duration spent{};
    for (const auto& take : latest) spent += time_between(calendar, take.from, take.to);
    must(what.taken_by == add_time(calendar, event.at, spent * (ahead + 1) / std::ssize(latest)),
         "{} is told another wait", what.ticket);
}

}  // namespace triaged::sim
