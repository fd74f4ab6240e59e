// Condition lines: what rules ask for, from their files alone, without the names a desk has.

#pragma once

#include <string>
#include <vector>

#include "engine/model/event.hpp"

namespace triaged::rulebook {

/// The conditions of each rule of an adopted rulebook, by RuleIndex and in the order in which NearMiss counts
/// them, as RuleInfo has them. Works for rulebooks that name queues and facts which are gone. A rule that
/// cannot be read has none.
std::vector<std::vector<std::string>> condition_lines(const RulebookAdopted& adopted);

}  // namespace triaged::rulebook
