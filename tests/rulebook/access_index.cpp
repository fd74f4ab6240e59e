// The index is only a shortcut: whatever the rules and the ticket, it finds what looking at every rule finds.

#include "engine/rulebook/access_index.hpp"

#include <cstdlib>
#include <random>

#include "engine/rulebook/explain.hpp"
#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

namespace {

class RandomBook {
public:
    explicit RandomBook(unsigned seed) : random_(seed) {}

    std::vector<Source> sources()
    {
        std::vector<Source> out;
        int next = 0;
        const auto stage = [&](const std::string& name, int rules, const auto& then) {
            std::string text = "stage: " + name + "\nrules:\n";
            for (int i = 0; i < rules; ++i) {
                text += "  - rule: r" + std::to_string(next++) + "\n";
                if (pick(12) == 0) text += "    off: true\n";
                if (name == "route" || pick(8) != 0) text += "    when: " + conditions(name, 2) + "\n";
                text += "    then: {" + then() + "}\n";
            }
            out.push_back({name + ".yaml", text});
        };
        stage("enrich", 6, [&] { return "set: {region: " + one({"dach", "france", "rest"}) + "}"; });
        stage("classify", 12, [&] {
            return "intent: " + one({"i1", "i2"}) + ", tags: [" + one({"t1", "t2", "t3"}) + "]";
        });
        stage("prioritise", 8, [&] { return "priority: " + one({"low", "high", "urgent"}); });
        stage("route", 12, [&] { return "queue: " + one({"returns", "fraud", "executive"}); });
        stage("escalate", 8, [&] { return std::string("raise: 1"); });
        return out;
    }

    TestTicket ticket()
    {
        auto out = a_ticket().text(one({"", "lost", "my parcel"}),
                                   one({"lost parcel", "broken in pieces!", "???", "", "Café 12"}));
        if (pick(4)) out = out.with("channel", one({"email", "chat", "phone"}));
        if (pick(3)) out = out.with("order.value", static_cast<double>(pick(5)));
        if (pick(2)) out = out.with("repeat", pick(2) == 0);
        if (pick(3) == 0) out = out.with("region", one({"dach", "france"}));
        if (pick(2)) out = out.of_customer("customer.tier", std::string_view(pick(2) ? "prime" : "vip"));
        if (pick(2)) out = out.of_customer("marketplace", std::string_view(pick(2) ? "DE" : "xx"));
        return out;
    }

private:
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_()) % below; }
    std::string one(const std::vector<std::string>& of) { return of[pick(static_cast<unsigned>(of.size()))]; }

    std::string conditions(const std::string& stage, int depth)
    {
        std::string out;
        // One of each key at most, since keys cannot repeat.
        for (const auto& key :
             {"channel", "text", "value", "flag", "tier", "region", "group", "stage", "shop"})
            if (pick(4) == 0) {
                const auto made = condition(key, stage, depth);
                if (!made.empty()) out += (out.empty() ? "" : ", ") + made;
            }
        return out.empty() ? "{channel: email}" : "{" + out + "}";
    }

    std::string condition(const std::string& key, const std::string& stage, int depth)
    {
        if (key == "channel") return "channel: " + one({"email", "[email, chat]", "present", "missing"});
        if (key == "text")
            return "text: " +
                   one({"lost", "[broken, lost]", "in pieces", "{contains: arc}", "'/[?]{2}/'", "cafe"});
        if (key == "value")
            return "order.value: " + one({"2", "[1, 3]", "{above: 2}", "{at_most: 3}", "missing"});
        if (key == "flag") return "repeat: " + one({"true", "false"});
        if (key == "tier") return "customer.tier: " + one({"prime", "[vip, business]"});
        if (key == "region") return "region: " + one({"dach", "[france, rest]"});
        if (key == "shop") return "marketplace: " + one({"de", "[de, fr]"});
        if (key == "stage") {
            if (stage == "escalate" && pick(2))
                return one({"waiting: {at_least: 1s}", "queue: returns", "age: {below: 9s}"});
            if (stage == "route" || stage == "escalate")
                return one({"priority: [high, urgent]", "intent: i1", "tag: t2"});
            if (stage == "prioritise") return one({"intent: [i1, i2]", "tag: t1"});
            return "";
        }
        if (depth == 0) return "";
        const auto inner = [&] { return conditions(stage, depth - 1); };
        switch (pick(3)) {
            case 0:
                return "any: [" + inner() + ", " + inner() + "]";
            case 1:
                return "all: [" + inner() + ", " + inner() + "]";
            default:
                return "not: " + inner();
        }
    }

    std::mt19937 random_;
};

