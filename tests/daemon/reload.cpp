#include "engine/daemon/reload.hpp"

#include "tests/daemon/test_desk.hpp"

using namespace triaged;
using namespace triaged::test;

namespace {

constexpr const char* edited = R"(
stage: route
rules:
  - rule: everything
    then: {queue: general}
)";

}  // namespace

TEST_CASE("a reload brings the edited rules into force for the lines after it", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    desk.write("rules/40-route.yaml", edited);
    client.send(ticket("r-1") + "\n{\"op\":\"reload\",\"id\":5}\n" + ticket("r-2") + "\n");
    CHECK(client.reply().at("queue").as_string() == "returns");
    const auto reloaded = client.reply();
    CHECK(reloaded.at("changed").as_bool());
    CHECK(reloaded.at("rules").as_int64() == 1);
    CHECK(reloaded.at("id").as_int64() == 5);
    const auto after = client.reply();
    CHECK(after.at("queue").as_string() == "general");
    CHECK(after.at("rules").as_array().at(0).as_string() == "everything");
    CHECK(client.ask(R"({"op":"ping"})").at("rulebook") == reloaded.at("rulebook"));
    CHECK_FALSE(client.ask(R"({"op":"reload"})").at("changed").as_bool());
}

TEST_CASE("what a reload has replaced does not stay in memory", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    CHECK(is_ok(client.ask(ticket("r-1"))));
    CHECK_FALSE(desk.started_with().expired());
    desk.write("rules/40-route.yaml", edited);
    CHECK(client.ask(R"({"op":"reload"})").at("changed").as_bool());
    CHECK(is_ok(client.ask(ticket("r-2"))));
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!desk.started_with().expired() && std::chrono::steady_clock::now() < patience)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    CHECK(desk.started_with().expired());
}

TEST_CASE("mistakes in the rules leave the old ones in force and are reported with their place", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    const auto before = client.ask(R"({"op":"ping"})").at("rulebook");
    desk.write("rules/40-route.yaml", "stage: route\nrules:\n  - rule: x\n    then: {queue: nowhere}\n");
    const auto refused = client.ask(R"({"op":"reload"})");
    CHECK(code_of(refused) == "bad_rulebook");
    const auto& diagnostic = refused.at("diagnostics").as_array().at(0).as_object();
    CHECK(diagnostic.at("line").as_int64() == 4);
    CHECK(diagnostic.at("severity").as_string() == "error");
    CHECK(client.ask(R"({"op":"ping"})").at("rulebook") == before);
    CHECK(client.ask(ticket("r-1")).at("queue").as_string() == "returns");
}

TEST_CASE("a rule past its day is refused on reload, but keeps no desk from starting", "[daemon]")
{
    TestDesk desk;
    desk.write("rules/40-route.yaml",
               "stage: route\nrules:\n  - {rule: old, expires: 2020-01-31, when: {channel: chat}, then: "
               "{queue: general}}\n"
               "  - {rule: everything, then: {queue: returns}}\n");
    desk.start();
    const auto refused = desk.client().ask(R"({"op":"reload"})");
    CHECK(code_of(refused) == "bad_rulebook");
    CHECK(refused.at("diagnostics").as_array().at(0).as_object().at("line").as_int64() == 3);
}

TEST_CASE("mistakes in the configuration leave the old one in force", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto client = desk.client();
    desk.write("queues.yaml", "queues: [");
    CHECK(code_of(client.ask(R"({"op":"reload"})")) == "bad_config");
    CHECK(client.ask(ticket("r-1")).at("queue").as_string() == "returns");
}

TEST_CASE("answers given before a reload are repeated word for word after it and after a restart", "[daemon]")
{
    TestDesk desk;
    desk.start();
    auto first = desk.client().ask(ticket("r-1"));
    desk.write("rules/40-route.yaml", edited);
    REQUIRE(desk.client().ask(R"({"op":"reload"})").at("changed").as_bool());
    first["again"] = true;
    CHECK(desk.client().ask(ticket("r-1")) == first);
    desk.restart();
    CHECK(desk.client().ask(ticket("r-1")) == first);
}

TEST_CASE("a start with other promises has open tickets looked at by them, under the same rules", "[daemon]")
{
    const auto promising = [](const std::string& within) {
        return "skills: {returns: Judging what came back}\n"
               "slas: {gold: {first_response: " +
               within + "}}\nqueues:\n  general: {}\n  returns: {skills: {returns: 1}, sla: gold}\n";
    };
    TestDesk desk;
    desk.write("queues.yaml", promising("4h"));
    desk.start();
    REQUIRE(is_ok(desk.client().ask(ticket("r-1"))));
    desk.stop();
    desk.write("queues.yaml", promising("1h"));
    desk.start();
    REQUIRE(is_ok(desk.client().ask(R"({"op":"ping"})")));
    desk.stop();

    std::size_t rulebooks = 0;
    std::size_t policies = 0;
    Instant opened;
    Instant recheck_at;
    for (const auto& event : desk.journal()) {
        if (std::holds_alternative<RulebookAdopted>(event.what)) ++rulebooks;
        if (std::holds_alternative<PoliciesAdopted>(event.what)) ++policies;
        if (std::holds_alternative<TicketOpened>(event.what)) opened = event.at;
        if (const auto* const routed = std::get_if<TicketRouted>(&event.what))
            recheck_at = routed->recheck_at;
        if (const auto* const recheck = std::get_if<RecheckScheduled>(&event.what)) recheck_at = recheck->at;
    }
    CHECK(rulebooks == 1);
    CHECK(policies == 2);
    CHECK(recheck_at == opened + std::chrono::hours{1});
}
