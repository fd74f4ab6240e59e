// triagectl simulate and explain --then: recorded tickets under other rules, and under those that decided
// them.

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/journal/read_model.hpp"
#include "tests/ctl/files.hpp"
#include "tests/ctl/ran.hpp"
#include "tests/ctl/recording.hpp"

using namespace triaged;
using namespace triaged::ctl;

namespace {

/// A desk with two queues, a draft that moves broken things from one to the other, and three tickets.
class Edit {
public:
    Edit()
    {
        files.write("config/triaged.yaml", "data_dir: ../data\n");
        files.write("config/queues.yaml", "queues: {returns: , general: }\n");
        files.write("config/agents.yaml", "");
        files.write("rules/40-route.yaml", rules("returns"));
        files.write("draft/40-route.yaml", rules("general"));
        files.write("tickets.jsonl",
                    "{\"ref\":\"a\",\"channel\":\"email\",\"body\":\"It is broken\"}\n"
                    "{\"ref\":\"b\",\"channel\":\"email\",\"body\":\"Hello\"}\n"
                    "{\"ref\":\"c\",\"channel\":\"chat\",\"body\":\"Broken, too\"}\n");
    }

    Ran simulate(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), "simulate");
        return ctl(std::move(arguments));
    }

    Ran ctl(std::vector<std::string> arguments) const { return triagectl(files, std::move(arguments)); }

    /// What the desk decided about the tickets under `rules`, as it lies in its journal.
    /// \param further  what happens after the three tickets
    void record(const std::vector<Command>& further = {}) const
    {
        Recording recording(files);
        const auto happen = [&](const Command& command) { recording.happen(command, Instant{1000}); };
        const auto& rulebook = recording.rulebook();
        AdoptRulebook adopt{rulebook.id(), rulebook.digest(), rulebook.rule_names(), {}};
        for (const auto& source : rulebook.sources()) adopt.sources.emplace_back(source.file, source.text);
        happen(adopt);
        for (const auto* const body : {"It is broken", "Hello", "Broken, too"}) {
            ReceiveTicket ticket;
            ticket.contact.source = "shop";
            ticket.contact.ref = body;
            ticket.contact.body = body;
            happen(ticket);
        }
        for (const auto& command : further) happen(command);
    }

    Files files;

private:
    static std::string rules(const std::string& queue)
    {
        return "stage: route\nrules:\n  - rule: broken\n    when: {text: broken}\n    then: {queue: " +
               queue + "}\n  - rule: default\n    then: {queue: general}\n";
    }
};

}  // namespace

TEST_CASE("simulate says what an edit moves, because of which rule, and names tickets", "[ctl]")
{
    const Edit edit;
    const auto ran =
        edit.simulate({"--rules", edit.files.path("draft"), "--from", edit.files.path("tickets.jsonl")});
    CHECK(ran.err.empty());
    CHECK_THAT(ran.out,
               Catch::Contains("queue: returns → general") && Catch::Contains("broken, changed") &&
                   Catch::Contains("a c") &&
                   Catch::Contains("3 tickets: 2 come out otherwise (66.7 %), 2 of them on another queue"));
    CHECK(ran.exit_code == exit_good);
}

TEST_CASE("simulate reads the desk's own journal, whose decisions are as they were made", "[ctl]")
{
    const Edit edit;
    edit.record();
    const auto json =
        boost::json::parse(edit.simulate({"--rules", edit.files.path("draft"), "--json"}).out).as_object();
    CHECK(json.at("tickets") == 3);
    CHECK(json.at("moved") == 2);
    const auto& group = json.at("groups").as_array().at(0).as_object();
    CHECK(group.at("samples").as_array().at(0) == "T-1");
    CHECK(group.at("placed_by") == "broken");
    const auto same = edit.simulate({"--rules", edit.files.path("rules")});
    CHECK_THAT(same.out, Catch::Contains("3 tickets: 0 come out otherwise"));
}

TEST_CASE("simulate fails where more changes than is allowed", "[ctl]")
{
    const Edit edit;
    const std::vector<std::string> draft{"--rules", edit.files.path("draft"), "--from",
                                         edit.files.path("tickets.jsonl"), "--fail-over"};
    const auto with = [&](const char* limit) {
        auto arguments = draft;
        arguments.emplace_back(limit);
        return edit.simulate(arguments).exit_code;
    };
    CHECK(with("2%") == exit_findings);
    CHECK(with("70%") == exit_good);
    CHECK(with("66") == exit_findings);
    CHECK(with("lots") == exit_usage);
}

