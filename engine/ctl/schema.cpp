// `triagectl schema`: the rule language as a JSON Schema, with this desk's own facts, queues, skills and
// leads, so that editors complete and underline while a rule is written. `check` stays the judge: it knows
// more than a schema can say.

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/target.hpp"
#include "engine/model/ticket.hpp"
#include "engine/rulebook/rulebook.hpp"
#include "engine/rulebook/symbols.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

using rulebook::Stage;

constexpr std::array stages{Stage::enrich, Stage::classify, Stage::prioritise, Stage::route, Stage::escalate};
constexpr std::string_view duration_pattern = "^[0-9]+(ms|s|m|h|d|w)$";
constexpr std::string_view list_pattern = "^\\$.+";
constexpr std::string_view label_pattern = "^[^\\s!\"#$%&'()*+,/:;<=>?@\\[\\\\\\]^`{|}~]+$";

json::object reference(std::string_view name) { return {{"$ref", fmt::format("#/$defs/{}", name)}}; }

json::object about(json::object schema, std::string_view text)
{
    schema["description"] = text;
    return schema;
}

json::object any_of(json::array choices) { return {{"anyOf", std::move(choices)}}; }

/// One of `item`, or a list of them.
json::object one_or_more(const json::object& item)
{
    return any_of({item, json::object{{"type", "array"}, {"items", item}, {"minItems", 1}}});
}

json::object named_list() { return {{"type", "string"}, {"pattern", list_pattern}}; }

template <class Names>
json::object one_of(const Names& names)
{
    json::array list;
    for (const auto& name : names) list.emplace_back(name);
    return {{"enum", std::move(list)}};
}

