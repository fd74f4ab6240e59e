#include "engine/daemon/watchers.hpp"

#include "tests/daemon/test_desk.hpp"

using namespace triaged;
using namespace triaged::test;

TEST_CASE("a watcher sees events as they happen, without the tickets' text", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto watcher = desk.client();
    const auto from = watcher.ask(R"({"op":"watch"})").at("seq").as_int64();
    REQUIRE(is_ok(desk.client().ask(ticket("r-1"))));
    const auto opened = watcher.push();
    CHECK(opened.at("event").as_string() == "ticket_opened");
    CHECK(opened.at("seq").as_int64() == from + 1);
    CHECK_FALSE(opened.contains("body"));
    const auto routed = watcher.push();
    CHECK(routed.at("event").as_string() == "ticket_routed");
    CHECK(routed.at("rules").as_array().at(0).as_string() == "smashed");
}

TEST_CASE("a watcher that comes back sees every event after the last it saw, once", "[daemon]")
{
    TestDesk desk;
    desk.adjust = [](auto& c) { c.limits.pushed_events_max = 64; };
    desk.start();
    auto feeder = desk.client();
    for (int i = 0; i < 200; ++i) REQUIRE(is_ok(feeder.ask(ticket("r-" + std::to_string(i)))));
    desk.restart();
    auto watcher = desk.client();
    CHECK(watcher.ask(R"({"op":"watch","from":10})").at("seq").as_int64() == 10);
    for (int seq = 11; seq <= 401; ++seq) REQUIRE(watcher.push().at("seq").as_int64() == seq);
    REQUIRE(is_ok(desk.client().ask(ticket("new"))));
    CHECK(watcher.push().at("seq").as_int64() == 402);
}

TEST_CASE("a watcher may ask for some kinds of events only", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto watcher = desk.client();
    watcher.ask(R"({"op":"watch","events":["ticket_routed"]})");
    REQUIRE(is_ok(watcher.ask(ticket("r-1"))));
    REQUIRE(is_ok(watcher.ask(ticket("r-2"))));
    CHECK(watcher.push().at("ticket").as_string() == "T-1");
    const auto second = watcher.push();
    CHECK(second.at("ticket").as_string() == "T-2");
    CHECK(second.at("event").as_string() == "ticket_routed");
}
