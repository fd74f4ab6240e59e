#include "engine/ctl/feed.hpp"

#include <atomic>
#include <sstream>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "tests/ctl/fake_daemon.hpp"

using namespace triaged;
using namespace triaged::ctl;

namespace {

std::string ref_of(const std::string& line)
{
    return std::string(boost::json::parse(line).as_object().at("ref").as_string());
}

std::string taken(const std::string& line)
{
    return fmt::format("{{\"ok\":true,\"ref\":\"{}\"}}\n", ref_of(line));
}

std::string refused(std::string_view code)
{
    return fmt::format("{{\"ok\":false,\"error\":{{\"code\":\"{}\",\"message\":\"no\"}}}}\n", code);
}

/// One feeding, with everything it told.
struct Feeding {
    explicit Feeding(std::size_t window = 4) { settings.window = window; }

    Result<FeedCounts> run(const FakeDaemon& daemon, const std::string& text)
    {
        std::istringstream input(text);
        auto lines = LineReader::open({"-"}, input);
        FeedHooks hooks;
        hooks.connect = [&daemon] { return Connection::open(daemon.endpoint(), {}); };
        hooks.pause = [this](Duration span) { pauses.push_back(span); };
        hooks.failed = [this](const FeedFailure& failure) {
            failures.push_back(fmt::format("{}:{}: {}", failure.file, failure.line, failure.code));
        };
        hooks.progress = [this](const FeedCounts& so_far) { progress.push_back(so_far.all()); };
        hooks.reconnecting = [](const std::string&) {};
        Feeder feeder(settings, std::move(hooks));
        auto end = feeder.run(requests_of(*lines));
        counts = feeder.counts();
        return end;
    }

    FeedSettings settings;
    FeedCounts counts;
    std::vector<std::string> failures;
    std::vector<Duration> pauses;
    std::vector<std::uint64_t> progress;
};

/// Tickets with the refs 1, 2, …
std::string tickets(int count)
{
    std::string text;
    for (int i = 1; i <= count; ++i) text += fmt::format("{{\"ref\":\"{}\",\"body\":\"x\"}}\n", i);
    return text;
}

}  // namespace

TEST_CASE("every ticket is sent once, in order, and counted", "[ctl]")
{
    const auto window = GENERATE(1, 3, 64);
    FakeDaemon daemon(taken);
    Feeding feeding(static_cast<std::size_t>(window));
    REQUIRE(feeding.run(daemon, tickets(20)));
    CHECK(feeding.counts.fresh == 20);
    CHECK(feeding.counts.all() == 20);
    std::vector<std::string> refs;
    for (const auto& line : daemon.lines()) refs.push_back(ref_of(line));
    REQUIRE(refs.size() == 20);
    for (std::size_t i = 0; i < refs.size(); ++i) CHECK(refs[i] == std::to_string(i + 1));
    CHECK(feeding.progress.back() == 20);
    CHECK(daemon.connections() == 1);
}

TEST_CASE("tickets known from before are counted apart", "[ctl]")
{
    FakeDaemon daemon([](const std::string& line) {
        return ref_of(line) == "2" ? "{\"ok\":true,\"ref\":\"2\",\"again\":true}\n" : taken(line);
    });
    Feeding feeding;
    REQUIRE(feeding.run(daemon, tickets(3)));
    CHECK(feeding.counts.fresh == 2);
    CHECK(feeding.counts.again == 1);
}

TEST_CASE("refused lines are reported with their place and stop nothing", "[ctl]")
{
    FakeDaemon daemon(
        [](const std::string& line) { return ref_of(line) == "2" ? refused("bad_value") : taken(line); });
    Feeding feeding;
    REQUIRE(feeding.run(daemon, tickets(3)));
    CHECK(feeding.counts.fresh == 2);
    CHECK(feeding.counts.failed == 1);
    CHECK(feeding.failures == std::vector<std::string>{"stdin:2: bad_value"});
}

TEST_CASE("lines that are no JSON, or too long, are refused without being sent", "[ctl]")
{
    FakeDaemon daemon(taken);
    Feeding feeding;
    feeding.settings.line_bytes_max = 40;
    REQUIRE(feeding.run(
        daemon, "not json\n{\"ref\":\"1\",\"body\":\"" + std::string(40, 'x') + "\"}\n" + tickets(1)));
    CHECK(feeding.failures == std::vector<std::string>{"stdin:1: bad_json", "stdin:2: line_too_long"});
    CHECK(feeding.counts.fresh == 1);
    CHECK(daemon.lines().size() == 1);
}

TEST_CASE("nothing to feed is no failure", "[ctl]")
{
    FakeDaemon daemon(taken);
    Feeding feeding;
    REQUIRE(feeding.run(daemon, "\n \n"));
    CHECK(feeding.counts.all() == 0);
}

TEST_CASE("after a lost connection what was not answered is sent again", "[ctl]")
{
    std::atomic<int> answered = 0;
    FakeDaemon daemon([&](const std::string& line) -> std::optional<std::string> {
        if (++answered == 6) return std::nullopt;
        return taken(line);
    });
    Feeding feeding(4);
    REQUIRE(feeding.run(daemon, tickets(12)));
    CHECK(feeding.counts.fresh == 12);
    CHECK(daemon.connections() == 2);
    CHECK(feeding.pauses.size() == 1);
}

TEST_CASE("a daemon that is stopping gets the ticket again once it is back", "[ctl]")
{
    std::atomic<int> asked = 0;
    FakeDaemon daemon(
        [&](const std::string& line) { return ++asked == 2 ? refused("unavailable") : taken(line); });
    Feeding feeding(1);
    REQUIRE(feeding.run(daemon, tickets(3)));
    CHECK(feeding.counts.fresh == 3);
    CHECK(feeding.counts.failed == 0);
    CHECK(daemon.connections() == 2);
}

TEST_CASE("a daemon that stays away ends the feeding, which says how far it came", "[ctl]")
{
    std::atomic<int> answered = 0;
    FakeDaemon daemon([&](const std::string& line) -> std::optional<std::string> {
        if (++answered > 2) return std::nullopt;
        return taken(line);
    });
    Feeding feeding(1);
    feeding.settings.attempts_max = 3;
    const auto end = feeding.run(daemon, tickets(5));
    REQUIRE_FALSE(end);
    CHECK(end.error().code == ErrorCode::unavailable);
    CHECK(feeding.counts.fresh == 2);
    CHECK(feeding.pauses == std::vector<Duration>{Duration{200}, Duration{400}});
}

TEST_CASE("pushed lines are not taken for replies", "[ctl]")
{
    FakeDaemon daemon(
        [](const std::string& line) { return "{\"event\":\"offer\",\"seq\":1}\n" + taken(line); });
    Feeding feeding;
    REQUIRE(feeding.run(daemon, tickets(3)));
    CHECK(feeding.counts.fresh == 3);
}
