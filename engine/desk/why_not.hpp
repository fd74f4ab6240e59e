// Why not this agent: what keeps a ticket from an agent, as things stand.

#pragma once

#include <string>
#include <vector>

#include "engine/desk/state.hpp"
#include "engine/model/policy.hpp"

namespace triaged::desk {

struct Reason {
    std::string key;   // `presence`, `skill`, `declined`, `room`, `mode`, or a key of the queue's strategy
    std::string text;  // for people

    bool operator==(const Reason&) const = default;
};

inline constexpr std::size_t before_max = 5;  // tickets named
inline constexpr std::size_t before_counted_max = 1'000;

struct WhyNot {
    bool holds = false;            // it is theirs: offered or assigned
    std::vector<Reason> reasons;   // none: nothing stands between them
    std::vector<TicketId> before;  // waiting tickets the agent could serve that come first, in order
    std::size_t before_count = 0;  // of them all; at most `before_counted_max`
};

/// \return `unknown_ticket` or `unknown_agent` if there is nothing to say.
Result<WhyNot> why_not(const DeskPolicy& policy, const State& state, TicketId ticket, const AgentId& agent,
                       Instant now);

/// For people, in lines.
std::string render(TicketId ticket, const AgentId& agent, const WhyNot& why);

}  // namespace triaged::desk
