// The read model's columns that hold JSON: empty where there is nothing to tell.

#pragma once

#include <string>
#include <vector>

#include "engine/model/event.hpp"

namespace triaged::journal {

std::string list_json(const std::vector<std::string>& items);
std::string skills_json(const Skills& skills);
std::string facts_json(const FactSet& facts);
std::string losers_json(const std::vector<LosingCandidate>& losers);

/// The name of a rule; `#12` if its rulebook is not in the journal, which is a null `names`.
std::string rule_name(const std::vector<std::string>* names, RuleIndex rule);
std::string fired_json(const Trace& trace, const std::vector<std::string>* names);

using ConditionsByRule = std::vector<std::vector<std::string>>;
/// With the conditions themselves, as far as they are known.
std::string near_json(const Trace& trace, const std::vector<std::string>* names,
                      const ConditionsByRule* conditions);
std::string lost_json(const Trace& trace, const std::vector<std::string>* names);

}  // namespace triaged::journal
