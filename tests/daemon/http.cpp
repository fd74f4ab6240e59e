#include "engine/daemon/http.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/daemon/test_desk.hpp"

using namespace triaged;
using namespace triaged::test;

namespace {

/// Sends `request` to the daemon's HTTP port and reads all it answers.
std::string talk(TestDesk& desk, const std::string& request)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(desk.daemon().http_port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::send(socket, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size()));
    std::string answer, bytes(4'096, '\0');
    for (ssize_t size = 0; (size = ::recv(socket, bytes.data(), bytes.size(), 0)) > 0;)
        answer.append(bytes, 0, static_cast<std::size_t>(size));
    ::close(socket);
    return answer;
}

std::string get(TestDesk& desk, const std::string& target)
{
    return talk(desk, "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

void serve_http(config::Config& config) { config.listen_http = config::TcpAddress{"127.0.0.1", 0}; }

}  // namespace

TEST_CASE("health and readiness are pages, and only GET is answered", "[daemon]")
{
    TestDesk desk;
    desk.adjust = serve_http;
    desk.start();
    CHECK_THAT(get(desk, "/healthz"), Catch::StartsWith("HTTP/1.1 200"));
    CHECK_THAT(get(desk, "/readyz"), Catch::StartsWith("HTTP/1.1 200"));
    CHECK_THAT(get(desk, "/tickets"), Catch::StartsWith("HTTP/1.1 404"));
    CHECK_THAT(talk(desk, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
               Catch::StartsWith("HTTP/1.1 405"));
}

TEST_CASE("what is not HTTP, or too much of it, is hung up on", "[daemon]")
{
    TestDesk desk;
    desk.adjust = serve_http;
    desk.start();
    CHECK(talk(desk, "{\"op\":\"ping\"}\r\n\r\n").empty());
    CHECK(talk(desk, "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n").empty());
    CHECK_THAT(get(desk, "/healthz"), Catch::StartsWith("HTTP/1.1 200"));
}

TEST_CASE("metrics count tickets, refusals and queues", "[daemon]")
{
    TestDesk desk;
    desk.adjust = serve_http;
    desk.start();
    auto client = desk.client();
    REQUIRE(is_ok(client.ask(ticket("r-1"))));
    client.ask("not json");
    const auto page = get(desk, "/metrics");
    for (const auto* line :
         {"triaged_tickets_total 1\n", "triaged_errors_total{code=\"bad_json\"} 1\n",
          "triaged_queue_waiting{queue=\"returns\"} 1\n", "triaged_commit_seconds_bucket{le=\"+Inf\"}",
          "triaged_open_tickets{phase=\"waiting\"} 1\n", "triaged_read_model_lag_events"})
        CHECK_THAT(page, Catch::Contains(line));
}

TEST_CASE("metrics count the hits of rules by name, as many as the configuration allows", "[daemon]")
{
    const auto most = GENERATE(std::size_t{1'000}, std::size_t{1}, std::size_t{0});
    TestDesk desk;
    desk.adjust = [&](config::Config& config) {
        serve_http(config);
        config.rule_metrics_max = most;
    };
    desk.start();
    auto client = desk.client();
    for (const auto* const ref : {"r-1", "r-2", "r-3"})
        REQUIRE(is_ok(client.ask(R"({"channel":"email","body":"hello","ref":")" + std::string(ref) + "\"}")));
    REQUIRE(is_ok(client.ask(R"({"ref":"r-4","channel":"email","body":"smashed"})")));
    const auto page = get(desk, "/metrics");
    const auto has = [&](const char* line) { return page.find(line) != std::string::npos; };
    CHECK(has("triaged_rule_hits_total{rule=\"default\"} 3\n") == (most >= 1));
    CHECK(has("triaged_rule_hits_total{rule=\"smashed\"} 1\n") == (most >= 2));
    CHECK(has("triaged_rule_hits_total{rule=\"(others)\"} 1\n") == (most == 1));
    CHECK(has("triaged_shadow_active 0\n"));
}
