#include "engine/rehearsal/coverage.hpp"

#include <algorithm>

#include "engine/rehearsal/describe.hpp"

namespace triaged::rehearsal {

using namespace rulebook;

namespace {

/// The parts of a group; null if `condition` is none.
const std::vector<Condition>* parts_of(const Condition& condition)
{
    if (const auto* const all = std::get_if<All>(&condition.is)) return &all->parts;
    if (const auto* const any = std::get_if<Any>(&condition.is)) return &any->parts;
    if (const auto* const none = std::get_if<Not>(&condition.is)) return &none->parts;
    return nullptr;
}

void collect(const std::vector<Condition>& conditions, std::vector<const Condition*>& out)
{
    for (const auto& condition : conditions) {
        if (const auto* const parts = parts_of(condition))
            collect(*parts, out);
        else
            out.push_back(&condition);
    }
}

/// A leaf, and the truth it is taken to have whatever the ticket says.
struct Supposition {
    const Condition* leaf = nullptr;
    Truth truth = Truth::no;
};

/// As the evaluator judges, but for the supposition.
Truth suppose(const Condition& condition, const FactSheet& sheet, const Clocks& clocks,
              const Supposition& supposed)
{
    if (&condition == supposed.leaf) return supposed.truth;
    const auto* const parts = parts_of(condition);
    if (!parts) return evaluate(condition, sheet, &clocks);
    const bool any = std::holds_alternative<Any>(condition.is);
    auto truth = any ? Truth::no : Truth::yes;
    for (const auto& part : *parts) {
        const auto one = suppose(part, sheet, clocks, supposed);
        truth = any ? std::max(truth, one) : std::min(truth, one);
    }
    return std::holds_alternative<Not>(condition.is) ? negate(truth) : truth;
}

bool holds(const Rule& rule, const FactSheet& sheet, const Clocks& clocks, const Supposition& supposed = {})
{
    return std::all_of(rule.conditions.begin(), rule.conditions.end(), [&](const Condition& condition) {
        return suppose(condition, sheet, clocks, supposed) == Truth::yes;
    });
}

}  // namespace

std::vector<const Condition*> leaves_of(const std::vector<Condition>& conditions)
{
    std::vector<const Condition*> out;
    collect(conditions, out);
    return out;
}

Coverage::Coverage(const Rulebook& rulebook) : compiled_(rulebook.compiled())
{
    const Describer describer(compiled_);
    for (RuleIndex i = 0; i < compiled_.rules.size(); ++i) {
        const auto& rule = compiled_.rules[i];
        leaves_.push_back(leaves_of(rule.conditions));
        RuleCoverage coverage{i, rule.off, 0, {}};
        for (const auto* const leaf : leaves_.back())
            coverage.leaves.push_back({describer.describe(*leaf), 0, 0});
        rules_.push_back(std::move(coverage));
    }
}

std::vector<std::string> Coverage::run(const Case& one)
{
    const auto outcome = play(compiled_, one,
                              [this](Stage stage, const FactSheet& sheet, const Clocks& clocks,
                                     std::span<const RuleIndex> done) { look(stage, sheet, clocks, done); });
    return mismatches(one, outcome);
}

std::vector<std::string> Coverage::run(const desk::Policies& policies, const Timeline& timeline)
{
    return play(policies, timeline,
                [this](Stage stage, const FactSheet& sheet, const Clocks& clocks,
                       std::span<const RuleIndex> done) { look(stage, sheet, clocks, done); });
}

void Coverage::merge(const Coverage& other)
{
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        rules_[i].fired += other.rules_[i].fired;
        for (std::size_t k = 0; k < rules_[i].leaves.size(); ++k) {
            rules_[i].leaves[k].held += other.rules_[i].leaves[k].held;
            rules_[i].leaves[k].failed += other.rules_[i].leaves[k].failed;
        }
    }
}

void Coverage::look(Stage stage, const FactSheet& sheet, const Clocks& clocks,
                    std::span<const RuleIndex> done)
{
    const auto begin = compiled_.stage_begin[static_cast<std::size_t>(stage)];
    const auto end = compiled_.stage_begin[static_cast<std::size_t>(stage) + 1];
    for (auto i = begin; i < end; ++i) {
        const auto& rule = compiled_.rules[i];
        if (rule.off || std::binary_search(done.begin(), done.end(), i)) continue;
        auto& coverage = rules_[i];
        const bool fires = holds(rule, sheet, clocks);
        coverage.fired += fires;
        for (std::size_t k = 0; k < coverage.leaves.size(); ++k) {
            const auto* const leaf = leaves_[i][k];
            const bool held = evaluate(*leaf, sheet, &clocks) == Truth::yes;
            if (holds(rule, sheet, clocks, {leaf, held ? Truth::no : Truth::yes}) == fires) continue;
            ++(held ? coverage.leaves[k].held : coverage.leaves[k].failed);
        }
        if (fires && stage == Stage::route) return;  // rules after it are not looked at
    }
}

}  // namespace triaged::rehearsal
