// Timelines: read with every mistake found, and played by the desk itself.

#include "engine/rehearsal/timeline.hpp"

#include "engine/rehearsal/coverage.hpp"
#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::rehearsal;

namespace {

const std::string escalate =
    "stage: escalate\nrules:\n  - rule: long\n    when: {waiting: {at_least: 10m}}\n"
    "    then: {raise: 1, notify: [returns-lead]}\n"
    "  - rule: crowd\n    when: {waiting: {at_least: 15m}, queue.length: {queue: general, at_least: 1}}\n"
    "    then: {tags: [crowd]}\n"
    "  - rule: silence\n    when: {since.reply: {at_least: 1h}}\n    then: {tags: [silence]}\n";

struct Bench {
    desk::Policies policies{desk::test::load_rules(escalate), desk::test::small_policy()};

    std::vector<Timeline> read(const std::string& text, std::vector<Diagnostic>& found) const
    {
        return read_timelines(*policies.rulebook, {"a.test.yaml", text}, desk::test::vocabulary(), found);
    }
    std::vector<std::string> play(const std::string& steps) const
    {
        std::vector<Diagnostic> found;
        const auto all = read("timelines:\n  - timeline: one\n    steps:\n" + steps, found);
        INFO(render(found, false));
        REQUIRE(found.empty());
        REQUIRE(all.size() == 1);
        return rehearsal::play(policies, all.front());
    }
    std::vector<std::string> codes(const std::string& text) const
    {
        std::vector<Diagnostic> found;
        CHECK(read("timelines:\n" + text, found).empty());
        std::vector<std::string> out;
        for (const auto& d : found) out.push_back(d.code);
        return out;
    }
};

const std::string opens = "      - at: 0s\n        opens: a\n        ticket: {channel: chat, body: hello}\n";
const std::string signs_in =
    "      - at: 1m\n        signs_in: ana\n        skills: {german: 5, returns: 5, fraud: 5}\n";

}  // namespace

TEST_CASE("a timeline plays the desk: offers, answers and timers at their moments", "[rehearsal][timeline]")
{
    const Bench bench;
    CHECK(bench
              .play(opens + "        expect: {a: {phase: waiting, agent: '', not_escalated: [long]}}\n" +
                    signs_in +
                    "        expect: {a: {phase: offered, agent: ana}}\n"
                    "      - at: 61s\n        accepts: ana\n        ticket: a\n"
                    "      - at: 1h\n        expect: {a: {phase: assigned, not_escalated: [long]}}\n"
                    "      - at: 1h\n        leaves: ana\n"
                    "      - at: 70m\n        expect: {a: {phase: waiting, escalated: [long], notify: "
                    "[returns-lead]}}\n"
                    "      - at: 71m\n        returns: ana\n"
                    "      - at: 71m\n        accepts: ana\n        ticket: a\n"
                    "      - at: 72m\n        completes: ana\n        ticket: a\n"
                    "        expect: {a: {phase: closed, agent: ''}}\n")
              .empty());
}

TEST_CASE("what is not as expected is said with its moment and its ticket", "[rehearsal][timeline]")
{
    const Bench bench;
    const auto wrong = bench.play(
        opens + "      - at: 5m\n        expect: {a: {phase: offered, agent: ana, escalated: [long]}}\n");
    REQUIRE(wrong.size() == 3);
    CHECK_THAT(wrong[0], Catch::StartsWith("at 5m: a: escalations lack 'long'"));
    CHECK(wrong[1] == "at 5m: a: phase is 'waiting', not 'offered'");
    CHECK(wrong[2] == "at 5m: a: agent is nobody, not 'ana'");
}

TEST_CASE("what the desk refuses fails the timeline, unless that is expected", "[rehearsal][timeline]")
{
    const Bench bench;
    const std::string accepts = "      - at: 2m\n        accepts: ana\n        ticket: a\n";
    const std::string other =
        "      - at: 1m\n        signs_in: ana\n        skills: {german: 1}\n      - at: 1m\n        pauses: "
        "ana\n";
    const auto wrong = bench.play(opens + other + accepts);
    REQUIRE(wrong.size() == 1);
    CHECK_THAT(wrong[0], Catch::StartsWith("at 2m: refused: no_offer"));
    CHECK(bench.play(opens + other + accepts + "        refused: no_offer\n").empty());
    CHECK_THAT(bench.play(opens + signs_in + accepts + "        refused: no_offer\n").at(0),
               Catch::Contains("not refused with 'no_offer'"));
}

