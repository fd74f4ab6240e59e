// Analysis: what it proves is true of every ticket, and what it shows the evaluator confirms.

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "engine/analysis/analyse.hpp"
#include "engine/analysis/encoding.hpp"
#include "engine/rulebook/compiled.hpp"
#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

namespace {

analysis::Report report_on(const Rulebook& rulebook, const DeskPolicy& desk = {})
{
    return analysis::analyse(rulebook, a_vocabulary().facts, desk, {10'000}, {});
}

/// `code rule-or-queue`, of warnings; the rule is what the message quotes first.
std::vector<std::string> warnings(const analysis::Report& report)
{
    std::vector<std::string> out;
    for (const auto& [diagnostic, note, proof, witness] : report.findings) {
        if (note) continue;
        const auto& text = diagnostic.message;
        const auto begin = text.find('\'') + 1;
        out.push_back(diagnostic.code + " " + text.substr(begin, text.find('\'', begin) - begin));
    }
    return out;
}

std::vector<std::string> found_in(const std::string& stage, const std::string& rules)
{
    return warnings(report_on(*a_rulebook({{"a.yaml", "stage: " + stage + "\nrules:\n" + rules}})));
}

std::string route(const std::string& name, const std::string& when)
{
    return "  - rule: " + name + "\n    when: {" + when + "}\n    then: {queue: returns}\n";
}

}  // namespace

TEST_CASE("a rule whose conditions are never true together is dead", "[analysis]")
{
    using Found = std::vector<std::string>;
    const Found dead{"dead-rule one"};
    CHECK(found_in("route", route("one", "order.value: {above: 5}, not: {order.value: {above: 3}}")) == dead);
    CHECK(found_in("route",
                   route("one", "order.value: missing, any: [{order.value: 3}, {order.value: 4}]")) == dead);
    CHECK(found_in("route", route("one", "text: 'in tiny pieces', not: {text: pieces}")) == dead);
    CHECK(found_in("route", route("one", "text: broken, not: {text: {contains: rok}}")) == dead);
    CHECK(found_in("route", route("one", "subject: lost, not: {text: lost}")) == dead);
    CHECK(found_in("route", route("one", "channel: email, all: [{channel: [chat, phone]}]")) == dead);
    CHECK(found_in("escalate",
                   "  - rule: one\n    when: {waiting: {at_least: 2h}, age: {below: 1h}}\n    then: {notify: "
                   "duty-lead}\n") == dead);
    CHECK(found_in("route", route("one",
                                  "queue.length: {queue: returns, at_least: 5}, "
                                  "not: {queue.length: {queue: returns, above: 3}}")) == dead);
    CHECK(found_in("route", route("one", "agents.available: {queue: returns, below: 0}")) == dead);
    CHECK(found_in("route", route("one", "queue.length: {queue: returns, above: 0, below: 1}")) == dead);
    CHECK(found_in("route", route("one",
                                  "customer.contacts: {at_least: 3, within: 7d}, "
                                  "all: [{customer.contacts: {below: 3}}]")) == dead);
    CHECK(found_in("route", route("one",
                                  "customer.contacts: {at_least: 3, within: 1d}, "
                                  "not: {customer.contacts: {at_least: 2, within: 7d}}")) == dead);
    // Possible after all.
    CHECK(found_in("route", route("one",
                                  "customer.contacts: {at_least: 3, within: 7d}, "
                                  "not: {customer.contacts: {at_least: 3, within: 1d}}"))
              .empty());
    CHECK(found_in("route", route("one",
                                  "queue.length: {queue: returns, at_least: 5}, "
                                  "not: {queue.length: {queue: fraud, above: 3}}"))
              .empty());
    CHECK(found_in("route", route("one", "text: pieces, not: {text: 'in tiny pieces'}")).empty());
    CHECK(found_in("route", route("one", "order.value: {above: 3}, not: {order.value: {above: 5}}")).empty());
    CHECK(found_in("route", route("one", "text: lost, not: {subject: lost}")).empty());
    CHECK(found_in("escalate",
                   "  - rule: one\n    when: {waiting: {at_least: 1h}, age: {above: 2h}}\n    then: {notify: "
                   "duty-lead}\n")
              .empty());
}

TEST_CASE("what earlier stages leave is part of the proof", "[analysis]")
{
    const auto rulebook = a_rulebook(
        {{"1.yaml",
          "stage: enrich\nrules:\n  - rule: late\n    when: {order.value: {above: 50}}\n    then: {set: "
          "{repeat: true}}\n"},
         {"2.yaml",
          "stage: classify\nrules:\n  - rule: big\n    when: {order.value: {above: 90}}\n    then: {intent: "
          "big}\n"},
         {"3.yaml",
          "stage: prioritise\nrules:\n  - rule: up\n    when: {intent: big}\n    then: {priority: high}\n"},
         {"4.yaml", "stage: route\nrules:\n" + route("never", "intent: big, order.value: {below: 80}") +
                        route("nor", "priority: high, repeat: false") + route("some", "priority: high")}});
    CHECK(warnings(report_on(*rulebook)) == std::vector<std::string>{"dead-rule never", "dead-rule nor"});
}

TEST_CASE("in escalate a ticket may stand as escalations, hands and further contacts left it", "[analysis]")
{
    const auto rulebook = [](const std::string& escalations) {
        return a_rulebook(
            {{"1.yaml",
              "stage: enrich\nrules:\n  - rule: late\n    when: {order.value: {above: 50}}\n    then: {set: "
              "{repeat: true}}\n"},
             {"2.yaml",
              "stage: classify\nrules:\n  - rule: big\n    when: {text: lost}\n    then: {intent: big}\n"},
             {"3.yaml", "stage: prioritise\nrules:\n  - rule: up\n    then: {priority: high}\n"},
             {"5.yaml", "stage: escalate\nrules:\n" + escalations}});
    };
    const auto one = [&](const std::string& when, const std::string& others = {}) {
        return warnings(report_on(
            *rulebook("  - rule: one\n    when: {" + when + "}\n    then: {notify: duty-lead}\n" + others)));
    };
    const std::vector<std::string> dead{"dead-rule one"};
    const auto then = [](const std::string& effect) {
        return "  - rule: other\n    when: {waiting: {at_least: 1h}}\n    then: {" + effect + "}\n";
    };
    CHECK(one("priority: urgent") == dead);
    CHECK(one("priority: urgent", then("priority: urgent")).empty());
    CHECK(one("priority: urgent", then("raise: 1")).empty());
    CHECK(one("priority: low", then("raise: 1")) == dead);  // raising makes nothing less urgent
    CHECK(one("tag: soaked") == dead);
    CHECK(one("tag: soaked", then("tags: soaked")).empty());
    CHECK(one("queue: fraud", then("queue: fraud")).empty());
    CHECK(one("queue: fraud").empty());                           // somebody moves it there
    CHECK(one("intent: big, not: {text: lost}").empty());         // by an earlier contact
    CHECK(one("repeat: true, order.value: {below: 9}").empty());  // likewise
    CHECK(one("queue: [fraud], not: {queue: fraud}") == dead);
    CHECK(one("intent: small") == dead);
}

TEST_CASE("a shadowed route rule names who takes its tickets", "[analysis]")
{
    const auto report = report_on(*a_rulebook(
        {{"a.yaml", "stage: route\nrules:\n" + route("mail", "channel: email") +
                        route("chat", "channel: chat") + route("both", "channel: [email, chat], text: lost") +
                        route("rest", "channel: phone")}}));
    REQUIRE(warnings(report) == std::vector<std::string>{"shadowed-rule both"});
    const auto& found = report.findings.front().diagnostic;
    CHECK(found.file == "a.yaml");
    CHECK(found.line == 9);
    CHECK(found.message.find("'mail' (a.yaml:3)") != std::string::npos);
    CHECK(found.message.find("'chat' (a.yaml:6)") != std::string::npos);
    CHECK(found.message.find("rest") == std::string::npos);
}

TEST_CASE("a condition that the others imply changes nothing", "[analysis]")
{
    CHECK(found_in(
              "route",
              route("one", "text: 'in tiny pieces', body: present, any: [{text: pieces}, {channel: chat}]"))
              .size() <= 2);
    CHECK(found_in("route", route("one", "order.value: {above: 5}, not: {order.value: {below: 3}}")) ==
          std::vector<std::string>{"idle-condition one"});
    CHECK(found_in("route", route("one", "order.value: {above: 5}, not: {customer.tier: vip}")).empty());
}

TEST_CASE("rules of a stage that set one thing differently overlap or are overruled", "[analysis]")
{
    const auto rules = std::string(
        "  - rule: a\n    when: {channel: email}\n    then: {priority: high}\n"
        "  - rule: b\n    when: {channel: email, text: lost}\n    then: {priority: low}\n"
        "  - rule: c\n    when: {text: lost}\n    then: {priority: urgent}\n"
        "  - rule: d\n    when: {channel: [chat, phone], not: {text: lost}}\n    then: {priority: low}\n");
    const auto report = report_on(*a_rulebook({{"a.yaml", "stage: prioritise\nrules:\n" + rules}}));
    CHECK(warnings(report) == std::vector<std::string>{"overruled-rule b"});
    std::vector<std::string> overlaps;
    for (const auto& each : report.findings)
        if (each.diagnostic.code == "overlap") overlaps.push_back(each.diagnostic.message.substr(0, 8));
    CHECK(overlaps == std::vector<std::string>{"rule 'c'"});
}

TEST_CASE("asking a queue for less is found idle where no queue of the rule has steps to take", "[analysis]")
{
    DeskPolicy desk;
    for (const auto* const name : {"returns", "general", "floor"})
        desk.queues[QueueName(name)] = {QueueName(name), "", {}, ""};
    const auto rulebook =
        a_rulebook({{"a.yaml",
                     "stage: escalate\nrules:\n"
                     "  - {rule: here, when: {queue: returns}, then: {widen: true}}\n"
                     "  - {rule: not-here, when: {not: {queue: returns}}, then: {widen: true}}\n"
                     "  - {rule: anywhere, when: {idle: {at_least: 1h}}, then: {widen: true}}\n"
                     "  - {rule: there, when: {queue: returns}, then: {queue: general, widen: true}}\n"}});
    const auto found = [&] {
        auto all = warnings(report_on(*rulebook, desk));
        std::erase_if(all, [](const auto& each) { return !each.starts_with("idle-widen"); });
        for (auto& each : all) each.erase(0, each.find(' ') + 1);
        return all;
    };
    using Names = std::vector<std::string>;
    CHECK(found() == Names{"here", "not-here", "anywhere", "there"});
    const std::vector<WidenStep> steps{{std::chrono::minutes{5}, {}, {"german"}}};
    SECTION("on the queue it names")
    {
        desk.queues[QueueName("returns")].widen = steps;
        CHECK(found() == Names{"not-here", "there"});
    }
    SECTION("on a queue that no condition names")
    {
        desk.queues[QueueName("floor")].widen = steps;
        CHECK(found() == Names{"here", "there"});
    }
    SECTION("on the queue it sends tickets to")
    {
        desk.queues[QueueName("general")].widen = steps;
        CHECK(found() == Names{"here"});
    }
}

TEST_CASE("queues without rules and queues without agents are found", "[analysis]")
{
    DeskPolicy desk;
    desk.queues[QueueName("returns")] = {QueueName("returns"), "", {{"returns", 3}}, ""};
    desk.queues[QueueName("general")] = {QueueName("general"), "", {}, ""};
    desk.agents[AgentId("a-1")] = {AgentId("a-1"), "", {{"returns", 2}}, 0, {}};
    const auto rulebook =
        a_rulebook({{"a.yaml", "stage: route\nrules:\n" + route("one", "text: x, not: {text: x}")}});
    CHECK(warnings(report_on(*rulebook, desk)) ==
          std::vector<std::string>{"dead-rule one", "unfed-queue returns", "unserved-queue returns"});
}

namespace {

template <std::size_t N>
std::string pick(std::mt19937& random, const std::array<const char*, N>& from)
{
    return from[std::uniform_int_distribution<std::size_t>(0, N - 1)(random)];
}

std::string a_condition(std::mt19937& random, Stage stage)
{
    constexpr std::array plain{"channel: email",
                               "channel: [chat, phone]",
                               "text: lost",
                               "text: [lost parcel, pieces]",
                               "subject: lost",
                               "body: parcel",
                               "text: {contains: arc}",
                               "order.value: {above: 5}",
                               "order.value: {between: [2, 6]}",
                               "order.value: 4",
                               "order.value: missing",
                               "order.value: present",
                               "repeat: true",
                               "repeat: false",
                               "region: dach",
                               "region: [france, rest]",
                               "contract.id: c1"};
    constexpr std::array derived{"intent: a", "intent: [a, b]", "tag: t"};
    constexpr std::array standing{"intent: a",        "tag: [t, u]",
                                  "priority: urgent", "priority: [low, high]",
                                  "queue: returns",   "queue: general"};
    const auto one = [&] {
        if (stage < Stage::prioritise || random() % 3 > 0) return pick(random, plain);
        return stage == Stage::escalate ? pick(random, standing) : pick(random, derived);
    };
    switch (random() % 6) {
        case 0:
            return "not: {" + one() + "}";
        case 1:
            return "any: [{" + one() + "}, {" + one() + "}]";
        case 2:
            return "all: [{" + one() + "}, {not: {" + one() + "}}]";
        default:
            return one();
    }
}

std::string rules_of(std::mt19937& random, Stage stage, int count, const std::vector<std::string>& effects)
{
    const std::string name(to_string(stage));
    auto out = "stage: " + name + "\nrules:\n";
    for (int i = 0; i < count; ++i) {
        out += "  - rule: " + name + std::to_string(i) + "\n    when:\n      all:\n";
        for (auto parts = 1 + random() % 3; parts > 0; --parts)
            out += "        - {" + a_condition(random, stage) + "}\n";
        out += "    then: {" + effects[random() % effects.size()] + "}\n";
    }
    return out;
}

TestTicket any_ticket(std::mt19937& random)
{
    constexpr std::array texts{"", "lost", "lost parcel", "parcel", "in pieces", "parcel lost", "arc"};
    auto ticket = a_ticket()
                      .text(pick(random, texts), pick(random, texts))
                      .with("channel", pick(random, std::array{"email", "chat", "phone", "faq"}));
    if (random() % 3) ticket = ticket.with("order.value", static_cast<int>(random() % 9));
    if (random() % 3) ticket = ticket.with("repeat", random() % 2 == 0);
    if (random() % 3) ticket = ticket.with("region", pick(random, std::array{"dach", "france", "rest"}));
    if (random() % 3) ticket = ticket.with("contract.id", pick(random, std::array{"c1", "c2"}));
    return ticket;
}

/// Escalations of a ticket that has been routed, and of which `ticket` is the latest contact.
std::vector<std::string> escalated(const Rulebook& rulebook, const TestTicket& ticket, Routing routing)
{
    std::vector<RuleIndex> done;
    for (;;) {
        const auto found = ticket.escalate(rulebook, routing, {}, done);
        if (found.steps.empty()) return names(rulebook, done);
        for (const auto& step : found.steps) {
            if (step.priority) routing.priority = *step.priority;
            if (step.queue) routing.queue = *step.queue;
            routing.tags.insert(routing.tags.end(), step.tags.begin(), step.tags.end());
            done.insert(std::lower_bound(done.begin(), done.end(), step.rule), step.rule);
        }
    }
}

/// Of the rules that fired before `name`, one sets the intent, the priority or the fact that `name` would.
bool an_earlier_one_sets_the_same(const Rulebook& rulebook, const Routing& routing, const std::string& name)
{
    const auto& compiled = rulebook.compiled();
    const auto names = rulebook.rule_names();
    const auto& mine =
        compiled.rules[static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin())]
            .effects;
    for (const auto rule : routing.trace.fired) {
        if (names[rule] == name) return false;
        const auto& theirs = compiled.rules[rule].effects;
        if (!mine.intent.empty() && !theirs.intent.empty()) return true;
        if (mine.priority && theirs.priority) return true;
        if (!mine.set.empty() && !theirs.set.empty() && mine.set[0].fact == theirs.set[0].fact) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("no ticket contradicts a proof, and the evaluator confirms every model", "[analysis]")
{
    std::mt19937 random(20240611);
    std::size_t proofs = 0;
    std::size_t models = 0;
    for (int round = 0; round < 60; ++round) {
        const auto rulebook = a_rulebook(
            {{"1.yaml", rules_of(random, Stage::enrich, 2,
                                 {"set: {repeat: true}", "set: {region: dach}", "set: {order.value: 4}"})},
             {"2.yaml", rules_of(random, Stage::classify, 3, {"intent: a", "intent: b", "tags: t"})},
             {"3.yaml", rules_of(random, Stage::prioritise, 3, {"priority: high", "priority: low"})},
             {"4.yaml", rules_of(random, Stage::route, 6, {"queue: returns", "queue: fraud"})},
             {"5.yaml", rules_of(random, Stage::escalate, 4,
                                 {"priority: urgent", "raise: 1", "tags: u", "queue: general"})}});
        const auto report = report_on(*rulebook);
        CHECK(report.undecided == 0);
        std::set<std::string> never;  // fires
        std::set<std::string> loses;  // `rule what`
        for (const auto& found : warnings(report)) {
            const auto code = found.substr(0, found.find(' '));
            const auto name = found.substr(found.find(' ') + 1);
            if (code == "dead-rule" || code == "shadowed-rule") never.insert(name);
            if (code == "overruled-rule") loses.insert(name);
        }
        proofs += never.size() + loses.size();
        for (int i = 0; i < 400; ++i) {
            const auto routing = any_ticket(random).route(*rulebook);
            for (const auto& name : escalated(*rulebook, any_ticket(random), routing)) {
                INFO(name);
                REQUIRE_FALSE(never.contains(name));
            }
            for (const auto& name : fired(*rulebook, routing)) {
                INFO(name);
                REQUIRE_FALSE(never.contains(name));
                if (!loses.contains(name)) continue;
                REQUIRE(an_earlier_one_sets_the_same(*rulebook, routing, name));
            }
        }
        const auto facts = a_vocabulary().facts;
        analysis::Encoding encoding(*rulebook, facts, 10'000);
        for (RuleIndex rule = 0; rule < rulebook->rules().size(); ++rule) {
            std::vector<z3::expr> wanted{encoding.matches(rule)};
            if (rulebook->rules()[rule].stage == Stage::route)
                wanted.push_back(encoding.untaken_before(rule));
            const auto result = encoding.find(wanted);
            REQUIRE(result != z3::unknown);
            const auto& name = rulebook->rules()[rule].name;
            INFO(name);
            CHECK((result == z3::unsat) == never.contains(name));
            if (result != z3::sat || rulebook->rules()[rule].stage == Stage::escalate) continue;
            ++models;
            const auto ticket = encoding.witness();
            INFO(analysis::to_json(ticket));
            CHECK(analysis::run(*rulebook, ticket).fired(rule));
        }
    }
    CHECK(proofs > 50);  // or the rules are too tame to show anything
    CHECK(models > 300);
}
