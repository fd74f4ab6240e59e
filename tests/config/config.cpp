#include "engine/config/config.hpp"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "tests/config/folder.hpp"
#include "tests/paths.hpp"

using namespace triaged;
using config::Folder;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

using Complaints = std::vector<std::string>;

/// The configuration in `folder`, which must be without mistakes.
config::Config loaded(const Folder& folder)
{
    std::vector<Diagnostic> found;
    auto config = folder.load(found);
    INFO(render(found, false));
    REQUIRE(config);
    return *config;
}

/// Sets an environment variable for the length of a test.
class Environment {
public:
    Environment(const char* name, const std::string& value) : name_(name)
    {
        ::setenv(name, value.c_str(), 1);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() { ::unsetenv(name_); }

private:
    const char* name_;
};

}  // namespace

TEST_CASE("the shipped configuration loads without a complaint", "[config]")
{
    std::vector<Diagnostic> found;
    const auto config = config::load(test::in_checkout("config/triaged.yaml"), found);
    CHECK(render(found, false).empty());
    REQUIRE(config);
    CHECK(config->desk.queues.size() == 22);
    CHECK(config->desk.slas.size() == 5);
    CHECK(config->vocabulary.leads.contains("phone-lead"));
    CHECK(config->listen_tcp->port == 7070);
    CHECK(config->listen_http->port == 7071);
    CHECK(config->rules_dir == test::in_checkout("rules"));
    CHECK(config->desk.activity == ActivityPolicy{hours{24 * 30}, hours{24 * 90}, hours{24 * 365}});
}

TEST_CASE("an empty configuration has the documented defaults", "[config]")
{
    const Folder folder;
    const auto config = loaded(folder);
    CHECK(config.data_dir == folder.path().parent_path() / "var/main");
    CHECK(config.rules_dir == folder.path().parent_path() / "rules");
    CHECK(config.listen_tcp->host == "127.0.0.1");
    CHECK(config.listen_unix.empty());
    CHECK(config.tokens.empty());
    CHECK(config.limits.line_bytes_max == 1'048'576);
    CHECK(config.log.level == "info");
    CHECK(config.read_model);
    CHECK(config.io_threads == 0);
    CHECK(config.desk == [] {
        DeskPolicy desk;
        desk.queues.emplace(QueueName("general"), Queue{QueueName("general"), {}, {}, {}});
        return desk;
    }());
}

