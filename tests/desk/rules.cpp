// Escalations, and what a change of rules does to tickets that are open.

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

const std::string hasty_rules = R"(stage: escalate
rules:
  - rule: returns-very-late
    when: {queue: returns, waiting: {at_least: 5m}}
    then: {tags: [hasty]}
  - rule: returns-late
    when: {queue: returns, waiting: {at_least: 2m}}
    then: {priority: urgent}
)";

void adopt(Driver& desk, const std::string& escalate)
{
    desk.policies.rulebook = load_rules(escalate);
    desk.must(adoption_of(*desk.policies.rulebook));
}

}  // namespace

TEST_CASE("an escalation happens at its minute, not before, and once", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .body = "broken"});
    CHECK(desk.show(id).recheck_at == desk.now + 10min);
    CHECK(next_deadline(desk.policies, desk.state) == desk.now + 10min);
    desk.tick(10min - Duration{1});
    CHECK(desk.last.empty());
    desk.tick(Duration{1});
    CHECK(desk.names() == std::vector<std::string>{"ticket_escalated", "recheck_scheduled"});
    const auto escalated = desk.all<TicketEscalated>().at(0);
    CHECK(escalated.priority == Priority::high);
    CHECK(escalated.tags == std::vector<std::string>{"late"});
    CHECK(escalated.notify == std::vector<std::string>{"returns-lead"});
    CHECK_FALSE(escalated.queue.has_value());
    CHECK_FALSE(escalated.needs.has_value());
    const auto view = desk.show(id);
    CHECK(view.queued_as == view.enqueued_at - 30min);
    CHECK(view.escalated == std::vector<std::string>{"returns-late"});
    CHECK(view.recheck_at == view.enqueued_at + 1h);
    desk.tick(1min);
    CHECK(desk.last.empty());
}

TEST_CASE("an escalation to another queue takes its skills and leaves those of the old queue", "[desk]")
{
    Driver desk;
    desk.sign_in("sue", {{"senior", 1}});
    const auto id = desk.feed({.ref = "a", .body = "broken", .language = "de"});
    CHECK(desk.show(id).needs == Skills{{"german", 2}, {"returns", 1}});
    desk.pass(1h);
    const auto view = desk.show(id);
    CHECK(view.routing.queue == QueueName("floor"));
    CHECK(view.needs == Skills{{"german", 2}, {"senior", 1}});
    CHECK(desk.waits(id));
    desk.sign_in("sue", {{"senior", 1}, {"german", 3}});
    CHECK(desk.offered_to(id) == "sue");
}

TEST_CASE("an escalation makes a ticket available to agents who could not take it before, at once", "[desk]")
{
    Driver desk;
    desk.sign_in("sue", {{"senior", 1}});
    const auto id = desk.feed({.ref = "a", .body = "broken"});
    desk.pass(1h);
    CHECK(desk.offered_to(id) == "sue");
}

TEST_CASE("an escalation true at arrival is part of the first answer", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .body = "this is fraud"});
    CHECK(desk.names() == std::vector<std::string>{"ticket_opened", "ticket_routed", "ticket_escalated"});
    const auto answer = first_answer(desk.state, "shop", "a");
    CHECK(answer->priority == Priority::urgent);
    CHECK(answer->rules == std::vector<std::string_view>{"to-general", "fraud-at-once"});
    CHECK(answer->seq == desk.state.head);
    CHECK(desk.show(id).routing.contact_by == "phone");
    CHECK(desk.show(id).queued_as == desk.now - 2h);
}

TEST_CASE("a later contact can escalate, and rules that have fired do not again", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .body = "hello"});
    desk.contact(id, {.ref = "b", .body = "it is fraud"});
    CHECK(desk.all<TicketEscalated>().size() == 1);
    desk.contact(id, {.ref = "c", .body = "fraud, I say"});
    CHECK(desk.all<TicketEscalated>().empty());
    CHECK(desk.show(id).routing.priority == Priority::urgent);
}

