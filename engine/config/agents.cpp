// agents.yaml: who may take what.

#include <fmt/format.h>

#include "engine/config/readers.hpp"

namespace triaged::config {

namespace {

constexpr int capacity_max = 1000;

void read_agent(const yaml::Document& document, const yaml::Entry& entry, int default_capacity,
                Config& config)
{
    AgentProfile agent{AgentId(entry.key->text), entry.key->text, {}, default_capacity, {}};
    if (entry.value->kind != yaml::Kind::null) {
        Section section(document, *entry.value, fmt::format("agent '{}'", entry.key->text));
        section.text("name", agent.name);
        agent.skills = read_skills(section, config.vocabulary.skills);
        section.integer("capacity", agent.capacity, 1, capacity_max);
        read_calendar(section, "shift", config.desk.calendars, agent.shift);
        section.finish();
    }
    if (!check_name(document, *entry.key, "agent")) return;
    config.desk.agents.emplace(agent.id, std::move(agent));
}

}  // namespace

void read_agents(const yaml::Document& document, Config& config)
{
    if (document.broken() || document.root().kind == yaml::Kind::null)
        return;  // agents may bring their own skills
    yaml::MapReader map(document, document.root(), "the agents file");
    int default_capacity = 0;
    if (const auto* const node = map.take("defaults")) {
        Section defaults(document, *node, "defaults");
        defaults.integer("capacity", default_capacity, 1, capacity_max);
        defaults.finish();
    }
    const auto* const agents = map.take("agents");
    map.finish();
    if (!agents || agents->kind == yaml::Kind::null) return;
    const yaml::MapReader section(document, *agents, "agents");
    for (const auto& entry : agents->entries) read_agent(document, entry, default_capacity, config);
}

}  // namespace triaged::config