TEST_CASE("simulate says what is wrong with the edit, the file or a line, and goes on where it can", "[ctl]")
{
    const Edit edit;
    edit.files.write("draft/40-route.yaml",
                     "stage: route\nrules:\n  - rule: default\n    then: {queue: generol}\n");
    const auto wrong = edit.simulate({"--rules", edit.files.path("draft")});
    CHECK(wrong.exit_code == exit_findings);
    CHECK_THAT(wrong.err, Catch::Contains("did you mean 'general'?"));
    const auto none = edit.simulate({"--rules", edit.files.path("rules")});
    CHECK(none.exit_code == exit_usage);
    CHECK_THAT(none.err, Catch::Contains("is no journal"));
    edit.files.write("tickets.jsonl", "not json\n{\"ref\":\"a\",\"channel\":\"email\",\"body\":\"Hello\"}\n");
    const auto partly =
        edit.simulate({"--rules", edit.files.path("rules"), "--from", edit.files.path("tickets.jsonl")});
    CHECK_THAT(partly.err, Catch::Contains("tickets.jsonl:1:"));
    CHECK_THAT(partly.out, Catch::Contains("1 ticket: 0 come out otherwise"));
}

TEST_CASE("explain --then tells a decision as it was made, whatever the rules say today", "[ctl]")
{
    const Edit edit;
    edit.record();
    edit.files.write("rules/40-route.yaml",
                     "stage: route\nrules:\n  - rule: all\n    then: {queue: general}\n");
    const auto then = edit.ctl({"explain", "T-3", "--then"});
    CHECK(then.err.empty());
    CHECK(then.exit_code == exit_good);
    CHECK_THAT(then.out, Catch::StartsWith("T-3 as decided at 1970-01-01T00:00:01.000Z") &&
                             Catch::Contains("queue returns") && Catch::Contains("+ broken"));
    const auto json = boost::json::parse(edit.ctl({"explain", "T-3", "--then", "--json"}).out).as_object();
    CHECK(json.at("routing").as_object().at("queue") == "returns");
    const auto never = edit.ctl({"explain", "T-9", "--then"});
    CHECK(never.exit_code == exit_findings);
    CHECK_THAT(never.err, Catch::Contains("there has never been a T-9; the latest is T-3"));
}

TEST_CASE("explain --then says which names of an old rulebook are gone", "[ctl]")
{
    const Edit edit;
    edit.record();
    edit.files.write("config/queues.yaml", "queues: {general: }\n");
    edit.files.write("rules/40-route.yaml",
                     "stage: route\nrules:\n  - rule: all\n    then: {queue: general}\n");
    const auto then = edit.ctl({"explain", "T-1", "--then"});
    CHECK(then.exit_code == exit_findings);
    CHECK_THAT(then.err,
               Catch::Contains("returns") && Catch::Contains("names what the configuration no longer has"));
}

TEST_CASE("explain --at tells a ticket as it stood at a time", "[ctl]")
{
    const Edit edit;
    edit.record();
    const auto before = edit.ctl({"explain", "T-3", "--at", "1970-01-01T00:00:00Z"});
    CHECK(before.exit_code == exit_findings);
    CHECK_THAT(before.err, Catch::Contains("there was no T-3 yet at 1970-01-01T00:00:00Z"));
    const auto then = edit.ctl({"explain", "T-3", "--at", "1970-01-01T00:01:00Z"});
    CHECK(then.exit_code == exit_good);
    CHECK_THAT(then.out, Catch::StartsWith("T-3 as decided at 1970-01-01T00:00:01.000Z") &&
                             Catch::Contains("it stood on returns, normal, waiting"));
    for (const auto* const wrong :
         {"yesterday", "1970-13-01", "1970-01-01T25:00", "1970-01-01T00:00:00+25:00"})
        CHECK(edit.ctl({"explain", "T-3", "--at", wrong}).exit_code == exit_usage);
}

TEST_CASE("explain --why-not and --to ask about a recorded decision, under the rules of that time", "[ctl]")
{
    const Edit edit;
    edit.record();
    edit.files.write("rules/40-route.yaml",
                     "stage: route\nrules:\n  - rule: all\n    then: {queue: general}\n");
    const auto why = edit.ctl({"explain", "T-2", "--why-not", "broken"});
    CHECK(why.exit_code == exit_good);
    CHECK_THAT(why.out, Catch::Contains("- no      text: broken") && Catch::Contains("saw none of it") &&
                            Catch::Contains("queue: returns   is general by"));
    const auto to = edit.ctl({"explain", "T-2", "--to", "returns"});
    CHECK(to.exit_code == exit_good);
    CHECK_THAT(to.out, Catch::Contains("text: says \"broken\"   (now does not say \"broken\")"));
    const auto typo = edit.ctl({"explain", "T-2", "--why-not", "brokem"});
    CHECK(typo.exit_code == exit_usage);
    CHECK_THAT(typo.err, Catch::Contains("there is no rule 'brokem'; did you mean 'broken'?"));
    CHECK(edit.ctl({"explain", "T-2", "--to", "return"}).exit_code == exit_usage);
}

