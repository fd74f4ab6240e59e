// Rules that ask for promises and opening hours, on a whole desk.

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

const std::string by_promise = R"(stage: escalate
rules:
  - rule: nearly-late
    when: {sla.first_response: {left: 2m}}
    then: {tags: [nearly-late]}
  - rule: to-the-floor
    when: {sla.resolution: {used: 50%}}
    then: {queue: floor}
  - rule: floor-late
    when: {queue: floor, sla.resolution: {breached: true}}
    then: {tags: [late]}
)";

Driver by_promises()
{
    Driver driver;
    auto& desk = driver.policies.desk;
    for (auto& [name, queue] : desk.queues) queue.sla = "standard";
    SlaPolicy standard{"standard", {}};
    standard.goal(SlaTarget::first_response).within = 10min;
    standard.goal(SlaTarget::resolution).within = 60min;
    desk.slas["standard"] = standard;
    SlaPolicy strict{"strict", {}};
    strict.goal(SlaTarget::resolution).within = 40min;
    desk.slas["strict"] = strict;
    desk.queues[QueueName("floor")].sla = "strict";
    driver.policies.rulebook = load_rules(by_promise);
    driver.must(adoption_of(*driver.policies.rulebook));
    return driver;
}

}  // namespace

TEST_CASE("a rule on what is left of a promise fires at that instant", "[desk]")
{
    auto driver = by_promises();
    driver.feed({"r-1", "hello", Channel::email});
    driver.pass(8min - 1ms);
    CHECK(driver.all_of<TicketEscalated>(driver.history).empty());
    driver.pass(1ms);
    const auto escalated = driver.all_of<TicketEscalated>(driver.history);
    REQUIRE(escalated.size() == 1);
    CHECK(escalated[0].tags == std::vector<std::string>{"nearly-late"});
}

TEST_CASE("an answer takes the promise from under the rule", "[desk]")
{
    auto driver = by_promises();
    driver.sign_in("ana");
    const auto ticket = driver.feed({"r-1", "hello", Channel::email});
    driver.accept("ana", ticket);
    driver.must(ReplyTicket{AgentId("ana"), ticket, ""});
    driver.pass(20min);
    CHECK(driver.all_of<TicketEscalated>(driver.history).empty());
}

TEST_CASE("a queue with another policy counts the same history by it", "[desk]")
{
    auto driver = by_promises();
    const auto opened = driver.now;
    const auto ticket = driver.feed({"r-1", "hello", Channel::email});
    driver.pass(30min);
    CHECK(driver.show(ticket).routing.queue == QueueName("floor"));
    driver.pass(10min);
    const auto breaches = driver.all_of<SlaBreached>(driver.history);
    REQUIRE(breaches.size() == 2);
    CHECK(breaches[1].policy == "strict");
    CHECK(breaches[1].due == opened + 40min);
    CHECK(driver.show(ticket).routing.tags == std::vector<std::string>{"late", "nearly-late"});
}

TEST_CASE("the clocks of a ticket can be shown with every stretch they counted", "[desk]")
{
    auto driver = by_promises();
    driver.sign_in("ana");
    const auto ticket = driver.feed({"r-1", "hello", Channel::email});
    const auto opened = driver.now;
    driver.accept("ana", ticket);
    driver.pass(5min);
    driver.must(HoldTicket{AgentId("ana"), ticket, "parts", Instant::max()});
    driver.pass(3min);
    const auto views = sla_views(driver.policies.desk, driver.state, ticket, driver.now);
    REQUIRE(views);
    REQUIRE(views->size() == 2);
    const auto& first = views->at(0);
    CHECK(first.target == SlaTarget::first_response);
    CHECK(first.used == 8min);
    CHECK(first.due == opened + 10min);
    const auto& resolution = views->at(1);
    CHECK(resolution.used == 5min);
    CHECK(resolution.paused);
    CHECK(resolution.due == Instant::max());
    using Kind = SlaStretch::Kind;
    CHECK(resolution.stretches == std::vector<SlaStretch>{{{opened, opened + 5min}, Kind::counted},
                                                          {{opened + 5min, opened + 8min}, Kind::paused}});
    CHECK_FALSE(sla_views(driver.policies.desk, driver.state, TicketId{99}, driver.now));
}
