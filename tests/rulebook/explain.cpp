#include "engine/rulebook/explain.hpp"

#include <boost/json.hpp>

#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

namespace {

struct Explained {
    std::shared_ptr<const Rulebook> rulebook;
    Explanation explanation;

    const RuleVerdict& of(const std::string& name) const
    {
        const auto names = rulebook->rule_names();
        return explanation.rules.at(
            static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()));
    }
};

Explained explain_sample()
{
    std::vector<Diagnostic> found;
    const auto rulebook = load_sources(
        {{"1.yaml",
          "stage: enrich\nrules:\n  - rule: dach\n    when: {marketplace: de}\n    then: {set: {region: "
          "dach}}\n"
          "  - rule: rest\n    then: {set: {region: rest}}\n"},
         {"2.yaml",
          "stage: classify\nrules:\n"
          "  - rule: damaged\n    when: {text: [broken, 'in pieces', /crack(ed)?/]}\n    then: {intent: "
          "damaged, tags: [d]}\n"
          "  - rule: dear\n    when: {text: broken, order.value: {at_least: 100}}\n    then: {tags: [dear]}\n"
          "  - rule: parked\n    off: true\n    then: {tags: [p]}\n"},
         {"3.yaml",
          "stage: prioritise\nrules:\n  - rule: up\n    when: {intent: damaged}\n    then: {priority: high}\n"
          "  - rule: down\n    when: {tag: d}\n    then: {priority: low, sla: standard}\n"},
         {"4.yaml",
          "stage: route\nrules:\n  - rule: to-returns\n    when: {any: [{intent: damaged}, {repeat: true}], "
          "region: dach}\n"
          "    then: {queue: returns, skills: {german: 2}}\n"},
         {"5.yaml",
          "stage: escalate\nrules:\n  - rule: late\n    when: {waiting: {at_least: 5m}}\n    then: {raise: "
          "1, notify: [duty-lead]}\n"
          "  - rule: later\n    when: {queue: returns, waiting: {at_least: 1h}}\n    then: {raise: 1}\n"}},
        found);
    REQUIRE(rulebook);
    const auto ticket = a_ticket().text("Broken", "arrived in pieces").with("marketplace", "de");
    const auto facts = rulebook->scan(ticket.subject(), ticket.body());
    const Clocks clocks{Instant{600'000}, Instant{0}, Instant{0}, Instant{0}};
    return {rulebook, explain(*rulebook, {facts, ticket.ticket(), ticket.customer()}, clocks)};
}

}  // namespace

TEST_CASE("an explanation judges every rule and says what the ticket has", "[rulebook][explain]")
{
    const auto sample = explain_sample();
    REQUIRE(sample.explanation.rules.size() == sample.rulebook->rules().size());
    CHECK(sample.explanation.routing.queue.value == "returns");

    const auto& damaged = sample.of("damaged");
    CHECK(damaged.fired);
    CHECK(damaged.conditions.at(0).seen == "\"broken\", \"in pieces\"");
    CHECK(damaged.effects == std::vector<std::string>{"intent: damaged", "tags: [d]"});

    const auto& dear = sample.of("dear");
    CHECK(dear.truth == Truth::unknown);
    CHECK_FALSE(dear.fired);
    CHECK(dear.conditions.at(1).condition == "order.value: {at_least: 100}");
    CHECK(dear.conditions.at(1).truth == Truth::unknown);
    CHECK(dear.conditions.at(1).seen == "(missing)");

    CHECK(sample.of("rest").effects == std::vector<std::string>{"region: already dach by dach"});
    CHECK(sample.of("down").effects ==
          std::vector<std::string>{"priority: already high by up", "sla: standard"});
    CHECK(sample.of("down").conditions.at(0).seen == "d");
    CHECK(sample.of("parked").effects == std::vector<std::string>{"off: never applied"});
    CHECK_FALSE(sample.of("parked").fired);
    CHECK(sample.of("to-returns").conditions.at(0).seen == "intent damaged; repeat (missing)");
    CHECK(sample.of("to-returns").conditions.at(1).seen == "dach");
    CHECK(sample.of("default").effects == std::vector<std::string>{"not reached: to-returns came first"});
    CHECK(sample.of("late").fired);
    CHECK(sample.of("late").conditions.at(0).seen == "10m");
    CHECK(sample.of("later").conditions.at(1).truth == Truth::no);
}

TEST_CASE("the page for people names what fired, what nearly did, and the rulebook", "[rulebook][explain]")
{
    const auto sample = explain_sample();
    const auto page = render(*sample.rulebook, sample.explanation, false);
    for (const auto* const part : {"queue returns   priority high   intent damaged",
                                   "\nclassify\n  + damaged", "priority: already high by up", "\nnearly\n",
                                   "- dear (classify) wanted order.value: {at_least: 100}, saw (missing)",
                                   "- later (escalate) wanted waiting: {at_least: 1h}, saw 10m"})
        CHECK_THAT(page, Catch::Contains(part));
    CHECK_THAT(page, Catch::Contains(sample.rulebook->digest()));
    CHECK(page.find('\x1b') == std::string::npos);
    CHECK_THAT(render(*sample.rulebook, sample.explanation, true), Catch::Contains("\x1b[1;32mreturns"));
}

TEST_CASE("the JSON holds the routing and every verdict", "[rulebook][explain]")
{
    const auto sample = explain_sample();
    const auto json = boost::json::parse(to_json(*sample.rulebook, sample.explanation)).as_object();
    CHECK(json.at("rulebook").as_string() == to_string(sample.rulebook->id()));
    const auto& routing = json.at("routing").as_object();
    CHECK(routing.at("queue").as_string() == "returns");
    CHECK(routing.at("skills").at("german").as_int64() == 2);
    CHECK(routing.at("enriched").at("region").as_string() == "dach");
    CHECK(routing.at("lost").as_array().size() == 2);
    const auto& rules = json.at("rules").as_array();
    REQUIRE(rules.size() == sample.rulebook->rules().size());
    CHECK(rules[0].at("rule").as_string() == "dach");
    CHECK(rules[0].at("fired").as_bool());
    CHECK(rules[3].at("conditions").at(1).at("truth").as_string() == "unknown");
}

TEST_CASE("truths order and negate as three-valued logic does", "[rulebook][explain]")
{
    CHECK(negate(Truth::yes) == Truth::no);
    CHECK(negate(Truth::no) == Truth::yes);
    CHECK(negate(Truth::unknown) == Truth::unknown);
    CHECK(to_string(Truth::unknown) == "unknown");
}
