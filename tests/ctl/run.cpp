// triagectl as its users see it: arguments in; text, JSON and an exit code out.

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/journal/codec.hpp"
#include "engine/journal/journal.hpp"
#include "engine/journal/read_model.hpp"
#include "engine/journal/sqlite.hpp"
#include "tests/ctl/fake_daemon.hpp"
#include "tests/ctl/files.hpp"
#include "tests/ctl/ran.hpp"

using namespace triaged;
using namespace triaged::ctl;

namespace {

/// A small shop: a configuration, rules with a case beside them, and a journal with a few events.
class Shop {
public:
    Shop()
    {
        files.write("config/triaged.yaml", "data_dir: ../data\n");
        files.write("config/queues.yaml", "queues: {returns: , general: }\n");
        files.write("config/agents.yaml", "");
        files.write("rules/40-route.yaml",
                    "stage: route\n"
                    "rules:\n"
                    "  - rule: broken\n"
                    "    when: {text: broken}\n"
                    "    then: {queue: returns}\n"
                    "  - rule: default\n"
                    "    then: {queue: general}\n");
        files.write("rules/40-route.test.yaml",
                    "cases:\n"
                    "  - case: broken things go back\n"
                    "    ticket: {channel: email, body: It is broken}\n"
                    "    expect: {queue: returns, fired: [broken]}\n"
                    "  - case: the rest is general\n"
                    "    ticket: {channel: email, body: Hello}\n"
                    "    expect: {queue: general}\n");
    }

    Ran ctl(std::vector<std::string> arguments, const std::string& input = "") const
    {
        return triagectl(files, std::move(arguments), input);
    }

    /// As `ctl`, with `daemon` as the one to connect to.
    Ran ask(std::vector<std::string> arguments, const FakeDaemon& daemon, const std::string& input = "") const
    {
        arguments.insert(arguments.end(), {"--connect", daemon.address()});
        return ctl(arguments, input);
    }

    void write_journal(int events) const
    {
        std::filesystem::create_directories(files.path("data"));
        auto journal = journal::Journal::open(files.path("data/journal.db"), "main").value();
        REQUIRE(journal->take_ownership("a test"));
        for (int i = 1; i <= events; ++i) {
            journal::Batch batch{static_cast<Seq>(i), 1, Instant{i}, {}};
            journal::encode({batch.first_seq, batch.at, PresenceSet{AgentId("ana"), Presence::away, "lunch"}},
                            batch.body);
            REQUIRE(journal->append(batch).outcome == journal::Append::committed);
        }
    }

    Files files;
};

}  // namespace

TEST_CASE("check says that all is well", "[ctl]")
{
    const Shop shop;
    const auto ran = shop.ctl({"check"});
    CHECK(ran.err.empty());
    CHECK_THAT(ran.out, Catch::Contains("2 queues, 0 agents, 2 rules in 1 file (rulebook "));
    CHECK(ran.exit_code == exit_good);
}

TEST_CASE("check shows mistakes with their place and ends with 1", "[ctl]")
{
    const Shop shop;
    shop.files.write("rules/40-route.yaml",
                     "stage: route\nrules:\n  - rule: default\n    then: {queue: returnz}\n");
    const auto ran = shop.ctl({"check"});
    CHECK(ran.exit_code == exit_findings);
    CHECK_THAT(ran.err, Catch::Contains("rules/40-route.yaml:4:19: error:") &&
                            Catch::Contains("did you mean 'returns'?") &&
                            Catch::Contains("1 error, 0 warnings"));
    const auto json = boost::json::parse(shop.ctl({"check", "--json"}).out).as_object();
    CHECK(json.at("ok") == false);
    CHECK(json.at("diagnostics").as_array().at(0).as_object().at("line") == 4);
}

TEST_CASE("check takes other rules than the configuration's", "[ctl]")
{
    const Shop shop;
    shop.files.write("drafts/all.yaml", "stage: route\nrules:\n  - rule: only\n    then: {queue: general}\n");
    CHECK_THAT(shop.ctl({"check", shop.files.path("drafts")}).out, Catch::Contains("1 rule in 1 file"));
    CHECK_THAT(shop.ctl({"check", shop.files.path("drafts/all.yaml")}).out,
               Catch::Contains("1 rule in 1 file"));
}

TEST_CASE("check takes a configuration as its argument", "[ctl]")
{
    const Shop shop;
    shop.files.write("config/queues.yaml", "queues: {returns: {sla: gold}, general: }\n");
    const auto ran = triagectl({"check", shop.files.path("config/triaged.yaml")});
    CHECK(ran.exit_code == exit_findings);
    CHECK_THAT(ran.err, Catch::Contains("queues.yaml:1:25: error: queue 'returns': unknown sla 'gold'"));
}

