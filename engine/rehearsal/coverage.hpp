// Coverage: which rules, and which of their conditions, the test cases have put to the test.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/rehearsal/cases.hpp"
#include "engine/rehearsal/timeline.hpp"

namespace triaged::rehearsal {

/// One condition that is no group of others. It *mattered* where the rule would have come out otherwise, had
/// this condition alone been otherwise.
struct LeafCoverage {
    std::string condition;     // as `describe` has it
    std::uint64_t held = 0;    // times it held, and mattered
    std::uint64_t failed = 0;  // times it was false or unknown, and mattered

    bool covered() const { return held > 0 && failed > 0; }
};

struct RuleCoverage {
    RuleIndex rule = 0;
    bool off = false;
    std::uint64_t fired = 0;
    std::vector<LeafCoverage> leaves;
};

class Coverage {
public:
    /// \pre `rulebook` outlives this object.
    explicit Coverage(const rulebook::Rulebook& rulebook);

    /// Plays the case. \return what is not as expected, as `mismatches`.
    std::vector<std::string> run(const Case& one);
    /// Plays the timeline. \return what is not as expected. \pre `policies` has this object's rulebook.
    std::vector<std::string> run(const desk::Policies& policies, const Timeline& timeline);
    /// Takes over what another object saw of the same rulebook.
    void merge(const Coverage& other);

    const std::vector<RuleCoverage>& rules() const { return rules_; }  // by RuleIndex

private:
    void look(rulebook::Stage stage, const rulebook::FactSheet& sheet, const rulebook::Clocks& clocks,
              std::span<const RuleIndex> done);

    const rulebook::Rulebook::Compiled& compiled_;
    std::vector<std::vector<const rulebook::Condition*>> leaves_;  // by RuleIndex, as in `rules_`
    std::vector<RuleCoverage> rules_;
};

/// The conditions in `conditions` that are no groups, in order.
std::vector<const rulebook::Condition*> leaves_of(const std::vector<rulebook::Condition>& conditions);

}  // namespace triaged::rehearsal
