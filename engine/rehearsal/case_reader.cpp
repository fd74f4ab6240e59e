#include "engine/rehearsal/case_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/rulebook/symbols.hpp"

namespace triaged::rehearsal {

using namespace rulebook;
using yaml::Kind;
using yaml::Node;

namespace {

/// When a ticket comes in that does not say: 2026-01-07T10:00:00Z, a Wednesday on which most offices are
/// open.
constexpr Instant usual_time{1'767'780'000'000};

}  // namespace

CaseReader::CaseReader(const yaml::Document& document, const Rulebook& rulebook, const Vocabulary& vocabulary)
    : document_(document), rulebook_(rulebook), vocabulary_(vocabulary)
{
    for (const auto& [name, fact] : vocabulary.facts) facts_.push_back(name);
    for (const auto& queue : vocabulary.queues) queues_.push_back(queue.value);
    for (const auto& info : rulebook.rules())
        (info.stage == Stage::escalate ? escalations_ : rules_).push_back(info.name);
}

std::vector<Case> CaseReader::read(const Node& node)
{
    wrong_ = false;
    yaml::MapReader map(document_, node, "a case");
    Case out;
    const auto* const name = map.require("case");
    const auto* const ticket = map.require("ticket");
    const auto* const at = map.take("at");
    const auto* const after = map.take("after");
    const auto* const desk = map.take("desk");
    const auto* const expect = map.require("expect");
    map.finish();
    if (!name || !ticket || !expect) return {};
    out.name = keep(yaml::read_text(document_, *name, "case"));
    out.line = name->place.line;
    out.file = document_.file();
    auto written = read_ticket(*ticket);
    out.text = rulebook_.scan(written.subject, written.body);
    out.facts = std::move(written.facts);
    out.customer = std::move(written.customer);
    if (desk) read_desk(*desk, out.facts);
    out.at = at ? read_at(*at) : usual_time;
    for (const auto ago : written.earlier) out.earlier.push_back(out.at - ago);
    std::sort(out.earlier.begin(), out.earlier.end());
    if (after) out.after = keep(yaml::read_duration(document_, *after, "after"));
    out.expect = read_expectations(*expect);
    if (wrong_) return {};
    if (written.bodies.empty()) return {std::move(out)};
    std::vector<Case> each;
    for (const auto& body : written.bodies) {
        auto& one = each.emplace_back(out);
        one.name += ": " + body;
        one.text = rulebook_.scan(written.subject, body);
    }
    return each;
}

void CaseReader::error(const Node& node, std::string code, std::string message, std::string suggestion)
{
    wrong_ = true;
    document_.error(node.place, std::move(code), std::move(message), std::move(suggestion));
}

CaseTicket CaseReader::read_ticket(const Node& node)
{
    CaseTicket out;
    out.facts.set("channel", std::string_view("email"));
    if (!is_map(node, "ticket")) return out;
    for (const auto& [key, value] : node.entries) {
        if (key->text == "body" && value->kind == Kind::list) {
            if (value->items.empty()) error(*value, "empty", "'body' has an empty list");
            for (const auto* const item : yaml::read_scalars(document_, *value, "body"))
                out.bodies.push_back(item->text);
        } else if (key->text == "subject" || key->text == "body") {
            const auto text = keep(yaml::read_text(document_, *value, key->text));
            (key->text == "subject" ? out.subject : out.body) = text;
        } else if (key->text == "customer" || key->text == "order") {
            auto& facts = key->text == "customer" ? out.customer : out.facts;
            if (!is_map(*value, key->text)) continue;
            for (const auto& fact : value->entries) {
                const auto name = key->text + "." + fact.key->text;
                if (name == contacts_fact && fact.value->kind == Kind::list)
                    read_contacts(*fact.value, out);
                else
                    read_fact(*fact.key, name, *fact.value, facts);
            }
        } else if (key->text == "facts") {
            if (is_map(*value, "facts")) read_facts(*value, out.facts, &out.customer);
        } else {
            read_fact(*key, key->text, *value, out.facts, {"subject", "body", "customer", "order", "facts"});
        }
    }
    return out;
}

Instant CaseReader::read_at(const Node& node)
{
    const auto text = keep(yaml::read_text(document_, node, "at"));
    const auto read = parse_instant(text);
    if (!read && !wrong_) error(node, "bad-value", read.error().message);
    return read.value_or(usual_time);
}

/// `{queue.length: {returns: 5}}`: what the desk is like meanwhile.
void CaseReader::read_desk(const Node& node, FactSet& facts)
{
    yaml::MapReader map(document_, node, "desk");
    for (const auto measure : rulebook::all_desk_measures) {
        const auto* const queues = map.take(to_string(measure));
        if (queues == nullptr || !is_map(*queues, to_string(measure))) continue;
        for (const auto& [key, value] : queues->entries) {
            const auto name = keep(yaml::read_name(document_, *key, "queue", queues_, "unknown-queue"));
            const auto count =
                keep(yaml::read_integer(document_, *value, to_string(measure), 0, 1'000'000'000));
            facts.set(desk_fact(measure, QueueName(name)).name, static_cast<double>(count));
        }
    }
    map.finish();
}

bool CaseReader::is_map(const Node& node, std::string_view what)
{
    if (node.kind == Kind::map) return true;
    error(node, "wrong-type", fmt::format("'{}' must be a map", what));
    return false;
}

/// \param customer  takes the facts that are the customer's, unless null
void CaseReader::read_facts(const Node& node, FactSet& facts, FactSet* customer)
{
    for (const auto& [key, value] : node.entries) {
        const bool of_customer = customer && key->text.starts_with("customer.");
        read_fact(*key, key->text, *value, of_customer ? *customer : facts);
    }
}

/// `[2h, 3d]`: how long ago each was.
void CaseReader::read_contacts(const Node& node, CaseTicket& into)
{
    for (const auto* const item : node.items)
        into.earlier.push_back(keep(yaml::read_duration(document_, *item, contacts_fact)));
    into.customer.set(contacts_fact, static_cast<double>(into.earlier.size()));
}

void CaseReader::read_fact(const Node& key, const std::string& name, const Node& value, FactSet& into,
                           const std::vector<std::string>& other_keys)
{
    const auto declared = vocabulary_.facts.find(name);
    if (declared == vocabulary_.facts.end()) {
        auto known = facts_;
        known.insert(known.end(), other_keys.begin(), other_keys.end());
        error(key, "unknown-fact", fmt::format("there is no fact '{}'", name), yaml::suggest(name, known));
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

Expectations CaseReader::read_expectations(const Node& node, StandingExpected* standing)
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
        out.priority = keep(
            yaml::read_name(document_, *value, "priority", {"low", "normal", "high", "urgent"}, "bad-value"));
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
    if (standing) {
        if (const auto* const value = map.take("phase"))
            standing->phase = keep(yaml::read_name(
                document_, *value, "phase", {"waiting", "offered", "assigned", "closed"}, "bad-value"));
        if (const auto* const value = map.take("agent"))
            standing->agent =
                value->kind == Kind::null ? std::string() : keep(yaml::read_text(document_, *value, "agent"));
    }
    map.finish();
    if (map.is_map() && node.entries.empty()) error(node, "empty", "'expect' expects nothing");
    return out;
}

void CaseReader::read_skills(const Node& node, Skills& into)
{
    if (!is_map(node, "skills")) return;
    for (const auto& [key, value] : node.entries) {
        const auto level = keep(yaml::read_integer(document_, *value, "skill level", 1, skill_level_max));
        raise(into, {key->text, static_cast<int>(level)});
    }
}

}  // namespace triaged::rehearsal
