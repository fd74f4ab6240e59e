#include "engine/rehearsal/mutation.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/rehearsal/describe.hpp"

namespace triaged::rehearsal {

using namespace rulebook;

namespace {

std::vector<Condition>* parts_of(Condition& condition)
{
    if (auto* const all = std::get_if<All>(&condition.is)) return &all->parts;
    if (auto* const any = std::get_if<Any>(&condition.is)) return &any->parts;
    if (auto* const none = std::get_if<Not>(&condition.is)) return &none->parts;
    return nullptr;
}

class Mutator {
public:
    explicit Mutator(const Rulebook& rulebook) : compiled_(rulebook.compiled()), describer_(compiled_)
    {
        for (const auto& rule : compiled_.rules)
            if (!rule.off && !rule.effects.queue.value.empty()) queues_.insert(rule.effects.queue);
    }

    std::vector<Mutant> run()
    {
        for (rule_ = 0; rule_ < compiled_.rules.size(); ++rule_) {
            if (compiled_.rules[rule_].off) continue;
            changed_ = compiled_.rules[rule_];
            change(changed_.off, true, "the rule is off");
            mutate_list(changed_.conditions);
            mutate(changed_.effects);
        }
        return std::move(out_);
    }

private:
    /// Adds the rule as it is while `place` holds `value`.
    template <class T, class V>
    void change(T& place, V value, std::string what)
    {
        T before = std::exchange(place, T(std::move(value)));
        out_.push_back({rule_, condition_, std::move(what), {}, changed_});
        place = std::move(before);
    }

    template <class List, class Name>
    void drop_each(List& list, Name name)
    {
        for (std::size_t i = 0; i < list.size(); ++i) {
            auto fewer = list;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
            change(list, std::move(fewer), name(list[i]));
        }
    }

    /// \param conditions  of a rule or a group
    void mutate_list(std::vector<Condition>& conditions)
    {
        // A group without parts means something else than one without this part, so that its only part stays.
        if (conditions.size() > 1 || &conditions == &changed_.conditions)
            for (std::size_t i = 0; i < conditions.size(); ++i) {
                condition_ = words(conditions[i]);
                auto fewer = conditions;
                fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
                change(conditions, std::move(fewer), "left out");
            }
        for (auto& condition : conditions) mutate(condition);
        condition_.clear();
    }

    void mutate(Condition& condition)
    {
        if (auto* const parts = parts_of(condition)) return mutate_list(*parts);
        condition_ = words(condition);
        change(condition, Condition{Not{{condition}}}, "negated");
        if (auto* const holds = std::get_if<Holds>(&condition.is); holds && holds->any_of.size() > 1)
            mutate(holds->any_of);
        if (auto* const range = std::get_if<InRange>(&condition.is))
            for (auto& one : range->any_of) mutate(one);
        if (auto* const elapsed = std::get_if<Elapsed>(&condition.is)) mutate(*elapsed);
        if (auto* const recent = std::get_if<Recent>(&condition.is)) mutate(*recent);
        if (auto* const promised = std::get_if<Promised>(&condition.is)) mutate(*promised);
    }

    void mutate(std::vector<AtomIndex>& any_of)
    {
        const auto entries = any_of;
        drop_each(any_of,
                  [&](AtomIndex atom) { return fmt::format("{} no longer counts", describer_.name(atom)); });
        for (std::size_t i = 0; i < entries.size(); ++i)
            out_[out_.size() - entries.size() + i].entry = describer_.name(entries[i]);
    }

    void mutate(NumberRange& range)
    {
        const auto turn = [&](bool& open, double bound) {
            change(open, !open, fmt::format("{} {}", bound, open ? "counts too" : "itself no longer counts"));
        };
        if (range.low == range.high) return;
        if (range.low > -std::numeric_limits<double>::infinity()) turn(range.low_open, range.low);
        if (range.high < std::numeric_limits<double>::infinity()) turn(range.high_open, range.high);
    }

    void mutate(Elapsed& elapsed)
    {
        if (elapsed.low > Duration{0})
            change(elapsed.low, elapsed.low + std::max(Duration{1}, elapsed.low / 10),
                   "begins a tenth later");
        if (elapsed.high < Duration::max())
            change(elapsed.high, elapsed.high - std::max(Duration{1}, elapsed.high / 10),
                   "ends a tenth sooner");
    }

    void mutate(Recent& recent)
    {
        for (auto* const bound : {&recent.count.low, &recent.count.high})
            if (std::isfinite(*bound))
                change(*bound, *bound + (bound == &recent.count.low ? 1 : -1), "one narrower");
        change(recent.within, recent.within - std::max(Duration{1}, recent.within / 10),
               "a tenth less far back");
    }

