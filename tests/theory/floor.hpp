// A floor of like agents: the real desk, fed with random arrivals and freed by random handling times.

#pragma once

#include <cstdint>
#include <vector>

#include "tests/theory/erlang.hpp"

namespace triaged::theory {

/// A long-run mean, judged by the means of consecutive batches: within one they depend on each other, from
/// batch to batch hardly.
class BatchMeans {
public:
    explicit BatchMeans(std::vector<double> means) : means_(std::move(means)) {}

    double mean() const;
    /// Half the width of the interval that misses the true mean with a chance of about 1 in 2,000.
    double half_width() const;
    /// Whether `value` may be the true mean.
    bool may_be(double value) const;

private:
    std::vector<double> means_;
};

struct Floor {
    Model model;
    std::uint64_t seed = 1;
    int slots = 1;            // tickets an agent takes at a time; `model.agents` is a multiple of it
    double urgent_share = 0;  // of customers, who go before all others
    double aside_share = 0;   // of the others, who wait on a queue of their own; all agents serve both
    int batches = 30;
    int batch = 1'000;  // customers; as many again come before the first batch, to fill the floor
};

struct Measured {
    BatchMeans wait_probability;
    BatchMeans wait_s;  // of all customers
    BatchMeans served_within_20s;
    BatchMeans abandoned;
    BatchMeans urgent_wait_s;
    BatchMeans other_wait_s;
    BatchMeans aside_wait_s;  // of those who wait on their own queue, who are among the others
    BatchMeans told_wait_s;   // what those who were told were told, and
    BatchMeans told_and_was;  // how long they then waited
};

/// Runs the desk for as long as it takes.
Measured measure(const Floor& floor);

}  // namespace triaged::theory
