// The `when` of a rule.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "engine/rulebook/fold.hpp"
#include "engine/rulebook/read_rules.hpp"

namespace triaged::rulebook {

namespace {

using yaml::Kind;
using yaml::Node;

/// Bounds as written: `above 5` is a low bound that is itself outside.
template <class T>
struct Bounds {
    std::optional<T> low, high;
    bool low_open = false;
    bool high_open = false;
};

bool is_scalar(const Located& item, std::string_view what)
{
    if (item.node->kind == Kind::scalar) return true;
    item.error("wrong-type", fmt::format("each item of '{}' must be a single value", what));
    return false;
}

class ConditionReader {
public:
    ConditionReader(ReadContext& context, const yaml::Document& document, Stage stage)
        : context_(context), document_(document), stage_(stage)
    {}

    std::optional<Condition> read(const yaml::Entry& entry)
    {
        const auto& key = entry.key->text;
        if (key == "any" || key == "all") return read_group(entry);
        if (key == "not") return read_not(*entry.value);
        if (const auto field = parse_field(key)) return read_text(entry, *field);
        if (const auto clock = parse_clock(key)) return read_clock(entry, *clock);
        if (key == "calendar") return read_calendars(*entry.value);
        if (key.starts_with("sla."))
            if (const auto target = parse_sla_target(std::string_view(key).substr(4)))
                return read_promise(entry, *target);
        if (key == "intent") return read_names(entry, intent_slot, &Symbols::intent, context_.intents_asked);
        if (key == "tag") return read_names(entry, tag_slot, &Symbols::tag, context_.tags_asked);
        if (key == "priority") return read_priority(entry);
        if (key == "queue") return read_queue(entry);
        for (const auto measure : all_desk_measures)
            if (key == to_string(measure)) return read_desk(entry, measure);
        return read_fact(entry);
    }

    std::vector<Condition> read_map(const Node& node, std::string_view what)
    {
        std::vector<Condition> out;
        if (node.kind != Kind::map) {
            document_.error(node.place, "wrong-type", fmt::format("'{}' holds a map of conditions", what));
        } else if (node.entries.empty()) {
            document_.error(node.place, "empty", fmt::format("'{}' has no condition", what));
        }
        for (const auto& entry : node.entries)
            if (auto condition = read(entry)) out.push_back(std::move(*condition));
        return out;
    }

private:
    static std::optional<Field> parse_field(std::string_view key)
    {
        for (const auto field : {Field::subject, Field::body, Field::text})
            if (key == to_string(field)) return field;
        return std::nullopt;
    }

    static std::optional<Clock> parse_clock(std::string_view key)
    {
        for (const auto clock : all_clocks)
            if (key == to_string(clock)) return clock;
        return std::nullopt;
    }

    std::optional<Condition> read_group(const yaml::Entry& entry)
    {
        const auto& key = entry.key->text;
        const auto& node = *entry.value;
        if (node.kind != Kind::list) {
            document_.error(node.place, "wrong-type",
                            fmt::format("'{}' holds a list of maps of conditions", key),
                            fmt::format("write `{}: [{{…}}, {{…}}]`", key));
            return std::nullopt;
        }
        if (node.items.empty())
            document_.error(node.place, "empty", fmt::format("'{}' has no condition", key));
        std::vector<Condition> parts;
        for (const auto* const item : node.items) {
            auto conditions = read_map(*item, key);
            if (conditions.size() == 1)
                parts.push_back(std::move(conditions.front()));
            else
                parts.emplace_back().is.emplace<All>().parts = std::move(conditions);
        }
        if (key == "any") return Condition{Any{std::move(parts)}};
        return Condition{All{std::move(parts)}};
    }

    std::optional<Condition> read_not(const Node& node) { return Condition{Not{read_map(node, "not")}}; }

    std::optional<Condition> read_text(const yaml::Entry& entry, Field field)
    {
        Holds holds{text_slot, {}};
        for (const auto& item : expand(context_, document_, *entry.value, entry.key->text)) {
            if (item.node->kind == Kind::map)
                read_part(item, field, holds);
            else if (is_scalar(item, entry.key->text))
                add_pattern(item, word_or_regex(*item.node), field, holds);
        }
        return finish(std::move(holds));
    }

