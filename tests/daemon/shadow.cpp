// Rules in the shadow: what differs is counted and changes nothing; promoted they are in force; rolled back
// they are gone.

#include "engine/daemon/shadow.hpp"

#include "tests/daemon/test_desk.hpp"

using namespace triaged;
using namespace triaged::test;

namespace {

constexpr const char* candidate = R"(
stage: route
rules:
  - rule: smashed
    when: {text: [smashed]}
    then: {queue: general}
  - rule: late
    when: {text: [late]}
    then: {queue: returns}
  - rule: default
    then: {queue: general}
)";

std::string start_with(const std::string& rules)
{
    json::object files, request;
    files["40-route.yaml"] = rules;
    request["op"] = "shadow.start";
    request["rules"] = std::move(files);
    return json::serialize(request);
}

json::object shown(TestDesk& desk)
{
    desk.daemon().shadow().settle();
    return desk.client().ask(R"({"op":"shadow"})");
}

std::string text(const json::value& value) { return std::string(value.as_string()); }

/// `name=tickets` of each.
std::vector<std::string> counts(const json::object& reply, const char* key)
{
    std::vector<std::string> out;
    for (const auto& item : reply.at(key).as_array())
        out.push_back(text(item.at("name")) + "=" + std::to_string(item.at("tickets").as_int64()));
    return out;
}

std::string body(const std::string& ref, const std::string& words)
{
    return R"({"ref":")" + ref + R"(","channel":"email","body":")" + words + R"("})";
}

std::string queue_of(TestDesk& desk, const std::string& ref, const std::string& words)
{
    return text(desk.client().ask(body(ref, words)).at("queue"));
}

