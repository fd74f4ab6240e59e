// Access index: files each rule under the atoms of its most selective condition, or under its bounds if that
// is on a number, so that a ticket meets only the rules of which at least that condition may hold.

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
    /// Visits the rules to look at when the slot's number is `number`.
    template <class Visit>
    void each_at(SlotIndex slot, double number, Visit visit) const
    {
        const auto& line = lines_[slot];
        if (line.bounds.empty()) return;
        for (auto cell = line.leaf_of(number); cell > 0; cell /= 2)
            for (const auto rule : rules_of(line.first_cell + cell)) visit(rule);
    }
    /// The rules to look at whatever holds.
    std::span<const RuleIndex> always() const { return always_; }
    std::size_t rule_count() const { return rule_count_; }

private:
    /// The numbers of a slot, cut at the bounds that rules have: each bound is a leaf, and so is what lies
    /// between two. Leaves are those of a segment tree: a range is filed under the few cells that make it up,
    /// and a number is in its leaf and in the cells above.
    struct Line {
        std::vector<double> bounds;  // sorted
        AtomIndex first_cell = 0;    // of as many as there are leaves, twice; filed as if they were atoms

        std::uint32_t leaves() const { return static_cast<std::uint32_t>(2 * bounds.size() + 1); }
        std::uint32_t leaf_of(double number) const;
        template <class Visit>
        void each_cell(const NumberRange& range, Visit visit) const;
    };

    std::vector<std::uint32_t> begin_;  // by atom, then by cell, into rules_; one more at the end
    std::vector<RuleIndex> rules_;
    std::vector<Line> lines_;  // by slot
    std::vector<RuleIndex> always_;
    std::size_t rule_count_ = 0;
};

}  // namespace triaged::rulebook