    /// `{contains: part}`, or a list of parts.
    void read_part(const Located& item, Field field, Holds& holds)
    {
        yaml::MapReader map(*item.document, *item.node, "a text condition");
        const auto* const parts = map.take("contains");
        map.finish();
        if (item.node->entries.empty())
            item.error("empty", "a text condition holds words, or `contains:` and a part");
        if (!parts) return;
        for (const auto& part : expand_scalars(context_, *item.document, *parts, "contains"))
            add_pattern(part, PatternKind::part, field, holds);
    }

    static PatternKind word_or_regex(const Node& node)
    {
        const auto& text = node.text;
        const bool slashes = text.size() >= 2 && text.front() == '/' && text.back() == '/';
        return slashes ? PatternKind::regex : PatternKind::words;
    }

    void add_pattern(const Located& item, PatternKind kind, Field field, Holds& holds)
    {
        auto text = item.node->text;
        if (kind == PatternKind::regex) text = text.substr(1, text.size() - 2);
        if (const auto wrong = check_pattern({kind, field, text, 0}))
            report_pattern(item, kind, text, *wrong);
        else
            holds.any_of.push_back(context_.symbols.pattern(kind, field, text));
    }

    static void report_pattern(const Located& item, PatternKind kind, const std::string& text,
                               const PatternError& wrong)
    {
        auto place = item.node->place;
        const auto at = wrong.part.empty() ? std::string::npos : text.find(wrong.part);
        // Escapes in quotes move things about, so only a plain expression shows the very piece.
        if (!item.node->quoted && at != std::string::npos) {
            const auto characters = [](std::string_view piece) {
                return static_cast<int>(std::count_if(piece.begin(), piece.end(), [](char c) {
                    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
                }));
            };
            place.column += 1 + characters(std::string_view(text).substr(0, at));
            place.length = std::max(1, characters(wrong.part));
        }
        const bool regex = kind == PatternKind::regex;
        item.document->error(
            place, "bad-pattern", (regex ? "regular expression: " : "") + wrong.message,
            kind == PatternKind::words ? "look for it with `contains:` or a /regular expression/" : "");
    }

    /// Intents and tags, which rules from `classify` on give.
    std::optional<Condition> read_names(const yaml::Entry& entry, SlotIndex slot,
                                        AtomIndex (Symbols::*atom)(std::string_view),
                                        std::vector<NameUse>& asked)
    {
        if (!exists_here(entry, Stage::prioritise)) return std::nullopt;
        Holds holds{slot, {}};
        for (const auto& item : expand_scalars(context_, document_, *entry.value, entry.key->text)) {
            holds.any_of.push_back((context_.symbols.*atom)(item.node->text));
            asked.push_back({item, item.node->text});
        }
        return finish(std::move(holds));
    }

    std::optional<Condition> read_priority(const yaml::Entry& entry)
    {
        if (!exists_here(entry, Stage::route)) return std::nullopt;
        Holds holds{priority_slot, {}};
        for (const auto& item : expand_scalars(context_, document_, *entry.value, "priority")) {
            if (const auto priority = parse_priority(item.node->text))
                holds.any_of.push_back(context_.symbols.priority(*priority));
            else
                item.error("bad-value", fmt::format("'{}' is no priority", item.node->text),
                           yaml::suggest(item.node->text, {"low", "normal", "high", "urgent"}));
        }
        return finish(std::move(holds));
    }

    std::optional<Condition> read_queue(const yaml::Entry& entry)
    {
        if (!exists_here(entry, Stage::escalate)) return std::nullopt;
        Holds holds{queue_slot, {}};
        for (const auto& item : expand_scalars(context_, document_, *entry.value, "queue"))
            if (const auto name =
                    yaml::read_name(*item.document, *item.node, "queue", context_.queues, "unknown-queue"))
                holds.any_of.push_back(context_.symbols.queue(*name));
        return finish(std::move(holds));
    }