TEST_CASE("a customer who writes again moves the clocks of a contact", "[rehearsal][timeline]")
{
    const Bench bench;
    CHECK(
        bench
            .play(opens +
                  "      - at: 3m\n        writes: a\n        contact: {channel: chat, body: still there?}\n"
                  "        expect: {a: {phase: waiting}}\n")
            .empty());
}

TEST_CASE("an agent replies, and time goes on from there", "[rehearsal][timeline]")
{
    const Bench bench;
    const auto until = [&](const std::string& at, const std::string& expected) {
        return bench.play(
            opens + signs_in +
            "      - at: 2m\n        accepts: ana\n        ticket: a\n"
            "      - at: 3m\n        replies: ana\n        ticket: a\n        body: which one?\n"
            "      - at: " +
            at + "\n        expect: {a: {phase: assigned, " + expected + "}}\n");
    };
    CHECK(until("62m", "not_escalated: [silence]").empty());
    CHECK(until("63m", "escalated: [silence]").empty());
}

TEST_CASE("every mistake in a timeline is found", "[rehearsal][timeline]")
{
    const Bench bench;
    using Codes = std::vector<std::string>;
    const std::string head = "  - timeline: one\n    steps:\n";
    CHECK(bench.codes("  - steps: []\n") == Codes{"missing-key"});
    CHECK(bench.codes("  - timeline: one\n    steps: []\n") == Codes{"wrong-type"});
    CHECK(bench.codes(head + "      - opens: a\n        ticket: {body: x}\n") == Codes{"missing-key"});
    CHECK(bench.codes(head + "      - {at: 0s}\n") == Codes{"empty"});
    CHECK(bench.codes(head + "      - {at: 0s, accepts: ana, ticket: b}\n") == Codes{"unknown-ticket"});
    CHECK(bench.codes(head + "      - {at: 0s, expect: {b: {phase: waiting}}}\n") == Codes{"unknown-ticket"});
    CHECK(bench.codes(head + "      - {at: 5s, signs_in: ana}\n      - {at: 4s, leaves: ana}\n") ==
          Codes{"bad-value"});
    CHECK(bench.codes(head + "      - {at: soon, signs_in: ana}\n") == Codes{"bad-value"});
    CHECK(bench.codes(head + "      - {at: 0s, signs_in: ana, leaves: ana}\n") == Codes{"bad-value"});
    CHECK(
        bench.codes(head + "      - {at: 0s, opens: a, ticket: {body: x}, expect: {a: {phase: asleep}}}\n") ==
        Codes{"bad-value"});
    CHECK(bench.codes("  - timeline: one\n    start: today\n    steps:\n      - {at: 0s, signs_in: ana}\n") ==
          Codes{"bad-value"});
    CHECK(bench.codes(head + "      - {at: 0s, opens: a, ticket: {customer: {contacts: [1h]}}}\n") ==
          Codes{"bad-value"});
    CHECK(bench.codes("  - timeline: one\n    step: []\n") == Codes{"missing-key", "unknown-key"});
}

TEST_CASE("timelines count in the coverage of conditions", "[rehearsal][timeline]")
{
    const Bench bench;
    std::vector<Diagnostic> found;
    const auto all = bench.read("timelines:\n  - timeline: one\n    steps:\n" + opens +
                                    "      - at: 20m\n        expect: {a: {escalated: [long]}}\n",
                                found);
    REQUIRE(all.size() == 1);
    Coverage coverage(*bench.policies.rulebook);
    CHECK(coverage.run(bench.policies, all.front()).empty());
    const auto& rules = bench.policies.rulebook->rules();
    for (const auto& rule : coverage.rules()) {
        const auto& name = rules[rule.rule].name;
        if (name != "long" && name != "crowd") continue;
        INFO(name);
        CHECK(rule.fired == 1);
        CHECK(rule.leaves.front().covered());
        CHECK(rule.leaves.back().held == 1);
    }
}
