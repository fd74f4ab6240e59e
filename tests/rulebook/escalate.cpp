// Escalation: what applies now, and exactly when the next rule may.

#include <algorithm>
#include <random>

#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

namespace {

std::shared_ptr<const Rulebook> escalating(const std::string& rules)
{
    return a_rulebook({{"50.yaml", "stage: escalate\nrules:\n" + rules}});
}

Clocks clocks_at(std::int64_t seconds)
{
    return {Instant{seconds * 1000}, Instant{0}, Instant{0}, Instant{0}};
}

}  // namespace

TEST_CASE("a rulebook knows which facts its escalations read, however deep they stand",
          "[rulebook][escalate]")
{
    const auto rulebook = a_rulebook(
        {{"20.yaml",
          "stage: classify\nrules:\n"
          "  - rule: prime\n    when: {customer.tier: prime, text: parcel}\n    then: {tags: [p]}\n"},
         {"50.yaml",
          "stage: escalate\nrules:\n"
          "  - rule: one\n    when: {any: [{order.value: {above: 5}}, {not: {language: de}}]}\n"
          "    then: {tags: [x]}\n"
          "  - rule: two\n    when: {marketplace: present, waiting: {at_least: 1m}}\n"
          "    then: {tags: [y]}\n"}});
    CHECK(rulebook->escalation_reads("order.value"));
    CHECK(rulebook->escalation_reads("language"));
    CHECK(rulebook->escalation_reads("marketplace"));
    CHECK_FALSE(rulebook->escalation_reads("customer.tier"));
    CHECK_FALSE(rulebook->escalation_reads("customer.nps"));
    CHECK_FALSE(rulebook->escalation_reads_text());
    CHECK(escalating("  - rule: one\n    when: {body: parcel}\n    then: {tags: [x]}\n")
              ->escalation_reads_text());
}

TEST_CASE("a time condition holds from its very millisecond on", "[rulebook][escalate]")
{
    struct Row {
        std::string condition;
        std::int64_t first, last;  // milliseconds for which it holds; last < 0: for ever
    };
    const auto row = GENERATE(values<Row>({
        {"{at_least: 5s}", 5000, -1},
        {"{above: 5s}", 5001, -1},
        {"{at_most: 5s}", 0, 5000},
        {"{below: 5s}", 0, 4999},
        {"{between: [2s, 3s]}", 2000, 3000},
        {"{at_least: 0s}", 0, -1},
    }));
    const auto clock = GENERATE(as<std::string>{}, "waiting", "age", "idle", "since.routed", "since.reply");
    const auto rulebook =
        escalating("  - rule: one\n    when: {" + clock + ": " + row.condition + "}\n    then: {raise: 1}\n");
    const Routing routing;
    const auto base = Instant{1'000'000};
    Clocks clocks;
    (clock == "waiting"        ? clocks.waiting_since
     : clock == "age"          ? clocks.opened_at
     : clock == "idle"         ? clocks.last_contact_at
     : clock == "since.routed" ? clocks.routed_at
                               : clocks.replied_at) = base;
    const auto at = [&](std::int64_t ms) {
        clocks.now = base + Duration{ms};
        return a_ticket().escalate(*rulebook, routing, clocks);
    };
    INFO(clock << " " << row.condition);
    if (row.first > 0) {
        CHECK(at(0).steps.empty());
        CHECK(at(0).recheck_at == base + Duration{row.first});
        CHECK(at(row.first - 1).steps.empty());
        CHECK(at(row.first - 1).recheck_at == base + Duration{row.first});
    }
    CHECK(at(row.first).steps.size() == 1);
    CHECK(at(row.first).recheck_at == Instant::max());
    if (row.last >= 0) {
        CHECK(at(row.last).steps.size() == 1);
        CHECK(at(row.last + 1).steps.empty());
        CHECK(at(row.last + 1).recheck_at == Instant::max());
    }
}

