#include "engine/outbox/outbox.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/config/clock.hpp"
#include "engine/journal/codec.hpp"
#include "engine/outbox/webhook.hpp"
#include "tests/journal/temp_dir.hpp"
#include "tests/outbox/certificates.hpp"
#include "tests/outbox/receiver.hpp"
#include "tests/outbox/smtp_receiver.hpp"

using namespace triaged;
using namespace triaged::outbox;
using namespace std::chrono_literals;
using test::Receiver;
using test::SmtpReceiver;
using test::TempDir;

namespace {

/// A journal that gets escalations, and the outbox that follows it.
class Office {
public:
    explicit Office(std::string folder) : folder_(std::move(folder))
    {
        settings.desk = "main";
        settings.sending.secret = "a secret of some length";
        settings.sending.retry_first = 20ms;
        settings.sending.retry_max = 40ms;
        settings.sending.timeout = 2s;
        settings.sending.attempts_max = 4;
        hooks.rule_name = [](RulebookId, RuleIndex rule) { return "rule-" + std::to_string(rule); };
        hooks.now = wall_clock;
    }

    std::unique_ptr<journal::Journal> journal() const
    {
        return journal::Journal::open(path("journal.db"), "main").value();
    }
    std::string path(const std::string& name) const { return folder_ + "/" + name; }

    /// Escalations that notify `leads`, one event each.
    void escalate(const std::vector<std::string>& leads, int times = 1)
    {
        TicketEscalated what;
        what.ticket = TicketId{7};
        what.rule = 3;
        what.priority = Priority::urgent;
        what.notify = leads;
        what.tags = {"late"};
        happen(std::vector<Happening>(static_cast<std::size_t>(times), what));
    }

    /// Appends events, one after the other, as one batch.
    void happen(const std::vector<Happening>& what)
    {
        const auto file = journal();
        REQUIRE(file->take_ownership("a test"));
        head_ = file->head().value();
        journal::Batch batch{head_ + 1, static_cast<std::uint32_t>(what.size()), wall_clock(), {}};
        for (const auto& one : what) journal::encode(Event{++head_, wall_clock(), one}, batch.body);
        REQUIRE(file->append(batch).outcome == journal::Append::committed);
        if (outbox) outbox->head_moved(head_);
    }

    void lead(const std::string& name, const std::string& url)
    {
        settings.leads[name] = config::Lead{name, "", url, ""};
    }
    void lead_by_mail(const std::string& name, const SmtpReceiver& relay)
    {
        settings.leads[name].mail = name + "@office.example";
        settings.sending.mail_relay.emplace();
        settings.sending.mail_relay->at.port = relay.port();
        settings.sending.mail_relay->from = "desk@office.example";
    }

    void start(Seq begin = 0)
    {
        auto store = Store::open(path("outbox.db"), begin);
        INFO((store ? std::string() : store.error().message));
        REQUIRE(store);
        outbox = std::make_unique<Outbox>(journal(), std::move(*store), settings, hooks);
        outbox->head_moved(head_);
    }

