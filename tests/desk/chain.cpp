// A chain of escalation: whatever a desk does when nobody comes, step after step, each at its very time.

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

// Told, raised, asked less of (by the queue), sent elsewhere, and in the end at the top, with a lead paged.
const std::string chain = R"(stage: escalate
rules:
  - rule: told
    when: {intent: refund, waiting: {at_least: 2m}}
    then: {notify: [returns-lead]}
  - rule: raised
    when: {intent: refund, waiting: {at_least: 4m}}
    then: {raise: 1}
  - rule: elsewhere
    when: {intent: refund, waiting: {at_least: 8m}}
    then: {queue: general}
  - rule: at-the-top
    when: {intent: refund, waiting: {at_least: 10m}}
    then: {priority: urgent, queue: floor, skills: {senior: 1}, notify: [returns-lead], contact_by: phone}
)";

}  // namespace

TEST_CASE("a chain tells, raises, asks for less, moves on and pages a lead, each step once and in time",
          "[desk]")
{
    Driver desk;
    desk.policies.rulebook = load_rules(chain);
    desk.must(adoption_of(*desk.policies.rulebook));
    desk.queue("billing").widen = {{6min, {{"billing", 1}}, {"german"}}};
    const auto begun = desk.now;
    const auto id = desk.feed({.ref = "a", .body = "refund", .language = "de"});

    struct Step {
        Duration at;
        const char* queue;
        Priority priority;
        Skills needs;
        std::size_t told;
    };
    const std::vector<Step> steps{
        {2min, "billing", Priority::normal, {{"billing", 3}, {"german", 2}}, 1},
        {4min, "billing", Priority::high, {{"billing", 3}, {"german", 2}}, 1},
        {6min, "billing", Priority::high, {{"billing", 1}}, 1},
        {8min, "general", Priority::high, {{"billing", 3}, {"german", 2}}, 1},
        {10min, "floor", Priority::urgent, {{"billing", 3}, {"german", 2}, {"senior", 1}}, 2},
    };
    const auto told = [&] {
        std::size_t times = 0;
        for (const auto& escalated : desk.all_of<TicketEscalated>(desk.history))
            times += escalated.notify == std::vector<std::string>{"returns-lead"};
        return times;
    };
    for (const auto& step : steps) {
        INFO(to_string(step.at));
        const auto before = desk.history.size();
        desk.pass(begun + step.at - Duration{1} - desk.now);
        CHECK(desk.history.size() == before);
        desk.pass(Duration{1});
        const auto ticket = desk.show(id);
        CHECK(ticket.routing.queue == QueueName(step.queue));
        CHECK(ticket.routing.priority == step.priority);
        CHECK(ticket.needs == step.needs);
        CHECK(told() == step.told);
    }
    CHECK(desk.show(id).routing.contact_by == "phone");
    CHECK(desk.all_of<TicketEscalated>(desk.history).size() == 4);
    desk.pass(24h);
    CHECK(desk.all_of<TicketEscalated>(desk.history).size() == 4);
}
