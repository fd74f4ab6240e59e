// Two ways to do the same work on the same tickets, in turns, so that what disturbs one disturbs the other.

#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <vector>

#include <fmt/format.h>

namespace triaged::peers {

inline double cpu_seconds()
{
    std::timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

inline double median(std::vector<double> of)
{
    std::sort(of.begin(), of.end());
    return of[of.size() / 2];
}

/// Microseconds of CPU time a ticket. `work` is called with each number below `tickets`.
template <class Work>
double microseconds(std::size_t tickets, const Work& work)
{
    const auto before = cpu_seconds();
    for (std::size_t i = 0; i < tickets; ++i) work(i);
    return (cpu_seconds() - before) * 1e6 / static_cast<double>(tickets);
}

/// Prints one line: medians of the rounds and of their ratios. The first round warms up and does not count.
template <class Ours, class Theirs>
void compare(const char* what, std::size_t rounds, std::size_t tickets, const Ours& ours,
             const Theirs& theirs)
{
    std::vector<double> our_times, their_times, ratios;
    for (std::size_t round = 0; round <= rounds; ++round) {
        const auto a = microseconds(tickets, ours), b = microseconds(tickets, theirs);
        if (round == 0) continue;
        our_times.push_back(a);
        their_times.push_back(b);
        ratios.push_back(b / a);
    }
    fmt::print("  {:60} {:9.2f} {:11.2f} {:9.1f}\n", what, median(our_times), median(their_times),
               median(ratios));
    std::fflush(stdout);
}

inline void print_heads(const char* peer)
{
    fmt::print("  {:60} {:>9} {:>11} {:>9}\n", "µs of CPU a ticket, medians", "triaged", peer, "ratio");
}

}  // namespace triaged::peers
