#include "engine/desk/settle.hpp"

#include "engine/desk/contest.hpp"

#include <fmt/format.h>

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

TEST_CASE("the least loaded agent by share of capacity is offered a ticket", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 3);
    desk.accept("ana", desk.feed({.ref = "a"}));
    desk.sign_in("ben", {}, 4);
    desk.accept("ben", desk.feed({.ref = "b"}));
    const auto id = desk.feed({.ref = "c"});
    CHECK(desk.offered_to(id) == "ben");  // 1/4 against 1/3
    CHECK(desk.all<OfferMade>().at(0).losers == std::vector<LosingCandidate>{{AgentId("ana"), "load"}});
}

TEST_CASE("of equally loaded agents the one idle longest is offered a ticket, then the first by id", "[desk]")
{
    Driver desk;
    desk.sign_in("cyd");
    desk.sign_in("ben");
    desk.now = desk.now + 1s;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    CHECK(desk.offered_to(id) == "ben");
    CHECK(desk.all<OfferMade>().at(0).losers ==
          std::vector<LosingCandidate>{{AgentId("cyd"), "id"}, {AgentId("ana"), "idle"}});
}

TEST_CASE("completing a ticket sets the idle clock back", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    desk.now = desk.now + 1s;
    desk.sign_in("ben");
    const auto first = desk.feed({.ref = "a"});
    desk.accept("ana", first);
    desk.now = desk.now + 1s;
    desk.complete("ana", first);
    CHECK(desk.offered_to(desk.feed({.ref = "b"})) == "ben");
}

TEST_CASE("at most eight losers are recorded, best first", "[desk]")
{
    Driver desk;
    for (const auto* id : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}) {
        desk.sign_in(id);
        desk.now = desk.now + 1s;
    }
    desk.feed({.ref = "x"});
    const auto losers = desk.all<OfferMade>().at(0).losers;
    REQUIRE(losers.size() == losing_candidates_max);
    CHECK(losers.front() == LosingCandidate{AgentId("b"), "idle"});
    CHECK(losers.back() == LosingCandidate{AgentId("i"), "idle"});
}

TEST_CASE("only agents with every skill at its level are offered a ticket", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {{"billing", 2}});
    desk.sign_in("ben", {{"billing", 3}});
    const auto plain = desk.feed({.ref = "a", .body = "refund"});
    const auto german = desk.feed({.ref = "b", .body = "refund", .language = "de"});
    CHECK(desk.offered_to(plain) == "ben");
    CHECK(desk.waits(german));
    CHECK(desk.agent("ana").used == 0);
}

TEST_CASE("urgent tickets go ahead by their head start and no further", "[desk]")
{
    Driver desk;
    const auto old = desk.feed({.ref = "a"});
    desk.now = desk.now + 31min;
    const auto plain = desk.feed({.ref = "b"});
    const auto angry = desk.feed({.ref = "c", .body = "angry"});  // counts as queued 30 minutes earlier
    desk.sign_in("ana", {}, 1);
    CHECK(desk.offered_to(old) == "ana");
    desk.sign_in("ben", {}, 1);
    CHECK(desk.offered_to(angry) == "ben");
    desk.sign_in("cyd", {}, 1);
    CHECK(desk.offered_to(plain) == "cyd");
}

TEST_CASE("tickets queued as of the same instant go by number", "[desk]")
{
    Driver desk;
    std::vector<TicketId> ids;
    for (int i = 0; i < 5; ++i)
        ids.push_back(desk.feed({.ref = std::to_string(i), .channel = Channel::email}));
    desk.sign_in("ana", {}, 2);
    CHECK(desk.agent("ana").offers == std::vector<TicketId>{ids[0], ids[1]});
}

TEST_CASE("a freed agent gets the first ticket over all queues they serve", "[desk]")
{
    Driver desk;
    const auto general = desk.feed({.ref = "a"});
    desk.now = desk.now + 1s;
    const auto returns = desk.feed({.ref = "b", .body = "broken"});
    desk.now = desk.now + 1s;
    const auto later = desk.feed({.ref = "c"});
    desk.sign_in("ana", {{"returns", 1}});
    desk.accept("ana", general);
    desk.complete("ana", general);
    CHECK(desk.offered_to(returns) == "ana");
    CHECK(desk.waits(later));
}

