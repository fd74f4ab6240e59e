// sim: long runs of the simulated desk, for as many seeds and hours as there is patience.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <mutex>
#include <optional>
#include <sstream>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

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
    std::optional<std::uint64_t> check_all;
    std::vector<int> turns;
};

constexpr const char* help =
    "sim: a desk under random commands, each event checked against a naive reference\n"
    "  --seeds N   how many histories [20]      --seed S    the first seed [1]\n"
    "  --hours H   simulated hours of each [as 2,000 turns take]\n"
    "  --jobs N    threads [1]                  --agents N --open N  the desk's size [by the seed]\n"
    "  --check-all N  steps between checks of everything, not only of what events name [64]\n"
    "  --turns T,… takes these turns of one seed alone, and tells them\n"
    "A history that fails is made small and printed with the command that repeats it; the exit code is then "
    "1.\n";

std::vector<int> read_turns(const std::string& text)
{
    std::vector<int> turns;
    std::istringstream in(text);
    for (std::string turn; std::getline(in, turn, ',');) turns.push_back(std::atoi(turn.c_str()));
    return turns;
}

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
        else if (name == "--check-all")
            asked.check_all = std::max<std::uint64_t>(value, 1);
        else if (name == "--turns")
            asked.turns = read_turns(arguments[i]);
        else
            return std::nullopt;
    }
    return asked;
}

sim::Settings settings_of(const Asked& asked, std::uint64_t seed)
{
    auto settings = sim::settings_of(seed);
    settings.span = std::chrono::hours{asked.hours};
    if (asked.agents) settings.agents = *asked.agents;
    if (asked.open_max) settings.open_max = *asked.open_max;
    if (asked.check_all) settings.check_all_every = *asked.check_all;
    return settings;
}

/// The command that takes one history again, all of it or only some of its turns.
std::string again(const Asked& asked, const sim::Settings& settings)
{
    auto line = fmt::format("sim --seed {} --seeds 1 --agents {} --open {}", settings.seed, settings.agents,
                            settings.open_max);
    if (asked.hours > 0) line += fmt::format(" --hours {}", asked.hours);
    if (!settings.only.empty()) line += fmt::format(" --turns {}", fmt::join(settings.only, ","));
    return line;
}

class Series {
public:
    explicit Series(const Asked& asked) : asked_(asked), next_(asked.first) {}

    int run()
    {
        std::jthread progress([this](const std::stop_token& stop) { tell_progress(stop); });
        std::vector<std::jthread> threads;
        for (std::uint64_t i = 0; i < asked_.jobs; ++i) threads.emplace_back([this] { work(); });
        threads.clear();
        progress.request_stop();
        progress.join();
        std::cout << fmt::format(
            "{}; {:.0f} a second of processor time\n"
            "{} commands refused, {} tickets completed, everything checked {} times\n"
            "{} processes died before a commit, {} after an event; {} restarts from {} snapshots, {} from "
            "the events alone, {} events replayed\n"
            "{} clock jumps, {} tries of shrinking\n",
            so_far(), static_cast<double>(events_) * CLOCKS_PER_SEC / static_cast<double>(std::clock()),
            sum_.refused, sum_.completed, sum_.checks, sum_.lost, sum_.crashes, sum_.from_snapshots,
            sum_.snapshots, sum_.from_events, sum_.replayed, sum_.clock_jumps, tries_);
        return failed_ ? EXIT_FAILURE : EXIT_SUCCESS;
    }

private:
    double rate() const
    {
        const auto took = std::chrono::steady_clock::now() - start_;
        return static_cast<double>(events_) / std::chrono::duration<double>(took).count();
    }

    std::string so_far() const
    {
        return fmt::format("{} of {} seeds from {}, {} events, {:.0f} a second", done_.load(), asked_.seeds,
                           asked_.first, events_.load(), rate());
    }

    void tell_progress(const std::stop_token& stop)
    {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any wakes;
        while (!wakes.wait_for(lock, stop, std::chrono::seconds{5}, [&] { return stop.stop_requested(); }))
            std::cerr << so_far() << std::endl;
    }

    void work()
    {
        for (auto seed = next_++; seed < asked_.first + asked_.seeds && !failed_; seed = next_++) {
            auto settings = settings_of(asked_, seed);
            settings.also = [this](const Event&, const desk::State&) { ++events_; };
            try {
                const auto outcome = sim::Simulation(settings).run();
                const std::lock_guard lock(output_);
                sum_.add(outcome);
                ++done_;
            } catch (const std::logic_error& wrong) {
                failed_ = true;
                settings.also = {};
                report(settings, wrong.what());
            }
        }
    }

    void report(const sim::Settings& settings, const std::string& wrong)
    {
        const std::lock_guard lock(output_);
        std::cout << wrong << "\nagain: " << again(asked_, settings) << "\nshrinking ..." << std::endl;
        const auto small = sim::shrink(settings);
        tries_ += small.tries;
        std::cout << fmt::format("{} turns after {} tries: {}\n", small.settings.only.size(), small.tries,
                                 small.wrong);
        for (const auto& line : small.lines) std::cout << line << '\n';
        std::cout << "again: " << again(asked_, small.settings) << std::endl;
    }

    Asked asked_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::atomic<std::uint64_t> next_;
    std::atomic<std::uint64_t> done_{0};
    std::atomic<std::size_t> events_{0};
    std::atomic<bool> failed_{false};
    std::mutex output_;
    sim::Outcome sum_;
    std::size_t tries_ = 0;
};

/// Takes some turns of one seed, and tells them.
int take_turns(const Asked& asked)
{
    auto settings = settings_of(asked, asked.first);
    settings.only = asked.turns;
    settings.check_all_every = 1;
    sim::Simulation simulation(settings);
    std::string wrong;
    try {
        simulation.run();
    } catch (const std::logic_error& found) {
        wrong = found.what();
    }
    for (const auto& line : simulation.lines()) std::cout << line << '\n';
    std::cout << (wrong.empty() ? "nothing is wrong" : wrong) << '\n';
    return wrong.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int count, char** arguments)
{
    const auto asked = read(count, arguments);
    if (!asked) {
        std::cout << help;
        return 2;
    }
    return asked->turns.empty() ? Series(*asked).run() : take_turns(*asked);
}
