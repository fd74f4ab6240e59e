// Imports: the rules they write load, place tickets as the product would, and what is missing is said.

#include <fstream>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/import.hpp"
#include "engine/ctl/rules_files.hpp"
#include "tests/ctl/files.hpp"
#include "tests/ctl/ran.hpp"

using namespace triaged;
using namespace triaged::ctl;

namespace {

/// An import that loads, and where it sends a ticket.
class Import {
public:
    Import(const std::string& format, const std::string& text)
    {
        const auto file = files.write("export", text);
        ran = triagectl({"import", format, file, "--out", files.path("out")});
        INFO(ran.err);
        REQUIRE(ran.exit_code == exit_good);
        const auto checked = triagectl({"check", "--no-analysis", "--config", config()});
        INFO(checked.err);
        REQUIRE(checked.exit_code == exit_good);
    }

    std::string config() const { return files.path("out/config/triaged.yaml"); }
    boost::json::object explain(const std::string& ticket) const
    {
        const auto told = triagectl({"explain", "-", "--json", "--config", config()}, ticket);
        INFO(told.err);
        REQUIRE(told.exit_code == exit_good);
        return boost::json::parse(told.out).as_object();
    }
    std::string queue(const std::string& ticket) const
    {
        return std::string(explain(ticket).at("routing").at("queue").as_string());
    }

    Files files;
    Ran ran;
};

const char* const triggers = R"({"triggers": [
  {"id": 1, "title": "Billing: to accounts", "active": true, "position": 1,
   "conditions": {
     "all": [{"field": "update_type", "operator": "is", "value": "Create"},
             {"field": "status", "operator": "less_than", "value": "solved"},
             {"field": "comment_includes_word", "operator": "includes", "value": "invoice receipt"}],
     "any": [{"field": "via_id", "operator": "is", "value": 4},
             {"field": "brand_id", "operator": "is_not", "value": "360001"}]},
   "actions": [{"field": "group_id", "value": "20455932"}, {"field": "priority", "value": "high"},
               {"field": "current_tags", "value": "billing money"},
               {"field": "notification_user", "value": ["requester_id", "We got it", "Dear customer"]}]},
  {"id": 2, "title": "Later ones win", "active": true, "position": 2,
   "conditions": {"all": [{"field": "subject_includes_word", "operator": "is", "value": "re: invoice"}], "any": []},
   "actions": [{"field": "group_id", "value": "99"},
               {"field": "notification_group", "value": ["99", "Look", "at this"]}]},
  {"id": 3, "title": "Needs hours", "active": true, "position": 3,
   "conditions": {"all": [{"field": "in_business_hours", "operator": "is", "value": "true"}], "any": []},
   "actions": [{"field": "group_id", "value": "77"}]},
  {"id": 4, "title": "Asleep", "active": false, "position": 4,
   "conditions": {"all": [{"field": "reopens", "operator": "greater_than", "value": "2"}], "any": []},
   "actions": [{"field": "priority", "value": "urgent"}, {"field": "assignee_id", "value": "5"}]}],
 "groups": [{"id": 20455932, "name": "Accounts & Billing"}]})";

const char* const alerts = R"(global:
  resolve_timeout: 5m
route:
  receiver: everyone
  group_by: [alertname]
  group_wait: 30s
  routes:
    - matchers: [team="db"]
      receiver: db-team
      routes:
        - matchers: ['severity=~"critical|page"']
          receiver: db-pager
          continue: true
        - match: {severity: page}
          receiver: duty
    - matchers: [service!="shop", 'env=~"prod.*"']
      receiver: odd
    - match_re: {service: shop|cart}
      receiver: shop-team
      group_wait: 10s
receivers:
  - name: everyone
  - name: db-pager
    webhook_configs: [{url: "http://x"}]
inhibit_rules: []
)";

}  // namespace

TEST_CASE("zendesk triggers become rules of the stages their actions need", "[ctl][import]")
{
    const Import imported("zendesk-triggers", triggers);
    const auto told =
        imported.explain(R"({"channel":"email","subject":"Hello","body":"Where is my invoice?"})");
    const auto& routing = told.at("routing").as_object();
    CHECK(routing.at("queue") == "accounts-billing");
    CHECK(routing.at("priority") == "high");
    CHECK(routing.at("tags").as_array().size() == 2);
    // The last trigger wins, the requester's brand is missing and so not 360001, and a trigger with nothing
    // to match is not.
    CHECK(imported.queue(R"({"channel":"email","subject":"Re: invoice","body":"my invoice"})") == "group-99");
    CHECK(imported.queue(R"({"channel":"chat","body":"invoice"})") == "accounts-billing");
    CHECK(imported.queue(R"({"channel":"chat","body":"invoice","facts":{"zendesk.brand_id":"360001"}})") ==
          "general");
    CHECK(imported.queue(R"({"channel":"email","body":"Hello"})") == "general");
}

