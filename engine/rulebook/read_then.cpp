// The `then` of a rule, and the rule around it.

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "engine/rulebook/read_rules.hpp"

namespace triaged::rulebook {

namespace {

using yaml::Kind;
using yaml::Node;

constexpr int raise_max = 3;  // from low to urgent
constexpr std::size_t label_bytes_max = 100;

struct Action {
    std::string_view key;
    std::vector<Stage> stages;  // that may do it
};

const std::vector<Action>& actions()
{
    using enum Stage;
    static const std::vector<Action> all{
        {"set", {enrich}},
        {"intent", {classify}},
        {"tags", {classify, prioritise, route, escalate}},
        {"priority", {prioritise, escalate}},
        {"sla", {prioritise}},
        {"skills", {prioritise, route, escalate}},
        {"contact_by", {prioritise, escalate}},
        {"queue", {route, escalate}},
        {"raise", {escalate}},
        {"widen", {escalate}},
        {"notify", {escalate}},
    };
    return all;
}

class EffectsReader {
public:
    EffectsReader(const ReadContext& context, const yaml::Document& document)
        : context_(context), document_(document)
    {}

    Effects take() { return std::move(out_); }

    void read(const yaml::Entry& entry)
    {
        const auto& key = entry.key->text;
        const auto& node = *entry.value;
        if (key == "set") read_set(node);
        if (key == "intent") out_.intent = read_label(document_, node, "intent").value_or("");
        if (key == "tags") read_tags(node);
        if (key == "priority") read_priority(node);
        if (key == "sla") out_.sla = named(node, "SLA policy", context_.slas, "unknown-sla");
        if (key == "skills") read_skills(node);
        if (key == "contact_by") read_channel(node);
        if (key == "queue") out_.queue = QueueName(named(node, "queue", context_.queues, "unknown-queue"));
        if (key == "raise")
            out_.raise =
                static_cast<int>(yaml::read_integer(document_, node, "raise", 1, raise_max).value_or(0));
        if (key == "widen") out_.widen = yaml::read_boolean(document_, node, "widen").value_or(false);
        if (key == "notify") read_leads(node);
    }

private:
    std::string named(const Node& node, std::string_view what, const std::vector<std::string>& known,
                      std::string_view code) const
    {
        return yaml::read_name(document_, node, what, known, code).value_or("");
    }

    void read_set(const Node& node)
    {
        if (node.kind != Kind::map || node.entries.empty()) {
            document_.error(node.place, "wrong-type", "'set' holds a map of facts and their values");
            return;
        }
        for (const auto& entry : node.entries) {
            const auto& name = entry.key->text;
            const auto fact = context_.vocabulary.facts.find(name);
            if (fact == context_.vocabulary.facts.end()) {
                auto suggestion = yaml::suggest(name, context_.facts);
                if (suggestion.empty()) suggestion = "declare it under `facts:` in the configuration";
                document_.error(entry.key->place, "unknown-fact", fmt::format("there is no fact '{}'", name),
                                std::move(suggestion));
            } else if (auto change = read_change(fact->second, *entry.value)) {
                out_.set.push_back(std::move(*change));
            }
        }
    }

    std::optional<FactChange> read_change(const FactDeclaration& fact, const Node& node) const
    {
        if (fact.type == FactType::boolean) {
            const auto flag = yaml::read_boolean(document_, node, fact.name);
            return flag ? std::optional(FactChange{fact.name, *flag}) : std::nullopt;
        }
        if (fact.type == FactType::number) {
            const auto number = yaml::read_number(document_, node, fact.name);
            return number ? std::optional(FactChange{fact.name, *number}) : std::nullopt;
        }
        const auto text = yaml::read_text(document_, node, fact.name);
        if (!text) return std::nullopt;
        if (fact.type == FactType::choice &&
            !std::binary_search(fact.choices.begin(), fact.choices.end(), *text)) {
            document_.error(node.place, "bad-value", fmt::format("{} cannot be '{}'", fact.name, *text),
                            yaml::suggest(*text, fact.choices));
            return std::nullopt;
        }
        return FactChange{fact.name, *text};
    }