    std::int64_t count(NoteState state) const
    {
        return Store::open_existing(path("outbox.db")).value().count(state).value();
    }
    /// Waits until so many notes are in this state.
    bool becomes(NoteState state, std::int64_t number) const
    {
        for (int tries = 0; tries < 1'000; ++tries) {
            if (count(state) == number) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }

    Outbox::Settings settings;
    Outbox::Hooks hooks;
    std::unique_ptr<Outbox> outbox;

private:
    std::string folder_;
    Seq head_ = 0;
};

}  // namespace

TEST_CASE("a lead is told over HTTP, signed and with a key", "[outbox]")
{
    const TempDir dir;
    Receiver receiver;
    Office office(dir.file(""));
    office.lead("floor", receiver.url());
    office.lead("quiet", "");
    office.start();
    office.escalate({"floor", "quiet", "nobody"});
    REQUIRE(office.becomes(NoteState::sent, 1));
    const auto received = receiver.received();
    REQUIRE(received.size() == 1);
    const auto& one = received.front();
    CHECK(one.target == "/hook?a=1");
    CHECK(one.headers.at("idempotency-key") == "main-1-floor");
    CHECK(one.headers.at("webhook-id") == "main-1-floor");
    const Instant at{std::stoll(one.headers.at("webhook-timestamp")) * 1000};
    CHECK(one.headers.at("webhook-signature") ==
          signature("a secret of some length", "main-1-floor", at, one.body));
    for (const auto* const part :
         {R"("ticket":"T-7")", R"("rule":"rule-3")", R"("lead":"floor")", R"("desk":"main")",
          R"("priority":"urgent")", R"("tags":["late"])", R"("seq":1)"}) {
        INFO(one.body);
        CHECK(one.body.find(part) != std::string::npos);
    }
}

TEST_CASE("a receiver that fails is asked again, with the same key, and then given up", "[outbox]")
{
    const TempDir dir;
    Receiver receiver;
    Office office(dir.file(""));
    office.lead("floor", receiver.url());

    SECTION("until it takes it")
    {
        receiver.answer({500, 503, 200});
        office.start();
        office.escalate({"floor"});
        REQUIRE(office.becomes(NoteState::sent, 1));
        const auto received = receiver.received();
        REQUIRE(received.size() == 3);
        for (const auto& one : received) CHECK(one.headers.at("idempotency-key") == "main-1-floor");
    }
    SECTION("but not for ever")
    {
        receiver.answer({500});
        office.start();
        office.escalate({"floor"});
        REQUIRE(office.becomes(NoteState::dead, 1));
        CHECK(receiver.received().size() == 4);
        CHECK(office.outbox->counts().dead == 1);
        auto store = Store::open_existing(office.path("outbox.db")).value();
        const auto dead = store.list(NoteState::dead).value();
        CHECK(dead.front().error.find("answered 500") != std::string::npos);

        receiver.answer({204});
        CHECK(store.revive(std::nullopt).value() == 1);
        REQUIRE(office.becomes(NoteState::sent, 1));
    }
    SECTION("at once if it is gone")
    {
        receiver.answer({410});
        office.start();
        office.escalate({"floor"});
        REQUIRE(office.becomes(NoteState::dead, 1));
        CHECK(receiver.received().size() == 1);
    }
}

TEST_CASE("a receiver that is not there is no loss", "[outbox]")
{
    const TempDir dir;
    Office office(dir.file(""));
    std::string url;
    {
        const Receiver gone;
        url = gone.url();
    }
    office.settings.sending.attempts_max = 100;
    office.lead("floor", url);
    office.start();
    office.escalate({"floor"}, 5);
    REQUIRE(office.becomes(NoteState::pending, 5));
    office.outbox->stop();
    office.escalate({"floor"}, 3);

    Receiver receiver;
    office.lead("floor", receiver.url());
    office.start();
    REQUIRE(office.becomes(NoteState::sent, 8));
    CHECK(receiver.received().size() == 8);
}

TEST_CASE("a receiver whose certificate is not good is asked again, and the reason is kept", "[outbox]")
{
    const TempDir dir;
    const test::Authority authority("The desk's own");
    Receiver receiver(authority.server("DNS:elsewhere"));
    Office office(dir.file(""));
    office.settings.sending.authorities = authority.certificate();
    office.lead("floor", receiver.url("localhost"));
    office.start();
    office.escalate({"floor"});
    REQUIRE(office.becomes(NoteState::dead, 1));
    auto store = Store::open_existing(office.path("outbox.db")).value();
    const auto dead = store.list(NoteState::dead).value();
    CHECK(dead.front().attempts == 4);
    CHECK_THAT(dead.front().error, Catch::EndsWith("TLS: its certificate is for another name"));
    CHECK(receiver.received().empty());
    office.outbox->stop();

    Receiver mended(authority.server("DNS:localhost"));
    office.lead("floor", mended.url("localhost"));
    CHECK(store.revive(std::nullopt).value() == 1);
    office.start();
    REQUIRE(office.becomes(NoteState::sent, 1));
    CHECK(mended.received().size() == 1);
}

TEST_CASE("a new outbox does not tell old news", "[outbox]")
{
    const TempDir dir;
    Receiver receiver;
    Office office(dir.file(""));
    office.lead("floor", receiver.url());
    office.escalate({"floor"}, 4);
    office.start(3);
    REQUIRE(office.becomes(NoteState::sent, 1));
    CHECK(receiver.received().front().headers.at("idempotency-key") == "main-4-floor");
}

// Run by the test below in a process of its own, which dies between a receiver's yes and its being written
// down.
TEST_CASE("the process that dies", "[.outbox-child]")
{
    const char* const folder = std::getenv("TRIAGED_TEST_FOLDER");
    const char* const url = std::getenv("TRIAGED_TEST_URL");
    REQUIRE((folder != nullptr && url != nullptr));
    Office office(folder);
    office.lead("floor", url);
    int taken = 0;
    office.hooks.taken = [&] {
        if (++taken == 3) ::kill(::getpid(), SIGKILL);
    };
    office.start();
    std::this_thread::sleep_for(20s);
}

TEST_CASE("killed between sending and noting it, it sends that one again and no other", "[outbox]")
{
    const TempDir dir;
    Receiver receiver;
    Office office(dir.file(""));
    office.escalate({"floor"}, 6);

    const std::string folder = "TRIAGED_TEST_FOLDER=" + dir.file(""),
                      url = "TRIAGED_TEST_URL=" + receiver.url();
    std::string program = "/proc/self/exe", tag = "[.outbox-child]";
    char* const arguments[] = {program.data(), tag.data(), nullptr};
    std::string folder_copy = folder, url_copy = url;
    char* const environment[] = {folder_copy.data(), url_copy.data(), nullptr};
    pid_t child = 0;
    REQUIRE(posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environment) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGKILL);
    REQUIRE(receiver.received().size() == 3);
    CHECK(office.count(NoteState::sent) == 2);