TEST_CASE("test shows coverage, unnoticed mistakes, and writes JUnit, the same for any number of threads",
          "[ctl]")
{
    const Shop shop;
    const auto ran =
        shop.ctl({"test", "--coverage", "--mutate", "--junit", shop.files.path("junit.xml"), "-j", "1"});
    CHECK(ran.exit_code == exit_good);
    CHECK_THAT(ran.out, Catch::Contains("2 of 2 rules fired (100.0 %)") && Catch::Contains(" noticed ("));
    CHECK(shop.ctl({"test", "--coverage", "--mutate", "--jobs", "3"}).out == ran.out);
    CHECK(std::filesystem::exists(shop.files.path("junit.xml")));
    const auto filtered = shop.ctl({"test", "--json", "--mutate", "--filter", "general"}).out;
    CHECK_THAT(filtered, Catch::Contains("\"mutants\":"));
    CHECK(shop.ctl({"test", "--junit", shop.files.path("no/such/folder.xml")}).exit_code == exit_usage);
    CHECK(shop.ctl({"test", "--jobs", "0"}).exit_code == exit_usage);
}

TEST_CASE("test runs the cases beside the rules", "[ctl]")
{
    const Shop shop;
    const auto ran = shop.ctl({"test"});
    CHECK(ran.err.empty());
    CHECK(ran.out == "2 cases passed, 0 failed\n");
    CHECK(ran.exit_code == exit_good);
    CHECK(shop.ctl({"test", "--filter", "general"}).out == "1 case passed, 0 failed, 1 skipped\n");
}

TEST_CASE("a case that fails is shown and ends test with 1", "[ctl]")
{
    const Shop shop;
    const auto file = shop.files.write("more.test.yaml",
                                       "cases:\n"
                                       "  - case: wishful\n"
                                       "    ticket: {channel: email, body: Hello}\n"
                                       "    expect: {queue: returns}\n");
    const auto ran = shop.ctl({"test", file});
    CHECK(ran.exit_code == exit_findings);
    CHECK_THAT(ran.out, Catch::Contains("failed " + file + ":2: wishful\n") && Catch::Contains("'general'") &&
                            Catch::EndsWith("0 cases passed, 1 failed\n"));
    const auto json = boost::json::parse(shop.ctl({"test", file, "--json"}).out).as_object();
    CHECK(json.at("case") == "wishful");
    CHECK(json.at("passed") == false);
}

TEST_CASE("a filter that no case meets is a slip, not a success", "[ctl]")
{
    const Shop shop;
    const auto ran = shop.ctl({"test", "--filter", "frauf"});
    CHECK(ran.exit_code == exit_usage);
    CHECK_THAT(ran.err, Catch::Contains("no case has 'frauf' in its name"));
}

TEST_CASE("explain judges a ticket that is not fed", "[ctl]")
{
    const Shop shop;
    const auto ran = shop.ctl({"explain", "-"}, R"({"channel":"email","body":"It arrived broken"})");
    CHECK(ran.err.empty());
    CHECK_THAT(ran.out, Catch::Contains("broken") && Catch::Contains("returns"));
    CHECK(ran.exit_code == exit_good);
    const auto file =
        shop.files.write("ticket.json", "{\"ref\":\"x\",\"channel\":\"email\",\n \"body\":\"Hello\"}\n");
    CHECK_THAT(shop.ctl({"explain", file, "--json"}).out, Catch::Contains("general"));
}

