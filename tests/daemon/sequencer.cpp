#include "engine/daemon/sequencer.hpp"

#include "tests/daemon/test_desk.hpp"

using namespace triaged;
using namespace triaged::test;

namespace {

constexpr const char* ana_signs_in =
    R"({"op":"agent.sign_in","agent":"ana","skills":{"returns":3},"capacity":2})";

}  // namespace

TEST_CASE("an agent is pushed an offer, accepts it with its text, and completes it", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto ana = desk.client();
    const auto signed_in = ana.ask(ana_signs_in);
    CHECK(signed_in.at("presence").as_string() == "available");
    CHECK(signed_in.at("capacity").as_int64() == 2);
    CHECK(is_ok(desk.client().ask(ticket("r-1", R"(,"subject":"Broken","customer":{"id":"c-7"})"))));
    const auto offer = ana.push();
    CHECK(offer.at("event").as_string() == "offer");
    CHECK(offer.at("ticket").as_string() == "T-1");
    CHECK(offer.at("queue").as_string() == "returns");
    const auto accepted = ana.ask(R"({"op":"accept","agent":"ana","ticket":"T-1"})");
    CHECK(accepted.at("body").as_string() == "It came smashed");
    CHECK(accepted.at("subject").as_string() == "Broken");
    CHECK(accepted.at("customer").as_string() == "c-7");
    CHECK(is_ok(ana.ask(R"({"op":"complete","agent":"ana","ticket":"T-1","disposition":"refunded"})")));
    CHECK(code_of(ana.ask(R"({"op":"show","ticket":"T-1"})")) == "unknown_ticket");
}

TEST_CASE("another connection of the same agent hears how an offer ended", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto desktop = desk.client();
    auto phone = desk.client();
    REQUIRE(is_ok(desktop.ask(ana_signs_in)));
    REQUIRE(is_ok(phone.ask(ana_signs_in)));
    REQUIRE(is_ok(desk.client().ask(ticket("r-1"))));
    CHECK(phone.push().at("event").as_string() == "offer");
    CHECK(is_ok(desktop.ask(R"({"op":"accept","agent":"ana","ticket":"T-1"})")));
    const auto ended = phone.push();
    CHECK(ended.at("event").as_string() == "offer_ended");
    CHECK(ended.at("why").as_string() == "accepted");
}

TEST_CASE("who was offered a ticket that another took is told that the offer is withdrawn", "[daemon]")
{
    TestDesk desk;
    desk.adjust = [](auto& c) { c.desk.queues.at(QueueName("returns")).offers = 2; };
    desk.start();
    auto ana = desk.client();
    auto ben = desk.client();
    REQUIRE(is_ok(ana.ask(ana_signs_in)));
    REQUIRE(is_ok(ben.ask(R"({"op":"agent.sign_in","agent":"ben","skills":{"returns":1}})")));
    REQUIRE(is_ok(desk.client().ask(ticket("r-1"))));
    CHECK(ana.push().at("event").as_string() == "offer");
    CHECK(ben.push().at("event").as_string() == "offer");
    CHECK(is_ok(ben.ask(R"({"op":"accept","agent":"ben","ticket":"T-1"})")));
    const auto ended = ana.push();
    CHECK(ended.at("event").as_string() == "offer_ended");
    CHECK(ended.at("why").as_string() == "withdrawn");
    CHECK(code_of(ana.ask(R"({"op":"accept","agent":"ana","ticket":"T-1"})")) == "no_offer");
}

TEST_CASE("an agent whose last connection closes is away, and the offer goes to the next", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto bob = desk.client();
    {
        auto ana = desk.client();
        REQUIRE(is_ok(ana.ask(ana_signs_in)));
        REQUIRE(is_ok(desk.client().ask(ticket("r-1"))));
        REQUIRE(ana.push().at("event").as_string() == "offer");
        REQUIRE(is_ok(bob.ask(R"({"op":"agent.sign_in","agent":"bob","skills":{"returns":1}})")));
    }
    CHECK(bob.push().at("ticket").as_string() == "T-1");
    const auto agents = bob.ask(R"({"op":"agents"})").at("agents").as_array();
    CHECK(agents.at(0).at("presence").as_string() == "away");
}

TEST_CASE("after a restart agents are away until they sign in again", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto ana = desk.client();
    REQUIRE(is_ok(ana.ask(ana_signs_in)));
    REQUIRE(is_ok(ana.ask(ticket("r-1"))));
    REQUIRE(ana.push().at("event").as_string() == "offer");
    desk.restart();
    auto again = desk.client();
    CHECK(again.ask(R"({"op":"show","ticket":"T-1"})").at("phase").as_string() == "waiting");
    REQUIRE(is_ok(again.ask(ana_signs_in)));
    CHECK(again.push().at("ticket").as_string() == "T-1");
}

