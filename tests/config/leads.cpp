// Leads, the outbox, and agents' shifts.

#include <catch2/catch.hpp>

#include "tests/config/folder.hpp"

using namespace triaged;
using namespace std::chrono_literals;
using config::Folder;

TEST_CASE("a lead may have a webhook at a host the outbox may reach", "[config]")
{
    const Folder folder;
    folder.write_secret("hook.secret", "a secret of some length\n");
    folder.write("triaged.yaml",
                 "outbox: {hosts: [hooks.local, '127.0.0.1:99'], secret_file: hook.secret, attempts: 3, "
                 "timeout: 2s}\n");
    folder.write("queues.yaml",
                 "leads:\n  a: Just a name\n  b: {about: B, webhook: http://hooks.local:8080/x}\n"
                 "  c: {webhook: http://127.0.0.1:99/}\nqueues: {general: }\n");
    std::vector<Diagnostic> found;
    const auto config = folder.load(found);
    INFO(render(found, false));
    REQUIRE(config);
    CHECK(config->vocabulary.leads == std::set<std::string>{"a", "b", "c"});
    CHECK(config->leads.at("a").about == "Just a name");
    CHECK(config->leads.at("a").webhook.empty());
    CHECK(config->leads.at("b").webhook == "http://hooks.local:8080/x");
    CHECK(config->outbox.secret == "a secret of some length");
    CHECK(config->outbox.attempts_max == 3);
    CHECK(config->outbox.timeout == 2s);
}

TEST_CASE("a webhook goes nowhere that is not allowed", "[config]")
{
    struct Row {
        std::string url;
        std::string complaint;
    };
    const auto row = GENERATE(values<Row>({
        {"http://elsewhere/x", "lead 'a': webhooks may not go to 'elsewhere'"},
        {"http://hooks.local@elsewhere/x", "is no address of a webhook"},
        {"http://hooks.local:99999/x", "is no address of a webhook"},
        {"https://chat.local:80/x", "lead 'a': webhooks may not go to 'chat.local:80'"},
        {"http://chat.local/x", "lead 'a': webhooks may not go to 'chat.local'"},
        {"htps://hooks.local/x", "lead 'a': webhooks do not go by 'htps'"},
        {"ftp://hooks.local/x", "lead 'a': webhooks do not go by 'ftp'"},
    }));
    const Folder folder;
    folder.write("triaged.yaml", "outbox: {hosts: [hooks.local, 'chat.local:443']}\n");
    folder.write("queues.yaml", "leads: {a: {webhook: '" + row.url + "'}}\nqueues: {general: }\n");
    INFO(row.url);
    const auto complaints = folder.complaints();
    REQUIRE(complaints.size() == 1);
    CHECK(complaints.front().find(row.complaint) != std::string::npos);
}

TEST_CASE("a port that is allowed is meant also where https has it anyhow", "[config]")
{
    const Folder folder;
    folder.write("triaged.yaml", "outbox: {hosts: ['chat.local:443', '[::1]']}\n");
    folder.write("queues.yaml",
                 "leads: {a: {webhook: https://chat.local/x}, b: {webhook: 'https://[::1]:99/x'}}\n"
                 "queues: {general: }\n");
    CHECK(folder.complaints() == std::vector<std::string>{});
}

TEST_CASE("a scheme that webhooks do not go by has the likely one suggested", "[config]")
{
    const Folder folder;
    folder.write("triaged.yaml", "outbox: {hosts: [hooks.local]}\n");
    folder.write("queues.yaml", "leads: {a: {webhook: htps://hooks.local/x}}\nqueues: {general: }\n");
    std::vector<Diagnostic> found;
    CHECK_FALSE(folder.load(found));
    CHECK_THAT(render(found, false), Catch::Contains("= did you mean 'https'?"));
}