TEST_CASE("explain is told how long ago the customer got in touch", "[ctl]")
{
    const Shop shop;
    shop.files.write("rules/40-route.yaml",
                     "stage: route\n"
                     "rules:\n"
                     "  - rule: again\n"
                     "    when: {customer.contacts: {at_least: 2, within: 7d}, order.value: {above: 5}}\n"
                     "    then: {queue: returns}\n"
                     "  - rule: default\n"
                     "    then: {queue: general}\n");
    const auto explain = [&](const std::string& contacts, const std::vector<std::string>& more = {}) {
        std::vector<std::string> arguments{"explain", "-", "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return shop.ctl(arguments, R"({"channel":"email","body":"hello","customer":{"id":"c-1","contacts":)" +
                                       contacts + R"(},"order":{"value":)" + (more.empty() ? "9" : "4") +
                                       "}}");
    };
    const auto queue = [&](const std::string& contacts) {
        return std::string(explain(contacts).json().at("routing").at("queue").as_string());
    };
    CHECK(queue(R"(["2h", "3d"])") == "returns");
    CHECK(queue(R"(["2h", "30d"])") == "general");
    CHECK(queue("2") == "general");  // nobody says when
    CHECK(explain(R"(["2h", "3d"])", {"--to", "returns"}).json().at("verdict").as_string() == "found");
    CHECK(explain(R"(["2h", "30d"])", {"--to", "returns"}).json().at("verdict").as_string() == "not_found");
    const auto wrong = explain(R"(["soon"])");
    CHECK(wrong.exit_code == exit_usage);
    CHECK_THAT(wrong.err, Catch::Contains("customer.contacts"));
}

TEST_CASE("explain says what is wrong with a ticket as the daemon would", "[ctl]")
{
    const Shop shop;
    const auto ran = shop.ctl({"explain", "-"}, R"({"channel":"fax","body":"x"})");
    CHECK(ran.exit_code == exit_usage);
    CHECK_THAT(ran.err, Catch::Contains("bad_value") && Catch::Contains("channel"));
    CHECK(shop.ctl({"explain", "no-such-file"}).exit_code == exit_usage);
}

TEST_CASE("queues, agents and stats show what the daemon answers", "[ctl]")
{
    const Shop shop;
    FakeDaemon daemon([](const std::string& line) {
        return line == R"({"op":"queues"})"
                   ? "{\"ok\":true,\"queues\":[{\"name\":\"returns\",\"waiting\":3}]}\n"
                   : "{\"ok\":true,\"agents\":[]}\n";
    });
    CHECK_THAT(shop.ask({"queues"}, daemon).out, Catch::Contains("returns        3"));
    CHECK(shop.ask({"agents"}, daemon).out == "no agent has signed in\n");
    CHECK(shop.ask({"queues", "--json"}, daemon).out ==
          "{\"ok\":true,\"queues\":[{\"name\":\"returns\",\"waiting\":3}]}\n");
    CHECK_THAT(shop.ask({"stats"}, daemon).out, Catch::Contains("read model"));
}

TEST_CASE("what the daemon refuses ends with 1 and its reason", "[ctl]")
{
    const Shop shop;
    FakeDaemon daemon([](const std::string&) {
        return "{\"ok\":false,\"error\":{\"code\":\"forbidden\",\"message\":\"this role may not\"}}\n";
    });
    const auto ran = shop.ask({"queues"}, daemon);
    CHECK(ran.exit_code == exit_findings);
    CHECK(ran.err == "triagectl: forbidden: this role may not\n");
    CHECK(ran.out.empty());
    CHECK_THAT(shop.ask({"queues", "--json"}, daemon).out, Catch::Contains("forbidden"));
}

TEST_CASE("nobody to connect to ends with 2 and advice", "[ctl]")
{
    const Shop shop;
    const auto command = GENERATE(values<std::vector<std::string>>(
        {{"queues"}, {"reload"}, {"watch"}, {"ticket", "T-1"}, {"explain", "T-1"}, {"feed", "-"}}));
    auto arguments = command;
    arguments.insert(arguments.end(), {"--connect", "unix:" + shop.files.path("socket")});
    const auto ran = shop.ctl(arguments);
    CHECK(ran.exit_code == exit_usage);
    CHECK_THAT(ran.err, Catch::Contains("cannot connect to unix:") &&
                            Catch::Contains("is triaged running? start it with: triaged --config "));
}

TEST_CASE("where to connect comes from the configuration", "[ctl]")
{
    const Shop shop;
    FakeDaemon daemon([](const std::string& line) {
        return line.find("auth") != std::string::npos ? "{\"ok\":true}\n" : "{\"ok\":true,\"agents\":[]}\n";
    });
    shop.files.write("config/triaged.yaml",
                     "listen: {tcp: " + daemon.address() +
                         "}\ntokens:\n  - {name: f, role: feeder, secret: ffffffffffffffff}\n"
                         "  - {name: o, role: ops, secret: oooooooooooooooo}\n");
    CHECK(shop.ctl({"agents"}).exit_code == exit_good);
    CHECK(daemon.lines().at(0) == R"({"op":"auth","token":"oooooooooooooooo"})");
}

TEST_CASE("a configuration that does not load is no hindrance to asking", "[ctl]")
{
    const Shop shop;
    FakeDaemon daemon([](const std::string&) { return "{\"ok\":true,\"agents\":[]}\n"; });
    shop.files.write("config/triaged.yaml", "nonsense: 1\n");
    CHECK(shop.ask({"agents"}, daemon).exit_code == exit_good);
}

TEST_CASE("feed reports counts, failures and an exit code", "[ctl]")
{
    const Shop shop;
    FakeDaemon daemon([](const std::string& line) {
        return line.find("bad") != std::string::npos
                   ? "{\"ok\":false,\"error\":{\"code\":\"bad_value\",\"message\":\"no\"}}\n"
                   : "{\"ok\":true}\n";
    });
    const auto good = shop.ask({"feed", "-"}, daemon, "{\"ref\":\"a\"}\n{\"ref\":\"b\"}\n");
    CHECK(good.exit_code == exit_good);
    CHECK_THAT(good.out, Catch::StartsWith("fed 2 new, 0 again, 0 failed in "));
    const auto bad = shop.ask({"feed", "-"}, daemon, "{\"ref\":\"bad\"}\n");
    CHECK(bad.exit_code == exit_findings);
    CHECK(bad.err == "stdin:1: bad_value: no\n");
    const auto json = shop.ask({"feed", "-", "--json"}, daemon, "{\"ref\":\"bad\"}\n").out;
    CHECK_THAT(json, Catch::StartsWith(R"({"file":"stdin","line":1,"code":"bad_value","message":"no"})") &&
                         Catch::Contains(R"({"new":0,"again":0,"failed":1,)"));
    CHECK(shop.ask({"feed", "/nowhere.jsonl"}, daemon).exit_code == exit_usage);
}

TEST_CASE("a ticket the desk has let go of is told from the read model", "[ctl]")
{
    const Shop shop;
    std::filesystem::create_directories(shop.files.path("data"));
    {
        Contact contact;
        contact.source = "shop";
        contact.ref = "r-1";
        contact.subject = "Broken";
        const std::vector<Event> events{
            {1, Instant{1'000}, TicketOpened{TicketId{7}, contact, {}}},
            {2, Instant{2'000}, TicketCompleted{TicketId{7}, AgentId("ana"), "refunded"}}};
        auto model = journal::ReadModel::open(shop.files.path("data/readmodel.db")).value();
        REQUIRE(model->apply(events));
    }
    FakeDaemon daemon([](const std::string&) {
        return "{\"ok\":false,\"error\":{\"code\":\"unknown_ticket\",\"message\":\"no open ticket T-7\"}}\n";
    });
    shop.files.write("config/triaged.yaml", "data_dir: ../data\nlisten: {tcp: " + daemon.address() + "}\n");
    for (const auto* const command : {"ticket", "explain"}) {
        const auto ran = shop.ctl({command, "T-7"});
        CHECK(ran.exit_code == exit_good);
        CHECK_THAT(ran.out, Catch::StartsWith("T-7 closed\n") && Catch::Contains("disposition  refunded") &&
                                Catch::Contains("contact  email from shop r-1"));
    }
    CHECK_THAT(shop.ctl({"ticket", "T-8"}).err, Catch::Contains("unknown_ticket"));
    CHECK(shop.ask({"ticket", "T-7"}, daemon).exit_code == exit_findings);  // another machine's, perhaps
}

TEST_CASE("commands of operators ask for what they say", "[ctl]")
{
    struct Row {
        std::vector<std::string> arguments;
        std::string request;
        std::string shown;
    };
    const auto row = GENERATE(values<Row>({
        {{"assign", "T-1", "ana", "--force", "--note", "please"},
         R"({"op":"assign","ticket":"T-1","agent":"ana","note":"please","force":true})",
         "T-1 is with ana\n"},
        {{"requeue", "T-1"}, R"({"op":"requeue","ticket":"T-1"})", "T-1 is on floor\n"},
        {{"requeue", "T-1", "floor"},
         R"({"op":"requeue","ticket":"T-1","queue":"floor"})",
         "T-1 is on floor\n"},
        {{"transfer", "T-1", "--to", "ana"},
         R"({"op":"transfer","ticket":"T-1","to":"ana"})",
         "T-1 is with ana\n"},
        {{"transfer", "T-1", "--queue", "floor"},
         R"({"op":"transfer","ticket":"T-1","queue":"floor"})",
         "T-1 is on floor\n"},
        {{"merge", "T-1", "T-2"}, R"({"op":"merge","ticket":"T-1","into":"T-2"})", "T-1 goes on as T-2\n"},
        {{"split", "T-1", "--ref", "r-2", "--body", "b"},
         R"({"op":"split","ticket":"T-1","ref":"r-2","body":"b"})",
         "T-1\n"},
        {{"reopen", "T-1"}, R"({"op":"reopen","ticket":"T-1"})", "T-1\n"},
        {{"explain", "T-1", "--agent", "ana"},
         R"({"op":"explain","ticket":"T-1","agent":"ana"})",
         "because\n"},
    }));
    const Shop shop;
    const auto has = [&](const char* part) { return row.shown.find(part) != std::string::npos; };
    FakeDaemon daemon([&](const std::string&) {
        return std::string(R"({"ok":true,"ticket":"T-1")") + (has("ana") ? R"(,"agent":"ana")" : "") +
               (has("floor") ? R"(,"queue":"floor")" : "") + (has("T-2") ? R"(,"into":"T-2")" : "") +
               ",\"text\":\"because\\n\"}\n";
    });
    const auto ran = shop.ask(row.arguments, daemon);
    CHECK(ran.err.empty());
    CHECK(ran.out == row.shown);
    CHECK(daemon.lines().back() == row.request);
    CHECK(shop.ctl({"assign", "1", "ana"}).exit_code == exit_usage);
}

TEST_CASE("a ticket's id must be one", "[ctl]")
{
    const Shop shop;
    CHECK(shop.ctl({"ticket", "1042"}).exit_code == exit_usage);
    CHECK_THAT(shop.ctl({"ticket", "1042"}).err, Catch::Contains("1042"));
}

TEST_CASE("verify counts sound events", "[ctl]")
{
    const Shop shop;
    shop.write_journal(3);
    const auto ran = shop.ctl({"verify"});
    CHECK(ran.err.empty());
    CHECK_THAT(ran.out, Catch::EndsWith("desk 'main': 3 events, all sound\n"));
    CHECK(ran.exit_code == exit_good);
    CHECK(shop.ctl({"verify", "--json"}).out == "{\"ok\":true,\"events\":3}\n");
    CHECK(shop.ctl({"verify", "--data-dir", shop.files.path("nowhere")}).exit_code == exit_usage);
    CHECK_FALSE(std::filesystem::exists(shop.files.path("nowhere")));
}

TEST_CASE("verify finds damage and says where", "[ctl]")
{
    const Shop shop;
    shop.write_journal(2);
    {
        auto database = journal::sqlite::Database::open(shop.files.path("data/journal.db"),
                                                        journal::sqlite::Database::Open::existing)
                            .value();
        REQUIRE(database.execute("UPDATE journal SET body = x'00' WHERE first_seq = 2"));
    }
    const auto ran = shop.ctl({"verify"});
    CHECK(ran.exit_code == exit_findings);
    CHECK_THAT(ran.err, Catch::Contains("journal_damaged") && Catch::Contains("seq 2"));
    CHECK_THAT(shop.ctl({"verify", "--json"}).out, Catch::Contains("\"ok\":false"));
}

TEST_CASE("a backup is checked, and never written over another", "[ctl]")
{
    const Shop shop;
    shop.write_journal(3);
    const auto copy = shop.files.path("copy.db");
    const auto ran = shop.ctl({"backup", copy});
    CHECK(ran.err.empty());
    CHECK(ran.exit_code == exit_good);
    CHECK(ran.out == copy + ": 3 events, all sound\n");
    using std::filesystem::perms;
    CHECK(std::filesystem::status(copy).permissions() == (perms::owner_read | perms::owner_write));
    const auto again = shop.ctl({"backup", copy});
    CHECK(again.exit_code == exit_usage);
    CHECK_THAT(again.err, Catch::Contains("File exists"));
}

TEST_CASE("rebuild makes the read model from the journal", "[ctl]")
{
    const Shop shop;
    shop.write_journal(3);
    const auto ran = shop.ctl({"rebuild", "--data-dir", shop.files.path("data")});
    CHECK(ran.err.empty());
    CHECK_THAT(ran.out, Catch::Contains("readmodel.db: built from 3 events in "));
    CHECK(std::filesystem::exists(shop.files.path("data/readmodel.db")));
}

TEST_CASE("rebuild leaves the read model alone while triaged runs", "[ctl]")
{
    const Shop shop;
    shop.write_journal(1);
    FakeDaemon daemon([](const std::string&) { return "{\"ok\":true}\n"; });
    const auto ran = shop.ask({"rebuild"}, daemon);
    CHECK(ran.exit_code == exit_findings);
    CHECK_THAT(ran.err, Catch::Contains("stop it first"));
}

TEST_CASE("completions are printed", "[ctl]")
{
    CHECK_THAT(triagectl({"completions", "bash"}).out, Catch::Contains("complete -F _triagectl triagectl"));
}
