#include "engine/journal/read_model_json.hpp"

#include <cmath>

#include <fmt/format.h>

#include "engine/journal/json_text.hpp"

namespace triaged::journal {

std::string list_json(const std::vector<std::string>& items)
{
    std::string out;
    if (items.empty()) return out;
    JsonText json(out);
    json.open('[');
    for (const auto& item : items) json.value(item);
    json.close(']');
    return out;
}

std::string skills_json(const Skills& skills)
{
    std::string out;
    if (skills.empty()) return out;
    JsonText json(out);
    json.open('{');
    for (const auto& skill : skills) {
        json.key(skill.name);
        json.value(skill.level);
    }
    json.close('}');
    return out;
}

std::string facts_json(const FactSet& facts)
{
    std::string out;
    if (facts.empty()) return out;
    JsonText json(out);
    json.open('{');
    for (const auto& fact : facts) {
        json.key(fact.name);
        const auto* const number = std::get_if<double>(&fact.value);
        if (const auto* const text = std::get_if<std::string_view>(&fact.value))
            json.value(*text);
        else if (number && !std::isfinite(*number))
            json.literal("null");
        else
            json.literal(to_string(fact.value));
    }
    json.close('}');
    return out;
}

std::string losers_json(const std::vector<LosingCandidate>& losers)
{
    std::string out;
    if (losers.empty()) return out;
    JsonText json(out);
    json.open('[');
    for (const auto& loser : losers) {
        json.open('{');
        json.key("agent");
        json.value(loser.agent.value);
        json.key("key");
        json.value(loser.key);
        json.close('}');
    }
    json.close(']');
    return out;
}

std::string rule_name(const std::vector<std::string>* names, RuleIndex rule)
{
    return names && rule < names->size() ? (*names)[rule] : fmt::format("#{}", rule);
}

std::string fired_json(const Trace& trace, const std::vector<std::string>* names)
{
    std::string out;
    JsonText json(out);
    json.open('[');
    for (const RuleIndex rule : trace.fired) json.value(rule_name(names, rule));
    json.close(']');
    return out;
}

std::string near_json(const Trace& trace, const std::vector<std::string>* names,
                      const ConditionsByRule* conditions)
{
    std::string out;
    if (trace.near.empty()) return out;
    JsonText json(out);
    json.open('[');
    for (const auto& near : trace.near) {
        json.open('{');
        json.key("rule");
        json.value(rule_name(names, near.rule));
        json.key("condition");
        json.value(near.condition);
        if (conditions && near.rule < conditions->size() &&
            near.condition < (*conditions)[near.rule].size()) {
            json.key("wanted");
            json.value((*conditions)[near.rule][near.condition]);
        }
        json.close('}');
    }
    json.close(']');
    return out;
}

std::string lost_json(const Trace& trace, const std::vector<std::string>* names)
{
    std::string out;
    if (trace.lost.empty()) return out;
    JsonText json(out);
    json.open('[');
    for (const auto& loss : trace.lost) {
        json.open('{');
        json.key("rule");
        json.value(rule_name(names, loss.rule));
        json.key("what");
        json.value(loss.what);
        json.key("to");
        json.value(rule_name(names, loss.to));
        json.close('}');
    }
    json.close(']');
    return out;
}

}  // namespace triaged::journal