TEST_CASE("a clock that does not run holds nothing, not even under not, and sets no timer",
          "[rulebook][escalate]")
{
    const auto rulebook = escalating(
        "  - rule: one\n    when: {waiting: {at_least: 5s}}\n    then: {raise: 1}\n"
        "  - rule: two\n    when: {not: {waiting: {at_least: 5s}}}\n    then: {raise: 1}\n");
    Clocks clocks;
    clocks.now = Instant{10'000};
    const auto found = a_ticket().escalate(*rulebook, {}, clocks);
    CHECK(found.steps.empty());
    CHECK(found.recheck_at == Instant::max());
}

TEST_CASE("rules apply once, all of them, in order, each on top of the one before", "[rulebook][escalate]")
{
    const auto rulebook = escalating(
        "  - rule: a\n    then: {raise: 1, tags: [x], notify: duty-lead}\n"
        "  - rule: b\n    when: {waiting: {at_least: 1m}}\n    then: {raise: 1, queue: fraud, skills: "
        "{german: 2}}\n"
        "  - rule: c\n    then: {raise: 2, contact_by: phone}\n"
        "  - rule: d\n    then: {priority: low, queue: general}\n");
    Routing routing;
    routing.queue = QueueName("general");
    auto found = a_ticket().escalate(*rulebook, routing, clocks_at(60));
    REQUIRE(found.steps.size() == 4);
    CHECK(found.steps[0].priority == Priority::high);
    CHECK(found.steps[0].tags == std::vector<std::string>{"x"});
    CHECK(found.steps[0].notify == std::vector<std::string>{"duty-lead"});
    CHECK_FALSE(found.steps[0].queue);
    CHECK(found.steps[1].priority == Priority::urgent);
    CHECK(found.steps[1].queue == QueueName("fraud"));
    CHECK(found.steps[1].skills == Skills{{"german", 2}});
    CHECK_FALSE(found.steps[2].priority);  // urgent already
    CHECK(found.steps[2].contact_by == "phone");
    CHECK(found.steps[3].priority == Priority::low);
    CHECK(found.steps[3].queue == QueueName("general"));

    found = a_ticket().escalate(*rulebook, routing, clocks_at(0), {2, 3, 4});
    CHECK(names(*rulebook, {found.steps.at(0).rule}) == std::vector<std::string>{"a"});
    CHECK(found.steps.size() == 1);
}

TEST_CASE("escalation reads queue, priority, intent, tags and enriched facts of the routing",
          "[rulebook][escalate]")
{
    const auto rulebook =
        a_rulebook({{"20.yaml",
                     "stage: classify\nrules:\n  - rule: i\n    when: {text: zzz}\n    then: {intent: odd, "
                     "tags: [t]}\n"},
                    {"50.yaml",
                     "stage: escalate\nrules:\n"
                     "  - rule: q\n    when: {queue: fraud}\n    then: {tags: a}\n"
                     "  - rule: p\n    when: {priority: [high, urgent]}\n    then: {tags: a}\n"
                     "  - rule: n\n    when: {intent: odd}\n    then: {tags: a}\n"
                     "  - rule: t\n    when: {tag: t}\n    then: {tags: a}\n"
                     "  - rule: f\n    when: {region: dach}\n    then: {tags: a}\n"
                     "  - rule: x\n    when: {not: {tag: t}}\n    then: {tags: a}\n"}});
    const auto fired_for = [&](const Routing& routing) {
        std::string out;
        for (const auto& step :
             a_ticket().with("region", "rest").escalate(*rulebook, routing, clocks_at(0)).steps)
            out += rulebook->rules()[step.rule].name;
        return out;
    };
    Routing routing;
    CHECK(fired_for(routing) == "x");
    routing.queue = QueueName("fraud");
    routing.priority = Priority::urgent;
    routing.intent = "odd";
    routing.tags = {"t"};
    routing.enriched.set("region", std::string_view("dach"));
    CHECK(fired_for(routing) == "qpntf");
}

TEST_CASE("rechecks are exact: brute force in steps of a second finds the same instants",
          "[rulebook][escalate]")
{
    std::mt19937 random(23);
    const auto span = [&] { return std::to_string(random() % 12) + "s"; };
    const auto clock = [&] { return std::vector<std::string>{"waiting", "age", "idle"}[random() % 3]; };
    const auto simple = [&] {
        switch (random() % 5) {
            case 0:
                return "repeat: " + std::string(random() % 2 ? "true" : "false");
            case 1:
                return clock() + ": {at_least: " + span() + "}";
            case 2:
                return clock() + ": {at_most: " + span() + "}";
            case 3:
                return clock() + ": {above: " + span() + "}";
            default:
                return "order.value: {at_least: " + std::to_string(random() % 3) + "}";
        }
    };
    for (int round = 0; round < 60; ++round) {
        std::string rules;
        for (int i = 0; i < 4; ++i) {
            rules += "  - rule: r" + std::to_string(i) + "\n    when:\n      all: [{" + simple() + "}, {" +
                     simple() + "}]\n";
            if (random() % 2) rules += "      any: [{" + simple() + "}, {" + simple() + "}]\n";
            if (random() % 2) rules += "      not: {" + simple() + "}\n";
            rules += "    then: {tags: x}\n";
        }
        INFO(rules);
        const auto rulebook = escalating(rules);
        auto ticket = a_ticket().with("repeat", random() % 2 == 0);
        if (random() % 3) ticket = ticket.with("order.value", static_cast<double>(random() % 3));
        Clocks clocks{Instant{0}, Instant{0}, Instant{-3000}, Instant{2000}};
        if (random() % 4 == 0) clocks.waiting_since = Instant::max();
        std::vector<RuleIndex> done;
        // All bounds are whole seconds, so truth changes only there or one millisecond later.
        Instant promised{0};
        for (std::int64_t ms = 0; ms <= 30'000; ++ms) {
            if (ms % 1000 > 1 && ms % 1000 < 999) continue;
            clocks.now = Instant{ms};
            const auto found = ticket.escalate(*rulebook, {}, clocks, done);
            REQUIRE(found.recheck_at > clocks.now);
            if (clocks.now < promised) REQUIRE(found.steps.empty());
            if (clocks.now == promised && ms > 0) REQUIRE_FALSE(found.steps.empty());
            for (const auto& step : found.steps)
                done.insert(std::lower_bound(done.begin(), done.end(), step.rule), step.rule);
            promised = ticket.escalate(*rulebook, {}, clocks, done).recheck_at;
        }
    }
}

TEST_CASE("contacts in a window count until the very millisecond at which they lie too far back",
          "[rulebook][escalate]")
{
    const std::vector<Instant> contacts{Instant{1'000}, Instant{3'000}, Instant{3'000}};
    const auto rulebook = escalating(
        "  - rule: few\n    when: {customer.contacts: {below: 2, within: 10s}}\n    then: {raise: 1}\n"
        "  - rule: none\n    when: {not: {customer.contacts: {above: 0, within: 10s}}}\n    then: {raise: "
        "1}\n"
        "  - rule: many\n    when: {customer.contacts: {at_least: 3, within: 10s}}\n    then: {raise: 1}\n");
    const auto at = [&](std::int64_t ms, double count, EarlierContacts earlier) {
        Clocks clocks;
        clocks.now = Instant{ms};
        FactSet customer;
        customer.set("customer.contacts", count);
        const auto text = rulebook->scan("", "");
        return rulebook->escalate({text, {}, customer, earlier}, {}, clocks, {});
    };
    const auto rules = [&](const Escalations& found) {
        std::vector<std::string> out;
        for (const auto& step : found.steps) out.push_back(rulebook->rules()[step.rule].name);
        return out;
    };
    using Names = std::vector<std::string>;
    CHECK(rules(at(11'000, 3, {contacts})) == Names{"many"});
    CHECK(at(11'000, 3, {contacts}).recheck_at == Instant{13'001});
    CHECK(rules(at(11'001, 3, {contacts})).empty());
    CHECK(rules(at(13'000, 3, {contacts})).empty());
    CHECK(rules(at(13'001, 3, {contacts})) == Names{"few", "none"});

    SECTION("what is not kept may have been of late, or not")
    {
        const EarlierContacts kept{contacts, contacts.front()};
        CHECK(rules(at(11'000, 4, kept)) == Names{"many"});
        CHECK(rules(at(11'001, 4, kept)).empty());  // it came before the oldest that is kept
        CHECK(rules(at(13'001, 4, kept)) == Names{"few", "none"});
        CHECK(rules(at(13'001, 3, {})).empty());  // three at some time, none at all, or anything between
        CHECK(at(13'001, 3, {}).recheck_at == Instant::max());
        CHECK(rules(at(13'001, 0, {})) == Names{"few", "none"});
        CHECK(rules(at(13'001, 1, {})) == Names{"few"});
    }
    SECTION("nothing is known of a customer who is not known")
    {
        const auto found = a_ticket().escalate(*rulebook, {}, clocks_at(1));
        CHECK(found.steps.empty());
    }
}

TEST_CASE("mistakes about windows have their place", "[rulebook][load]")
{
    struct Row {
        std::string when;
        std::string complaint;
    };
    const auto row = GENERATE(values<Row>({
        {"customer.contacts: {at_least: 33, within: 7d}", "cannot be told from 33"},
        {"customer.contacts: {between: [1, 40], within: 7d}", "cannot be told from 40"},
        {"customer.contacts: {above: 1, below: 2, within: 7d}", "no whole number"},
        {"customer.contacts: {within: 7d}", "'customer.contacts' has no bound"},
        {"customer.contacts: {at_least: 3, within: soon}", "soon"},
        {"customer.contacts: {at_least: 3, within: 0s}", "nothing lies within no time at all"},
        {"order.value: {at_least: 3, within: 7d}", "order.value has no key 'within'"},
    }));
    INFO(row.when);
    std::vector<Diagnostic> found;
    CHECK_FALSE(load_sources({{"10.yaml", "stage: enrich\nrules:\n  - rule: one\n    when: {" + row.when +
                                              "}\n    then: {set: {repeat: true}}\n"}},
                             found));
    REQUIRE_FALSE(found.empty());
    CHECK_THAT(found.front().message, Catch::Contains(row.complaint));
}
