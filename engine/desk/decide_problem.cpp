// Deciding which tickets have one cause, and what is done to all of them.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/desk/decision.hpp"

namespace triaged::desk {

namespace {

/// The value rules would read under this name; nothing if it is not known.
std::optional<std::string> value_of(std::string_view name, const Matter& matter, const Routing& routing)
{
    if (name == "intent") return routing.intent.empty() ? std::nullopt : std::optional(routing.intent);
    if (name == "queue") return routing.queue.value;
    auto value = routing.enriched.find(name);
    if (!value) value = matter.ticket.find(name);
    if (!value) value = (matter.merged ? *matter.merged : *matter.stored).find(name);
    return value ? std::optional(to_string(*value)) : std::nullopt;
}

/// `intent=late-parcel, order.product=toys`; nothing if the ticket lacks one of them.
std::optional<ThreadKey> key_of(const ProblemPolicy& policy, const Matter& matter, const Routing& routing)
{
    ThreadKey key{policy.name, {}};
    for (const auto& name : policy.keys) {
        const auto value = value_of(name, matter, routing);
        if (!value) return std::nullopt;
        key.value += fmt::format("{}{}={}", key.value.empty() ? "" : ", ", name, *value);
    }
    return key;
}

Result<const Problem*> open_problem(const Decision& decision, ProblemId id)
{
    if (const auto* const problem = root_problem(decision.state, id)) return problem;
    const bool was = id.value != 0 && id < decision.state.next_problem;
    return fail(ErrorCode::bad_value,
                fmt::format("{}: {}", to_string(id), was ? "closed" : "no such problem"));
}

/// Tickets of a problem being worked through, at most so many a step.
class Working {
public:
    Working(Decision& decision, const Problem& problem, ProblemWork work)
        : decision_(decision), problem_(problem), work_(std::move(work))
    {}

    void run()
    {
        const auto tickets = tickets_of(decision_.state, problem_, work_.next, problem_tickets_a_step);
        const bool done = tickets.size() < problem_tickets_a_step;
        work_.next = done ? TicketId{} : TicketId{tickets.back().value + 1};
        const bool closes = work_.action == ProblemAction::close && done;
        if (!closes) note();
        for (const auto id : tickets) look_at(*decision_.state.find(id));
        if (closes) note();
    }

private:
    void note()
    {
        decision_.add(ProblemChanged{
            problem_.id, work_.action, work_.next, {}, work_.queue, work_.text, work_.disposition});
    }

    void look_at(const Ticket& ticket)
    {
        if (!ticket.routed()) return;
        switch (work_.action) {
            case ProblemAction::hold:
                return hold(ticket);
            case ProblemAction::release:
            case ProblemAction::close:
                if (ticket.parked()) unpark(decision_, ticket, problem_.id);
                return;
            case ProblemAction::reroute:
                return reroute(ticket);
            case ProblemAction::answer:
                return answer(ticket);
            case ProblemAction::merge:
                return;
        }
    }

    void take_back(const Ticket& ticket, std::string_view why)
    {
        desk::take_back(decision_, ticket, fmt::format("{} {}", why, to_string(problem_.id)));
    }

    void hold(const Ticket& ticket)
    {
        if (ticket.parked() || ticket.phase == TicketPhase::assigned) return;
        take_back(ticket, "held for");
        decision_.add(TicketParked{ticket.id, problem_.id, true});
    }

    void reroute(const Ticket& ticket)
    {
        if (ticket.phase == TicketPhase::assigned) return;
        if (decision_.state.symbols.text(ticket.queue) == work_.queue.value) return;
        move(decision_, ticket, {work_.queue, "requeue", "with " + to_string(problem_.id)});
    }

    void answer(const Ticket& ticket)
    {
        take_back(ticket, "answered with");
        end_promises(decision_, ticket);
        decision_.add(TicketAnswered{ticket.id, problem_.id, work_.text});
        decision_.add(TicketCompleted{ticket.id, AgentId(), work_.disposition});
    }

