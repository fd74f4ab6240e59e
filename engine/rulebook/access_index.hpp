// Access index: files each rule under the atoms of its most selective condition, so that a ticket meets only the rules
// of which at least that condition may hold.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/rulebook/condition.hpp"

namespace triaged::rulebook {

struct Rule;
class Symbols;

/// The rules to look at, marked as atoms turn true; visited in rule order.
class Candidates {
public:
    void reset(std::span<const std::uint64_t> always) { marks_.assign(always.begin(), always.end()); }
    void mark(RuleIndex rule) { marks_[rule / 64] |= std::uint64_t{1} << (rule % 64); }
    /// The first marked rule in [from, end), or `end`.
    RuleIndex next(RuleIndex from, RuleIndex end) const;

private:
    std::vector<std::uint64_t> marks_;
};

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
    /// Marks of the rules to look at whatever holds.
    std::span<const std::uint64_t> always() const { return always_; }

private:
    std::vector<std::uint32_t> begin_;  // by atom, into rules_; one more at the end
    std::vector<RuleIndex> rules_;
    std::vector<std::uint64_t> always_;
};

}  // namespace triaged::rulebook