TEST_CASE("a call takes its units, all of an agent who has fewer, and holds back nobody else's ticket",
          "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 2);
    const auto chat = desk.feed({.ref = "a"});
    const auto call = desk.feed({.ref = "b", .channel = Channel::phone});
    const auto email = desk.feed({.ref = "c", .channel = Channel::email});
    CHECK(desk.offered_to(chat) == "ana");
    CHECK(desk.waits(call));  // no room beside the chat
    CHECK(desk.offered_to(email) == "ana");
    desk.accept("ana", chat);
    desk.accept("ana", email);
    desk.complete("ana", chat);
    CHECK(desk.waits(call));
    desk.complete("ana", email);
    CHECK(desk.offered_to(call) == "ana");
    CHECK(desk.show(call).units == 2);
    desk.sign_in("ben", {}, 9);
    const auto next = desk.feed({.ref = "d", .channel = Channel::phone});
    CHECK(desk.offered_to(next) == "ben");
    CHECK(desk.show(next).units == 4);
}

TEST_CASE("units are the channel's, all of a smaller capacity, and never nothing", "[desk]")
{
    DeskPolicy policy;
    CHECK(units_for(policy, Channel::phone, 8) == 4);
    CHECK(units_for(policy, Channel::phone, 2) == 2);
    CHECK(units_for(policy, Channel::chat, 2) == 1);
    policy.channel_units[0] = 0;
    CHECK(units_for(policy, Channel::faq, 2) == 1);
}

TEST_CASE("settle alone yields what step would do next, and changes nothing", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a"});
    CHECK_FALSE(settle(desk.policies, desk.state, desk.now).has_value());
    const auto events = decide(desk.policies, desk.state, SignInAgent{AgentId("ana"), "", {}, 1}, desk.now);
    REQUIRE(events.has_value());
    for (const auto& event : *events) evolve(desk.state, event);
    const auto offer = settle(desk.policies, desk.state, desk.now);
    REQUIRE(offer.has_value());
    CHECK(offer->seq == desk.state.head + 1);
    CHECK(std::get<OfferMade>(offer->what).ticket == id);
    CHECK(settle(desk.policies, desk.state, desk.now) == offer);
    evolve(desk.state, *offer);
    CHECK_FALSE(settle(desk.policies, desk.state, desk.now).has_value());
}

TEST_CASE("after a change of policy the next step finds what has become possible", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 4);
    desk.accept("ana", desk.feed({.ref = "a"}));
    const auto call = desk.feed({.ref = "b", .channel = Channel::phone});
    CHECK(desk.waits(call));
    desk.policies.desk.channel_units[3] = 3;
    policies_changed(desk.state);
    desk.tick();
    CHECK(desk.offered_to(call) == "ana");
}

TEST_CASE("an event about something unknown changes nothing but the place in history", "[desk]")
{
    Driver desk;
    const auto before = save(desk.state);
    const auto ticket = TicketId{9};
    const auto agent = AgentId("zoe");
    const std::vector<Happening> strange{TicketRouted{ticket, {}, {}, {}, Instant::max()},
                                         TicketEscalated{ticket, {}, 0, {}, {}, {}, {}, {}, "", {}},
                                         RecheckScheduled{ticket, {}, {}},
                                         ContactJoined{ticket, {}},
                                         PresenceSet{agent, Presence::away, ""},
                                         OfferMade{ticket, agent, 1, {}, {}},
                                         OfferAccepted{ticket, agent},
                                         OfferDeclined{ticket, agent, ""},
                                         OfferExpired{ticket, agent},
                                         TicketReturned{ticket, agent, ""},
                                         TicketCompleted{ticket, agent, ""},
                                         ReceiptsForgotten{}};
    const auto [head, at] = std::pair(desk.state.head, desk.state.at);
    for (const auto& what : strange) {
        INFO(name_of(what));
        evolve(desk.state, Event{head, at, what});
        CHECK(save(desk.state) == before);
    }
}

