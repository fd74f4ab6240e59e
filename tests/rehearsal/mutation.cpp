#include "engine/rehearsal/mutation.hpp"

#include <algorithm>

#include "tests/rehearsal/support.hpp"

using namespace triaged;
using namespace triaged::rehearsal;
using namespace triaged::rehearsal::test;

namespace {

using Book = std::shared_ptr<const rulebook::Rulebook>;

std::vector<std::string> survivors(const Book& book, const std::vector<Case>& cases,
                                   const std::vector<Timeline>& timelines = {}, RuleIndex rule = 0)
{
    std::vector<std::string> out;
    Trial trial({book, {}}, cases, timelines);
    for (const auto& mutant : mutants(*book))
        if (mutant.rule == rule && !trial.notices(mutant)) out.push_back(mutant.what());
    return out;
}

const std::string thorough = R"(
  - case: chat
    ticket: {channel: chat, customer: {tier: prime}, order: {value: 5}}
    expect: {priority: high, tags: [t]}
  - case: email
    ticket: {channel: email, customer: {tier: prime}, order: {value: 9}}
    expect: {priority: high}
  - case: again
    ticket: {channel: phone, facts: {repeat: true}, customer: {tier: prime}, order: {value: 9}}
    expect: {priority: high}
  - {case: other tier, ticket: {customer: {tier: standard}, order: {value: 9}}, expect: {priority: normal}}
  - {case: cheap, ticket: {customer: {tier: prime}, order: {value: 4}}, expect: {priority: normal}}
  - case: by phone
    ticket: {channel: phone, facts: {repeat: false}, customer: {tier: prime}, order: {value: 9}}
    expect: {priority: normal}
)";

}  // namespace

TEST_CASE("thorough cases notice every mutant of a rule", "[rehearsal][mutation]")
{
    const auto book = a_rule();
    CHECK(survivors(book, some_cases(*book, thorough)) == std::vector<std::string>{});
}

TEST_CASE("what no case looks at survives, and is named", "[rehearsal][mutation]")
{
    const auto book = a_rule();
    auto cases = some_cases(*book, thorough);
    const auto without = [&](const std::string& name) {
        auto fewer = cases;
        std::erase_if(fewer, [&](const Case& one) { return one.name == name; });
        REQUIRE(fewer.size() + 1 == cases.size());
        return survivors(book, fewer);
    };
    CHECK(without("email") == std::vector<std::string>{"channel: [chat, email]: email no longer counts"});
    CHECK(without("cheap") == std::vector<std::string>{"order.value: {at_least: 5}: left out"});
    CHECK(without("chat") == std::vector<std::string>{"order.value: {at_least: 5}: 5 itself no longer counts",
                                                      "channel: [chat, email]: chat no longer counts",
                                                      "tag t is not given"});
}

TEST_CASE("what only a timeline shows is noticed by it", "[rehearsal][mutation]")
{
    const auto book = rulebook::test::a_rulebook(
        {{"5.yaml",
          "stage: escalate\nrules:\n"
          "  - rule: waited\n    when: {waiting: {at_least: 10m}}\n    then: {priority: high}\n"}});
    std::vector<Diagnostic> found;
    const auto timelines = read_timelines(*book, {"rules/x.test.yaml", R"(timelines:
  - timeline: nobody comes
    steps:
      - {at: 0s, opens: it, ticket: {channel: chat, body: hello}}
      - {at: 9m, expect: {it: {priority: normal}}}
      - {at: 10m, expect: {it: {priority: high}}}
)"},
                                          rulebook::test::a_vocabulary(), found);
    REQUIRE(render(found, false).empty());
    CHECK(survivors(book, {}, {}, 1).size() == 5);
    CHECK(survivors(book, {}, timelines, 1) == std::vector<std::string>{});
}

TEST_CASE("a trial leaves the rulebook as it was for the next mutant", "[rehearsal][mutation]")
{
    const auto book = a_rule();
    const auto cases = some_cases(*book, thorough);
    const std::vector<Timeline> no_timelines;
    Trial trial({book, {}}, cases, no_timelines);
    auto all = mutants(*book);
    std::vector<bool> forwards;
    std::vector<bool> backwards;
    for (const auto& mutant : all) forwards.push_back(trial.notices(mutant));
    std::reverse(all.begin(), all.end());
    for (const auto& mutant : all) backwards.push_back(trial.notices(mutant));
    std::reverse(backwards.begin(), backwards.end());
    CHECK(forwards == backwards);
    CHECK(mismatches(cases[0], play(book->compiled(), cases[0])).empty());
}