TEST_CASE("an offer that nobody answers expires by itself", "[daemon]")
{
    TestDesk desk;
    desk.adjust = [](auto& c) { c.desk.offer_ttl = std::chrono::milliseconds{50}; };
    desk.start();
    auto ana = desk.client();
    REQUIRE(is_ok(ana.ask(ana_signs_in)));
    REQUIRE(is_ok(desk.client().ask(ticket("r-1"))));
    REQUIRE(ana.push().at("event").as_string() == "offer");
    const auto ended = ana.push();
    CHECK(ended.at("event").as_string() == "offer_ended");
    CHECK(ended.at("why").as_string() == "expired");
    CHECK(code_of(ana.ask(R"({"op":"accept","agent":"bob","ticket":"T-1"})")) == "unknown_agent");
}

TEST_CASE("what the desk refuses has its code and repeats ref and id", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    REQUIRE(is_ok(client.ask(ana_signs_in)));
    CHECK(code_of(client.ask(R"({"op":"accept","agent":"ana","ticket":"T-5"})")) == "unknown_ticket");
    const auto contact =
        client.ask(R"({"op":"contact","ticket":"T-77","ref":"r","channel":"chat","body":"x","id":"i"})");
    CHECK(code_of(contact) == "unknown_ticket");
    CHECK(contact.at("ref").as_string() == "r");
    CHECK(contact.at("id").as_string() == "i");
    REQUIRE(is_ok(client.ask(ticket("r-1"))));
    CHECK(code_of(client.ask(R"({"op":"complete","agent":"ana","ticket":"T-1"})")) == "not_assigned");
}

TEST_CASE("a ticket's explanation names the rule that placed it", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    REQUIRE(is_ok(client.ask(ticket("r-1"))));
    const auto live = client.ask(R"({"op":"explain","ticket":"T-1"})");
    const auto draft = client.ask(R"({"op":"explain","channel":"email","body":"It came smashed"})");
    for (const auto& reply : {live, draft}) {
        CHECK(reply.at("explanation").at("routing").at("queue").as_string() == "returns");
        CHECK_THAT(std::string(reply.at("text").as_string()), Catch::Contains("smashed"));
    }
    CHECK(live.at("decided").at("queue").as_string() == "returns");
    CHECK(live.at("decided").at("rules").as_array().at(0).as_string() == "smashed");
    CHECK_THAT(std::string(live.at("text").as_string()), Catch::StartsWith("decided  queue returns"));
    CHECK_FALSE(draft.contains("decided"));
    CHECK_FALSE(live.at("decided").as_object().contains("moved_from"));
    REQUIRE(is_ok(client.ask(R"({"op":"requeue","ticket":"T-1","queue":"general"})")));
    const auto moved = client.ask(R"({"op":"explain","ticket":"T-1"})");
    CHECK(moved.at("decided").at("queue").as_string() == "general");
    CHECK(moved.at("decided").at("moved_from").as_string() == "returns");
    CHECK_THAT(std::string(moved.at("text").as_string()), Catch::StartsWith("decided  queue returns") &&
                                                              Catch::Contains("; now on general") &&
                                                              Catch::Contains("as of now, by the rules"));
    CHECK(client.ask(ticket("r-2")).at("ticket").as_string() == "T-2");
}

TEST_CASE("operators see queues, a ticket and the counters", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    REQUIRE(is_ok(client.ask(ticket("r-1"))));
    REQUIRE(is_ok(client.ask(ticket("r-1"))));
    client.ask("not json");
    const auto queues = client.ask(R"({"op":"queues"})").at("queues").as_array();
    CHECK(queues.at(1).at("name").as_string() == "returns");
    CHECK(queues.at(1).at("waiting").as_int64() == 1);
    CHECK(client.ask(R"({"op":"show","ticket":"T-1"})").at("rules").as_array().at(0).as_string() ==
          "smashed");
    const auto stats = client.ask(R"({"op":"stats"})");
    CHECK(stats.at("accepted").as_int64() == 1);
    CHECK(stats.at("duplicates").as_int64() == 1);
    CHECK(stats.at("errors").at("bad_json").as_int64() == 1);
    CHECK(stats.at("open").as_int64() == 1);
}

TEST_CASE("a customer's facts come by themselves too, and a contact joins its ticket", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    CHECK(
        client.ask(R"({"op":"customer","customer":{"id":"c-7","tier":"vip"}})").at("customer").as_string() ==
        "c-7");
    REQUIRE(is_ok(client.ask(ticket("r-1"))));
    const auto joined =
        client.ask(R"({"op":"contact","ticket":"T-1","ref":"r-2","channel":"chat","body":"And late"})");
    CHECK(joined.at("joined").as_bool());
    CHECK(joined.at("ticket").as_string() == "T-1");
}
