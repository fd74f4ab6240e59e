// A simulated desk: random commands from a seed, with every consequence checked against the reference.

#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/desk/desk.hpp"
#include "tests/sim/reference.hpp"

namespace triaged::sim {

struct Settings {
    std::uint64_t seed = 1;
    int commands = 2'000;
    std::size_t agents = 7;
    std::size_t open_max = 60;  // above it no tickets are fed until some end
};

struct Outcome {
    std::size_t events = 0;
    std::size_t refused = 0;    // commands, each with an error code
    std::size_t completed = 0;  // tickets
    std::size_t kinds = 0;      // of events that occurred
};

/// The rulebooks that a simulation swaps between.
const std::vector<std::shared_ptr<const rulebook::Rulebook>>& rulebooks();

class Simulation {
public:
    explicit Simulation(const Settings& settings);

    /// Runs all commands and the checks at the end. \throws std::logic_error saying what was wrong and when
    Outcome run();

private:
    void run_one();
    bool step(const Command& command);
    void tick_until_quiet();
    void restart();
    void replay_all();
    void check_codec(const std::vector<Event>& events) const;

    Command any_ticket();
    Command any_contact();
    Command any_sign_in();
    Command any_presence();
    Command any_answer();
    Command any_customer();
    Command any_thread();
    Contact any_words(bool repeat);
    FactSet any_customer_facts();
    void add_thread_facts(Contact& contact);
    TicketId any_ended_ticket();
    AgentId any_agent();
    TicketId any_open_ticket();

    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    bool chance(std::uint64_t percent) { return below(100) < percent; }

    Settings settings_;
    std::mt19937_64 random_;
    desk::Policies policies_;
    desk::State state_;
    Reference reference_;
    Instant now_{1'700'000'000'000};
    std::vector<Event> history_;
    std::vector<std::pair<Seq, std::string>> snapshots_;
    std::uint64_t refs_ = 0;
    Outcome outcome_;
};

}  // namespace triaged::sim
