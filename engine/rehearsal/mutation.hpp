// Mutation: small mistakes put into rules on purpose, to see whether any test case notices.

#pragma once

#include <string>
#include <vector>

#include "engine/rehearsal/cases.hpp"

namespace triaged::rehearsal {

/// One rule with one mistake in it.
struct Mutant {
    RuleIndex rule = 0;
    std::string what;  // `channel: email no longer counts`
    rulebook::Rule changed;
    bool entry = false;  // a word or value of a list no longer counts: there are many, and each wants a
                         // ticket of its own
};

/// Every mutant of every rule that is not off, in rule order: each condition negated and left out, each entry
/// of a list left out, each bound shut, each moment a tenth later, each effect left out or turned into
/// another, the rule off.
std::vector<Mutant> mutants(const rulebook::Rulebook& rulebook);

/// Plays cases under mutants, one at a time; one object a thread.
class Trial {
public:
    /// \param cases  read for `rulebook`, and passing under it; they and it outlive this object.
    Trial(const rulebook::Rulebook& rulebook, const std::vector<Case>& cases);

    /// The first case found to fail under `mutant`, those first in which its rule fires; null if none does.
    const Case* noticed_by(const Mutant& mutant);

private:
    const std::vector<Case>& cases_;
    rulebook::Rulebook::Compiled varied_;
    std::vector<std::vector<std::uint32_t>> fires_in_;  // by RuleIndex, places in `cases_`, ascending
};

}  // namespace triaged::rehearsal