/// TRIAGED_MATCH_BOOKS asks for more of them.
unsigned books_tried()
{
    const char* const asked = std::getenv("TRIAGED_MATCH_BOOKS");
    return asked == nullptr ? 700U : static_cast<unsigned>(std::strtoul(asked, nullptr, 10));
}

}  // namespace

TEST_CASE("the index and a look at every rule agree on what fires and what comes of it", "[rulebook][index]")
{
    std::size_t fired_in_all = 0, pairs = 0;
    for (unsigned seed = 1; seed <= books_tried(); ++seed) {
        INFO("seed " << seed);
        RandomBook random(seed);
        std::vector<Diagnostic> found;
        const auto rulebook = load_sources(random.sources(), found);
        INFO(render(found, false));
        REQUIRE(rulebook);
        for (int i = 0; i < 60; ++i) {
            pairs += rulebook->rules().size();
            const auto ticket = random.ticket();
            const auto facts = rulebook->scan(ticket.subject(), ticket.body());
            const Subject subject{facts, ticket.ticket(), ticket.customer()};
            const Clocks clocks{Instant{5000}, Instant{0}, Instant{0}, Instant::max()};
            const auto routed = rulebook->route(subject);
            const auto explained = explain(*rulebook, subject, clocks);
            REQUIRE(routed == explained.routing);
            const auto placed_at_once = rulebook->place(subject, clocks);
            REQUIRE(placed_at_once.routing == routed);

            // Each rule judged by itself, without the index: fired are those that are true, the first alone
            // of route.
            std::vector<RuleIndex> plain, escalated;
            bool placed = false;
            for (const auto& verdict : explained.rules) {
                const auto stage = rulebook->rules()[verdict.rule].stage;
                const bool off = !verdict.effects.empty() && verdict.effects[0] == "off: never applied";
                if (verdict.truth != Truth::yes || off) continue;
                if (stage == Stage::escalate)
                    escalated.push_back(verdict.rule);
                else if (stage != Stage::route || !placed)
                    plain.push_back(verdict.rule);
                placed = placed || stage == Stage::route;
            }
            REQUIRE(routed.trace.fired == plain);
            std::vector<RuleIndex> steps;
            for (const auto& step : rulebook->escalate(subject, routed, clocks, {}).steps)
                steps.push_back(step.rule);
            REQUIRE(steps == escalated);
            steps.clear();
            for (const auto& step : placed_at_once.escalations.steps) steps.push_back(step.rule);
            REQUIRE(steps == escalated);
            REQUIRE(placed_at_once.escalations.recheck_at ==
                    rulebook->escalate(subject, routed, clocks, {}).recheck_at);
            fired_in_all += plain.size() + escalated.size();
        }
    }
    CHECK(pairs >= 1'000'000);         // of a rule and a ticket
    CHECK(fired_in_all > pairs / 50);  // the books are not so random that nothing ever fires
}

TEST_CASE("marks come in order, whatever order they were made in, and go with a reset", "[rulebook][index]")
{
    HitMarks marks;
    marks.reset(10'000);
    for (const std::uint32_t number : {9'999U, 127U, 64U, 3U, 4'096U, 128U, 64U}) marks.mark(number);
    const std::vector<std::uint32_t> all{3, 64, 127, 128, 4'096, 9'999};
    CHECK(marks.sorted() == all);
    std::vector<std::uint32_t> seen;
    for (auto at = marks.next(0, 10'000); at < 10'000; at = marks.next(at + 1, 10'000)) seen.push_back(at);
    CHECK(seen == all);
    CHECK(marks.next(4, 60) == 60);
    CHECK(marks.next(4'097, 9'000) == 9'000);
    CHECK(marks.next(10'000, 10'000) == 10'000);
    marks.reset(200);
    CHECK(marks.sorted().empty());
    CHECK(marks.next(0, 200) == 200);
    marks.reset(10'000);
    CHECK(marks.sorted().empty());
}
