#include "engine/daemon/metrics.hpp"

#include <catch2/catch.hpp>

using namespace triaged::daemon;

TEST_CASE("a quantile is never below the value and at most an eighth above", "[daemon]")
{
    for (std::uint64_t value : {0ULL, 1ULL, 7ULL, 8ULL, 9ULL, 100ULL, 4'607ULL, 1'000'000ULL, 1ULL << 40U}) {
        Histogram histogram;
        histogram.record(value);
        INFO(value);
        CHECK(histogram.quantile(0.5) >= value);
        CHECK(histogram.quantile(1.0) <= value + value / 8 + 1);
    }
}

TEST_CASE("quantiles part the values where they should", "[daemon]")
{
    Histogram histogram;
    histogram.record(10, 98);
    histogram.record(1'000, 2);
    CHECK(histogram.quantile(0.5) == 10);
    CHECK(histogram.quantile(0.98) == 10);
    CHECK(histogram.quantile(0.99) >= 1'000);
    CHECK(histogram.count() == 100);
    CHECK(histogram.sum() == 2'980);
    CHECK(histogram.count_up_to(100) == 98);
    CHECK(histogram.count_up_to(2'000) == 100);
    CHECK(Histogram().quantile(0.99) == 0);
}

TEST_CASE("the read model's lag is told in events and in time", "[daemon]")
{
    Metrics metrics;
    metrics.head = 100;
    metrics.head_at_ms = 5'000;
    metrics.read_model_seq = 60;
    metrics.read_model_at_ms = 3'500;
    CHECK(metrics.read_model_lag_events() == 40);
    CHECK(metrics.read_model_lag() == triaged::Duration{1'500});
    metrics.read_model_seq = 100;
    CHECK(metrics.read_model_lag() == triaged::Duration{0});
}
