#include "engine/rehearsal/cases.hpp"

#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

namespace {

std::shared_ptr<const Rulebook> the_book()
{
    return a_rulebook(
        {{"2.yaml",
          "stage: classify\nrules:\n  - rule: damaged\n    when: {text: broken}\n    then: {intent: damaged, "
          "tags: [d]}\n"},
         {"3.yaml",
          "stage: prioritise\nrules:\n  - rule: up\n    when: {customer.tier: prime, order.value: {above: "
          "5}}\n"
          "    then: {priority: high, skills: {german: 2}}\n"},
         {"5.yaml",
          "stage: escalate\nrules:\n"
          "  - rule: first\n    when: {channel: phone, waiting: {at_least: 5m}}\n    then: {priority: "
          "urgent, notify: phone-lead}\n"
          "  - rule: then\n    when: {priority: urgent}\n    then: {queue: fraud, tags: [moved]}\n"
          "  - rule: much-later\n    when: {queue: fraud, waiting: {at_least: 1h}}\n    then: {notify: "
          "duty-lead}\n"}});
}

struct CaseResult {
    std::string name;
    std::string file;
    int line = 0;
    bool passed = false;
    std::vector<std::string> mismatches;
};

std::vector<CaseResult> run(const std::string& cases, std::vector<Diagnostic>& found)
{
    const auto book = the_book();
    std::vector<CaseResult> out;
    for (const auto& one :
         rehearsal::read_cases(*book, {"rules/x.test.yaml", cases}, a_vocabulary(), found)) {
        auto wrong = rehearsal::mismatches(one, rehearsal::play(book->compiled(), one));
        const bool passed = wrong.empty();
        out.push_back({one.name, one.file, one.line, passed, std::move(wrong)});
    }
    return out;
}

}  // namespace

TEST_CASE("a case passes when all it expects came about, by the daemon's own evaluator", "[rehearsal][cases]")
{
    std::vector<Diagnostic> found;
    const auto results = run(R"(
cases:
  - case: a broken thing
    ticket:
      channel: chat
      subject: Broken
      customer: {tier: prime}
      order: {value: 9}
      facts: {repeat: true, contract.id: k}
    expect:
      queue: general
      priority: high
      intent: damaged
      tags: [d]
      no_tags: [moved]
      skills: {german: 2}
      facts: {repeat: true, customer.tier: prime}
      fired: [damaged, up]
      not_fired: []
  - case: nobody answers
    ticket: {channel: phone, body: hello}
    after: 5m
    expect: {queue: fraud, priority: urgent, escalated: [first, then], not_escalated: much-later, notify: [phone-lead]}
  - case: nobody answers for an hour
    ticket: {channel: phone, body: hello}
    after: 1h
    expect: {escalated: [first, then, much-later], notify: [phone-lead, duty-lead]}
  - case: not yet
    ticket: {channel: phone, body: hello}
    after: 299s
    expect: {queue: general, priority: normal, not_escalated: [first, then]}
)",
                             found);
    INFO(render(found, false));
    CHECK(found.empty());
    REQUIRE(results.size() == 4);
    for (const auto& result : results) {
        INFO(result.name << ": " << (result.mismatches.empty() ? "" : result.mismatches[0]));
        CHECK(result.passed);
    }
    CHECK(results[0].name == "a broken thing");
    CHECK(results[0].file == "rules/x.test.yaml");
    CHECK(results[0].line == 3);
}

TEST_CASE("a case may say how long ago its customer got in touch", "[rehearsal][cases]")
{
    const auto book = a_rulebook(
        {{"1.yaml",
          "stage: enrich\nrules:\n  - rule: again\n    when: {customer.contacts: {at_least: 2, within: 1d}}\n"
          "    then: {set: {repeat: true}}\n"},
         {"5.yaml",
          "stage: escalate\nrules:\n  - rule: calm\n"
          "    when: {customer.contacts: {below: 1, within: 1d}}\n    then: {tags: [calm]}\n"}});
    std::vector<Diagnostic> found;
    const auto cases = rehearsal::read_cases(*book, {"rules/x.test.yaml", R"(
cases:
  - case: twice within a day
    ticket: {customer: {contacts: [30h, 24h, 1h]}}
    expect: {fired: [again], facts: {repeat: true, customer.contacts: 3}, not_escalated: [calm]}
  - case: a minute later it is once
    ticket: {customer: {contacts: [30h, 1441m, 1h]}}
    after: 23h
    expect: {not_fired: [again], not_escalated: [calm]}
  - case: after a day it is never
    ticket: {customer: {contacts: [30h, 1h]}}
    after: 1381m
    expect: {escalated: [calm]}
  - case: nobody knows when
    ticket: {customer: {contacts: 5}}
    expect: {not_fired: [again], not_escalated: [calm]}
  - case: only one at all
    ticket: {customer: {contacts: 0}}
    expect: {not_fired: [again], escalated: [calm]}
)"},
                                             a_vocabulary(), found);
    INFO(render(found, false));
    REQUIRE(cases.size() == 5);
    for (const auto& one : cases) {
        INFO(one.name);
        CHECK(rehearsal::mismatches(one, rehearsal::play(book->compiled(), one)).empty());
    }
}

TEST_CASE("each body of a list makes a case of its own", "[rehearsal][cases]")
{
    std::vector<Diagnostic> found;
    const auto results = run(R"(
cases:
  - case: broken
    ticket: {channel: chat, body: [it is broken, "a crack, and broken", fine]}
    expect: {intent: damaged}
)",
                             found);
    CHECK(found.empty());
    REQUIRE(results.size() == 3);
    CHECK(results[1].name == "broken: a crack, and broken");
    CHECK(results[1].passed);
    CHECK_FALSE(results[2].passed);
}