    void read_tags(const Node& node)
    {
        for (const auto* const item : scalars(node, "tags"))
            if (auto tag = read_label(document_, *item, "tag")) out_.tags.push_back(std::move(*tag));
    }

    void read_leads(const Node& node)
    {
        for (const auto* const item : scalars(node, "notify"))
            if (auto lead = yaml::read_name(document_, *item, "lead", context_.leads, "unknown-lead"))
                out_.notify.push_back(std::move(*lead));
    }

    std::vector<const Node*> scalars(const Node& node, std::string_view what) const
    {
        auto items = yaml::read_scalars(document_, node, what);
        if (node.kind == Kind::list && items.empty())
            document_.error(node.place, "empty", fmt::format("'{}' has an empty list", what));
        return items;
    }

    void read_priority(const Node& node)
    {
        const auto text = yaml::read_text(document_, node, "priority");
        if (!text) return;
        out_.priority = parse_priority(*text);
        if (!out_.priority)
            document_.error(node.place, "bad-value", fmt::format("'{}' is no priority", *text),
                            yaml::suggest(*text, {"low", "normal", "high", "urgent"}));
    }

    void read_channel(const Node& node)
    {
        std::vector<std::string> known;
        for (const auto channel : all_channels) known.emplace_back(to_string(channel));
        out_.contact_by = named(node, "channel", known, "bad-value");
    }

    void read_skills(const Node& node)
    {
        if (node.kind != Kind::map || node.entries.empty()) {
            document_.error(node.place, "wrong-type", "'skills' holds a map of skills and their levels",
                            "write `skills: {returns: 3}`");
            return;
        }
        for (const auto& entry : node.entries) {
            const auto name =
                yaml::read_name(document_, *entry.key, "skill", context_.skills, "unknown-skill");
            const auto level = yaml::read_integer(document_, *entry.value, "skill level", 1, skill_level_max);
            if (name && level) raise(out_.skills, {*name, static_cast<int>(*level)});
        }
    }

