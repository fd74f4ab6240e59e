// Mutation: small mistakes put into rules on purpose, to see whether any test case or timeline notices.

#pragma once

#include <string>
#include <vector>

#include "engine/rehearsal/cases.hpp"
#include "engine/rehearsal/timeline.hpp"

namespace triaged::rehearsal {

/// One rule with one mistake in it.
struct Mutant {
    RuleIndex rule = 0;
    std::string condition;  // that was changed, as `describe` has it; empty: the rule itself or an effect
    std::string change;     // `left out`, `"in pieces" no longer counts`
    std::string entry;  // the word or value of a list that no longer counts, if that is the change: there are
                        // many, and each wants a ticket of its own
    rulebook::Rule changed;

    /// `channel: [chat, email]: email no longer counts`
    std::string what() const { return condition.empty() ? change : condition + ": " + change; }
};

/// Every mutant of every rule that is not off, in rule order: each condition negated and left out, each entry
/// of a list left out, each bound shut, each moment a tenth later, each effect left out or turned into
/// another, the rule off.
std::vector<Mutant> mutants(const rulebook::Rulebook& rulebook);

/// Plays tests under mutants, one at a time; one object a thread.
class Trial {
public:
    /// \param cases, timelines  read for the policies' rulebook, and passing under it; they outlive this
    /// object.
    Trial(const desk::Policies& policies, const std::vector<Case>& cases,
          const std::vector<Timeline>& timelines);
    Trial(Trial&&) = default;

    /// Whether a test fails under `mutant`.
    bool notices(const Mutant& mutant);

private:
    /// \param likely  places in `cases_`, ascending, that are looked at first
    bool some_case_fails(const std::vector<std::uint32_t>& likely) const;

    const std::vector<Case>& cases_;
    const std::vector<Timeline>& timelines_;
    desk::Policies policies_;                           // with a rulebook of this object's own
    rulebook::Rulebook::Compiled* varied_;              // that rulebook's inside
    std::vector<std::vector<std::uint32_t>> fires_in_;  // by RuleIndex, places in `cases_`, ascending
};

}  // namespace triaged::rehearsal