TEST_CASE("explain --why-not and --to work on a ticket in a file, in JSON too", "[ctl]")
{
    const Edit edit;
    const auto file = edit.files.write("ticket.json", "{\"channel\":\"email\",\"body\":\"Hello\"}");
    const auto why =
        boost::json::parse(edit.ctl({"explain", file, "--why-not", "broken", "--json"}).out).as_object();
    CHECK(why.at("fired") == false);
    const auto to =
        boost::json::parse(edit.ctl({"explain", file, "--to", "returns", "--json"}).out).as_object();
    CHECK(to.at("verdict") == "found");
    CHECK(to.at("changes").as_array().size() == 1);
    const auto there = edit.ctl({"explain", file, "--to", "general"});
    CHECK(there.out == "it goes to general as it is\n");
}

TEST_CASE("rules lists how often each fired, and with --idle those that do not", "[ctl]")
{
    const Edit edit;
    const auto none = edit.ctl({"rules"});
    CHECK(none.exit_code == exit_usage);
    CHECK_THAT(none.err, Catch::Contains("there is no read model"));
    edit.record();
    REQUIRE(edit.ctl({"rebuild"}).exit_code == exit_good);
    const auto all = edit.ctl({"rules"});
    CHECK(all.exit_code == exit_good);
    CHECK_THAT(all.out, Catch::Contains("broken") && Catch::Contains("rules/40-route.yaml:3"));
    const auto json = boost::json::parse(edit.ctl({"rules", "--json"}).out).as_object();
    const auto& broken = json.at("rules").as_array().at(0).as_object();
    CHECK(broken.at("hits") == 2);
    CHECK(broken.at("hits_7d") == 0);  // it was 1970
    CHECK(broken.at("last_hit_at") == "1970-01-01T00:00:01.000Z");
    edit.files.write("rules/40-route.yaml",
                     "stage: route\nrules:\n  - rule: all\n    then: {queue: general}\n");
    CHECK_THAT(edit.ctl({"rules", "--idle", "30d"}).out, Catch::Contains("never"));
    CHECK(edit.ctl({"rules", "--idle", "soon"}).exit_code == exit_usage);
    CHECK(edit.ctl({"rules", "--stage", "escalate"}).out.find("all") == std::string::npos);
}

TEST_CASE("nps shows what customers answered, by queue or segment", "[ctl]")
{
    const Edit edit;
    CHECK_THAT(edit.ctl({"nps"}).err, Catch::Contains("there is no read model"));
    edit.record({GiveFeedback{"shop", "f-1", CustomerId("c-1"), TicketId{1}, 10, {}, {}},
                 GiveFeedback{"shop", "f-2", CustomerId("c-2"), TicketId{1}, 9, 4, {}},
                 GiveFeedback{"shop", "f-3", CustomerId("c-1"), TicketId{2}, 3, 1, {}}});
    REQUIRE(edit.ctl({"rebuild"}).exit_code == exit_good);
    const auto by_queue = edit.ctl({"nps"});
    CHECK(by_queue.exit_code == exit_good);
    CHECK(by_queue.out ==
          "QUEUE     NPS  ANSWERS  PROMOTERS  PASSIVES  DETRACTORS  CSAT  ANSWERS\n"
          "general  -100        1          0         0           1   1.0        1\n"
          "returns  +100        2          2         0           0   4.0        1\n"
          "total     +33        3          2         0           1   2.5        2\n");
    const auto json = boost::json::parse(edit.ctl({"nps", "--by", "tier", "--json"}).out).as_object();
    const auto& none = json.at("groups").as_array().at(0).as_object();
    CHECK(none.at("tier").is_null());
    CHECK(none.at("answers") == 3);
    CHECK_THAT(edit.ctl({"nps", "--since", "1d"}).out,
               Catch::Contains("total    -        0"));  // it was 1970
    CHECK(edit.ctl({"nps", "--since", "soon"}).exit_code == exit_usage);
    CHECK(edit.ctl({"nps", "--by", "weather"}).exit_code == exit_usage);
}

TEST_CASE("simulate compares what is due if nobody takes a ticket, where two rulebooks are at hand", "[ctl]")
{
    const Edit edit;
    const auto escalate = [](const char* when) {
        return std::string(
                   "stage: escalate\nrules:\n  - rule: late\n    when: {channel: chat, waiting: "
                   "{at_least: ") +
               when + "}}\n    then: {raise: 1}\n";
    };
    edit.files.write("draft/40-route.yaml",
                     "stage: route\nrules:\n  - rule: broken\n    when: {text: broken}\n"
                     "    then: {queue: returns}\n  - rule: default\n    then: {queue: general}\n");
    edit.files.write("draft/50-escalate.yaml", escalate("10m"));
    const auto added =
        edit.simulate({"--rules", edit.files.path("draft"), "--from", edit.files.path("tickets.jsonl")});
    CHECK_THAT(added.out, Catch::Contains("due: none → late after 10m") &&
                              Catch::Contains("3 tickets: 1 comes out otherwise"));
    edit.files.write("rules/50-escalate.yaml", escalate("5m"));
    const auto moved =
        edit.simulate({"--rules", edit.files.path("draft"), "--from", edit.files.path("tickets.jsonl")});
    CHECK_THAT(moved.out, Catch::Contains("due: late after 5m → late after 10m"));
}
