// Tickets that change hands beside offers: assigned, requeued, released, transferred and taken.

#include "engine/desk/why_not.hpp"
#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

AgentId agent(const char* id) { return AgentId(id); }

/// Keys of the reasons why the ticket is not with the agent.
std::vector<std::string> reasons(const Driver& desk, TicketId ticket, const char* id)
{
    const auto why = why_not(desk.policies.desk, desk.state, ticket, agent(id), desk.now);
    REQUIRE(why.has_value());
    std::vector<std::string> keys;
    for (const auto& reason : why->reasons) keys.push_back(reason.key);
    return keys;
}

}  // namespace

TEST_CASE("an operator assigns a ticket within the agent's skills, room and presence", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {{"returns", 1}}, 1);
    desk.sign_in("ben", {}, 1);
    const auto held = desk.feed({.ref = "a", .body = "broken"});
    const auto id = desk.feed({.ref = "b", .body = "broken"});
    desk.accept("ana", held);
    CHECK(desk.refused(AssignTicket{id, agent("ben"), false, ""}, "lacks returns 1") ==
          ErrorCode::agent_not_suited);
    CHECK(desk.refused(AssignTicket{id, agent("ana"), false, ""}, "1 of 1 units") ==
          ErrorCode::agent_over_capacity);
    desk.presence("ben", Presence::away);
    CHECK(desk.refused(AssignTicket{id, agent("ben"), false, ""}, "away") == ErrorCode::agent_not_suited);
    desk.complete("ana", held);
    desk.decline("ana", id);
    desk.must(AssignTicket{id, agent("ana"), false, "please"});  // a decline does not bind operators
    CHECK(desk.names() == std::vector<std::string>{"ticket_assigned"});
    CHECK(desk.show(id).phase == TicketPhase::assigned);
    CHECK(desk.show(id).note == "please");
    desk.must(AssignTicket{id, agent("ana"), false, ""});  // said twice
    CHECK(desk.last.empty());
}

TEST_CASE("force assigns to anybody who is not offline, and takes the room of their offers", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 2);
    const auto work = desk.feed({.ref = "a"});
    desk.accept("ana", work);
    const auto offer = desk.feed({.ref = "b"});
    const auto id = desk.feed({.ref = "c", .body = "broken"});
    CHECK(desk.offered_to(offer) == "ana");
    desk.must(AssignTicket{id, agent("ana"), true, ""});
    CHECK(desk.show(id).agent == agent("ana"));
    CHECK(desk.waits(offer));
    CHECK(desk.agent("ana").used == 2);
    const auto more = desk.feed({.ref = "d", .body = "broken"});
    desk.must(AssignTicket{more, agent("ana"), true, ""});
    CHECK(desk.agent("ana").used == 3);
    desk.presence("ana", Presence::offline);
    CHECK(desk.refused(AssignTicket{id, agent("ana"), true, ""}, "offline") == ErrorCode::agent_not_suited);
}

TEST_CASE("a ticket that is reassigned leaves the hands it was in", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.accept("ana", id);
    desk.sign_in("ben");
    desk.must(AssignTicket{id, agent("ben"), false, ""});
    CHECK(desk.names() == std::vector<std::string>{"ticket_returned", "ticket_assigned"});
    CHECK(desk.all<TicketReturned>().at(0).reason == "given to 'ben'");
    CHECK(desk.agent("ana").used == 0);
    CHECK(desk.refused(CompleteTicket{agent("ana"), id, ""}, "'ben'") == ErrorCode::not_assigned);
}

TEST_CASE("a requeued ticket keeps its place, here and on another queue", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    const auto place = desk.show(id).queued_as;
    desk.accept("ana", id);
    desk.sign_in("ben");
    desk.now = desk.now + 1min;
    desk.must(RequeueTicket{id, QueueName(), "call back"});
    CHECK(desk.show(id).queued_as == place);
    CHECK(desk.show(id).waiting_since == desk.now);
    CHECK(desk.show(id).note == "call back");
    CHECK(desk.offered_to(id) == "ben");  // others first; ana again when nobody else is left
    desk.decline("ben", id);
    CHECK(desk.offered_to(id) == "ana");
    desk.must(RequeueTicket{id, QueueName("billing"), ""});
    CHECK(desk.show(id).routing.queue == QueueName("billing"));
    CHECK(desk.show(id).needs == Skills{{"billing", 1}});
    CHECK(desk.show(id).queued_as == place);
    CHECK(desk.waits(id));
    CHECK(desk.refused(RequeueTicket{id, QueueName("biling"), ""}, "biling") == ErrorCode::unknown_queue);
    desk.must(RequeueTicket{id, QueueName(), ""});  // it waits there
    CHECK(desk.last.empty());
}