    void mutate(Promised& promised)
    {
        if (promised.left > Duration{0})
            change(promised.left, promised.left - std::max(Duration{1}, promised.left / 10), "a tenth later");
        else if (promised.percent < 100)
            change(promised.percent, promised.percent + std::max(1, promised.percent / 10), "a tenth later");
    }

    void mutate(Effects& effects)
    {
        drop_each(effects.set, [](const FactChange& one) { return fmt::format("{} is not set", one.fact); });
        drop_each(effects.tags,
                  [](const std::string& tag) { return fmt::format("tag {} is not given", tag); });
        drop_each(effects.notify,
                  [](const std::string& lead) { return fmt::format("{} is not told", lead); });
        drop_each(effects.skills,
                  [](const Skill& skill) { return fmt::format("skill {} is not asked for", skill.name); });
        const auto drop = [&](std::string& name, std::string_view what) {
            if (!name.empty()) change(name, std::string(), fmt::format("{} {} is not set", what, name));
        };
        drop(effects.intent, "intent");
        drop(effects.sla, "sla");
        drop(effects.contact_by, "contact_by");
        if (effects.raise > 0) change(effects.raise, 0, "the priority is not raised");
        if (effects.widen) change(effects.widen, false, "the queue asks for no less");
        if (effects.priority) {
            const auto other = *effects.priority == Priority::urgent ? Priority::low : Priority::urgent;
            change(effects.priority, other,
                   fmt::format("priority {} becomes {}", to_string(*effects.priority), to_string(other)));
        }
        if (effects.queue.value.empty()) return;
        const auto other = std::find_if(queues_.begin(), queues_.end(),
                                        [&](const QueueName& queue) { return queue != effects.queue; });
        if (other != queues_.end())
            change(effects.queue, *other,
                   fmt::format("queue {} becomes {}", effects.queue.value, other->value));
    }

    std::string words(const Condition& condition) const
    {
        for (std::size_t i = 0; i < changed_.conditions.size(); ++i)
            if (&changed_.conditions[i] == &condition) return compiled_.infos[rule_].conditions[i];
        return describer_.describe(condition);
    }

    const Rulebook::Compiled& compiled_;
    Describer describer_;
    std::set<QueueName> queues_;  // that rules name
    RuleIndex rule_ = 0;
    Rule changed_;           // the rule at `rule_`, as it is being changed
    std::string condition_;  // that is being changed; empty: none is
    std::vector<Mutant> out_;
};

}  // namespace

std::vector<Mutant> mutants(const Rulebook& rulebook) { return Mutator(rulebook).run(); }

Trial::Trial(const desk::Policies& policies, const std::vector<Case>& cases,
             const std::vector<Timeline>& timelines)
    : cases_(cases), timelines_(timelines), policies_(policies)
{
    auto copy = std::make_unique<Rulebook::Compiled>(policies.rulebook->compiled());
    varied_ = copy.get();
    policies_.rulebook = std::make_shared<const Rulebook>(std::move(copy));
    fires_in_.resize(varied_->rules.size());
    for (std::uint32_t i = 0; i < cases.size(); ++i) {
        const auto outcome = play(*varied_, cases[i]);
        for (RuleIndex rule = 0; rule < varied_->rules.size(); ++rule) {
            const auto& name = varied_->infos[rule].name;
            const auto& names =
                varied_->infos[rule].stage == Stage::escalate ? outcome.escalated : outcome.fired;
            if (std::find(names.begin(), names.end(), name) != names.end()) fires_in_[rule].push_back(i);
        }
    }
}

bool Trial::notices(const Mutant& mutant)
{
    auto original = std::exchange(varied_->rules[mutant.rule], mutant.changed);
    varied_->index = AccessIndex(varied_->rules, varied_->symbols);
    const bool noticed = some_case_fails(fires_in_[mutant.rule]) ||
                         std::any_of(timelines_.begin(), timelines_.end(),
                                     [&](const Timeline& one) { return !play(policies_, one).empty(); });
    varied_->rules[mutant.rule] = std::move(original);
    return noticed;
}

bool Trial::some_case_fails(const std::vector<std::uint32_t>& likely) const
{
    const auto fails = [&](std::uint32_t i) {
        return !mismatches(cases_[i], play(*varied_, cases_[i])).empty();
    };
    if (std::any_of(likely.begin(), likely.end(), fails)) return true;
    for (std::uint32_t i = 0; i < cases_.size(); ++i)
        if (!std::binary_search(likely.begin(), likely.end(), i) && fails(i)) return true;
    return false;
}

}  // namespace triaged::rehearsal
