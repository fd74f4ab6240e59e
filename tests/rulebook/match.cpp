// Routing: conditions, unknowns, stages and conflicts.

#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

namespace {

/// A rulebook of one route rule with this `when`.
std::shared_ptr<const Rulebook> when(const std::string& conditions)
{
    return a_rulebook({{"route.yaml", "stage: route\nrules:\n  - rule: one\n    when: {" + conditions +
                                          "}\n    then: {queue: returns}\n"}});
}

bool fires(const std::string& conditions, const TestTicket& ticket)
{
    INFO(conditions);
    return ticket.route(*when(conditions)).queue.value == "returns";
}

}  // namespace

TEST_CASE("a condition holds as the rule language says", "[rulebook][match]")
{
    struct Row {
        std::string conditions;
        TestTicket ticket;
        bool expected;
    };
    const auto row = GENERATE(values<Row>({
        {"channel: email", a_ticket().with("channel", "email"), true},
        {"channel: email", a_ticket().with("channel", "chat"), false},
        {"channel: [chat, email]", a_ticket().with("channel", "email"), true},
        {"marketplace: Co.UK", a_ticket().with("marketplace", "co.uk"), true},
        {"marketplace: münchen", a_ticket().with("marketplace", "MÜNCHEN"), true},
        {"marketplace: münchen", a_ticket().with("marketplace", "munchen"), false},
        {"marketplace: no", a_ticket().with("marketplace", "no"), true},
        {"customer.tier: prime", a_ticket().of_customer("customer.tier", std::string_view("prime")), true},
        {"customer.tier: prime",
         a_ticket().of_customer("customer.tier", std::string_view("prime")).with("customer.tier", "vip"),
         false},
        {"repeat: true", a_ticket().with("repeat", true), true},
        {"repeat: false", a_ticket().with("repeat", true), false},
        {"repeat: false", a_ticket().with("repeat", false), true},
        {"order.value: 5", a_ticket().with("order.value", 5), true},
        {"order.value: [4, 5]", a_ticket().with("order.value", 5), true},
        {"order.value: [4, 6]", a_ticket().with("order.value", 5), false},
        {"order.value: {above: 5}", a_ticket().with("order.value", 5), false},
        {"order.value: {above: 5}", a_ticket().with("order.value", 5.01), true},
        {"order.value: {at_least: 5}", a_ticket().with("order.value", 5), true},
        {"order.value: {below: 5}", a_ticket().with("order.value", 5), false},
        {"order.value: {at_most: 5}", a_ticket().with("order.value", 5), true},
        {"order.value: {between: [5, 9]}", a_ticket().with("order.value", 9), true},
        {"order.value: {between: [5, 9]}", a_ticket().with("order.value", 9.5), false},
        {"order.value: {above: 5, at_most: 9}", a_ticket().with("order.value", 9), true},
        {"order.days_late: {below: 0}", a_ticket().with("order.days_late", -2), true},
        {"order.value: present", a_ticket().with("order.value", 0), true},
        {"order.value: present", a_ticket(), false},
        {"order.value: missing", a_ticket(), true},
        {"order.value: missing", a_ticket().with("order.value", 0), false},
        {"marketplace: 'missing'", a_ticket().with("marketplace", "missing"), true},
        {"text: [broken, lost]", a_ticket().text("Lost", "parcel"), true},
        {"subject: lost", a_ticket().text("parcel", "lost"), false},
        {"text: {contains: roke}", a_ticket().body("broken"), true},
        {"text: [lost, {contains: [rok, xyz]}]", a_ticket().body("broken"), true},
        {"body: '/\\A\\s*[?]\\s*\\z/'", a_ticket().text("Fwd: lamp", " ? \n"), true},
        {"body: '/\\A\\s*[?]\\s*\\z/'", a_ticket().text("Fwd: lamp", "really ?"), false},
        {"text: lost, channel: email", a_ticket().body("lost").with("channel", "email"), true},
        {"text: lost, channel: email", a_ticket().body("lost").with("channel", "chat"), false},
        {"any: [{channel: email}, {text: lost}]", a_ticket().body("lost").with("channel", "chat"), true},
        {"any: [{channel: email}, {text: lost}]", a_ticket().body("x").with("channel", "chat"), false},
        {"any: [{channel: email, text: lost}, {repeat: true}]",
         a_ticket().body("lost").with("channel", "email"), true},
        {"any: [{channel: email, text: lost}, {repeat: true}]", a_ticket().with("channel", "email"), false},
        {"all: [{text: lost}, {text: parcel}]", a_ticket().body("lost parcel"), true},
        {"all: [{text: lost}, {text: parcel}]", a_ticket().body("lost"), false},
        {"not: {text: lost}", a_ticket().body("found"), true},
        {"not: {text: lost, channel: email}", a_ticket().body("lost").with("channel", "chat"), true},
        {"not: {not: {text: lost}}", a_ticket().body("lost"), true},
    }));
    CHECK(fires(row.conditions, row.ticket) == row.expected);
}

