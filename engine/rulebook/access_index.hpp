// Access index: files each rule under the atoms of its most selective condition, so that a ticket meets only
// the rules of which at least that condition may hold.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/rulebook/condition.hpp"
#include "engine/rulebook/hit_marks.hpp"

namespace triaged::rulebook {

struct Rule;
class Symbols;

/// The rules to look at, marked as atoms turn true; visited in rule order.
using Candidates = HitMarks;

class AccessIndex {
public:
    AccessIndex() = default;
    /// Rules that are off are filed nowhere.
    AccessIndex(std::span<const Rule> rules, const Symbols& symbols);

    /// Rules to look at when `atom` is true.
    std::span<const RuleIndex> rules_of(AtomIndex atom) const
    {
        return std::span(rules_).subspan(begin_[atom], begin_[atom + 1] - begin_[atom]);
    }
    /// The rules to look at whatever holds.
    std::span<const RuleIndex> always() const { return always_; }
    std::size_t rule_count() const { return rule_count_; }

private:
    std::vector<std::uint32_t> begin_;  // by atom, into rules_; one more at the end
    std::vector<RuleIndex> rules_;
    std::vector<RuleIndex> always_;
    std::size_t rule_count_ = 0;
};

}  // namespace triaged::rulebook