TEST_CASE("a desk's own authorities come as a file of certificates", "[config]")
{
    // Made with: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=x; its key is lost.
    const std::string good =
        "-----BEGIN CERTIFICATE-----\n"
        "MIIBcDCCARWgAwIBAgIUQGqoy9PJtuLCmLP3+Hjt5aHSfhQwCgYIKoZIzj0EAwIw\n"
        "DDEKMAgGA1UEAwwBeDAgFw0yNjExMjYxNjQzMjFaGA8yMTI2MTEwMjE2NDMyMVow\n"
        "DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGPnwFZYBcrt\n"
        "fG52nbyezWZ1F7VoQwweEHzZcQxSFoxb6YhWP7yN3gICoqiJ7N9WHkSM40mrRE9B\n"
        "82yu49gfDCWjUzBRMB0GA1UdDgQWBBTYYI86WxkpayGWAzSJFTYbUXTeKjAfBgNV\n"
        "HSMEGDAWgBTYYI86WxkpayGWAzSJFTYbUXTeKjAPBgNVHRMBAf8EBTADAQH/MAoG\n"
        "CCqGSM49BAMCA0kAMEYCIQCUOqHmoZIRqlxH2jW2GYM91LNi0Kz+9Pq6sSw19vNL\n"
        "/QIhAKX2+RPvWZScFI6/VySQYTjcBieyllLqRJl+OTnUvK3X\n"
        "-----END CERTIFICATE-----\n";
    const Folder folder;
    folder.write("triaged.yaml", "outbox: {hosts: [hooks.local], ca_file: ca.pem}\n");
    CHECK_THAT(folder.complaints().front(), Catch::Contains("cannot read certificates from"));
    folder.write("ca.pem", "no certificate\n");
    CHECK_THAT(folder.complaints().front(), Catch::Contains("holds no certificates, or a damaged one"));
    auto damaged = good;
    damaged[damaged.size() / 2] = '!';
    folder.write("ca.pem", good + damaged);
    CHECK_THAT(folder.complaints().front(), Catch::Contains("holds no certificates, or a damaged one"));
    folder.write("ca.pem", "Ours:\n" + good + good);
    std::vector<Diagnostic> found;
    const auto config = folder.load(found);
    INFO(render(found, false));
    REQUIRE(config);
    CHECK(config->outbox.authorities == "Ours:\n" + good + good);
}

TEST_CASE("a lead may have mail, if there is a relay", "[config]")
{
    const Folder folder;
    folder.write("triaged.yaml", "outbox: {mail: {relay: '127.0.0.1:25', from: desk@office.example}}\n");
    folder.write("queues.yaml", "leads: {a: {mail: a@office.example}}\nqueues: {general: }\n");
    std::vector<Diagnostic> found;
    const auto config = folder.load(found);
    INFO(render(found, false));
    REQUIRE(config);
    CHECK(config->leads.at("a").mail == "a@office.example");
    REQUIRE(config->outbox.mail_relay);
    CHECK(config->outbox.mail_relay->at == config::TcpAddress{"127.0.0.1", 25});
    CHECK(config->outbox.mail_relay->from == "desk@office.example");
    CHECK(config->outbox.mail_relay->user.empty());
}

