#include "engine/daemon/metrics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace triaged::daemon {

std::size_t Histogram::bucket_of(std::uint64_t value)
{
    if (value < steps) return static_cast<std::size_t>(value);
    const auto exponent = static_cast<std::size_t>(std::bit_width(value)) - 1;  // 3 or more
    const auto step = static_cast<std::size_t>((value >> (exponent - 3)) & (steps - 1));
    return (exponent - 2) * steps + step;
}

std::uint64_t Histogram::end_of(std::size_t bucket)
{
    if (bucket < steps) return bucket;
    const auto exponent = bucket / steps + 2;
    const auto step = static_cast<std::uint64_t>(bucket % steps);
    return ((steps + step + 1) << (exponent - 3)) - 1;
}

void Histogram::record(std::uint64_t value, std::uint64_t times)
{
    counts_[bucket_of(value)].fetch_add(times, std::memory_order_relaxed);
    count_.fetch_add(times, std::memory_order_relaxed);
    sum_.fetch_add(value * times, std::memory_order_relaxed);
}

std::uint64_t Histogram::quantile(double share) const
{
    std::uint64_t total = 0;
    for (const auto& bucket : counts_) total += bucket.load(std::memory_order_relaxed);
    if (total == 0) return 0;
    const auto wanted =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
        seen += counts_[i].load(std::memory_order_relaxed);
        if (seen >= wanted) return end_of(i);
    }
    return std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t Histogram::count_up_to(std::uint64_t limit) const
{
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets && end_of(i) <= limit; ++i)
        seen += counts_[i].load(std::memory_order_relaxed);
    return seen;
}

void Metrics::breach(std::string_view target, const std::string& queue)
{
    const std::lock_guard lock(breaches_mutex_);
    ++breaches_[{std::string(target), queue}];
}

std::map<std::pair<std::string, std::string>, std::uint64_t> Metrics::breaches() const
{
    const std::lock_guard lock(breaches_mutex_);
    return breaches_;
}

std::uint64_t Metrics::error_total() const
{
    std::uint64_t total = 0;
    for (const auto& counter : errors) total += counter.load(std::memory_order_relaxed);
    return total;
}

std::uint64_t Metrics::read_model_lag_events() const
{
    const auto applied = read_model_seq.load(std::memory_order_relaxed);
    const auto committed = head.load(std::memory_order_relaxed);
    return committed > applied ? committed - applied : 0;
}

Duration Metrics::read_model_lag() const
{
    if (read_model_lag_events() == 0) return Duration{0};
    const auto behind =
        head_at_ms.load(std::memory_order_relaxed) - read_model_at_ms.load(std::memory_order_relaxed);
    return Duration{std::max<std::int64_t>(0, behind)};
}

}  // namespace triaged::daemon