std::size_t adoptions(const TestDesk& desk)
{
    std::size_t count = 0;
    for (const auto& event : desk.journal())
        count += std::holds_alternative<RulebookAdopted>(event.what) ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("rules in the shadow judge every new ticket and change nothing", "[daemon][shadow]")
{
    TestDesk desk;
    desk.start();
    CHECK_FALSE(shown(desk).at("active").as_bool());
    const auto started = desk.client().ask(start_with(candidate));
    REQUIRE(is_ok(started));
    CHECK_FALSE(started.at("same").as_bool());
    CHECK(started.at("rules").as_int64() == 3);
    desk.daemon().shadow().settle();

    CHECK(queue_of(desk, "r-1", "it came smashed") == "returns");
    CHECK(queue_of(desk, "r-2", "it is late") == "general");
    CHECK(queue_of(desk, "r-3", "hello") == "general");
    const auto reply = shown(desk);
    CHECK(reply.at("rulebook") == started.at("rulebook"));
    CHECK(reply.at("against") == desk.client().ask(R"({"op":"ping"})").at("rulebook"));
    CHECK(reply.at("compared").as_int64() == 3);
    CHECK(reply.at("not_compared").as_int64() == 0);
    CHECK(reply.at("differing").as_int64() == 2);
    CHECK(counts(reply, "kinds") == std::vector<std::string>{"queue=2"});
    CHECK(counts(reply, "rules") == std::vector<std::string>{"+late=1", "-default=1", "~smashed=1"});
    const auto& samples = reply.at("samples").as_array();
    REQUIRE(samples.size() == 2);
    CHECK(text(samples.at(0).at("ref")) == "r-2");  // the latest first
    const auto& change = samples.at(0).at("changes").as_array().at(0);
    CHECK(text(change.at("before")) == "general");
    CHECK(text(change.at("after")) == "returns");
    CHECK(adoptions(desk) == 1);

    CHECK(desk.client().ask(R"({"op":"shadow.stop"})").at("stopped").as_bool());
    CHECK_FALSE(shown(desk).at("active").as_bool());
    CHECK_FALSE(desk.client().ask(R"({"op":"shadow.stop"})").at("stopped").as_bool());
}

TEST_CASE("promoted rules are in force at once, and a rollback takes them back, also after a restart",
          "[daemon][shadow]")
{
    TestDesk desk;
    desk.start();
    const auto first = desk.client().ask(R"({"op":"ping"})").at("rulebook");
    CHECK(code_of(desk.client().ask(R"({"op":"shadow.promote"})")) == "unavailable");
    CHECK(code_of(desk.client().ask(R"({"op":"shadow.rollback"})")) == "unavailable");
    const auto started = desk.client().ask(start_with(candidate));

    const auto promoted = desk.client().ask(R"({"op":"shadow.promote"})");
    REQUIRE(is_ok(promoted));
    CHECK(promoted.at("changed").as_bool());
    CHECK(promoted.at("rulebook") == started.at("rulebook"));
    CHECK_FALSE(promoted.at("on_disk").as_bool());
    CHECK(queue_of(desk, "r-1", "it is late") == "returns");
    CHECK(adoptions(desk) == 2);
    CHECK_FALSE(shown(desk).at("active").as_bool());

    SECTION("the files put in place, a reload finds nothing changed")
    {
        desk.write("rules/40-route.yaml", candidate);
        const auto reloaded = desk.client().ask(R"({"op":"reload"})");
        CHECK_FALSE(reloaded.at("changed").as_bool());
    }
    SECTION("a rollback, and another one that takes it back")
    {
        const auto back = desk.client().ask(R"({"op":"shadow.rollback"})");
        CHECK(back.at("rulebook") == first);
        CHECK(back.at("on_disk").as_bool());
        CHECK(queue_of(desk, "r-2", "it is late") == "general");
        CHECK(adoptions(desk) == 3);
        CHECK(desk.client().ask(R"({"op":"shadow.rollback"})").at("rulebook") == started.at("rulebook"));
        CHECK(queue_of(desk, "r-3", "it is late") == "returns");
    }
    SECTION("after a restart on the new files the journal knows what was before")
    {
        desk.write("rules/40-route.yaml", candidate);
        desk.restart();
        CHECK(queue_of(desk, "r-2", "it is late") == "returns");
        CHECK(desk.client().ask(R"({"op":"shadow.rollback"})").at("rulebook") == first);
        CHECK(queue_of(desk, "r-3", "it is late") == "general");
    }
}

TEST_CASE("mistakes in rules for the shadow are reported with their place, and leave a running shadow alone",
          "[daemon][shadow]")
{
    TestDesk desk;
    desk.start();
    const auto started = desk.client().ask(start_with(candidate));
    const auto refused =
        desk.client().ask(start_with("stage: route\nrules:\n  - rule: x\n    then: {queue: nowhere}\n"));
    CHECK(code_of(refused) == "bad_rulebook");
    CHECK(refused.at("diagnostics").as_array().at(0).at("line").as_int64() == 4);
    CHECK(shown(desk).at("rulebook") == started.at("rulebook"));
    CHECK(code_of(desk.client().ask(R"({"op":"shadow.start"})")) == "missing_field");
    CHECK(code_of(desk.client().ask(R"({"op":"shadow.start","rules":{"../a.yaml":""}})")) == "bad_value");
}

TEST_CASE("after a reload the shadow goes on against the new rules and counts anew", "[daemon][shadow]")
{
    TestDesk desk;
    desk.start();
    desk.client().ask(start_with(candidate));
    desk.daemon().shadow().settle();
    queue_of(desk, "r-1", "it is late");
    CHECK(shown(desk).at("differing").as_int64() == 1);
    desk.write("rules/40-route.yaml", std::string(candidate) + "\n");
    desk.client().ask(R"({"op":"reload"})");
    queue_of(desk, "r-2", "it is late");
    const auto reply = shown(desk);
    CHECK(reply.at("compared").as_int64() == 1);
    CHECK(reply.at("differing").as_int64() == 0);
    CHECK(reply.at("against") == desk.client().ask(R"({"op":"ping"})").at("rulebook"));
}

TEST_CASE("what the shadow cannot keep up with is counted, and the desk does not wait", "[daemon][shadow]")
{
    TestDesk desk;
    desk.start();
    desk.client().ask(start_with(candidate));
    auto client = desk.client();
    constexpr int tickets = 3'000;
    const std::string long_text(8'000, 'x');
    std::string lines;
    for (int i = 0; i < tickets; ++i) lines += body("r-" + std::to_string(i), long_text) + "\n";
    client.send(lines);
    for (int i = 0; i < tickets; ++i) client.reply();
    const auto reply = shown(desk);
    CHECK(reply.at("compared").as_int64() + reply.at("not_compared").as_int64() == tickets);
}

TEST_CASE("rules in the shadow read of the desk and the customer what the rules in force do",
          "[daemon][shadow]")
{
    TestDesk desk;
    desk.start();
    desk.client().ask(start_with(R"(
stage: route
rules:
  - rule: crowd
    when: {queue.length: {queue: general, at_least: 1}, text: crowd}
    then: {queue: returns}
  - rule: again
    when: {customer.contacts: {at_least: 1, within: 1h}}
    then: {queue: returns}
  - rule: default
    then: {queue: general}
)"));
    desk.daemon().shadow().settle();
    const auto differing = [&] { return shown(desk).at("differing").as_int64(); };
    queue_of(desk, "r-1", "is this a crowd");
    CHECK(differing() == 0);  // it does not count itself
    queue_of(desk, "r-2", "is this a crowd");
    CHECK(differing() == 1);
    const auto from = [&](const std::string& ref) {
        desk.client().ask(R"({"ref":")" + ref +
                          R"(","channel":"email","customer":{"id":"c-1"},"body":"hello"})");
    };
    from("r-3");
    CHECK(differing() == 1);
    from("r-4");
    CHECK(counts(shown(desk), "rules") == std::vector<std::string>{"+again=1", "+crowd=1", "-default=2"});
}
