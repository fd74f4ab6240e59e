#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

TEST_CASE("an agent who signs in is offered the ticket whose turn it is", "[desk]")
{
    Driver desk;
    const auto first = desk.feed({.ref = "a"});
    const auto second = desk.feed({.ref = "b"});
    desk.sign_in("ana");
    CHECK(desk.names() == std::vector<std::string>{"agent_signed_in", "offer_made"});
    CHECK(desk.offered_to(first) == "ana");
    CHECK(desk.waits(second));
    const auto offer = desk.all<OfferMade>().at(0);
    CHECK(offer.units == 1);
    CHECK(offer.expires_at == desk.now + 30s);
    CHECK(offer.losers.empty());
}

TEST_CASE("sign-in takes what it leaves out from the profile, then from the desk", "[desk]")
{
    Driver desk;
    desk.policies.desk.agents[AgentId("ana")] = {AgentId("ana"), "Ana", {{"returns", 2}}, 3, {}};
    desk.must(SignInAgent{AgentId("ana"), "", {}, 0});
    CHECK(desk.agent("ana").name == "Ana");
    CHECK(desk.agent("ana").skills == Skills{{"returns", 2}});
    CHECK(desk.agent("ana").capacity == 3);
    desk.must(SignInAgent{AgentId("ana"), "A.", {{"billing", 1}}, 2});
    CHECK(desk.agent("ana").name == "A.");
    CHECK(desk.agent("ana").skills == Skills{{"billing", 1}});
    CHECK(desk.agent("ana").capacity == 2);
    desk.must(SignInAgent{AgentId("ben"), "", {}, 0});
    CHECK(desk.agent("ben").name == "ben");
    CHECK(desk.agent("ben").capacity == desk.policies.desk.agent_capacity);
}

TEST_CASE("sign-in refuses what makes no sense", "[desk]")
{
    Driver desk;
    CHECK(desk.refused(SignInAgent{AgentId(), "", {}, 1}) == ErrorCode::missing_field);
    CHECK(desk.refused(SignInAgent{AgentId("ana"), "", {}, -1}, "-1") == ErrorCode::bad_value);
    CHECK(desk.refused(SignInAgent{AgentId("ana"), "", {{"returns", 6}}, 1}, "returns") ==
          ErrorCode::bad_value);
    CHECK(desk.refused(SignInAgent{AgentId("ana"), "", {{"returns", 0}}, 1}, "returns") ==
          ErrorCode::bad_value);
    CHECK_FALSE(agent_view(desk.state, AgentId("ana")).has_value());
}

TEST_CASE("skills given in any order and twice count once, at the higher level", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {{"returns", 2}, {"billing", 1}, {"returns", 4}});
    CHECK(desk.agent("ana").skills == Skills{{"billing", 1}, {"returns", 4}});
}

TEST_CASE("accepting assigns the ticket and holds the capacity until it is completed", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto first = desk.feed({.ref = "a"});
    const auto second = desk.feed({.ref = "b"});
    desk.accept("ana", first);
    CHECK(desk.show(first).phase == TicketPhase::assigned);
    CHECK(desk.agent("ana").assigned == std::vector<TicketId>{first});
    CHECK(desk.waits(second));
    desk.pass(1h);
    CHECK(desk.waits(second));
    desk.complete("ana", first);
    CHECK(desk.names() == std::vector<std::string>{"ticket_completed", "offer_made"});
    CHECK(desk.offered_to(second) == "ana");
    CHECK_FALSE(ticket_view(desk.state, first).has_value());
}

TEST_CASE("accepting again changes nothing", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.accept("ana", id);
    desk.accept("ana", id);
    CHECK(desk.last.empty());
}

TEST_CASE("a declined ticket keeps its place and is not offered to that agent again", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    const auto place = desk.show(id).queued_as;
    desk.decline("ana", id);
    CHECK(desk.all<OfferDeclined>().at(0).reason == "busy");
    CHECK(desk.waits(id));
    CHECK(desk.show(id).queued_as == place);
    CHECK(desk.show(id).declined_by == std::vector<AgentId>{AgentId("ana")});
    desk.presence("ana", Presence::away);
    desk.presence("ana", Presence::available);
    CHECK(desk.waits(id));
    const auto next = desk.feed({.ref = "b"});
    CHECK(desk.offered_to(next) == "ana");  // the declined one does not stand in the way
    desk.sign_in("ben");
    CHECK(desk.offered_to(id) == "ben");
}

