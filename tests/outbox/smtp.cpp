// Mail relays that speak TLS, ask for a login, or do neither where they should.

#include "engine/outbox/smtp.hpp"

#include <catch2/catch.hpp>

#include "engine/outbox/sha256.hpp"
#include "tests/outbox/certificates.hpp"
#include "tests/outbox/smtp_receiver.hpp"

using namespace triaged;
using namespace triaged::outbox;
using namespace std::chrono_literals;
using test::Authority;
using test::LoopbackServer;
using test::SmtpReceiver;
using Tls = config::MailRelay::Tls;

namespace {

Submission a_submission(std::uint16_t port, Tls tls)
{
    Submission submission;
    submission.relay.at = {"localhost", port};
    submission.relay.from = "desk@office.example";
    submission.relay.tls = tls;
    submission.to = "lead@office.example";
    submission.message = "Subject: x\r\n\r\nx\r\n";
    submission.timeout = 5s;
    return submission;
}

std::string error_of(const Submission& submission)
{
    const auto reply = submit(submission);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == ErrorCode::unavailable);
    return reply.error().message;
}

const std::string no_tls = "250-relay\r\n250 8BITMIME",
                  offers_tls = "250-relay\r\n250-starttls\r\n250 8BITMIME";

}  // namespace

TEST_CASE("mail goes by TLS where the relay offers it and the settings have it so", "[outbox]")
{
    struct Row {
        std::string hello;
        Tls tls;
        bool encrypted;
    };
    const auto row = GENERATE(values<Row>({
        {no_tls, Tls::never, false},
        {no_tls, Tls::offered, false},
        {offers_tls, Tls::never, false},
        {offers_tls, Tls::offered, true},
        {offers_tls, Tls::required, true},
    }));
    INFO(row.hello << ", " << static_cast<int>(row.tls));
    const Authority authority("The desk's own");
    SmtpReceiver relay(authority.server("DNS:localhost"));
    relay.answer("EHLO", {row.hello, no_tls});
    auto submission = a_submission(relay.port(), row.tls);
    submission.authorities = authority.certificate();
    const auto reply = submit(submission);
    INFO((reply ? std::string() : reply.error().message));
    REQUIRE(reply);
    CHECK(reply->code == 250);
    REQUIRE(relay.received().size() == 1);
    CHECK(relay.received().front().tls == row.encrypted);
    CHECK(relay.received().front().from == "MAIL FROM:<desk@office.example>");
}

TEST_CASE("TLS may come before anything is said", "[outbox]")
{
    const Authority authority("The desk's own");
    SECTION("and all that is said goes by it, whatever is offered")
    {
        SmtpReceiver relay(authority.server("DNS:localhost"), true);
        relay.answer("EHLO", {"250-relay\r\n250-" + GENERATE(as<std::string>(), "8BITMIME", "STARTTLS") +
                              "\r\n250 AUTH PLAIN"});
        auto submission = a_submission(relay.port(), Tls::implicit);
        submission.authorities = authority.certificate();
        submission.relay.user = "desk";
        submission.relay.password = "open sesame";
        const auto reply = submit(submission);
        INFO((reply ? std::string() : reply.error().message));
        REQUIRE(reply);
        CHECK(reply->code == 250);
        REQUIRE(relay.received().size() == 1);
        CHECK(relay.received().front().tls);
        CHECK(relay.logins().size() == 1);
    }
    SECTION("with a relay that is who it should be")
    {
        const Authority other("Somebody else's");
        SmtpReceiver relay(other.server("DNS:localhost"), true);
        auto submission = a_submission(relay.port(), Tls::implicit);
        submission.authorities = authority.certificate();
        CHECK_THAT(error_of(submission), Catch::Contains("of an authority that is not known here"));
        CHECK(relay.received().empty());
    }
    SECTION("or not at all")
    {
        SmtpReceiver relay;
        CHECK_THAT(error_of(a_submission(relay.port(), Tls::implicit)), Catch::Contains("TLS"));
        CHECK(relay.received().empty());
    }
}

