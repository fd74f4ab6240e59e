// Zendesk's triggers. A trigger becomes a rule in each stage that it has actions for. Triggers run in order
// and the last one wins, while of our rules the first one does: so they are written in reverse.

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/import.hpp"

namespace triaged::ctl {

namespace json = boost::json;

using rulebook::Stage;

namespace {

std::string text_of(const json::value* value)
{
    if (value == nullptr || value->is_null()) return {};
    if (const auto* const text = value->if_string()) return std::string(*text);
    return json::serialize(*value);
}

std::string text_at(const json::object& object, std::string_view key)
{
    return text_of(object.if_contains(key));
}

/// Words with blanks between them, as a YAML list.
std::string list_of(std::string_view words)
{
    std::vector<std::string> out;
    while (!words.empty()) {
        const auto end = std::min(words.find(' '), words.size());
        if (end > 0) out.push_back(scalar_of(words.substr(0, end)));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return fmt::format("[{}]", fmt::join(out, ", "));
}

bool is_number(std::string_view text)
{
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size();
}

/// One condition as ours.
struct Carried {
    enum class How { always, entry, left } how = How::left;
    std::string entry;           // of `when`
    Stage from = Stage::enrich;  // the first stage that can ask it
    std::string why;             // it was left out

    static Carried always() { return {How::always, {}, Stage::enrich, {}}; }
    static Carried as(std::string entry, Stage from = Stage::enrich)
    {
        return {How::entry, std::move(entry), from, {}};
    }
    static Carried left(std::string why) { return {How::left, {}, Stage::enrich, std::move(why)}; }
};

/// What `via_id` and its names say, as our channels.
std::optional<std::string> channel_of(std::string_view via)
{
    static const std::map<std::string_view, std::string_view> known{
        {"0", "email"},         {"web", "email"},  {"web_form", "email"},
        {"4", "email"},         {"mail", "email"}, {"email", "email"},
        {"29", "chat"},         {"chat", "chat"},  {"33", "phone"},
        {"voicemail", "phone"}, {"34", "phone"},   {"voice", "phone"},
        {"phone", "phone"},     {"72", "chat"},    {"native_messaging", "chat"},
        {"75", "chat"}};
    const auto place = known.find(via);
    return place == known.end() ? std::nullopt : std::optional<std::string>(place->second);
}

class Importer {
public:
    explicit Importer(const json::object& root)
    {
        // Groups may be loaded beside the triggers; then queues get their names.
        if (const auto* const groups = root.if_contains("groups"); groups && groups->is_array())
            for (const auto& group : groups->get_array())
                if (group.is_object())
                    groups_[text_at(group.get_object(), "id")] = text_at(group.get_object(), "name");
    }

    void add(const json::object& trigger)
    {
        title_ = text_at(trigger, "title");
        if (title_.empty()) title_ = "trigger " + text_at(trigger, "id");
        std::vector<Carried> all, any;
        bool narrower = false;  // a condition is missing: the rule would fire too often
        const auto* const conditions = trigger.if_contains("conditions");
        const auto read = [&](std::string_view key, std::vector<Carried>& into) {
            if (!conditions || !conditions->is_object()) return;
            const auto* const list = conditions->get_object().if_contains(key);
            if (!list || !list->is_array()) return;
            for (const auto& each : list->get_array()) {
                if (!each.is_object()) continue;
                auto carried = condition(each.get_object());
                if (carried.how == Carried::How::left) {
                    leave(in_words(each.get_object()), carried.why);
                    narrower = true;
                }
                into.push_back(std::move(carried));
            }
        };
        read("all", all);
        read("any", any);
        const auto is_always = [](const Carried& one) { return one.how == Carried::How::always; };
        std::vector<std::string> when;
        auto from = Stage::enrich;
        const auto take = [&](const std::vector<Carried>& list) {
            std::vector<std::string> entries;
            for (const auto& one : list) {
                if (one.how != Carried::How::entry) continue;
                entries.push_back("{" + one.entry + "}");
                from = std::max(from, one.from);
            }
            return entries;
        };
        if (const auto entries = take(all); !entries.empty())
            when.push_back(fmt::format("all: [{}]", fmt::join(entries, ", ")));
        if (std::none_of(any.begin(), any.end(), is_always))
            if (const auto entries = take(any); !entries.empty())
                when.push_back(fmt::format("any: [{}]", fmt::join(entries, ", ")));
        write(trigger, when, from, narrower);
    }

    Imported take()
    {
        // The last trigger wins there, the first rule here.
        std::reverse(out_.rules.begin(), out_.rules.end());
        return std::move(out_);
    }

private:
    static std::string in_words(const json::object& condition)
    {
        return fmt::format("{} {} {}", text_at(condition, "field"), text_at(condition, "operator"),
                           text_at(condition, "value"));
    }

    void leave(std::string what, std::string why)
    {
        out_.left.push_back({title_, std::move(what), std::move(why)});
    }

    std::string queue_of(const std::string& group)
    {
        const auto named = groups_.find(group);
        auto queue = named == groups_.end() ? "group-" + label_of(group) : label_of(named->second);
        out_.queues.insert(queue);
        return queue;
    }

    std::string fact(const std::string& field, FactType type)
    {
        auto name = "zendesk." + label_of(field);
        // Whoever names it first says what it holds; the others make do with that.
        out_.facts.try_emplace(
            name, FactDeclaration{name, type, {}, "The field " + field + " of the ticket in Zendesk"});
        return name;
    }

    static Carried negated(const std::string& entry, Stage from = Stage::enrich)
    {
        return Carried::as("not: {" + entry + "}", from);
    }

    Carried condition(const json::object& condition)
    {
        const auto field = text_at(condition, "field");
        const auto how = text_at(condition, "operator");
        const auto value = text_at(condition, "value");
        if (how == "changed" || how == "not_changed" || how == "changed_to" || how == "changed_from" ||
            how == "value_previous" || how == "not_value" || how == "not_value_previous")
            return Carried::left("rules look at a ticket as it is, not at what has changed");
        const bool not_is = how == "is_not" || how == "not_includes";
        if (field == "update_type") {
            const bool create = (value.empty() ? how : value) == "Create";
            return create != not_is ? Carried::always()
                                    : Carried::left("rules run when a ticket or contact comes in");
        }
        if (field == "status") return status(how, value);
        if (field == "priority") return priority(how, value);
        if (field == "current_tags") {
            const auto entry = "tag: " + list_of(value);
            return not_is ? negated(entry, Stage::prioritise) : Carried::as(entry, Stage::prioritise);
        }
        if (field == "subject_includes_word" || field == "comment_includes_word")
            return words(field, how, value);
        if (field == "via_id" || field == "current_via_id") {
            const auto channel = channel_of(value);
            if (!channel) return Carried::left("no channel here is like it");
            return not_is ? negated("channel: " + *channel) : Carried::as("channel: " + *channel);
        }
        if (field == "group_id") {
            if (value.empty() || how == "not_present" || how == "present")
                return Carried::left("a ticket has a queue only once it is routed");
            const auto entry = "queue: " + queue_of(value);
            return not_is ? negated(entry, Stage::escalate) : Carried::as(entry, Stage::escalate);
        }
        if (field == "comment_is_public" || field == "ticket_is_public")
            return value == "false" || not_is ? Carried::left("internal notes do not come in as contacts")
                                              : Carried::always();
        if (field == "role" || field == "current_role")
            return (value == "end_user") != not_is
                       ? Carried::always()
                       : Carried::left("contacts are the customer's, never an agent's");
        if (field == "in_business_hours" || field == "within_schedule" || field == "schedule_id" ||
            field == "set_schedule")
            return Carried::left(
                "hours belong to a calendar of this desk; ask for it with a calendar condition");
        if (field == "assignee_id" || field == "satisfaction_score" || field == "follower" || field == "cc" ||
            field.starts_with("ticket_metric"))
            return Carried::left("rules cannot ask for it");
        return generic(field, how, value);
    }

    static Carried status(const std::string& how, const std::string& value)
    {
        static const std::vector<std::string> order{"new", "open", "pending", "hold", "solved", "closed"};
        const auto at = std::find(order.begin(), order.end(), value) - order.begin();
        if (at == static_cast<std::ptrdiff_t>(order.size())) return Carried::left("no such status is known");
        // A ticket that rules look at is new.
        const bool holds = (how == "is" || how == "value") ? at == 0
                           : how == "is_not"               ? at != 0
                           : how == "less_than"            ? at > 0
                           : how == "greater_than"         ? false
                           : how == "less_than_equal"      ? true
                           : how == "greater_than_equal"   ? at == 0
                                                           : false;
        return holds ? Carried::always() : Carried::left("rules run on tickets that come in, which are new");
    }

    static Carried priority(const std::string& how, const std::string& value)
    {
        static const std::vector<std::string> order{"low", "normal", "high", "urgent"};
        if (value.empty()) return Carried::left("every ticket here has a priority");
        const auto at = std::find(order.begin(), order.end(), value);
        if (at == order.end()) return Carried::left("no such priority is known");
        std::vector<std::string> names;
        if (how == "is" || how == "value") names = {value};
        if (how == "is_not")
            std::copy_if(order.begin(), order.end(), std::back_inserter(names),
                         [&](const auto& one) { return one != value; });
        if (how == "less_than") names.assign(order.begin(), at);
        if (how == "greater_than") names.assign(at + 1, order.end());
        if (how == "less_than_equal") names.assign(order.begin(), at + 1);
        if (how == "greater_than_equal") names.assign(at, order.end());
        if (names.empty()) return Carried::left("nothing is below low or above urgent");
        return Carried::as(fmt::format("priority: [{}]", fmt::join(names, ", ")), Stage::route);
    }

    static Carried words(const std::string& field, const std::string& how, const std::string& value)
    {
        const std::string key = field == "subject_includes_word" ? "subject" : "text";
        if (value.find_first_not_of(' ') == std::string::npos) return Carried::left("it names no words");
        if (how == "includes") return Carried::as(key + ": " + list_of(value));
        if (how == "not_includes") return negated(key + ": " + list_of(value));
        const auto part = fmt::format("{}: {{contains: {}}}", key, scalar_of(value));
        if (how == "is") return Carried::as(part);
        if (how == "is_not") return negated(part);
        return Carried::left("no such comparison of text is known");
    }

    /// Fields of the ticket, its requester or its organisation: facts that a feeder sends along.
    Carried generic(const std::string& field, const std::string& how, const std::string& value)
    {
        if (how == "present" || how == "not_present")
            return Carried::as(
                fmt::format("{}: {}", fact(field, FactType::text), how == "present" ? "present" : "missing"));
        if (how.find("less_than") == 0 || how.find("greater_than") == 0) {
            if (!is_number(value)) return Carried::left("only numbers can be compared");
            const auto word = how == "less_than"         ? "below"
                              : how == "greater_than"    ? "above"
                              : how == "less_than_equal" ? "at_most"
                                                         : "at_least";
            const auto name = fact(field, FactType::number);
            if (out_.facts[name].type != FactType::number)
                return Carried::left("it is compared as text elsewhere");
            return Carried::as(fmt::format("{}: {{{}: {}}}", name, word, value));
        }
        if (how != "is" && how != "is_not" && how != "includes" && how != "not_includes" && how != "value")
            return Carried::left("no such comparison is known");
        if (value.empty()) return Carried::left("it names no value");
        if (const auto known = out_.facts.find("zendesk." + label_of(field));
            known != out_.facts.end() && known->second.type == FactType::number) {
            if (!is_number(value)) return Carried::left("it is compared as a number elsewhere");
            const auto entry = fmt::format("{}: {}", known->first, value);
            return how == "is" ? Carried::as(entry)
                               : Carried::as(fmt::format("any: [{{{0}: missing}}, {{not: {{{1}}}}}]",
                                                         known->first, entry));
        }
        const auto name = fact(field, FactType::text);
        const auto entry = fmt::format("{}: {}", name, scalar_of(value));
        if (how == "is" || how == "includes" || how == "value") return Carried::as(entry);
        // There what is empty is something else, too; here what is missing is unknown.
        return Carried::as(fmt::format("any: [{{{0}: missing}}, {{not: {{{1}}}}}]", name, entry));
    }

    void write(const json::object& trigger, const std::vector<std::string>& when, Stage from, bool narrower)
    {
        std::map<Stage, std::vector<std::string>> then;
        std::vector<std::string> tags, told;
        const auto* const actions = trigger.if_contains("actions");
        if (actions && actions->is_array())
            for (const auto& each : actions->get_array())
                if (each.is_object()) action(each.get_object(), then, tags, told);
        // Tags are given as early as the conditions allow, so that later stages see them.
        if (!tags.empty())
            then[std::max(Stage::classify, from)].push_back("tags: [" +
                                                            fmt::format("{}", fmt::join(tags, ", ")) + "]");
        if (!told.empty())
            then[Stage::escalate].push_back("notify: [" + fmt::format("{}", fmt::join(told, ", ")) + "]");
        bool inactive = false;
        if (const auto* const active = trigger.if_contains("active"))
            inactive = active->is_bool() && !active->get_bool();
        if (then.empty()) leave("the whole trigger", "none of its actions has a like here");
        for (auto& [stage, effects] : then) {
            if (stage < from) {
                leave(fmt::format("{}", fmt::join(effects, ", ")),
                      fmt::format("it asks for something that is known from {} on only", to_string(from)));
                continue;
            }
            ImportedRule rule{
                stage,
                unique(label_of(title_) + (then.size() > 1 ? "-" + std::string(to_string(stage)) : "")),
                title_,
                narrower || inactive,
                when,
                std::move(effects)};
            if (stage == Stage::route && when.empty() && !rule.off) {
                leave(fmt::format("{}", fmt::join(rule.then, ", ")),
                      "a rule for every ticket would hide those after it");
                rule.off = true;
            }
            if (inactive && !narrower) rule.about += " (inactive there)";
            if (narrower) rule.about += " (off: a condition is missing)";
            out_.rules.push_back(std::move(rule));
        }
    }

    void action(const json::object& action, std::map<Stage, std::vector<std::string>>& then,
                std::vector<std::string>& tags, std::vector<std::string>& told)
    {
        const auto field = text_at(action, "field");
        const auto* const raw = action.if_contains("value");
        // Of a notification the value is a list: whom, the subject, the text.
        const bool is_list = raw && raw->is_array() && !raw->get_array().empty();
        const auto value = is_list ? text_of(&raw->get_array().front()) : text_of(raw);
        const auto words = fmt::format("{} {}", field, value);
        if (field == "group_id") {
            if (value.empty() || value == "current_groups") return leave(words, "no queue is named");
            then[Stage::route].push_back("queue: " + queue_of(value));
        } else if (field == "priority") {
            if (value != "low" && value != "normal" && value != "high" && value != "urgent")
                return leave(words, "no such priority is known");
            then[Stage::prioritise].push_back("priority: " + value);
        } else if (field == "current_tags" || field == "set_tags") {
            if (field == "set_tags") leave(words, "tags are added, those that are there stay");
            std::string_view rest = value;
            while (!rest.empty()) {
                const auto end = std::min(rest.find(' '), rest.size());
                const auto tag = label_of(rest.substr(0, end));
                if (end > 0 && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
        } else if (field == "notification_group" || field == "notification_user") {
            if (value == "requester_id" || value == "requester_and_ccs" || value == "all_agents" ||
                value.empty() || value == "current_user" || value == "assignee_id")
                return leave(words,
                             "rules tell leads; mail to customers and to agents at work is not theirs");
            const auto lead =
                field == "notification_group" ? "group-" + label_of(value) : "user-" + label_of(value);
            const auto group = groups_.find(value);
            const auto name =
                field == "notification_group" && group != groups_.end() ? label_of(group->second) : lead;
            out_.leads.insert(name);
            if (std::find(told.begin(), told.end(), name) == told.end()) told.push_back(name);
            if (is_list && raw->get_array().size() > 1)
                leave(words, "the lead is told; the text of the message is left behind");
        } else if (field == "type" || field.starts_with("custom_fields_") || field == "brand_id" ||
                   field == "ticket_form_id") {
            if (value.empty()) return leave(words, "no value is named");
            const auto name = fact(field, FactType::text);
            if (out_.facts[name].type != FactType::text)
                return leave(words, "it is compared as a number elsewhere");
            then[Stage::enrich].push_back(fmt::format("set: {{{}: {}}}", name, scalar_of(value)));
        } else if (field == "remove_tags") {
            leave(words, "tags are added only");
        } else if (field == "assignee_id") {
            leave(words, "tickets are offered to agents by skill and load, not given to one by a rule");
        } else if (field == "status") {
            leave(words, "agents end tickets, rules do not");
        } else {
            leave(words, "no action here is like it");
        }
    }

    std::string unique(std::string name)
    {
        const auto plain = name;
        for (int i = 2; !names_.insert(name).second || name == "default"; ++i)
            name = fmt::format("{}-{}", plain, i);
        return name;
    }

    std::string title_;  // of the trigger under way
    std::map<std::string, std::string> groups_;
    std::set<std::string> names_;
    Imported out_;
};

/// Several `set` of one rule become one map.
void join_sets(Imported& imported)
{
    for (auto& rule : imported.rules) {
        std::string facts;
        std::erase_if(rule.then, [&](const std::string& entry) {
            constexpr std::string_view start = "set: {";
            if (!entry.starts_with(start)) return false;
            facts +=
                (facts.empty() ? "" : ", ") + entry.substr(start.size(), entry.size() - start.size() - 1);
            return true;
        });
        if (!facts.empty()) rule.then.push_back("set: {" + facts + "}");
    }
}

}  // namespace

Result<Imported> import_zendesk(std::string_view text)
{
    boost::system::error_code failure;
    const auto parsed = json::parse(json::string_view(text.data(), text.size()), failure);
    if (failure) return fail(ErrorCode::bad_value, fmt::format("this is no JSON: {}", failure.message()));
    json::array triggers;
    json::object root;
    if (parsed.is_array()) triggers = parsed.get_array();
    if (parsed.is_object()) {
        root = parsed.get_object();
        if (const auto* const list = root.if_contains("triggers"); list && list->is_array())
            triggers = list->get_array();
        if (const auto* const one = root.if_contains("trigger"); one && one->is_object())
            triggers.push_back(*one);
    }
    if (triggers.empty()) return fail(ErrorCode::bad_value, "there are no triggers in it");
    std::vector<json::object> ordered;
    for (const auto& each : triggers)
        if (each.is_object()) ordered.push_back(each.get_object());
    const auto position = [](const json::object& trigger) {
        const auto* const at = trigger.if_contains("position");
        return at && at->is_int64() ? at->get_int64() : std::int64_t{0};
    };
    std::stable_sort(ordered.begin(), ordered.end(),
                     [&](const json::object& a, const json::object& b) { return position(a) < position(b); });
    Importer importer(root);
    for (const auto& trigger : ordered) importer.add(trigger);
    auto out = importer.take();
    join_sets(out);
    return out;
}

}  // namespace triaged::ctl