TEST_CASE("every setting of triaged.yaml arrives", "[config]")
{
    const Folder folder;
    folder.write("shop.token", "0123456789abcdef0123\n");
    std::filesystem::permissions(folder.path() / "shop.token", std::filesystem::perms::owner_read);
    folder.write("triaged.yaml", R"(
data_dir: /data
rules: ./our-rules/
listen: {tcp: "0.0.0.0:1234", unix: run/socket, http: "[::1]:99"}
tokens:
  - {name: shop, role: feeder, secret_file: shop.token}
  - {name: desktop, role: agent, agent: ana, secret: abcdefghijklmnop}
  - {name: lead, role: ops, secret: qrstuvwxyzabcdef}
desk:
  name: berlin
  agent_capacity: 6
  channel_units: {email: 2, phone: 6}
  interruptible: [email, faq]
  head_start: {high: 1h, urgent: 2h}
  offer_ttl: 90s
  missed_offers_max: 5
  receipts_kept: 7d
threads: {reopen: 2d, keys: [{by: [customer.id, order.id], within: 3d}]}
limits: {line_bytes: 64KiB, nesting: 8, sessions: 10, in_flight: 20, unsent_bytes: 4096, pushed_events: 30}
log: {level: debug, format: json}
read_model: false
io_threads: 3
snapshot_every: 5000
)");
    const auto config = loaded(folder);
    CHECK(config.data_dir == "/data");
    CHECK(config.rules_dir == folder.path() / "our-rules");
    CHECK(config.listen_tcp->host == "0.0.0.0");
    CHECK(config.listen_tcp->port == 1234);
    CHECK(config.listen_unix == folder.path() / "run/socket");
    CHECK(config.listen_http->host == "::1");
    REQUIRE(config.tokens.size() == 3);
    CHECK(config.tokens[0].secret == "0123456789abcdef0123");
    CHECK(config.tokens[0].role == config::Role::feeder);
    CHECK(config.tokens[1].role == config::Role::agent);
    CHECK(config.tokens[1].agent == "ana");
    CHECK(config.tokens[2].role == config::Role::ops);
    CHECK(config.desk.desk == "berlin");
    CHECK(config.desk.agent_capacity == 6);
    CHECK(config.desk.channel_units == std::array{1, 1, 2, 6});
    CHECK(config.desk.interruptible == std::array{true, false, true, false});
    CHECK(config.desk.head_start == std::array<Duration, 4>{Duration{}, Duration{}, hours{1}, hours{2}});
    CHECK(config.desk.offer_ttl == seconds{90});
    CHECK(config.desk.missed_offers_max == 5);
    CHECK(config.desk.receipts_kept == hours{24 * 7});
    CHECK(config.desk.threads ==
          ThreadPolicy{
              hours{48}, minutes{10}, {{"customer.id+order.id", {"customer.id", "order.id"}, hours{72}}}});
    CHECK(config.limits.line_bytes_max == 65'536);
    CHECK(config.limits.nesting_max == 8);
    CHECK(config.limits.sessions_max == 10);
    CHECK(config.limits.in_flight_max == 20);
    CHECK(config.limits.unsent_bytes_max == 4'096);
    CHECK(config.limits.pushed_events_max == 30);
    CHECK(config.log.level == "debug");
    CHECK(config.log.format == "json");
    CHECK_FALSE(config.read_model);
    CHECK(config.io_threads == 3);
    CHECK(config.snapshot_every_events == 5'000);
}

TEST_CASE("queues, skills, policies and leads become the desk's and the rules' vocabulary", "[config]")
{
    const Folder folder;
    folder.write("queues.yaml", R"(
skills: {returns: Sending back, german: }
slas: {standard: {first_response: 30m, resolution: 1d}, open: {}}
leads: {duty-lead: Leads the shift}
queues:
  returns: {about: Items, skills: {returns: 2, german: 1}, sla: standard}
  general: ~
)");
    const auto config = loaded(folder);
    CHECK(config.vocabulary.skills == std::set<std::string>{"german", "returns"});
    CHECK(config.vocabulary.slas == std::set<std::string>{"open", "standard"});
    CHECK(config.vocabulary.leads == std::set<std::string>{"duty-lead"});
    CHECK(config.vocabulary.queues == std::set{QueueName("general"), QueueName("returns")});
    CHECK(config.desk.queues.at(QueueName("returns")) ==
          Queue{QueueName("returns"), "Items", {{"german", 1}, {"returns", 2}}, "standard"});
    SlaPolicy standard{"standard", {}};
    standard.goal(SlaTarget::first_response).within = minutes{30};
    standard.goal(SlaTarget::resolution).within = hours{24};
    CHECK(config.desk.slas.at("standard") == standard);
}

TEST_CASE("a promise may give each priority its own time and warning", "[config]")
{
    const Folder folder;
    folder.write("queues.yaml", R"(
slas:
  standard:
    warn: 30m
    first_response: {urgent: 15m, normal: 8h}
    resolution: {within: {urgent: 4h, low: 3d}, warn: {urgent: 1h}}
    queue: 2h
queues: {general: {sla: standard}}
)");
    const auto standard = loaded(folder).desk.slas.at("standard");
    const auto& first = standard.goal(SlaTarget::first_response);
    CHECK(first.within[Priority::urgent] == minutes{15});
    CHECK(first.within[Priority::high] == Duration{0});
    CHECK(first.within[Priority::normal] == hours{8});
    CHECK(first.warn[Priority::urgent] == Duration{0});  // no warning comes before there is a promise
    CHECK(first.warn[Priority::normal] == minutes{30});
    const auto& resolution = standard.goal(SlaTarget::resolution);
    CHECK(resolution.within[Priority::low] == hours{72});
    CHECK(resolution.warn[Priority::urgent] == hours{1});
    CHECK(resolution.warn[Priority::low] == Duration{0});
    CHECK(standard.goal(SlaTarget::queue).within == ByPriority(hours{2}));
    CHECK(standard.goal(SlaTarget::wait) == SlaGoal{});
}

TEST_CASE("a queue says how its tickets meet agents", "[config]")
{
    const Folder folder;
    folder.write("queues.yaml", R"(
queues:
  returns: {strategy: longest_idle, sticky: 7d, offers: 3}
  general: ~
)");
    const auto queues = loaded(folder).desk.queues;
    CHECK(queues.at(QueueName("returns")).strategy == Strategy::longest_idle);
    CHECK(queues.at(QueueName("returns")).sticky == hours{7 * 24});
    CHECK(queues.at(QueueName("returns")).offers == 3);
    CHECK(queues.at(QueueName("general")).offers == 1);
    CHECK(queues.at(QueueName("general")).strategy == Strategy::least_loaded);
    CHECK(queues.at(QueueName("general")).sticky == Duration{0});
}

TEST_CASE("a queue widens, overflows and has a way to be closed", "[config]")
{
    const Folder folder;
    folder.write("calendars.yaml", "office: {open: {mon-fri: 09:00-17:00}}\n");
    folder.write("triaged.yaml", "calendars: calendars.yaml\n");
    folder.write("queues.yaml", R"(
skills: {german: , billing: }
queues:
  billing:
    skills: {german: 3}
    mode: pull
    calendar: office
    widen: [{after: 5m, skills: {german: 1}}, {after: 15m, drop: [german]}]
    overflow: [{after: 20m, to: general}, {longer_than: 500, to: general}, {closed: true, to: general}]
  general: {calendar: office, when_closed: promise, tell_wait: true}
)");
    const auto queues = loaded(folder).desk.queues;
    const auto& billing = queues.at(QueueName("billing"));
    CHECK(billing.pull);
    CHECK(billing.widen ==
          std::vector<WidenStep>{{minutes{5}, {{"german", 1}}, {}}, {minutes{15}, {}, {"german"}}});
    const QueueName general("general");
    CHECK(billing.overflow == std::vector<OverflowStep>{{minutes{20}, 0, false, general},
                                                        {Duration{0}, 500, false, general},
                                                        {Duration{0}, 0, true, general}});
    CHECK(billing.when_closed == WhenClosed::overflow);
    CHECK(queues.at(general).when_closed == WhenClosed::promise);
    CHECK(queues.at(general).tell_wait);
    CHECK_FALSE(billing.tell_wait);
}

TEST_CASE("a desk serves by head start, by priority alone, or by what is due", "[config]")
{
    const Folder folder;
    const auto desk = [&](const std::string& keys) {
        folder.write("triaged.yaml", "desk: {" + keys + "}\n");
        return loaded(folder).desk;
    };
    CHECK(desk("").order == QueueOrder::head_start);
    CHECK(desk("").due_within == hours{24 * 7});
    CHECK(desk("order: sla, due_within: 2d").order == QueueOrder::sla);
    CHECK(desk("order: sla, due_within: 2d").due_within == hours{48});
    const auto strict = desk("order: priority");
    CHECK(strict.order == QueueOrder::head_start);
    for (std::size_t i = 1; i < strict.head_start.size(); ++i)
        CHECK(strict.head_start[i] - strict.head_start[i - 1] == hours{24 * 36'500});
}

TEST_CASE("agents have the file's default capacity unless they say otherwise", "[config]")
{
    const Folder folder;
    folder.write("queues.yaml", "skills: {returns: }\nqueues: {general: }\n");
    folder.write("agents.yaml", R"(
defaults: {capacity: 3}
agents:
  ana: {name: Ana, skills: {returns: 4}, capacity: 8}
  ben: ~
)");
    const auto config = loaded(folder);
    CHECK(config.desk.agents.at(AgentId("ana")) ==
          AgentProfile{AgentId("ana"), "Ana", {{"returns", 4}}, 8, {}});
    CHECK(config.desk.agents.at(AgentId("ben")) == AgentProfile{AgentId("ben"), "ben", {}, 3, {}});
}

TEST_CASE("facts are declared beside the built-in ones", "[config]")
{
    const Folder folder;
    folder.write("triaged.yaml",
                 "facts:\n  region: {type: choice, choices: [rest, dach], about: Where}\n"
                 "  strikes: {type: number}\n  repeat: {type: boolean}\n  incident: {type: text}\n");
    const auto facts = loaded(folder).vocabulary.facts;
    CHECK(facts.at("region") == FactDeclaration{"region", FactType::choice, {"dach", "rest"}, "Where"});
    CHECK(facts.at("strikes").type == FactType::number);
    CHECK(facts.at("repeat").type == FactType::boolean);
    CHECK(facts.at("incident").type == FactType::text);
    CHECK(facts.contains("order.value"));
}

TEST_CASE("TRIAGED_DATA_DIR wins over data_dir", "[config]")
{
    const Folder folder;
    folder.write("triaged.yaml", "data_dir: /data\n");
    const Environment environment("TRIAGED_DATA_DIR", "/elsewhere/");
    CHECK(loaded(folder).data_dir == "/elsewhere");
}

TEST_CASE("the further files may have other names and places", "[config]")
{
    const Folder folder;
    std::filesystem::create_directory(folder.path() / "berlin");
    folder.write("berlin/q.yaml", "queues: {berlin: }\n");
    folder.write("triaged.yaml", "queues: berlin/q.yaml\n");
    CHECK(loaded(folder).vocabulary.queues == std::set{QueueName("berlin")});
}

TEST_CASE("a queue that no agent on file can serve is worth a warning, not an error", "[config]")
{
    const Folder folder;
    folder.write("queues.yaml", "skills: {french: }\nqueues: {regional-fr: {skills: {french: 3}}}\n");
    folder.write("agents.yaml", "agents: {ana: }\n");
    CHECK(folder.complaints() == Complaints{"agents.yaml:0:0: unserved-queue: queue 'regional-fr': no agent "
                                            "on file has the skills it needs"});
    std::vector<Diagnostic> found;
    CHECK(folder.load(found));
}

TEST_CASE("a secret that everybody can read is worth a warning", "[config]")
{
    const Folder folder;
    folder.write("shop.token", "0123456789abcdef0123\n");
    std::filesystem::permissions(folder.path() / "shop.token", std::filesystem::perms(0644));
    folder.write("triaged.yaml", "tokens: [{name: shop, role: feeder, secret_file: shop.token}]\n");
    std::vector<Diagnostic> found;
    CHECK(folder.load(found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "open-secret");
    CHECK(found[0].severity == Severity::warning);
}

TEST_CASE("mistakes in all files are found in one run", "[config]")
{
    const Folder folder;
    folder.write("triaged.yaml", "log: {level: loud}\nlisten: {tcp: nowhere}\n");
    folder.write("queues.yaml", "slas: {gold: {}}\nqueues:\n  billing: {sla: gld}\n");
    folder.write("agents.yaml", "agents:\n  ana: {skills: {frensh: 1}}\n");
    CHECK(
        folder.complaints() ==
        Complaints{
            "triaged.yaml:2:15: bad-address: listen: tcp: 'nowhere' is not an address: it has no port; write "
            "host:port, such as 127.0.0.1:7070",
            "triaged.yaml:1:14: bad-value: log: level 'loud' does not exist",
            "queues.yaml:3:18: unknown-sla: queue 'billing': unknown sla 'gld'",
            "agents.yaml:2:18: unknown-skill: agent 'ana': unknown skill 'frensh'"});
}

TEST_CASE("a mistake is shown with its line, a caret and the likely cure", "[config]")
{
    const Folder folder;
    folder.write("queues.yaml", "slas: {gold: {}}\nqueues:\n  billing: {sla: gld}\n");
    std::vector<Diagnostic> found;
    CHECK_FALSE(folder.load(found));
    const auto text = render(found, false);
    CHECK_THAT(text, Catch::EndsWith("queues.yaml:3:18: error: queue 'billing': unknown sla 'gld'\n"
                                     "    3 |   billing: {sla: gld}\n"
                                     "      |                  ^^^\n"
                                     "      = did you mean 'gold'?\n"));
}

TEST_CASE("files that cannot be read are named", "[config]")
{
    const Folder folder;
    folder.write("triaged.yaml", "queues: qeues.yaml\n");
    CHECK(folder.complaints() == Complaints{"qeues.yaml:0:0: unreadable-file: cannot read this file"});
    std::vector<Diagnostic> found;
    CHECK_FALSE(config::load("/nowhere/triaged.yaml", found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].file == "/nowhere/triaged.yaml");
}

TEST_CASE("rules are read in the order of their names, without tests", "[config]")
{
    const Folder folder;
    for (const auto* name : {"20-b.yaml", "10-a.yaml", "10-a.test.yaml", "notes.md", ".hidden.yaml"})
        folder.write(name, name);
    std::filesystem::create_directory(folder.path() / "rules");
    for (const auto* name : {"20-b.yaml", "10-a.yaml", "10-a.test.yaml", "notes.md", ".hidden.yaml"})
        std::filesystem::rename(folder.path() / name, folder.path() / "rules" / name);
    const auto sources = config::read_rules((folder.path() / "rules").string());
    REQUIRE(sources);
    REQUIRE(sources->size() == 2);
    CHECK((*sources)[0].file == "rules/10-a.yaml");
    CHECK((*sources)[0].text == "10-a.yaml");
    CHECK((*sources)[1].file == "rules/20-b.yaml");
}

TEST_CASE("a rules folder that is not there is an error that names it", "[config]")
{
    const auto sources = config::read_rules("/nowhere/rules");
    REQUIRE_FALSE(sources);
    CHECK(sources.error().code == ErrorCode::bad_config);
    CHECK_THAT(sources.error().message, Catch::Contains("/nowhere/rules"));
}
