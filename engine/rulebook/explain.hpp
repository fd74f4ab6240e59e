// Explain: every rule's verdict on one ticket, by the same evaluator that routes.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/rulebook/rulebook.hpp"
#include "engine/rulebook/truth.hpp"

namespace triaged::rulebook {

struct ConditionVerdict {
    std::string condition;  // as in RuleInfo
    Truth truth = Truth::no;
    std::string seen;  // the value the ticket has, or `(missing)`
};

struct RuleVerdict {
    RuleIndex rule = 0;
    Truth truth = Truth::no;
    bool fired = false;  // true is not enough: the rule may be off, or come after the route that was taken
    std::vector<ConditionVerdict> conditions;
    std::vector<std::string>
        effects;  // what it set: `queue: returns`; what it lost: `priority: already high by vip`
};

struct Explanation {
    Routing routing;
    std::vector<RuleVerdict> rules;  // every rule, in RuleIndex order
};

/// Explains routing; escalation rules are judged by `clocks` against the routing found.
Explanation explain(const Rulebook& rulebook, const Subject& subject, const Clocks& clocks);

/// For people: the stages, the rules that fired and what each did, near misses (all but one condition true)
/// with the condition that failed and the value seen, conflicts lost, and the digest.
std::string render(const Rulebook& rulebook, const Explanation& explanation, bool colour);

/// The same as one JSON object.
std::string to_json(const Rulebook& rulebook, const Explanation& explanation);

}  // namespace triaged::rulebook
