// The messages that leads are sent, as RFC 5322, 2045 and 2047 have them.

#include "engine/outbox/mail.hpp"

#include <catch2/catch.hpp>

#include "engine/outbox/smtp.hpp"

using namespace triaged;
using namespace triaged::outbox;

namespace {

Mail a_mail(std::string subject, std::string text)
{
    return {"desk@office.example",      "lead@office.example", "main-7-floor.lead.",
            Instant{1'795'685'400'123}, std::move(subject),    std::move(text)};
}

bool has_line(const std::string& message, const std::string& line)
{
    return message.find("\r\n" + line + "\r\n") != std::string::npos;
}

std::string subject_of(const std::string& message)
{
    const auto at = message.find("Subject: ") + 9;
    return message.substr(at, message.find("\r\nAuto-Submitted") - at);
}

std::string text_of(const std::string& message) { return message.substr(message.find("\r\n\r\n") + 4); }

}  // namespace

TEST_CASE("a message says whom it is from, to whom, when, and by what it is known", "[outbox]")
{
    const auto message = message_of(a_mail("Hello", "One\nTwo\n"));
    CHECK(message.starts_with("Date: Thu, 26 Nov 2026 09:30:00 +0000\r\n"));
    CHECK(has_line(message, "From: desk@office.example"));
    CHECK(has_line(message, "To: lead@office.example"));
    CHECK(has_line(message, "Message-ID: <main-7-floor=2Elead=2E@office.example>"));
    CHECK(has_line(message, "Subject: Hello"));
    CHECK(text_of(message) == "One\r\nTwo\r\n");
    CHECK(message == message_of(a_mail("Hello", "One\nTwo\n")));
}

TEST_CASE("a subject that is not plain is encoded by whole characters, and stays one header", "[outbox]")
{
    struct Row {
        std::string subject;
        std::string encoded;
    };
    const auto row = GENERATE(values<Row>({
        {"P-7, product=Spülmaschine", "=?utf-8?B?UC03LCBwcm9kdWN0PVNww7xsbWFzY2hpbmU=?="},
        {"a\r\nBcc: all@office.example", "a  Bcc: all@office.example"},
        {"=?utf-8?Q?not_mine?=", "=?utf-8?B?PT91dGYtOD9RP25vdF9taW5lPz0=?="},
        // The umlaut would be the 39th and 40th byte of the first word.
        {"a-subject-of-two-words-with-38-bytes..ü!",
         "=?utf-8?B?YS1zdWJqZWN0LW9mLXR3by13b3Jkcy13aXRoLTM4LWJ5dGVzLi4=?=\r\n"
         " =?utf-8?B?w7wh?="},
    }));
    INFO(row.subject);
    CHECK(subject_of(message_of(a_mail(row.subject, "x\n"))) == row.encoded);
}

TEST_CASE("a text of any bytes is lines of plain ones", "[outbox]")
{
    CHECK(text_of(message_of(a_mail("s", "1 + 1 = 2\n"))) == "1 + 1 =3D 2\r\n");
    CHECK(text_of(message_of(a_mail("s", "ends in a space \n"))) == "ends in a space=20\r\n");
    CHECK(text_of(message_of(a_mail("s", "ü\r\n"))) == "=C3=BC=0D\r\n");
    const auto message = message_of(a_mail(std::string(500, 's'), std::string(200, 'x') + "\n"));
    for (std::size_t at = 0; at < message.size();) {
        const auto end = message.find("\r\n", at);
        CHECK(end - at <= 78);
        at = end + 2;
    }
    CHECK(text_of(message) ==
          std::string(75, 'x') + "=\r\n" + std::string(75, 'x') + "=\r\n" + std::string(50, 'x') + "\r\n");
}

TEST_CASE("no line of a message ends it before its end", "[outbox]")
{
    CHECK(dot_stuffed("one\r\n.\r\n..\r\n.two\r\n") == "one\r\n..\r\n...\r\n..two\r\n.\r\n");
    CHECK(dot_stuffed("no end") == "no end\r\n.\r\n");
    CHECK(dot_stuffed("a.b\r\n") == "a.b\r\n.\r\n");
}

TEST_CASE("mail says for people what a webhook says for programs", "[outbox]")
{
    const auto ticket = mail_about(
        R"({"type":"ticket.escalated","desk":"main","seq":7,"ticket":"T-7","rule":"late","priority":"urgent","tags":["a","b"]})");
    CHECK(ticket.subject == "[main] ticket.escalated T-7, late, urgent");
    CHECK(ticket.text ==
          "type: ticket.escalated\ndesk: main\nseq: 7\nticket: T-7\nrule: late\npriority: urgent\ntags: a, "
          "b\n\n"
          "More: triagectl ticket T-7\n");
    const auto problem =
        mail_about(R"({"type":"problem.opened","desk":"main","problem":"P-2","about":"toys"})");
    CHECK(problem.subject == "[main] problem.opened P-2, toys");
    CHECK(problem.text.ends_with("\nMore: triagectl problem P-2\n"));
}
