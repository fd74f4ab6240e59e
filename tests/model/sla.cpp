#include "engine/model/sla.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace triaged;

namespace {

const std::string office_name = "office";

DeskPolicy a_desk(std::vector<Span> open)
{
    DeskPolicy desk;
    desk.calendars.emplace(office_name, Calendar(office_name, "UTC", {{0}, {400}}, std::move(open)));
    desk.queues[QueueName("returns")] = Queue{QueueName("returns"), "", {}, "standard", office_name};
    SlaPolicy policy{"standard", {}};
    policy.goal(SlaTarget::first_response) = {Duration{10}, "", Duration{3}};
    policy.goal(SlaTarget::resolution) = {Duration{20}, std::string(queue_hours), {}};
    desk.slas["standard"] = policy;
    return desk;
}

std::optional<SlaClock> clock_of(const DeskPolicy& desk, SlaTarget target, const SlaLedger& ledger)
{
    const QueueName queue("returns");
    return sla_clock(desk, sla_terms(desk, "", queue, Priority::normal), target, ledger);
}

SlaLedger a_ledger(Instant since, std::span<const Span> pauses = {})
{
    SlaLedger ledger;
    ledger.since.fill(since);
    ledger.pauses = pauses;
    return ledger;
}

}  // namespace

TEST_CASE("a promise without a calendar counts on the wall, one of the queue's in its hours", "[model]")
{
    const auto desk = a_desk({{{100}, {110}}, {{200}, {250}}});
    const auto ledger = a_ledger({50});
    const auto first = clock_of(desk, SlaTarget::first_response, ledger);
    REQUIRE(first);
    CHECK(due_at(*first) == Instant{60});
    CHECK(warn_at(*first) == Instant{57});
    const auto resolution = clock_of(desk, SlaTarget::resolution, ledger);
    REQUIRE(resolution);
    CHECK(due_at(*resolution) == Instant{210});
    CHECK(used(*resolution, {205}) == Duration{15});
    CHECK(warn_at(*resolution) == Instant::max());
}

TEST_CASE("what is not promised or does not run has no clock", "[model]")
{
    const auto desk = a_desk({});
    CHECK_FALSE(clock_of(desk, SlaTarget::next_response, a_ledger({50})));
    CHECK_FALSE(clock_of(desk, SlaTarget::first_response, SlaLedger{}));
    CHECK(sla_terms(desk, "gone", QueueName("returns"), Priority::normal).policy == nullptr);
    CHECK(sla_terms(desk, "", QueueName("elsewhere"), Priority::normal).policy == nullptr);
}

TEST_CASE("a clock that is paused has no due time until it goes on", "[model]")
{
    const auto desk = a_desk({{{0}, {400}}});
    std::vector<Span> pauses{{{60}, {70}}, {{75}, Instant::max()}};
    CHECK(due_at(*clock_of(desk, SlaTarget::resolution, a_ledger({50}, pauses))) == Instant::max());
    CHECK(used(*clock_of(desk, SlaTarget::resolution, a_ledger({50}, pauses)), {300}) == Duration{15});
    pauses.back().to = Instant{100};
    CHECK(due_at(*clock_of(desk, SlaTarget::resolution, a_ledger({50}, pauses))) == Instant{105});
}

TEST_CASE("the same ledger under another policy gives what that policy had given from the start", "[model]")
{
    auto desk = a_desk({{{0}, {400}}});
    const std::vector<Span> pauses{{{60}, {70}}};
    const auto ledger = a_ledger({50}, pauses);
    desk.slas["standard"].goal(SlaTarget::resolution) = {Duration{40}, "", {}};
    CHECK(due_at(*clock_of(desk, SlaTarget::resolution, ledger)) == Instant{100});
}

TEST_CASE("stretches, used time and due time agree with counting millisecond by millisecond", "[model]")
{
    std::mt19937 random(30);
    const auto up_to = [&](int most) { return std::uniform_int_distribution(0, most)(random); };
    for (int round = 0; round < 300; ++round) {
        std::vector<Span> open;
        for (std::int64_t at = up_to(10); at < 380;) {
            const std::int64_t to = std::min<std::int64_t>(400, at + 1 + up_to(30));
            open.push_back({{at}, {to}});
            at = to + 1 + up_to(20);
        }
        const auto desk = a_desk(open);
        std::vector<Span> pauses;
        const Instant since{up_to(60)};
        for (auto at = since.ms + up_to(40); at < 300 && pauses.size() < 4; at += up_to(60)) {
            const auto to = at + 1 + up_to(30);
            pauses.push_back({{at}, up_to(9) == 0 ? Instant::max() : Instant{to}});
            if (pauses.back().to == Instant::max()) break;
            at = to + 1;
        }
        const auto clock = clock_of(desk, SlaTarget::resolution, a_ledger(since, pauses));
        REQUIRE(clock);
        const auto in = [](const std::vector<Span>& spans, std::int64_t at) {
            return std::any_of(spans.begin(), spans.end(),
                               [&](const Span& span) { return span.from.ms <= at && at < span.to.ms; });
        };
        std::int64_t counted = 0;
        Instant due = Instant::max();
        for (auto at = since.ms; at < 400; ++at) {
            if (used(*clock, {at}) != Duration{counted}) FAIL("round " << round << " differs at " << at);
            counted += in(open, at) && !in(pauses, at) ? 1 : 0;
            if (counted == 20 && due == Instant::max()) due = {at + 1};
        }
        CHECK(due_at(*clock) == due);
        std::int64_t next = since.ms;
        std::int64_t sum = 0;
        for (const auto& [during, kind] : stretches(*clock, {390})) {
            CHECK(during.from.ms == next);
            next = during.to.ms;
            for (auto at = during.from.ms; at < during.to.ms; ++at) {
                using Kind = SlaStretch::Kind;
                const auto expected = in(pauses, at) ? Kind::paused
                                      : in(open, at) ? Kind::counted
                                                     : Kind::closed;
                if (kind != expected) FAIL("round " << round << " has another kind at " << at);
            }
            if (kind == SlaStretch::Kind::counted) sum += during.to.ms - during.from.ms;
        }
        CHECK(next == 390);
        CHECK(Duration{sum} == used(*clock, {390}));
    }
}

TEST_CASE("a promise may differ by priority, and a priority may have none", "[model]")
{
    auto desk = a_desk({});
    auto& goal = desk.slas["standard"].goal(SlaTarget::first_response);
    goal.within[Priority::urgent] = Duration{4};
    goal.within[Priority::low] = {};
    const auto ledger = a_ledger({50});
    const auto due = [&](Priority priority) {
        const SlaTerms terms{&desk.slas["standard"], &desk.queues[QueueName("returns")], priority};
        const auto clock = sla_clock(desk, terms, SlaTarget::first_response, ledger);
        return clock ? due_at(*clock) : Instant::max();
    };
    CHECK(due(Priority::normal) == Instant{60});
    CHECK(due(Priority::urgent) == Instant{54});
    CHECK(due(Priority::low) == Instant::max());
    CHECK(goal.within.differs());
    CHECK_FALSE(goal.warn.differs());
}
