// Webhooks by https: whom they go to, and whom not.

#include "engine/outbox/webhook.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "engine/config/clock.hpp"
#include "tests/journal/temp_dir.hpp"
#include "tests/outbox/certificates.hpp"
#include "tests/outbox/receiver.hpp"

using namespace triaged;
using namespace triaged::outbox;
using namespace std::chrono_literals;
using test::Authority;
using test::Hours;
using test::LoopbackServer;
using test::Receiver;
using Socket = boost::asio::ip::tcp::socket;

namespace {

Delivery a_delivery(const std::string& url, const std::string& authorities = {})
{
    return {config::parse_web_address(url).value(), "main-1-floor", "{}", "", authorities, wall_clock(), 5s};
}

std::string port_of(const Receiver& receiver) { return ":" + std::to_string(receiver.port()); }

/// Says `bytes` to whoever comes, and hangs up when they do.
LoopbackServer::Serve saying(std::string bytes)
{
    return [bytes = std::move(bytes)](Socket& socket) {
        boost::system::error_code failure;
        boost::asio::write(socket, boost::asio::buffer(bytes), failure);
        std::string heard(1'024, '\0');
        while (!failure) socket.read_some(boost::asio::buffer(heard), failure);
    };
}

std::string error_of(const Delivery& delivery)
{
    const auto response = deliver(delivery);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == ErrorCode::unavailable);
    return response.error().message;
}

}  // namespace

TEST_CASE("a webhook goes by https to a receiver who proves who it is", "[outbox]")
{
    const Authority authority("The desk's own");
    const auto name = GENERATE(as<std::string>(), "localhost", "127.0.0.1");
    INFO(name);
    Receiver receiver(authority.server((name == "localhost" ? "DNS:" : "IP:") + name));
    const auto response = deliver(a_delivery(receiver.url(name), authority.certificate()));
    INFO((response ? std::string() : response.error().message));
    REQUIRE(response);
    CHECK(response->status == 200);
    REQUIRE(receiver.received().size() == 1);
    CHECK(receiver.received().front().target == "/hook?a=1");
    CHECK(receiver.received().front().headers.at("host") == name + port_of(receiver));
    // A receiver with many names must know which is meant; an address is no name.
    CHECK(receiver.asked_for() ==
          (name == "localhost" ? std::vector<std::string>{name} : std::vector<std::string>{}));
}

TEST_CASE("a webhook does not go to a receiver whose certificate is not good, and says why", "[outbox]")
{
    const Authority ours("The desk's own"), other("Somebody else");
    struct Row {
        std::string about;
        std::shared_ptr<boost::asio::ssl::context> server;
        std::string authorities;
        std::string why;
    };
    const auto expired = Hours{-48, -24}, early = Hours{24, 48};
    const auto mine = ours.certificate();
    const std::vector<Row> rows{
        {"name", ours.server("DNS:elsewhere"), mine, "its certificate is for another name"},
        {"address", ours.server("IP:127.0.0.1"), mine, "its certificate is for another name"},
        {"part of a name", ours.server("DNS:local*"), mine, "its certificate is for another name"},
        {"no authority", ours.server("DNS:localhost"), "",
         "its certificate is of an authority that is not known here"},
        {"another authority", other.server("DNS:localhost"), mine,
         "its certificate is of an authority that is not known here"},
        {"expired", ours.server("DNS:localhost", expired), mine, "its certificate has expired"},
        {"too early", ours.server("DNS:localhost", early), mine, "its certificate is not valid yet"},
    };
    for (const auto& row : rows) {
        INFO(row.about);
        Receiver receiver(row.server);
        const auto error = error_of(a_delivery(receiver.url("localhost"), row.authorities));
        CHECK_THAT(error, Catch::StartsWith("localhost" + port_of(receiver) + ": TLS: " + row.why));
        CHECK(receiver.received().empty());
    }
}

TEST_CASE("the authorities that the system trusts are trusted", "[outbox]")
{
    const test::TempDir dir;
    const Authority authority("The system's"), ours("The desk's own");
    std::ofstream(dir.file("system.pem")) << authority.certificate();
    ::setenv("SSL_CERT_FILE", dir.file("system.pem").c_str(), 1);
    Receiver by_the_system(authority.server("DNS:localhost")), by_us(ours.server("DNS:localhost"));
    CHECK(deliver(a_delivery(by_the_system.url("localhost"))));
    CHECK(deliver(a_delivery(by_the_system.url("localhost"), ours.certificate())));
    CHECK(deliver(a_delivery(by_us.url("localhost"), ours.certificate())));
    CHECK_FALSE(deliver(a_delivery(by_us.url("localhost"))));
    ::unsetenv("SSL_CERT_FILE");
    CHECK_FALSE(deliver(a_delivery(by_the_system.url("localhost"))));
}