    /// Reports `wrong-stage` if what the key names is not known yet in this stage.
    bool exists_here(const yaml::Entry& entry, Stage from)
    {
        if (stage_ >= from) return true;
        document_.error(entry.key->place, "wrong-stage",
                        fmt::format("'{}' is not known yet in {}; rules can ask for it from {} on",
                                    entry.key->text, to_string(stage_), to_string(from)));
        return false;
    }

    /// `queue.length: {queue: returns, at_least: 50}`
    std::optional<Condition> read_desk(const yaml::Entry& entry, DeskMeasure measure)
    {
        const auto& key = entry.key->text;
        if (!exists_here(entry, Stage::route)) return std::nullopt;
        const auto hint = fmt::format("write `{}: {{queue: {}, at_least: 1}}`", key,
                                      context_.queues.empty() ? "NAME" : context_.queues.front());
        if (entry.value->kind != Kind::map) {
            document_.error(entry.value->place, "wrong-type",
                            fmt::format("'{}' needs a queue and a bound", key), hint);
            return std::nullopt;
        }
        const Node* queue = nullptr;
        const auto bounds = read_bounds<double>(*entry.value, key, yaml::read_number, &queue);
        if (queue == nullptr || (entry.value->entries.size() == 1 && !bounds)) {
            document_.error(entry.value->place, "missing-key",
                            fmt::format("'{}' needs a queue and a bound", key), hint);
            return std::nullopt;
        }
        const auto name = yaml::read_name(document_, *queue, "queue", context_.queues, "unknown-queue");
        if (!bounds || !name) return std::nullopt;
        return Condition{
            InRange{context_.symbols.slot(desk_fact(measure, QueueName(*name)).name), {range_of(*bounds)}}};
    }

    std::optional<Condition> read_clock(const yaml::Entry& entry, Clock clock)
    {
        const auto& key = entry.key->text;
        if (!exists_here(entry, Stage::escalate)) return std::nullopt;
        if (entry.value->kind != Kind::map) {
            document_.error(entry.value->place, "wrong-type", fmt::format("'{}' needs a bound", key),
                            fmt::format("write `{}: {{at_least: 30m}}`", key));
            return std::nullopt;
        }
        const Node* calendar = nullptr;
        const auto bounds =
            read_bounds<Duration>(*entry.value, key, yaml::read_duration, nullptr, &calendar, "calendar");
        if (!bounds) return std::nullopt;
        constexpr Duration step{1};  // clocks count whole milliseconds
        Elapsed elapsed{clock, {}, Duration::max(), {}};
        if (calendar) {
            const auto name = read_calendar(*calendar);
            if (!name) return std::nullopt;
            elapsed.calendar = *name;
        }
        if (bounds->low) elapsed.low = *bounds->low + (bounds->low_open ? step : Duration{});
        if (bounds->high) elapsed.high = *bounds->high - (bounds->high_open ? step : Duration{});
        if (elapsed.low <= elapsed.high) return Condition{elapsed};
        document_.error(entry.value->place, "bad-range",
                        fmt::format("no duration is in this range of '{}'", key));
        return std::nullopt;
    }

    std::optional<std::string> read_calendar(const Node& node)
    {
        return yaml::read_name(document_, node, "calendar", context_.calendars, "unknown-calendar");
    }

    /// `{dach: open, japan: closed}`: all of it.
    std::optional<Condition> read_calendars(const Node& node)
    {
        if (node.kind != Kind::map || node.entries.empty()) {
            document_.error(node.place, "wrong-type", "'calendar' needs a calendar and how it is",
                            "write `calendar: {NAME: open}` or `calendar: {NAME: closed}`");
            return std::nullopt;
        }
        All all;
        for (const auto& [key, value] : node.entries) {
            const auto name = read_calendar(*key);
            const auto how = yaml::read_name(document_, *value, key->text, {"open", "closed"}, "bad-value");
            if (name && how) all.parts.push_back({OpenHours{*name, *how == "open"}});
        }
        if (all.parts.size() != node.entries.size()) return std::nullopt;
        if (all.parts.size() == 1) return std::move(all.parts.front());
        return Condition{std::move(all)};
    }

