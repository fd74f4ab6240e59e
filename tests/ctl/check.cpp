// triagectl check for machines: SARIF as its standard asks for it, exit codes, and proofs that run out of
// time.

#include <set>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "engine/ctl/commands.hpp"
#include "tests/ctl/files.hpp"
#include "tests/ctl/ran.hpp"

using namespace triaged::ctl;
namespace json = boost::json;

namespace {

class Desk {
public:
    explicit Desk(const std::string& rules)
    {
        files.write("config/triaged.yaml", "data_dir: ../data\n");
        files.write("config/queues.yaml", "queues: {returns: , general: }\n");
        files.write("config/agents.yaml", "");
        files.write("rules/40-route.yaml",
                    "stage: route\nrules:\n" + rules + "  - rule: default\n    then: {queue: general}\n");
    }

    Ran check(std::vector<std::string> arguments = {}) const
    {
        arguments.insert(arguments.begin(), "check");
        return triagectl(files, std::move(arguments));
    }

    Files files;
};

const std::string shadowed =
    "  - rule: wide\n    when: {text: broken}\n    then: {queue: returns}\n"
    "  - rule: narrow\n    when: {text: broken, channel: email}\n    then: {queue: general}\n";
const std::string sound = "  - rule: wide\n    when: {text: broken}\n    then: {queue: returns}\n";

/// The properties that SARIF 2.1.0 requires of a log, and the ranges it sets to those we use.
void check_sarif(const json::value& value)
{
    const auto& log = value.as_object();
    CHECK(log.at("version") == "2.1.0");
    CHECK_THAT(std::string(log.at("$schema").as_string()), Catch::Contains("sarif-2.1.0"));
    REQUIRE(log.at("runs").as_array().size() == 1);
    const auto& run = log.at("runs").at(0).as_object();
    CHECK_FALSE(run.at("tool").at("driver").at("name").as_string().empty());
    CHECK((run.at("columnKind") == "unicodeCodePoints" || run.at("columnKind") == "utf16CodeUnits"));
    for (const auto& each : run.at("results").as_array()) {
        const auto& result = each.as_object();
        CHECK_FALSE(result.at("message").at("text").as_string().empty());
        CHECK_FALSE(result.at("ruleId").as_string().empty());
        const std::set<std::string> levels{"none", "note", "warning", "error"};
        CHECK(levels.contains(std::string(result.at("level").as_string())));
        for (const auto& place : result.at("locations").as_array()) {
            const auto& physical = place.at("physicalLocation").as_object();
            CHECK(physical.at("artifactLocation").at("uri").as_string().find(' ') == json::string::npos);
            if (!physical.contains("region")) continue;
            const auto& region = physical.at("region").as_object();
            CHECK(region.at("startLine").as_int64() >= 1);
            if (!region.contains("startColumn")) continue;
            CHECK(region.at("startColumn").as_int64() >= 1);
            CHECK(region.at("endColumn").as_int64() >= region.at("startColumn").as_int64());
        }
    }
}

}  // namespace

TEST_CASE("check --sarif is SARIF 2.1.0, with mistakes, with findings and with neither", "[ctl]")
{
    for (const auto& rules :
         {shadowed, sound,
          std::string("  - rule: wrong\n    when: {chanel: email}\n    then: {queue: x}\n")}) {
        INFO(rules);
        check_sarif(json::parse(Desk(rules).check({"--sarif"}).out));
    }
    const auto mistakes = json::parse(
        Desk("  - rule: wrong\n    when: {chanel: email}\n    then: {queue: x}\n").check({"--sarif"}).out);
    const auto& results = mistakes.at("runs").at(0).at("results").as_array();
    CHECK(results.size() == 2);
    CHECK(results.at(0).at("ruleId") == "unknown-fact");
    CHECK(results.at(0).at("level") == "error");
    CHECK(results.at(0).at("locations").at(0).at("physicalLocation").at("region").at("startLine") == 4);
}

TEST_CASE("check --strict makes warnings end in exit code 1, and only those", "[ctl]")
{
    CHECK(Desk(shadowed).check().exit_code == exit_good);
    CHECK(Desk(shadowed).check({"--strict"}).exit_code == exit_findings);
    CHECK(Desk(shadowed).check({"--strict", "--no-analysis"}).exit_code == exit_good);
    CHECK(Desk(sound).check({"--strict"}).exit_code == exit_good);  // a note about the default is no warning
}

TEST_CASE("check --timeout wants a time, and what takes longer is said to be unknown", "[ctl]")
{
    CHECK(Desk(sound).check({"--timeout", "0"}).exit_code == exit_usage);
    CHECK(Desk(sound).check({"--timeout", "soon"}).exit_code == exit_usage);
    CHECK(Desk(sound).check({"--timeout", "5000"}).exit_code == exit_good);
    const auto told = json::parse(Desk(sound).check({"--json", "--timeout", "5000"}).out);
    CHECK(told.at("undecided") == 0);
}

TEST_CASE("rules that repeat themselves without end are refused, and anchors are not", "[ctl]")
{
    std::string bomb = "stage: classify\nrules: []\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int j = 0; j < 9; ++j) bomb += ", " + before;
        bomb += "]\n";
    }
    const Desk desk(sound);
    desk.files.write("rules/20-bomb.yaml", bomb);
    const auto refused = desk.check();
    CHECK(refused.exit_code == exit_findings);
    CHECK_THAT(refused.err, Catch::Contains("aliases that repeat too many"));
    desk.files.write("rules/20-bomb.yaml",
                     "stage: classify\nrules:\n  - rule: a\n    when: {text: &words [late, delayed]}\n    "
                     "then: {tags: [a]}\n"
                     "  - rule: b\n    when: {subject: *words}\n    then: {tags: [b]}\n");
    CHECK(desk.check().exit_code == exit_good);
}
