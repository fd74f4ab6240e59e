#include "engine/desk/contest.hpp"

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

using Losers = std::vector<LosingCandidate>;

Losers losers(const Driver& desk) { return desk.all<OfferMade>().at(0).losers; }

}  // namespace

TEST_CASE("by longest_idle nobody with work comes before somebody without", "[desk]")
{
    Driver desk;
    desk.queue("general").strategy = Strategy::longest_idle;
    desk.sign_in("ana", {}, 4);
    desk.accept("ana", desk.feed({.ref = "a"}));
    desk.now = desk.now + 1min;
    desk.sign_in("ben", {}, 2);
    desk.now = desk.now + 1s;
    desk.sign_in("cyd", {}, 2);
    CHECK(desk.offered_to(desk.feed({.ref = "b"})) == "ben");
    CHECK(losers(desk) == Losers{{AgentId("cyd"), "idle"}, {AgentId("ana"), "idle"}});
    CHECK(desk.offered_to(desk.feed({.ref = "c"})) == "cyd");
    CHECK(desk.offered_to(desk.feed({.ref = "d"})) == "ana");  // all have work now, she has been here longest
}

TEST_CASE("by best_skill the levels of what the ticket needs add up, and nothing else counts", "[desk]")
{
    Driver desk;
    desk.queue("billing").strategy = Strategy::best_skill;
    desk.sign_in("ana", {{"billing", 3}, {"german", 3}, {"senior", 5}}, 2);
    desk.sign_in("ben", {{"billing", 4}, {"german", 5}}, 2);
    desk.sign_in("cyd", {{"billing", 5}, {"german", 2}}, 2);
    const Fed fed{.ref = "a", .body = "refund", .language = "de"};
    CHECK(desk.offered_to(desk.feed(fed)) == "ben");
    CHECK(losers(desk) == Losers{{AgentId("cyd"), "skill"}, {AgentId("ana"), "skill"}});
    CHECK(desk.offered_to(desk.feed({.ref = "b", .body = "refund"})) == "cyd");  // german is not needed
}

TEST_CASE("equal skill is decided by load", "[desk]")
{
    Driver desk;
    desk.queue("returns").strategy = Strategy::best_skill;
    desk.sign_in("ana", {{"returns", 2}}, 2);
    desk.sign_in("ben", {{"returns", 2}, {"german", 1}}, 2);
    CHECK(desk.offered_to(desk.feed({.ref = "a", .body = "broken"})) == "ana");
    CHECK(desk.offered_to(desk.feed({.ref = "b", .body = "broken"})) == "ben");
    CHECK(losers(desk) == Losers{{AgentId("ana"), "load"}});
}

TEST_CASE("by round_robin offers go round, whoever is how loaded", "[desk]")
{
    Driver desk;
    desk.queue("general").strategy = Strategy::round_robin;
    desk.sign_in("ana", {}, 9);
    desk.sign_in("ben", {}, 3);
    desk.sign_in("cyd", {{"senior", 1}}, 3);
    std::vector<std::string> order;
    for (const auto* ref : {"a", "b", "c", "d", "e"})
        order.push_back(desk.offered_to(desk.feed({.ref = ref})));
    CHECK(order == std::vector<std::string>{"ana", "ben", "cyd", "ana", "ben"});
    CHECK(losers(desk) == Losers{{AgentId("cyd"), "turn"}, {AgentId("ana"), "turn"}});
}

TEST_CASE("a customer's last agent comes first for as long as the queue says", "[desk]")
{
    Driver desk;
    desk.queue("general").sticky = 7 * 24h;
    desk.sign_in("ana", {}, 4);
    const auto first = desk.feed({.ref = "a", .customer = "c-1"});
    desk.accept("ana", first);
    desk.complete("ana", first);
    desk.sign_in("ben", {}, 4);
    desk.accept("ana", desk.feed({.ref = "b", .customer = "c-2"}));  // now more loaded than ben
    CHECK(desk.offered_to(desk.feed({.ref = "c", .customer = "c-1"})) == "ana");
    CHECK(losers(desk) == Losers{{AgentId("ben"), "sticky"}});
    CHECK(desk.offered_to(desk.feed({.ref = "d", .customer = "c-3"})) == "ben");
    CHECK(losers(desk) == Losers{{AgentId("ana"), "load"}});
}

TEST_CASE("stickiness ends with its time, and with the agent's room, presence and skill", "[desk]")
{
    Driver desk;
    desk.queue("general").sticky = 1h;
    desk.sign_in("ana", {}, 1);
    const auto first = desk.feed({.ref = "a", .customer = "c-1"});
    desk.accept("ana", first);
    desk.complete("ana", first);
    SECTION("time")
    {
        desk.now = desk.now + 30min;
        desk.sign_in("ben", {}, 1);
        desk.now = desk.now + 30min;
        desk.sign_in("ana", {}, 2);
        desk.accept("ana", desk.feed({.ref = "b", .customer = "c-2"}));
        CHECK(desk.offered_to(desk.feed({.ref = "c", .customer = "c-1"})) == "ben");
    }
    SECTION("room")
    {
        desk.accept("ana", desk.feed({.ref = "b"}));
        desk.sign_in("ben", {}, 1);
        CHECK(desk.offered_to(desk.feed({.ref = "c", .customer = "c-1"})) == "ben");
    }
    SECTION("presence")
    {
        desk.sign_in("ben", {}, 1);
        desk.presence("ana", Presence::away);
        CHECK(desk.offered_to(desk.feed({.ref = "c", .customer = "c-1"})) == "ben");
    }
    SECTION("skill")
    {
        desk.sign_in("ben", {{"german", 2}}, 1);
        CHECK(desk.offered_to(desk.feed({.ref = "c", .customer = "c-1", .language = "de"})) == "ben");
    }
    SECTION("a missed offer")
    {
        desk.sign_in("ben", {}, 1);
        const auto next = desk.feed({.ref = "c", .customer = "c-1"});
        CHECK(desk.offered_to(next) == "ana");
        desk.pass(desk.policies.desk.offer_ttl);
        CHECK(desk.offered_to(next) == "ben");
        CHECK(losers(desk) == Losers{{AgentId("ana"), "missed"}});
    }
}

