// The world of the simulation: its desk's rules and policies as they are before they begin to change.

#pragma once

#include <memory>
#include <vector>

#include "engine/model/policy.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::sim {

/// The rulebooks that a simulation swaps between. They differ in what escalates.
const std::vector<std::shared_ptr<const rulebook::Rulebook>>& rulebooks();

DeskPolicy policy();

}  // namespace triaged::sim
