#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>

#include "tests/sim/simulation.hpp"

using namespace triaged;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise)
{
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

sim::Outcome run(const sim::Settings& settings)
{
    INFO("TRIAGED_SIM_SEED=" << settings.seed);
    try {
        return sim::Simulation(settings).run();
    } catch (const std::logic_error& wrong) {
        FAIL(wrong.what());
    }
    return {};
}

}  // namespace

TEST_CASE("whatever comes, no ticket is lost, offered twice or passed over", "[sim]")
{
    const auto only = from_environment("TRIAGED_SIM_SEED", 0);
    const auto first = only != 0 ? only : 1;
    const auto count = only != 0 ? 1 : from_environment("TRIAGED_SIM_SEEDS", 20);
    const auto start = std::chrono::steady_clock::now();
    std::size_t events = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        sim::Settings settings;
        settings.seed = seed;
        // Small desks run dry, large ones fill up; both ends find different mistakes.
        settings.agents = 1 + seed % 9;
        settings.open_max = 10 + 15 * (seed % 7);
        const auto outcome = run(settings);
        events += outcome.events;
        CHECK(outcome.refused > 0);
    }
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::cout << fmt::format("sim: seeds {} to {}, {} events, {:.0f} a second\n", first, first + count - 1,
                             events, static_cast<double>(events) / took);
}

TEST_CASE("a simulation sees every kind of event", "[sim]")
{
    sim::Settings settings;
    settings.seed = 4711;
    settings.commands = 6'000;
    CHECK(run(settings).kinds == std::variant_size_v<Happening>);
}
