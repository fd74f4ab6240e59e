// The reference: one cause behind many tickets.

#include "tests/sim/reference.hpp"

#include <algorithm>

namespace triaged::sim {

ProblemId Reference::root(ProblemId id) const
{
    auto found = problems_.find(id);
    while (found != problems_.end() && found->second.into.value != 0)
        found = problems_.find(found->second.into);
    return found == problems_.end() ? ProblemId{} : found->first;
}

void Reference::check_problem(const desk::State& state, ProblemId id) const
{
    const auto found = state.problems.find(id);
    must((found != state.problems.end()) == problems_.contains(id), "{} is open, or is over", id);
    if (found == state.problems.end()) return;
    must(problems_.at(id).into == found->second.into, "{} is merged elsewhere", id);
    for (const auto ticket : found->second.tickets)
        must(open_.contains(ticket) && open_.at(ticket).problem == id, "{} is not one of {}", ticket, id);
}

void Reference::on(const desk::Policies&, const Event& event, const SurgeCounted& what)
{
    must(what.ticket == last_id_, "only a new ticket counts");
    for (const auto& key : what.keys) counted_[{key.name, key.value}].push_back(event.at);
}

void Reference::on(const desk::Policies& policies, const Event& event, const ProblemOpened& what)
{
    must(what.problem == ProblemId{last_problem_.value + 1}, "problems are numbered without gaps");
    last_problem_ = what.problem;
    touched_.problems.insert(what.problem);
    for (const auto& [id, problem] : problems_)
        must(problem.policy.empty() || problem.policy != what.policy + "/" + what.about,
             "there is one problem a surge");
    problems_[what.problem] = {{},       what.policy.empty() ? "" : what.policy + "/" + what.about,
                               event.at, {what.notify.begin(), what.notify.end()},
                               {},       false};
    if (what.policy.empty()) return;
    const auto& known = policies.desk.problems;
    const auto policy =
        std::find_if(known.begin(), known.end(), [&](const auto& p) { return p.name == what.policy; });
    must(policy != known.end(), "a configured surge opens a problem");
    const auto& counted = counted_[{what.policy, what.about}];
    const auto count = std::count_if(counted.begin(), counted.end(),
                                     [&](Instant at) { return at > event.at - policy->within; });
    must(count == static_cast<std::ptrdiff_t>(what.count), "the tickets of the window are counted");
    must(count >= policy->at_least, "a surge is large enough");
    must(static_cast<double>(count) + 0.001 >= policy->factor * what.usual / 1'000.0,
         "a surge is more than usual");
}

void Reference::on(const desk::Policies&, const Event& event, const ProblemLinked& what)
{
    const auto to = root(what.problem);
    must(what.problem.value == 0 || to.value != 0, "tickets are linked to an open problem");
    for (const auto id : what.tickets) {
        const auto found = open_.find(id);
        if (found == open_.end()) continue;
        touch(id);
        found->second.problem = what.problem;
        if (found->second.parked) found->second.leave_out(found->second.parked_since, at_);
        found->second.parked = false;
    }
    if (to.value == 0) return;
    problems_.at(to).last_at = problems_.at(what.problem).last_at = event.at;
}

void Reference::on(const desk::Policies&, const Event&, const ProblemChanged& what)
{
    must(problems_.contains(what.problem), "what is changed is open");
    touched_.problems.insert(what.problem);
    for (const auto& [id, ticket] : open_)
        if (ticket.problem.value != 0) touched_.tickets.insert(id);
    auto& problem = problems_.at(what.problem);
    if (what.action == ProblemAction::merge) {
        must(what.into.value == 0 || root(what.into) == what.into,
             "a problem is merged into one that stands for itself");
        problem.into = what.into;
        must(root(what.problem).value != 0, "merging leads somewhere");
        return;
    }
    problem.doing = what.action;
    problem.under_way = what.next.value != 0;
    rerouting_.clear();
    if (what.action == ProblemAction::reroute) rerouting_.insert(what.problem);
    if (what.action != ProblemAction::close || problem.under_way) return;
    std::set<ProblemId> over;
    for (const auto& [id, other] : problems_)
        if (root(id) == what.problem) over.insert(id);
    for (const auto& [id, ticket] : open_)
        must(!ticket.parked || !over.contains(ticket.problem), "{} would be held for ever", id);
    for (const auto id : over) problems_.erase(id);
}

void Reference::on(const desk::Policies&, const Event&, const TicketParked& what)
{
    auto& changed = ticket(what.ticket);
    must(root(changed.problem) == root(what.problem) && root(what.problem).value != 0,
         "a problem holds its own");
    must(changed.parked != what.parked, "it was so already");
    must(!what.parked || changed.phase == TicketPhase::waiting, "what somebody has is not held");
    if (changed.parked) changed.leave_out(changed.parked_since, at_);
    changed.parked = what.parked;
    changed.parked_since = at_;
}

void Reference::on(const desk::Policies&, const Event&, const TicketAnswered& what)
{
    must(root(ticket(what.ticket).problem) == what.problem && what.problem.value != 0,
         "a problem answers its own");
    ticket(what.ticket).answered = true;
}

void Reference::on(const desk::Policies&, const Event&, const NotifyInhibited& what)
{
    const auto problem = root(what.problem);
    must(problem.value != 0 && !what.notify.empty(), "an open problem inhibits somebody's being told");
    for (const auto& name : what.told)
        must(problems_.at(problem).told.insert(name).second, "{} is told twice of one problem", name);
    for (const auto& name : what.notify)
        must(problems_.at(problem).told.contains(name), "{} is never told", name);
}

}  // namespace triaged::sim