TEST_CASE("a receiver speaks TLS 1.2 or newer, or is not spoken to", "[outbox]")
{
    const Authority authority("The desk's own");
    const auto server = authority.server("DNS:localhost");
    const auto newest = GENERATE(TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION);
    // Without its own say, OpenSSL lets a server of Debian speak nothing older than 1.2.
    SSL_CTX_set_security_level(server->native_handle(), 0);
    SSL_CTX_set_min_proto_version(server->native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(server->native_handle(), newest);
    Receiver receiver(server);
    const auto delivery = a_delivery(receiver.url("localhost"), authority.certificate());
    if (newest >= TLS1_2_VERSION)
        CHECK(deliver(delivery));
    else
        CHECK_THAT(error_of(delivery), Catch::Contains("TLS: it does not speak TLS 1.2 or newer"));
}

TEST_CASE("who does not speak TLS, or says nothing, is not waited for longer than an attempt may take",
          "[outbox]")
{
    struct Row {
        std::string says, why;
    };
    const auto row =
        GENERATE(values<Row>({{"", "TLS: no answer in 100ms"},
                              {"HTTP/1.1 400 Bad Request\r\n\r\n", "TLS: it does not speak TLS"}}));
    INFO(row.why);
    const LoopbackServer server(saying(row.says));
    auto delivery = a_delivery("https://localhost:" + std::to_string(server.port()) + "/");
    delivery.timeout = 100ms;
    CHECK_THAT(error_of(delivery), Catch::Contains(row.why));
}

TEST_CASE("who hangs up during the handshake is a failure like others", "[outbox]")
{
    const LoopbackServer server([](Socket&) {});
    const auto error = error_of(a_delivery("https://localhost:" + std::to_string(server.port()) + "/"));
    CHECK_THAT(error, Catch::Contains("TLS: "));
}

TEST_CASE("an answer is its status, however its body ends", "[outbox]")
{
    struct Row {
        std::string answer;
        int status;
    };
    const auto row = GENERATE(values<Row>({
        {"HTTP/1.1 204 No Content\r\n\r\n", 204},
        {"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nshort", 200},
        {"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno", 503},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n", 200},
        {"HTTP/1.1 200 OK\r\n\r\n" + std::string(200'000, 'x'), 200},
    }));
    INFO(row.answer.substr(0, 80));
    const LoopbackServer server([&](Socket& socket) {
        boost::system::error_code failure;
        boost::beast::flat_buffer buffer;
        boost::beast::http::request<boost::beast::http::string_body> request;
        boost::beast::http::read(socket, buffer, request, failure);
        for (std::size_t at = 0; at < row.answer.size() && !failure; at += 7)  // in pieces
            boost::asio::write(socket, boost::asio::buffer(row.answer.substr(at, 7)), failure);
    });
    const auto response = deliver(a_delivery("http://127.0.0.1:" + std::to_string(server.port()) + "/"));
    REQUIRE(response);
    CHECK(response->status == row.status);
    CHECK(response->retry_after.has_value() == (row.status == 503));
}

TEST_CASE("what is no answer is a failure", "[outbox]")
{
    struct Row {
        std::string says, why;
    };
    const auto row = GENERATE(values<Row>({{"HTTP/1.1 200", "waiting for its answer: it hung up"},
                                           {"SSH-2.0-x\r\n", "waiting for its answer: bad version"}}));
    const LoopbackServer server([&](Socket& socket) {
        boost::system::error_code failure;
        std::string heard(64, '\0');
        socket.read_some(boost::asio::buffer(heard), failure);
        boost::asio::write(socket, boost::asio::buffer(row.says), failure);
        socket.shutdown(Socket::shutdown_send, failure);
        while (!failure) socket.read_some(boost::asio::buffer(heard), failure);
    });
    const auto error = error_of(a_delivery("http://127.0.0.1:" + std::to_string(server.port()) + "/"));
    CHECK_THAT(error, Catch::Contains(row.why));
}
