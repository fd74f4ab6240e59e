// What queues do by themselves: widening, overflow and promises.

#include "engine/model/calendar.hpp"
#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

/// Open from the driver's start for an hour, and again from two hours after it for an hour.
void give_hours(Driver& desk, const char* queue)
{
    const auto from = desk.now;
    const Span horizon{from - 24h, from + 24h};
    desk.policies.desk.calendars.insert_or_assign(
        "office", Calendar("office", "UTC", horizon, {{from, from + 1h}, {from + 2h, from + 3h}}));
    desk.queue(queue).calendar = "office";
}

}  // namespace

TEST_CASE("a ticket's needs widen in steps, at their time and not before", "[desk]")
{
    Driver desk;
    desk.queue("billing").widen = {{5min, {{"german", 1}}, {}}, {15min, {{"billing", 1}}, {"german"}}};
    desk.sign_in("ana", {{"billing", 3}, {"german", 1}});
    desk.sign_in("ben", {{"billing", 1}});
    const auto id = desk.feed({.ref = "a", .body = "refund", .language = "de"});
    CHECK(desk.show(id).needs == Skills{{"billing", 3}, {"german", 2}});
    desk.pass(5min - 1ms);
    CHECK(desk.waits(id));
    desk.pass(1ms);
    CHECK(desk.show(id).needs == Skills{{"billing", 3}, {"german", 1}});
    CHECK(desk.offered_to(id) == "ana");
    desk.decline("ana", id);
    desk.pass(10min);
    CHECK(desk.show(id).needs == Skills{{"billing", 1}});
    CHECK(desk.offered_to(id) == "ben");
    const auto widened = desk.all_of<TicketWidened>(desk.history);
    CHECK(widened ==
          std::vector<TicketWidened>{{id, 1, {{"billing", 3}, {"german", 1}}}, {id, 2, {{"billing", 1}}}});
}

TEST_CASE("a rule takes the queue's next step of widening at once, and the steps after it keep their times",
          "[desk]")
{
    Driver desk;
    desk.queue("billing").widen = {{5min, {{"german", 1}}, {}}, {15min, {}, {"german"}}};
    desk.policies.rulebook = load_rules(
        "stage: escalate\nrules:\n"
        "  - {rule: early, when: {waiting: {at_least: 1m}}, then: {widen: true}}\n"
        "  - {rule: last, when: {waiting: {at_least: 20m}}, then: {widen: true}}\n");
    desk.must(adoption_of(*desk.policies.rulebook));
    const auto id = desk.feed({.ref = "a", .body = "refund", .language = "de"});
    const auto held = desk.feed({.ref = "b", .body = "refund", .language = "de"});
    desk.pass(1min);
    CHECK(desk.show(id).needs == Skills{{"billing", 3}, {"german", 1}});
    desk.pass(14min - 1ms);
    CHECK(desk.show(id).needs == Skills{{"billing", 3}, {"german", 1}});
    desk.pass(1ms);
    CHECK(desk.show(id).needs == Skills{{"billing", 3}});
    desk.sign_in("ana", {{"billing", 3}}, 1);
    desk.accept("ana", id);
    desk.pass(1h);  // nobody asks for less of what somebody has, and there is no step left of the other
    const auto widened = desk.all_of<TicketWidened>(desk.history);
    CHECK(std::count_if(widened.begin(), widened.end(),
                        [&](const TicketWidened& step) { return step.ticket == id; }) == 2);
    CHECK(std::count_if(widened.begin(), widened.end(),
                        [&](const TicketWidened& step) { return step.ticket == held; }) == 2);
}

TEST_CASE("what has widened stays so when the customer writes again", "[desk]")
{
    Driver desk;
    desk.queue("billing").widen = {{5min, {}, {"german"}}};
    const auto id = desk.feed({.ref = "a", .body = "refund", .language = "de"});
    desk.pass(5min);
    desk.contact(id, {.ref = "b", .body = "well?", .language = "de"});
    CHECK(desk.show(id).needs == Skills{{"billing", 3}});
}

TEST_CASE("a ticket that begins to wait again begins its queue's steps again", "[desk]")
{
    Driver desk;
    desk.queue("general").overflow = {{20min, 0, false, QueueName("floor")}};
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.accept("ana", id);
    desk.pass(1h);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
    desk.must(ReleaseTicket{AgentId("ana"), id, ""});
    desk.pass(20min - 1ms);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
    desk.pass(1ms);
    CHECK(desk.show(id).routing.queue == QueueName("floor"));
}