TEST_CASE("the wait goes on while a ticket is offered and stops while somebody has it", "[desk]")
{
    Driver desk;
    desk.policies.desk.offer_ttl = 1h;
    desk.sign_in("ana", {{"returns", 1}}, 2);
    const auto offered = desk.feed({.ref = "a", .body = "broken"});
    const auto assigned = desk.feed({.ref = "b", .body = "broken"});
    desk.accept("ana", assigned);
    desk.pass(15min);
    CHECK(desk.show(offered).escalated == std::vector<std::string>{"returns-late"});
    CHECK(desk.show(assigned).escalated.empty());
}

TEST_CASE("a ticket that comes back from an agent waits anew", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {{"returns", 1}});
    const auto id = desk.feed({.ref = "a", .body = "broken"});
    desk.accept("ana", id);
    desk.pass(20min);
    desk.presence("ana", Presence::offline);
    CHECK(desk.show(id).recheck_at == desk.now + 10min);
    desk.pass(10min);
    CHECK(desk.show(id).escalated == std::vector<std::string>{"returns-late"});
}

TEST_CASE("a contact sets the idle clock back", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a"});
    desk.pass(24h);
    desk.contact(id, {.ref = "b"});
    desk.pass(47h);
    CHECK(desk.show(id).escalated.empty());
    desk.pass(1h);
    CHECK(desk.show(id).escalated == std::vector<std::string>{"quiet"});
}

TEST_CASE("what is in force already is not adopted again; with other steps open tickets are looked at",
          "[desk]")
{
    Driver desk;
    desk.feed({.ref = "a", .body = "broken"});
    desk.must(adoption_of(*desk.policies.rulebook));
    CHECK(desk.last.empty());
    desk.queue("floor").widen = {{5min, {}, {"german"}}};
    desk.must(adoption_of(*desk.policies.rulebook));
    CHECK(desk.names() == std::vector<std::string>{"policies_adopted"});
    CHECK(totals(desk.state).rulebook == desk.policies.rulebook->id());
    CHECK(totals(desk.state).sweep_left == 1);
    desk.tick();
    CHECK(totals(desk.state).sweep_left == 0);
}

TEST_CASE("a new rulebook gives open tickets new times, and they keep their queue", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .body = "broken"});
    const auto other = desk.feed({.ref = "b"});
    const auto opened = desk.now;
    desk.now = desk.now + 1min;
    adopt(desk, hasty_rules);
    CHECK(next_deadline(desk.policies, desk.state) <= desk.now);
    CHECK(totals(desk.state).sweep_left == 2);
    desk.tick();
    CHECK(next_deadline(desk.policies, desk.state) == opened + 2min);
    CHECK(totals(desk.state).sweep_left == 0);
    CHECK(desk.show(other).recheck_at == Instant::max());
    desk.pass(1min);
    CHECK(desk.show(id).routing.priority == Priority::urgent);
    CHECK(desk.show(id).routing.queue == QueueName("returns"));
}

TEST_CASE("a rule that fired under one rulebook has fired under the next, by its name", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .body = "broken"});
    desk.pass(10min);
    REQUIRE(desk.show(id).escalated == std::vector<std::string>{"returns-late"});
    adopt(desk, hasty_rules);
    desk.pass(1min);
    CHECK(desk.show(id).escalated == std::vector<std::string>{"returns-late", "returns-very-late"});
    CHECK(desk.show(id).routing.tags == std::vector<std::string>{"damaged", "hasty", "late"});
    CHECK(desk.show(id).routing.priority == Priority::high);
}

