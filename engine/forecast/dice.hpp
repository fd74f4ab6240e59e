// Dice: random numbers that a seed determines on every machine, which those of the standard library do not
// promise.

#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "engine/model/time.hpp"

namespace triaged::forecast {

class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    /// From 0 to below 1.
    double share() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
    /// \pre end > 0
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }
    /// A time that has no memory, 0 ms or more.
    Duration span(double mean_ms) { return Duration{std::llround(-std::log1p(-share()) * mean_ms)}; }
    /// \pre `of` is not empty.
    template <class T>
    const T& one(const std::vector<T>& of)
    {
        return of[below(of.size())];
    }

private:
    std::mt19937_64 random_;
};

}  // namespace triaged::forecast
