#include "engine/daemon/session.hpp"

#include "tests/daemon/test_desk.hpp"

using namespace triaged;
using namespace triaged::test;

TEST_CASE("replies come in the order of the requests, refusals among them", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    std::string lines;
    for (int i = 0; i < 400; ++i) {
        switch (i % 4) {
            case 0:
                lines += ticket("r-" + std::to_string(i), ",\"id\":" + std::to_string(i));
                break;
            case 1:
                lines += R"({"op":"show","ticket":"T-999999","id":)" + std::to_string(i) + "}";
                break;
            case 2:
                lines +=
                    R"({"op":"explain","channel":"chat","body":"smashed","id":)" + std::to_string(i) + "}";
                break;
            default:
                lines += R"({"op":"ping","bogus":1,"id":)" + std::to_string(i) + "}";
        }
        lines += '\n';
    }
    client.send(lines);
    for (int i = 0; i < 400; ++i) {
        const auto reply = client.reply();
        REQUIRE(reply.at("id").as_int64() == i);
        if (i % 4 == 1) REQUIRE(code_of(reply) == "unknown_ticket");
        if (i % 4 == 3) REQUIRE(code_of(reply) == "unknown_field");
        if (i % 4 == 3) REQUIRE(reply.at("error").at("line").as_int64() == i + 1);
    }
}

TEST_CASE("a bad line never harms the next", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    client.send("not json\n\n{\"op\":\"ping\"\n\xff\xfe\n{\"op\":\"ping\"}\n");
    CHECK(code_of(client.reply()) == "bad_json");
    CHECK(code_of(client.reply()) == "bad_json");
    CHECK(code_of(client.reply()) == "bad_json");
    CHECK(code_of(client.reply()) == "bad_utf8");
    CHECK(is_ok(client.reply()));
}

TEST_CASE("an over-long line is answered, then the connection closes, and others go on", "[daemon]")
{
    TestDesk desk;
    desk.adjust = [](auto& c) { c.limits.line_bytes_max = 1'000; };
    desk.start();
    auto other = desk.client();
    auto client = desk.client();
    client.send(ticket("r-1") + "\n" + std::string(5'000, 'x'));
    CHECK(is_ok(client.reply()));
    const auto reply = client.reply();
    CHECK(code_of(reply) == "line_too_long");
    CHECK(reply.at("error").at("line").as_int64() == 2);
    CHECK(client.closed());
    CHECK(is_ok(other.ask(R"({"op":"ping"})")));
}

TEST_CASE("connections whose reading ends before their writing begins are answered too", "[daemon]")
{
    // The strand may run the reader to its end while the thread that accepted still starts the writer.
    TestDesk desk;
    desk.adjust = [](auto& c) { c.limits.line_bytes_max = 1'000; };
    desk.start();
    for (int i = 0; i < 200; ++i) {
        auto client = desk.client();
        client.send(std::string(5'000, 'x'));
        CHECK(code_of(client.reply()) == "line_too_long");
        CHECK(client.closed());
    }
}

TEST_CASE("a last line without its newline is answered when the peer stops sending", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    client.send(ticket("r-1"));
    client.end_sending();
    CHECK(is_ok(client.reply()));
    CHECK(client.closed());
}

TEST_CASE("a peer that does not read is not read from, and loses nothing", "[daemon]")
{
    TestDesk desk;
    desk.adjust = [](auto& c) { c.limits.unsent_bytes_max = 10'000, c.limits.in_flight_max = 64; };
    desk.start();
    auto client = desk.client();
    std::string lines;
    for (int i = 0; i < 3'000; ++i) lines += "{\"op\":\"ping\",\"id\":" + std::to_string(i) + "}\n";
    client.send(lines);
    for (int i = 0; i < 3'000; ++i) REQUIRE(client.reply().at("id").as_int64() == i);
}

TEST_CASE("beyond the limit of connections a new one is told so", "[daemon]")
{
    TestDesk desk;
    desk.adjust = [](auto& c) { c.limits.sessions_max = 1; };
    desk.start();
    auto first = desk.client();
    REQUIRE(is_ok(first.ask(R"({"op":"ping"})")));
    auto second = desk.client();
    CHECK(code_of(second.reply()) == "unavailable");
    CHECK(second.closed());
}

TEST_CASE("with tokens a connection says first who it is, and may do what its role may", "[daemon]")
{
    TestDesk desk;
    desk.adjust = [](auto& c) {
        c.tokens = {{"shop", "feed-me", config::Role::feeder, ""},
                    {"ana-desktop", "serve-me", config::Role::agent, "ana"},
                    {"night", "watch-me", config::Role::ops, ""}};
    };
    desk.start();
    SECTION("a feeder feeds under its own name")
    {
        auto client = desk.client();
        const auto granted = client.ask(R"({"op":"auth","token":"feed-me","id":1})");
        CHECK(granted.at("role").as_string() == "feeder");
        CHECK(granted.at("name").as_string() == "shop");
        CHECK(is_ok(client.ask(ticket("r-1", R"(,"source":"somebody-else")"))));
        CHECK(code_of(client.ask(R"({"op":"stats"})")) == "forbidden");
        CHECK(code_of(client.ask(R"({"op":"accept","agent":"ana","ticket":"T-1"})")) == "forbidden");
        for (const auto& event : desk.journal())
            if (const auto* const opened = std::get_if<TicketOpened>(&event.what))
                CHECK(opened->contact.source == "shop");
    }
    SECTION("an agent's token acts for that agent alone")
    {
        auto client = desk.client();
        CHECK(is_ok(client.ask(R"({"op":"auth","token":"serve-me"})")));
        CHECK(is_ok(client.ask(R"({"op":"agent.sign_in","agent":"ana"})")));
        CHECK(code_of(client.ask(R"({"op":"agent.sign_in","agent":"bob"})")) == "forbidden");
        CHECK(code_of(client.ask(ticket("r-1"))) == "forbidden");
    }
    SECTION("operators look and reload")
    {
        auto client = desk.client();
        CHECK(is_ok(client.ask(R"({"op":"auth","token":"watch-me"})")));
        CHECK(is_ok(client.ask(R"({"op":"queues"})")));
        CHECK(code_of(client.ask(ticket("r-1"))) == "forbidden");
    }
    SECTION("no token, no service")
    {
        auto client = desk.client();
        CHECK(code_of(client.ask(R"({"op":"ping"})")) == "unauthorised");
        CHECK(client.closed());
    }
    SECTION("a wrong token closes the connection")
    {
        auto client = desk.client();
        CHECK(code_of(client.ask(R"({"op":"auth","token":"feed-mf"})")) == "unauthorised");
        CHECK(client.closed());
    }
}