TEST_CASE("a sweep goes some hundreds a tick, writes little, and new tickets are not part of it", "[desk]")
{
    Driver desk;
    for (int i = 0; i < 600; ++i) desk.feed({.ref = std::to_string(i)});
    adopt(desk, hasty_rules);
    desk.feed({.ref = "new"});
    CHECK(totals(desk.state).sweep_left == 600);
    std::size_t ticks = 0;
    std::size_t events = 0;
    while (next_deadline(desk.policies, desk.state) <= desk.now) {
        desk.must(Tick{});
        events += desk.last.size();
        REQUIRE(++ticks < 10);
    }
    CHECK(ticks == 3);
    // Every ticket loses the time of `quiet`, which the new rules do not have: an event each, and one a tick.
    CHECK(events == 600 + 3);
    adopt(desk, hasty_rules + "  - rule: never\n    when: {text: xyzzy}\n    then: {tags: [x]}\n");
    events = 0;
    while (next_deadline(desk.policies, desk.state) <= desk.now) {
        desk.must(Tick{});
        events += desk.last.size();
    }
    CHECK(events == 3);
}

TEST_CASE("what a sweep changes right after an answer is no part of it", "[desk]")
{
    Driver desk;
    const bool first = GENERATE(true, false);  // of those the sweep looks at, or only of those it changes
    if (!first) desk.feed({.ref = "a", .body = "refund"});
    const auto id = desk.feed({.ref = "b"});
    desk.now = desk.now + 1min;
    desk.queue("general").overflow = {{1min, 0, false, QueueName("floor")}};
    desk.must(adoption_of(*desk.policies.rulebook));
    desk.contact(id, {.ref = "c"});
    const auto answer = first_answer(desk.state, "shop", "c");
    REQUIRE(answer->queue == "general");
    desk.tick();  // at that instant
    CHECK(desk.show(id).routing.queue == QueueName("floor"));
    CHECK(first_answer(desk.state, "shop", "c") == answer);
}

TEST_CASE("a sweep goes on where it was after a restart", "[desk]")
{
    Driver desk;
    for (int i = 0; i < 300; ++i) desk.feed({.ref = std::to_string(i)});
    adopt(desk, hasty_rules);
    desk.tick();
    CHECK(totals(desk.state).sweep_left == 44);
    auto restored = restore(save(desk.state));
    REQUIRE(restored.has_value());
    CHECK(totals(*restored).sweep_left == 44);
}

TEST_CASE("rules ask how long a queue is and who is there, as the desk is at that moment", "[desk]")
{
    Driver desk;
    const std::vector<rulebook::Source> sources{
        {"a.yaml",
         "stage: route\nrules:\n"
         "  - rule: spill\n    when: {queue.length: {queue: general, at_least: 2}}\n"
         "    then: {queue: floor}\n"
         "  - rule: nobody\n    when: {text: broken, agents.available: {queue: returns, at_most: 0}}\n"
         "    then: {queue: billing}\n"
         "  - rule: rest\n    then: {queue: general}\n"},
        {"b.yaml",
         "stage: escalate\nrules:\n"
         "  - rule: crowd\n"
         "    when: {waiting: {at_least: 5m}, queue.length: {queue: general, above: 1}}\n"
         "    then: {priority: urgent}\n"}};
    std::vector<Diagnostic> found;
    desk.policies.rulebook = rulebook::Rulebook::load(sources, vocabulary(), found);
    INFO(render(found, false));
    REQUIRE(desk.policies.rulebook != nullptr);
    desk.must(adoption_of(*desk.policies.rulebook));
    const auto queue_of = [&](const Fed& fed) { return desk.show(desk.feed(fed)).routing.queue.value; };
    CHECK(queue_of({.ref = "a", .body = "broken"}) == "billing");
    desk.sign_in("ana", {{"returns", 1}}, 1);
    const auto first = desk.feed({.ref = "b", .body = "broken"});
    CHECK(desk.show(first).routing.queue == QueueName("general"));  // somebody is there, if not free
    desk.accept("ana", first);
    const auto second = desk.feed({.ref = "c"});
    CHECK(queue_of({.ref = "d"}) == "general");
    CHECK(queue_of({.ref = "e"}) == "floor");
    desk.pass(5min);
    CHECK(desk.show(second).escalated == std::vector<std::string>{"crowd"});
    desk.presence("ana", Presence::away);
    CHECK(queue_of({.ref = "f", .body = "broken"}) == "floor");  // the first rule that matches
}

