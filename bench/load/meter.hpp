// Meters: latencies, and the CPU time of processes and their threads as the kernel counts it.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace triaged::load {

using Clock = std::chrono::steady_clock;

class Latencies {
public:
    void add(Clock::duration latency)
    {
        micros_.push_back(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(latency).count()));
    }

    /// \param share  0 to 1. \return milliseconds; 0 if nothing was measured.
    double quantile(double share)
    {
        if (micros_.empty()) return 0;
        const auto rank = static_cast<std::size_t>(share * static_cast<double>(micros_.size() - 1));
        std::nth_element(micros_.begin(), micros_.begin() + static_cast<std::ptrdiff_t>(rank), micros_.end());
        return micros_[rank] / 1000.0;
    }

private:
    std::vector<std::uint32_t> micros_;
};

/// CPU seconds (user and system) by thread name; `pid` 0 is this process. Empty where there is no such
/// process.
std::map<std::string, double> cpu_by_thread(int pid);

/// The same for a process and everything it started: PostgreSQL serves each connection in a child.
std::map<std::string, double> cpu_of_tree(int pid);

/// Resident memory in bytes; 0 where there is no such process.
std::uint64_t resident_bytes(int pid);

}  // namespace triaged::load
