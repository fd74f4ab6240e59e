// Reloads: what it takes until edited rules are live, and what decisions take meanwhile.

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/workload.hpp"
#include "engine/rulebook/yaml.hpp"

namespace triaged {
namespace {

using Clock = std::chrono::steady_clock;
using workload::Kind;
using workload::Workload;

double cpu_seconds()
{
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// MB of this process, by a line of /proc/self/status: `VmRSS`, or `VmHWM` for the most there was.
double resident(const std::string& line)
{
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == line + ":") {
            double kilobytes = 0;
            status >> kilobytes;
            return kilobytes * 1024 / 1e6;
        }
    return 0;
}

/// Gives back what is free and forgets the most there was.
void settle_memory()
{
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << '5';
}

template <class Work>
double seconds_of(const Work& work)
{
    const auto before = cpu_seconds();
    work();
    return cpu_seconds() - before;
}

template <class Value>
Value quantile(std::vector<Value>& of, double share)
{
    const auto place = static_cast<std::size_t>(share * static_cast<double>(of.size() - 1));
    std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(place), of.end());
    return of[place];
}

void measure_load(std::size_t rules)
{
    constexpr int rounds = 3;
    const auto sources = workload::make(Kind::usual, rules).sources;
    settle_memory();
    const auto before = resident("VmRSS");
    const auto book = workload::load(sources);
    const auto most = resident("VmHWM") - before;
    settle_memory();
    const auto kept = resident("VmRSS") - before;
    std::vector<double> parse, load;
    for (int round = 0; round < rounds; ++round) {
        parse.push_back(seconds_of([&] {
            std::vector<Diagnostic> found;
            for (const auto& source : sources) yaml::Document(source.file, source.text, found);
        }));
        load.push_back(seconds_of([&] { workload::load(sources); }));
    }
    const auto all = quantile(load, 0.5), yaml = quantile(parse, 0.5);
    fmt::print("  {:7} rules {:9.2f} s {:9.2f} s {:9.2f} s {:9.0f} MB {:9.0f} MB\n", rules, all, yaml,
               all - yaml, kept, most);
    std::fflush(stdout);
}

/// What decisions took, in µs: by the wall's clock, and of the processor's time, which other programs do not
/// lengthen.
struct Taken {
    std::vector<float> wall, cpu;
};

/// Decides about tickets until told to stop.
Taken decide(const Workload& work, const std::atomic<std::shared_ptr<const rulebook::Rulebook>>& live,
             const std::atomic<bool>& stop)
{
    Taken took;
    for (std::size_t i = 0; !stop; ++i) {
        const auto& ticket = work.tickets[i % work.tickets.size()];
        const auto begin = Clock::now();
        const auto cpu_begin = cpu_seconds();
        {
            const auto book = live.load();
            const auto text = book->scan(ticket.subject, ticket.body);
            book->place({text, ticket.facts, ticket.customer}, rulebook::Clocks{});
        }
        took.cpu.push_back(static_cast<float>((cpu_seconds() - cpu_begin) * 1e6));
        took.wall.push_back(std::chrono::duration<float, std::micro>(Clock::now() - begin).count());
    }
    return took;
}

void print(const char* what, std::vector<float>& took, int reloads)
{
    fmt::print("  {:36} {:7.1f} µs {:7.1f} µs {:8.1f} µs {:10} {:8}\n", what, quantile(took, 0.5),
               quantile(took, 0.99), quantile(took, 0.999), took.size(), reloads);
    std::fflush(stdout);
}

void measure_decisions(std::size_t rules, std::chrono::seconds length)
{
    const auto work = workload::make(Kind::usual, rules);
    std::atomic<std::shared_ptr<const rulebook::Rulebook>> live(workload::load(work.sources));
    for (const bool reloading : {false, true}) {
        std::atomic<bool> stop = false;
        Taken took;
        std::thread decider([&] { took = decide(work, live, stop); });
        const auto end = Clock::now() + length;
        int reloads = 0;
        while (Clock::now() < end) {
            if (reloading) {
                live = workload::load(work.sources);
                ++reloads;
            } else {
                std::this_thread::sleep_until(end);
            }
        }
        stop = true;
        decider.join();
        print(reloading ? "one reload on another, CPU time" : "no reload, CPU time", took.cpu, reloads);
        print(reloading ? "one reload on another, wall" : "no reload, wall", took.wall, reloads);
    }
}

}  // namespace
}  // namespace triaged

int main()
{
    fmt::print("\nloading, medians of CPU time; memory that stays, and the most there was meanwhile\n");
    fmt::print("  {:13} {:>11} {:>11} {:>11} {:>12} {:>12}\n", "", "all", "YAML", "the rest", "stays",
               "most");
    for (const std::size_t rules : {1'000, 10'000, 100'000}) triaged::measure_load(rules);
    fmt::print(
        "\ndecisions (scan and all stages) at 10,000 rules while another thread compiles as many and "
        "swaps\n");
    fmt::print("  {:36} {:>10} {:>10} {:>11} {:>10} {:>8}\n", "", "p50", "p99", "p99.9", "decisions",
               "reloads");
    triaged::measure_decisions(10'000, std::chrono::seconds(10));
}