    office.lead("floor", receiver.url());
    office.start();
    REQUIRE(office.becomes(NoteState::sent, 6));
    std::map<std::string, int> times;
    for (const auto& one : receiver.received()) ++times[one.headers.at("idempotency-key")];
    CHECK(times.size() == 6);
    for (const auto& [key, count] : times) {
        INFO(key);
        CHECK(count == (key == "main-3-floor" ? 2 : 1));
    }
}

TEST_CASE("leads are told of problems, and once of those that took their tickets", "[outbox]")
{
    const TempDir dir;
    Receiver receiver;
    Office office(dir.file(""));
    office.lead("floor", receiver.url());
    office.start();
    ProblemOpened opened;
    opened.problem = ProblemId{2};
    opened.policy = "same-product";
    opened.about = "order.product=toys";
    opened.count = 23;
    opened.notify = {"floor"};
    NotifyInhibited again;
    again.ticket = TicketId{9};
    again.problem = ProblemId{2};
    again.notify = {"floor", "other"};
    NotifyInhibited first = again;
    first.told = {"floor"};
    office.happen({opened, first, again});
    REQUIRE(office.becomes(NoteState::sent, 2));
    office.outbox->stop();
    const auto received = receiver.received();
    REQUIRE(received.size() == 2);
    CHECK(received[0].headers.at("webhook-id") == "main-1-floor");
    for (const auto* const part :
         {R"("type":"problem.opened")", R"("problem":"P-2")", R"("policy":"same-product")",
          R"("about":"order.product=toys")", R"("tickets":23)"}) {
        INFO(received[0].body);
        CHECK(received[0].body.find(part) != std::string::npos);
    }
    CHECK(received[1].headers.at("webhook-id") == "main-2-floor");
    for (const auto* const part :
         {R"("type":"problem.escalated")", R"("problem":"P-2")", R"("ticket":"T-9")"}) {
        INFO(received[1].body);
        CHECK(received[1].body.find(part) != std::string::npos);
    }
}

TEST_CASE("a lead is told by mail, beside a webhook or instead of it", "[outbox]")
{
    const TempDir dir;
    Receiver receiver;
    SmtpReceiver relay;
    Office office(dir.file(""));
    office.lead("floor", receiver.url());
    office.lead_by_mail("floor", relay);
    office.lead_by_mail("night", relay);
    office.start();
    office.escalate({"floor", "night"});
    REQUIRE(office.becomes(NoteState::sent, 3));
    CHECK(receiver.received().size() == 1);
    const auto mails = relay.received();
    REQUIRE(mails.size() == 2);
    CHECK(mails[0].from == "MAIL FROM:<desk@office.example>");
    CHECK(mails[0].to == "RCPT TO:<floor@office.example>");
    CHECK(mails[1].to == "RCPT TO:<night@office.example>");
    for (const auto* const part :
         {"To: floor@office.example\r\n", "Message-ID: <main-1-floor@office.example>\r\n",
          "Subject: [main] ticket.escalated T-7, rule-3, urgent\r\n", "\r\ntags: late\r\n"}) {
        INFO(mails[0].message);
        CHECK(mails[0].message.find(part) != std::string::npos);
    }
}

