// Hit marks, the set of rules to look at. That the index finds what looking at every rule finds is for
// oracle_test.cpp.

#include "engine/rulebook/access_index.hpp"

#include <algorithm>

#include "engine/rulebook/compiled.hpp"
#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

TEST_CASE("marks come in order, whatever order they were made in, and go with a reset", "[rulebook][index]")
{
    HitMarks marks;
    marks.reset(10'000);
    for (const std::uint32_t number : {9'999U, 127U, 64U, 3U, 4'096U, 128U, 64U}) marks.mark(number);
    const std::vector<std::uint32_t> all{3, 64, 127, 128, 4'096, 9'999};
    CHECK(marks.sorted() == all);
    std::vector<std::uint32_t> seen;
    for (auto at = marks.next(0, 10'000); at < 10'000; at = marks.next(at + 1, 10'000)) seen.push_back(at);
    CHECK(seen == all);
    CHECK(marks.next(4, 60) == 60);
    CHECK(marks.next(4'097, 9'000) == 9'000);
    CHECK(marks.next(10'000, 10'000) == 10'000);
    marks.reset(200);
    CHECK(marks.sorted().empty());
    CHECK(marks.next(0, 200) == 200);
    marks.reset(10'000);
    CHECK(marks.sorted().empty());
}

TEST_CASE("a number meets the rules in whose ranges it lies, and no others", "[rulebook][index]")
{
    const std::vector<std::string> ranges{"{at_least: 10}",
                                          "{above: 10}",
                                          "{at_most: 10}",
                                          "{below: 10}",
                                          "{between: [10, 20]}",
                                          "{above: 10, below: 20}",
                                          "{at_least: 20, below: 30.5}",
                                          "{between: [-5, 5]}",
                                          "[3, 10, 20]",
                                          "{between: [20, 20]}"};
    std::string rules = "stage: classify\nrules:\n";
    for (std::size_t i = 0; i < ranges.size(); ++i)
        rules += "  - rule: r" + std::to_string(i) + "\n    when: {order.value: " + ranges[i] +
                 "}\n    then: {tags: [t" + std::to_string(i) + "]}\n";
    const auto rulebook = a_rulebook({{"a.yaml", rules}});
    const auto& compiled = rulebook->compiled();
    const auto slot = compiled.symbols.find_slot("order.value");
    for (const double number :
         {-1e9, -5.0, 0.0, 3.0, 5.0, 7.0, 9.9, 10.0, 10.1, 15.0, 20.0, 20.5, 30.5, 1e9}) {
        INFO(number);
        std::vector<RuleIndex> met, expected;
        compiled.index.each_at(slot, number, [&](RuleIndex rule) { met.push_back(rule); });
        std::sort(met.begin(), met.end());
        for (const auto& rule : compiled.rules_of(Stage::classify)) {
            const auto& in = std::get<InRange>(rule.conditions.front().is).any_of;
            if (std::any_of(in.begin(), in.end(), [&](const auto& range) { return range.contains(number); }))
                expected.push_back(static_cast<RuleIndex>(&rule - compiled.rules.data()));
        }
        CHECK(met == expected);
    }
}

TEST_CASE("what the desk counts is looked at whatever it is, because it changes by itself",
          "[rulebook][index]")
{
    const auto rulebook = a_rulebook({{"a.yaml",
                                       "stage: escalate\nrules:\n  - rule: crowd\n    when: {waiting: "
                                       "{at_least: 5m}, queue.length: {queue: "
                                       "general, above: 9}}\n    then: {raise: 1}\n"}});
    const Clocks clocks{Instant{0}, Instant{0}, Instant{0}, Instant{0}};
    const TextFacts text;
    const FactSet facts;
    const auto found = rulebook->escalate({text, facts, facts}, Routing{}, clocks, {});
    CHECK(found.steps.empty());
    CHECK(found.recheck_at == Instant{300'000});
}
