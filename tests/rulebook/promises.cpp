// Conditions on promises and opening hours, and the exact instants at which they become true.

#include <chrono>

#include <catch2/catch.hpp>

#include "engine/rulebook/explain.hpp"
#include "engine/rulebook/rulebook.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace std::chrono_literals;

namespace {

constexpr Instant start{1'790'000'000'000};

/// Open from the first to the third hour, and from the fifth to the seventh, of every day from `start`.
Calendar office()
{
    std::vector<Span> open;
    for (int day = 0; day < 30; ++day)
        for (const auto hour : {1, 5}) {
            const auto from = start + 24h * day + 1h * hour;
            open.push_back({from, from + 2h});
        }
    return Calendar("office", "UTC", {start, start + 24h * 30}, std::move(open));
}

DeskPolicy a_desk()
{
    DeskPolicy desk;
    desk.calendars.emplace("office", office());
    SlaPolicy policy{"gold", {}};
    policy.goal(SlaTarget::first_response) = {1h, "", {}};
    policy.goal(SlaTarget::resolution) = {3h, "office", {}};
    desk.slas["gold"] = policy;
    return desk;
}

struct Loaded {
    std::shared_ptr<const Rulebook> rulebook;
    std::vector<Diagnostic> found;
};

Loaded load(const std::string& route_when, const std::string& escalate_when)
{
    Vocabulary words;
    words.queues = {QueueName("night"), QueueName("general")};
    words.slas = {"gold"};
    words.calendars = {"office"};
    Loaded out;
    out.rulebook = Rulebook::load(
        {{"30.yaml", "stage: prioritise\nrules: [{rule: gold, then: {sla: gold}}]\n"},
         {"40.yaml", "stage: route\nrules:\n  - {rule: night, when: " + route_when +
                         ", then: {queue: night}}\n  - {rule: rest, then: {queue: general}}\n"},
         {"50.yaml",
          "stage: escalate\nrules: [{rule: up, when: " + escalate_when + ", then: {tags: [up]}}]\n"}},
        words, out.found);
    return out;
}

/// A ticket that came in at `start`.
struct Waiting {
    DeskPolicy desk = a_desk();
    TextFacts text;
    FactSet none;
    Clocks clocks{start, start, start, start, &desk};

    Waiting() { clocks.ledger.since = {start, start, Instant::max(), start}; }

    /// When the rule comes true, looking again whenever the rulebook asks to; max() if never.
    Instant comes_true(const std::string& when)
    {
        const auto loaded = load("{channel: phone}", when);
        INFO(render(loaded.found, false));
        REQUIRE(loaded.rulebook);
        auto placed = loaded.rulebook->place({text, none, none}, clocks);
        auto now = clocks;
        for (auto found = placed.escalations;;) {
            if (!found.steps.empty()) return now.now;
            if (found.recheck_at == Instant::max()) return found.recheck_at;
            CHECK(found.recheck_at > now.now);
            now.now = found.recheck_at;
            found = loaded.rulebook->escalate({text, none, none}, placed.routing, now, {});
        }
    }
};

}  // namespace

TEST_CASE("conditions on time in offices and promises come true at the very instant", "[rulebook]")
{
    struct Row {
        std::string when;
        Instant at;
    };
    const auto row = GENERATE(values<Row>({
        {"{sla.first_response: {left: 10m}}", start + 50min},
        {"{sla.first_response: {used: 80%}}", start + 48min},
        {"{sla.first_response: {breached: true}}", start + 1h},
        {"{sla.first_response: {breached: false}}", start},
        {"{sla.first_response: {left: 2h}}", start},
        {"{sla.resolution: {left: 30m}}", start + 5h + 30min},
        {"{sla.resolution: {used: 150%}}", start + 25h + 30min},
        {"{sla.next_response: {left: 10m}}", Instant::max()},
        {"{not: {sla.next_response: {left: 10m}}}", Instant::max()},
        {"{sla.wait: {left: 10m}}", Instant::max()},
        {"{calendar: {office: open}}", start + 1h},
        {"{calendar: {office: closed}}", start},
        {"{waiting: {at_least: 4h}, calendar: {office: open}}", start + 5h},
        {"{waiting: {at_least: 8h, at_most: 20h}, calendar: {office: open}}", Instant::max()},
        {"{waiting: {at_least: 150m, calendar: office}}", start + 5h + 30min},
        {"{age: {above: 2h, calendar: office}}", start + 5h + 1ms},
        {"{waiting: {at_least: 1h}, sla.first_response: {breached: true}, calendar: {office: closed}}",
         start + 3h},
    }));
    INFO(row.when);
    Waiting waiting;
    CHECK(waiting.comes_true(row.when) == row.at);
}

TEST_CASE("route may ask whether an office is open, and nobody knows without calendars", "[rulebook]")
{
    const auto loaded = load("{calendar: {office: closed}}", "{waiting: {at_least: 1h}}");
    REQUIRE(loaded.rulebook);
    Waiting waiting;
    const Subject subject{waiting.text, waiting.none, waiting.none};
    CHECK(loaded.rulebook->route(subject, waiting.clocks).queue.value == "night");
    waiting.clocks.now = start + 1h;
    CHECK(loaded.rulebook->route(subject, waiting.clocks).queue.value == "general");
    CHECK(loaded.rulebook->route(subject).queue.value == "general");
}

TEST_CASE("an explanation says what is used of a promise and how an office is", "[rulebook]")
{
    const auto loaded = load("{calendar: {office: open}}", "{sla.resolution: {left: 30m}}");
    REQUIRE(loaded.rulebook);
    Waiting waiting;
    waiting.clocks.now = start + 2h;
    const auto explained =
        explain(*loaded.rulebook, {waiting.text, waiting.none, waiting.none}, waiting.clocks);
    CHECK(explained.rules[1].conditions[0].seen == "open");
    CHECK(explained.rules[3].conditions[0].seen == "1h of 3h used, due " + to_string(start + 6h));
}

TEST_CASE("mistakes about promises and offices have their place", "[rulebook]")
{
    struct Row {
        std::string when;
        std::string complaint;
    };
    const auto row = GENERATE(values<Row>({
        {"{calendar: office}", "'calendar' needs a calendar and how it is"},
        {"{calendar: {ofice: open}}", "calendar 'ofice' does not exist"},
        {"{calendar: {office: shut}}", "shut"},
        {"{sla.first_response: 10m}", "'sla.first_response' needs to know how much"},
        {"{sla.first_response: {used: 80}}", "'sla.first_response': used is a share, such as 80%"},
        {"{sla.first_response: {lost: 80%}}", "sla.first_response has no key 'lost'"},
        {"{sla.second_response: {used: 80%}}", "there is no fact 'sla.second_response'"},
        {"{waiting: {calendar: office}}", "'waiting' has no bound"},
        {"{waiting: {at_least: 1h, calendar: nowhere}}", "nowhere"},
    }));
    INFO(row.when);
    const auto loaded = load("{channel: phone}", row.when);
    CHECK_FALSE(loaded.rulebook);
    REQUIRE_FALSE(loaded.found.empty());
    CHECK_THAT(loaded.found.front().message, Catch::Contains(row.complaint));
}

TEST_CASE("promises are not known before escalate", "[rulebook]")
{
    const auto loaded = load("{sla.first_response: {left: 10m}}", "{waiting: {at_least: 1h}}");
    CHECK_FALSE(loaded.rulebook);
    CHECK(loaded.found.front().code == "wrong-stage");
}