TEST_CASE("moving a ticket starts the escalations of the queue it comes to", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a"});
    desk.now = desk.now + 20min;
    desk.must(RequeueTicket{id, QueueName("returns"), ""});
    CHECK(desk.names() == std::vector<std::string>{"ticket_moved", "ticket_escalated", "recheck_scheduled"});
    CHECK(desk.show(id).escalated == std::vector<std::string>{"returns-late"});
}

TEST_CASE("who releases a ticket is not offered it again", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    CHECK(desk.refused(ReleaseTicket{agent("ana"), id, ""}, "offered") == ErrorCode::not_assigned);
    desk.accept("ana", id);
    desk.must(ReleaseTicket{agent("ana"), id, "a friend of mine"});
    CHECK(desk.waits(id));
    CHECK(reasons(desk, id, "ana") == std::vector<std::string>{"declined"});
}

TEST_CASE("a transfer goes to a queue or an agent, with a note that the next holder sees", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {{"billing", 1}}, 2);
    const auto id = desk.feed({.ref = "a"});
    const auto place = desk.show(id).queued_as;
    desk.accept("ana", id);
    const auto to = [&](const char* queue, const char* other) {
        return TransferTicket{agent("ana"), id, QueueName(queue), agent(other), "angry, knows the boss"};
    };
    CHECK(desk.refused(to("", ""), "queue") == ErrorCode::missing_field);
    CHECK(desk.refused(to("billing", "ben"), "either") == ErrorCode::missing_field);
    CHECK(desk.refused(to("", "ben"), "ben") == ErrorCode::unknown_agent);
    desk.sign_in("ben", {}, 1);
    SECTION("to a queue")
    {
        desk.must(to("billing", ""));
        CHECK(desk.show(id).routing.queue == QueueName("billing"));
        CHECK(desk.show(id).queued_as == place);
        CHECK(desk.waits(id));  // ana has the skill, but has just given it away
        desk.sign_in("cyd", {{"billing", 2}});
        CHECK(desk.offered_to(id) == "cyd");
        CHECK(desk.show(id).note == "angry, knows the boss");
    }
    SECTION("to an agent with room")
    {
        desk.must(to("", "ben"));
        CHECK(desk.show(id).agent == agent("ben"));
        CHECK(desk.show(id).note == "angry, knows the boss");
    }
    SECTION("not to an agent without")
    {
        desk.accept("ben", desk.feed({.ref = "b"}));
        CHECK(desk.refused(to("", "ben"), "1 of 1") == ErrorCode::agent_over_capacity);
        CHECK(desk.show(id).agent == agent("ana"));
    }
    SECTION("by an operator, whoever has it")
    {
        desk.must(TransferTicket{AgentId(), id, QueueName("floor"), AgentId(), ""});
        CHECK(desk.show(id).routing.queue == QueueName("floor"));
    }
}

TEST_CASE("tickets of a pull queue wait to be taken, the first in order first", "[desk]")
{
    Driver desk;
    desk.queue("general").pull = true;
    desk.sign_in("ana", {}, 2);
    const auto first = desk.feed({.ref = "a"});
    const auto second = desk.feed({.ref = "b"});
    const auto third = desk.feed({.ref = "c", .channel = Channel::phone});
    CHECK(desk.waits(first));
    CHECK(reasons(desk, first, "ana") == std::vector<std::string>{"mode"});
    desk.must(TakeTicket{agent("ana"), TicketId{}});
    CHECK(desk.show(first).agent == agent("ana"));
    CHECK(desk.refused(TakeTicket{agent("ana"), third}, "units") == ErrorCode::agent_over_capacity);
    desk.must(TakeTicket{agent("ana"), second});
    CHECK(desk.agent("ana").assigned == std::vector{first, second});
    desk.must(TakeTicket{agent("ana"), TicketId{}});  // nothing she has room for
    CHECK(desk.last.empty());
    desk.sign_in("ben");
    CHECK(desk.refused(TakeTicket{agent("ben"), first}, "'ana'") == ErrorCode::not_waiting);
}

