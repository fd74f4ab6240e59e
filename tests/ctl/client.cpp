#include "engine/ctl/client.hpp"

#include <catch2/catch.hpp>

#include "tests/ctl/fake_daemon.hpp"

using namespace triaged;
using namespace triaged::ctl;

TEST_CASE("endpoints are an address or a Unix socket", "[ctl]")
{
    CHECK(parse_endpoint("127.0.0.1:7070") == Endpoint{"127.0.0.1", 7070, {}});
    CHECK(parse_endpoint("[::1]:1") == Endpoint{"::1", 1, {}});
    CHECK(parse_endpoint("unix:/run/triaged.sock") == Endpoint{{}, 0, "/run/triaged.sock"});
    for (const auto* text : {"", "localhost", "unix:", "localhost:0"}) {
        INFO(text);
        REQUIRE_FALSE(parse_endpoint(text));
        CHECK(parse_endpoint(text).error().code == ErrorCode::bad_value);
    }
    for (const auto* text : {"127.0.0.1:7070", "[::1]:1", "unix:/s"})
        CHECK(to_string(*parse_endpoint(text)) == text);
}

TEST_CASE("a request gets its reply", "[ctl]")
{
    FakeDaemon daemon([](const std::string&) { return "{\"ok\":true,\"op\":\"ping\"}\n"; });
    auto connection = Connection::open(daemon.endpoint(), {});
    REQUIRE(connection);
    const auto reply = connection->request({{"op", "ping"}});
    REQUIRE(reply);
    CHECK(reply->at("op") == "ping");
    CHECK(daemon.lines() == std::vector<std::string>{R"({"op":"ping"})"});
}

TEST_CASE("replies that arrive together are read one by one", "[ctl]")
{
    FakeDaemon daemon([](const std::string&) { return "one\ntwo\nthree"; });
    auto connection = Connection::open(daemon.endpoint(), {});
    REQUIRE(connection);
    REQUIRE(connection->send("go\n"));
    CHECK(connection->receive().value() == "one");
    CHECK(connection->has_line());
    CHECK(connection->receive().value() == "two");
    CHECK_FALSE(connection->has_line());
}

TEST_CASE("the token is sent before anything else", "[ctl]")
{
    FakeDaemon daemon([](const std::string& line) {
        return line.find("open-sesame") != std::string::npos ? "{\"ok\":true,\"role\":\"ops\"}\n"
                                                             : "{\"ok\":false}\n";
    });
    CHECK(Connection::open(daemon.endpoint(), "open-sesame"));
    const auto refused = Connection::open(daemon.endpoint(), "wrong");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::unauthorised);
}

TEST_CASE("nobody there is unavailable, and says where", "[ctl]")
{
    const auto endpoint = GENERATE(values<Endpoint>({
        {"127.0.0.1", 1, {}},
        {{}, 0, "/nowhere/socket"},
        {{}, 0, "/" + std::string(200, 'x')},
    }));
    const auto connection = Connection::open(endpoint, {});
    REQUIRE_FALSE(connection);
    CHECK(connection.error().code == ErrorCode::unavailable);
    CHECK_THAT(connection.error().message, Catch::Contains("cannot connect to " + to_string(endpoint)));
}

TEST_CASE("a connection that closes is unavailable", "[ctl]")
{
    FakeDaemon daemon([](const std::string&) { return std::nullopt; });
    auto connection = Connection::open(daemon.endpoint(), {});
    REQUIRE(connection);
    const auto reply = connection->request({{"op", "ping"}});
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == ErrorCode::unavailable);
}

TEST_CASE("waiting for a reply ends when time is up", "[ctl]")
{
    FakeDaemon daemon([](const std::string&) { return ""; });
    auto connection = Connection::open(daemon.endpoint(), {});
    REQUIRE(connection);
    const auto line = connection->receive(Duration{1});
    REQUIRE_FALSE(line);
    CHECK_THAT(line.error().message, Catch::Contains("no answer in"));
}

TEST_CASE("a reply that is not JSON is an error, not a reply", "[ctl]")
{
    FakeDaemon daemon([](const std::string&) { return "HTTP/1.1 400 Bad Request\n"; });
    auto connection = Connection::open(daemon.endpoint(), {});
    REQUIRE(connection);
    CHECK(connection->request({{"op", "ping"}}).error().code == ErrorCode::bad_json);
}