    /// `{left: 10m}`, `{used: 80%}` or `{breached: true}`: all of it.
    std::optional<Condition> read_promise(const yaml::Entry& entry, SlaTarget target)
    {
        const auto& key = entry.key->text;
        if (!exists_here(entry, Stage::escalate)) return std::nullopt;
        if (entry.value->kind != Kind::map || entry.value->entries.empty()) {
            document_.error(entry.value->place, "wrong-type", fmt::format("'{}' needs to know how much", key),
                            "write `{left: 10m}`, `{used: 80%}` or `{breached: true}`");
            return std::nullopt;
        }
        yaml::MapReader map(document_, *entry.value, key);
        All all;
        if (const auto* const left = map.take("left"))
            if (const auto span = yaml::read_duration(document_, *left, key))
                all.parts.push_back({Promised{target, 100, *span, true}});
        if (const auto* const share = map.take("used"))
            if (const auto percent = read_percent(*share, key))
                all.parts.push_back({Promised{target, *percent, {}, true}});
        if (const auto* const breached = map.take("breached"))
            if (const auto wanted = yaml::read_boolean(document_, *breached, key))
                all.parts.push_back({Promised{target, 100, {}, *wanted}});
        map.finish();
        if (all.parts.size() != entry.value->entries.size()) return std::nullopt;
        if (all.parts.size() == 1) return std::move(all.parts.front());
        return Condition{std::move(all)};
    }

    std::optional<int> read_percent(const Node& node, const std::string& what)
    {
        int percent = 0;
        const auto& text = node.text;
        const auto* const end = text.data() + text.size();
        const auto [rest, failure] = std::from_chars(text.data(), end, percent);
        const bool good = node.kind == Kind::scalar && failure == std::errc{} && rest != end &&
                          *rest == '%' && rest + 1 == end && percent >= 1 && percent <= 1'000;
        if (good) return percent;
        document_.error(node.place, "bad-value", fmt::format("'{}': used is a share, such as 80%", what));
        return std::nullopt;
    }

    std::optional<Condition> read_fact(const yaml::Entry& entry)
    {
        const auto& name = entry.key->text;
        const auto declared = context_.vocabulary.facts.find(name);
        if (declared == context_.vocabulary.facts.end()) {
            auto known = context_.facts;
            known.insert(known.end(), {"any", "all", "not", "subject", "body", "text", "intent", "tag",
                                       "priority", "queue", "queue.length", "agents.available", "calendar"});
            for (const auto clock : all_clocks) known.emplace_back(to_string(clock));
            for (const auto target : all_sla_targets)
                known.push_back(fmt::format("sla.{}", to_string(target)));
            document_.error(entry.key->place, "unknown-fact", fmt::format("there is no fact '{}'", name),
                            yaml::suggest(name, known));
            return std::nullopt;
        }
        const auto slot = context_.symbols.slot(name);
        const auto& node = *entry.value;
        if (node.kind == Kind::scalar && !node.quoted && (node.text == "missing" || node.text == "present"))
            return Condition{Present{slot, node.text == "present"}};
        if (declared->second.type == FactType::number) return read_number(entry, slot);
        return read_values(entry, declared->second, slot);
    }

    std::optional<Condition> read_values(const yaml::Entry& entry, const FactDeclaration& fact,
                                         SlotIndex slot)
    {
        Holds holds{slot, {}};
        for (const auto& item : expand_scalars(context_, document_, *entry.value, fact.name)) {
            if (fact.type == FactType::boolean) {
                if (const auto flag = yaml::read_boolean(*item.document, *item.node, fact.name))
                    holds.any_of.push_back(context_.symbols.flag(slot, *flag));
                continue;
            }
            const auto& text = item.node->text;
            if (fact.type == FactType::choice &&
                !std::binary_search(fact.choices.begin(), fact.choices.end(), text)) {
                item.error("bad-value", fmt::format("{} cannot be '{}'", fact.name, text),
                           yaml::suggest(text, fact.choices));
                continue;
            }
            holds.any_of.push_back(context_.symbols.value(slot, text));
        }
        return finish(std::move(holds));
    }

