// Explanations as text for people and as JSON for programs.

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "engine/rulebook/explain.hpp"
#include "engine/rulebook/wrap.hpp"

namespace triaged::rulebook {

namespace {

namespace json = boost::json;

constexpr std::size_t near_misses_shown_max = 12;
constexpr std::size_t seen_characters_max = 100;  // shown of a value; the JSON has all of it
constexpr std::size_t condition_lines_max =
    2;                                      // shown of a condition; `--why-not` and the JSON have all of it
constexpr std::size_t name_width_max = 32;  // of a rule's name, before its effects move to the right

/// The one condition of several that is not true, or the end.
std::vector<ConditionVerdict>::const_iterator failed_condition(const RuleVerdict& verdict)
{
    const auto& conditions = verdict.conditions;
    const auto fails = [](const ConditionVerdict& condition) { return condition.truth != Truth::yes; };
    const bool near =
        conditions.size() > 1 && std::count_if(conditions.begin(), conditions.end(), fails) == 1;
    return near ? std::find_if(conditions.begin(), conditions.end(), fails) : conditions.end();
}

class Page {
public:
    Page(const Rulebook& rulebook, const Explanation& explanation, bool colour)
        : rulebook_(rulebook), explanation_(explanation), colour_(colour)
    {}

    std::string render()
    {
        head();
        for (const auto stage :
             {Stage::enrich, Stage::classify, Stage::prioritise, Stage::route, Stage::escalate})
            fired_in(stage);
        near_misses();
        out_ += fmt::format("\nrulebook {}  digest {}\n", to_string(rulebook_.id()), rulebook_.digest());
        return std::move(out_);
    }

private:
    std::string paint(std::string_view code, std::string_view text) const
    {
        return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
    }

    void head()
    {
        const auto& routing = explanation_.routing;
        out_ += fmt::format("queue {}   priority {}", paint("1;32", routing.queue.value),
                            paint("1", to_string(routing.priority)));
        if (!routing.intent.empty()) out_ += fmt::format("   intent {}", paint("1", routing.intent));
        out_ += '\n';
        std::string rest;
        const auto add = [&](std::string_view name, const std::string& value) {
            if (!value.empty()) rest += fmt::format("{}{} {}", rest.empty() ? "" : "   ", name, value);
        };
        add("tags", fmt::format("{}", fmt::join(routing.tags, ", ")));
        add("sla", routing.sla);
        std::string skills;
        for (const auto& [name, level] : routing.skills)
            skills += fmt::format("{}{} {}", skills.empty() ? "" : ", ", name, level);
        add("skills", skills);
        add("contact by", routing.contact_by);
        if (!rest.empty()) out_ += rest + '\n';
    }

    void fired_in(Stage stage)
    {
        bool first = true;
        for (const auto& verdict : explanation_.rules) {
            const auto& info = rulebook_.rules()[verdict.rule];
            if (!verdict.fired || info.stage != stage) continue;
            if (first) out_ += '\n' + paint("1", to_string(stage)) + '\n';
            first = false;
            fired(verdict, info);
        }
    }

    void fired(const RuleVerdict& verdict, const RuleInfo& info)
    {
        const auto padding = std::string(name_width_max - std::min(name_width_max, info.name.size()), ' ');
        out_ += fmt::format("  {} {}{} {}\n", paint("32", "+"), paint("1", info.name), padding,
                            fmt::join(verdict.effects, "; "));
        for (const auto& condition : verdict.conditions)
            out_ +=
                paint("2", fmt::format("      {}  <- {}", wrap(condition.condition, 8, condition_lines_max),
                                       shorten(condition.seen, seen_characters_max))) +
                '\n';
    }

