// Encoding: when a condition is true of a ticket, and when false.

#include "engine/analysis/encoding.hpp"

#include <cmath>

#include <fmt/format.h>

namespace triaged::analysis {

using namespace rulebook;

z3::expr Encoding::atom(AtomIndex index, SlotIndex slot, Stage stage)
{
    const auto& [kind, number, name] = atoms_[index];
    const bool stands = stage == Stage::escalate;
    switch (kind) {
        case Kind::nothing:
            return context_.bool_val(false);  // no rule gives it
        case Kind::priority:
            if (stands) return priority_by_now(number);
            return stage < Stage::route ? context_.bool_val(false) : priority_is(number);
        case Kind::value: {
            const auto state = fact(slot, stage);
            return state.known && state.value == number;
        }
        case Kind::flag: {
            const auto state = fact(slot, stage);
            return state.known && (number == 1 ? state.value : !state.value);
        }
        case Kind::intent:
            return stands ? context_.int_const("intent by now") == static_cast<int>(index)
                          : intent_is(name, stage);
        case Kind::tag:
            return stands ? context_.bool_const(("tag by now " + name).c_str()) : has_tag(name, stage);
        case Kind::pattern:
            return patterns_.at(index);
        case Kind::queue:
            return context_.int_const("queue by now") == static_cast<int>(index);
    }
    return context_.bool_val(false);
}

z3::expr Encoding::lies_in(const NumberRange& range, const z3::expr& value)
{
    const auto bound = [&](double number) {
        return context_.real_val(fmt::format("{:.17f}", number).c_str());
    };
    std::vector<z3::expr> sides;
    if (std::isfinite(range.low))
        sides.push_back(range.low_open ? value > bound(range.low) : value >= bound(range.low));
    if (std::isfinite(range.high))
        sides.push_back(range.high_open ? value < bound(range.high) : value <= bound(range.high));
    return all(sides);
}

Encoding::Verdict Encoding::verdict(const Condition& condition, Stage stage)
{
    const auto each = [&](const std::vector<Condition>& parts, bool conjunction) {
        std::vector<z3::expr> yes, no;
        for (const auto& part : parts) {
            const auto inner = verdict(part, stage);
            yes.push_back(inner.yes);
            no.push_back(inner.no);
        }
        return conjunction ? Verdict{all(yes), any(no)} : Verdict{any(yes), all(no)};
    };
    if (const auto* const is = std::get_if<Holds>(&condition.is)) {
        std::vector<z3::expr> atoms;
        for (const auto index : is->any_of) atoms.push_back(atom(index, is->slot, stage));
        const auto yes = any(atoms);
        return {yes, is->slot < first_fact_slot ? !yes : fact(is->slot, stage).known && !yes};
    }
    if (const auto* const is = std::get_if<Recent>(&condition.is)) return recent(*is);
    if (const auto* const is = std::get_if<InRange>(&condition.is)) {
        const auto state = fact(is->slot, stage);
        std::vector<z3::expr> ranges;
        for (const auto& range : is->any_of) ranges.push_back(lies_in(range, state.value));
        const auto inside = any(ranges);
        return {state.known && inside, state.known && !inside};
    }
    if (const auto* const is = std::get_if<Present>(&condition.is)) {
        const auto known = is->slot < first_fact_slot ? context_.bool_val(true) : fact(is->slot, stage).known;
        return is->wanted ? Verdict{known, !known} : Verdict{!known, known};
    }
    if (const auto* const is = std::get_if<Elapsed>(&condition.is)) {
        const auto& clock = clock_of(*is);
        const auto at = [&](Duration span) { return context_.int_val(std::to_string(span.count()).c_str()); };
        auto inside = clock.shown >= at(is->low);
        if (is->high != Duration::max()) inside = inside && clock.shown <= at(is->high);
        return {clock.runs && inside, clock.runs && !inside};
    }
    if (const auto* const is = std::get_if<OpenHours>(&condition.is)) {
        const auto open = office(is->calendar);
        return is->open ? Verdict{open, !open} : Verdict{!open, open};
    }
    if (const auto* const is = std::get_if<Promised>(&condition.is)) return promise(*is);
    if (const auto* const is = std::get_if<All>(&condition.is)) return each(is->parts, true);
    if (const auto* const is = std::get_if<Any>(&condition.is)) return each(is->parts, false);
    const auto inner = each(std::get<Not>(condition.is).parts, true);
    return {inner.no, inner.yes};
}

/// A clock in a calendar's hours runs when the wall's does and never shows more.
const Encoding::ClockState& Encoding::clock_of(const rulebook::Elapsed& elapsed)
{
    const auto index = static_cast<std::size_t>(elapsed.clock);
    const auto& wall = clocks_[index];
    if (elapsed.calendar.empty()) return wall;
    const auto key = std::pair(index, elapsed.calendar);
    if (const auto done = office_clocks_.find(key); done != office_clocks_.end()) return done->second;
    const auto shown = context_.int_const(fmt::format("clock {} in {}", index, elapsed.calendar).c_str());
    solver_.add(shown >= 0 && shown <= wall.shown);
    return office_clocks_.emplace(key, ClockState{wall.runs, shown}).first->second;
}

z3::expr Encoding::office(const std::string& calendar)
{
    const auto done = offices_.find(calendar);
    if (done != offices_.end()) return done->second;
    const auto open = context_.bool_const(fmt::format("{} is open", calendar).c_str());
    return offices_.emplace(calendar, open).first->second;
}

/// Known at times only, because not all contacts' times are kept.
Encoding::Verdict Encoding::recent(const rulebook::Recent& recent)
{
    const auto told = z3::expr(context_, Z3_mk_fresh_const(context_, "times kept", context_.bool_sort()));
    const auto known = arrived_[recent.slot]->known && told;
    const auto inside = lies_in(recent.count, contacts_within(recent));
    return {known && inside, known && !inside};
}

/// A whole number, never more than in a longer time or altogether.
z3::expr Encoding::contacts_within(const rulebook::Recent& recent)
{
    if (const auto done = contacts_within_.find(recent.within); done != contacts_within_.end())
        return done->second;
    const auto whole = context_.int_const(fmt::format("contacts within {}", recent.within.count()).c_str());
    const auto count = z3::expr(context_, Z3_mk_int2real(context_, whole));
    const auto& contacts = arrived_[recent.slot]->value;
    const auto none = context_.real_val(0);
    solver_.add(count >= 0 && count <= z3::ite(contacts < 0, none, contacts));
    for (const auto& [within, other] : contacts_within_)
        solver_.add(within < recent.within ? other <= count : count <= other);
    return contacts_within_.emplace(recent.within, count).first->second;
}

/// What is asked of a promise is true or not, or unknown; how one question bears on another is not worked
/// out.
Encoding::Verdict Encoding::promise(const rulebook::Promised& promised)
{
    auto question = promised;
    question.wanted = true;
    for (const auto& [known, number] : asked_)
        if (known == question) {
            const auto& verdict = promises_.at({question.target, number});
            return promised.wanted ? verdict : Verdict{verdict.no, verdict.yes};
        }
    const int number = static_cast<int>(asked_.size());
    const auto yes = context_.bool_const(fmt::format("promise {} so", number).c_str());
    const auto no = context_.bool_const(fmt::format("promise {} not so", number).c_str());
    solver_.add(!(yes && no));
    asked_.emplace_back(question, number);
    promises_.emplace(std::pair(question.target, number), Verdict{yes, no});
    return promised.wanted ? Verdict{yes, no} : Verdict{no, yes};
}

}  // namespace triaged::analysis
