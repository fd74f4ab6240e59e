// queues.yaml: SLA policies.

#include <algorithm>

#include <fmt/format.h>

#include "engine/config/readers.hpp"

namespace triaged::config {

namespace {

void read_goal_calendar(Section& section, const Config& config, std::string& into)
{
    const auto* const node = section.take("calendar");
    if (node && node->kind == yaml::Kind::scalar && node->text == queue_hours)
        into = queue_hours;
    else
        read_calendar(section, "calendar", config.desk.calendars, into);
}

/// `4h`, or `{urgent: 15m, high: 1h}`: a priority left out has none.
void read_times(Section& owner, std::string_view key, ByPriority& times)
{
    const auto* const node = owner.take(key);
    if (!node) return;
    if (node->kind != yaml::Kind::map) {
        Duration all = times[Priority::normal];
        owner.duration(key, all);
        times = all;
        return;
    }
    times = {};
    Section section(owner.document(), *node, owner.name_of(key));
    for (const auto priority : all_priorities) section.duration(to_string(priority), times[priority]);
    section.finish();
}

/// Whether the map has times by priority, and not the keys of a promise.
bool is_by_priority(const yaml::Node& map)
{
    return std::any_of(map.entries.begin(), map.entries.end(), [](const yaml::Entry& entry) {
        return std::any_of(all_priorities.begin(), all_priorities.end(),
                           [&](Priority priority) { return to_string(priority) == entry.key->text; });
    });
}

bool promises(const ByPriority& within, Priority priority) { return within[priority].count() > 0; }

/// More urgent tickets must not be given more time.
void check_order(Section& section, const yaml::Node& at, std::string_view target, const ByPriority& within)
{
    std::optional<Priority> less_urgent;
    for (const auto priority : all_priorities) {
        if (!promises(within, priority)) continue;
        if (less_urgent && within[priority] > within[*less_urgent])
            section.error(at, "bad-value",
                          fmt::format("{}: {} has more time ({}) than {} ({})", target, to_string(priority),
                                      to_string(within[priority]), to_string(*less_urgent),
                                      to_string(within[*less_urgent])));
        less_urgent = priority;
    }
}

/// Warnings that would come before the clock starts are none. \return whether any is left
bool drop_early_warnings(SlaGoal& goal)
{
    bool any = false;
    for (const auto priority : all_priorities) {
        auto& warn = goal.warn[priority];
        if (warn >= goal.within[priority]) warn = {};
        any |= warn.count() > 0;
    }
    return any;
}

/// `4h`, `{urgent: 15m, high: 1h}`, or `{within: 4h, calendar: dach, warn: 30m}` whose times may be by
/// priority too; what is left out is the policy's.
void read_goal(Section& policy, SlaTarget target, const Config& config, SlaGoal& goal)
{
    const auto* const node = policy.take(to_string(target));
    if (!node) {
        goal = {};
        return;
    }
    if (node->kind != yaml::Kind::map || is_by_priority(*node)) {
        read_times(policy, to_string(target), goal.within);
        check_order(policy, *node, to_string(target), goal.within);
        drop_early_warnings(goal);  // the policy's is for longer ones
        return;
    }
    Section section(policy.document(), *node, policy.name_of(to_string(target)));
    section.require("within");
    read_times(section, "within", goal.within);
    check_order(section, *node, "within", goal.within);
    read_goal_calendar(section, config, goal.calendar);
    const auto* const warn = section.take("warn");
    read_times(section, "warn", goal.warn);
    section.finish();
    const bool asked = goal.warn != ByPriority() && goal.within != ByPriority();
    const auto longest = goal.warn;
    if (drop_early_warnings(goal) || !asked || !warn) return;
    section.error(
        *warn, "bad-value",
        fmt::format("a warning {} before is no warning: there are {} in all",
                    to_string(longest[Priority::normal]), to_string(goal.within[Priority::normal])));
}

void check_resolution(const Section& section, const SlaPolicy& policy)
{
    const auto& first = policy.goal(SlaTarget::first_response);
    const auto& resolution = policy.goal(SlaTarget::resolution);
    if (first.calendar != resolution.calendar) return;
    for (const auto priority : all_priorities) {
        const bool both = promises(first.within, priority) && promises(resolution.within, priority);
        if (!both || resolution.within[priority] >= first.within[priority]) continue;
        return section.error(
            section.node(), "bad-value",
            fmt::format("resolution ({}) is due before the first response ({})",
                        to_string(resolution.within[priority]), to_string(first.within[priority])));
    }
}

}  // namespace

void read_slas(const yaml::Document& document, const yaml::Node* node, Config& config)
{
    if (!node) return;
    const yaml::MapReader sections(document, *node, "slas");
    for (const auto& [key, value] : node->entries) {
        Section section(document, *value, fmt::format("sla '{}'", key->text));
        SlaPolicy policy{key->text, {}};
        SlaGoal common;
        read_goal_calendar(section, config, common.calendar);
        read_times(section, "warn", common.warn);
        for (const auto target : all_sla_targets) {
            policy.goal(target) = common;
            read_goal(section, target, config, policy.goal(target));
        }
        section.finish();
        check_resolution(section, policy);
        if (!check_name(document, *key, "sla")) continue;
        config.vocabulary.slas.insert(key->text);
        config.desk.slas.emplace(key->text, std::move(policy));
    }
}

}  // namespace triaged::config
