#include "engine/ctl/views.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace triaged::ctl;

namespace {

boost::json::object object(std::string_view text) { return boost::json::parse(text).as_object(); }

}  // namespace

TEST_CASE("queues are a table with a total", "[ctl]")
{
    const auto reply = object(R"({"ok":true,"queues":[
        {"name":"general","waiting":0,"offered":0,"assigned":0,"oldest_wait_ms":0,"agents":2},
        {"name":"returns","waiting":1204,"offered":3,"assigned":10,"oldest_wait_ms":185000,"agents":0,"expected_wait_ms":5400000}]})");
    CHECK(view_queues(reply, false) ==
          "QUEUE    WAITING  OFFERED  ASSIGNED  OLDEST  EXPECTED  AGENTS\n"
          "general        0        0         0       -         -       2\n"
          "returns    1,204        3        10  3m 05s    1h 30m       0\n"
          "total      1,204        3        10  3m 05s\n");
}

TEST_CASE("a queue that is there for its tickets alone is said to be", "[ctl]")
{
    const auto reply = object(
        R"({"queues":[{"name":"old","waiting":1,"offered":0,"assigned":0,"oldest_wait_ms":1,"agents":1,"configured":false}]})");
    CHECK_THAT(view_queues(reply, false), Catch::Contains("\nold is not configured any more"));
}

TEST_CASE("a queue whose tickets nobody can take stands out", "[ctl]")
{
    const auto reply = object(
        R"({"queues":[{"name":"privacy","waiting":1,"offered":0,"assigned":0,"oldest_wait_ms":1,"agents":0}]})");
    CHECK_THAT(view_queues(reply, true), Catch::Contains("\x1b[31m0\x1b[0m"));
}

TEST_CASE("agents are a table of presence, load and skills", "[ctl]")
{
    const auto reply = object(R"({"ok":true,"agents":[
        {"id":"ana","presence":"available","used":0,"capacity":4,"offers":[],"tickets":[],"missed":0,"idle_ms":61000,"skills":{"german":5,"returns":2}},
        {"id":"ben","presence":"away","reason":"missed offers","used":4,"capacity":4,"offers":[],"tickets":["T-1","T-2"],"missed":3,"idle_ms":5,"skills":{}}]})");
    CHECK(view_agents(reply, false) ==
          "AGENT  PRESENCE   LOAD  OFFERS  TICKETS  MISSED    IDLE  SKILLS\n"
          "ana    available   0/4       0        0       0  1m 01s  german 5, returns 2\n"
          "ben    away        4/4       0        2       3       -\n");
    CHECK(view_agents(object(R"({"agents":[]})"), false) == "no agent has signed in\n");
}

TEST_CASE("a ticket shows where it stands, and its text as it may safely be shown", "[ctl]")
{
    const auto reply =
        object(R"({"ok":true,"ticket":"T-7","phase":"waiting","channel":"email","source":"shop","ref":"r-1",
        "customer":"c-7","facts":{"order.value":129.5},"subject":"Broken \u001b[2J","body":"In pieces\r\nPlease help",
        "contacts":2,"queue":"returns","priority":"high","intent":"damaged","tags":["damaged","vip"],"sla":"","contact_by":"",
        "needs":{"returns":3},"rulebook":"9d0c5f3ab2417c66","rules":["smashed-parcel"],"escalated":[],"enriched":{},
        "opened_at":"2026-11-22T09:30:00.000Z","last_contact_at":"2026-11-22T09:31:00.000Z","waiting_ms":61000,
        "recheck_at":"never","agent":"","units":0})");
    CHECK(view_ticket(reply, false) ==
          "T-7 waiting\n"
          "  queue         returns\n"
          "  priority      high\n"
          "  waiting       1m 01s\n"
          "  intent        damaged\n"
          "  tags          damaged,vip\n"
          "  needs         returns 3\n"
          "  rules         smashed-parcel\n"
          "  channel       email\n"
          "  customer      c-7\n"
          "  facts         order.value=129.5\n"
          "  contacts      2\n"
          "  opened        2026-11-22T09:30:00.000Z\n"
          "  last contact  2026-11-22T09:31:00.000Z\n"
          "  from          shop r-1\n"
          "  rulebook      9d0c5f3ab2417c66\n"
          "  subject       Broken ·[2J\n"
          "    In pieces\n"
          "    Please help\n");
}

TEST_CASE("an offered ticket shows its agent and when the offer ends", "[ctl]")
{
    const auto reply =
        object(R"({"ticket":"T-7","phase":"offered","agent":"ana","expires_at":"2026-11-22T09:30:45.000Z"})");
    CHECK_THAT(view_ticket(reply, false), Catch::Contains("agent       ana") &&
                                              Catch::Contains("offer ends  2026-11-22T09:30:45.000Z") &&
                                              !Catch::Contains("waiting"));
}

