// Contest: which of the agents who can take a ticket is offered it, and on which key the others lose.
// Internal to the desk.

#pragma once

#include <string_view>
#include <vector>

#include "engine/desk/state.hpp"
#include "engine/model/event.hpp"
#include "engine/model/policy.hpp"

namespace triaged::desk {

/// The units of an agent's capacity a ticket of `channel` takes: all of a small agent's, so that everybody
/// can take a call, but nobody anything beside it whom a call would fill.
int units_for(const DeskPolicy& policy, Channel channel, int capacity);

/// Whether the agent has the units free.
bool has_room_for(const DeskPolicy& policy, const RoomKey& room, Channel channel);
/// Whether they have not, but would if they were interrupted at work that yields to `channel`.
bool interrupts(const DeskPolicy& policy, const RoomKey& room, Channel channel);
/// Whether either is so.
bool can_hold(const DeskPolicy& policy, const RoomKey& room, Channel channel);

/// Whether nobody in `group` who comes after one with `used` of `capacity` units by load can have room for
/// `channel`: loads only rise along that order.
bool too_loaded(const DeskPolicy& policy, const Group& group, int used, int capacity, Channel channel);

/// The configured queue, or one with nothing but defaults if there is none of this name.
const Queue& queue_of(const DeskPolicy& policy, const State& state, Symbol queue);

/// The agent whom `queue` prefers for the ticket's customer at `now`; `none` if there is no such preference.
AgentSlot sticky_agent(const State& state, const Queue& queue, const Ticket& ticket, Instant now);

/// An agent who could take a ticket, with all that decides between such agents.
struct Eligible {
    std::size_t missed =
        0;  // 0: did not miss this ticket; else 1 for the one whose miss is oldest, and so on
    bool interrupts = false;  // it would take them away from other work
    bool sticky = false;      // the customer's last agent
    int skill = 0;            // levels of the skills needed, added up
    RoomKey room;
};

/// \param room  of the agent, or as it would be
Eligible eligible(const DeskPolicy& policy, const State& state, const Ticket& ticket, const RoomKey& room,
                  AgentSlot sticky);

/// How two agents compare: by which key, and who comes first (less than 0: `a`).
struct Comparison {
    std::string_view key;  // `missed`, `interrupts`, `sticky`, `skill`, `load`, `idle`, `turn` or `id`
    int sign = 0;
};

Comparison compare(Strategy strategy, const Eligible& a, const Eligible& b);

/// The best of the agents who can take a ticket, at most the winner and the losers a record keeps. In each
/// group it looks at no more agents than that, beside those in front of them who declined or missed the
/// ticket or, by orders other than load, lack room for its channel.
class Contest {
public:
    static constexpr std::size_t places = 1 + losing_candidates_max;

    /// \param queue  the ticket's
    Contest(const DeskPolicy& policy, const State& state, const Queue& queue, const Ticket& ticket,
            Instant now);

    Strategy strategy() const { return strategy_; }
    const std::vector<Eligible>& best() const { return best_; }

private:
    void enter(GroupId group);
    template <class Order>
    void enter(GroupId group, const Order& order, bool by_load);
    void enter_interrupted(GroupId group);
    void enter_sticky();
    void place(const Eligible& eligible);
    bool may_take(const RoomKey& room) const;

    const DeskPolicy& policy_;
    const State& state_;
    const Ticket& ticket_;
    Strategy strategy_;
    AgentSlot sticky_;
    std::vector<Eligible> best_;
};

}  // namespace triaged::desk