TEST_CASE("a missing fact makes a condition unknown, and unknown fires nothing, not even under not",
          "[rulebook][match]")
{
    const auto lost = a_ticket().body("lost");
    CHECK_FALSE(fires("channel: email", lost));
    CHECK_FALSE(fires("not: {channel: email}", lost));
    CHECK_FALSE(fires("not: {order.value: {above: 5}}", lost));
    CHECK_FALSE(fires("not: {not: {channel: email}}", lost));
    // Unknown does not spoil what is settled without it.
    CHECK(fires("any: [{channel: email}, {text: lost}]", lost));
    CHECK(fires("not: {channel: email, text: found}", lost));
    CHECK_FALSE(fires("not: {channel: email, text: lost}", lost));
    CHECK_FALSE(fires("not: {any: [{channel: email}, {text: found}]}", lost));
    CHECK(fires("not: {channel: present}", lost));
}

TEST_CASE("conditions on text are unknown where another rulebook scanned the text", "[rulebook][match]")
{
    const auto rulebook = when("not: {text: lost}");
    const FactSet none;
    const TextFacts foreign{RulebookId{1}, {0, 1, 2, 3, 4, 5, 1'000'000}};
    CHECK(rulebook->route({foreign, none, none}).queue.value == "general");
    const auto own = rulebook->scan("", "found");
    CHECK(rulebook->route({own, none, none}).queue.value == "returns");
}

TEST_CASE("named lists stand for their items, alone and inside lists, and may hold parts of words",
          "[rulebook][match]")
{
    const auto rulebook = a_rulebook(
        {{"lists.yaml", "lists:\n  shops: [de, fr]\n  sad: [sad, 'in tears', {contains: 泣}]\n"},
         {"route.yaml",
          "stage: route\nrules:\n  - rule: one\n    when: {marketplace: [$shops, it], text: $sad}\n"
          "    then: {queue: returns}\n"}});
    for (const auto* const body : {"sad", "in tears", "泣いた"}) {
        CHECK(a_ticket().body(body).with("marketplace", "fr").route(*rulebook).queue.value == "returns");
        CHECK(a_ticket().body(body).with("marketplace", "it").route(*rulebook).queue.value == "returns");
        CHECK(a_ticket().body(body).with("marketplace", "es").route(*rulebook).queue.value == "general");
    }
}

TEST_CASE("each stage reads facts, intent, tags and priority as the stages before left them",
          "[rulebook][match]")
{
    const auto rulebook = a_rulebook({
        {"1.yaml",
         "stage: enrich\nrules:\n"
         "  - rule: dach\n    when: {marketplace: de}\n    then: {set: {region: dach, repeat: true, "
         "order.value: 7}}\n"
         "  - rule: unseen\n    when: {region: dach}\n    then: {set: {contract.id: x}}\n"},
        {"2.yaml",
         "stage: classify\nrules:\n"
         "  - rule: intent\n    when: {region: dach, repeat: true, order.value: 7}\n    then: {intent: "
         "fraud, tags: hot}\n"},
        {"3.yaml",
         "stage: prioritise\nrules:\n"
         "  - rule: urgent\n    when: {intent: fraud, tag: hot}\n    then: {priority: urgent, sla: critical, "
         "tags: b}\n"
         "  - rule: unseen-tag\n    when: {tag: b}\n    then: {contact_by: phone}\n"},
        {"4.yaml",
         "stage: route\nrules:\n"
         "  - rule: to-fraud\n    when: {priority: urgent, tag: b, intent: [x, fraud]}\n    then: {queue: "
         "fraud, tags: [a]}\n"
         "  - rule: later\n    when: {priority: urgent}\n    then: {queue: returns}\n"},
    });
    const auto routing = a_ticket().with("marketplace", "de").with("order.value", 1).route(*rulebook);
    CHECK(fired(*rulebook, routing) == std::vector<std::string>{"dach", "intent", "urgent", "to-fraud"});
    CHECK(routing.queue.value == "fraud");
    CHECK(routing.intent == "fraud");
    CHECK(routing.priority == Priority::urgent);
    CHECK(routing.sla == "critical");
    CHECK(routing.contact_by.empty());
    CHECK(routing.tags == std::vector<std::string>{"a", "b", "hot"});
    CHECK(routing.enriched.find("order.value") == FactValue{7.0});
    CHECK_FALSE(routing.enriched.find("contract.id"));
    CHECK(routing.rulebook == rulebook->id());
}

TEST_CASE("a fact that enrich sets hides the one that came with the ticket", "[rulebook][match]")
{
    const auto rulebook = a_rulebook(
        {{"1.yaml",
          "stage: enrich\nrules:\n  - rule: set\n    when: {text: x}\n    then: {set: {region: dach}}\n"},
         {"2.yaml",
          "stage: route\nrules:\n"
          "  - rule: old\n    when: {region: france}\n    then: {queue: fraud}\n"
          "  - rule: new\n    when: {region: dach}\n    then: {queue: returns}\n"}});
    CHECK(a_ticket().body("x").with("region", "france").route(*rulebook).queue.value == "returns");
    CHECK(a_ticket().body("y").with("region", "france").route(*rulebook).queue.value == "fraud");
}

