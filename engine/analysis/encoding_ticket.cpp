// Encoding: what any ticket may be, before a rule has looked at it.

#include "engine/analysis/encoding.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/rulebook/fold.hpp"

namespace triaged::analysis {

using namespace rulebook;

void Encoding::name_atoms()
{
    const auto& symbols = compiled_.symbols;
    atoms_.resize(symbols.atom_count());
    const auto put = [&](AtomIndex atom, Kind kind, int number, const std::string& name) {
        if (atom != no_atom) atoms_[atom] = {kind, number, name};
    };
    for (const auto priority : all_priorities)
        put(symbols.priority(priority), Kind::priority, static_cast<int>(priority), "");
    values_.resize(symbols.slots().size());
    for (SlotIndex slot = first_fact_slot; slot < symbols.slots().size(); ++slot) {
        const auto& [name, known, is_true, is_false, values] = symbols.slots()[slot];
        put(is_true, Kind::flag, 1, "");
        put(is_false, Kind::flag, 0, "");
        for (const auto& [value, atom] : values) {
            put(atom, Kind::value, static_cast<int>(values_[slot].size()), value);
            values_[slot].push_back(value);
        }
    }
    for (const auto& pattern : symbols.patterns()) put(pattern.number, Kind::pattern, 0, "");
    for (const auto& [name, atom] : symbols.queues()) put(atom, Kind::queue, 0, name);
    for (const auto& rule : compiled_.rules) {
        if (rule.off) continue;
        put(symbols.find_intent(rule.effects.intent), Kind::intent, 0, rule.effects.intent);
        for (const auto& tag : rule.effects.tags) put(symbols.find_tag(tag), Kind::tag, 0, tag);
    }
}

FactType Encoding::type_of(SlotIndex slot) const
{
    const auto declared = declarations_.find(compiled_.symbols.slots()[slot].name);
    return declared == declarations_.end() ? FactType::number
                                           : declared->second.type;  // the desk's are numbers
}

void Encoding::declare_facts()
{
    const auto& slots = compiled_.symbols.slots();
    arrived_.resize(slots.size());
    for (SlotIndex slot = first_fact_slot; slot < slots.size(); ++slot) {
        const auto& name = slots[slot].name;
        const auto known = context_.bool_const(("known " + name).c_str());
        const auto type = type_of(slot);
        if (rulebook::parse_desk_fact(name)) {  // a count, whatever the ticket
            const auto count = context_.int_const(name.c_str());
            solver_.add(known && count >= 0);
            arrived_[slot] = {known, z3::expr(context_, Z3_mk_int2real(context_, count))};
        } else if (type == FactType::boolean) {
            arrived_[slot] = {known, context_.bool_const(name.c_str())};
        } else if (type == FactType::number) {
            arrived_[slot] = {known, context_.real_const(name.c_str())};
        } else {
            auto& values = values_[slot];
            std::string other = "another";
            if (type == FactType::choice) {
                other.clear();
                for (const auto& choice : declarations_.find(name)->second.choices)
                    if (std::find(values.begin(), values.end(), fold_case(choice)) == values.end())
                        other = choice;
            } else {
                while (std::find(values.begin(), values.end(), other) != values.end()) other += "-one";
            }
            if (!other.empty()) values.push_back(other);
            const auto value = context_.int_const(name.c_str());
            solver_.add(value >= 0 && value < static_cast<int>(values.size()));
            arrived_[slot] = {known, value};
        }
        if (name == "channel" || name == "source") solver_.add(known);  // every contact has them
    }
    // The desk counts the contacts of every customer it can name.
    const auto id = compiled_.symbols.find_slot("customer.id");
    const auto contacts = compiled_.symbols.find_slot("customer.contacts");
    if (id != no_atom && contacts != no_atom)
        solver_.add(z3::implies(arrived_[id]->known, arrived_[contacts]->known));
}

void Encoding::declare_patterns()
{
    const auto& patterns = compiled_.symbols.patterns();
    std::map<AtomIndex, const Pattern*> by_number;
    for (const auto& pattern : patterns) {
        by_number.emplace(pattern.number, &pattern);
        patterns_.emplace(pattern.number,
                          context_.bool_const(fmt::format("pattern {}", pattern.number).c_str()));
    }
    const auto implies = [&](AtomIndex from, AtomIndex to) {
        if (from != to) solver_.add(z3::implies(patterns_.at(from), patterns_.at(to)));
    };
    std::map<std::pair<PatternKind, std::string>, std::array<AtomIndex, 3>> by_text;
    for (const auto& pattern : patterns) {
        auto place =
            by_text.try_emplace({pattern.kind, pattern.text}, std::array{no_atom, no_atom, no_atom}).first;
        place->second[static_cast<std::size_t>(pattern.field)] = pattern.number;
    }
    for (const auto& [text, numbers] : by_text) {
        const auto [subject, body, either] = numbers;
        if (either == no_atom) continue;
        if (subject != no_atom) implies(subject, either);
        if (body != no_atom) implies(body, either);
        if (subject != no_atom && body != no_atom)
            solver_.add(z3::implies(patterns_.at(either), patterns_.at(subject) || patterns_.at(body)));
    }
    // What the text of a literal pattern itself holds, every text that holds the pattern holds. Not so
    // expressions, which may look at what stands around; and a part may span what stands between two words of
    // a phrase, which can be anything.
    for (const auto& pattern : patterns) {
        if (pattern.kind == PatternKind::regex) continue;
        FoldedText folded;
        folded.assign(pattern.text);
        const auto needs = [&](Field field) {
            const auto hits = [&](std::string_view text) {
                return (field == Field::subject ? rulebook_.scan(text, "") : rulebook_.scan("", text)).hits;
            };
            std::vector<z3::expr> out;
            for (const auto other : hits(pattern.text))
                if (by_number.at(other)->kind == pattern.kind) out.push_back(patterns_.at(other));
            if (pattern.kind == PatternKind::words)
                for (const auto& word : folded.words())
                    for (const auto other : hits(folded.word(word)))
                        if (by_number.at(other)->kind == PatternKind::part)
                            out.push_back(patterns_.at(other));
            return all(out);
        };
        const auto is = patterns_.at(pattern.number);
        const auto in_subject = needs(Field::subject);
        const auto in_body = needs(Field::body);
        if (pattern.field == Field::subject) {
            solver_.add(z3::implies(is, in_subject));
        } else if (pattern.field == Field::body) {
            solver_.add(z3::implies(is, in_body));
        } else {
            const auto where =
                z3::expr(context_, Z3_mk_fresh_const(context_, "subject", context_.bool_sort()));
            solver_.add(z3::implies(is, z3::ite(where, in_subject, in_body)));
            in_subject_.emplace(pattern.number, where);
        }
    }
}

void Encoding::declare_clocks()
{
    for (const auto clock : all_clocks) {
        const std::string name(to_string(clock));
        clocks_.push_back({context_.bool_const((name + " runs").c_str()), context_.int_const(name.c_str())});
        solver_.add(clocks_.back().shown >= 0);
    }
    const auto& age = clocks_[static_cast<std::size_t>(Clock::age)];
    solver_.add(age.runs);
    for (const auto& clock : clocks_)
        solver_.add(clock.shown <= age.shown);  // nothing of a ticket began before it
}

}  // namespace triaged::analysis
