#include "engine/desk/decision.hpp"
#include "engine/desk/desk.hpp"
#include "engine/desk/expected_wait.hpp"
#include "engine/desk/settle.hpp"

namespace triaged::desk {

namespace {

struct Decide {
    Decision& decision;

    /// An agent who asks for something that is not refused is there.
    Result<void> heard(Result<void> done, const AgentId& agent)
    {
        if (done) hear(decision, agent);
        return done;
    }

    Result<void> operator()(ReceiveTicket& command) { return receive(decision, std::move(command)); }
    Result<void> operator()(ReceiveContact& command) { return receive(decision, std::move(command)); }
    Result<void> operator()(const UpdateCustomer& command) { return update(decision, command); }
    Result<void> operator()(const SignInAgent& command)
    {
        return heard(sign_in(decision, command), command.agent);
    }
    Result<void> operator()(const SetPresence& command)
    {
        auto done = set_presence(decision, command);
        return command.own ? done : heard(std::move(done), command.agent);
    }
    Result<void> operator()(const AcceptOffer& command)
    {
        return heard(accept(decision, command), command.agent);
    }
    Result<void> operator()(const DeclineOffer& command)
    {
        return heard(decline(decision, command), command.agent);
    }
    Result<void> operator()(const CompleteTicket& command)
    {
        return heard(complete(decision, command), command.agent);
    }
    Result<void> operator()(const AssignTicket& command) { return assign(decision, command); }
    Result<void> operator()(const RequeueTicket& command) { return requeue(decision, command); }
    Result<void> operator()(const ReleaseTicket& command)
    {
        return heard(release(decision, command), command.agent);
    }
    Result<void> operator()(const TransferTicket& command)
    {
        return heard(transfer(decision, command), command.agent);
    }
    Result<void> operator()(const TakeTicket& command)
    {
        return heard(take(decision, command), command.agent);
    }
    Result<void> operator()(const EndWrapUp& command)
    {
        return heard(end_wrap_up(decision, command), command.agent);
    }
    Result<void> operator()(const AdoptRulebook& command) { return adopt(decision, command); }
    Result<void> operator()(const MergeTickets& command) { return merge(decision, command); }
    Result<void> operator()(const SplitTicket& command) { return split(decision, command); }
    Result<void> operator()(const ReopenTicket& command) { return reopen(decision, command); }
    Result<void> operator()(const AbandonTicket& command) { return abandon(decision, command); }
    Result<void> operator()(const RequestCallback& command) { return call_back(decision, command); }
    Result<void> operator()(const ReplyTicket& command)
    {
        return heard(reply(decision, command), command.agent);
    }
    Result<void> operator()(const HoldTicket& command)
    {
        return heard(hold(decision, command), command.agent);
    }
    Result<void> operator()(const ResumeTicket& command)
    {
        return heard(resume(decision, command), command.agent);
    }
    Result<void> operator()(const GiveFeedback& command) { return give_feedback(decision, command); }
    Result<void> operator()(const UpdateOrder& command) { return update(decision, command); }
    Result<void> operator()(const UpdateContract& command) { return update(decision, command); }
    Result<void> operator()(const OpenProblem& command) { return open_problem(decision, command); }
    Result<void> operator()(const LinkTickets& command) { return link(decision, command); }
    Result<void> operator()(const ActOnProblem& command) { return act_on_problem(decision, command); }
    Result<void> operator()(const Tick&)
    {
        tick(decision);
        return {};
    }
};

}  // namespace

void Decision::add(Happening&& what)
{
    if (events_.capacity() == 0)
        events_.reserve(4);  // most decisions: news of a customer, a ticket, its routing, an offer
    const Seq seq = state.head + events_.size() + 1;
    events_.push_back({seq, now, std::move(what)});
}

Result<std::vector<Event>> decide(const Policies& policies, const State& state, Command&& command,
                                  Instant now)
{
    check(policies.rulebook != nullptr, "a desk has a rulebook");
    Decision decision(policies, state, now);
    return std::visit(Decide{decision}, command).map([&] { return decision.take(); });
}

Result<std::vector<Event>> decide(const Policies& policies, const State& state, const Command& command,
                                  Instant now)
{
    return decide(policies, state, Command(command), now);
}

std::optional<Event> settle(const Policies& policies, const State& state, Instant now)
{
    auto offer = Settler(policies.desk, state).next(now);
    if (!offer) return std::nullopt;
    return Event{state.head + 1, now, std::move(*offer)};
}

Instant next_deadline(const Policies& policies, const State& state) { return next_due(policies.desk, state); }

Result<std::vector<Event>> step(const Policies& policies, State& state, Command&& command, Instant now)
{
    auto events = decide(policies, state, std::move(command), now);
    if (!events) return events;
    for (const auto& event : *events) evolve(state, event);
    Settler settler(policies.desk, state);
    while (auto offer = settler.next(now)) {
        const auto& event = events->emplace_back(Event{state.head + 1, now, std::move(*offer)});
        evolve(state, event);
    }
    if (auto told = wait_to_tell(policies.desk, state, *events, now))
        evolve(state, events->emplace_back(Event{state.head + 1, now, std::move(*told)}));
    state.board.settled();
    return events;
}

Result<std::vector<Event>> step(const Policies& policies, State& state, const Command& command, Instant now)
{
    return step(policies, state, Command(command), now);
}

void policies_changed(State& state) { state.board.stir_all(); }

}  // namespace triaged::desk
