// sim: long runs of the simulated desk, for as many seeds and hours as there is patience.

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "tests/sim/simulation.hpp"

using namespace triaged;

namespace {

struct Asked {
    std::uint64_t first = 1;
    std::uint64_t seeds = 20;
    std::uint64_t hours = 0;  // of simulated time for each seed; 0: 2,000 turns
    std::uint64_t jobs = 1;
    std::optional<std::uint64_t> agents;
    std::optional<std::uint64_t> open_max;
};

constexpr const char* help =
    "sim: a desk under random commands, each event checked against a naive reference\n"
    "  --seeds N   how many histories [20]      --seed S    the first seed [1]\n"
    "  --hours H   simulated hours of each [as 2,000 turns take]\n"
    "  --jobs N    threads [1]                  --agents N --open N  the desk's size [by the seed]\n"
    "A history that fails is made small and printed; the exit code is then 1.\n";

std::optional<Asked> read(int count, char** arguments)
{
    Asked asked;
    for (int i = 1; i < count; ++i) {
        const std::string_view name = arguments[i];
        if (name == "--help" || i + 1 == count) return std::nullopt;
        const auto value = std::strtoull(arguments[++i], nullptr, 10);
        if (name == "--seeds")
            asked.seeds = value;
        else if (name == "--seed")
            asked.first = value;
        else if (name == "--hours")
            asked.hours = value;
        else if (name == "--jobs")
            asked.jobs = std::max<std::uint64_t>(value, 1);
        else if (name == "--agents")
            asked.agents = value;
        else if (name == "--open")
            asked.open_max = value;
        else
            return std::nullopt;
    }
    return asked;
}

class Series {
public:
    explicit Series(const Asked& asked) : asked_(asked), next_(asked.first) {}

    int run()
    {
        const auto start = std::chrono::steady_clock::now();
        std::vector<std::jthread> threads;
        for (std::uint64_t i = 0; i < asked_.jobs; ++i) threads.emplace_back([this] { work(); });
        threads.clear();
        const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        const auto a_second = static_cast<double>(events_) / took;
        std::cout << fmt::format("{} seeds from {}, {} events, {:.0f} a second, {:.0f} a second and thread\n",
                                 asked_.seeds, asked_.first, events_.load(), a_second,
                                 a_second / static_cast<double>(asked_.jobs));
        return failed_ ? EXIT_FAILURE : EXIT_SUCCESS;
    }

private:
    void work()
    {
        for (auto seed = next_++; seed < asked_.first + asked_.seeds && !failed_; seed = next_++) {
            auto settings = sim::settings_of(seed);
            settings.span = std::chrono::hours{asked_.hours};
            if (asked_.agents) settings.agents = *asked_.agents;
            if (asked_.open_max) settings.open_max = *asked_.open_max;
            try {
                events_ += sim::Simulation(settings).run().events;
            } catch (const std::logic_error& wrong) {
                failed_ = true;
                report(settings, wrong.what());
            }
        }
    }

    void report(const sim::Settings& settings, const std::string& wrong)
    {
        const std::lock_guard lock(output_);
        std::cout << wrong << "\nshrinking ..." << std::endl;
        const auto small = sim::shrink(settings);
        std::cout << fmt::format("{} turns after {} tries: {}\n", small.settings.only.size(), small.tries,
                                 small.wrong);
        for (const auto& line : small.lines) std::cout << line << '\n';
    }

    Asked asked_;
    std::atomic<std::uint64_t> next_;
    std::atomic<std::size_t> events_{0};
    std::atomic<bool> failed_{false};
    std::mutex output_;
};

}  // namespace

int main(int count, char** arguments)
{
    const auto asked = read(count, arguments);
    if (!asked) {
        std::cout << help;
        return 2;
    }
    return Series(*asked).run();
}
