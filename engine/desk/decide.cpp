#include "engine/desk/decision.hpp"
#include "engine/desk/desk.hpp"
#include "engine/desk/settle.hpp"

namespace triaged::desk {

namespace {

struct Decide {
    Decision& decision;

    Result<void> operator()(ReceiveTicket& command) { return receive(decision, std::move(command)); }
    Result<void> operator()(ReceiveContact& command) { return receive(decision, std::move(command)); }
    Result<void> operator()(const UpdateCustomer& command) { return update(decision, command); }
    Result<void> operator()(const SignInAgent& command) { return sign_in(decision, command); }
    Result<void> operator()(const SetPresence& command) { return set_presence(decision, command); }
    Result<void> operator()(const AcceptOffer& command) { return accept(decision, command); }
    Result<void> operator()(const DeclineOffer& command) { return decline(decision, command); }
    Result<void> operator()(const CompleteTicket& command) { return complete(decision, command); }
    Result<void> operator()(const AdoptRulebook& command) { return adopt(decision, command); }
    Result<void> operator()(const MergeTickets& command) { return merge(decision, command); }
    Result<void> operator()(const SplitTicket& command) { return split(decision, command); }
    Result<void> operator()(const ReopenTicket& command) { return reopen(decision, command); }
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
    state.board.settled();
    return events;
}

Result<std::vector<Event>> step(const Policies& policies, State& state, const Command& command, Instant now)
{
    return step(policies, state, Command(command), now);
}

void policies_changed(State& state) { state.board.stir_all(); }

}  // namespace triaged::desk
