// Time: instants handed in by the shell, durations written with units.

#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "engine/model/result.hpp"

namespace triaged {

using Duration = std::chrono::milliseconds;

/// A moment in UTC, counted in milliseconds since 1970-01-01T00:00:00Z. The core never asks a clock for one.
struct Instant {
    std::int64_t ms = 0;

    static constexpr Instant max() { return {std::numeric_limits<std::int64_t>::max()}; }

    constexpr auto operator<=>(const Instant&) const = default;
};

/// Saturates at `Instant::max()`, which means "never".
constexpr Instant operator+(Instant at, Duration by)
{
    if (at == Instant::max()) return at;
    if (by.count() > 0 && at.ms > Instant::max().ms - by.count()) return Instant::max();
    return {at.ms + by.count()};
}
constexpr Instant operator-(Instant at, Duration by) { return {at.ms - by.count()}; }
/// Saturates.
constexpr Duration operator-(Instant to, Instant from)
{
    std::int64_t ms = 0;
    if (!__builtin_sub_overflow(to.ms, from.ms, &ms)) return Duration{ms};
    return from < to ? Duration::max() : Duration::min();
}

/// RFC 3339 in UTC with milliseconds: `2026-11-22T09:30:00.000Z`; `never` for `Instant::max()`.
std::string to_string(Instant at);

/// Reads RFC 3339 with any offset and decimals, kept to the millisecond, or a date (its midnight in UTC).
/// \return the instant, or `bad_value` that says what is wrong with `text`.
Result<Instant> parse_instant(std::string_view text);

/// The shortest exact spelling `parse_duration` reads back: `90s` is `90s`, 3,600,000 ms is `1h`.
std::string to_string(Duration span);

/// Reads a whole number directly followed by a unit: `ms`, `s`, `m`, `h`, `d` (24 hours) or `w` (7 days).
/// \return 0 ms or more, or `bad_value` that says what is wrong with `text`.
Result<Duration> parse_duration(std::string_view text);

}  // namespace triaged