TEST_CASE("of two rules that set the same the earlier wins, and the loss is in the trace",
          "[rulebook][match]")
{
    const auto rulebook = a_rulebook({
        {"1.yaml",
         "stage: enrich\nrules:\n  - rule: a\n    then: {set: {region: dach, repeat: true}}\n"
         "  - rule: b\n    then: {set: {region: rest, repeat: true}}\n"},
        {"2.yaml",
         "stage: classify\nrules:\n  - rule: c\n    then: {intent: x, tags: [t2, t1]}\n"
         "  - rule: d\n    then: {intent: y, tags: [t1, t3]}\n"},
        {"3.yaml",
         "stage: prioritise\nrules:\n  - rule: e\n    then: {priority: high, skills: {german: 2, returns: "
         "3}}\n"
         "  - rule: f\n    then: {priority: low, sla: standard, skills: {german: 4, returns: 1}}\n"
         "  - rule: g\n    then: {sla: critical, contact_by: phone}\n"},
    });
    const auto routing = a_ticket().route(*rulebook);
    CHECK(routing.enriched.find("region") == FactValue{std::string_view("dach")});
    CHECK(routing.intent == "x");
    CHECK(routing.tags == std::vector<std::string>{"t1", "t2", "t3"});
    CHECK(routing.priority == Priority::high);
    CHECK(routing.sla == "standard");
    CHECK(routing.contact_by == "phone");
    CHECK(routing.skills == Skills{{"german", 4}, {"returns", 3}});
    const auto at = [&](const char* name) {
        const auto all = rulebook->rule_names();
        return static_cast<RuleIndex>(std::find(all.begin(), all.end(), name) - all.begin());
    };
    CHECK(routing.trace.lost == std::vector<Loss>{{at("b"), at("a"), "region"},
                                                  {at("d"), at("c"), "intent"},
                                                  {at("f"), at("e"), "priority"},
                                                  {at("g"), at("f"), "sla"}});
}

TEST_CASE("a rule that is off changes nothing", "[rulebook][match]")
{
    std::vector<Diagnostic> found;
    const auto rulebook =
        load_sources({{"a.yaml",
                       "stage: route\nrules:\n  - rule: one\n    off: true\n    when: {text: x}\n"
                       "    then: {queue: returns}\n"}},
                     found);
    REQUIRE(rulebook);
    CHECK(a_ticket().body("x").route(*rulebook).queue.value == "general");
}

TEST_CASE("the trace keeps rules that one condition of several stopped, the first eight", "[rulebook][match]")
{
    std::string rules = "stage: classify\nrules:\n";
    for (int i = 0; i < 12; ++i)
        rules += "  - rule: r" + std::to_string(i) + "\n    when: {text: lost, repeat: true" +
                 (i == 0 ? ", channel: email" : "") + "}\n    then: {tags: x}\n";
    rules += "  - rule: single\n    when: {text: nowhere}\n    then: {tags: x}\n";
    const auto rulebook = a_rulebook({{"a.yaml", rules}});
    const auto routing = a_ticket().body("lost").route(*rulebook);
    REQUIRE(routing.trace.near.size() == near_misses_max);
    CHECK(routing.trace.near[0] == NearMiss{1, 1});  // r0 lacks two
    CHECK(routing.trace.near[7] == NearMiss{8, 1});
}

TEST_CASE("a rulebook may be used from several rulebooks' tickets in turn", "[rulebook][match]")
{
    const auto small = when("channel: email");
    const auto large =
        when("any: [{text: lost}, {text: gone}, {region: dach}, {marketplace: [de, fr, it, es]}]");
    for (int i = 0; i < 3; ++i) {
        CHECK(a_ticket().with("channel", "email").route(*small).queue.value == "returns");
        CHECK(a_ticket().with("channel", "email").route(*large).queue.value == "general");
        CHECK(a_ticket().with("marketplace", "it").route(*large).queue.value == "returns");
        CHECK(a_ticket().with("marketplace", "it").route(*small).queue.value == "general");
    }
}

TEST_CASE("what rules ask of the desk is a number that is handed in, and 0 if it is not", "[rulebook]")
{
    const auto rulebook =
        a_rulebook({{"a.yaml",
                     "stage: route\nrules:\n"
                     "  - rule: busy\n    when: {queue.length: {queue: returns, at_least: 5}}\n"
                     "    then: {queue: fraud}\n"
                     "  - rule: nobody\n"
                     "    when: {not: {agents.available: {queue: returns, at_least: 1}}}\n"
                     "    then: {queue: executive}\n"}});
    REQUIRE(rulebook->desk_facts().size() == 2);
    CHECK(rulebook->desk_facts()[0].name == "queue.length returns");
    const auto queue = [&](int length, int agents) {
        return TestTicket()
            .with("queue.length returns", length)
            .with("agents.available returns", agents)
            .route(*rulebook)
            .queue.value;
    };
    CHECK(queue(5, 1) == "fraud");
    CHECK(queue(4, 1) == "general");
    CHECK(queue(4, 0) == "executive");
    CHECK(TestTicket().route(*rulebook).queue.value == "executive");  // nothing handed in
}
