#include "engine/rulebook/access_index.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/rulebook/compiled.hpp"

namespace triaged::rulebook {

namespace {

struct SlotRange {
    SlotIndex slot;
    NumberRange range;
};

/// Atoms and ranges of which one holds whenever a condition does, and how often that may be (share of
/// tickets, a guess).
struct Access {
    std::vector<AtomIndex> atoms;
    std::vector<SlotRange> ranges;
    double share = 1.0;
};

/// Guesses for what no sample of traffic has told: enough to prefer a phrase to a word to a value to a flag.
class Shares {
public:
    explicit Shares(const Symbols& symbols) : by_atom_(symbols.atom_count(), share_of_name)
    {
        std::fill_n(by_atom_.begin(), all_priorities.size(), share_of_priority);
        for (const auto& pattern : symbols.patterns())
            by_atom_[pattern.number] = share_of_pattern / static_cast<double>(1 + pattern.text.size());
        for (const auto& slot : symbols.slots()) {
            if (slot.known != no_atom) by_atom_[slot.known] = share_of_known;
            for (const auto atom : {slot.is_true, slot.is_false})
                if (atom != no_atom) by_atom_[atom] = share_of_flag;
            const double values = static_cast<double>(slot.values.size()) + 1.0;
            for (const auto& [text, atom] : slot.values) by_atom_[atom] = 1.0 / values;
        }
    }

    double of(AtomIndex atom) const { return by_atom_[atom]; }
    static double of(const NumberRange& range)
    {
        return std::isfinite(range.low) && std::isfinite(range.high) ? share_of_stretch : share_of_side;
    }

private:
    static constexpr double share_of_pattern = 0.15;  // of one letter; longer ones are rarer
    static constexpr double share_of_name = 0.05;     // an intent, a tag, a queue
    static constexpr double share_of_priority = 0.4;
    static constexpr double share_of_flag = 0.5;
    static constexpr double share_of_known = 0.8;
    static constexpr double share_of_side = 0.5;      // of numbers, on one side of a bound
    static constexpr double share_of_stretch = 0.25;  // between two

