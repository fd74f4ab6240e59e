// What the tests of rehearsal share: cases read for a rulebook of the tests' shop.

#pragma once

#include "engine/rehearsal/cases.hpp"
#include "tests/rulebook/support.hpp"

namespace triaged::rehearsal::test {

inline std::vector<Case> some_cases(const rulebook::Rulebook& rulebook, const std::string& text)
{
    std::vector<Diagnostic> found;
    auto cases =
        read_cases(rulebook, {"rules/x.test.yaml", "cases:\n" + text}, rulebook::test::a_vocabulary(), found);
    INFO(render(found, false));
    REQUIRE(found.empty());
    return cases;
}

/// One rule: prime customers with an order above 5, by chat or email, unless it is a repeat.
inline std::shared_ptr<const rulebook::Rulebook> a_rule()
{
    return rulebook::test::a_rulebook(
        {{"3.yaml",
          "stage: prioritise\nrules:\n"
          "  - rule: up\n    when: {customer.tier: prime, order.value: {at_least: 5}, "
          "any: [{channel: [chat, email]}, {repeat: true}]}\n"
          "    then: {priority: high, tags: [t]}\n"}});
}

}  // namespace triaged::rehearsal::test
