#include "engine/rehearsal/describe.hpp"

#include <fmt/format.h>

namespace triaged::rehearsal {

using namespace rulebook;

namespace {

std::string list(const std::vector<std::string>& items)
{
    return items.size() == 1 ? items.front() : fmt::format("[{}]", fmt::join(items, ", "));
}

std::vector<std::string> bounds_of(const NumberRange& range)
{
    std::vector<std::string> out;
    if (range.low > -std::numeric_limits<double>::infinity())
        out.push_back(fmt::format("{}: {}", range.low_open ? "above" : "at_least", range.low));
    if (range.high < std::numeric_limits<double>::infinity())
        out.push_back(fmt::format("{}: {}", range.high_open ? "below" : "at_most", range.high));
    return out;
}

std::string words(const NumberRange& range)
{
    if (range.low == range.high) return fmt::format("{}", range.low);
    return fmt::format("{{{}}}", fmt::join(bounds_of(range), ", "));
}

std::string words(const Elapsed& elapsed)
{
    std::vector<std::string> out;
    if (elapsed.low > Duration{0}) out.push_back("at_least: " + triaged::to_string(elapsed.low));
    if (elapsed.high < Duration::max()) out.push_back("at_most: " + triaged::to_string(elapsed.high));
    if (!elapsed.calendar.empty()) out.push_back("calendar: " + elapsed.calendar);
    return fmt::format("{}: {{{}}}", to_string(elapsed.clock), fmt::join(out, ", "));
}

std::string words(const Promised& promised)
{
    const auto target = to_string(promised.target);
    if (!promised.wanted) return fmt::format("sla.{}: {{breached: false}}", target);
    if (promised.left > Duration{0})
        return fmt::format("sla.{}: {{left: {}}}", target, triaged::to_string(promised.left));
    return fmt::format("sla.{}: {{used: {}%}}", target, promised.percent);
}

}  // namespace

Describer::Describer(const Rulebook::Compiled& compiled) : compiled_(compiled)
{
    const auto& symbols = compiled.symbols;
    for (const auto& pattern : symbols.patterns()) names_.emplace(pattern.number, pattern.written());
    for (const auto& slot : symbols.slots()) {
        names_.emplace(slot.is_true, "true");
        names_.emplace(slot.is_false, "false");
        for (const auto& [value, atom] : slot.values) names_.emplace(atom, value);
    }
    for (const auto priority : all_priorities)
        names_.emplace(symbols.priority(priority), std::string(to_string(priority)));
    for (const auto& rule : compiled.rules) {
        names_.emplace(symbols.find_intent(rule.effects.intent), rule.effects.intent);
        names_.emplace(symbols.find_queue(rule.effects.queue.value), rule.effects.queue.value);
        for (const auto& tag : rule.effects.tags) names_.emplace(symbols.find_tag(tag), tag);
    }
    names_.insert_or_assign(no_atom, std::string("?"));
}

const std::string& Describer::name(AtomIndex atom) const
{
    const auto place = names_.find(atom);
    return place == names_.end() ? names_.at(no_atom) : place->second;
}

std::string Describer::describe(const Condition& condition) const
{
    const auto slot = [&](SlotIndex index) -> std::string {
        constexpr std::array<std::string_view, first_fact_slot> own{"intent", "tag", "priority", "queue",
                                                                    "text"};
        return index < own.size() ? std::string(own[index]) : compiled_.symbols.slots()[index].name;
    };
    if (const auto* const holds = std::get_if<Holds>(&condition.is)) {
        std::vector<std::string> names;
        for (const auto atom : holds->any_of) names.push_back(name(atom));
        return fmt::format("{}: {}", slot(holds->slot), list(names));
    }
    if (const auto* const range = std::get_if<InRange>(&condition.is)) {
        std::vector<std::string> ranges;
        for (const auto& one : range->any_of) ranges.push_back(words(one));
        return fmt::format("{}: {}", slot(range->slot), list(ranges));
    }
    if (const auto* const present = std::get_if<Present>(&condition.is))
        return fmt::format("{} {}", slot(present->slot), present->wanted ? "is there" : "is missing");
    if (const auto* const elapsed = std::get_if<Elapsed>(&condition.is)) return words(*elapsed);
    if (const auto* const promised = std::get_if<Promised>(&condition.is)) return words(*promised);
    if (const auto* const recent = std::get_if<Recent>(&condition.is))
        return fmt::format("{}: {{{}, within: {}}}", slot(recent->slot),
                           fmt::join(bounds_of(recent->count), ", "), triaged::to_string(recent->within));
    if (const auto* const hours = std::get_if<OpenHours>(&condition.is))
        return fmt::format("calendar: {{{}: {}}}", hours->calendar, hours->open ? "open" : "closed");
    const auto parts = [&](const std::vector<Condition>& of) {
        std::vector<std::string> out;
        for (const auto& part : of) out.push_back(describe(part));
        return list(out);
    };
    if (const auto* const all = std::get_if<All>(&condition.is)) return "all: " + parts(all->parts);
    if (const auto* const any = std::get_if<Any>(&condition.is)) return "any: " + parts(any->parts);
    return "not: " + parts(std::get<Not>(condition.is).parts);
}

}  // namespace triaged::rehearsal