TEST_CASE("what is forced on an agent takes the room it takes now, whatever it took when it was offered",
          "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 4);
    const auto grows = desk.feed({.ref = "a"});
    const auto other = desk.feed({.ref = "b"});
    REQUIRE(desk.offered_to(grows) == "ana");
    REQUIRE(desk.offered_to(other) == "ana");
    desk.contact(grows, {.ref = "c", .channel = Channel::phone});  // a chat takes one unit, a call all four
    desk.must(AssignTicket{grows, agent("ana"), true, {}});
    CHECK(desk.waits(other));
    CHECK(desk.agent("ana").used == 4);
}

TEST_CASE("taking a ticket that one is offered accepts the offer", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.must(TakeTicket{agent("ana"), id});
    CHECK(desk.names() == std::vector<std::string>{"offer_accepted"});
}

TEST_CASE("who wraps up work at which they may be interrupted may be interrupted at that too", "[desk]")
{
    Driver desk;
    desk.policies.desk.wrap_up[static_cast<std::size_t>(Channel::email)] = 30s;
    desk.policies.desk.interruptible[static_cast<std::size_t>(Channel::email)] = true;
    desk.must(adoption_of(*desk.policies.rulebook));
    desk.sign_in("ana", {}, 1);
    const auto letter = desk.feed({.ref = "a", .channel = Channel::email});
    desk.accept("ana", letter);
    desk.complete("ana", letter);
    const auto other = desk.feed({.ref = "b", .channel = Channel::email});
    CHECK(desk.waits(other));
    const auto chat = desk.feed({.ref = "c", .channel = Channel::chat});
    CHECK(desk.offered_to(chat) == "ana");
    desk.accept("ana", chat);
    const auto restored = restore(save(desk.state));
    REQUIRE(restored.has_value());
    CHECK(restored->find(AgentId("ana"))->yielding == 1);
    desk.pass(30s);
    CHECK(desk.agent("ana").used == 1);
    CHECK(desk.state.find(AgentId("ana"))->yielding == 0);
}

TEST_CASE("after completion capacity stays held until the wrap-up ends or the agent is ready", "[desk]")
{
    Driver desk;
    desk.policies.desk.wrap_up[static_cast<std::size_t>(Channel::chat)] = 30s;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.accept("ana", id);
    const auto next = desk.feed({.ref = "b"});
    desk.complete("ana", id);
    CHECK(desk.names() == std::vector<std::string>{"wrap_up_started", "ticket_completed"});
    CHECK(desk.waits(next));
    CHECK(desk.agent("ana").wrapping_up == 1);
    CHECK(reasons(desk, next, "ana") == std::vector<std::string>{"room"});
    SECTION("by its timer, to the millisecond")
    {
        desk.pass(30s - 1ms);
        CHECK(desk.waits(next));
        desk.pass(1ms);
        CHECK(desk.offered_to(next) == "ana");
        CHECK(desk.agent("ana").idle_since == desk.now);
    }
    SECTION("by the agent")
    {
        desk.now = desk.now + 5s;
        desk.must(EndWrapUp{agent("ana")});
        CHECK(desk.names() == std::vector<std::string>{"wrap_up_ended", "offer_made"});
        CHECK(desk.agent("ana").wrapping_up == 0);
    }
    SECTION("by going offline")
    {
        desk.presence("ana", Presence::offline);
        CHECK(desk.agent("ana").used == 0);
    }
    SECTION("other channels have none")
    {
        desk.must(EndWrapUp{agent("ana")});
        desk.decline("ana", next);
        const auto mail = desk.feed({.ref = "c", .channel = Channel::email});
        desk.accept("ana", mail);
        desk.complete("ana", mail);
        CHECK(desk.names() == std::vector<std::string>{"ticket_completed"});
    }
}

