#include "engine/desk/views.hpp"

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

QueueView queue(const Driver& desk, const std::string& name)
{
    for (const auto& view : queue_views(desk.policies.desk, desk.state, desk.now))
        if (view.name == QueueName(name)) return view;
    FAIL("no queue " << name);
    return {};
}

}  // namespace

TEST_CASE("queues are counted by phase, and every configured one is listed by name", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {{"returns", 1}}, 2);
    desk.accept("ana", desk.feed({.ref = "a", .body = "broken"}));
    desk.feed({.ref = "b", .body = "broken"});
    desk.feed({.ref = "c", .body = "broken"});
    desk.feed({.ref = "d"});
    std::vector<std::string> names;
    for (const auto& view : queue_views(desk.policies.desk, desk.state, desk.now))
        names.push_back(view.name.value);
    CHECK(names == std::vector<std::string>{"billing", "floor", "general", "returns"});
    CHECK(queue(desk, "returns").assigned == 1);
    CHECK(queue(desk, "returns").offered == 1);
    CHECK(queue(desk, "returns").waiting == 1);
    CHECK(queue(desk, "general").waiting == 1);
    CHECK(queue(desk, "billing").waiting == 0);
    const auto sum = totals(desk.state);
    CHECK(sum.open == 4);
    CHECK(sum.waiting == 2);
    CHECK(sum.offered == 1);
    CHECK(sum.assigned == 1);
    CHECK(sum.tickets_opened == 4);
    CHECK(sum.receipts == 4);
    CHECK(sum.agents == 1);
    CHECK(sum.agents_available == 1);
    CHECK(sum.head == desk.state.head);
}

TEST_CASE("a queue tells whose turn it is and how long the oldest has waited", "[desk]")
{
    Driver desk;
    CHECK_FALSE(queue(desk, "general").oldest_enqueued_at.has_value());
    const auto start = desk.now;
    desk.feed({.ref = "a"});
    desk.now = desk.now + 10min;
    desk.feed({.ref = "b", .body = "angry"});
    desk.now = desk.now + 10min;
    desk.feed({.ref = "c", .body = "angry"});
    CHECK(queue(desk, "general").head_queued_as == start + 10min - 30min);
    CHECK(queue(desk, "general").oldest_enqueued_at == start);
}

TEST_CASE("a queue counts the agents who are there and skilled for it", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {{"returns", 1}});
    desk.sign_in("ben", {{"billing", 1}});
    desk.sign_in("cyd", {{"billing", 1}, {"returns", 2}});
    desk.presence("cyd", Presence::away);
    CHECK(queue(desk, "returns").agents == 1);
    CHECK(queue(desk, "billing").agents == 1);
    CHECK(queue(desk, "general").agents == 2);
}

TEST_CASE("a queue that left the configuration is listed while tickets stand on it", "[desk]")
{
    Driver desk;
    desk.feed({.ref = "a"});
    desk.policies.desk.queues.erase(QueueName("general"));
    CHECK(queue(desk, "general").waiting == 1);
    CHECK_FALSE(queue(desk, "general").configured);
    CHECK(queue(desk, "returns").configured);
}

TEST_CASE("agents are listed by id with what they hold", "[desk]")
{
    Driver desk;
    desk.sign_in("ben", {}, 2);
    desk.sign_in("ana", {}, 1);
    desk.presence("ana", Presence::away, "training");
    const auto first = desk.feed({.ref = "a"});
    const auto second = desk.feed({.ref = "b"});
    desk.accept("ben", first);
    const auto views = agent_views(desk.state);
    REQUIRE(views.size() == 2);
    CHECK(views[0].id == AgentId("ana"));
    CHECK(views[0].presence == Presence::away);
    CHECK(views[0].reason == "training");
    CHECK(views[1].assigned == std::vector<TicketId>{first});
    CHECK(views[1].offers == std::vector<TicketId>{second});
    CHECK(views[1].used == 2);
    CHECK_FALSE(agent_view(desk.state, AgentId("zoe")).has_value());
}

TEST_CASE("the evidence of a ticket routes it the same again", "[desk]")
{
    Driver desk;
    const auto id =
        desk.feed({.ref = "a", .body = "refund", .customer = "c-1", .tier = "vip", .language = "de"});
    const auto seen = evidence(desk.state, id);
    REQUIRE(seen.has_value());
    const auto& rulebook = *desk.policies.rulebook;
    const auto text = rulebook.scan(seen->subject, seen->body);
    const auto routed = desk.all<TicketRouted>().at(0).routing;
    CHECK(rulebook.route({text, seen->ticket, seen->customer}) == routed);
    CHECK_FALSE(evidence(desk.state, TicketId{99}).has_value());
}