TEST_CASE("a customer's last agent is found however many are less loaded", "[desk]")
{
    Driver desk;
    desk.queue("general").sticky = 1h;
    desk.sign_in("zoe", {}, 3);
    desk.accept("zoe", desk.feed({.ref = "a", .customer = "c-1"}));
    for (int i = 0; i < 30; ++i) desk.sign_in("agent-" + std::to_string(i), {}, 3);
    CHECK(desk.offered_to(desk.feed({.ref = "b", .customer = "c-1"})) == "zoe");
    CHECK(losers(desk).size() == losing_candidates_max);
    CHECK(losers(desk).front().key == "sticky");
}

namespace {

/// A desk on which whoever works on mail may be interrupted.
Driver interruptible_desk()
{
    Driver desk;
    desk.policies.desk.interruptible[static_cast<std::size_t>(Channel::email)] = true;
    desk.must(adoption_of(*desk.policies.rulebook));
    return desk;
}

}  // namespace

TEST_CASE("who works on mail is offered a call above their capacity, and keeps the mail", "[desk]")
{
    auto desk = interruptible_desk();
    desk.sign_in("ana", {}, 2);
    const auto first = desk.feed({.ref = "a", .channel = Channel::email});
    const auto second = desk.feed({.ref = "b", .channel = Channel::email});
    desk.accept("ana", first);
    desk.accept("ana", second);
    const auto third = desk.feed({.ref = "c", .channel = Channel::email});
    CHECK(desk.waits(third));
    const auto call = desk.feed({.ref = "d", .channel = Channel::phone});
    CHECK(desk.offered_to(call) == "ana");
    desk.accept("ana", call);
    CHECK(desk.agent("ana").used == 4);
    CHECK(desk.agent("ana").assigned == std::vector{first, second, call});
    const auto bytes = save(desk.state);
    const auto restored = restore(bytes);
    REQUIRE(restored);
    CHECK(save(*restored) == bytes);
    const auto other = desk.feed({.ref = "e", .channel = Channel::chat});
    CHECK(desk.waits(other));  // at a call nobody is interrupted
    desk.complete("ana", call);
    CHECK(desk.offered_to(other) == "ana");
    CHECK(desk.waits(third));
}

TEST_CASE("who need not be interrupted comes first, even before the customer's last agent", "[desk]")
{
    auto desk = interruptible_desk();
    desk.queue("general").sticky = 24h;
    desk.sign_in("ana", {}, 1);
    const auto mail = desk.feed({.ref = "a", .channel = Channel::email, .customer = "c-1"});
    desk.accept("ana", mail);
    desk.sign_in("ben", {}, 4);
    const auto other = desk.feed({.ref = "b", .channel = Channel::chat});
    desk.accept("ben", other);
    const auto chat = desk.feed({.ref = "c", .channel = Channel::chat, .customer = "c-1"});
    CHECK(desk.offered_to(chat) == "ben");
    CHECK(desk.all<OfferMade>().at(0).losers == std::vector<LosingCandidate>{{AgentId("ana"), "interrupts"}});
}

TEST_CASE("of those who would be interrupted, who has least else to do is", "[desk]")
{
    auto desk = interruptible_desk();
    const auto strategy = GENERATE(Strategy::least_loaded, Strategy::longest_idle, Strategy::round_robin);
    desk.sign_in("ana", {}, 4);
    const auto chat = desk.feed({.ref = "a", .channel = Channel::chat});
    desk.accept("ana", chat);
    for (const auto* ref : {"b", "c", "d"}) {
        const auto mail = desk.feed({.ref = ref, .channel = Channel::email});
        desk.accept("ana", mail);
    }
    desk.sign_in("ben", {}, 2);
    for (const auto* ref : {"e", "f"}) {
        const auto mail = desk.feed({.ref = ref, .channel = Channel::email});
        desk.accept("ben", mail);
    }
    desk.queue("general").strategy = strategy;
    const auto next = desk.feed({.ref = "g", .channel = Channel::chat});
    CHECK(desk.offered_to(next) == "ben");
    CHECK(desk.all<OfferMade>().at(0).losers == std::vector<LosingCandidate>{{AgentId("ana"), "load"}});
}

TEST_CASE("mail taken before interruptions were allowed is not interrupted", "[desk]")
{
    Driver desk;
    desk.sign_in("ana", {}, 1);
    const auto mail = desk.feed({.ref = "a", .channel = Channel::email});
    desk.accept("ana", mail);
    desk.policies.desk.interruptible[static_cast<std::size_t>(Channel::email)] = true;
    desk.must(adoption_of(*desk.policies.rulebook));
    CHECK(desk.all<InterruptionsAllowed>().at(0).channels == std::vector{Channel::email});
    CHECK(desk.waits(desk.feed({.ref = "b", .channel = Channel::chat})));
}
