// Witness: a ticket that shows a finding, as `triagectl explain` takes it.

#pragma once

#include <array>
#include <optional>
#include <string>

#include "engine/rulebook/condition.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::analysis {

struct Witness {
    std::string subject;
    std::string body;
    FactSet ticket;  // with `channel` and `source`
    FactSet customer;
    std::array<std::optional<Duration>, rulebook::all_clocks.size()>
        clocks;  // by Clock: what each shows, if it runs

    rulebook::Clocks as_clocks() const;
};

/// One JSON object, without the clocks: these belong to the desk.
std::string to_json(const Witness& witness);

/// What the rulebook itself makes of the ticket.
struct Outcome {
    Routing routing;
    std::vector<RuleIndex> escalated;

    bool fired(RuleIndex rule) const;
};

Outcome run(const rulebook::Rulebook& rulebook, const Witness& witness);

}  // namespace triaged::analysis