TEST_CASE("rules count the customer's contacts in a time, also when they look again", "[desk]")
{
    Driver desk;
    adopt(desk, R"(stage: escalate
rules:
  - rule: again
    when: {customer.contacts: {at_least: 2, within: 1h}}
    then: {tags: [again]}
  - rule: calm
    when: {customer.contacts: {below: 1, within: 1h}, not: {customer.contacts: 0}}
    then: {tags: [calm]}
)");
    const auto escalated = [&](TicketId id) { return desk.show(id).escalated; };
    using Names = std::vector<std::string>;
    const auto first = desk.feed({.ref = "a", .customer = "c-1"});
    desk.pass(10min);
    const auto second = desk.feed({.ref = "b", .customer = "c-1"});
    desk.pass(10min);
    const auto third = desk.feed({.ref = "c", .customer = "c-1"});
    CHECK(escalated(third) == Names{"again"});
    CHECK(desk.show(third).recheck_at == desk.now + 50min + 1ms);  // the second is an hour old
    CHECK(desk.show(second).recheck_at == desk.now + 40min + 1ms);
    desk.pass(40min);
    CHECK(escalated(second).empty());
    desk.pass(1ms);
    CHECK(escalated(second) == Names{"calm"});  // the third came after it
    CHECK(escalated(first).empty());
    desk.pass(10min);
    CHECK(escalated(third) == Names{"again", "calm"});
    CHECK(escalated(desk.feed({.ref = "d"})).empty());

    SECTION("of very many contacts only the latest times are kept")
    {
        for (int i = 0; i < 40; ++i) desk.contact(first, {.ref = "f" + std::to_string(i), .customer = "c-1"});
        CHECK(escalated(first) == Names{"again"});
        const auto earlier = earlier_contacts(desk.state, *desk.state.find(second));
        CHECK(earlier.latest.empty());
        CHECK(earlier.kept_from == desk.now);
    }
}

TEST_CASE("rules ask how long ago an agent replied, and since when a ticket is on its queue", "[desk]")
{
    Driver desk;
    adopt(desk, R"(stage: escalate
rules:
  - rule: silence
    when: {since.reply: {at_least: 3d}}
    then: {tags: [silence]}
  - rule: on
    when: {age: {at_least: 1h}, queue: general}
    then: {queue: floor}
  - rule: stuck
    when: {queue: floor, since.routed: {at_least: 2h}}
    then: {tags: [stuck]}
)");
    const auto escalated = [&](TicketId id) { return desk.show(id).escalated; };
    using Names = std::vector<std::string>;
    const auto id = desk.feed({.ref = "a"});
    desk.pass(3h - 1ms);
    CHECK(escalated(id) == Names{"on"});
    desk.pass(1ms);
    CHECK(escalated(id) == Names{"on", "stuck"});
    desk.sign_in("ana");
    desk.accept("ana", id);
    desk.must(ReplyTicket{AgentId("ana"), id, "Is it the blue one?"});
    CHECK(desk.show(id).recheck_at == desk.now + 24h * 3);
    desk.pass(24h);
    desk.must(ReplyTicket{AgentId("ana"), id, "Or the green one?"});
    auto restored = restore(save(desk.state));
    REQUIRE(restored.has_value());
    desk.state = std::move(*restored);
    desk.pass(24h * 3 - 1ms);
    CHECK(escalated(id) == Names{"on", "stuck"});
    desk.pass(1ms);
    CHECK(escalated(id) == Names{"on", "stuck", "silence"});
}
