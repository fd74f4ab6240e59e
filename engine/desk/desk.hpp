// The desk: a deterministic state machine. Commands and time go in, events come out.

#pragma once

#include <optional>
#include <vector>

#include "engine/desk/policies.hpp"
#include "engine/desk/state.hpp"
#include "engine/model/command.hpp"
#include "engine/model/event.hpp"

namespace triaged::desk {

/// What `command` means at `now`. Reads, changes nothing. Events carry the sequence numbers that follow the
/// state's. \param command  loses what its events then hold (a contact); otherwise, and if it is refused, it
/// is left as it was. \return events, possibly none, or why the command is refused.
Result<std::vector<Event>> decide(const Policies& policies, const State& state, Command&& command,
                                  Instant now);
Result<std::vector<Event>> decide(const Policies& policies, const State& state, const Command& command,
                                  Instant now);

/// Which offers follow from the state as it is: the heads of queues meet the agents who are free.
/// Reads, changes nothing. \return the next offer to make, or nothing once all is settled.
std::optional<Event> settle(const Policies& policies, const State& state, Instant now);

/// Applies one event. Total: replay needs no error path.
void evolve(State& state, const Event& event);

/// When an offer, a time condition or a retention limit next falls due; `Instant::max()` if never.
Instant next_deadline(const Policies& policies, const State& state);

/// One whole step: decides, applies, and settles what follows. All its events belong in one journal batch.
Result<std::vector<Event>> step(const Policies& policies, State& state, Command&& command, Instant now);
Result<std::vector<Event>> step(const Policies& policies, State& state, const Command& command, Instant now);

/// To be called after DeskPolicy has changed: the next step looks at all that waits and everybody who is
/// free, not only at what that step moves. Changes nothing that is kept.
void policies_changed(State& state);

}  // namespace triaged::desk
