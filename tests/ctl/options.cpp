#include "engine/ctl/options.hpp"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "engine/ctl/console.hpp"

using namespace triaged::ctl;

namespace {

Options parsed(const std::vector<std::string>& arguments)
{
    const auto result = parse_options(arguments);
    if (const auto* const ending = std::get_if<Ending>(&result)) FAIL(ending->err);
    return std::get<Options>(result);
}

Ending ended(const std::vector<std::string>& arguments)
{
    const auto result = parse_options(arguments);
    REQUIRE(std::holds_alternative<Ending>(result));
    return std::get<Ending>(result);
}

}  // namespace

TEST_CASE("every command is known by its name", "[ctl]")
{
    CHECK(parsed({"check"}).command == "check");
    CHECK(parsed({"queues", "--json"}).json);
    CHECK(parsed({"ticket", "T-1"}).target == "T-1");
    CHECK(parsed({"explain", "-"}).target == "-");
    CHECK(parsed({"test", "a.test.yaml", "--filter", "fraud"}).filter == "fraud");
    CHECK(parsed({"feed", "a.jsonl", "-", "--window", "64"}).files ==
          std::vector<std::string>{"a.jsonl", "-"});
    CHECK(parsed({"feed", "a.jsonl", "--window", "64"}).window == 64);
    CHECK(parsed({"verify", "--data-dir", "/d"}).data_dir == "/d");
    CHECK(parsed({"backup", "copy.db"}).target == "copy.db");
    CHECK(parsed({"completions", "fish"}).target == "fish");
}

TEST_CASE("watch takes a start and a list of events", "[ctl]")
{
    const auto options = parsed({"watch", "--from", "12", "--events", "ticket_routed,offer_made"});
    CHECK(options.from == 12);
    CHECK(options.events == std::vector<std::string>{"ticket_routed", "offer_made"});
    CHECK_FALSE(parsed({"watch"}).from);
}

TEST_CASE("common flags may stand before and after the command", "[ctl]")
{
    for (const auto& arguments : {std::vector<std::string>{"--connect", "unix:/s", "--no-color", "queues"},
                                  std::vector<std::string>{"queues", "--connect", "unix:/s", "--no-color"}}) {
        CHECK(parsed(arguments).connect == "unix:/s");
        CHECK(parsed(arguments).no_color);
    }
}

TEST_CASE("the environment gives what the arguments leave out", "[ctl]")
{
    ::setenv("TRIAGED_TOKEN", "from-environment", 1);
    ::setenv("TRIAGED_CONFIG", "/etc/there.yaml", 1);
    CHECK(parsed({"queues"}).token == "from-environment");
    CHECK(parsed({"queues"}).config_file == "/etc/there.yaml");
    CHECK(parsed({"queues", "--token", "given"}).token == "given");
    ::unsetenv("TRIAGED_TOKEN");
    ::unsetenv("TRIAGED_CONFIG");
    CHECK(parsed({"queues"}).token.empty());
}

TEST_CASE("arguments that make no sense end with usage", "[ctl]")
{
    const auto arguments = GENERATE(values<std::vector<std::string>>({
        {},
        {"quues"},
        {"queues", "--jsn"},
        {"ticket"},
        {"feed"},
        {"feed", "a", "--window", "0"},
        {"feed", "a", "--window", "5000"},
        {"watch", "--from", "yesterday"},
        {"completions", "tcsh"},
    }));
    const auto ending = ended(arguments);
    CHECK(ending.exit_code == exit_usage);
    CHECK_FALSE(ending.err.empty());
    CHECK(ending.out.empty());
}

TEST_CASE("help teaches by examples and is no failure", "[ctl]")
{
    const auto help = ended({"--help"});
    CHECK(help.exit_code == exit_good);
    CHECK_THAT(help.out, Catch::Contains("Examples:") && Catch::Contains("triagectl explain T-1042"));
    CHECK_THAT(help.out, Catch::Contains("\nTickets by hand:\n") && !Catch::Contains("Subcommands:"));
    CHECK_THAT(ended({"queues", "--help"}).out, !Catch::Contains("Examples:") && Catch::Contains("--json"));
    CHECK_THAT(ended({"feed", "--help"}).out, Catch::Contains("zcat tickets.jsonl.gz | triagectl feed -"));
    CHECK_THAT(ended({"--version"}).out, Catch::Contains("triagectl "));
}