TEST_CASE("what zendesk has and rules do not is listed, and makes the rule wait for its author",
          "[ctl][import]")
{
    const Import imported("zendesk-triggers", triggers);
    for (const auto* const part :
         {"Billing: to accounts: notification_user requester_id: rules tell leads",
          "Needs hours: in_business_hours is true: hours belong to a calendar", "Asleep: assignee_id 5:",
          "Later ones win: notification_group 99: the lead is told; the text of the message is left behind",
          "2 of them off until you finish them"})
        CHECK_THAT(imported.ran.out, Catch::Contains(part));
    std::ifstream rules(imported.files.path("out/rules/40-route.yaml"));
    const std::string text{std::istreambuf_iterator<char>(rules), {}};
    CHECK_THAT(text, Catch::Contains("  - rule: needs-hours\n    about: \"Needs hours (off: a condition is "
                                     "missing)\"\n    off: true\n"));
    std::ifstream left(imported.files.path("out/NOT-IMPORTED.txt"));
    const std::string listed{std::istreambuf_iterator<char>(left), {}};
    CHECK(std::count(listed.begin(), listed.end(), '\n') == 4);
}

TEST_CASE("an alertmanager tree is flattened so that the deepest route takes the alert", "[ctl][import]")
{
    const Import imported("alertmanager", alerts);
    const auto with = [&](const std::string& facts) {
        return imported.queue("{\"channel\":\"email\",\"body\":\"x\",\"facts\":{" + facts + "}}");
    };
    CHECK(with(R"("alert.team":"db")") == "db-team");
    CHECK(with(R"("alert.team":"db","alert.severity":"critical")") == "db-pager");
    CHECK(with(R"("alert.team":"db","alert.severity":"page")") == "duty");  // `continue` goes on to the next
    CHECK(with(R"("alert.service":"cart")") == "shop-team");
    CHECK(with(R"("alert.service":"mail")") == "everyone");
    const auto told = imported.explain(
        R"({"channel":"email","body":"x","facts":{"alert.team":"db","alert.severity":"page"}})");
    bool informed = false;
    for (const auto& rule : told.at("rules").as_array())
        if (rule.at("rule") == "tell-db-pager") informed = rule.at("fired").as_bool();
    CHECK(informed);
}

TEST_CASE("what alertmanager has and rules do not is listed", "[ctl][import]")
{
    const Import imported("alertmanager", alerts);
    for (const auto* const part :
         {"the top route: group_wait: 30s: a ticket is placed at once", "route.3: group_wait: 10s",
          "the top route: group_by: [alertname]", "route.2: env=~\"prod.*\": facts are compared with values",
          "receiver db-pager: webhook_configs", "the file: inhibit_rules", "route.1.1: continue: true"})
        CHECK_THAT(imported.ran.out, Catch::Contains(part));
}

TEST_CASE("an import overwrites nothing, and says what is no export", "[ctl][import]")
{
    const Import imported("alertmanager", alerts);
    const auto again = triagectl(
        {"import", "alertmanager", imported.files.path("export"), "--out", imported.files.path("out")});
    CHECK(again.exit_code == exit_usage);
    CHECK_THAT(again.err, Catch::Contains("is there already"));
    for (const auto& [format, text] :
         {std::pair{"zendesk-triggers", "[]"}, std::pair{"zendesk-triggers", "{"},
          std::pair{"alertmanager", "receivers: []\n"}, std::pair{"alertmanager", "a: [\n"}}) {
        const auto file = imported.files.write("bad", text);
        CHECK(triagectl({"import", format, file, "--out", imported.files.path("new")}).exit_code ==
              exit_usage);
    }
}

TEST_CASE("names and values of other products are made fit", "[ctl][import]")
{
    CHECK(label_of("Accounts & Billing (EU)") == "accounts-billing-eu");
    CHECK(label_of("!!!") == "unnamed");
    CHECK(label_of("Größe 2") == "gr-e-2");
    CHECK(label_of(std::string(300, 'x')).size() == 48);
    CHECK(scalar_of("plain-1") == "plain-1");
    CHECK(scalar_of("missing") == "\"missing\"");
    CHECK(scalar_of("say \"hi\"\n") == "\"say \\\"hi\\\"\\n\"");
    CHECK(scalar_of("$x") == "\"$x\"");
    CHECK(scalar_of("") == "\"\"");
}