TEST_CASE("a ticket overflows when it has waited so long, keeps its place, and never comes back by itself",
          "[desk]")
{
    Driver desk;
    desk.queue("returns").overflow = {{2min, 0, false, QueueName("general")}};
    desk.queue("general").overflow = {{2min, 0, false, QueueName("returns")}};
    const auto id = desk.feed({.ref = "a", .body = "broken"});
    const auto place = desk.show(id).queued_as;
    desk.pass(2min);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
    CHECK(desk.show(id).needs.empty());
    CHECK(desk.show(id).queued_as == place);
    const auto moved = desk.all_of<TicketMoved>(desk.history).at(0);
    CHECK(moved.by == "overflow");
    CHECK(moved.note == "waited 2m on returns");
    CHECK(desk.show(id).note.empty());  // that is not for the agent
    desk.pass(1h);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
}

TEST_CASE("an offered ticket overflows only once the offer has ended", "[desk]")
{
    Driver desk;
    desk.queue("general").overflow = {{20s, 0, false, QueueName("floor")}};
    desk.policies.desk.offer_ttl = 30s;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.pass(25s);
    CHECK(desk.offered_to(id) == "ana");
    desk.accept("ana", id);
    desk.pass(1h);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
    desk.sign_in("ana", {}, 2);
    const auto missed = desk.feed({.ref = "b"});
    desk.pass(30s + 1ms);
    CHECK(desk.show(missed).routing.queue == QueueName("floor"));
}

TEST_CASE("a ticket that comes to a queue too long goes on at once, and its answer says where", "[desk]")
{
    Driver desk;
    desk.queue("general").overflow = {{Duration{0}, 2, false, QueueName("floor")}};
    desk.queue("floor").overflow = {{Duration{0}, 1, false, QueueName("billing")}};
    std::vector<std::string> queues;
    for (const auto* ref : {"a", "b", "c", "d"}) {
        const auto id = desk.feed({.ref = ref});
        queues.push_back(desk.show(id).routing.queue.value);
        CHECK(first_answer(desk.state, "shop", ref)->queue == queues.back());
    }
    CHECK(queues == std::vector<std::string>{"general", "general", "floor", "billing"});
    CHECK(desk.names() ==
          std::vector<std::string>{"ticket_opened", "ticket_routed", "ticket_moved", "ticket_moved"});
}

TEST_CASE("a closed queue sends on what comes and what waits when it closes", "[desk]")
{
    Driver desk;
    give_hours(desk, "general");
    desk.queue("general").when_closed = WhenClosed::overflow;
    desk.queue("general").overflow = {{Duration{0}, 0, true, QueueName("floor")}};
    const auto id = desk.feed({.ref = "a"});
    desk.pass(1h - 1ms);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
    desk.pass(1ms);
    CHECK(desk.show(id).routing.queue == QueueName("floor"));
    CHECK(desk.show(desk.feed({.ref = "b"})).routing.queue == QueueName("floor"));
    desk.pass(1h);
    CHECK(desk.show(desk.feed({.ref = "c"})).routing.queue == QueueName("general"));
}

TEST_CASE("a closed queue promises an answer, and says so again when asked again", "[desk]")
{
    Driver desk;
    give_hours(desk, "general");
    desk.queue("general").when_closed = WhenClosed::promise;
    const auto start = desk.now;
    desk.feed({.ref = "a"});
    CHECK(first_answer(desk.state, "shop", "a")->promise == Instant::max());
    desk.pass(90min);
    SECTION("by its SLA's first response, in its hours")
    {
        desk.policies.desk.slas["fast"].goal(SlaTarget::first_response).within = 20min;
        desk.queue("general").sla = "fast";
        const auto id = desk.feed({.ref = "b"});
        CHECK(desk.names() == std::vector<std::string>{"ticket_opened", "ticket_routed", "promise_made"});
        CHECK(desk.all<PromiseMade>() == std::vector<PromiseMade>{{id, start + 2h + 20min, "closed"}});
        CHECK(first_answer(desk.state, "shop", "b")->promise == start + 2h + 20min);
        desk.feed({.ref = "b"});
        CHECK(desk.last.empty());
    }
    SECTION("or by the end of its first open stretch")
    {
        desk.feed({.ref = "b"});
        CHECK(first_answer(desk.state, "shop", "b")->promise == start + 3h);
    }
    SECTION("or not at all if it is not known to open")
    {
        desk.pass(2h);
        desk.feed({.ref = "b"});
        CHECK(first_answer(desk.state, "shop", "b")->promise == Instant::max());
    }
}

TEST_CASE("steps that are configured later hold for the tickets that wait", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a"});
    desk.pass(10min);
    desk.queue("general").overflow = {{20min, 0, false, QueueName("floor")}};
    desk.must(adoption_of(*desk.policies.rulebook));
    desk.pass(10min - 1ms);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
    desk.pass(1ms);
    CHECK(desk.show(id).routing.queue == QueueName("floor"));
}