TEST_CASE("mail does not go in the plain where TLS is required, nor to a relay that is not who it should be",
          "[outbox]")
{
    const Authority authority("The desk's own");
    SmtpReceiver relay(authority.server("DNS:localhost"));
    auto submission = a_submission(relay.port(), Tls::required);
    submission.authorities = authority.certificate();
    SECTION("it offers none")
    {
        relay.answer("EHLO", {no_tls});
        CHECK_THAT(error_of(submission), Catch::EndsWith("TLS: it does not offer it"));
    }
    SECTION("it offers it and does not mean it")
    {
        relay.answer("EHLO", {offers_tls});
        relay.answer("STARTTLS", {"454 not now"});
        CHECK_THAT(error_of(submission), Catch::EndsWith("STARTTLS: 454 not now"));
    }
    SECTION("it says more than was asked, which would be read as said under TLS")
    {
        relay.answer("EHLO", {offers_tls});
        relay.answer("STARTTLS", {"220 go on\r\n250 ok"});
        CHECK_THAT(error_of(submission), Catch::EndsWith("TLS: it said more than was asked"));
    }
    SECTION("its certificate is not good")
    {
        submission.relay.tls = GENERATE(Tls::required, Tls::offered);
        submission.authorities.clear();
        relay.answer("EHLO", {offers_tls});
        CHECK_THAT(error_of(submission),
                   Catch::Contains("TLS: its certificate is of an authority that is not known here"));
    }
    CHECK(relay.received().empty());
}

TEST_CASE("a login goes under TLS, in a way that the relay offers", "[outbox]")
{
    struct Row {
        std::string ways, login;
    };
    const auto row = GENERATE(values<Row>({
        {"AUTH LOGIN PLAIN", "AUTH PLAIN " + base64(std::string("\0desk\0open sesame", 17))},
        {"auth login", "AUTH LOGIN " + base64("desk") + " " + base64("open sesame")},
        {"AUTH CRAM-MD5 PLAINER", ""},
        {"8BITMIME PLAIN", ""},
    }));
    INFO(row.ways);
    const Authority authority("The desk's own");
    SmtpReceiver relay(authority.server("DNS:localhost"));
    relay.answer("EHLO", {offers_tls, "250-relay\r\n250 " + row.ways});
    auto submission = a_submission(relay.port(), Tls::required);
    submission.authorities = authority.certificate();
    submission.relay.user = "desk";
    submission.relay.password = "open sesame";
    if (row.login.empty()) {
        CHECK_THAT(error_of(submission), Catch::EndsWith("login: it offers neither PLAIN nor LOGIN"));
        CHECK(relay.received().empty());
        return;
    }
    REQUIRE(submit(submission));
    CHECK(relay.logins() == std::vector<std::string>{row.login});
    REQUIRE(relay.received().size() == 1);
    CHECK(relay.received().front().tls);
}

TEST_CASE("a login that is refused is no word about the message", "[outbox]")
{
    const Authority authority("The desk's own");
    SmtpReceiver relay(authority.server("DNS:localhost"));
    relay.answer("EHLO", {offers_tls, "250-relay\r\n250 AUTH PLAIN"});
    relay.answer("AUTH", {"535 5.7.8 who are you"});
    auto submission = a_submission(relay.port(), Tls::required);
    submission.authorities = authority.certificate();
    submission.relay.user = "desk";
    submission.relay.password = "wrong";
    CHECK_THAT(error_of(submission), Catch::EndsWith("login: 535 5.7.8 who are you"));
    CHECK(relay.received().empty());
}

TEST_CASE("a relay that is silent, or no relay, ends the attempt", "[outbox]")
{
    using Socket = boost::asio::ip::tcp::socket;
    struct Row {
        std::string says, why;
    };
    const auto row = GENERATE(values<Row>({
        {"", "greeting: no answer in 100ms"},
        {"220 relay\r\n", "EHLO: no answer in 100ms"},
        {"220 relay\r\n250 STARTTLS\r\n", "STARTTLS: no answer in 100ms"},
        {"SSH-2.0\r\n", "greeting: it does not speak SMTP"},
        {std::string(9'000, '2'), "greeting: a line without end"},
    }));
    INFO(row.why);
    const LoopbackServer server([&](Socket& socket) {
        boost::system::error_code failure;
        boost::asio::write(socket, boost::asio::buffer(row.says), failure);
        std::string heard(1'024, '\0');
        while (!failure) socket.read_some(boost::asio::buffer(heard), failure);
    });
    auto submission = a_submission(server.port(), Tls::required);
    submission.timeout = 100ms;
    CHECK_THAT(error_of(submission), Catch::EndsWith(row.why));
}
