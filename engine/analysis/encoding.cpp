#include "engine/analysis/encoding.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/rulebook/fold.hpp"

namespace triaged::analysis {

using namespace rulebook;

Encoding::Encoding(const Rulebook& rulebook, const FactTable& facts, unsigned timeout_ms)
    : rulebook_(rulebook), compiled_(rulebook.compiled()), declarations_(facts), solver_(context_)
{
    z3::params params(context_);
    params.set("timeout", timeout_ms);
    solver_.set(params);
    name_atoms();
    declare_facts();
    declare_patterns();
    declare_clocks();
}

z3::expr Encoding::all(const std::vector<z3::expr>& parts)
{
    z3::expr_vector list(context_);
    for (const auto& part : parts) list.push_back(part);
    return z3::mk_and(list);
}

z3::expr Encoding::any(const std::vector<z3::expr>& parts)
{
    z3::expr_vector list(context_);
    for (const auto& part : parts) list.push_back(part);
    return z3::mk_or(list);
}

z3::expr Encoding::literal(const z3::expr& meaning)
{
    auto name = z3::expr(context_, Z3_mk_fresh_const(context_, "p", context_.bool_sort()));
    solver_.add(name == meaning);
    return name;
}

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

z3::expr Encoding::value_of(SlotIndex slot, const FactChange& change)
{
    if (const auto* const flag = std::get_if<bool>(&change.value)) return context_.bool_val(*flag);
    if (const auto* const number = std::get_if<double>(&change.value))
        return context_.real_val(fmt::format("{:.17f}", *number).c_str());
    const auto& values = values_[slot];
    const auto place =
        std::find(values.begin(), values.end(), fold_case(std::get<std::string>(change.value)));
    const auto number =
        place == values.end() ? values.size() - 1 : static_cast<std::size_t>(place - values.begin());
    return context_.int_val(static_cast<int>(number));
}

Encoding::FactState Encoding::fact(SlotIndex slot, Stage stage)
{
    if (stage == Stage::enrich) return *arrived_[slot];
    if (stage == Stage::escalate) return fact_by_now(slot);
    if (const auto done = enriched_.find(slot); done != enriched_.end()) return done->second;
    auto state = *arrived_[slot];
    const auto& name = compiled_.symbols.slots()[slot].name;
    for (auto rule = compiled_.stage_begin[1]; rule-- > 0;) {  // the first that fires wins
        if (compiled_.rules[rule].off) continue;
        for (const auto& change : compiled_.rules[rule].effects.set) {
            if (change.fact != name) continue;
            const auto fired = matches(rule);
            state = {state.known || fired, z3::ite(fired, value_of(slot, change), state.value)};
        }
    }
    return enriched_.emplace(slot, state).first->second;
}

/// As it came, or as some rule of `enrich` sets it.
Encoding::FactState Encoding::fact_by_now(SlotIndex slot)
{
    if (const auto done = by_now_.find(slot); done != by_now_.end()) return done->second;
    const auto& name = compiled_.symbols.slots()[slot].name;
    const auto& came = *arrived_[slot];
    FactState now{context_.bool_const(("known by now " + name).c_str()),
                  z3::expr(context_, Z3_mk_fresh_const(context_, name.c_str(), came.value.get_sort()))};
    std::vector<z3::expr> ways{came.known && now.value == came.value};
    for (const auto& rule : compiled_.rules_of(Stage::enrich))
        for (const auto& change : rule.effects.set)
            if (!rule.off && change.fact == name) ways.push_back(now.value == value_of(slot, change));
    solver_.add(z3::implies(came.known, now.known) && z3::implies(now.known, any(ways)));
    return by_now_.emplace(slot, now).first->second;
}

z3::expr Encoding::intent_is(const std::string& name, Stage stage)
{
    const auto key = std::pair("intent " + name, static_cast<int>(stage));
    if (const auto done = derived_.find(key); done != derived_.end()) return done->second;
    auto is = context_.bool_val(false);
    for (auto rule = compiled_.stage_begin[static_cast<std::size_t>(stage)]; rule-- > 0;) {
        const auto& [conditions, effects, off] = compiled_.rules[rule];
        if (off || effects.intent.empty()) continue;
        is = effects.intent == name ? fires(rule) || is : !fires(rule) && is;
    }
    return derived_.emplace(key, literal(is)).first->second;
}

z3::expr Encoding::has_tag(const std::string& name, Stage stage)
{
    const auto key = std::pair("tag " + name, static_cast<int>(stage));
    if (const auto done = derived_.find(key); done != derived_.end()) return done->second;
    std::vector<z3::expr> setters;
    for (RuleIndex rule = 0; rule < compiled_.stage_begin[static_cast<std::size_t>(stage)]; ++rule) {
        const auto& [conditions, effects, off] = compiled_.rules[rule];
        if (!off && std::find(effects.tags.begin(), effects.tags.end(), name) != effects.tags.end())
            setters.push_back(fires(rule));
    }
    return derived_.emplace(key, literal(any(setters))).first->second;
}

z3::expr Encoding::priority_is(int wanted)
{
    const auto key = std::pair(std::string("priority"), wanted);
    if (const auto done = derived_.find(key); done != derived_.end()) return done->second;
    auto is = context_.bool_val(wanted == static_cast<int>(Priority::normal));
    for (auto rule = compiled_.stage_begin[static_cast<std::size_t>(Stage::route)]; rule-- > 0;) {
        const auto& [conditions, effects, off] = compiled_.rules[rule];
        if (off || !effects.priority) continue;
        is = static_cast<int>(*effects.priority) == wanted ? fires(rule) || is : !fires(rule) && is;
    }
    return derived_.emplace(key, literal(is)).first->second;
}

/// As some rule sets it, or raised from there.
z3::expr Encoding::priority_by_now(int wanted)
{
    const auto key = std::pair("priority by now", wanted);
    if (const auto done = derived_.find(key); done != derived_.end()) return done->second;
    const auto some_rule = [&](const auto& does) {
        return std::any_of(compiled_.rules.begin(), compiled_.rules.end(),
                           [&](const Rule& rule) { return !rule.off && does(rule.effects); });
    };
    const bool raises = some_rule([](const Effects& effects) { return effects.raise > 0; });
    const auto now = context_.int_const("priority by now");
    std::vector<z3::expr> ways;
    for (const auto priority : all_priorities)
        if (priority == Priority::normal || (raises && !ways.empty()) ||
            some_rule([&](const Effects& effects) { return effects.priority == priority; }))
            ways.push_back(now == static_cast<int>(priority));
    solver_.add(any(ways));
    return derived_.emplace(key, now == wanted).first->second;
}

z3::expr Encoding::none_before(RuleIndex rule)
{
    if (const auto done = none_before_.find(rule); done != none_before_.end()) return done->second;
    auto none = context_.bool_val(true);
    for (auto each = compiled_.stage_begin[static_cast<std::size_t>(Stage::route)]; each < rule; ++each) {
        const auto known = none_before_.find(each + 1);
        if (known != none_before_.end()) {
            none = known->second;
            continue;
        }
        if (!compiled_.rules[each].off) none = literal(none && !matches(each));
        none_before_.emplace(each + 1, none);
    }
    return none_before_.emplace(rule, none).first->second;
}

z3::expr Encoding::fires(RuleIndex rule)
{
    const bool routes = rule >= compiled_.stage_begin[static_cast<std::size_t>(Stage::route)] &&
                        rule < compiled_.stage_begin[static_cast<std::size_t>(Stage::escalate)];
    return routes ? none_before(rule) && matches(rule) : matches(rule);
}

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

z3::expr Encoding::holds(RuleIndex rule, std::size_t condition)
{
    const auto key = std::pair(rule, condition);
    if (const auto done = conditions_.find(key); done != conditions_.end()) return done->second;
    const auto yes = verdict(compiled_.rules[rule].conditions[condition], compiled_.infos[rule].stage).yes;
    return conditions_.emplace(key, literal(yes)).first->second;
}

z3::expr Encoding::matches(RuleIndex rule)
{
    if (const auto done = matches_.find(rule); done != matches_.end()) return done->second;
    std::vector<z3::expr> parts;
    for (std::size_t i = 0; i < compiled_.rules[rule].conditions.size(); ++i) parts.push_back(holds(rule, i));
    return matches_.emplace(rule, literal(all(parts))).first->second;
}

z3::expr Encoding::goes_to(const QueueName& queue)
{
    std::vector<z3::expr> takers;
    const auto begin = compiled_.stage_begin[static_cast<std::size_t>(Stage::route)];
    const auto end = compiled_.stage_begin[static_cast<std::size_t>(Stage::escalate)];
    for (auto rule = begin; rule < end; ++rule)
        if (!compiled_.rules[rule].off && compiled_.rules[rule].effects.queue == queue)
            takers.push_back(fires(rule));
    return literal(any(takers));
}

z3::expr Encoding::stands_on(const std::set<QueueName>& queues)
{
    const auto standing = context_.int_const("queue by now");
    std::set<QueueName> unnamed = queues;  // by any condition, which are all alike
    std::vector<z3::expr> ways;
    z3::expr elsewhere = context_.bool_val(true);
    for (std::size_t index = 0; index < atoms_.size(); ++index) {
        if (atoms_[index].kind != Kind::queue) continue;
        const auto here = standing == static_cast<int>(index);
        elsewhere = elsewhere && !here;
        if (unnamed.erase(QueueName(atoms_[index].name)) > 0) ways.push_back(here);
    }
    if (!unnamed.empty()) ways.push_back(elsewhere);
    return literal(any(ways));
}

z3::expr Encoding::fact_differs(SlotIndex slot, const std::optional<FactValue>& value)
{
    const auto& [known, has] = *arrived_[slot];
    if (!value) return literal(known);
    const auto type = type_of(slot);
    auto same = known;
    if (const auto* const flag = std::get_if<bool>(&*value); flag != nullptr && type == FactType::boolean) {
        same = known && (*flag ? has : !has);
    } else if (const auto* const number = std::get_if<double>(&*value);
               number != nullptr && type == FactType::number) {
        same = known && has == context_.real_val(fmt::format("{:.17f}", *number).c_str());
    } else if (const auto* const text = std::get_if<std::string_view>(&*value)) {
        const auto& values = values_[slot];
        const auto place = std::find(values.begin(), values.end(), fold_case(*text));
        const auto other =
            place == values.end() ? values.size() - 1 : static_cast<std::size_t>(place - values.begin());
        same = known && has == static_cast<int>(other);
    }
    return literal(!same);
}

z3::expr Encoding::pattern_differs(AtomIndex pattern, bool occurs)
{
    const auto& is = patterns_.at(pattern);
    return literal(occurs ? !is : is);
}

z3::expr Encoding::at_most(const std::vector<z3::expr>& literals, const std::vector<int>& weights, int bound)
{
    z3::expr_vector list(context_);
    for (const auto& each : literals) list.push_back(each);
    return literal(literals.empty() ? context_.bool_val(bound >= 0) : z3::pble(list, weights.data(), bound));
}

z3::expr Encoding::other_than_found(const std::vector<z3::expr>& literals)
{
    const auto model = solver_.get_model();
    std::vector<z3::expr> otherwise;
    for (const auto& each : literals) otherwise.push_back(model.eval(each, true).is_true() ? !each : each);
    return literal(any(otherwise));
}

bool Encoding::is_true_of_found(const z3::expr& literal)
{
    return solver_.get_model().eval(literal, true).is_true();
}

z3::check_result Encoding::find(const std::vector<z3::expr>& literals)
{
    z3::expr_vector list(context_);
    for (const auto& each : literals) list.push_back(each);
    return solver_.check(list);
}

std::vector<std::size_t> Encoding::core(const std::vector<z3::expr>& literals)
{
    std::vector<std::size_t> places;
    const auto clash = solver_.unsat_core();
    for (std::size_t i = 0; i < literals.size(); ++i)
        for (unsigned k = 0; k < clash.size(); ++k)
            if (z3::eq(clash[static_cast<int>(k)], literals[i])) {
                places.push_back(i);
                break;
            }
    return places;
}

Witness Encoding::witness()
{
    const auto model = solver_.get_model();
    const auto is_true = [&](const z3::expr& e) { return model.eval(e, true).is_true(); };
    const auto number_of = [&](const z3::expr& e) {
        return std::stod(model.eval(e, true).get_decimal_string(12));
    };
    Witness out;
    out.ticket.set("channel", std::string_view("email"));
    out.ticket.set("source", std::string_view("socket"));
    const auto& slots = compiled_.symbols.slots();
    for (SlotIndex slot = first_fact_slot; slot < slots.size(); ++slot) {
        const auto& [known, value] = *arrived_[slot];
        if (!is_true(known)) continue;
        const auto& name = slots[slot].name;
        auto& set = name.starts_with("customer.") ? out.customer : out.ticket;
        const auto type = type_of(slot);
        if (type == FactType::boolean) {
            set.set(name, is_true(value));
        } else if (type == FactType::number) {
            set.set(name, number_of(value));
        } else {
            const auto& text =
                values_[slot][static_cast<std::size_t>(model.eval(value, true).get_numeral_int())];
            std::string_view spelt = text;
            for (const auto& choice : declarations_.find(name)->second.choices)
                if (fold_case(choice) == text) spelt = choice;
            set.set(name, spelt);
        }
    }
    for (const auto& pattern : compiled_.symbols.patterns()) {
        if (pattern.kind == PatternKind::regex || !is_true(patterns_.at(pattern.number))) continue;
        const auto where = in_subject_.find(pattern.number);
        const bool subject =
            pattern.field == Field::subject || (where != in_subject_.end() && is_true(where->second));
        auto& text = subject ? out.subject : out.body;
        text += (text.empty() ? "" : " zq ") +
                pattern.text;  // a word between, so that no phrase arises by chance
    }
    for (std::size_t i = 0; i < clocks_.size(); ++i)
        if (is_true(clocks_[i].runs))
            out.clocks[i] = Duration{static_cast<Duration::rep>(number_of(clocks_[i].shown))};
    return out;
}

}  // namespace triaged::analysis