TEST_CASE("mail that could not be sent is a mistake", "[config]")
{
    struct Row {
        std::string outbox, lead, complaint;
    };
    const std::string relay = "relay: '127.0.0.1:25'", from = "from: a@b";
    const auto row = GENERATE_COPY(values<Row>({
        {"outbox: {}", "a@b", "lead 'a': there is no relay to take its mail"},
        {"outbox: {mail: {" + relay + ", " + from + "}}", "a@b@c", "lead 'a': 'a@b@c' is no address of mail"},
        {"outbox: {mail: {" + relay + "}}", "", "outbox: mail needs 'from'"},
        {"outbox: {mail: {" + from + "}}", "", "outbox: mail needs 'relay'"},
        {"outbox: {mail: {relay: nowhere, " + from + "}}", "", "relay: 'nowhere' is not an address"},
        {"outbox: {mail: {" + relay + ", from: x}}", "", "'x' is no address of mail"},
        {"outbox: {mail: {" + relay + ", " + from + ", tls: always}}", "", "tls"},
        {"outbox: {mail: {" + relay + ", " + from + ", user: a}}", "",
         "'user' and 'password_file' go together: give both or neither"},
        {"outbox: {mail: {" + relay + ", " + from + ", password_file: a}}", "",
         "'user' and 'password_file' go together: give both or neither"},
        {"outbox: {mail: {" + relay + ", " + from + ", user: a, password_file: none}}", "",
         "cannot read a secret from"},
        {"outbox: {mail: {relay: 'far:25', " + from + ", user: a, password_file: password, tls: offered}}",
         "", "the password could go over the network in the plain"},
    }));
    const Folder folder;
    folder.write_secret("password", "open sesame\n");
    folder.write("triaged.yaml", row.outbox + "\n");
    folder.write("queues.yaml", "leads: {a: {mail: '" + row.lead + "'}}\nqueues: {general: }\n");
    INFO(row.complaint);
    const auto complaints = folder.complaints();
    REQUIRE(complaints.size() == 1);
    CHECK_THAT(complaints.front(), Catch::Contains(row.complaint));
}

TEST_CASE("mail goes by TLS as far as nobody says otherwise and it leaves the machine", "[config]")
{
    using Tls = config::MailRelay::Tls;
    struct Row {
        std::string relay, more;
        Tls tls;
    };
    const std::string login = ", user: desk, password_file: password";
    const auto row = GENERATE_COPY(values<Row>({
        {"127.0.0.1:25", "", Tls::never},
        {"localhost:25", login, Tls::never},
        {"localhost:25", login + ", tls: offered", Tls::offered},
        {"127.0.0.1:25", ", tls: required", Tls::required},
        {"mail.example:25", "", Tls::offered},
        {"mail.example:25", ", tls: never", Tls::never},
        {"mail.example:587", login, Tls::required},
        {"mail.example:587", login + ", tls: required", Tls::required},
        {"mail.example:465", "", Tls::implicit},
        {"localhost:465", login, Tls::implicit},
        {"mail.example:465", login + ", tls: required", Tls::required},
        {"mail.example:2465", login + ", tls: implicit", Tls::implicit},
    }));
    INFO(row.relay << row.more);
    const Folder folder;
    folder.write_secret("password", "open sesame\n");
    folder.write("triaged.yaml",
                 "outbox: {mail: {relay: '" + row.relay + "', from: desk@office.example" + row.more + "}}\n");
    std::vector<Diagnostic> found;
    const auto config = folder.load(found);
    INFO(render(found, false));
    REQUIRE(config);
    CHECK(found.empty());
    CHECK(config->outbox.mail_relay->tls == row.tls);
    if (row.more.starts_with(login)) {
        CHECK(config->outbox.mail_relay->user == "desk");
        CHECK(config->outbox.mail_relay->password == "open sesame");
    }
}

TEST_CASE("an agent's shift is a calendar, and a place in line is kept for a while", "[config]")
{
    const Folder folder;
    folder.write("triaged.yaml", "threads: {place_kept: 3m}\n");
    folder.write("calendars.yaml", "early: {open: {mon-fri: '06:00-14:00'}}\n");
    folder.write("agents.yaml", "agents: {ana: {shift: early}}\n");
    std::vector<Diagnostic> found;
    const auto config = folder.load(found);
    INFO(render(found, false));
    REQUIRE(config);
    CHECK(config->desk.agents.at(AgentId("ana")).shift == "early");
    CHECK(config->desk.threads.place_kept == 3min);

    folder.write("agents.yaml", "agents: {ana: {shift: late}}\n");
    CHECK(folder.complaints().front().find("unknown calendar 'late'") != std::string::npos);
    folder.write("agents.yaml", "");
    folder.write("triaged.yaml", "threads: {place_kept: 90d}\n");
    CHECK(folder.complaints().front().find("place_kept (90d) must not be longer") != std::string::npos);
}
