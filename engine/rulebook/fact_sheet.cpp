#include "engine/rulebook/fact_sheet.hpp"

#include <algorithm>

#include "engine/rulebook/fold.hpp"

namespace triaged::rulebook {

namespace {

/// Most values are lower case ASCII already.
bool is_folded(std::string_view text)
{
    bool folded = true;
    for (const char c : text) folded &= static_cast<unsigned char>(c) < 0x80 && !(c >= 'A' && c <= 'Z');
    return folded;
}

struct Evaluator {
    const FactSheet& sheet;
    const Clocks* clocks;

    Truth operator()(const Holds& holds) const
    {
        for (const auto atom : holds.any_of)
            if (sheet.is_set(atom)) return Truth::yes;
        return sheet.is_known(holds.slot) ? Truth::no : Truth::unknown;
    }
    Truth operator()(const InRange& in_range) const
    {
        if (!sheet.is_known(in_range.slot)) return Truth::unknown;
        const auto number = sheet.number(in_range.slot);
        const bool inside = std::any_of(in_range.any_of.begin(), in_range.any_of.end(),
                                        [&](const NumberRange& range) { return range.contains(number); });
        return inside ? Truth::yes : Truth::no;
    }
    Truth operator()(const Present& present) const
    {
        return sheet.is_known(present.slot) == present.wanted ? Truth::yes : Truth::no;
    }
    Truth operator()(const Elapsed& elapsed) const
    {
        const auto start = clocks ? start_of(elapsed.clock, *clocks) : Instant::max();
        if (start == Instant::max()) return Truth::unknown;
        const auto* const calendar = calendar_of(elapsed, *clocks);
        if (calendar == nullptr && !elapsed.calendar.empty()) return Truth::unknown;
        const auto shown = time_between(calendar, start, clocks->now);
        return shown >= elapsed.low && shown <= elapsed.high ? Truth::yes : Truth::no;
    }
    Truth operator()(const Promised& promised) const
    {
        const auto clock = clocks ? clock_of(promised, *clocks) : std::nullopt;
        if (!clock) return Truth::unknown;
        const bool reached = used(*clock, clocks->now) >= promised.amount(clock->within);
        return reached == promised.wanted ? Truth::yes : Truth::no;
    }
    Truth operator()(const OpenHours& hours) const
    {
        const auto* const calendar =
            clocks && clocks->desk ? find_calendar(clocks->desk->calendars, hours.calendar) : nullptr;
        if (calendar == nullptr) return Truth::unknown;
        return open_at(*calendar, clocks->now) == hours.open ? Truth::yes : Truth::no;
    }
    Truth operator()(const Recent& recent) const
    {
        if (clocks == nullptr || !sheet.contacts()) return Truth::unknown;
        const auto count = count_recent(sheet.earlier(), *sheet.contacts(), recent.within, clocks->now);
        const auto& range = recent.count;
        if (range.contains(count.least) && range.contains(count.most)) return Truth::yes;
        return count.most < range.low || count.least > range.high ? Truth::no : Truth::unknown;
    }
    Truth operator()(const All& all) const { return least(all.parts); }
    Truth operator()(const Any& any) const
    {
        auto best = Truth::no;
        for (const auto& part : any.parts) {
            best = std::max(best, evaluate(part, sheet, clocks));
            if (best == Truth::yes) break;
        }
        return best;
    }
    Truth operator()(const Not& negated) const { return negate(least(negated.parts)); }

