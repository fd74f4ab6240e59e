// Encoding: what the rules of each stage leave to the next, and the questions that are asked of it.

#include "engine/analysis/encoding.hpp"

#include <algorithm>

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
