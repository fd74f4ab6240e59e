#include "engine/rulebook/explain.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "engine/rulebook/match.hpp"

namespace triaged::rulebook {

namespace {

constexpr std::string_view missing = "(missing)";

std::string list(const std::vector<std::string>& names)
{
    return fmt::format("[{}]", fmt::join(names, ", "));
}

std::string list(const Skills& skills)
{
    std::string out;
    for (const auto& [name, level] : skills)
        out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", name, level);
    return "{" + out + "}";
}

/// Says what a ticket has of what a condition asks for. Truth is not its business: that comes from the
/// evaluator.
class Witness {
public:
    Witness(const Rulebook& rulebook, const Subject& subject, const Routing& routing, const Clocks& clocks)
        : compiled_(rulebook.compiled()), subject_(subject), routing_(routing), clocks_(clocks)
    {
        for (const auto& pattern : compiled_.symbols.patterns()) patterns_.emplace(pattern.number, &pattern);
    }

    std::string seen(const Condition& condition, Stage stage) const
    {
        struct Visitor {
            const Witness& witness;
            Stage stage;

            std::string operator()(const Holds& holds) const { return witness.held(holds, stage); }
            std::string operator()(const InRange& in_range) const
            {
                return witness.fact(in_range.slot, stage);
            }
            std::string operator()(const Present& present) const { return witness.fact(present.slot, stage); }
            std::string operator()(const Elapsed& elapsed) const { return witness.shown(elapsed); }
            std::string operator()(const Promised& promised) const { return witness.used_of(promised); }
            std::string operator()(const OpenHours& hours) const { return witness.hours_of(hours); }
            std::string operator()(const Recent& recent) const { return witness.counted(recent); }
            std::string operator()(const All& group) const { return each(group.parts); }
            std::string operator()(const Any& group) const { return each(group.parts); }
            std::string operator()(const Not& group) const { return each(group.parts); }

            std::string each(const std::vector<Condition>& parts) const
            {
                std::string out;
                for (const auto& part : parts) {
                    const auto name = witness.name_of(part);
                    out += fmt::format("{}{}{}{}", out.empty() ? "" : "; ", name, name.empty() ? "" : " ",
                                       witness.seen(part, stage));
                }
                return out;
            }
        };
        return std::visit(Visitor{*this, stage}, condition.is);
    }

private:
    /// What a part of a group is about; empty for groups inside groups.
    std::string_view name_of(const Condition& condition) const
    {
        const auto& slots = compiled_.symbols.slots();
        if (const auto* const holds = std::get_if<Holds>(&condition.is)) return slots[holds->slot].name;
        if (const auto* const range = std::get_if<InRange>(&condition.is)) return slots[range->slot].name;
        if (const auto* const present = std::get_if<Present>(&condition.is)) return slots[present->slot].name;
        if (const auto* const recent = std::get_if<Recent>(&condition.is)) return slots[recent->slot].name;
        return {};
    }

    std::string held(const Holds& holds, Stage stage) const
    {
        switch (holds.slot) {
            case intent_slot:
                return routing_.intent.empty() ? "(none)" : routing_.intent;
            case tag_slot:
                return tags_before(stage);
            case priority_slot:
                return std::string(to_string(routing_.priority));
            case queue_slot:
                return routing_.queue.value;
            case text_slot:
                return found(holds);
            default:
                return fact(holds.slot, stage);
        }
    }

    std::string found(const Holds& holds) const
    {
        if (subject_.text.rulebook != compiled_.id) return std::string(missing);
        std::vector<std::string> out;
        for (const auto atom : holds.any_of)
            if (std::binary_search(subject_.text.hits.begin(), subject_.text.hits.end(), atom))
                out.push_back(patterns_.at(atom)->written());
        return out.empty() ? "none of it" : fmt::format("{}", fmt::join(out, ", "));
    }

    std::string fact(SlotIndex slot, Stage stage) const
    {
        const auto& name = compiled_.symbols.slots()[slot].name;
        // Rules of enrich read what came with the ticket, not what they themselves add.
        auto value = stage == Stage::enrich ? std::nullopt : routing_.enriched.find(name);
        if (!value) value = subject_.ticket.find(name);
        if (!value) value = subject_.customer.find(name);
        if (!value && parse_desk_fact(name)) return "0";
        return value ? triaged::to_string(*value) : std::string(missing);
    }

    std::string tags_before(Stage stage) const
    {
        std::vector<std::string> tags;
        for (const auto rule : routing_.trace.fired)
            if (compiled_.infos[rule].stage < stage)
                for (const auto& tag : compiled_.rules[rule].effects.tags)
                    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
        return tags.empty() ? "(none)" : fmt::format("{}", fmt::join(tags, ", "));
    }

    std::string shown(const Elapsed& elapsed) const
    {
        const auto start = start_of(elapsed.clock, clocks_);
        if (start == Instant::max()) return "(not running)";
        const auto* const calendar = calendar_of(elapsed, clocks_);
        if (calendar == nullptr && !elapsed.calendar.empty()) return "(no such calendar)";
        return triaged::to_string(time_between(calendar, start, clocks_.now));
    }

    std::string counted(const Recent& recent) const
    {
        const auto& name = compiled_.symbols.slots()[recent.slot].name;
        auto contacts = subject_.ticket.find(name);
        if (!contacts) contacts = subject_.customer.find(name);
        if (!contacts) return std::string(missing);
        const auto [least, most] =
            count_recent(subject_.earlier, std::get<double>(*contacts), recent.within, clocks_.now);
        const auto count = least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most);
        return fmt::format("{} in {}", count, triaged::to_string(recent.within));
    }

