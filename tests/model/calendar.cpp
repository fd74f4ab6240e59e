#include "engine/model/calendar.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace triaged;

namespace {

Calendar a_calendar(std::vector<Span> open, Span horizon = {{0}, {1'000}})
{
    return Calendar("office", "UTC", horizon, std::move(open));
}

}  // namespace

TEST_CASE("an office is open from the first instant of a stretch up to its last, which is outside", "[model]")
{
    const auto office = a_calendar({{{10}, {20}}, {{30}, {40}}});
    CHECK_FALSE(open_at(office, {9}));
    CHECK(open_at(office, {10}));
    CHECK(open_at(office, {19}));
    CHECK_FALSE(open_at(office, {20}));
    CHECK_FALSE(open_at(office, {40}));
}

TEST_CASE("a deadline falls on the evening the time is used up, not on the next morning", "[model]")
{
    const auto office = a_calendar({{{10}, {20}}, {{30}, {40}}});
    CHECK(add_business_time(office, {15}, Duration{5}) == Instant{20});
    CHECK(add_business_time(office, {15}, Duration{6}) == Instant{31});
    CHECK(add_business_time(office, {25}, Duration{1}) == Instant{31});
    CHECK(add_business_time(office, {25}, Duration{0}) == Instant{25});
    CHECK(add_business_time(office, {35}, Duration{6}) == Instant::max());
}

TEST_CASE("an empty calendar is never open", "[model]")
{
    const auto office = a_calendar({});
    CHECK_FALSE(open_at(office, {5}));
    CHECK(business_time(office, {0}, {500}) == Duration{0});
    CHECK(next_open(office, {5}) == Instant::max());
    CHECK(next_close(office, {5}) == Instant{5});
    CHECK(add_business_time(office, {5}, Duration{1}) == Instant::max());
}

TEST_CASE("an office that never closes has no next closing", "[model]")
{
    const auto office = a_calendar({{{0}, {1'000}}});
    CHECK(next_close(office, {5}) == Instant::max());
    CHECK(add_business_time(office, {5}, Duration{7}) == Instant{12});
}

TEST_CASE("without a calendar time is wall time", "[model]")
{
    CHECK(time_between(nullptr, {5}, {15}) == Duration{10});
    CHECK(time_between(nullptr, {15}, {5}) == Duration{0});
    CHECK(add_time(nullptr, {5}, Duration{10}) == Instant{15});
}

TEST_CASE("all functions agree with counting millisecond by millisecond", "[model]")
{
    std::mt19937 random(20261125);
    const auto up_to = [&](int most) { return std::uniform_int_distribution(0, most)(random); };
    for (int round = 0; round < 200; ++round) {
        std::vector<Span> open;
        for (std::int64_t at = up_to(10); at < 180 && open.size() < 12;) {
            const std::int64_t to = std::min<std::int64_t>(200, at + 1 + up_to(20));
            open.push_back({{at}, {to}});
            at = to + 1 + up_to(15);
        }
        const auto office = a_calendar(open, {{0}, {200}});
        const auto is_open = [&](std::int64_t at) {
            return std::any_of(open.begin(), open.end(),
                               [&](const Span& span) { return span.from.ms <= at && at < span.to.ms; });
        };
        for (int probe = 0; probe < 50; ++probe) {
            const std::int64_t from = up_to(220) - 10;
            const std::int64_t to = up_to(220) - 10;
            INFO("round " << round << ", from " << from << " to " << to);
            std::int64_t counted = 0;
            for (auto at = from; at < to; ++at) counted += is_open(at) ? 1 : 0;
            CHECK(open_at(office, {from}) == is_open(from));
            CHECK(business_time(office, {from}, {to}) == Duration{counted});

            const int by = up_to(40);
            auto at = from;
            int left = by;
            for (; left > 0 && at < 200; ++at) left -= is_open(at) ? 1 : 0;
            CHECK(add_business_time(office, {from}, Duration{by}) ==
                  (left > 0 ? Instant::max() : Instant{at}));

            auto opens = from;
            while (opens <= 200 && !is_open(opens)) ++opens;
            CHECK(next_open(office, {from}) == (opens > 200 ? Instant::max() : Instant{opens}));
            auto closes = from;
            while (is_open(closes)) ++closes;
            CHECK(next_close(office, {from}) ==
                  (closes == 200 && is_open(from) ? Instant::max() : Instant{closes}));
        }
    }
}
