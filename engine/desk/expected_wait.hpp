// The expected wait: what a customer in line can be told. Internal to the desk and its views.
//
// A queue counts as one line. How fast it moves is measured by its latest takes, in the queue's hours and
// only while somebody stood in line, so that neither nights nor quiet hours make it look slow.

#pragma once

#include <optional>

#include "engine/desk/state.hpp"
#include "engine/model/event.hpp"
#include "engine/model/policy.hpp"

namespace triaged::desk {

struct ExpectedWait {
    Instant taken_by;         // when somebody probably takes it
    std::uint32_t ahead = 0;  // tickets that stand before it
};

/// \param place  in the line of `queue`, whether or not a ticket stands there
/// \return nothing while too few takes of the queue are known, or if it is not known to be open long enough.
std::optional<ExpectedWait> expected_wait(const DeskPolicy& policy, const State& state, Symbol queue,
                                          const WaitingKey& place, Instant now);

/// The same of a ticket of normal priority that would come now.
std::optional<ExpectedWait> expected_wait_of_next(const DeskPolicy& policy, const State& state, Symbol queue,
                                                  Instant now);

/// What the sender of the contact that `events` took in is to be told, if its ticket has come to stand in
/// line on a queue that tells. \param events  of one step, applied and settled
std::optional<WaitTold> wait_to_tell(const DeskPolicy& policy, const State& state,
                                     const std::vector<Event>& events, Instant now);

}  // namespace triaged::desk
