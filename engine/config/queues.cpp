// queues.yaml: skills and queues; SLA policies and leads have readers of their own.

#include <fmt/format.h>

#include "engine/config/readers.hpp"

namespace triaged::config {

namespace {

/// `{name: about}` into the names; an `about` may be left empty.
std::set<std::string> read_names(const yaml::Document& document, const yaml::Node* node,
                                 std::string_view section, std::string_view what)
{
    std::set<std::string> names;
    if (!node) return names;
    const yaml::MapReader map(document, *node, std::string(section));
    for (const auto& [key, about] : node->entries) {
        if (about->kind != yaml::Kind::null)
            yaml::read_text(document, *about, fmt::format("{} '{}'", what, key->text));
        if (check_name(document, *key, what)) names.insert(key->text);
    }
    return names;
}

/// Who is offered the tickets of a queue.
void read_matching(Section& section, Queue& queue)
{
    std::vector<std::string> names;
    for (const auto strategy : all_strategies) names.emplace_back(to_string(strategy));
    std::string strategy(to_string(queue.strategy));
    section.choice("strategy", strategy, names);
    queue.strategy = parse_strategy(strategy).value_or(queue.strategy);
    section.duration("sticky", queue.sticky);
    std::string mode = "push";
    section.choice("mode", mode, {"push", "pull"});
    queue.pull = mode == "pull";
    section.integer("offers", queue.offers, 1, 20);
}

/// \param names  of all queues
void read_queue(const yaml::Document& document, const yaml::Entry& entry, const std::set<std::string>& names,
                Config& config)
{
    Queue queue{QueueName(entry.key->text), {}, {}, {}, {}};
    if (entry.value->kind != yaml::Kind::null) {
        Section section(document, *entry.value, fmt::format("queue '{}'", entry.key->text));
        section.text("about", queue.about);
        queue.skills = read_skills(section, config.vocabulary.skills);
        section.text("sla", queue.sla);
        const auto& slas = config.vocabulary.slas;
        if (!queue.sla.empty() && !slas.contains(queue.sla))
            section.error(*section.take("sla"), "unknown-sla", fmt::format("unknown sla '{}'", queue.sla),
                          yaml::suggest(queue.sla, {slas.begin(), slas.end()}));
        read_calendar(section, "calendar", config.desk.calendars, queue.calendar);
        read_matching(section, queue);
        read_queue_steps(section, config.vocabulary.skills, names, queue);
        section.finish();
    }
    if (!check_name(document, *entry.key, "queue")) return;
    config.vocabulary.queues.insert(queue.name);
    config.desk.queues.emplace(queue.name, std::move(queue));
}

}  // namespace

void read_queues(const yaml::Document& document, Config& config)
{
    if (document.broken()) return;
    yaml::MapReader map(document, document.root(), "the queues file");
    config.vocabulary.skills = read_names(document, map.take("skills"), "skills", "skill");
    read_leads(document, map.take("leads"), config);
    read_slas(document, map.take("slas"), config);
    const auto* const queues = map.require("queues");
    map.finish();
    if (!queues) return;
    const yaml::MapReader section(document, *queues, "queues");
    std::set<std::string> names;
    for (const auto& entry : queues->entries) names.insert(entry.key->text);
    for (const auto& entry : queues->entries) read_queue(document, entry, names, config);
    if (section.is_map() && queues->entries.empty())
        document.error(queues->place, "missing-key", "there must be at least one queue");
}

}  // namespace triaged::config
