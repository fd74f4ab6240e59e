// triaged.yaml: how the desk works, and the facts that rules may read beside the built-in ones.

#include <algorithm>

#include <fmt/format.h>

#include "engine/config/readers.hpp"

namespace triaged::config {

namespace {

constexpr int units_max = 1'000;

void read_units(Section& desk, DeskPolicy& policy)
{
    const auto* const node = desk.take("channel_units");
    if (!node) return;
    Section section(desk.document(), *node, "channel_units");
    for (const auto channel : all_channels)
        section.integer(to_string(channel), policy.channel_units[static_cast<std::size_t>(channel)], 1,
                        units_max);
    section.finish();
}

void read_interruptible(Section& desk, DeskPolicy& policy)
{
    const auto* const node = desk.take("interruptible");
    if (!node) return;
    for (const auto* const item : yaml::read_scalars(desk.document(), *node, desk.name_of("interruptible"))) {
        if (const auto channel = parse_channel(item->text))
            policy.interruptible[static_cast<std::size_t>(*channel)] = true;
        else
            desk.error(*item, "bad-value", fmt::format("interruptible: '{}' is no channel", item->text));
    }
}

void read_head_starts(Section& desk, DeskPolicy& policy)
{
    const auto* const node = desk.take("head_start");
    if (!node) return;
    Section section(desk.document(), *node, "head_start");
    auto& starts = policy.head_start;
    for (const auto priority : all_priorities)
        section.duration(to_string(priority), starts[static_cast<std::size_t>(priority)]);
    section.finish();
    if (!std::is_sorted(starts.begin(), starts.end()))
        section.error(*node, "bad-value", "a higher priority must not have a shorter head start");
}

/// How much earlier a higher priority counts as queued in the order by priority: longer than anything waits.
constexpr Duration strict_head_start = std::chrono::hours{24 * 36'500};

void read_order(Section& desk, DeskPolicy& policy)
{
    std::string order = "head_start";
    desk.choice("order", order, {"head_start", "priority", "sla"});
    read_head_starts(desk, policy);
    desk.duration("due_within", policy.due_within);
    if (order == "sla") policy.order = QueueOrder::sla;
    if (order == "priority")
        for (const auto priority : all_priorities)
            policy.head_start[static_cast<std::size_t>(priority)] =
                strict_head_start * static_cast<int>(priority);
    const auto only_in = [&](std::string_view key, std::string_view where) {
        const auto* const node = desk.take(key);
        if (node && order != where)
            desk.error(*node, "bad-value", fmt::format("with order: {} there is no {}", order, key));
    };
    only_in("head_start", "head_start");
    only_in("due_within", "sla");
}

void read_wrap_ups(Section& desk, DeskPolicy& policy)
{
    const auto* const node = desk.take("wrap_up");
    if (!node) return;
    Section section(desk.document(), *node, "wrap_up");
    for (const auto channel : all_channels)
        section.duration(to_string(channel), policy.wrap_up[static_cast<std::size_t>(channel)]);
    section.finish();
}

void read_presence(Section& desk, DeskPolicy& policy)
{
    desk.duration("heartbeat", policy.heartbeat);
    if (const auto* const node = desk.take("heartbeat");
        node && policy.heartbeat.count() > 0 && policy.heartbeat < std::chrono::seconds{5})
        desk.error(*node, "bad-value", "heartbeat must be 5s or more, or 0s for none");
    const auto* const reasons = desk.take("presence_reasons");
    if (!reasons) return;
    for (const auto* const item :
         yaml::read_scalars(desk.document(), *reasons, desk.name_of("presence_reasons"))) {
        auto& known = policy.presence_reasons;
        if (std::find(known.begin(), known.end(), item->text) != known.end())
            desk.error(*item, "repeated-name", fmt::format("'{}' is there twice", item->text));
        else
            known.push_back(item->text);
    }
}

/// The choices of a fact, sorted; they belong to the type `choice` and to no other.
void read_choices(Section& section, const yaml::Entry& entry, FactDeclaration& fact)
{
    const auto* const node = section.take("choices");
    if (!node) {
        if (fact.type == FactType::choice)
            section.error(*entry.key, "missing-key", "a choice needs 'choices'");
        return;
    }
    for (const auto* const item : yaml::read_scalars(section.document(), *node, section.name_of("choices"))) {
        if (std::find(fact.choices.begin(), fact.choices.end(), item->text) != fact.choices.end())
            section.error(*item, "repeated-name", fmt::format("'{}' is there twice", item->text));
        else
            fact.choices.push_back(item->text);
    }
    std::sort(fact.choices.begin(), fact.choices.end());
    if (fact.type != FactType::choice) section.error(*node, "bad-value", "only the type choice has choices");
}

FactType fact_type(std::string_view spelt)
{
    if (spelt == "boolean") return FactType::boolean;
    if (spelt == "number") return FactType::number;
    return spelt == "choice" ? FactType::choice : FactType::text;
}

void read_fact(const yaml::Document& document, const yaml::Entry& entry, FactTable& facts)
{
    FactDeclaration fact{entry.key->text, FactType::text, {}, {}};
    Section section(document, *entry.value, fmt::format("fact '{}'", fact.name));
    if (!section.is_map()) return;
    std::string type = "text";
    section.require("type");
    section.choice("type", type, {"boolean", "number", "text", "choice"});
    fact.type = fact_type(type);
    section.text("about", fact.about);
    read_choices(section, entry, fact);
    section.finish();
    if (!check_name(document, *entry.key, "fact")) return;
    if (const auto [there, added] = facts.try_emplace(fact.name, fact); !added)
        section.error(*entry.key, "repeated-name", "this fact is built in",
                      fmt::format("it is: {}", there->second.about));
}

}  // namespace

void read_desk(Section& settings, Config& config)
{
    const auto* const node = settings.take("desk");
    if (!node) return;
    auto& desk = config.desk;
    Section section(settings.document(), *node, "desk");
    section.text("name", desk.desk);
    if (const auto* const name = section.take("name")) check_name(settings.document(), *name, "desk");
    section.integer("agent_capacity", desk.agent_capacity, 1, units_max);
    read_units(section, desk);
    read_interruptible(section, desk);
    read_order(section, desk);
    read_wrap_ups(section, desk);
    read_presence(section, desk);
    section.duration("offer_ttl", desk.offer_ttl);
    if (desk.offer_ttl < std::chrono::seconds{1})
        section.error(*section.take("offer_ttl"), "bad-value",
                      "offer_ttl must be 1s or more: nobody answers faster");
    section.integer("missed_offers_max", desk.missed_offers_max, 1, 1'000);
    section.duration("receipts_kept", desk.receipts_kept);
    section.finish();
}

void read_facts(Section& settings, Config& config)
{
    const auto* const node = settings.take("facts");
    if (!node || node->kind == yaml::Kind::null) return;
    const yaml::MapReader map(settings.document(), *node, "facts");
    for (const auto& entry : node->entries) read_fact(settings.document(), entry, config.vocabulary.facts);
}

}  // namespace triaged::config
