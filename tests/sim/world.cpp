#include "tests/sim/world.hpp"

#include <chrono>
#include <stdexcept>

#include "tests/desk/queues.hpp"

namespace triaged::sim {

using namespace std::chrono_literals;

namespace {

const std::string classify = R"(stage: classify
rules:
  - rule: damaged
    when: {text: [broken, damaged, "in pieces"]}
    then: {intent: damaged, tags: [damaged]}
  - rule: money
    when: {text: [refund, "charged twice"]}
    then: {intent: refund, tags: [money]}
)";
const std::string prioritise = R"(stage: prioritise
rules:
  - rule: vip
    when: {customer.tier: vip}
    then: {priority: urgent}
  - rule: many-contacts
    when: {customer.contacts: {at_least: 4}}
    then: {priority: high, tags: [frequent]}
  - rule: german
    when: {language: de}
    then: {skills: {german: 2}}
  - rule: calls
    when: {channel: phone}
    then: {priority: high}
)";
const std::string route = R"(stage: route
rules:
  - rule: to-returns
    when: {intent: damaged}
    then: {queue: returns}
  - rule: to-billing
    when: {intent: refund}
    then: {queue: billing, skills: {billing: 2}}
  - rule: to-general
    then: {queue: general}
)";
const std::string escalate_one = R"(stage: escalate
rules:
  - rule: late
    when: {waiting: {at_least: 2m}}
    then: {raise: 1, tags: [late], notify: [floor-lead]}
  - rule: returns-to-floor
    when: {queue: returns, waiting: {at_least: 5m}}
    then: {queue: floor}
  - rule: fraud
    when: {text: fraud}
    then: {priority: urgent, skills: {senior: 1}}
  - rule: after-late
    when: {tag: late, age: {at_least: 20m}}
    then: {contact_by: phone}
)";
const std::string escalate_two = R"(stage: escalate
rules:
  - rule: billing-to-floor
    when: {queue: billing, waiting: {at_least: 3m}}
    then: {queue: floor, skills: {senior: 1}}
  - rule: late
    when: {waiting: {at_least: 1m}}
    then: {raise: 1, notify: [floor-lead]}
  - rule: silent
    when: {idle: {at_least: 30m}}
    then: {tags: [silent]}
  - rule: asks-for-less
    when: {waiting: {at_least: 30s}}
    then: {widen: true}
)";

std::shared_ptr<const rulebook::Rulebook> load(const std::string& escalate)
{
    auto words = desk::test::four_queues_vocabulary("floor-lead");
    std::vector<Diagnostic> found;
    auto loaded = rulebook::Rulebook::load(
        {{"a.yaml", classify}, {"b.yaml", prioritise}, {"c.yaml", route}, {"d.yaml", escalate}}, words,
        found);
    if (!loaded) throw std::logic_error(render(found, false));
    return loaded;
}

/// Open for 40 minutes of every hour from when the simulation starts.
Calendar hours_of_the_day()
{
    std::vector<Span> open;
    constexpr Instant start{1'700'000'000'000};
    const Span horizon{start, start + 24h * 60};
    for (auto at = start + 10min; at + 40min < horizon.to; at = at + 1h) open.push_back({at, at + 40min});
    return Calendar("days", "UTC", horizon, std::move(open));
}

SlaPolicy promises(std::array<Duration, sla_target_count> within, const std::string& calendar)
{
    SlaPolicy policy{"", {}};
    for (const auto target : all_sla_targets) {
        const auto time = within[static_cast<std::size_t>(target)];
        policy.goal(target) = {time, calendar, target == SlaTarget::wait ? Duration{0} : time / 4};
    }
    return policy;
}

}  // namespace

DeskPolicy policy()
{
    auto policy = desk::test::four_queues();
    for (auto& [name, queue] : policy.queues) {
        queue.sla = "standard";
        queue.calendar = "days";
    }
    policy.queues[QueueName("floor")].sla = "strict";
    policy.queues[QueueName("general")].calendar = "";
    policy.calendars.emplace("days", hours_of_the_day());
    policy.slas["standard"] = promises({5min, 10min, 8min, 1h, 4min}, std::string(queue_hours));
    policy.slas["strict"] = promises({1min, 3min, 2min, 15min, 30s}, "");
    policy.head_start = {Duration{0}, 1min, 5min, 30min};
    policy.problems = {{"same", {"intent", "channel"}, 4, 1.5, 5min, 8min, {}},
                       {"order", {"order.id"}, 3, 1, 10min, 10min, {"floor-lead"}}};
    std::vector<Span> open;  // every other ten minutes, for a while
    const Instant start{1'700'000'000'000};
    for (int i = 0; i < 2'000; ++i) open.push_back({start + i * 20min, start + i * 20min + 10min});
    policy.calendars.insert_or_assign("office",
                                      Calendar("office", "UTC", {start, start + 2'000 * 20min}, open));
    policy.slas["some"].name = "some";
    auto& first = policy.slas["some"].goal(SlaTarget::first_response).within;
    first = 7min;
    first[Priority::urgent] = 90s;
    first[Priority::low] = {};
    policy.slas["some"].goal(SlaTarget::queue) = {3min, "", 1min};
    policy.receipts_kept = 2h;
    policy.activity = ActivityPolicy{10min, 30min, 2h};
    policy.slas["priority"] = promises({2min, 5min, 4min, 30min}, "office");
    policy.threads.reopen = 20min;
    policy.threads.place_kept = 5min;
    policy.threads.keys = {{"customer.id+order.id", {"customer.id", "order.id"}, 15min},
                           {"phone.number", {"phone.number"}, 5min}};
    return policy;
}

const std::vector<std::shared_ptr<const rulebook::Rulebook>>& rulebooks()
{
    static const std::vector<std::shared_ptr<const rulebook::Rulebook>> all{load(escalate_one),
                                                                            load(escalate_two)};
    return all;
}

}  // namespace triaged::sim
