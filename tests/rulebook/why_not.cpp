#include "engine/rulebook/why_not.hpp"

#include <boost/json.hpp>

#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

namespace {

struct Asked {
    std::shared_ptr<const Rulebook> rulebook;
    Explanation explanation;

    WhyNot about(const std::string& name) const
    {
        const auto all = rulebook->rule_names();
        const auto place = std::find(all.begin(), all.end(), name);
        REQUIRE(place != all.end());
        return why_not(*rulebook, explanation, static_cast<RuleIndex>(place - all.begin()));
    }
    std::string page(const std::string& name) const
    {
        return render(*rulebook, explanation, about(name), false);
    }
};

Asked ask()
{
    const auto rulebook =
        a_rulebook({{"2.yaml",
                     "stage: classify\nrules:\n"
                     "  - rule: first\n    when: {text: broken}\n    then: {intent: damaged}\n"
                     "  - rule: second\n    when: {text: broken}\n    then: {intent: complaint}\n"
                     "  - rule: parked\n    off: true\n    then: {intent: parked}\n"},
                    {"4.yaml",
                     "stage: route\nrules:\n"
                     "  - rule: dear\n    about: Worth a look.\n"
                     "    when: {intent: damaged, order.value: {at_least: 100}, language: de}\n"
                     "    then: {queue: fraud}\n"
                     "  - rule: damaged\n    when: {intent: damaged}\n    then: {queue: returns}\n"
                     "  - rule: late\n    when: {text: broken}\n    then: {queue: executive}\n"}});
    const auto ticket = a_ticket().body("It is broken").with("order.value", 80);
    const auto text = rulebook->scan(ticket.subject(), ticket.body());
    return {rulebook, explain(*rulebook, {text, ticket.ticket(), ticket.customer()}, {})};
}

}  // namespace

TEST_CASE("why not says which conditions stopped a rule, with what was seen", "[rulebook][explain]")
{
    const auto asked = ask();
    CHECK(asked.about("dear").verdict ==
          "of its 3 conditions 1 is not true and 1 is unknown, for a fact is missing");
    const auto page = asked.page("dear");
    for (const auto* const part :
         {"dear (route, 4.yaml:3)\n", "Worth a look.", "  + yes     intent: damaged\n            saw damaged",
          "  - no      order.value: {at_least: 100}\n            saw 80",
          "  ? unknown language: de\n            saw (missing)",
          "queue: fraud   is returns by damaged (route, 4.yaml:7)"})
        CHECK_THAT(page, Catch::Contains(part));
}

TEST_CASE("why not names the rule that took the value before", "[rulebook][explain]")
{
    const auto asked = ask();
    CHECK(asked.about("second").verdict == "it fired");
    CHECK_THAT(asked.page("second"),
               Catch::Contains("intent: complaint   is damaged by first (classify, 2.yaml:3)"));
    CHECK_THAT(
        asked.about("late").verdict,
        Catch::Contains("damaged (route, 4.yaml:7) came first, and route takes the first that matches"));
    CHECK(asked.about("parked").verdict == "it is off, and never applied");
    CHECK_THAT(asked.page("damaged"), Catch::Contains("queue: returns   so it is"));
}

TEST_CASE("why not as JSON holds the conditions and who set each value", "[rulebook][explain]")
{
    const auto asked = ask();
    const auto json =
        boost::json::parse(to_json(*asked.rulebook, asked.explanation, asked.about("dear"))).as_object();
    CHECK(json.at("fired") == false);
    CHECK(json.at("conditions").as_array().size() == 3);
    CHECK(json.at("conditions").at(1).at("seen") == "80");
    CHECK(json.at("values").at(0).at("by") == "damaged");
    CHECK(json.at("values").at(0).at("stage") == "route");
}
