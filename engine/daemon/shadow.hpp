// Shadow: a candidate rulebook that judges every new ticket beside the one in force, without any effect, on a
// thread of its own. The desk hands it copies and never waits for it; what it cannot keep up with is counted
// and let go.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/desk/policies.hpp"
#include "engine/desk/state.hpp"
#include "engine/desk/views.hpp"
#include "engine/model/event.hpp"
#include "engine/rehearsal/recorded.hpp"

namespace triaged::daemon {

/// A ticket that the candidate would have decided otherwise.
struct ShadowSample {
    TicketId ticket;
    std::string ref;
    Instant at;
    std::vector<rehearsal::Difference> changes;
    std::vector<std::string> rules;  // responsible, as in `ShadowReport`
};

struct ShadowReport {
    std::shared_ptr<const rulebook::Rulebook>
        candidate;       // shared with the thread that compares; null: no shadow
    RulebookId against;  // in force as the last ticket came; counts start again when it changes
    Instant since;       // when the counts began
    std::uint64_t compared = 0;
    std::uint64_t not_compared = 0;              // came faster than they could be compared
    std::uint64_t differing = 0;                 // tickets of those compared
    std::map<std::string, std::uint64_t> kinds;  // by what differs: `queue`, `priority`, …
    /// By rule: `+name` fires now, `-name` no longer, `~name` does something else, `(order)`: the same rules
    /// fire and another of them wins.
    std::map<std::string, std::uint64_t> rules;
    std::deque<ShadowSample> samples;  // the latest first
};

class Shadow {
public:
    static constexpr std::size_t waiting_max = 4'096;  // tickets
    static constexpr std::size_t waiting_bytes_max = 16 * 1'024 * 1'024;
    static constexpr std::size_t samples_max = 50;
    static constexpr std::size_t rules_max = 1'000;  // counted by name; others count together

    Shadow();
    ~Shadow();

    /// Takes the place of a candidate that runs; counts begin at nothing.
    void start(std::shared_ptr<const rulebook::Rulebook> candidate, Instant now);
    void stop();
    std::shared_ptr<const rulebook::Rulebook> candidate() const;
    ShadowReport report() const;

    /// For the desk's thread: what it has just decided. Waits for nothing.
    void see(const std::shared_ptr<const desk::Policies>& policies, const desk::State& state,
             const std::vector<Event>& events)
    {
        if (active_.load(std::memory_order_relaxed)) take(policies, state, events);
    }
    /// Waits until all that was taken has been compared. For tests.
    void settle();

private:
    /// A ticket as it was judged and what came of it.
    struct Case {
        std::shared_ptr<const desk::Policies> in_force;  // shared with the desk
        Instant at;
        std::string ref;
        TicketId ticket;
        desk::Evidence evidence;
        std::string entitled;  // the SLA policy a contract of the customer's gives
        Routing routing;
        std::vector<TicketEscalated> escalated;
    };

    void take(const std::shared_ptr<const desk::Policies>& policies, const desk::State& state,
              const std::vector<Event>& events);
    void run();
    void compare(const rulebook::Rulebook& candidate, const Case& one);
    void count(const Case& one, std::vector<rehearsal::Difference> changes, std::vector<std::string> rules);

    std::atomic<bool> active_{false};
    std::atomic<std::uint64_t> not_compared_{0};

    std::mutex waiting_mutex_;  // the desk's thread only ever tries it
    std::condition_variable wake_;
    std::condition_variable settled_;
    std::shared_ptr<const rulebook::Rulebook> asked_;  // the candidate, for what it asks of the desk
    std::vector<Case> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool comparing_ = false;
    bool stopping_ = false;

    mutable std::mutex report_mutex_;
    ShadowReport report_;
    std::thread thread_;
};

}  // namespace triaged::daemon
