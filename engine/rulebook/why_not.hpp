// Why not: one rule's account of a decision: which of its conditions stopped it, and who set instead what it
// would have set.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/rulebook/explain.hpp"

namespace triaged::rulebook {

/// Something the rule sets, and what became of it.
struct Claim {
    std::string what;             // `queue`, `intent`, a fact's name, ...
    std::string wanted;           // by the rule
    std::string got;              // in the end; empty if nobody set it
    std::optional<RuleIndex> by;  // who set it; nothing if nobody did
};

struct WhyNot {
    RuleIndex rule = 0;
    std::string verdict;        // one sentence: why it did not fire, or that it did
    std::vector<Claim> claims;  // of which only one rule can set the value
};

/// \pre `explanation` is of `rulebook`, and has the rule.
WhyNot why_not(const Rulebook& rulebook, const Explanation& explanation, RuleIndex rule);

/// For people: the verdict, each condition with its truth and the value seen, and who set what instead.
std::string render(const Rulebook& rulebook, const Explanation& explanation, const WhyNot& account,
                   bool colour);

/// The same as one JSON object.
std::string to_json(const Rulebook& rulebook, const Explanation& explanation, const WhyNot& account);

}  // namespace triaged::rulebook