TEST_CASE("what an agent may not do is refused by name", "[desk]")
{
    Driver desk;
    const auto waiting = desk.feed({.ref = "a", .body = "broken"});
    const auto free = desk.feed({.ref = "b"});
    desk.sign_in("ana");
    desk.sign_in("ben");
    REQUIRE(desk.offered_to(free) == "ana");
    const auto ana = AgentId("ana");
    const auto ben = AgentId("ben");
    const auto nobody = AgentId("zoe");

    CHECK(desk.refused(AcceptOffer{nobody, free}, "zoe") == ErrorCode::unknown_agent);
    CHECK(desk.refused(DeclineOffer{nobody, free, ""}, "zoe") == ErrorCode::unknown_agent);
    CHECK(desk.refused(CompleteTicket{nobody, free, ""}, "zoe") == ErrorCode::unknown_agent);
    CHECK(desk.refused(SetPresence{nobody, Presence::away, ""}, "zoe") == ErrorCode::unknown_agent);

    CHECK(desk.refused(AcceptOffer{ana, TicketId{99}}, "T-99") == ErrorCode::unknown_ticket);
    CHECK(desk.refused(DeclineOffer{ana, TicketId{99}, ""}, "T-99") == ErrorCode::unknown_ticket);
    CHECK(desk.refused(CompleteTicket{ana, TicketId{0}, ""}, "no such ticket") == ErrorCode::unknown_ticket);

    CHECK(desk.refused(AcceptOffer{ana, waiting}, "T-1") == ErrorCode::no_offer);
    CHECK(desk.refused(AcceptOffer{ben, free}, "ben") == ErrorCode::no_offer);
    CHECK(desk.refused(DeclineOffer{ben, free, ""}, "ben") == ErrorCode::no_offer);
    CHECK(desk.refused(CompleteTicket{ana, waiting, ""}, "waiting") == ErrorCode::not_assigned);
    CHECK(desk.refused(CompleteTicket{ana, free, ""}, "offered") == ErrorCode::not_assigned);

    desk.accept("ana", free);
    CHECK(desk.refused(CompleteTicket{ben, free, ""}, "ana") == ErrorCode::not_assigned);
    CHECK(desk.refused(AcceptOffer{ben, free}) == ErrorCode::no_offer);
    desk.complete("ana", free);
    CHECK(desk.refused(CompleteTicket{ana, free, ""}, "completed") == ErrorCode::unknown_ticket);
}

TEST_CASE("an answer at or after the offer's end comes too late, ticked or not", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    const auto end = desk.now + 30s;
    desk.now = end;
    CHECK(desk.refused(AcceptOffer{AgentId("ana"), id}, to_string(end)) == ErrorCode::offer_expired);
    CHECK(desk.refused(DeclineOffer{AgentId("ana"), id, ""}, "ana") == ErrorCode::offer_expired);
    CHECK(desk.offered_to(id) == "ana");

    desk.sign_in("ben");
    desk.tick();
    REQUIRE(desk.offered_to(id) == "ben");
    CHECK(desk.refused(AcceptOffer{AgentId("ana"), id}, "T-1") == ErrorCode::offer_expired);
}

TEST_CASE("an answer just before the offer's end is in time", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.now = desk.now + Duration{29'999};
    desk.accept("ana", id);
    CHECK(desk.show(id).phase == TicketPhase::assigned);
}

TEST_CASE("who goes away gives offers back and keeps what they accepted", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 2);
    const auto kept = desk.feed({.ref = "a"});
    const auto offered = desk.feed({.ref = "b"});
    desk.accept("ana", kept);
    desk.presence("ana", Presence::away, "lunch");
    CHECK(desk.names() == std::vector<std::string>{"presence_set", "ticket_returned"});
    CHECK(desk.waits(offered));
    CHECK(desk.show(offered).declined_by.empty());
    CHECK(desk.show(kept).phase == TicketPhase::assigned);
    CHECK(desk.agent("ana").reason == "lunch");
    CHECK(desk.agent("ana").used == 1);
    desk.presence("ana", Presence::available);
    CHECK(desk.offered_to(offered) == "ana");
}

TEST_CASE("who goes offline gives everything back, at the places it had", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 2);
    const auto first = desk.feed({.ref = "a"});
    const auto second = desk.feed({.ref = "b"});
    const auto place = desk.show(first).queued_as;
    desk.accept("ana", first);
    desk.now = desk.now + 10s;
    desk.presence("ana", Presence::offline);
    CHECK(desk.waits(first));
    CHECK(desk.waits(second));
    CHECK(desk.show(first).queued_as == place);
    CHECK(desk.show(first).waiting_since == desk.now);  // it had an agent until now
    CHECK(desk.show(second).waiting_since == desk.now - 10s);
    CHECK(desk.agent("ana").used == 0);
}

TEST_CASE("setting the presence one has changes nothing", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    desk.presence("ana", Presence::available);
    CHECK(desk.last.empty());
}

TEST_CASE("signing in again with less capacity keeps the work, and offers beyond it go back", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 4);
    std::vector<TicketId> ids;
    for (const auto* ref : {"a", "b", "c", "d"}) ids.push_back(desk.feed({.ref = ref}));
    desk.accept("ana", ids[0]);
    desk.accept("ana", ids[1]);
    desk.sign_in("ana", {}, 1);
    CHECK(desk.agent("ana").assigned == std::vector<TicketId>{ids[0], ids[1]});
    CHECK(desk.agent("ana").offers.empty());
    CHECK(desk.all<TicketReturned>().size() == 2);
    desk.complete("ana", ids[0]);
    CHECK(desk.waits(ids[2]));
    desk.complete("ana", ids[1]);
    CHECK(desk.offered_to(ids[2]) == "ana");
}

TEST_CASE("signing in again with other skills gives back offers that need those lost", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {{"returns", 1}}, 2);
    const auto skilled = desk.feed({.ref = "a", .body = "broken"});
    const auto plain = desk.feed({.ref = "b"});
    desk.sign_in("ana", {{"billing", 1}}, 2);
    CHECK(desk.waits(skilled));
    CHECK(desk.offered_to(plain) == "ana");
}