    std::string used_of(const Promised& promised) const
    {
        const auto clock = clock_of(promised, clocks_);
        if (!clock) return "(not running)";
        return fmt::format("{} of {} used, due {}", triaged::to_string(used(*clock, clocks_.now)),
                           triaged::to_string(clock->within), triaged::to_string(due_at(*clock)));
    }

    std::string hours_of(const OpenHours& hours) const
    {
        const auto* const calendar =
            clocks_.desk ? find_calendar(clocks_.desk->calendars, hours.calendar) : nullptr;
        if (calendar == nullptr) return "(no such calendar)";
        return open_at(*calendar, clocks_.now) ? "open" : "closed";
    }

    const Rulebook::Compiled& compiled_;
    const Subject& subject_;
    const Routing& routing_;
    const Clocks& clocks_;
    std::unordered_map<AtomIndex, const Pattern*> patterns_;
};

RuleVerdict judge(const Rulebook::Compiled& compiled, RuleIndex index, const FactSheet& sheet,
                  const Clocks& clocks)
{
    RuleVerdict verdict{index, Truth::yes, false, {}, {}};
    const auto& rule = compiled.rules[index];
    for (std::size_t i = 0; i < rule.conditions.size(); ++i) {
        const auto truth = evaluate(rule.conditions[i], sheet, &clocks);
        verdict.conditions.push_back({compiled.infos[index].conditions[i], truth, {}});
        verdict.truth = std::min(verdict.truth, truth);
    }
    return verdict;
}

/// The effects of one rule as lines.
class EffectLines {
public:
    EffectLines(const Rulebook::Compiled& compiled, const Routing& routing, RuleIndex rule)
        : compiled_(compiled), routing_(routing), rule_(rule)
    {}

    std::vector<std::string> of(const Effects& effects)
    {
        for (const auto& change : effects.set) add(change.fact, triaged::to_string(change.view()));
        if (!effects.intent.empty()) add("intent", effects.intent);
        if (!effects.tags.empty()) add("tags", list(effects.tags));
        if (effects.priority) add("priority", to_string(*effects.priority));
        if (effects.raise > 0) add("raise", std::to_string(effects.raise));
        if (effects.widen) add("widen", "true");
        if (!effects.sla.empty()) add("sla", effects.sla);
        if (!effects.skills.empty()) add("skills", list(effects.skills));
        if (!effects.contact_by.empty()) add("contact_by", effects.contact_by);
        if (!effects.queue.value.empty()) add("queue", effects.queue.value);
        if (!effects.notify.empty()) add("notify", list(effects.notify));
        return std::move(lines_);
    }

private:
    void add(std::string_view what, std::string_view value)
    {
        const auto& lost = routing_.trace.lost;
        const auto loss = std::find_if(
            lost.begin(), lost.end(), [&](const Loss& one) { return one.rule == rule_ && one.what == what; });
        if (loss == lost.end())
            lines_.push_back(fmt::format("{}: {}", what, value));
        else
            lines_.push_back(
                fmt::format("{}: already {} by {}", what, value_now(what), compiled_.infos[loss->to].name));
    }

    std::string value_now(std::string_view what) const
    {
        if (what == "intent") return routing_.intent;
        if (what == "priority") return std::string(to_string(routing_.priority));
        if (what == "sla") return routing_.sla;
        if (what == "contact_by") return routing_.contact_by;
        const auto value = routing_.enriched.find(what);
        return value ? triaged::to_string(*value) : "";
    }

    const Rulebook::Compiled& compiled_;
    const Routing& routing_;
    RuleIndex rule_;
    std::vector<std::string> lines_;
};

}  // namespace

Explanation explain(const Rulebook& rulebook, const Subject& subject, const Clocks& given)
{
    const auto& compiled = rulebook.compiled();
    Explanation out;
    auto clocks = given;
    const StageObserver observer = [&](Stage stage, const FactSheet& sheet) {
        const auto begin = compiled.stage_begin[static_cast<std::size_t>(stage)];
        const auto end = compiled.stage_begin[static_cast<std::size_t>(stage) + 1];
        for (auto rule = begin; rule < end; ++rule) out.rules.push_back(judge(compiled, rule, sheet, clocks));
    };
    out.routing = decide(compiled, subject, observer, clocks);
    clocks.terms = terms_of(clocks, out.routing);
    const auto escalations = find_escalations(compiled, subject, out.routing, clocks, {}, observer);
    for (const auto rule : out.routing.trace.fired) out.rules[rule].fired = true;
    for (const auto& step : escalations.steps) out.rules[step.rule].fired = true;

    const Witness witness(rulebook, subject, out.routing, clocks);
    for (auto& verdict : out.rules) {
        const auto& rule = compiled.rules[verdict.rule];
        const auto stage = compiled.infos[verdict.rule].stage;
        for (std::size_t i = 0; i < rule.conditions.size(); ++i)
            verdict.conditions[i].seen = witness.seen(rule.conditions[i], stage);
        if (verdict.fired)
            verdict.effects = EffectLines(compiled, out.routing, verdict.rule).of(rule.effects);
        else if (rule.off)
            verdict.effects = {"off: never applied"};
        else if (verdict.truth == Truth::yes)
            verdict.effects = {"not reached: " + compiled.infos[out.routing.trace.fired.back()].name +
                               " came first"};
    }
    return out;
}

}  // namespace triaged::rulebook
