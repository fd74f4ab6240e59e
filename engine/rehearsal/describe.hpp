// Describe: compiled conditions in the words of the rules.

#pragma once

#include <string>
#include <unordered_map>

#include "engine/rulebook/compiled.hpp"

namespace triaged::rehearsal {

class Describer {
public:
    /// \pre `compiled` outlives this object.
    explicit Describer(const rulebook::Rulebook::Compiled& compiled);

    /// `channel: [email, chat]`; of a group, its parts.
    std::string describe(const rulebook::Condition& condition) const;
    /// The value, pattern or name that `atom` stands for.
    const std::string& name(rulebook::AtomIndex atom) const;

private:
    const rulebook::Rulebook::Compiled& compiled_;
    std::unordered_map<rulebook::AtomIndex, std::string> names_;
};

}  // namespace triaged::rehearsal
