// Alertmanager's routing tree, flattened: the deepest route that matches takes the alert. A receiver becomes
// a queue; one that goes on (`continue`) is told, too, because a ticket stands on one queue.

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "engine/ctl/import.hpp"
#include "engine/rulebook/yaml.hpp"

namespace triaged::ctl {

using rulebook::Stage;

namespace {

const yaml::Node* find(const yaml::Node& map, std::string_view key)
{
    for (const auto& entry : map.entries)
        if (entry.key->text == key) return entry.value;
    return nullptr;
}

struct Matcher {
    std::string label;
    std::string how;  // = != =~ !~
    std::string value;

    std::string in_words() const { return fmt::format("{}{}\"{}\"", label, how, value); }
};

std::string_view trim(std::string_view text)
{
    constexpr std::string_view blanks = " \t\n";
    while (!text.empty() && blanks.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
    while (!text.empty() && blanks.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
    return text;
}

/// `severity="critical"`, also without quotes; several, in braces or with commas between, as one string may
/// hold.
std::vector<Matcher> read_matchers(std::string_view text)
{
    std::vector<Matcher> out;
    text = trim(text);
    if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
    while (!(text = trim(text)).empty()) {
        const auto sign = text.find_first_of("=!");
        if (sign == std::string_view::npos) break;
        Matcher one{std::string(trim(text.substr(0, sign))), {}, {}};
        if (one.label.size() > 1 && one.label.front() == '"')
            one.label = one.label.substr(1, one.label.size() - 2);
        const auto two = text.substr(sign, 2);
        one.how = two == "=~" || two == "!~" || two == "!=" ? std::string(two) : "=";
        text = trim(text.substr(sign + one.how.size()));
        if (text.starts_with('"')) {
            std::size_t at = 1;
            for (; at < text.size() && text[at] != '"'; ++at) {
                if (text[at] == '\\' && at + 1 < text.size()) ++at;
                one.value += text[at];
            }
            text.remove_prefix(std::min(at + 1, text.size()));
        } else {
            const auto end = std::min(text.find(','), text.size());
            one.value = std::string(trim(text.substr(0, end)));
            text.remove_prefix(end);
        }
        out.push_back(std::move(one));
        text = trim(text);
        if (text.starts_with(',')) text.remove_prefix(1);
    }
    return out;
}

/// The values that an expression stands for, if it is nothing but a choice of them.
std::vector<std::string> choices_of(std::string_view expression)
{
    if (expression.starts_with("^")) expression.remove_prefix(1);
    if (expression.ends_with("$")) expression.remove_suffix(1);
    if (expression.starts_with("(?:") && expression.ends_with(")"))
        expression = expression.substr(3, expression.size() - 4);
    if (expression.starts_with("(") && expression.ends_with(")"))
        expression = expression.substr(1, expression.size() - 2);
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= expression.size();) {
        const auto end = std::min(expression.find('|', at), expression.size());
        const auto piece = expression.substr(at, end - at);
        if (piece.empty() || piece.find_first_of("\\.+*?()[]{}^$") != std::string_view::npos) return {};
        out.emplace_back(piece);
        at = end + 1;
    }
    return out;
}

class Importer {
public:
    Result<Imported> run(const yaml::Node& root)
    {
        const auto* const route = find(root, "route");
        if (!route || route->kind != yaml::Kind::map)
            return fail(ErrorCode::bad_value, "there is no `route` in it");
        for (const auto& entry : root.entries) {
            const auto& key = entry.key->text;
            if (key == "route") continue;
            if (key == "receivers")
                read_receivers(*entry.value);
            else if (key == "inhibit_rules")
                leave("the file", key,
                      "an alert does not hold back another; link tickets to a problem instead");
            else if (key == "time_intervals" || key == "mute_time_intervals")
                leave("the file", key, "times belong to a calendar of this desk");
            else
                leave("the file", key, "how alerts are sent is no matter of rules");
        }
        const auto* const receiver = find(*route, "receiver");
        if (!receiver) return fail(ErrorCode::bad_value, "the top route names no receiver");
        out_.default_queue = queue_of(receiver->text);
        note_timing(*route, "the top route");
        walk(*route, {}, false, "route");
        return std::move(out_);
    }

private:
    void leave(std::string where, std::string what, std::string why)
    {
        out_.left.push_back({std::move(where), std::move(what), std::move(why)});
    }

    std::string queue_of(const std::string& receiver)
    {
        auto name = label_of(receiver);
        out_.queues.insert(name);
        return name;
    }

    void read_receivers(const yaml::Node& list)
    {
        for (const auto* const receiver : list.items) {
            const auto* const name = find(*receiver, "name");
            if (!name) continue;
            queue_of(name->text);
            for (const auto& entry : receiver->entries)
                if (entry.key != nullptr && entry.key->text != "name")
                    leave(fmt::format("receiver {}", name->text), entry.key->text,
                          "agents get offers and leads are told; addresses are configured elsewhere");
        }
    }

    void note_timing(const yaml::Node& route, const std::string& where)
    {
        for (const auto& entry : route.entries) {
            const auto& key = entry.key->text;
            const auto line = yaml::to_line(entry);
            if (key == "group_by")
                leave(where, line, "each alert is a ticket; like ones can be linked to a problem");
            if (key == "group_wait") leave(where, line, "a ticket is placed at once");
            if (key == "group_interval")
                leave(where, line, "later alerts are tickets of their own, or join one by a thread key");
            if (key == "repeat_interval")
                leave(where, line, "a ticket waits until it is taken; remind with `waiting` in escalate");
            if (key == "mute_time_intervals" || key == "active_time_intervals")
                leave(where, line, "times belong to a calendar of this desk");
        }
    }

    std::vector<Matcher> matchers_of(const yaml::Node& route) const
    {
        std::vector<Matcher> out;
        const auto add = [&](const yaml::Node& node) {
            auto read = read_matchers(node.text);
            out.insert(out.end(), read.begin(), read.end());
        };
        if (const auto* const list = find(route, "matchers")) {
            if (list->kind == yaml::Kind::scalar) add(*list);
            for (const auto* const item : list->items) add(*item);
        }
        const auto old = [&](std::string_view key, const char* how) {
            if (const auto* const map = find(route, key))
                for (const auto& entry : map->entries)
                    out.push_back({entry.key->text, how, entry.value->text});
        };
        old("match", "=");
        old("match_re", "=~");
        return out;
    }

    std::string fact_of(const std::string& label)
    {
        auto name = "alert." + label_of(label);
        out_.facts[name] = {name, FactType::text, {}, "The label " + label + " of the alert"};
        return name;
    }

    /// One matcher as an entry of `when`; empty if it is always true. \return nothing if it cannot be said.
    std::optional<std::string> condition(const Matcher& one)
    {
        const bool not_is = one.how.front() == '!';
        const auto name = fact_of(one.label);
        std::vector<std::string> values;
        if (one.how == "=" || one.how == "!=") {
            if (one.value.empty()) return fmt::format("{}: {}", name, not_is ? "present" : "missing");
            values = {one.value};
        } else {
            if (one.value == ".*") return not_is ? std::nullopt : std::optional<std::string>("");
            if (one.value == ".+") return fmt::format("{}: {}", name, not_is ? "missing" : "present");
            values = choices_of(one.value);
            if (values.empty()) return std::nullopt;
        }
        for (auto& value : values) value = scalar_of(value);
        const auto entry = fmt::format("{}: [{}]", name, fmt::join(values, ", "));
        if (!not_is) return entry;
        // A label that is missing is unlike any value.
        return fmt::format("any: [{{{0}: missing}}, {{not: {{{1}}}}}]", name, entry);
    }

    /// Writes the rules of the routes below `route`, of which an alert matches `outer`.
    /// \param off  a matcher above could not be said
    void walk(const yaml::Node& route, const std::vector<std::string>& outer, bool off,
              const std::string& where)
    {
        const auto* const routes = find(route, "routes");
        if (!routes) return;
        struct Later {
            std::string name, queue, about;
            std::vector<std::string> when;
            bool off;
        };
        std::vector<Later> later;  // routes that go on take the alert if none after them does
        const auto* const above = find(route, "receiver");
        std::size_t number = 0;
        for (const auto* const child : routes->items) {
            ++number;
            const auto path = fmt::format("{}.{}", where, number);
            auto when = outer;
            bool incomplete = off;
            std::string about;
            for (const auto& matcher : matchers_of(*child)) {
                about += (about.empty() ? "" : ", ") + matcher.in_words();
                const auto entry = condition(matcher);
                if (!entry) {
                    leave(path, matcher.in_words(), "facts are compared with values, not with expressions");
                    incomplete = true;
                } else if (!entry->empty()) {
                    when.push_back("{" + *entry + "}");
                }
            }
            note_timing(*child, path);
            walk_with(*child, when, incomplete, path, above);
            const auto* const own = find(*child, "receiver");
            const auto receiver = own                  ? own->text
                                  : inherited_.empty() ? out_.default_queue
                                                       : inherited_.back();
            const auto queue = queue_of(receiver);
            const auto name = unique(label_of(fmt::format("to-{}", queue)));
            const auto* const goes_on = find(*child, "continue");
            const bool continues = goes_on && goes_on->text == "true";
            const auto text = fmt::format("{}: {}", path, about.empty() ? "every alert" : about);
            if (!continues) {
                add(Stage::route, name, text, when, "queue: " + queue, incomplete);
                continue;
            }
            out_.leads.insert(queue);
            auto elsewhere = when;
            elsewhere.push_back(fmt::format("{{not: {{queue: {}}}}}", queue));
            add(Stage::escalate, unique("tell-" + queue), text + " (continue)", elsewhere,
                fmt::format("notify: [{}]", queue), incomplete);
            leave(path, "continue: true",
                  "a ticket stands on one queue: a later route takes it, this receiver is told");
            later.push_back({name, queue, text, when, incomplete});
        }
        for (const auto& one : later)
            add(Stage::route, one.name, one.about, one.when, "queue: " + one.queue, one.off);
    }

    void walk_with(const yaml::Node& child, const std::vector<std::string>& when, bool off,
                   const std::string& path, const yaml::Node* above)
    {
        const auto* const own = find(child, "receiver");
        inherited_.push_back(own                  ? own->text
                             : above              ? above->text
                             : inherited_.empty() ? out_.default_queue
                                                  : inherited_.back());
        walk(child, when, off, path);
        inherited_.pop_back();
    }

    void add(Stage stage, std::string name, std::string about, const std::vector<std::string>& when,
             std::string then, bool off)
    {
        ImportedRule rule{stage, std::move(name), std::move(about), off, {}, {std::move(then)}};
        if (off) rule.about += " (off: a matcher is missing)";
        if (!when.empty()) {
            rule.when.push_back(fmt::format("all: [{}]", fmt::join(when, ", ")));
        } else if (stage == Stage::route && !off) {
            // It takes every alert that comes so far, and those after it were never reached there either.
            rule.off = true;
            leave(rule.name, rule.about,
                  "a rule for every ticket would hide the ones after it; make it the default");
        }
        out_.rules.push_back(std::move(rule));
    }

    std::string unique(std::string name)
    {
        const auto plain = name;
        for (int i = 2; !names_.insert(name).second; ++i) name = fmt::format("{}-{}", plain, i);
        return name;
    }

    std::vector<std::string> inherited_;  // receivers of the routes around the one under way
    std::set<std::string> names_{"default"};
    Imported out_;
};

}  // namespace

Result<Imported> import_alertmanager(const std::string& file, std::string_view text)
{
    std::vector<Diagnostic> found;
    const yaml::Document document(file, text, found);
    if (document.broken() || document.root().kind != yaml::Kind::map)
        return fail(ErrorCode::bad_value,
                    found.empty() ? "this is no alertmanager.yml" : render(found, false));
    return Importer().run(document.root());
}

}  // namespace triaged::ctl