TEST_CASE("mail that is not taken now is sent again, the same to a byte", "[outbox]")
{
    struct Row {
        std::string verb, reply;
        std::size_t messages;  // that came as far as their end
    };
    const auto row = GENERATE(values<Row>({{"greeting", "421 too busy", 1},
                                           {"greeting", "554 no service here", 1},
                                           {"EHLO", "451 later", 1},
                                           {"MAIL", "452 no room", 1},
                                           {"RCPT", "450-greylisted\r\n450 come again", 1},
                                           {"DATA", "451 later", 1},
                                           {"DATA", "250 not as it should be", 1},
                                           {"message", "451 later", 2},
                                           {"message", "what?", 2}}));
    INFO(row.verb << ": " << row.reply);
    const TempDir dir;
    SmtpReceiver relay;
    relay.answer(row.verb, {row.reply, row.verb == "greeting" ? "220 relay"
                                       : row.verb == "DATA"   ? "354 go"
                                                              : "250 ok"});
    Office office(dir.file(""));
    office.lead_by_mail("floor", relay);
    office.start();
    office.escalate({"floor"});
    REQUIRE(office.becomes(NoteState::sent, 1));
    CHECK(relay.conversations() == 2);
    const auto mails = relay.received();
    REQUIRE(mails.size() == row.messages);
    CHECK(mails.front().raw == mails.back().raw);
}

TEST_CASE("mail that is refused for good is given up at once, and says why", "[outbox]")
{
    const std::string verb = GENERATE("MAIL", "RCPT", "DATA", "message");
    INFO(verb);
    const TempDir dir;
    SmtpReceiver relay;
    relay.answer(verb, {"550 5.1.1 no such lead"});
    Office office(dir.file(""));
    office.lead_by_mail("floor", relay);
    office.start();
    office.escalate({"floor"});
    REQUIRE(office.becomes(NoteState::dead, 1));
    CHECK(relay.conversations() == 1);
    auto store = Store::open_existing(office.path("outbox.db")).value();
    const auto dead = store.list(NoteState::dead).value();
    CHECK(dead.front().way == Way::mail);
    CHECK(dead.front().error == "the mail relay answered 550 5.1.1 no such lead");

    relay.answer(verb, {verb == "DATA" ? "354 go" : "250 ok"});
    CHECK(store.revive(1).value() == 1);
    REQUIRE(office.becomes(NoteState::sent, 1));
}

TEST_CASE("a relay that never answers holds one attempt, for as long as an attempt may take", "[outbox]")
{
    const TempDir dir;
    boost::asio::io_context io;
    boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
    SmtpReceiver relay;
    Office office(dir.file(""));
    office.lead_by_mail("floor", relay);
    office.settings.sending.mail_relay->at.port = silent.local_endpoint().port();
    office.settings.sending.timeout = 50ms;
    office.settings.sending.attempts_max = 2;
    office.start();
    office.escalate({"floor"});
    REQUIRE(office.becomes(NoteState::dead, 1));
    auto store = Store::open_existing(office.path("outbox.db")).value();
    CHECK(store.list(NoteState::dead).value().front().error.find("no answer in 50ms") != std::string::npos);
}

TEST_CASE("an outbox of the first version keeps what it has to send", "[outbox]")
{
    const TempDir dir;
    {
        auto old =
            journal::sqlite::Database::open(dir.file("outbox.db"), journal::sqlite::Database::Open::create);
        REQUIRE(old);
        REQUIRE(old->execute(R"sql(
            CREATE TABLE meta(position INTEGER NOT NULL);
            CREATE TABLE notes(
                seq INTEGER NOT NULL, lead TEXT NOT NULL, body TEXT NOT NULL, state INTEGER NOT NULL,
                attempts INTEGER NOT NULL, made_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL, error TEXT NOT NULL,
                PRIMARY KEY(seq, lead)) WITHOUT ROWID;
            CREATE INDEX notes_due ON notes(next_ms) WHERE state = 0;
            INSERT INTO meta VALUES(41);
            INSERT INTO notes VALUES(40, 'floor', '{"seq":40}', 0, 2, 1000, 2000, 'nobody there');
            PRAGMA application_id = 0x74726f62; PRAGMA user_version = 1;)sql"));
    }
    for (int times = 0; times < 2; ++times) {
        auto store = Store::open(dir.file("outbox.db"), 0);
        INFO((store ? std::string() : store.error().message));
        REQUIRE(store);
        CHECK(store->position() == 41);
        const auto notes = store->list(std::nullopt).value();
        REQUIRE(notes.size() == 1);
        CHECK(notes.front() == Note{40, "floor", Way::webhook, R"({"seq":40})", NoteState::pending, 2,
                                    Instant{1000}, Instant{2000}, "nobody there"});
        CHECK(store->due(Instant{2000}, 10).value().size() == 1);
    }
}
