#include "engine/rehearsal/coverage.hpp"

#include "tests/rehearsal/support.hpp"

using namespace triaged;
using namespace triaged::rehearsal;
using namespace triaged::rehearsal::test;

namespace {

struct Counts {
    std::uint64_t held, failed;

    bool operator==(const Counts&) const = default;
};

std::vector<Counts> counts(const RuleCoverage& rule)
{
    std::vector<Counts> out;
    for (const auto& leaf : rule.leaves) out.push_back({leaf.held, leaf.failed});
    return out;
}

}  // namespace

TEST_CASE("a condition is covered only where it alone decided", "[rehearsal][coverage]")
{
    struct Row {
        std::string name, ticket;
        std::uint64_t fired;
        std::vector<Counts> leaves;  // tier, value, channel, repeat
    };
    const auto row = GENERATE(values<Row>({
        {"all hold",
         "{channel: chat, customer: {tier: prime}, order: {value: 5}}",
         1,
         {{1, 0}, {1, 0}, {1, 0}, {0, 0}}},
        {"either of two would do",
         "{channel: chat, facts: {repeat: true}, customer: {tier: prime}, order: {value: 5}}",
         1,
         {{1, 0}, {1, 0}, {0, 0}, {0, 0}}},
        {"one fails",
         "{channel: chat, customer: {tier: prime}, order: {value: 4}}",
         0,
         {{0, 0}, {0, 1}, {0, 0}, {0, 0}}},
        {"one is missing", "{channel: chat, customer: {tier: prime}}", 0, {{0, 0}, {0, 1}, {0, 0}, {0, 0}}},
        {"two fail", "{channel: chat, order: {value: 4}}", 0, {{0, 0}, {0, 0}, {0, 0}, {0, 0}}},
        {"neither of two",
         "{channel: phone, customer: {tier: prime}, order: {value: 5}}",
         0,
         {{0, 0}, {0, 0}, {0, 1}, {0, 1}}},
    }));
    INFO(row.name);
    const auto book = a_rule();
    Coverage coverage(*book);
    const auto cases =
        some_cases(*book, "  - {case: x, ticket: " + row.ticket + ", expect: {queue: general}}\n");
    REQUIRE(cases.size() == 1);
    CHECK(coverage.run(cases[0]).empty());
    CHECK(coverage.rules()[0].fired == row.fired);
    CHECK(counts(coverage.rules()[0]) == row.leaves);
}

TEST_CASE("conditions are described as rules spell them", "[rehearsal][coverage]")
{
    const auto book = a_rule();
    const Coverage coverage(*book);
    std::vector<std::string> lines;
    for (const auto& leaf : coverage.rules()[0].leaves) lines.push_back(leaf.condition);
    CHECK(lines == std::vector<std::string>{"customer.tier: prime", "order.value: {at_least: 5}",
                                            "channel: [chat, email]", "repeat: true"});
}

TEST_CASE("coverage of several runs adds up", "[rehearsal][coverage]")
{
    const auto book = a_rule();
    Coverage one(*book);
    const auto cases = some_cases(
        *book,
        "  - {case: x, ticket: {customer: {tier: prime}, order: {value: 5}}, expect: {priority: high}}\n");
    one.run(cases[0]);
    Coverage both(*book);
    both.run(cases[0]);
    both.merge(one);
    CHECK(both.rules()[0].fired == 2);
    CHECK(both.rules()[0].leaves[0].held == 2);
}