    void near_misses()
    {
        std::size_t count = 0;
        for (const auto& verdict : explanation_.rules) {
            const auto failed = failed_condition(verdict);
            if (failed == verdict.conditions.end()) continue;
            if (++count == 1) out_ += '\n' + paint("1", "nearly") + '\n';
            if (count > near_misses_shown_max) continue;
            const auto& info = rulebook_.rules()[verdict.rule];
            const auto start = fmt::format("{} ({}) wanted", info.name, to_string(info.stage));
            const auto seen = paint("33", shorten(failed->seen, seen_characters_max));
            const bool fits = characters_of(start) + characters_of(failed->condition) + 5 <= page_width;
            out_ += fmt::format("  {} {}{}{}, saw {}\n", paint("33", "-"), start, fits ? " " : "\n        ",
                                wrap(failed->condition, 8, condition_lines_max), seen);
        }
        if (count > near_misses_shown_max)
            out_ += fmt::format("  and {} more\n", count - near_misses_shown_max);
    }

    const Rulebook& rulebook_;
    const Explanation& explanation_;
    bool colour_;
    std::string out_;
};

json::array to_array(const std::vector<std::string>& texts)
{
    return json::array(texts.begin(), texts.end());
}

json::object facts_of(const FactSet& facts)
{
    struct Visitor {
        json::value operator()(bool flag) const { return flag; }
        json::value operator()(double number) const { return number; }
        json::value operator()(std::string_view text) const { return json::string(text); }
    };
    json::object out;
    for (const auto& [name, value] : facts) out.emplace(name, std::visit(Visitor{}, value));
    return out;
}

json::object routing_of(const Rulebook& rulebook, const Routing& routing)
{
    const auto name = [&](RuleIndex rule) { return rulebook.rules()[rule].name; };
    json::object skills;
    for (const auto& skill : routing.skills) skills.emplace(skill.name, skill.level);
    json::array fired;
    for (const auto rule : routing.trace.fired) fired.emplace_back(name(rule));
    json::array lost;
    for (const auto& loss : routing.trace.lost)
        lost.push_back(json::object{{"rule", name(loss.rule)}, {"to", name(loss.to)}, {"what", loss.what}});
    return {{"queue", routing.queue.value},
            {"priority", to_string(routing.priority)},
            {"intent", routing.intent},
            {"tags", to_array(routing.tags)},
            {"sla", routing.sla},
            {"skills", std::move(skills)},
            {"contact_by", routing.contact_by},
            {"enriched", facts_of(routing.enriched)},
            {"fired", std::move(fired)},
            {"lost", std::move(lost)}};
}

json::object verdict_of(const Rulebook& rulebook, const RuleVerdict& verdict)
{
    const auto& info = rulebook.rules()[verdict.rule];
    json::array conditions;
    for (const auto& condition : verdict.conditions)
        conditions.push_back(json::object{{"condition", condition.condition},
                                          {"truth", to_string(condition.truth)},
                                          {"seen", condition.seen}});
    return {{"rule", info.name},
            {"stage", to_string(info.stage)},
            {"file", info.file},
            {"line", info.line},
            {"truth", to_string(verdict.truth)},
            {"fired", verdict.fired},
            {"conditions", std::move(conditions)},
            {"effects", to_array(verdict.effects)}};
}

}  // namespace

std::string render(const Rulebook& rulebook, const Explanation& explanation, bool colour)
{
    return Page(rulebook, explanation, colour).render();
}

std::string to_json(const Rulebook& rulebook, const Explanation& explanation)
{
    json::array rules;
    json::array near;
    for (const auto& verdict : explanation.rules) {
        rules.push_back(verdict_of(rulebook, verdict));
        const auto failed = failed_condition(verdict);
        if (failed == verdict.conditions.end()) continue;
        near.push_back(json::object{{"rule", rulebook.rules()[verdict.rule].name},
                                    {"wanted", failed->condition},
                                    {"saw", failed->seen}});
    }
    return json::serialize(json::object{{"rulebook", to_string(rulebook.id())},
                                        {"digest", rulebook.digest()},
                                        {"routing", routing_of(rulebook, explanation.routing)},
                                        {"near", std::move(near)},
                                        {"rules", std::move(rules)}});
}

}  // namespace triaged::rulebook