TEST_CASE("the story of a ticket is told in order", "[ctl]")
{
    const auto story =
        object(R"({"ticket":"T-7","phase":"closed","queue":"returns","priority":"high","agent":"ana",
        "disposition":"refunded","source":"shop","ref":"r-1","subject":"Broken","skills":{"returns":3},
        "contacts":[{"seq":1,"at":"09:30","source":"shop","ref":"r-1","channel":"email","body":"In pieces"}],
        "offers":[{"seq":9,"at":"09:32","agent":"ana","outcome":"accepted","ended_at":"09:33"}],
        "escalations":[{"seq":5,"at":"09:31","rule":"late","priority":"high","notify":["duty-lead"]}],
        "decisions":[{"seq":2,"at":"09:30","queue":"returns","priority":"normal","rules":["smashed"],"near":[{"rule":"vip","condition":1,"wanted":"order.value: {at_least: 100}"}],"rulebook":"9d0c"}]})");
    CHECK(view_story(story, false) ==
          "T-7 closed\n"
          "  queue        returns\n"
          "  priority     high\n"
          "  agent        ana\n"
          "  disposition  refunded\n"
          "  needs        returns 3\n"
          "  from         shop r-1\n"
          "  subject      Broken\n"
          "    In pieces\n"
          "WHEN   SEQ  WHAT\n"
          "09:30    1  contact    email from shop r-1\n"
          "09:30    2  routed     returns, normal, by smashed; nearly: vip (wanted "
          "order.value: {at_least: 100}); rulebook 9d0c\n"
          "09:31    5  escalated  by late, priority high, told duty-lead\n"
          "09:32    9  offered    to ana: accepted at 09:33\n");
}

TEST_CASE("statistics are told apart by desk and daemon", "[ctl]")
{
    const auto reply =
        object(R"({"ok":true,"uptime_ms":7800000,"rulebook":"9d0c5f3ab2417c66","seq":88123,"open":1200,
        "waiting":1000,"offered":50,"assigned":150,"tickets_opened":20000,"customers":900,"agents":12,"agents_available":8,
        "requests":30000,"accepted":20000,"joined":40,"duplicates":2,"connections":3,"errors":{"bad_json":4},
        "reply_us":{"count":9,"p50":400,"p99":2100,"p999":9000},"commit_us":{"count":0},
        "read_model":{"seq":88000,"lag_events":123,"lag_ms":840}})");
    CHECK(view_stats(reply, false) ==
          "desk\n"
          "  tickets open   1,200 (1,000 waiting, 50 offered, 150 assigned)\n"
          "  opened so far  20,000\n"
          "  agents         12 (8 available)\n"
          "  customers      900\n"
          "  rulebook       9d0c5f3ab2417c66\n"
          "  last event     88,123\n"
          "daemon\n"
          "  up             2h 10m\n"
          "  connections    3\n"
          "  requests       30,000\n"
          "  tickets taken  20,000 (and 40 joined, 2 again)\n"
          "  refused        bad_json=4\n"
          "  reply          p50 400 µs, p99 2,100 µs, p99.9 9,000 µs\n"
          "  read model     123 events (840ms) behind\n");
}

TEST_CASE("an event is one line: when, which, what, whose", "[ctl]")
{
    const auto event =
        object(R"({"event":"ticket_routed","seq":4,"at":"2026-11-22T09:30:00.123Z","ticket":"T-1",
        "queue":"returns","tags":["a","b"],"rules":[]})");
    CHECK(view_event(event, false) ==
          "09:30:00.123        4  ticket_routed      T-1  queue=returns  tags=a,b\n");
}

TEST_CASE("reload says whether anything changed", "[ctl]")
{
    CHECK(view_reload(object(R"({"ok":true,"rulebook":"9d0c","rules":143,"changed":true})"), false) ==
          "reloaded: rulebook 9d0c, 143 rules\n");
    CHECK(view_reload(object(R"({"ok":true,"rulebook":"9d0c","changed":false})"), false) ==
          "nothing changed: rulebook 9d0c\n");
}

TEST_CASE("mistakes that a reload found are shown as `check` shows them", "[ctl]")
{
    const auto reply =
        object(R"({"ok":false,"error":{"code":"bad_rulebook","message":"1 mistake"},"diagnostics":[
        {"severity":"error","code":"unknown-key","file":"rules/a.yaml","line":2,"column":3,"length":4,
         "message":"a rule has no key 'whne'","source_line":"  whne: {}","suggestion":"did you mean 'when'?"}]})");
    CHECK(view_diagnostics(reply, false) ==
          "rules/a.yaml:2:3: error: a rule has no key 'whne'\n"
          "    2 |   whne: {}\n"
          "      |   ^^^^\n"
          "      = did you mean 'when'?\n");
    CHECK(view_diagnostics(object(R"({"ok":false})"), false).empty());
}

TEST_CASE("problems are a table, and one of them says how it stands", "[ctl]")
{
    const auto reply = object(R"({"ok":true,"problems":[
        {"problem":"P-7","about":"intent=late-parcel","policy":"same","opened_at":"2026-01-01T00:00:00.000Z",
         "age_ms":65000,"quiet_ms":4000,"linked":431,"open":412,"held":true,"held_tickets":400,
         "tickets":["T-1","T-2"]},
        {"problem":"P-8","about":"by hand","age_ms":1000,"quiet_ms":1000,"linked":0,"open":0,"held":false,
         "into":"P-7","tickets":[]}]})");
    CHECK(view_problems(reply, false) ==
          "PROBLEM  STANDING         OPEN  LINKED     AGE  QUIET  ABOUT\n"
          "P-7      held              412     431  1m 05s     4s  intent=late-parcel\n"
          "P-8      merged into P-7     0       0      1s     1s  by hand\n");
    const auto one = view_problem(reply, false);
    CHECK_THAT(one, Catch::Contains("P-7 held") && Catch::Contains("and 410 more"));
    CHECK(view_problems(object(R"({"problems":[]})"), false) == "no problem is open\n");
}
