// triagectl forecast and replay: hours to come and hours gone, from a journal.

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "engine/ctl/commands.hpp"
#include "tests/ctl/files.hpp"
#include "tests/ctl/ran.hpp"
#include "tests/ctl/recording.hpp"

using namespace triaged;
using namespace triaged::ctl;
using namespace std::chrono_literals;

namespace {

constexpr Instant start{1'767'571'200'000};  // 2026-01-05T00:00:00Z

/// A desk with one agent who took two minutes for each of sixty tickets, which came a minute apart.
class Hour {
public:
    Hour()
    {
        files.write("config/triaged.yaml", "data_dir: ../data\ndesk: {agent_capacity: 1}\n");
        files.write("config/queues.yaml", "skills: {german: }\nqueues: {general: }\n");
        files.write("config/agents.yaml", "");
        files.write("config/calendars.yaml", "always: {open: always}\n");
        files.write("rules/40-route.yaml",
                    "stage: route\nrules:\n  - rule: default\n    then: {queue: general}\n");
        files.write("three.yaml",
                    "agents: {a: {capacity: 1, shift: always}, b: {capacity: 1}, c: {capacity: 1}}\n");
        record();
    }

    Ran ctl(std::vector<std::string> arguments) const { return triagectl(files, std::move(arguments)); }

    Files files;

private:
    void record() const
    {
        Recording recording(files);
        Instant now = start;
        const auto happen = [&](const Command& command) { recording.happen(command, now); };
        const AgentId ana("ana");
        happen(SignInAgent{ana, {}, {}, 1});
        TicketId working;
        for (int minute = 0; minute < 60; ++minute) {
            now = start + minute * 1min;
            ReceiveTicket ticket;
            ticket.contact.source = "shop";
            ticket.contact.ref = std::to_string(minute);
            ticket.contact.channel = Channel::chat;
            ticket.contact.body = "Hello";
            happen(ticket);
            if (minute % 2 != 0) continue;
            if (working.value != 0) happen(CompleteTicket{ana, working, {}});
            working = TicketId{static_cast<std::uint64_t>(minute / 2 + 1)};
            happen(AcceptOffer{ana, working});
        }
    }
};

}  // namespace

TEST_CASE("a forecast says what to expect of each queue and hour", "[ctl]")
{
    const Hour hour;
    const std::vector<std::string> asked{
        "forecast", "--hours", "2", "--runs", "5", "--from", "2026-01-05T01:00:00Z", "--json"};
    const auto ran = hour.ctl(asked);
    INFO(ran.err);
    REQUIRE(ran.exit_code == exit_good);
    const auto reply = ran.json();
    CHECK(reply.at("runs").to_number<int>() == 5);
    CHECK(reply.at("learnt").at("tickets").to_number<int>() == 60);
    const auto& queue = reply.at("queues").at(0);
    CHECK(queue.at("name").as_string() == "general");
    CHECK(queue.at("hours").as_array().size() == 2);
    CHECK(queue.at("wait_s").at("mean").to_number<double>() > 600);  // half of them were waiting already
    CHECK(hour.ctl(asked).out == ran.out);

    auto adding = asked;
    adding.insert(adding.end(), {"--add", "german:2"});
    const auto more = hour.ctl(adding);
    REQUIRE(more.exit_code == exit_good);
    const auto told = more.json();
    const auto& change = told.at("add").at("changes").at(0).at("wait_s");
    CHECK(change.at("mean").to_number<double>() < -100);
    const auto table = hour.ctl({"forecast", "--hours", "1", "--runs", "3", "--add", ""});
    CHECK(table.out.find("with one more agent (no skills)") != std::string::npos);
}

TEST_CASE("a forecast that is asked nonsense says so", "[ctl]")
{
    const Hour hour;
    CHECK(hour.ctl({"forecast", "--add", "german:9"}).exit_code == exit_usage);
    CHECK(hour.ctl({"forecast", "--from", "tomorrow"}).exit_code == exit_usage);
    CHECK(hour.ctl({"forecast", "--data-dir", hour.files.path("nowhere")}).exit_code == exit_usage);
    CHECK(hour.ctl({"replay", "--agents", hour.files.path("none.yaml")}).exit_code == exit_findings);
}

TEST_CASE("a replay compares an hour with what other agents would have made of it", "[ctl]")
{
    const Hour hour;
    const auto ran = hour.ctl({"replay", "--agents", hour.files.path("three.yaml"), "--from",
                               "2026-01-05T00:00:00Z", "--hours", "1", "--json"});
    INFO(ran.err);
    REQUIRE(ran.exit_code == exit_good);
    const auto told = ran.json();
    const auto& queue = told.at("queues").at(0);
    CHECK(queue.at("name").as_string() == "general");
    CHECK(queue.at("was").at("tickets").to_number<int>() == 60);
    CHECK(queue.at("would").at("tickets").to_number<int>() == 60);
    CHECK(queue.at("would").at("mean_s").to_number<double>() < 30);
    CHECK(queue.at("was").at("mean_s").to_number<double>() > 300);
    CHECK(hour.ctl({"replay", "--agents", hour.files.path("three.yaml"), "--hours", "1"}).exit_code ==
          exit_good);
}