    std::vector<double> by_atom_;
};

std::optional<Access> access_of(const Condition& condition, const Symbols& symbols, const Shares& shares);

/// Of conditions that must all hold, the most selective; nothing if none can be filed.
std::optional<Access> best_of(const std::vector<Condition>& parts, const Symbols& symbols,
                              const Shares& shares)
{
    std::optional<Access> best;
    for (const auto& part : parts) {
        auto access = access_of(part, symbols, shares);
        if (access && (!best || access->share < best->share)) best = std::move(access);
    }
    return best;
}

/// Of conditions of which one must hold, all together; nothing if one cannot be filed.
std::optional<Access> union_of(const std::vector<Condition>& parts, const Symbols& symbols,
                               const Shares& shares)
{
    Access all{{}, {}, 0.0};
    for (const auto& part : parts) {
        const auto access = access_of(part, symbols, shares);
        if (!access) return std::nullopt;
        all.atoms.insert(all.atoms.end(), access->atoms.begin(), access->atoms.end());
        all.ranges.insert(all.ranges.end(), access->ranges.begin(), access->ranges.end());
        all.share += access->share;
    }
    return all;
}

std::optional<Access> access_of(const Condition& condition, const Symbols& symbols, const Shares& shares)
{
    struct Visitor {
        const Symbols& symbols;
        const Shares& shares;

        std::optional<Access> operator()(const Holds& holds) const
        {
            Access access{holds.any_of, {}, 0.0};
            for (const auto atom : holds.any_of) access.share += shares.of(atom);
            return access;
        }
        std::optional<Access> operator()(const InRange& in_range) const
        {
            // What the desk itself counts changes while a ticket waits: such a rule stays in sight.
            if (parse_desk_fact(symbols.slots()[in_range.slot].name)) return known(in_range.slot);
            Access access{{}, {}, 0.0};
            for (const auto& range : in_range.any_of) {
                if (!std::isfinite(range.low) && !std::isfinite(range.high)) return known(in_range.slot);
                access.ranges.push_back({in_range.slot, range});
                access.share += Shares::of(range);
            }
            return access;
        }
        std::optional<Access> operator()(const Present& present) const
        {
            return present.wanted ? known(present.slot) : std::nullopt;
        }
        std::optional<Access> operator()(const Elapsed&) const { return std::nullopt; }
        std::optional<Access> operator()(const Promised&) const { return std::nullopt; }
        std::optional<Access> operator()(const OpenHours&) const { return std::nullopt; }
        std::optional<Access> operator()(const Recent& recent) const { return known(recent.slot); }
        std::optional<Access> operator()(const All& all) const { return best_of(all.parts, symbols, shares); }
        std::optional<Access> operator()(const Any& any) const
        {
            return union_of(any.parts, symbols, shares);
        }
        std::optional<Access> operator()(const Not&) const { return std::nullopt; }

        std::optional<Access> known(SlotIndex slot) const
        {
            const auto atom = symbols.slots()[slot].known;
            return Access{{atom}, {}, shares.of(atom)};
        }
    };
    return std::visit(Visitor{symbols, shares}, condition.is);
}

}  // namespace

std::uint32_t AccessIndex::Line::leaf_of(double number) const
{
    const auto place = std::lower_bound(bounds.begin(), bounds.end(), number);
    const auto between = 2 * static_cast<std::uint32_t>(place - bounds.begin());
    return leaves() + between + (place != bounds.end() && *place == number ? 1 : 0);
}

/// \pre its bounds are bounds of the line, or infinite.
template <class Visit>
void AccessIndex::Line::each_cell(const NumberRange& range, Visit visit) const
{
    auto from = std::isfinite(range.low) ? leaf_of(range.low) + (range.low_open ? 1 : 0) : leaves();
    auto to = std::isfinite(range.high) ? leaf_of(range.high) + (range.high_open ? 0 : 1) : 2 * leaves();
    for (; from < to; from /= 2, to /= 2) {
        if (from % 2 == 1) visit(from++);
        if (to % 2 == 1) visit(--to);
    }
}

AccessIndex::AccessIndex(std::span<const Rule> rules, const Symbols& symbols)
    : lines_(symbols.slots().size()), rule_count_(rules.size())
{
    const Shares shares(symbols);
    struct Filed {
        AtomIndex atom;
        RuleIndex rule;
    };
    struct FiledRange {
        SlotRange on;
        RuleIndex rule;
    };
    std::vector<Filed> filed;
    std::vector<FiledRange> ranges;
    for (RuleIndex rule = 0; rule < rules.size(); ++rule) {
        if (rules[rule].off) continue;
        const auto access = best_of(rules[rule].conditions, symbols, shares);
        if (!access) {
            always_.push_back(rule);
            continue;
        }
        for (const auto atom : access->atoms) filed.push_back({atom, rule});
        for (const auto& range : access->ranges) ranges.push_back({range, rule});
    }
    for (const auto& [on, rule] : ranges)
        for (const auto bound : {on.range.low, on.range.high})
            if (std::isfinite(bound)) lines_[on.slot].bounds.push_back(bound);
    auto atoms = symbols.atom_count();
    for (auto& line : lines_) {
        auto& bounds = line.bounds;
        std::sort(bounds.begin(), bounds.end());
        bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
        bounds.shrink_to_fit();
        line.first_cell = static_cast<AtomIndex>(atoms);
        if (!bounds.empty()) atoms += 2 * line.leaves();
    }
    for (const auto& [on, rule] : ranges) {
        const auto& line = lines_[on.slot];
        line.each_cell(on.range, [&, r = rule](std::uint32_t cell) {
            filed.push_back({line.first_cell + cell, r});
        });
    }
    begin_.assign(atoms + 1, 0);
    for (const auto& [atom, rule] : filed) ++begin_[atom + 1];
    for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
    rules_.resize(filed.size());
    auto next = begin_;
    for (const auto& [atom, rule] : filed) rules_[next[atom]++] = rule;
}

}  // namespace triaged::rulebook
