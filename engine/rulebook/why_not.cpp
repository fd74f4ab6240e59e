#include "engine/rulebook/why_not.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "engine/rulebook/compiled.hpp"
#include "engine/rulebook/wrap.hpp"

namespace triaged::rulebook {

namespace {

namespace json = boost::json;

struct Setting {
    std::string what;
    std::string value;
};

/// What only one rule of a stage can set.
std::vector<Setting> settings_of(const Effects& effects)
{
    std::vector<Setting> out;
    for (const auto& change : effects.set) out.push_back({change.fact, triaged::to_string(change.view())});
    if (!effects.intent.empty()) out.push_back({"intent", effects.intent});
    if (effects.priority) out.push_back({"priority", std::string(to_string(*effects.priority))});
    if (!effects.sla.empty()) out.push_back({"sla", effects.sla});
    if (!effects.contact_by.empty()) out.push_back({"contact_by", effects.contact_by});
    if (!effects.queue.value.empty()) out.push_back({"queue", effects.queue.value});
    return out;
}

std::string place_of(const RuleInfo& info)
{
    return fmt::format("{}, {}:{}", to_string(info.stage), info.file, info.line);
}

std::string verdict_of(const Rulebook& rulebook, const Explanation& explanation, const RuleVerdict& verdict)
{
    const auto& compiled = rulebook.compiled();
    if (verdict.fired) return "it fired";
    if (compiled.rules[verdict.rule].off) return "it is off, and never applied";
    if (verdict.truth == Truth::yes && compiled.infos[verdict.rule].stage == Stage::route) {
        const auto& taker = compiled.infos[explanation.routing.trace.fired.back()];
        return fmt::format(
            "all it asks for is true, but {} ({}) came first, and route takes the first that matches",
            taker.name, place_of(taker));
    }
    const auto count = [&](Truth truth) {
        return std::count_if(verdict.conditions.begin(), verdict.conditions.end(),
                             [&](const ConditionVerdict& one) { return one.truth == truth; });
    };
    const auto no = count(Truth::no);
    const auto unknown = count(Truth::unknown);
    if (verdict.conditions.size() == 1)
        return no > 0 ? "its only condition is not true"
                      : "its only condition is unknown, for a fact is missing";
    auto out = fmt::format("of its {} conditions", verdict.conditions.size());
    if (no > 0) out += fmt::format(" {} {} not true", no, no == 1 ? "is" : "are");
    if (unknown > 0)
        out += fmt::format("{} {} {} unknown, for a fact is missing", no > 0 ? " and" : "", unknown,
                           unknown == 1 ? "is" : "are");
    return out;
}

std::string_view mark_of(Truth truth)
{
    if (truth == Truth::yes) return "+";
    return truth == Truth::no ? "-" : "?";
}

}  // namespace

WhyNot why_not(const Rulebook& rulebook, const Explanation& explanation, RuleIndex rule)
{
    const auto& compiled = rulebook.compiled();
    WhyNot out{rule, verdict_of(rulebook, explanation, explanation.rules.at(rule)), {}};
    const auto stage = compiled.infos[rule].stage;
    for (const auto& wanted : settings_of(compiled.rules[rule].effects)) {
        Claim claim{wanted.what, wanted.value, {}, {}};
        for (const auto& verdict : explanation.rules) {
            const auto its_stage = compiled.infos[verdict.rule].stage;
            // Escalation rules come on top of what was decided before, each of them; otherwise the first one
            // wins.
            const bool counts = stage == Stage::escalate || its_stage < Stage::escalate;
            if (!verdict.fired || !counts || (claim.by && its_stage < Stage::escalate)) continue;
            for (const auto& given : settings_of(compiled.rules[verdict.rule].effects))
                if (given.what == wanted.what) {
                    claim.by = verdict.rule;
                    claim.got = given.value;
                }
        }
        out.claims.push_back(std::move(claim));
    }
    return out;
}

std::string render(const Rulebook& rulebook, const Explanation& explanation, const WhyNot& account,
                   bool colour)
{
    const auto paint = [&](std::string_view code, std::string_view text) {
        return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
    };
    const auto& info = rulebook.rules()[account.rule];
    const auto& verdict = explanation.rules.at(account.rule);
    auto out = fmt::format("{} ({})\n{}\n", paint("1", info.name), place_of(info), wrap(account.verdict, 0));
    if (!info.about.empty()) out += wrap(info.about, 0) + '\n';
    if (!verdict.conditions.empty()) out += '\n';
    for (const auto& condition : verdict.conditions) {
        const auto tone = condition.truth == Truth::yes ? "32" : "33";
        out += fmt::format("  {} {:<7} {}\n", paint(tone, mark_of(condition.truth)),
                           to_string(condition.truth), wrap(condition.condition, 12));
        out += fmt::format("            saw {}\n", paint(tone, wrap(condition.seen, 16)));
    }
    if (!account.claims.empty()) out += '\n';
    for (const auto& claim : account.claims) {
        const auto wanted = fmt::format("  {}: {}", claim.what, claim.wanted);
        if (!claim.by) {
            out += fmt::format("{}   no rule set it\n", wanted);
        } else if (*claim.by == account.rule) {
            out += fmt::format("{}   so it is\n", wanted);
        } else {
            const auto& setter = rulebook.rules()[*claim.by];
            out += fmt::format("{}   is {} by {} ({})\n", wanted, claim.got, paint("1", setter.name),
                               place_of(setter));
        }
    }
    return out;
}

std::string to_json(const Rulebook& rulebook, const Explanation& explanation, const WhyNot& account)
{
    const auto& info = rulebook.rules()[account.rule];
    const auto& verdict = explanation.rules.at(account.rule);
    json::array conditions;
    for (const auto& one : verdict.conditions)
        conditions.push_back(
            json::object{{"condition", one.condition}, {"truth", to_string(one.truth)}, {"seen", one.seen}});
    json::array claims;
    for (const auto& claim : account.claims) {
        json::object object{{"what", claim.what}, {"wanted", claim.wanted}, {"got", claim.got}};
        if (claim.by) {
            const auto& setter = rulebook.rules()[*claim.by];
            object["by"] = setter.name;
            object["stage"] = to_string(setter.stage);
            object["file"] = setter.file;
            object["line"] = setter.line;
        }
        claims.push_back(std::move(object));
    }
    return json::serialize(json::object{{"rule", info.name},
                                        {"stage", to_string(info.stage)},
                                        {"file", info.file},
                                        {"line", info.line},
                                        {"fired", verdict.fired},
                                        {"truth", to_string(verdict.truth)},
                                        {"verdict", account.verdict},
                                        {"conditions", std::move(conditions)},
                                        {"values", std::move(claims)},
                                        {"queue", explanation.routing.queue.value},
                                        {"digest", rulebook.digest()}});
}

}  // namespace triaged::rulebook
