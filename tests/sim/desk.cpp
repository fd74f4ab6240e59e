#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <set>

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
        const auto small = sim::shrink(settings, 300);
        std::string history;
        for (const auto& line : small.lines) history += line + "\n";
        FAIL(wrong.what() << "\nsmaller, " << small.settings.only.size() << " turns: " << small.wrong << "\n"
                          << history);
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
        const auto outcome = run(sim::settings_of(seed));
        events += outcome.events;
        CHECK(outcome.refused > 0);
    }
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::cout << fmt::format("sim: seeds {} to {}, {} events, {:.0f} a second\n", first, first + count - 1,
                             events, static_cast<double>(events) / took);
}

TEST_CASE("simulations see every kind of event", "[sim]")
{
    sim::Settings settings;
    settings.commands = 4'000;
    std::set<std::size_t> missing;  // in every history so far
    for (settings.seed = 4711; settings.seed < 4719; ++settings.seed) {
        const auto now = run(settings).missing;
        if (settings.seed == 4711) missing = now;
        std::erase_if(missing, [&](std::size_t kind) { return !now.contains(kind); });
        if (missing.empty()) break;
    }
    CHECK(missing == std::set<std::size_t>{});
}

TEST_CASE("a simulation is the same each time, and with a part of its turns", "[sim]")
{
    auto settings = sim::settings_of(7);
    settings.commands = 300;
    const auto once = sim::Simulation(settings).run();
    CHECK(sim::Simulation(settings).run().events == once.events);
    for (int turn = 0; turn < settings.commands; ++turn) settings.only.push_back(turn);
    CHECK(sim::Simulation(settings).run().events == once.events);
    std::erase_if(settings.only, [](int turn) { return turn % 3 == 0; });
    CHECK(sim::Simulation(settings).run().events < once.events);
}

TEST_CASE("a history that fails is made small and told in commands", "[sim]")
{
    // Broken on purpose: no ticket may be accepted after it was declined.
    auto settings = sim::settings_of(5);
    settings.commands = 4'000;
    settings.open_max = 8;  // few tickets, so that what is declined is soon seen again
    const auto broken = [] {
        return [declined = std::set<TicketId>()](const Event& event, const desk::State&) mutable {
            if (const auto* const what = std::get_if<OfferDeclined>(&event.what))
                declined.insert(what->ticket);
            const auto* const accepted = std::get_if<OfferAccepted>(&event.what);
            if (accepted != nullptr && declined.contains(accepted->ticket))
                throw std::logic_error("accepted after it was declined");
        };
    };
    settings.also = broken();
    const auto small = sim::shrink(settings);
    INFO(small.wrong);
    CHECK(small.wrong.find("accepted after it was declined") != std::string::npos);
    // Two agents, a ticket, a decline, an acceptance; chance makes a few more necessary.
    CHECK(small.settings.only.size() >= 5);
    CHECK(small.settings.only.size() <= 30);
    const auto tells = [&](const std::string& part) {
        return std::any_of(small.lines.begin(), small.lines.end(),
                           [&](const auto& line) { return line.find(part) != std::string::npos; });
    };
    CHECK(tells(R"("op":"ticket")"));
    CHECK(tells(R"("op":"decline")"));
    CHECK(tells(R"("op":"accept")"));

    auto again = small.settings;
    again.also = broken();
    CHECK_THROWS_AS(sim::Simulation(again).run(), std::logic_error);
    again.also = {};
    CHECK_NOTHROW(sim::Simulation(again).run());
}
