// Answers: what the desk's decisions look like to those who asked and to the agents they concern.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/daemon/metrics.hpp"
#include "engine/desk/state.hpp"
#include "engine/model/command.hpp"
#include "engine/model/event.hpp"

namespace triaged::daemon {

/// Appends the reply to `command`, which the desk has just decided with `events`.
void append_answer(std::string& out, std::string_view id, const desk::State& state, const Command& command,
                   const std::vector<Event>& events);

/// Appends the reply to a command that the desk refused.
void append_desk_refusal(std::string& out, std::string_view id, std::uint64_t line, const Command& command,
                         const Error& error);

/// The agent whom an event concerns at their connections, or null: offers made and ended.
const AgentId* agent_to_tell(const Event& event);
/// Appends the pushed line for that agent. \pre `agent_to_tell(event)`; `state` is as the event's step left
/// it.
void append_push(std::string& out, const desk::State& state, const Event& event);
/// Whether the event is the agent's own doing, so that the connection it came by need not be told.
bool is_own_doing(const Event& event);

/// Counts what became of tickets and contacts.
void count_outcome(Metrics& metrics, const Command& command, const std::vector<Event>& events);

}  // namespace triaged::daemon
