// queues.yaml: what a queue does by itself with tickets that wait: `widen`, `overflow`,
// `when_closed` and `tell_wait`.

#include <algorithm>

#include <fmt/format.h>

#include "engine/config/readers.hpp"

namespace triaged::config {

namespace {

constexpr Duration step_min = std::chrono::seconds{1};
constexpr std::int64_t longer_than_max = 100'000'000;

/// The items of the list at `key`; none if it is not there or no list, which is reported.
std::vector<const yaml::Node*> items_of(Section& queue, std::string_view key)
{
    const auto* const node = queue.take(key);
    if (node == nullptr || node->kind == yaml::Kind::null) return {};
    if (node->kind == yaml::Kind::list) return {node->items.begin(), node->items.end()};
    queue.error(*node, "wrong-type", fmt::format("{} must be a list of steps", key));
    return {};
}

/// `after`, at least a second.
void read_after(Section& step, Duration& after)
{
    step.duration("after", after);
    if (const auto* const node = step.take("after"); node && after < step_min)
        step.error(*node, "bad-value", "after must be 1s or more");
}

void read_widen(Section& section, const std::set<std::string>& skills, Queue& queue)
{
    for (const auto* const item : items_of(section, "widen")) {
        Section step(section.document(), *item, section.name_of("widen"));
        if (!step.is_map()) continue;
        WidenStep widen;
        step.require("after");
        read_after(step, widen.after);
        widen.skills = read_skills(step, skills);
        if (const auto* const drop = step.take("drop"))
            for (const auto* const name :
                 yaml::read_scalars(section.document(), *drop, step.name_of("drop"))) {
                if (!skills.contains(name->text))
                    step.error(*name, "unknown-skill", fmt::format("unknown skill '{}'", name->text),
                               yaml::suggest(name->text, {skills.begin(), skills.end()}));
                widen.drop.push_back(name->text);
            }
        step.finish();
        if (widen.skills.empty() && widen.drop.empty())
            step.error(*item, "missing-key", "a step needs 'skills' to lower or names to 'drop'");
        if (!queue.widen.empty() && widen.after <= queue.widen.back().after)
            step.error(*item, "bad-value", "steps must come later one than another");
        queue.widen.push_back(std::move(widen));
    }
}

void read_overflow(Section& section, const std::set<std::string>& queues, Queue& queue)
{
    for (const auto* const item : items_of(section, "overflow")) {
        Section step(section.document(), *item, section.name_of("overflow"));
        if (!step.is_map()) continue;
        OverflowStep overflow;
        read_after(step, overflow.after);
        step.integer("longer_than", overflow.longer_than, 1, longer_than_max);
        step.boolean("closed", overflow.closed);
        std::string to;
        step.require("to");
        step.text("to", to);
        overflow.to = QueueName(to);
        const auto* const target = step.take("to");
        if (target && !queues.contains(to))
            step.error(*target, "unknown-queue", fmt::format("unknown queue '{}'", to),
                       yaml::suggest(to, {queues.begin(), queues.end()}));
        else if (target && overflow.to == queue.name)
            step.error(*target, "bad-value", "a queue cannot overflow to itself");
        step.finish();
        const int conditions =
            (step.take("after") ? 1 : 0) + (overflow.longer_than > 0 ? 1 : 0) + (overflow.closed ? 1 : 0);
        if (conditions != 1)
            step.error(*item, "bad-value", "a step has one of 'after', 'longer_than' and 'closed: true'");
        queue.overflow.push_back(std::move(overflow));
    }
}

}  // namespace

void read_queue_steps(Section& section, const std::set<std::string>& skills,
                      const std::set<std::string>& queues, Queue& queue)
{
    read_widen(section, skills, queue);
    read_overflow(section, queues, queue);
    const bool leads_on = std::any_of(queue.overflow.begin(), queue.overflow.end(),
                                      [](const OverflowStep& step) { return step.closed; });
    std::string when_closed = leads_on ? "overflow" : "hold";
    section.choice("when_closed", when_closed, {"hold", "overflow", "promise"});
    queue.when_closed = when_closed == "promise"    ? WhenClosed::promise
                        : when_closed == "overflow" ? WhenClosed::overflow
                                                    : WhenClosed::hold;
    section.boolean("tell_wait", queue.tell_wait);
    const auto* const node = section.take("when_closed");
    const auto& at = node ? *node : section.node();
    if (leads_on != (queue.when_closed == WhenClosed::overflow))
        section.error(at, "bad-value",
                      "when_closed: overflow needs a step {closed: true, to: …}, and such a step needs it");
    if (queue.when_closed != WhenClosed::hold && queue.calendar.empty())
        section.error(at, "missing-key", "without a 'calendar' the queue is never closed");
}

}  // namespace triaged::config
