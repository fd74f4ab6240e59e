// A simulated desk: random commands from a seed, with every consequence checked against the reference.

#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/desk/desk.hpp"
#include "tests/sim/reference.hpp"

namespace triaged::sim {

struct Settings {
    std::uint64_t seed = 1;
    int commands = 2'000;
    std::size_t agents = 7;
    std::size_t open_max = 60;           // above it no tickets are fed until some end
    std::uint64_t check_all_every = 64;  // steps; in between only what events name is checked
    Duration span{0};                    // simulated time instead of a number of commands, if it is not 0
    std::vector<int> only;               // the turns to take, sorted; empty: all
    /// A further invariant, to try the simulation itself. It throws std::logic_error.
    std::function<void(const Event&, const desk::State&)> also = {};
};

/// A generator that is cheap to seed: each turn has dice of its own, so that turns can be left out and the
/// others stay what they are.
class TurnDice {
public:
    void seed(std::uint64_t value) { state_ = value; }
    std::uint64_t operator()();

private:
    std::uint64_t state_ = 0;
};

/// Small desks run dry, large ones fill up; both ends find different mistakes.
Settings settings_of(std::uint64_t seed);

/// What was done and checked.
struct Outcome {
    std::size_t events = 0;
    std::size_t refused = 0;         // commands, each with an error code
    std::size_t completed = 0;       // tickets
    std::size_t checks = 0;          // of everything at rest
    std::size_t lost = 0;            // processes that died before what they had decided was committed
    std::size_t crashes = 0;         // processes that died after an event and came up from a snapshot of then
    std::size_t snapshots = 0;       // kept, to restart from
    std::size_t from_snapshots = 0;  // restarts from a snapshot and the events since
    std::size_t from_events = 0;     // restarts from the events alone
    std::size_t replayed = 0;        // events, in restarts
    std::size_t clock_jumps = 0;
    std::set<std::size_t> missing;  // kinds of event that did not occur, by their place in Happening

    /// Adds another history's; of `missing` what both miss remains.
    void add(const Outcome& other);
};

class Simulation {
public:
    explicit Simulation(const Settings& settings);

    /// Runs all commands and the checks at the end. \throws std::logic_error saying what was wrong and when
    Outcome run();

    /// The turns taken so far, in order.
    const std::vector<int>& turns() const { return turns_; }
    /// What was done so far, a line each, as the socket protocol spells it where it can.
    const std::vector<std::string>& lines() const { return lines_; }

private:
    void take_turns();
    bool tell(std::string line);
    void crash_between(const std::vector<Event>& events, const std::string& before);
    void lose(const Command& command);

    void run_one();
    void change_policies();
    void change_queue(Queue& queue);
    bool step(const Command& command);
    void tick_until_quiet();
    void restart();
    void jump();
    void replay_all();
    void check_codec(const std::vector<Event>& events) const;

    Command any_ticket();
    Command any_contact();
    Command any_sign_in();
    Command any_presence();
    Command any_answer();
    Command any_customer();
    Command any_thread();
    Command any_dealing();
    Command any_problem();
    ProblemId any_problem_id();
    Command any_hand();
    Command any_leaving();
    Contact any_words(bool repeat);
    FactSet any_customer_facts();
    void add_thread_facts(Contact& contact);
    TicketId any_ended_ticket();
    std::shared_ptr<const rulebook::Rulebook> any_rulebook();
    AgentId any_agent();
    TicketId any_open_ticket();
    AgentId holder_of(const ReferenceTicket& ticket);  // one of those who are offered it or have it

    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    bool chance(std::uint64_t percent) { return below(100) < percent; }

    Settings settings_;
    TurnDice random_;
    std::vector<int> turns_;
    std::vector<std::string> lines_;
    std::uint64_t steps_ = 0;
    desk::Policies policies_;
    desk::State state_;
    Reference reference_;
    Instant now_{1'700'000'000'000};
    std::vector<Event> history_;
    std::vector<std::pair<Seq, std::string>> snapshots_;
    std::uint64_t refs_ = 0;
    Outcome outcome_;
};

/// A history that fails, as small as leaving out turns makes it.
struct Shrunk {
    Settings settings;  // with `only`
    std::string wrong;  // what fails
    std::vector<std::string> lines;
    std::size_t tries = 0;
};

/// Leaves out turns, large parts first, as long as anything fails still. \pre a simulation with `settings`
/// fails \param tries_max  ends there with what there is
Shrunk shrink(const Settings& settings, std::size_t tries_max = 2'000);

/// `command` as a line of the socket protocol.
std::string line_of(const Command& command);

}  // namespace triaged::sim