TEST_CASE("each expectation that is not met is told in one sentence", "[rehearsal][cases]")
{
    std::vector<Diagnostic> found;
    const auto results = run(R"(
cases:
  - case: all wrong
    ticket: {body: broken}
    expect: {queue: fraud, priority: low, intent: x, sla: s, contact_by: phone, tags: [t], no_tags: [d],
             skills: {german: 2}, facts: {region: dach, channel: chat}, fired: [up], not_fired: [damaged],
             escalated: [first], notify: [duty-lead]}
  - case: wrong level
    ticket: {customer: {tier: prime}, order: {value: 9}}
    expect: {skills: {german: 3}}
)",
                             found);
    REQUIRE(found.empty());
    REQUIRE(results.size() == 2);
    CHECK_FALSE(results[0].passed);
    CHECK(results[0].mismatches == std::vector<std::string>{
                                       "queue is 'general', not 'fraud'",
                                       "priority is 'normal', not 'low'",
                                       "intent is 'damaged', not 'x'",
                                       "sla is not set, not 's'",
                                       "contact_by is not set, not 'phone'",
                                       "tags lack 't'; they are [d]",
                                       "tags hold 'd'",
                                       "skill 'german' is not asked for",
                                       "channel is 'email', not 'chat'",
                                       "region is missing, not 'dach'",
                                       "fired rules lack 'up'; they are [damaged, default]",
                                       "fired rules hold 'damaged'",
                                       "escalations lack 'first'; they are []",
                                       "notified leads lack 'duty-lead'; they are []",
                                   });
    CHECK(results[1].mismatches == std::vector<std::string>{"skill 'german' is asked for at level 2, not 3"});
}

TEST_CASE("mistakes in cases are found like those in rules", "[rehearsal][cases]")
{
    struct Row {
        std::string text, code;
        int line, column;
        std::string suggestion;
    };
    const auto row = GENERATE(values<Row>({
        {"cases: [x\n", "syntax", 1, 1, ""},
        {"casses: []\n", "missing-key", 1, 1, ""},
        {"cases: {}\n", "wrong-type", 1, 8, ""},
        {"cases:\n  - case: x\n    ticket: {}\n", "missing-key", 2, 5, ""},
        {"cases:\n  - case: x\n    ticket: {chanel: email}\n    expect: {queue: general}\n", "unknown-fact",
         3, 14, "did you mean 'channel'?"},
        {"cases:\n  - case: x\n    ticket: {customer: {teir: vip}}\n    expect: {queue: general}\n",
         "unknown-fact", 3, 25, "did you mean 'customer.tier'?"},
        {"cases:\n  - case: x\n    ticket: {channel: emial}\n    expect: {queue: general}\n", "bad-value", 3,
         23, ""},
        {"cases:\n  - case: x\n    ticket: {order: {value: much}}\n    expect: {queue: general}\n",
         "wrong-type", 3, 29, ""},
        {"cases:\n  - case: x\n    ticket: {}\n    after: soon\n    expect: {queue: general}\n", "bad-value",
         4, 12, ""},
        {"cases:\n  - case: x\n    ticket: {}\n    expect: {queue: genral}\n", "unknown-queue", 4, 21,
         "did you mean 'general'?"},
        {"cases:\n  - case: x\n    ticket: {}\n    expect: {fired: [damagd]}\n", "unknown-rule", 4, 22,
         "did you mean 'damaged'?"},
        {"cases:\n  - case: x\n    ticket: {}\n    expect: {escalated: [damaged]}\n", "unknown-rule", 4, 26,
         ""},
        {"cases:\n  - case: x\n    ticket: {}\n    expect: {qeue: general}\n", "unknown-key", 4, 14,
         "did you mean 'queue'?"},
        {"cases:\n  - case: x\n    ticket: {}\n    expect: {}\n", "empty", 4, 13, ""},
    }));
    INFO(row.text);
    std::vector<Diagnostic> found;
    run(row.text, found);
    INFO(render(found, false));
    REQUIRE_FALSE(found.empty());
    CHECK(found[0].code == row.code);
    CHECK(found[0].file == "rules/x.test.yaml");
    CHECK(found[0].line == row.line);
    CHECK(found[0].column == row.column);
    if (!row.suggestion.empty()) CHECK(found[0].suggestion == row.suggestion);
}

TEST_CASE("a case says what the desk is like", "[rehearsal][cases]")
{
    const auto book = a_rulebook({{"4.yaml",
                                   "stage: route\nrules:\n"
                                   "  - rule: busy\n    when: {queue.length: {queue: returns, at_least: 5}}\n"
                                   "    then: {queue: fraud}\n"}});
    const std::string cases = R"(
cases:
  - {case: busy, ticket: {body: x}, desk: {queue.length: {returns: 5}}, expect: {queue: fraud}}
  - {case: quiet, ticket: {body: x}, expect: {queue: general}}
)";
    std::vector<Diagnostic> found;
    const auto read = rehearsal::read_cases(*book, {"x.test.yaml", cases}, a_vocabulary(), found);
    REQUIRE(read.size() == 2);
    for (const auto& one : read)
        CHECK(rehearsal::mismatches(one, rehearsal::play(book->compiled(), one)).empty());
    const std::string wrong =
        "cases:\n  - {case: a, ticket: {body: x}, desk: {queue.length: {retruns: 5}}, expect: {queue: "
        "fraud}}\n";
    CHECK(rehearsal::read_cases(*book, {"x.test.yaml", wrong}, a_vocabulary(), found).empty());
    CHECK(found.back().code == "unknown-queue");
}