TEST_CASE("queues that share agents are served strictly by place, whatever their length", "[desk]")
{
    // One queue gets ten tickets to the other's one; agents who serve both take them in the order they came.
    Driver desk;
    std::vector<TicketId> fed;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 10; ++i) {
            fed.push_back(desk.feed({.ref = fmt::format("g-{}-{}", round, i)}));
            desk.now = desk.now + 1s;
        }
        fed.push_back(desk.feed({.ref = fmt::format("r-{}", round), .body = "broken"}));
        desk.now = desk.now + 1s;
    }
    desk.sign_in("ana", {{"returns", 1}});
    for (const auto id : fed) {
        REQUIRE(desk.offered_to(id) == "ana");
        desk.accept("ana", id);
        desk.complete("ana", id);
    }
}

namespace {

/// Dan serves until he is offered `ticket`. \return how many he has had by then, each of which came before
/// `bound`
std::size_t served_before(Driver& desk, TicketId ticket, Instant bound)
{
    std::size_t served = 0;
    while (desk.offered_to(ticket).empty()) {
        const auto head = desk.agent("dan").offers.at(0);
        CHECK(desk.show(head).enqueued_at < bound);
        desk.accept("dan", head);
        desk.complete("dan", head);
        ++served;
    }
    return served;
}

}  // namespace

TEST_CASE("nothing starves: what came later goes first only within its head start", "[desk]")
{
    // However many urgent tickets keep coming, a low one is overtaken only by those that came less than the
    // greatest head start after it.
    Driver desk;
    const auto low = desk.feed({.ref = "low"});
    const auto bound = desk.now + 2h;  // an urgent ticket's head start over this one
    desk.sign_in("ana");
    desk.decline("ana", low);
    desk.sign_in("ben");
    desk.presence("ana", Presence::away);
    desk.decline("ben", low);  // it waits for somebody else
    desk.presence("ben", Presence::away);
    desk.sign_in("cyd");
    desk.decline("cyd", low);
    desk.presence("cyd", Presence::away);
    std::vector<TicketId> urgent;
    for (int i = 0; i < 60; ++i) {
        urgent.push_back(desk.feed({.ref = fmt::format("u-{}", i), .customer = "c", .tier = "vip"}));
        desk.now = desk.now + 3min;
    }
    desk.sign_in("dan");
    CHECK(served_before(desk, low, bound) == 40);  // one every three minutes of two hours
}

namespace {

/// The order by SLA: an hour on `general`, ten minutes on `billing`, nothing promised on `returns`.
void order_by_sla(Driver& desk)
{
    desk.policies.desk.order = QueueOrder::sla;
    desk.policies.desk.due_within = 2h;
    desk.policies.desk.slas["hour"].goal(SlaTarget::wait).within = 1h;
    desk.policies.desk.slas["fast"].goal(SlaTarget::first_response).within = 10min;
    desk.queue("general").sla = "hour";
    desk.queue("billing").sla = "fast";
}

}  // namespace

TEST_CASE("in the order by SLA what is due first goes first", "[desk]")
{
    Driver desk;
    order_by_sla(desk);
    const auto start = desk.now;
    const auto unpromised = desk.feed({.ref = "r", .body = "broken"});
    const auto slow = desk.feed({.ref = "g"});
    desk.pass(5min);
    const auto fast = desk.feed({.ref = "b", .body = "refund"});
    const auto urgent = desk.feed({.ref = "u", .tier = "vip"});  // priority makes no difference by itself
    CHECK(desk.show(unpromised).queued_as == start + 2h);
    CHECK(desk.show(slow).queued_as == start + 1h);
    CHECK(desk.show(fast).queued_as == start + 15min);
    CHECK(desk.show(urgent).queued_as == start + 65min);
    const auto queues = queue_views(desk.policies.desk, desk.state, desk.now);
    CHECK(queues.at(2).oldest_enqueued_at == start);  // of `general`
    SECTION("across queues")
    {
        desk.sign_in("ana", {{"billing", 3}, {"returns", 1}});
        for (const auto id : {fast, slow, urgent, unpromised}) {
            REQUIRE(desk.offered_to(id) == "ana");
            desk.accept("ana", id);
            desk.complete("ana", id);
        }
    }
    SECTION("also once it is on a queue that promises more, and it never loses its place")
    {
        desk.must(RequeueTicket{unpromised, QueueName("general"), ""});
        CHECK(desk.show(unpromised).queued_as == start + 1h);  // from when it came: it has waited since
        desk.must(RequeueTicket{fast, QueueName("returns"), ""});
        CHECK(desk.show(fast).queued_as == start + 15min);
    }
}

