#include "engine/rehearsal/cases.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "engine/rulebook/yaml.hpp"

namespace triaged::rehearsal {

namespace {

using namespace rulebook;
using yaml::Kind;
using yaml::Node;

/// A `ticket:` as read.
struct CaseTicket {
    std::string subject;
    std::string body;
    FactSet facts;
    FactSet customer;
};

bool has(const std::vector<std::string>& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Reads cases; what rules may name is checked as in rules.
class CaseReader {
public:
    CaseReader(const yaml::Document& document, const Rulebook& rulebook, const Vocabulary& vocabulary)
        : document_(document), rulebook_(rulebook), vocabulary_(vocabulary)
    {
        for (const auto& [name, fact] : vocabulary.facts) facts_.push_back(name);
        for (const auto& queue : vocabulary.queues) queues_.push_back(queue.value);
        for (const auto& info : rulebook.rules())
            (info.stage == Stage::escalate ? escalations_ : rules_).push_back(info.name);
    }

    std::optional<Case> read(const Node& node)
    {
        wrong_ = false;
        yaml::MapReader map(document_, node, "a case");
        Case out;
        const auto* const name = map.require("case");
        const auto* const ticket = map.require("ticket");
        const auto* const after = map.take("after");
        const auto* const expect = map.require("expect");
        map.finish();
        if (!name || !ticket || !expect) return std::nullopt;
        out.name = keep(yaml::read_text(document_, *name, "case"));
        out.line = name->place.line;
        out.file = document_.file();
        auto written = read_ticket(*ticket);
        out.text = rulebook_.scan(written.subject, written.body);
        out.facts = std::move(written.facts);
        out.customer = std::move(written.customer);
        if (after) out.after = keep(yaml::read_duration(document_, *after, "after"));
        out.expect = read_expectations(*expect);
        return wrong_ ? std::nullopt : std::optional(std::move(out));
    }

private:
    template <class T>
    T keep(std::optional<T> value)
    {
        if (!value) wrong_ = true;
        return value ? std::move(*value) : T{};
    }

    void error(const Node& node, std::string code, std::string message, std::string suggestion = {})
    {
        wrong_ = true;
        document_.error(node.place, std::move(code), std::move(message), std::move(suggestion));
    }

    CaseTicket read_ticket(const Node& node)
    {
        CaseTicket out;
        out.facts.set("channel", std::string_view("email"));
        if (!is_map(node, "ticket")) return out;
        for (const auto& [key, value] : node.entries) {
            if (key->text == "subject" || key->text == "body") {
                const auto text = keep(yaml::read_text(document_, *value, key->text));
                (key->text == "subject" ? out.subject : out.body) = text;
            } else if (key->text == "customer" || key->text == "order") {
                auto& facts = key->text == "customer" ? out.customer : out.facts;
                if (is_map(*value, key->text))
                    for (const auto& fact : value->entries)
                        read_fact(*fact.key, key->text + "." + fact.key->text, *fact.value, facts);
            } else if (key->text == "facts") {
                if (is_map(*value, "facts")) read_facts(*value, out.facts, &out.customer);
            } else {
                read_fact(*key, key->text, *value, out.facts,
                          {"subject", "body", "customer", "order", "facts"});
            }
        }
        return out;
    }

    bool is_map(const Node& node, std::string_view what)
    {
        if (node.kind == Kind::map) return true;
        error(node, "wrong-type", fmt::format("'{}' must be a map", what));
        return false;
    }

    /// \param customer  takes the facts that are the customer's, unless null
    void read_facts(const Node& node, FactSet& facts, FactSet* customer)
    {
        for (const auto& [key, value] : node.entries) {
            const bool of_customer = customer && key->text.starts_with("customer.");
            read_fact(*key, key->text, *value, of_customer ? *customer : facts);
        }
    }

    void read_fact(const Node& key, const std::string& name, const Node& value, FactSet& into,
                   const std::vector<std::string>& other_keys = {})
    {
        const auto declared = vocabulary_.facts.find(name);
        if (declared == vocabulary_.facts.end()) {
            auto known = facts_;
            known.insert(known.end(), other_keys.begin(), other_keys.end());
            error(key, "unknown-fact", fmt::format("there is no fact '{}'", name),
                  yaml::suggest(name, known));
            return;
        }
        const auto& fact = declared->second;
        if (fact.type == FactType::boolean) {
            if (const auto flag = yaml::read_boolean(document_, value, name)) return into.set(name, *flag);
        } else if (fact.type == FactType::number) {
            if (const auto number = yaml::read_number(document_, value, name)) return into.set(name, *number);
        } else if (const auto text = yaml::read_text(document_, value, name)) {
            const auto fitting = fits(fact, std::string_view(*text));
            if (fitting) return into.set(name, std::string_view(*text));
            return error(value, "bad-value", fitting.error().message);
        }
        wrong_ = true;
    }

    Expectations read_expectations(const Node& node)
    {
        Expectations out;
        yaml::MapReader map(document_, node, "expect");
        const auto text = [&](std::string_view key, std::optional<std::string>& into) {
            if (const auto* const value = map.take(key)) into = keep(yaml::read_text(document_, *value, key));
        };
        const auto names = [&](std::string_view key, std::vector<std::string>& into,
                               const std::vector<std::string>* known) {
            const auto* const value = map.take(key);
            if (!value) return;
            for (const auto* const item : yaml::read_scalars(document_, *value, key))
                into.push_back(known ? keep(yaml::read_name(document_, *item, "rule", *known, "unknown-rule"))
                                     : item->text);
        };
        if (const auto* const value = map.take("queue"))
            out.queue = keep(yaml::read_name(document_, *value, "queue", queues_, "unknown-queue"));
        if (const auto* const value = map.take("priority"))
            out.priority = keep(yaml::read_name(document_, *value, "priority",
                                                {"low", "normal", "high", "urgent"}, "bad-value"));
        text("intent", out.intent);
        text("sla", out.sla);
        text("contact_by", out.contact_by);
        names("tags", out.tags, nullptr);
        names("no_tags", out.no_tags, nullptr);
        names("fired", out.fired, &rules_);
        names("not_fired", out.not_fired, &rules_);
        names("escalated", out.escalated, &escalations_);
        names("not_escalated", out.not_escalated, &escalations_);
        names("notify", out.notify, nullptr);
        if (const auto* const value = map.take("skills")) read_skills(*value, out.skills);
        if (const auto* const value = map.take("facts"); value && is_map(*value, "facts"))
            read_facts(*value, out.facts, nullptr);
        map.finish();
        if (map.is_map() && node.entries.empty()) error(node, "empty", "'expect' expects nothing");
        return out;
    }

    void read_skills(const Node& node, Skills& into)
    {
        if (!is_map(node, "skills")) return;
        for (const auto& [key, value] : node.entries) {
            const auto level = keep(yaml::read_integer(document_, *value, "skill level", 1, skill_level_max));
            raise(into, {key->text, static_cast<int>(level)});
        }
    }

    const yaml::Document& document_;
    const Rulebook& rulebook_;
    const Vocabulary& vocabulary_;
    std::vector<std::string> facts_, queues_, rules_, escalations_;
    bool wrong_ = false;  // something in the case being read
};

void apply(const EscalationStep& step, Outcome& outcome)
{
    auto& routing = outcome.routing;
    if (step.priority) routing.priority = *step.priority;
    if (step.queue) routing.queue = *step.queue;
    for (const auto& skill : step.skills) raise(routing.skills, skill);
    for (const auto& tag : step.tags)
        if (!has(routing.tags, tag)) routing.tags.push_back(tag);
    if (!step.contact_by.empty()) routing.contact_by = step.contact_by;
    outcome.notify.insert(outcome.notify.end(), step.notify.begin(), step.notify.end());
}

class Comparison {
public:
    std::vector<std::string> take() { return std::move(mismatches_); }

    void equal(std::string_view what, const std::optional<std::string>& wanted, std::string_view got)
    {
        if (!wanted || *wanted == got) return;
        mismatches_.push_back(fmt::format("{} is {}, not '{}'", what,
                                          got.empty() ? "not set" : fmt::format("'{}'", got), *wanted));
    }
    void among(std::string_view what, const std::vector<std::string>& wanted,
               const std::vector<std::string>& got)
    {
        for (const auto& name : wanted)
            if (!has(got, name))
                mismatches_.push_back(
                    fmt::format("{} lack '{}'; they are [{}]", what, name, fmt::join(got, ", ")));
    }
    void none_of(std::string_view what, const std::vector<std::string>& unwanted,
                 const std::vector<std::string>& got)
    {
        for (const auto& name : unwanted)
            if (has(got, name)) mismatches_.push_back(fmt::format("{} hold '{}'", what, name));
    }
    void skills(const Skills& wanted, const Skills& got)
    {
        for (const auto& skill : wanted) {
            const auto place = std::find_if(got.begin(), got.end(),
                                            [&](const Skill& one) { return one.name == skill.name; });
            if (place == got.end())
                mismatches_.push_back(fmt::format("skill '{}' is not asked for", skill.name));
            else if (place->level != skill.level)
                mismatches_.push_back(fmt::format("skill '{}' is asked for at level {}, not {}", skill.name,
                                                  place->level, skill.level));
        }
    }
    void facts(const FactSet& wanted, const Case& one, const Routing& routing)
    {
        for (const auto& [name, value] : wanted) {
            auto got = routing.enriched.find(name);
            if (!got) got = one.facts.find(name);
            if (!got) got = one.customer.find(name);
            if (got == value) continue;
            mismatches_.push_back(fmt::format("{} is {}, not '{}'", name,
                                              got ? fmt::format("'{}'", triaged::to_string(*got)) : "missing",
                                              triaged::to_string(value)));
        }
    }

private:
    std::vector<std::string> mismatches_;
};

}  // namespace

Outcome play(const Rulebook::Compiled& compiled, const Case& one, const Observer& observer)
{
    constexpr Instant opened{0};
    Clocks clocks{opened, opened, opened, opened};
    std::vector<RuleIndex> done;
    StageObserver each;
    if (observer) each = [&](Stage stage, const FactSheet& sheet) { observer(stage, sheet, clocks, done); };

    const Subject subject{one.text, one.facts, one.customer};
    Outcome out;
    out.routing = decide(compiled, subject, each);
    for (const auto rule : out.routing.trace.fired) out.fired.push_back(compiled.infos[rule].name);
    for (;;) {
        const auto escalations = find_escalations(compiled, subject, out.routing, clocks, done, each);
        for (const auto& step : escalations.steps) {
            apply(step, out);
            out.escalated.push_back(compiled.infos[step.rule].name);
            done.insert(std::lower_bound(done.begin(), done.end(), step.rule), step.rule);
        }
        if (!escalations.steps.empty()) continue;  // what they changed may bring others about
        if (escalations.recheck_at > opened + one.after) break;
        clocks.now = escalations.recheck_at;
    }
    return out;
}

std::vector<std::string> mismatches(const Case& one, const Outcome& got)
{
    const auto& expect = one.expect;
    const auto& routing = got.routing;
    Comparison out;
    out.equal("queue", expect.queue, routing.queue.value);
    out.equal("priority", expect.priority, to_string(routing.priority));
    out.equal("intent", expect.intent, routing.intent);
    out.equal("sla", expect.sla, routing.sla);
    out.equal("contact_by", expect.contact_by, routing.contact_by);
    out.among("tags", expect.tags, routing.tags);
    out.none_of("tags", expect.no_tags, routing.tags);
    out.skills(expect.skills, routing.skills);
    out.facts(expect.facts, one, routing);
    out.among("fired rules", expect.fired, got.fired);
    out.none_of("fired rules", expect.not_fired, got.fired);
    out.among("escalations", expect.escalated, got.escalated);
    out.none_of("escalations", expect.not_escalated, got.escalated);
    out.among("notified leads", expect.notify, got.notify);
    return out.take();
}

std::vector<Case> read_cases(const Rulebook& rulebook, const Source& source, const Vocabulary& vocabulary,
                             std::vector<Diagnostic>& found)
{
    std::vector<Case> out;
    const yaml::Document document(source.file, source.text, found);
    if (document.broken()) return out;
    yaml::MapReader map(document, document.root(), "a test file");
    const auto* const list = map.require("cases");
    map.finish();
    if (!list) return out;
    if (list->kind != Kind::list) {
        document.error(list->place, "wrong-type", "'cases' holds a list of cases");
        return out;
    }
    CaseReader reader(document, rulebook, vocabulary);
    for (const auto* const item : list->items)
        if (auto one = reader.read(*item)) out.push_back(std::move(*one));
    return out;
}

}  // namespace triaged::rehearsal