/// A map that takes `properties` and nothing else.
json::object closed(json::object properties, json::array required = {})
{
    json::object schema{
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

json::object not_empty(json::object schema)
{
    schema["minProperties"] = 1;
    return schema;
}

/// `above`, `below`, … of values such as `bound`.
json::object range_of(const json::object& bound)
{
    return not_empty(
        closed({{"above", bound},
                {"below", bound},
                {"at_least", bound},
                {"at_most", bound},
                {"between", {{"type", "array"}, {"items", bound}, {"minItems", 2}, {"maxItems", 2}}}}));
}

std::vector<std::string> queue_names(const rulebook::Vocabulary& vocabulary)
{
    std::vector<std::string> names;
    for (const auto& queue : vocabulary.queues) names.push_back(queue.value);
    return names;
}

std::vector<std::string> priorities()
{
    std::vector<std::string> names;
    for (const auto priority : all_priorities) names.emplace_back(to_string(priority));
    return names;
}

std::vector<std::string> channels()
{
    std::vector<std::string> names;
    for (const auto channel : all_channels) names.emplace_back(to_string(channel));
    return names;
}

/// What a fact may hold.
json::object value_of(const FactDeclaration& fact)
{
    switch (fact.type) {
        case FactType::boolean:
            return {{"type", "boolean"}};
        case FactType::number:
            return {{"type", "number"}};
        case FactType::choice:
            return one_of(fact.choices);
        case FactType::text:
            break;
    }
    return {{"type", {"string", "number"}}};  // a word that looks like a number is still a word
}

/// What a condition on a fact may say.
json::object condition_on(const FactDeclaration& fact)
{
    auto item = any_of({value_of(fact), named_list(), one_of(std::array{"missing", "present"})});
    if (fact.type == FactType::number) {
        auto range = range_of({{"type", "number"}});
        if (fact.name == rulebook::contacts_fact)
            range.at("properties").as_object()["within"] =
                about({{"type", "string"}, {"pattern", duration_pattern}}, "No further back than this.");
        item.at("anyOf").as_array().emplace_back(std::move(range));
    }
    return about(one_or_more(item), fact.about);
}

class RulesSchema {
public:
    explicit RulesSchema(const rulebook::Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

    json::object make() const
    {
        json::object definitions{{"texts", texts()}};
        json::array by_stage;
        std::vector<std::string> names;
        for (const auto stage : stages) {
            const std::string name(to_string(stage));
            names.push_back(name);
            definitions["when_" + name] = when(stage);
            definitions["then_" + name] = then(stage);
            definitions["rule_" + name] = rule(name);
            by_stage.push_back(json::object{
                {"if", {{"properties", {{"stage", {{"const", name}}}}}, {"required", {"stage"}}}},
                {"then", {{"properties", {{"rules", {{"items", reference("rule_" + name)}}}}}}}});
        }
        auto root = closed(
            {{"stage", about(one_of(names), "Which of the five stages the rules of this file run in.")},
             {"rules", about({{"type", "array"}}, "In order: where two set the same, the earlier wins.")},
             {"lists", about({{"type", "object"}, {"additionalProperties", reference("texts")}},
                             "Named lists, used as $name; they have a file of their own.")}});
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        root["title"] = "triaged rules";
        root["oneOf"] = {json::object{{"required", {"stage", "rules"}}},
                         json::object{{"required", {"lists"}}}};
        root["allOf"] = std::move(by_stage);
        root["$defs"] = std::move(definitions);
        return root;
    }

private:
    static json::object texts()
    {
        const json::object part = one_or_more({{"type", {"string", "number"}}});
        return about(one_or_more(any_of({json::object{{"type", {"string", "number", "boolean"}}},
                                         closed({{"contains", part}}, {"contains"})})),
                     "Words, phrases, /regular expressions/ or contains: part; any of them.");
    }

    static json::object rule(const std::string& stage)
    {
        return closed(
            {{"rule",
              about({{"type", "string"}, {"pattern", label_pattern}}, "Its name, unique among all files.")},
             {"about", about({{"type", "string"}}, "What it is for, for whoever reads or explains it.")},
             {"owner", about({{"type", "string"}}, "Whom to ask.")},
             {"expires", about({{"type", "string"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}},
                               "From this day on it is an error to check, test and reload.")},
             {"off", about({{"type", "boolean"}}, "Read and checked, never applied.")},
             {"when", reference("when_" + stage)},
             {"then", reference("then_" + stage)}},
            {"rule", "then"});
    }

    json::object when(Stage stage) const
    {
        const auto self = reference(fmt::format("when_{}", to_string(stage)));
        const json::object group{{"type", "array"}, {"items", self}, {"minItems", 1}};
        json::object keys{{"any", about(group, "One of these holds.")},
                          {"all", about(group, "All of these hold; for two conditions on one key.")},
                          {"not", about(self, "Not all of this holds; unknown stays unknown.")}};
        for (const auto* const field : {"subject", "body", "text"}) keys[field] = reference("texts");
        const json::object label = one_or_more({{"type", "string"}});
        if (stage >= Stage::prioritise) {
            keys["intent"] = about(label, "As classify has set it.");
            keys["tag"] = about(label, "The ticket has one of them.");
        }
        if (stage >= Stage::route)
            keys["priority"] = one_or_more(any_of({one_of(priorities()), named_list()}));
        if (stage >= Stage::route)
            for (const auto measure : rulebook::all_desk_measures) {
                auto bounds = range_of({{"type", "number"}});
                bounds["properties"].as_object()["queue"] = one_of(queue_names(vocabulary_));
                bounds["required"] = {"queue"};
                bounds["minProperties"] = 2;
                keys[rulebook::to_string(measure)] = about(
                    bounds,
                    measure == rulebook::DeskMeasure::queue_length
                        ? "Tickets that wait on a queue, such as {queue: returns, at_least: 50}."
                        : "Agents there who are skilled for a queue, such as {queue: returns, at_most: 0}.");
            }
        if (!vocabulary_.calendars.empty()) {
            json::object offices;
            for (const auto& name : vocabulary_.calendars)
                offices[name] = one_of(std::array{"open", "closed"});
            keys["calendar"] = about(not_empty(closed(std::move(offices))), "An office is open or closed.");
        }
        if (stage == Stage::escalate) {
            keys["queue"] = one_or_more(any_of({one_of(queue_names(vocabulary_)), named_list()}));
            const json::object span{{"type", "string"}, {"pattern", duration_pattern}};
            auto clock = range_of(span);
            if (!vocabulary_.calendars.empty())
                clock.at("properties").as_object()["calendar"] =
                    about(one_of(vocabulary_.calendars), "Whose hours count.");
            for (const auto target : all_sla_targets)
                keys[fmt::format("sla.{}", to_string(target))] = about(
                    not_empty(closed({{"left", about(span, "At most so much is left.")},
                                      {"used", json::object{{"type", "string"}, {"pattern", "^[0-9]+%$"}}},
                                      {"breached", json::object{{"type", "boolean"}}}})),
                    "Of the ticket's promise, such as {left: 10m} or {used: 80%}.");
            keys["waiting"] = about(clock, "On its queue without an agent, such as {at_least: 30m}.");
            keys["age"] = about(clock, "Since it was opened.");
            keys["idle"] = about(clock, "Since its last contact.");
            keys["since.routed"] = about(clock, "Since it came to its queue.");
            keys["since.reply"] = about(clock, "Since an agent last replied.");
        }
        for (const auto& [name, fact] : vocabulary_.facts) keys[name] = condition_on(fact);
        return not_empty(about(closed(std::move(keys)), "All of these must hold."));
    }

    json::object then(Stage stage) const
    {
        const json::object label{{"type", "string"}, {"pattern", label_pattern}};
        json::object keys;
        if (stage == Stage::enrich) {
            json::object facts;
            for (const auto& [name, fact] : vocabulary_.facts)
                facts[name] = about(value_of(fact), fact.about);
            keys["set"] = about(not_empty(closed(std::move(facts))), "Facts to add; the earlier rule wins.");
            return not_empty(closed(std::move(keys)));
        }
        keys["tags"] = about(one_or_more(label), "Tags to add.");
        if (stage == Stage::classify) keys["intent"] = about(label, "What the customer wants.");
        if (stage == Stage::prioritise || stage == Stage::escalate) {
            keys["priority"] = one_of(priorities());
            keys["contact_by"] =
                about(one_of(channels()), "The channel to answer on, if not the one it came by.");
        }
        if (stage == Stage::prioritise) keys["sla"] = one_of(vocabulary_.slas);
        if (stage >= Stage::prioritise) keys["skills"] = skills();
        if (stage >= Stage::route) keys["queue"] = one_of(queue_names(vocabulary_));
        if (stage == Stage::escalate) {
            keys["raise"] =
                about({{"type", "integer"}, {"minimum", 1}, {"maximum", 3}}, "Levels of priority.");
            keys["widen"] =
                about({{"type", "boolean"}}, "Take the next step of the queue's `widen` at once.");
            keys["notify"] = about(one_or_more(one_of(vocabulary_.leads)), "Whom to tell.");
        }
        return not_empty(closed(std::move(keys)));
    }

    json::object skills() const
    {
        json::object levels;
        for (const auto& skill : vocabulary_.skills)
            levels[skill] = {{"type", "integer"}, {"minimum", 1}, {"maximum", skill_level_max}};
        return about(not_empty(closed(std::move(levels))),
                     "Skills the agent needs, with levels from 1 to 5.");
    }

    const rulebook::Vocabulary& vocabulary_;
};

/// The schema of `*.test.yaml`.
class CasesSchema {
public:
    explicit CasesSchema(const rulebook::Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

    json::object make() const
    {
        auto root = closed({{"cases", {{"type", "array"}, {"items", one_case()}}},
                            {"timelines", {{"type", "array"}, {"items", one_timeline()}}}});
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        root["title"] = "triaged test cases";
        return root;
    }

private:
    json::object one_case() const
    {
        return closed({{"case", name_},
                       {"desk", about(desk(), "What the desk is like meanwhile.")},
                       {"ticket", ticket()},
                       {"at", about({{"type", "string"}, {"pattern", "^[0-9-]+T[0-9:.]+Z$"}},
                                    "When it comes in, such as 2026-11-24T09:30:00Z.")},
                       {"after", about(duration_, "How long nobody takes the ticket.")},
                       {"expect", not_empty(closed(expectations()))}},
                      {"case", "ticket", "expect"});
    }

    json::object one_timeline() const
    {
        return closed({{"timeline", name_},
                       {"start", about(name_, "UTC, such as 2026-11-22T09:30:00Z.")},
                       {"steps", {{"type", "array"}, {"items", closed(step(), {"at"})}}}},
                      {"timeline", "steps"});
    }

    /// One step of a timeline.
    json::object step() const
    {
        json::object keys{{"at", about(duration_, "Since the start.")},
                          {"opens", about(name_, "A ticket comes in, and is called so.")},
                          {"writes", about(name_, "The customer of this ticket writes again.")},
                          {"ticket", any_of({name_, ticket()})},
                          {"contact", ticket()},
                          {"capacity", {{"type", "integer"}, {"minimum", 1}}},
                          {"skills", levels_},
                          {"refused", about(name_, "The code with which the desk refuses it.")},
                          {"expect", about(standings(), "How tickets stand then, by name.")}};
        for (const auto* const key : {"signs_in", "accepts", "declines", "replies", "completes", "leaves",
                                      "pauses", "returns", "reason", "body", "disposition"})
            keys[key] = name_;
        return keys;
    }

    json::object ticket() const
    {
        json::object keys{{"subject", text_}, {"body", text_}};
        json::object customer, order, facts;
        for (const auto& [name, fact] : vocabulary_.facts) {
            const auto value = about(value_of(fact), fact.about);
            facts[name] = value;
            if (name == rulebook::contacts_fact)
                customer[name.substr(9)] =
                    about(any_of({value_of(fact), json::object{{"type", "array"}, {"items", duration_}}}),
                          "How many so far, this one not counted, or how long ago each was: [2h, 3d].");
            else if (name.starts_with("customer."))
                customer[name.substr(9)] = value;
            else if (name.starts_with("order."))
                order[name.substr(6)] = value;
            else
                keys[name] = value;
        }
        keys["body"] = about(one_or_more(text_), "Of several, each makes a case of its own.");
        keys["customer"] = closed(std::move(customer));
        keys["order"] = closed(std::move(order));
        keys["facts"] = closed(std::move(facts));
        return closed(std::move(keys));
    }

    /// What the rules are expected to make of a ticket.
    json::object expectations() const
    {
        json::object facts;
        for (const auto& [name, fact] : vocabulary_.facts) facts[name] = about(value_of(fact), fact.about);
        json::object keys{{"queue", one_of(queue_names(vocabulary_))},
                          {"priority", one_of(priorities())},
                          {"intent", name_},
                          {"sla", one_of(vocabulary_.slas)},
                          {"contact_by", one_of(channels())},
                          {"skills", levels_},
                          {"facts", closed(std::move(facts))}};
        for (const auto* const key :
             {"tags", "no_tags", "fired", "not_fired", "escalated", "not_escalated", "notify"})
            keys[key] = one_or_more(name_);
        return keys;
    }

    /// How tickets are expected to stand at a step of a timeline, by name.
    json::object standings() const
    {
        auto standing = expectations();
        standing["phase"] = one_of(std::vector<std::string>{"waiting", "offered", "assigned", "closed"});
        standing["agent"] =
            about({{"type", {"string", "null"}}}, "Who is offered it or has it; empty for nobody.");
        return {{"type", "object"}, {"additionalProperties", not_empty(closed(std::move(standing)))}};
    }

    json::object desk() const
    {
        json::object counts;
        for (const auto& queue : queue_names(vocabulary_))
            counts[queue] = {{"type", "integer"}, {"minimum", 0}};
        json::object measures;
        for (const auto measure : rulebook::all_desk_measures)
            measures[rulebook::to_string(measure)] = closed(counts);
        return closed(std::move(measures));
    }

    const rulebook::Vocabulary& vocabulary_;
    const json::object name_{{"type", "string"}};
    const json::object text_{{"type", {"string", "number"}}};
    const json::object duration_{{"type", "string"}, {"pattern", duration_pattern}};
    const json::object levels_{{"type", "object"}, {"additionalProperties", {{"type", "integer"}}}};
};

}  // namespace

int schema_command(const Options& options, const Console& console)
{
    const auto config = load_config(options, console);
    if (!config) return exit_findings;
    const auto schema =
        options.cases ? CasesSchema(config->vocabulary).make() : RulesSchema(config->vocabulary).make();
    console.out << json::serialize(schema) << '\n';
    return exit_good;
}

}  // namespace triaged::ctl