    Truth least(const std::vector<Condition>& parts) const
    {
        auto worst = Truth::yes;
        for (const auto& part : parts) {
            worst = std::min(worst, evaluate(part, sheet, clocks));
            if (worst == Truth::no) break;
        }
        return worst;
    }
};

}  // namespace

std::string_view to_string(Truth truth)
{
    switch (truth) {
        case Truth::no:
            return "no";
        case Truth::unknown:
            return "unknown";
        case Truth::yes:
            return "yes";
    }
    return "";
}

std::string_view to_string(Clock clock)
{
    switch (clock) {
        case Clock::waiting:
            return "waiting";
        case Clock::age:
            return "age";
        case Clock::idle:
            return "idle";
        case Clock::since_routed:
            return "since.routed";
        case Clock::since_reply:
            return "since.reply";
    }
    return "";
}

Instant start_of(Clock clock, const Clocks& clocks)
{
    switch (clock) {
        case Clock::waiting:
            return clocks.waiting_since;
        case Clock::age:
            return clocks.opened_at;
        case Clock::idle:
            return clocks.last_contact_at;
        case Clock::since_routed:
            return clocks.routed_at;
        case Clock::since_reply:
            return clocks.replied_at;
    }
    return Instant::max();
}

Counted count_recent(const EarlierContacts& earlier, double contacts, Duration within, Instant now)
{
    const auto from = now - within;
    const auto& kept = earlier.latest;
    const auto counted = static_cast<double>(kept.end() - std::lower_bound(kept.begin(), kept.end(), from));
    const auto others = std::max(0.0, contacts - static_cast<double>(kept.size()));
    return {counted, earlier.kept_from < from ? counted : counted + others};
}

const Calendar* calendar_of(const Elapsed& elapsed, const Clocks& clocks)
{
    return clocks.desk ? find_calendar(clocks.desk->calendars, elapsed.calendar) : nullptr;
}

SlaTerms terms_of(const Clocks& clocks, const Routing& routing)
{
    if (clocks.desk == nullptr) return {};
    return sla_terms(*clocks.desk, routing.sla, routing.queue, routing.priority);
}

std::optional<SlaClock> clock_of(const Promised& promised, const Clocks& clocks)
{
    if (clocks.desk == nullptr) return std::nullopt;
    return sla_clock(*clocks.desk, clocks.terms, promised.target, clocks.ledger);
}

Truth evaluate(const Condition& condition, const FactSheet& sheet, const Clocks* clocks)
{
    return std::visit(Evaluator{sheet, clocks}, condition.is);
}

void FactSheet::reset(const Rulebook::Compiled& compiled, const Subject& subject)
{
    for (const auto atom : touched_) atoms_[atom] = 0;
    touched_.clear();
    compiled_ = &compiled;
    atoms_.resize(compiled.symbols.atom_count(), 0);
    slots_.assign(compiled.symbols.slots().size(), SlotState{});
    candidates_.reset(compiled.index.rule_count());
    for (const auto rule : compiled.index.always()) candidates_.mark(rule);

    for (SlotIndex slot = 0; slot < text_slot; ++slot) slots_[slot].known = true;
    slots_[text_slot].known = subject.text.rulebook == compiled.id;
    if (slots_[text_slot].known)
        for (const auto hit : subject.text.hits)
            if (hit < atoms_.size()) set(hit);
    for (const auto* const facts : {&subject.ticket, &subject.customer})
        for (const auto& [name, value] : *facts)
            if (const auto slot = compiled.symbols.find_slot(name); slot != no_atom && !slots_[slot].known)
                fill(slot, value);
    earlier_ = subject.earlier;
    contacts_.reset();
    if (const auto slot = compiled.contacts_slot; slot != no_atom && slots_[slot].known)
        contacts_ = slots_[slot].number;
    for (const auto slot : compiled.desk_slots)  // never unknown
        if (!slots_[slot].known) fill(slot, 0.0);
}

void FactSheet::set_fact(std::string_view name, const FactValue& value)
{
    const auto slot = compiled_->symbols.find_slot(name);
    if (slot == no_atom) return;
    auto& state = slots_[slot];
    if (state.value != no_atom) atoms_[state.value] = 0;
    state = {};
    fill(slot, value);
}

void FactSheet::fill(SlotIndex slot, const FactValue& value)
{
    const auto& names = compiled_->symbols.slots()[slot];
    auto& state = slots_[slot];
    state.known = true;
    if (const bool* const flag = std::get_if<bool>(&value)) {
        state.value = *flag ? names.is_true : names.is_false;
    } else if (const double* const number = std::get_if<double>(&value)) {
        state.number = *number;
        compiled_->index.each_at(slot, *number, [&](RuleIndex rule) { candidates_.mark(rule); });
    } else if (!names.values.empty()) {
        auto text = std::get<std::string_view>(value);
        if (!is_folded(text)) {
            fold_case(text, folded_);
            text = folded_;
        }
        if (const auto place = names.values.find(text); place != names.values.end())
            state.value = place->second;
    }
    set(names.known);
    set(state.value);
}

void FactSheet::set(AtomIndex atom)
{
    if (atom == no_atom || atoms_[atom] != 0) return;
    atoms_[atom] = 1;
    touched_.push_back(atom);
    for (const auto rule : compiled_->index.rules_of(atom)) candidates_.mark(rule);
}

}  // namespace triaged::rulebook