    std::optional<Condition> read_number(const yaml::Entry& entry, SlotIndex slot)
    {
        const auto& key = entry.key->text;
        InRange in_range{slot, {}};
        if (entry.value->kind == Kind::map) {
            const Node* within = nullptr;
            const bool counts = key == contacts_fact;  // the only fact of which the desk keeps the times
            const auto bounds = read_bounds<double>(*entry.value, key, yaml::read_number, nullptr,
                                                    counts ? &within : nullptr, "within");
            if (!bounds) return std::nullopt;
            const auto range = range_of(*bounds);
            if (within != nullptr) return read_recent(*within, slot, range, key);
            in_range.any_of.push_back(range);
        } else {
            for (const auto& item : expand_scalars(context_, document_, *entry.value, key))
                if (const auto number = yaml::read_number(*item.document, *item.node, key))
                    in_range.any_of.push_back({*number, *number});
        }
        if (in_range.any_of.empty()) return std::nullopt;
        return Condition{std::move(in_range)};
    }

    static NumberRange range_of(const Bounds<double>& bounds)
    {
        NumberRange range;
        if (bounds.low) range.low = *bounds.low;
        if (bounds.high) range.high = *bounds.high;
        range.low_open = bounds.low_open;
        range.high_open = bounds.high_open;
        return range;
    }

    /// The whole numbers of a range, both ends included.
    static NumberRange whole(const NumberRange& range)
    {
        return {range.low_open ? std::floor(range.low) + 1 : std::ceil(range.low),
                range.high_open ? std::ceil(range.high) - 1 : std::floor(range.high)};
    }

    /// `{at_least: 3, within: 7d}`
    std::optional<Condition> read_recent(const Node& node, SlotIndex slot, const NumberRange& count,
                                         const std::string& what)
    {
        const auto within = yaml::read_duration(document_, node, what);
        if (!within) return std::nullopt;
        if (within->count() <= 0) {
            document_.error(node.place, "bad-value", "nothing lies within no time at all");
            return std::nullopt;
        }
        constexpr auto kept = static_cast<double>(recent_contacts_max);
        for (const auto bound : {count.low, count.high})
            if (std::isfinite(bound) && bound > kept) {
                document_.error(
                    node.place, "bad-range",
                    fmt::format("the times of a customer's latest {} contacts are kept: '{}' within "
                                "a time cannot be told from {}",
                                recent_contacts_max, what, bound));
                return std::nullopt;
            }
        const Recent recent{slot, whole(count), *within};
        if (recent.count.low <= recent.count.high) return Condition{recent};
        document_.error(node.place, "bad-range",
                        fmt::format("no whole number is in this range of '{}'", what));
        return std::nullopt;
    }

