// Timelines: a desk's day in a few steps. Tickets come in, agents sign in, accept and leave, time passes;
// between the steps it is said how each ticket should stand. Played by the desk that serves live traffic.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/desk/desk.hpp"
#include "engine/rehearsal/case_reader.hpp"
#include "engine/rehearsal/cases.hpp"

namespace triaged::rehearsal {

/// What somebody does in a step.
struct Act {
    enum class What : std::uint8_t {
        nothing,
        opens,
        writes,
        signs_in,
        presence,
        accepts,
        declines,
        replies,
        completes
    };
    What what = What::nothing;
    std::string ticket;  // by the name the timeline gives it
    CaseTicket written;  // of `opens` and `writes`
    AgentId agent;
    Skills skills;     // of `signs_in`; empty: the profile's
    int capacity = 0;  // likewise; 0: the profile's, or the desk's default
    Presence presence = Presence::available;
    std::string reason;  // of a decline; the text of a reply; the disposition of a completion
};

struct TicketExpected {
    std::string ticket;
    Expectations routing;
    StandingExpected standing;
};

struct Step {
    Duration at{};  // since the start; never before the step above
    Act act;
    std::optional<std::string> refused;  // the code with which the desk should refuse the act
    std::vector<TicketExpected> expect;  // after the act
};

struct Timeline {
    std::string name;
    std::string file;
    int line = 0;
    Instant start;
    std::vector<Step> steps;
};

/// Reads the timelines of one test file; a file without any has none. Names are checked like those of rules.
std::vector<Timeline> read_timelines(const rulebook::Rulebook& rulebook, const rulebook::Source& source,
                                     const rulebook::Vocabulary& vocabulary, std::vector<Diagnostic>& found);

/// Plays the steps on a desk of its own, every timer between them at its moment.
/// \param observer  as of cases: called with what the rules see of each ticket whenever the desk looks at it.
/// \return what is not as expected: `at 5m: call: queue is 'phone', not 'returns'`; empty if the timeline
/// passes.
std::vector<std::string> play(const desk::Policies& policies, const Timeline& timeline,
                              const Observer& observer = {});

}  // namespace triaged::rehearsal
