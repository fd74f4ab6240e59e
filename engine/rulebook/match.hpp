// Match: runs the stages over one ticket. The one evaluator behind routing, escalation, explanations and
// tests.

#pragma once

#include <functional>
#include <span>

#include "engine/rulebook/compiled.hpp"
#include "engine/rulebook/fact_sheet.hpp"

namespace triaged::rulebook {

/// Called before each stage with what holds then; `explain` judges every rule of the stage with it.
using StageObserver = std::function<void(Stage, const FactSheet&)>;

/// Runs enrich, classify, prioritise and route.
Routing decide(const Rulebook::Compiled& compiled, const Subject& subject, const StageObserver& observer = {},
               const Clocks& clocks = {});

/// Runs all five stages.
Placement place(const Rulebook::Compiled& compiled, const Subject& subject, const Clocks& clocks);

/// Runs escalate for a ticket that stands as `routing` says.
Escalations find_escalations(const Rulebook::Compiled& compiled, const Subject& subject,
                             const Routing& routing, const Clocks& clocks, std::span<const RuleIndex> done,
                             const StageObserver& observer = {});

}  // namespace triaged::rulebook