    /// \param other  takes what `key` has, which may stand beside the bounds; null: it may not
    template <class T, class Read>
    std::optional<Bounds<T>> read_bounds(const Node& node, const std::string& what, Read read_value,
                                         const Node** queue = nullptr, const Node** other = nullptr,
                                         std::string_view key = {})
    {
        yaml::MapReader map(document_, node, what);
        if (queue != nullptr) *queue = map.take("queue");
        Bounds<T> out;
        if (other) *other = map.take(key);
        bool good = node.entries.size() > (other && *other ? 1U : 0U);
        if (!good) document_.error(node.place, "empty", fmt::format("'{}' has no bound", what));
        const auto bound = [&](const Node* value, std::optional<T>& side, bool& open, bool is_open) {
            if (!value) return;
            if (side) {
                document_.error(value->place, "bad-range",
                                fmt::format("'{}' is bounded twice on the same side", what));
                good = false;
            }
            side = read_value(document_, *value, what);
            open = is_open;
            good = good && side;
        };
        bound(map.take("above"), out.low, out.low_open, true);
        bound(map.take("at_least"), out.low, out.low_open, false);
        bound(map.take("below"), out.high, out.high_open, true);
        bound(map.take("at_most"), out.high, out.high_open, false);
        if (const auto* const pair = map.take("between")) {
            if (pair->kind != Kind::list || pair->items.size() != 2) {
                document_.error(pair->place, "wrong-type", "'between' holds the lowest and the highest value",
                                "write `between: [5, 9]`");
                return std::nullopt;
            }
            bound(pair->items[0], out.low, out.low_open, false);
            bound(pair->items[1], out.high, out.high_open, false);
        }
        map.finish();
        if (!good || (!out.low && !out.high)) return std::nullopt;
        const bool meets = out.low && out.high && *out.low == *out.high && (out.low_open || out.high_open);
        if ((out.low && out.high && *out.low > *out.high) || meets) {
            document_.error(node.place, "bad-range", fmt::format("nothing is in this range of '{}'", what),
                            "the lower bound comes first, and below the upper one");
            return std::nullopt;
        }
        return out;
    }

    static std::optional<Condition> finish(Holds holds)
    {
        if (holds.any_of.empty()) return std::nullopt;
        std::sort(holds.any_of.begin(), holds.any_of.end());
        holds.any_of.erase(std::unique(holds.any_of.begin(), holds.any_of.end()), holds.any_of.end());
        return Condition{std::move(holds)};
    }

    ReadContext& context_;
    const yaml::Document& document_;
    Stage stage_;
};

}  // namespace

WhenDraft read_when(ReadContext& context, const yaml::Document& document, Stage stage, const yaml::Node& node)
{
    WhenDraft out;
    if (node.kind != Kind::map || node.entries.empty()) {
        document.error(node.place, "empty", "'when' holds a map of conditions",
                       "leave 'when' out if the rule always applies");
        return out;
    }
    ConditionReader reader(context, document, stage);
    for (const auto& entry : node.entries) {
        auto condition = reader.read(entry);
        if (!condition) continue;
        out.conditions.push_back(std::move(*condition));
        out.lines.push_back(yaml::to_line(entry));
    }
    return out;
}

std::vector<Located> expand(ReadContext& context, const yaml::Document& document, const yaml::Node& node,
                            std::string_view what)
{
    if (node.kind == Kind::list && node.items.empty())
        document.error(node.place, "empty", fmt::format("'{}' has an empty list", what));
    if (node.kind == Kind::null) document.error(node.place, "empty", fmt::format("'{}' has no value", what));
    std::vector<Located> out;
    const auto expand_one = [&](const yaml::Node& item) {
        const bool names_list =
            item.kind == Kind::scalar && !item.quoted && item.text.size() > 1 && item.text[0] == '$';
        if (!names_list) {
            out.push_back({&document, &item});
            return;
        }
        const auto place = context.lists.find(std::string_view(item.text).substr(1));
        if (place != context.lists.end()) {
            place->second.used = true;
            out.insert(out.end(), place->second.items.begin(), place->second.items.end());
        } else if (context.lists_complete) {
            std::vector<std::string> known;
            for (const auto& [name, list] : context.lists) known.push_back('$' + name);
            auto suggestion = yaml::suggest(item.text, known);
            if (suggestion.empty()) suggestion = "put quotes around text that starts with $";
            document.error(item.place, "unknown-list", fmt::format("there is no list '{}'", item.text),
                           std::move(suggestion));
        }
    };
    if (node.kind == Kind::list)
        for (const auto* const item : node.items) expand_one(*item);
    else if (node.kind != Kind::null)
        expand_one(node);
    return out;
}

std::vector<Located> expand_scalars(ReadContext& context, const yaml::Document& document,
                                    const yaml::Node& node, std::string_view what)
{
    auto items = expand(context, document, node, what);
    std::erase_if(items, [&](const Located& item) { return !is_scalar(item, what); });
    return items;
}

}  // namespace triaged::rulebook