TEST_CASE("nothing starves in the order by SLA, whatever is promised to others", "[desk]")
{
    Driver desk;
    order_by_sla(desk);
    const auto low = desk.feed({.ref = "low", .body = "broken"});
    const auto bound = desk.now + 2h;
    for (int i = 0; i < 60; ++i) {
        desk.feed({.ref = fmt::format("u-{}", i), .body = "refund"});
        desk.now = desk.now + 3min;
    }
    desk.sign_in("dan", {{"billing", 3}, {"returns", 1}});
    CHECK(served_before(desk, low, bound) == 37);  // one every three minutes of two hours, less ten minutes
}

TEST_CASE("a queue may offer one ticket to several agents at once, and the first to accept gets it", "[desk]")
{
    Driver desk;
    desk.queue("general").offers = 2;
    for (const auto* agent : {"ana", "ben", "cyd"}) desk.sign_in(agent, {}, 2);
    const auto id = desk.feed({.ref = "a"});
    const auto made = desk.all<OfferMade>();
    REQUIRE(made.size() == 2);
    CHECK(made[0].agent == AgentId("ana"));
    CHECK(made[1].agent == AgentId("ben"));
    CHECK(made[1].losers == std::vector<LosingCandidate>{{AgentId("cyd"), "id"}});
    CHECK(desk.show(id).agent == AgentId("ana"));
    CHECK(desk.show(id).also == std::vector{AgentId("ben")});
    const auto bytes = save(desk.state);
    const auto restored = restore(bytes);
    REQUIRE(restored);
    CHECK(save(*restored) == bytes);

    SECTION("the others' offers are withdrawn, and hold nothing of them any more")
    {
        desk.accept("ben", id);
        CHECK(desk.names() == std::vector<std::string>{"offer_withdrawn", "offer_accepted"});
        CHECK(desk.all<OfferWithdrawn>().at(0).agent == AgentId("ana"));
        CHECK(desk.agent("ana").used == 0);
        CHECK(desk.agent("ben").used == 1);
        CHECK(desk.refused(AcceptOffer{AgentId("ana"), id}) == ErrorCode::no_offer);
        CHECK(desk.show(id).agent == AgentId("ben"));
        CHECK(desk.show(id).also.empty());
    }
    SECTION("who declines leaves it with the others; the last to decline, with those who were not asked")
    {
        desk.decline("ana", id);
        CHECK(desk.show(id).agent == AgentId("ben"));
        CHECK(desk.all<OfferMade>().empty());
        desk.decline("ben", id);
        CHECK(desk.offered_to(id) == "cyd");
        CHECK(desk.show(id).also.empty());
    }
    SECTION("they expire together, and each has missed one")
    {
        desk.pass(30s);
        CHECK(desk.all_of<OfferExpired>(desk.history).size() == 2);
        CHECK(desk.agent("ana").missed == 1);
        CHECK(desk.agent("ben").missed == 1);
        CHECK(desk.offered_to(id) == "cyd");  // who has not missed it comes first
        CHECK(desk.show(id).also == std::vector{AgentId("ana")});
    }
    SECTION("who goes takes only their own offer along")
    {
        desk.presence("ana", Presence::away);
        CHECK(desk.show(id).agent == AgentId("ben"));
        CHECK(desk.show(id).phase == TicketPhase::offered);
    }
    SECTION("moved elsewhere, it is offered to nobody from before")
    {
        desk.queue("floor").pull = true;
        desk.must(RequeueTicket{id, QueueName("floor"), ""});
        CHECK(desk.waits(id));
        CHECK(desk.agent("ana").used + desk.agent("ben").used == 0);
    }
    SECTION("and the next ticket is offered to those who have room")
    {
        const auto next = desk.feed({.ref = "b"});
        CHECK(desk.show(next).agent == AgentId("cyd"));
        CHECK(desk.show(next).also == std::vector{AgentId("ana")});
    }
}
