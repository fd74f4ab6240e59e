#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

TEST_CASE("an offer expires at its end: the ticket keeps its place and goes to somebody else first", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    const auto place = desk.show(id).queued_as;
    CHECK(next_deadline(desk.policies, desk.state) == desk.now + 30s);
    desk.sign_in("ben");
    desk.tick(30s);
    CHECK(desk.names() == std::vector<std::string>{"offer_expired", "offer_made"});
    CHECK(desk.offered_to(id) == "ben");
    CHECK(desk.show(id).queued_as == place);
    CHECK(desk.show(id).missed_by == std::vector<AgentId>{AgentId("ana")});
    const auto losers = desk.all<OfferMade>().at(0).losers;
    CHECK(losers == std::vector<LosingCandidate>{{AgentId("ana"), "missed"}});
}

TEST_CASE("a tick before anything is due does nothing", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    desk.feed({.ref = "a"});
    desk.tick(Duration{29'999});
    CHECK(desk.last.empty());
}

TEST_CASE("who missed a ticket gets it again where nobody else can take it", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.tick(30s);
    CHECK(desk.offered_to(id) == "ana");
    CHECK(desk.agent("ana").missed == 1);
}

TEST_CASE("those who all missed a ticket get it in turn", "[desk]")
{
    Driver desk;
    desk.policies.desk.missed_offers_max = 10;
    desk.sign_in("ana");
    desk.sign_in("ben");
    const auto id = desk.feed({.ref = "a"});
    std::string order = desk.offered_to(id);
    for (int i = 0; i < 3; ++i) {
        desk.tick(30s);
        order += " " + desk.offered_to(id);
    }
    CHECK(order == "ana ben ana ben");
}

TEST_CASE("missing too many offers in a row sends an agent away", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 2);
    const auto first = desk.feed({.ref = "a"});
    desk.pass(30s);
    desk.pass(10s);
    const auto second = desk.feed({.ref = "b"});
    desk.pass(20s);
    CHECK(desk.agent("ana").missed == 2);
    desk.pass(10s);
    CHECK(desk.agent("ana").presence == Presence::away);
    CHECK(desk.agent("ana").reason == "missed 3 offers in a row");
    CHECK(desk.agent("ana").used == 0);
    CHECK(desk.waits(first));
    CHECK(desk.waits(second));
    desk.presence("ana", Presence::available);
    CHECK(desk.agent("ana").missed == 0);
    CHECK(desk.offered_to(first) == "ana");
}

TEST_CASE("offers that expire together count one by one, and the rest is returned", "[desk]")
{
    Driver desk;
    desk.policies.desk.missed_offers_max = 2;
    desk.sign_in("ana", {}, 4);
    for (const auto* ref : {"a", "b", "c", "d"}) desk.feed({.ref = ref});
    desk.tick(30s);
    CHECK(desk.names() == std::vector<std::string>{"offer_expired", "offer_expired", "presence_set",
                                                   "ticket_returned", "ticket_returned"});
    CHECK(totals(desk.state).waiting == 4);
    CHECK(next_deadline(desk.policies, desk.state) > desk.now);
}

TEST_CASE("answering an offer ends the row of missed ones", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.tick(30s);
    desk.tick(30s);
    CHECK(desk.agent("ana").missed == 2);
    desk.decline("ana", id);
    CHECK(desk.agent("ana").missed == 0);
}

TEST_CASE("a limit of 0 sends nobody away", "[desk]")
{
    Driver desk;
    desk.policies.desk.missed_offers_max = 0;
    desk.sign_in("ana");
    desk.feed({.ref = "a"});
    for (int i = 0; i < 5; ++i) desk.tick(30s);
    CHECK(desk.agent("ana").presence == Presence::available);
    CHECK(desk.agent("ana").missed == 5);
}

TEST_CASE("much that is due at once is worked off tick by tick", "[desk]")
{
    Driver desk;
    for (int i = 0; i < 600; ++i) desk.feed({.ref = std::to_string(i), .body = "broken"});
    desk.now = desk.now + 10min;
    std::size_t escalated = 0;
    std::vector<std::size_t> sizes;
    while (next_deadline(desk.policies, desk.state) <= desk.now) {
        desk.must(Tick{});
        escalated += desk.all<TicketEscalated>().size();
        sizes.push_back(desk.all<TicketEscalated>().size());
        REQUIRE(sizes.size() < 10);
    }
    CHECK(escalated == 600);
    CHECK(sizes == std::vector<std::size_t>{256, 256, 88});
}

TEST_CASE(
    "receipts are kept for their time after a ticket ends and then forgotten, an hour's worth at a time",
    "[desk]")
{
    Driver desk;
    desk.policies.desk.receipts_kept = 24h;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.contact(id, {.ref = "b"});
    desk.accept("ana", id);
    desk.complete("ana", id);
    const auto open = desk.feed({.ref = "c", .body = "broken"});
    desk.pass(24h + 59min);
    CHECK(first_answer(desk.state, "shop", "a").has_value());
    desk.pass(1min);
    CHECK_FALSE(first_answer(desk.state, "shop", "a").has_value());
    CHECK_FALSE(first_answer(desk.state, "shop", "b").has_value());
    CHECK(first_answer(desk.state, "shop", "c").has_value());
    CHECK(totals(desk.state).receipts == 1);
    CHECK(ticket_view(desk.state, open).has_value());
    CHECK(desk.feed({.ref = "a"}) == TicketId{3});  // new to the desk
}

TEST_CASE("a rule that waits may ask for words of the ticket", "[desk]")
{
    Driver desk;
    desk.policies.rulebook = load_rules(
        "stage: escalate\nrules:\n"
        "  - rule: fire\n    when: {text: fire, waiting: {at_least: 5m}}\n    then: {tags: [alarm]}\n"
        "  - rule: late\n    when: {waiting: {at_least: 6m}}\n    then: {tags: [late]}\n");
    desk.must(adoption_of(*desk.policies.rulebook));
    const auto burning = desk.feed({.ref = "a", .body = "fire!"});
    const auto other = desk.feed({.ref = "b", .body = "water"});
    desk.pass(6min);
    CHECK(desk.show(burning).routing.tags == std::vector<std::string>{"alarm", "late"});
    CHECK(desk.show(other).routing.tags == std::vector<std::string>{"late"});
}

TEST_CASE("with nothing to come the next deadline is never", "[desk]")
{
    Driver desk;
    CHECK(next_deadline(desk.policies, desk.state) == Instant::max());
}