    const ReadContext& context_;
    const yaml::Document& document_;
    Effects out_;
};

std::string list_stages(const std::vector<Stage>& stages)
{
    std::string out;
    for (std::size_t i = 0; i < stages.size(); ++i)
        out += (i == 0 ? "" : i + 1 == stages.size() ? " and " : ", ") + std::string(to_string(stages[i]));
    return out;
}

/// Reads `2027-01-31` as the first instant of that day in UTC.
std::optional<Instant> parse_day(std::string_view text)
{
    const auto number = [&](std::size_t at, std::size_t size) {
        int value = -1;
        const char* const end = text.data() + at + size;
        const auto [rest, failure] = std::from_chars(text.data() + at, end, value);
        return failure == std::errc{} && rest == end ? value : -1;
    };
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    using namespace std::chrono;
    const auto day = year_month_day{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                                    std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    if (number(0, 4) < 0 || !day.ok()) return std::nullopt;
    return Instant{duration_cast<milliseconds>(sys_days{day}.time_since_epoch()).count()};
}

void check_expiry(const ReadContext& context, const yaml::Document& document, const Node& node)
{
    const auto text = yaml::read_text(document, node, "expires");
    if (!text) return;
    const auto day = parse_day(*text);
    if (!day)
        document.error(node.place, "bad-value", fmt::format("'{}' is not a day", *text),
                       "write it as 2027-01-31");
    else if (context.vocabulary.today && *context.vocabulary.today >= *day)
        document.error(node.place, "expired", fmt::format("this rule expired on {}", *text),
                       "remove the rule, or give it a later day");
}

}  // namespace

std::optional<std::string> read_label(const yaml::Document& document, const Node& node, std::string_view what)
{
    const auto text = yaml::read_text(document, node, what);
    if (!text) return std::nullopt;
    const bool good = !text->empty() && text->size() <= label_bytes_max &&
                      std::all_of(text->begin(), text->end(), [](char c) {
                          const auto byte = static_cast<unsigned char>(c);
                          return byte >= 0x80 || std::isalnum(byte) || c == '-' || c == '_' || c == '.';
                      });
    if (good) return text;
    document.error(node.place, "bad-name",
                   fmt::format("'{}' cannot name a {}; use letters, digits and - _ .", *text, what));
    return std::nullopt;
}

Effects read_then(const ReadContext& context, const yaml::Document& document, Stage stage, const Node& node)
{
    EffectsReader reader(context, document);
    if (node.kind != Kind::map || node.entries.empty()) {
        document.error(node.place, "empty", "'then' holds a map of what the rule does");
        return {};
    }
    for (const auto& entry : node.entries) {
        const auto& key = entry.key->text;
        const auto place = std::find_if(actions().begin(), actions().end(),
                                        [&](const Action& action) { return action.key == key; });
        if (place == actions().end()) {
            std::vector<std::string> known;
            for (const auto& action : actions())
                if (std::count(action.stages.begin(), action.stages.end(), stage) > 0)
                    known.emplace_back(action.key);
            document.error(entry.key->place, "unknown-key", fmt::format("'then' has no key '{}'", key),
                           yaml::suggest(key, known));
        } else if (std::count(place->stages.begin(), place->stages.end(), stage) == 0) {
            document.error(entry.key->place, "wrong-stage",
                           fmt::format("'{}' cannot be set in {}", key, to_string(stage)),
                           fmt::format("rules of {} can", list_stages(place->stages)));
        } else {
            reader.read(entry);
        }
    }
    auto effects = reader.take();
    if (effects.priority && effects.raise > 0)
        document.error(node.place, "bad-value", "'priority' and 'raise' cannot both be set");
    return effects;
}

std::optional<RuleDraft> read_rule(ReadContext& context, const yaml::Document& document, Stage stage,
                                   const Node& node)
{
    yaml::MapReader map(document, node, "a rule");
    const auto* const name = map.require("rule");
    RuleDraft draft;
    if (const auto* const about = map.take("about"))
        draft.info.about = yaml::read_text(document, *about, "about").value_or("");
    if (const auto* const owner = map.take("owner")) yaml::read_text(document, *owner, "owner");
    if (const auto* const expires = map.take("expires")) check_expiry(context, document, *expires);
    if (const auto* const off = map.take("off"))
        draft.rule.off = yaml::read_boolean(document, *off, "off").value_or(false);
    if (const auto* const when = map.take("when")) {
        draft.has_when = true;
        auto read = read_when(context, document, stage, *when);
        draft.rule.conditions = std::move(read.conditions);
        draft.info.conditions = std::move(read.lines);
    }
    if (const auto* const then = map.require("then")) {
        draft.rule.effects = read_then(context, document, stage, *then);
        const bool has_queue =
            std::any_of(then->entries.begin(), then->entries.end(),
                        [](const yaml::Entry& entry) { return entry.key->text == "queue"; });
        if (stage == Stage::route && !then->entries.empty() && !has_queue)
            document.error(then->place, "missing-key", "a route rule needs 'queue'");
    }
    if (!map.finish()) draft.has_when = true;  // the unknown key may be a misspelt `when`
    if (!name) return std::nullopt;
    const auto label = read_label(document, *name, "rule");
    if (!label) return std::nullopt;
    draft.where = {&document, name};
    draft.info.name = *label;
    draft.info.stage = stage;
    draft.info.file = document.file();
    draft.info.line = name->place.line;
    if (draft.rule.off)
        document.warning(name->place, "off", fmt::format("rule '{}' is off and never applied", *label));
    return draft;
}

}  // namespace triaged::rulebook