TEST_CASE("a ticket that is held for its problem takes no steps, and then goes on where it stood", "[desk]")
{
    Driver desk;
    desk.queue("general").widen = {{5min, {}, {"german"}}};
    desk.queue("general").overflow = {{20min, 0, false, QueueName("floor")}};
    const auto id = desk.feed({.ref = "a", .language = "de"});
    desk.must(OpenProblem{"a strike", {id}});
    const auto problem = desk.state.problems.rbegin()->first;
    const auto act = [&](ProblemAction action) {
        ActOnProblem command;
        command.problem = problem;
        command.action = action;
        desk.must(command);
    };
    desk.pass(4min);
    act(ProblemAction::hold);
    desk.pass(3h);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
    CHECK_FALSE(desk.show(id).needs.empty());
    const auto restored = restore(save(desk.state));
    REQUIRE(restored);
    CHECK(save(*restored) == save(desk.state));
    act(ProblemAction::release);
    desk.pass(1min - 1ms);
    CHECK_FALSE(desk.show(id).needs.empty());
    desk.pass(1ms);
    CHECK(desk.show(id).needs.empty());
    desk.pass(15min - 1ms);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
    desk.pass(1ms);
    CHECK(desk.show(id).routing.queue == QueueName("floor"));
}

TEST_CASE("a ticket that was merged takes the steps it had before it when it is on its own again", "[desk]")
{
    Driver desk;
    desk.queue("billing").widen = {{5min, {{"german", 1}}, {}}};
    const auto id = desk.feed({.ref = "a", .body = "refund", .language = "de"});
    const auto other = desk.feed({.ref = "b"});
    desk.pass(2min);
    desk.must(MergeTickets{id, other});
    desk.pass(1h);
    desk.must(SplitTicket{id, "", "", "", ""});
    desk.pass(3min - 1ms);
    CHECK(desk.show(id).needs == Skills{{"billing", 3}, {"german", 2}});
    desk.pass(1ms);
    CHECK(desk.show(id).needs == Skills{{"billing", 3}, {"german", 1}});
}

TEST_CASE("a ticket on hold that waits for another agent takes no steps until it is resumed", "[desk]")
{
    Driver desk;
    desk.queue("general").overflow = {{20min, 0, false, QueueName("floor")}};
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.accept("ana", id);
    desk.must(HoldTicket{AgentId("ana"), id, "asked the carrier", desk.now + 2h});
    desk.pass(1h);
    desk.presence("ana", Presence::offline);
    desk.pass(1h);
    CHECK(desk.all_of<TicketResumed>(desk.history).size() == 1);
    desk.pass(20min - 1ms);
    CHECK(desk.show(id).routing.queue == QueueName("general"));
    desk.pass(1ms);
    CHECK(desk.show(id).routing.queue == QueueName("floor"));
}

TEST_CASE("a ticket follows the sun through three offices, and comes round to the first", "[desk]")
{
    Driver desk;
    const auto midnight = desk.now;
    const Span horizon{midnight - 24h, midnight + 24h * 4};
    const auto office = [&](const char* name, std::chrono::hours opens, const char* next) {
        std::vector<Span> open;
        for (int day = 0; day < 4; ++day)
            if (day != 2) open.push_back({midnight + 24h * day + opens, midnight + 24h * day + opens + 8h});
        desk.policies.desk.calendars.insert_or_assign(name, Calendar(name, "UTC", horizon, open));
        desk.queue(name).calendar = name;
        desk.queue(name).when_closed = WhenClosed::overflow;
        desk.queue(name).overflow = {{Duration{0}, 0, true, QueueName(next)}};
    };
    office("general", 0h, "returns");
    office("returns", 8h, "billing");
    office("billing", 16h, "general");
    desk.policies.rulebook = load_rules(R"(stage: escalate
rules:
  - rule: quiet
    when: {idle: {at_least: 30d}}
    then: {tags: [quiet]}
)");
    desk.must(adoption_of(*desk.policies.rulebook));
    const auto id = desk.feed({.ref = "a"});
    const auto stands_at = [&](std::chrono::hours since_midnight) {
        desk.pass(midnight + since_midnight - desk.now);
        return desk.show(id).routing.queue.value;
    };
    CHECK(stands_at(7h) == "general");
    CHECK(stands_at(8h) == "returns");
    CHECK(stands_at(15h) == "returns");
    CHECK(stands_at(16h) == "billing");
    CHECK(stands_at(24h) == "general");
    CHECK(stands_at(40h) == "billing");
    CHECK(stands_at(48h) == "billing");  // all are closed on the third day
    CHECK(stands_at(72h) == "general");  // where it is open first
    CHECK(desk.all_of<TicketMoved>(desk.history).size() == 6);
    CHECK(desk.show(id).queued_as == midnight);
}
