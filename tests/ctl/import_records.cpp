// `triagectl import customers|orders|contracts` as its users see it.

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "tests/ctl/fake_daemon.hpp"
#include "tests/ctl/files.hpp"
#include "tests/ctl/ran.hpp"

using namespace triaged;
using namespace triaged::ctl;

namespace {

/// A desk with an SLA policy, a declared fact, and a daemon that knows what it was told before.
class Desk {
public:
    Desk()
        : daemon([this](const std::string& line) -> std::string {
              for (const std::string field : {"refused", "customer.score", "customer.id"})
                  if (line.find('"' + field + '"') != std::string::npos)
                      return fmt::format(
                                 R"({{"ok":false,"error":{{"code":"bad_value","message":"no","field":"{}"}}}})",
                                 field) +
                             "\n";
              const bool again = !known_.insert(line).second;
              return again ? "{\"ok\":true,\"again\":true}\n" : "{\"ok\":true}\n";
          })
    {
        files.write("config/triaged.yaml",
                    "facts:\n  customer.score: {type: number}\n  customer.member: {type: boolean}\n");
        files.write("config/queues.yaml", "slas: {gold: {resolution: 1d}}\nqueues: {general: }\n");
        files.write("config/agents.yaml", "");
    }

    Ran import(const std::string& kind, const std::string& text, std::vector<std::string> more = {}) const
    {
        std::vector<std::string> arguments{"import",
                                           kind,
                                           files.write("in.csv", text),
                                           "--config",
                                           files.path("config/triaged.yaml"),
                                           "--connect",
                                           daemon.address()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return triagectl(arguments);
    }

    Files files;
    FakeDaemon daemon;

private:
    std::set<std::string> known_;
};

}  // namespace

TEST_CASE("rows become the operations that tell of them", "[ctl]")
{
    struct Row {
        std::string kind, text, request;
    };
    const auto row = GENERATE(values<Row>({
        {"customers", "id,tier,customer.score,member\nc-1,prime,1.5,true\n",
         R"({"op":"customer","customer":{"id":"c-1","tier":"prime","score":1.5E0,"member":true}})"},
        {"customers", "tier,customer.id,language\n,c-1,\"de\"\n",
         R"({"op":"customer","customer":{"id":"c-1","language":"de"}})"},
        {"orders", "id,customer,value\no-1,c-1,20\n",
         R"({"op":"order","order":{"id":"o-1","value":2E1},"customer":{"id":"c-1"}})"},
        {"orders", "order.id,customer.id\no-1,\n", R"({"op":"order","order":{"id":"o-1"}})"},
        {"contracts", "contract,customer,sla,until\nk-1,c-1,gold,2027-01-31\n",
         R"({"op":"contract","contract":"k-1","customer":{"id":"c-1"},"sla":"gold","until":"2027-01-31"})"},
        {"contracts", "contract,customer,until\nk-1,c-1,2027-01-31T10:00:00+01:00\n",
         R"({"op":"contract","contract":"k-1","customer":{"id":"c-1"},"until":"2027-01-31T10:00:00+01:00"})"},
    }));
    INFO(row.text);
    const Desk desk;
    const auto ran = desk.import(row.kind, row.text);
    INFO(ran.err);
    CHECK(ran.exit_code == exit_good);
    CHECK_THAT(ran.out, Catch::StartsWith("imported 1 new, 0 again, 0 failed in "));
    CHECK(desk.daemon.lines() == std::vector<std::string>{row.request});
}

TEST_CASE("bad rows are shown where they are bad, and the rest is sent", "[ctl]")
{
    const Desk desk;
    const auto ran = desk.import("customers",
                                 "id,tier,score,member\n"
                                 "c-1,primee,,\n"
                                 "c-2,,\"1,5\",\n"
                                 "c-3,,,yes\n"
                                 ",prime,,\n"
                                 "c-5,prime\n"
                                 "refused,,,\n"
                                 "c-7,prime,2,false\n");
    CHECK(ran.exit_code == exit_findings);
    CHECK_THAT(ran.out, Catch::StartsWith("imported 1 new, 0 again, 6 failed in "));
    const auto file = desk.files.path("in.csv");
    for (const std::string part :
         {":2:5: error: customer.tier cannot be 'primee'", "= did you mean 'prime'?",
          ":3:6: error: customer.score must be a number, not '1,5'",
          "write decimals with a point, such as 1.5",
          ":4:7: error: customer.member must be true or false, not 'yes'", ":5:1: error: the row has no id",
          ":6:5: error: the row has 2 cells, the header 4", ":7:1: error: no"}) {
        INFO(ran.err);
        CHECK_THAT(ran.err, Catch::Contains(part));
    }
    CHECK_THAT(ran.err, Catch::Contains(file + ":2:5:"));
    CHECK(desk.daemon.lines().size() == 2);
}

TEST_CASE("what the daemon refuses is shown at the cell it speaks of, or at the row", "[ctl]")
{
    const Desk desk;
    std::string text = "language,score,id\n";
    for (int i = 0; i < 20; ++i) text += fmt::format("de,{},c-{}\n", i, i);
    text += "de,1,refused\n\nde,22,customer.score\nde,1,customer.id\nde,1,c-25\n";
    const std::string window = GENERATE("1", "2", "256");
    const auto ran = desk.import("customers", text, {"--window", window});
    INFO(ran.err);
    CHECK(ran.exit_code == exit_findings);
    CHECK_THAT(ran.out, Catch::StartsWith("imported 21 new, 0 again, 3 failed in "));
    CHECK_THAT(ran.err, Catch::Contains("in.csv:22:1: error: no\n   22 | de,1,refused\n") &&
                            Catch::Contains("in.csv:24:4: error: no\n") &&
                            Catch::Contains("in.csv:25:6: error: no\n"));

    const auto json = desk.import("customers", "id\nrefused\n", {"--json"});
    const auto first = boost::json::parse(json.out.substr(0, json.out.find('\n'))).as_object();
    CHECK(first.at("line") == 2);
    CHECK(first.at("column") == 1);
    CHECK(first.at("code") == "bad_value");
    CHECK(first.at("message") == "no");
}

TEST_CASE("a header that is not understood sends nothing", "[ctl]")
{
    struct Row {
        std::string kind, header, complaint;
    };
    const auto row = GENERATE(values<Row>({
        {"customers", "id,teir", ":1:4: error: customers have no 'teir'"},
        {"customers", "id,teir", "did you mean 'tier'?"},
        {"customers", "tier,language", ":1:1: error: there is no column 'id'"},
        {"customers", "id,tier,customer.tier", ":1:9: error: 'customer.tier' is there twice"},
        {"customers", "id;tier", "the columns are parted by ';'"},
        {"orders", "id,tier", "orders have no 'tier'"},
        {"contracts", "contract,sla", "there is no column 'customer'"},
        {"contracts", "contract,customer,tier", "it is one of contract, customer, sla, until"},
        {"customers", "", "is empty"},
    }));
    INFO(row.complaint);
    const Desk desk;
    const auto ran = desk.import(row.kind, row.header);
    CHECK(ran.exit_code == exit_findings);
    CHECK_THAT(ran.err, Catch::Contains(row.complaint));
    CHECK(ran.out.empty());
    CHECK(desk.daemon.connections() == 0);
}

TEST_CASE("a contract names a policy there is, and a time", "[ctl]")
{
    const Desk desk;
    const auto ran =
        desk.import("contracts", "contract,customer,sla,until\nk-1,c-1,glod,\nk-2,c-1,gold,tomorrow\n");
    CHECK(ran.exit_code == exit_findings);
    CHECK_THAT(ran.err, Catch::Contains(":2:9: error: there is no SLA policy 'glod'") &&
                            Catch::Contains("did you mean 'gold'?") &&
                            Catch::Contains(":3:14: error: until: 'tomorrow' is no time"));
}

TEST_CASE("a file sent again is known row by row", "[ctl]")
{
    const Desk desk;
    std::string text = "id,tier\n";
    for (int i = 0; i < 700; ++i) text += fmt::format("c-{},prime\n", i);
    CHECK_THAT(desk.import("customers", text).out, Catch::StartsWith("imported 700 new, 0 again, 0 failed"));
    text += "c-700,prime\n";
    CHECK_THAT(desk.import("customers", text).out, Catch::StartsWith("imported 1 new, 700 again, 0 failed"));
}

TEST_CASE("a dry run checks every row and connects to nobody", "[ctl]")
{
    const Desk desk;
    const auto ran = desk.import("customers", "id,tier\nc-1,prime\nc-2,gold\nc-3,\n", {"--dry-run"});
    CHECK(ran.exit_code == exit_findings);
    CHECK(ran.out == "2 good, 1 bad; nothing was sent\n");
    CHECK_THAT(ran.err, Catch::Contains(":3:5: error: customer.tier cannot be 'gold'"));
    CHECK(desk.daemon.connections() == 0);
    CHECK(desk.import("customers", "id\nc-1\n", {"--dry-run"}).exit_code == exit_good);
}

TEST_CASE("of very many bad rows people see the first, and programs all", "[ctl]")
{
    const Desk desk;
    std::string text = "id,tier\n";
    for (int i = 0; i < 60; ++i) text += "c,gold\n";
    const auto ran = desk.import("customers", text, {"--dry-run"});
    CHECK_THAT(ran.err, Catch::Contains("in.csv:51:3:") && !Catch::Contains("in.csv:52:3:") &&
                            Catch::Contains("10 more failed rows are not shown"));
    const auto all = desk.import("customers", text, {"--dry-run", "--json"});
    CHECK(std::count(all.out.begin(), all.out.end(), '\n') == 61);
    const auto first = boost::json::parse(all.out.substr(0, all.out.find('\n'))).as_object();
    CHECK(first.at("line") == 2);
    CHECK(first.at("column") == 3);
    CHECK_THAT(all.out, Catch::EndsWith("{\"good\":0,\"failed\":60}\n"));
}