    Decision& decision_;
    const Problem& problem_;
    ProblemWork work_;
};

/// When a problem that a surge opened is over for want of further tickets; max() if it waits for a person.
Instant over_at(const DeskPolicy& policy, const Problem& problem)
{
    if (problem.into.value != 0 || problem.policy.empty() || problem.work.pending()) return Instant::max();
    for (const auto& known : policy.problems)
        if (known.name == problem.policy) return problem.last_at + known.quiet;
    return Instant::max();
}

Result<void> merge_problems(Decision& decision, const ActOnProblem& command)
{
    const auto& state = decision.state;
    const auto found = state.problems.find(command.problem);
    if (found == state.problems.end()) return open_problem(decision, command.problem).map([](const auto*) {});
    const auto& problem = found->second;
    const ProblemChanged what{command.problem, ProblemAction::merge, {}, command.into, {}, {}, {}};
    if (command.into.value == 0) {
        if (problem.into.value == 0)
            return fail(ErrorCode::bad_value, fmt::format("{} is not merged", to_string(problem.id)));
        if (root_problem(state, problem.id)->work.binding())
            return fail(ErrorCode::bad_value, fmt::format("{} is being worked on; wait until it is done",
                                                          to_string(root_problem(state, problem.id)->id)));
        decision.add(ProblemChanged(what));
        return {};
    }
    const auto into = open_problem(decision, command.into);
    if (!into) return tl::unexpected(into.error());
    if ((*into)->id == root_problem(state, problem.id)->id) {
        if (problem.into.value != 0) return {};  // said twice
        return fail(ErrorCode::bad_value,
                    fmt::format("{} cannot be merged into itself", to_string(problem.id)));
    }
    if (problem.into.value != 0)
        return fail(ErrorCode::bad_value, fmt::format("{} is merged into {}; undo that first",
                                                      to_string(problem.id), to_string(problem.into)));
    if (problem.work.pending() || (*into)->work.pending())
        return fail(ErrorCode::bad_value, "one of the two is being worked on; wait until it is done");
    decision.add(ProblemChanged{command.problem, ProblemAction::merge, {}, (*into)->id, {}, {}, {}});
    return {};
}

}  // namespace

Surging surging(const Decision& decision, const Matter& matter, const Routing& routing)
{
    Surging found;
    for (const auto& policy : decision.policies.desk.problems) {
        auto key = key_of(policy, matter, routing);
        if (!key) continue;
        const auto* const surge = decision.state.surges.find(*key);
        if (surge != nullptr && found.joins == nullptr)
            found.joins = root_problem(decision.state, surge->problem);
        found.keys.push_back(std::move(*key));
    }
    return found;
}

void count_surges(Decision& decision, TicketId ticket, Surging&& surging)
{
    if (surging.keys.empty()) return;
    const auto& policies = decision.policies.desk.problems;
    Duration longest{};
    for (const auto& policy : policies) longest = std::max(longest, policy.within);
    const auto keys = surging.keys;
    decision.add(SurgeCounted{ticket, std::move(surging.keys), decision.now - longest});
    const auto& state = decision.state;
    if (surging.joins != nullptr) {
        decision.add(ProblemLinked{surging.joins->id, {ticket}});
        if (surging.joins->held) decision.add(TicketParked{ticket, surging.joins->id, true});
        return;
    }
    if (state.problems.size() >= problems_open_max) return;
    for (const auto& key : keys) {
        const auto policy = std::find_if(policies.begin(), policies.end(),
                                         [&](const ProblemPolicy& known) { return known.name == key.name; });
        const auto* const surge = state.surges.find(key);
        std::vector<TicketId> tickets;
        double usual = 0;
        if (surge != nullptr) {
            const auto from = decision.now - policy->within;
            for (const auto& [at, other] : surge->recent)
                if (at > from) tickets.push_back(other);
            usual = usual_count(*surge, decision.now, policy->within);
        }
        tickets.push_back(ticket);
        const auto count = tickets.size();
        if (count < static_cast<std::size_t>(policy->at_least)) continue;
        if (static_cast<double>(count) < policy->factor * usual) continue;
        // Those of another problem stay there.
        std::erase_if(tickets, [&](TicketId id) {
            const auto* const other = state.find(id);
            return other != nullptr && problem_of(state, *other) != nullptr;
        });
        const auto id = state.next_problem;
        decision.add(ProblemOpened{id, key.name, key.value, static_cast<std::uint32_t>(count),
                                   static_cast<std::uint32_t>(std::min(usual * 1'000.0, 4e9)),
                                   policy->notify});
        decision.add(ProblemLinked{id, std::move(tickets)});
        return;
    }
}

void inhibit(Decision& decision, const Problem& problem, TicketId ticket, std::vector<std::string>&& notify)
{
    NotifyInhibited what{ticket, problem.id, std::move(notify), {}};
    for (const auto& name : what.notify)
        if (!std::binary_search(problem.told.begin(), problem.told.end(), name) &&
            decision.tell_once(problem.id, name))
            what.told.push_back(name);
    decision.add(std::move(what));
}

Result<void> open_problem(Decision& decision, const OpenProblem& command)
{
    const auto& state = decision.state;
    if (command.about.empty()) return fail(ErrorCode::missing_field, "a problem needs to be about something");
    if (state.problems.size() >= problems_open_max)
        return fail(ErrorCode::bad_value,
                    fmt::format("{} problems are open; close some first", problems_open_max));
    for (const auto id : command.tickets)
        if (state.find(id) == nullptr)
            return fail(ErrorCode::unknown_ticket, fmt::format("{}: not open", to_string(id)));
    decision.add(ProblemOpened{state.next_problem, {}, command.about, 0, 0, {}});
    if (!command.tickets.empty()) decision.add(ProblemLinked{state.next_problem, command.tickets});
    return {};
}

Result<void> link(Decision& decision, const LinkTickets& command)
{
    const auto& state = decision.state;
    const bool off = command.problem.value == 0;
    const Problem* problem = nullptr;
    if (!off) {
        const auto found = open_problem(decision, command.problem);
        if (!found) return tl::unexpected(found.error());
        problem = *found;
        if (problem->work.binding())
            return fail(ErrorCode::bad_value,
                        fmt::format("{} is being worked on; wait until it is done", to_string(problem->id)));
    }
    ProblemLinked news{off ? ProblemId{} : problem->id, {}};
    for (const auto id : command.tickets) {
        const auto* const ticket = state.find(id);
        if (ticket == nullptr)
            return fail(ErrorCode::unknown_ticket, fmt::format("{}: not open", to_string(id)));
        const auto* const now = problem_of(state, *ticket);
        const bool listed = std::find(news.tickets.begin(), news.tickets.end(), id) != news.tickets.end();
        if (now != problem && !listed) news.tickets.push_back(id);
    }
    if (news.tickets.empty()) return {};
    const auto linked = news.tickets;
    decision.add(std::move(news));
    if (problem == nullptr || !problem->held) return {};
    for (const auto id : linked) {
        const auto& ticket = *state.find(id);
        if (ticket.phase == TicketPhase::assigned) continue;
        take_back(decision, ticket, "held for " + to_string(problem->id));
        decision.add(TicketParked{id, problem->id, true});
    }
    return {};
}

Result<void> act_on_problem(Decision& decision, const ActOnProblem& command)
{
    if (command.action == ProblemAction::merge) return merge_problems(decision, command);
    const auto found = open_problem(decision, command.problem);
    if (!found) return tl::unexpected(found.error());
    const auto& problem = **found;
    if (problem.work.binding())
        return fail(ErrorCode::bad_value, fmt::format("{}: {} is under way", to_string(problem.id),
                                                      to_string(problem.work.action)));
    if (command.action == ProblemAction::answer && command.text.empty())
        return fail(ErrorCode::missing_field, "an answer needs its `text`");
    const auto& queues = decision.policies.desk.queues;
    if (command.action == ProblemAction::reroute && !queues.contains(command.queue)) {
        std::vector<std::string> names;
        for (const auto& [name, queue] : queues) names.push_back(name.value);
        const auto near = closest(command.queue.value, names);
        return fail(ErrorCode::bad_value,
                    fmt::format("there is no queue '{}'{}", command.queue.value,
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }
    if (command.action == ProblemAction::answer) keep_closed(decision);
    Working(decision, problem,
            {command.action, TicketId{1}, command.queue, command.text, command.disposition})
        .run();
    return {};
}

bool work_on_problems(Decision& decision)
{
    const auto& state = decision.state;
    for (const auto& [id, problem] : state.problems) {
        if (problem.work.pending() && problem.into.value == 0)
            return Working(decision, problem, problem.work).run(), true;
        if (over_at(decision.policies.desk, problem) > decision.now) continue;
        return Working(decision, problem, {ProblemAction::close, TicketId{1}, {}, {}, {}}).run(), true;
    }
    return false;
}

Instant problems_due(const DeskPolicy& policy, const State& state)
{
    auto due = Instant::max();
    for (const auto& [id, problem] : state.problems) {
        if (problem.work.pending() && problem.into.value == 0) return state.at;
        due = std::min(due, over_at(policy, problem));
    }
    return due;
}

}  // namespace triaged::desk
