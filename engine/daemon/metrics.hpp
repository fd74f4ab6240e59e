// Metrics: what the daemon counts while it works, in atomics that every thread may touch.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "engine/model/ids.hpp"
#include "engine/model/result.hpp"
#include "engine/model/time.hpp"

namespace triaged::daemon {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Counts values in buckets that grow by an eighth of a power of two, so that a quantile is at most 13 % off.
class Histogram {
public:
    void record(std::uint64_t value, std::uint64_t times = 1);

    std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
    std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }
    /// The least value that at least `share` (0 to 1) of all values do not exceed, rounded up to its bucket's
    /// end.
    std::uint64_t quantile(double share) const;
    /// How many values do not exceed `limit`, to the precision of the buckets.
    std::uint64_t count_up_to(std::uint64_t limit) const;

private:
    static constexpr std::size_t steps = 8;  // buckets a power of two
    static constexpr std::size_t buckets = 64 * steps;

    static std::size_t bucket_of(std::uint64_t value);
    static std::uint64_t end_of(std::size_t bucket);

    std::array<std::atomic<std::uint64_t>, buckets> counts_{};
    std::atomic<std::uint64_t> count_{0};
    std::atomic<std::uint64_t> sum_{0};
};

using Counter = std::atomic<std::uint64_t>;

inline void count(Counter& counter, std::uint64_t by = 1)
{
    counter.fetch_add(by, std::memory_order_relaxed);
}

struct Metrics {
    static constexpr std::size_t error_codes = static_cast<std::size_t>(ErrorCode::internal) + 1;

    std::chrono::steady_clock::time_point started_at = std::chrono::steady_clock::now();

    Counter connections_opened{0};
    Counter connections_closed{0};
    Counter requests{0};
    Counter tickets{0};     // opened
    Counter contacts{0};    // joined
    Counter duplicates{0};  // answered again
    std::array<Counter, error_codes> errors{};

    Counter commits{0};
    Counter events{0};        // committed
    Counter event_bytes{0};   // likewise
    Histogram commit_us;      // of one append, sync included
    Histogram commit_events;  // in one batch
    Histogram reply_us;       // from the bytes' arrival to the reply's departure towards the socket

    Counter head{0};                                // last committed event
    std::atomic<std::int64_t> head_at_ms{0};        // its time
    Counter read_model_seq{0};                      // last event applied to the read model
    std::atomic<std::int64_t> read_model_at_ms{0};  // its time

    Counter reloads{0};
    Counter reloads_refused{0};

    Histogram timer_late_ms;  // how long after it was due a timer was looked at

    /// Counts a missed promise.
    void breach(std::string_view target, const std::string& queue);
    /// Missed promises by target and queue.
    std::map<std::pair<std::string, std::string>, std::uint64_t> breaches() const;

    void error(ErrorCode code) { count(errors[static_cast<std::size_t>(code)]); }
    std::uint64_t error_total() const;

    std::uint64_t read_model_lag_events() const;
    Duration read_model_lag() const;

private:
    mutable std::mutex breaches_mutex_;
    std::map<std::pair<std::string, std::string>, std::uint64_t> breaches_;  // at most four a queue
};

}  // namespace triaged::daemon