TEST_CASE("agents give reasons from the list, if there is one", "[desk]")
{
    Driver desk;
    desk.policies.desk.presence_reasons = {"lunch", "training"};
    desk.sign_in("ana");
    const auto away = [&](const char* reason, bool own) {
        return SetPresence{agent("ana"), Presence::away, reason, own};
    };
    CHECK(desk.refused(away("lnch", false), "lunch, training") == ErrorCode::bad_value);
    CHECK(desk.refused(away("", false), "needed") == ErrorCode::bad_value);
    desk.must(away("lunch", false));
    CHECK(desk.agent("ana").reason == "lunch");
    desk.presence("ana", Presence::available);
    desk.must(away("connection closed", true));  // the daemon has its own
}

TEST_CASE("an agent of whom nothing is heard is set away, and whatever they ask keeps them", "[desk]")
{
    Driver desk;
    desk.policies.desk.heartbeat = 2min;
    desk.sign_in("ana", {}, 2);
    const auto id = desk.feed({.ref = "a"});
    desk.policies.desk.offer_ttl = 1h;
    desk.accept("ana", id);
    const auto offered = desk.feed({.ref = "b"});
    for (int i = 0; i < 20; ++i) {
        desk.pass(1min);
        desk.presence("ana", Presence::available);
    }
    CHECK(desk.agent("ana").presence == Presence::available);
    const auto seen = desk.all_of<AgentSeen>(desk.history).size();
    for (int i = 0; i < 20; ++i) {
        desk.pass(1s);
        desk.presence("ana", Presence::available);
    }
    CHECK(desk.all_of<AgentSeen>(desk.history).size() == seen);  // signs of life are not all written down
    desk.pass(2min);
    CHECK(desk.agent("ana").presence == Presence::available);
    desk.pass(30s);
    CHECK(desk.agent("ana").presence == Presence::away);
    CHECK(desk.agent("ana").reason == "silent for 2m");
    CHECK(desk.show(id).agent == agent("ana"));  // what was accepted stays
    CHECK(desk.waits(offered));
    desk.presence("ana", Presence::available);
    desk.policies.desk.heartbeat = Duration{0};
    desk.pass(1h);
    CHECK(desk.agent("ana").presence == Presence::available);
}

TEST_CASE("why a ticket is not an agent's names each obstacle, and the tickets before it", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {{"billing", 2}, {"german", 1}}, 1);
    desk.accept("ana", desk.feed({.ref = "a"}));
    const auto before = desk.feed({.ref = "b"});
    const auto id = desk.feed({.ref = "c", .body = "refund", .language = "de"});
    desk.presence("ana", Presence::away, "lunch");
    CHECK(reasons(desk, id, "ana") == std::vector<std::string>{"presence", "skill", "skill", "room"});
    const auto why = why_not(desk.policies.desk, desk.state, id, agent("ana"), desk.now);
    CHECK(why->reasons[0].text == "ana is away: lunch");
    CHECK(why->reasons[1].text == "it needs billing 3; ana has billing 2");
    CHECK(why->before == std::vector{before});
    CHECK_THAT(render(id, agent("ana"), *why), Catch::Contains("come first: " + to_string(before)));
    CHECK(why_not(desk.policies.desk, desk.state, TicketId{99}, agent("ana"), desk.now).error().code ==
          ErrorCode::unknown_ticket);
    CHECK(why_not(desk.policies.desk, desk.state, id, agent("zoe"), desk.now).error().code ==
          ErrorCode::unknown_agent);
}

TEST_CASE("who lost a ticket to another is told on which key", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 4);
    desk.accept("ana", desk.feed({.ref = "a"}));
    desk.sign_in("ben", {}, 4);
    const auto id = desk.feed({.ref = "b"});
    CHECK(desk.offered_to(id) == "ben");
    CHECK(reasons(desk, id, "ana") == std::vector<std::string>{"load"});
    const auto why = why_not(desk.policies.desk, desk.state, id, agent("ben"), desk.now);
    CHECK(why->holds);
}
