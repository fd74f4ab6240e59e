// Problems: surges of like tickets, and what is kept of the cause they seem to have.
//
// How many tickets are usual is learnt from the tickets themselves, by hour of the week in UTC; what a
// problem is open for is not learnt, or the next one like it would pass for usual.

#pragma once

#include <array>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include "engine/desk/records.hpp"
#include "engine/model/event.hpp"
#include "engine/model/policy.hpp"

namespace triaged::desk {

struct State;

/// Values of keys that are tracked, of all policies together; beyond it the one seen longest ago is
/// forgotten.
inline constexpr std::size_t surges_max = 4'096;
/// Tickets of one value that are remembered for its window; `at_least` is at most this.
inline constexpr std::size_t surge_tickets_max = 1'024;
/// Problems open at once; beyond it surges open none.
inline constexpr std::size_t problems_open_max = 256;
/// Tickets of a problem that one step holds, releases, reroutes or answers; the rest follows step by step.
inline constexpr std::size_t problem_tickets_a_step = 256;

/// What is usual in one hour of the week.
struct UsualHour {
    std::uint32_t hour = 0;   // of the week, 0 to 167
    std::uint32_t week = 0;   // that `count` is of, since 1970
    std::uint32_t count = 0;  // so far in that week
    std::uint32_t rate = 0;   // thousandths of a ticket, of the weeks before
    bool known = false;       // whether there were such weeks

    bool operator==(const UsualHour&) const = default;
};

/// The hour at another week: what was counted becomes part of the rate, weeks in between count as none.
UsualHour moved_on(UsualHour hour, std::uint32_t week);

/// One value of a policy's keys, and the tickets that have it.
struct Surge {
    ThreadKey key;
    Instant first;
    Instant last;
    std::uint64_t learnt = 0;                         // tickets, since `first`
    std::deque<std::pair<Instant, TicketId>> recent;  // oldest first
    std::vector<UsualHour> hours;                     // those that had any, sorted by hour
    ProblemId problem;                                // that it opened last, or 0

    bool operator==(const Surge&) const = default;
};

/// Tickets usual in a window of `within` that ends at `now`: by that hour of earlier weeks; until there is a
/// week to go by, by the average hour since the value was first seen.
double usual_count(const Surge& surge, Instant now, Duration within);

class Surges {
public:
    const Surge* find(const ThreadKey& key) const;
    /// Finds or adds; may forget another.
    Surge& at(const ThreadKey& key, Instant now);
    void add(Surge surge);
    /// The problem is over.
    void closed(ProblemId problem);
    /// By key.
    const absl::btree_map<std::pair<std::string, std::string>, std::unique_ptr<Surge>>& all() const
    {
        return surges_;
    }

private:
    struct SeenFirst {
        bool operator()(const Surge* a, const Surge* b) const
        {
            if (a->last != b->last) return a->last < b->last;
            return std::pair(a->key.name, a->key.value) < std::pair(b->key.name, b->key.value);
        }
    };

    absl::btree_map<std::pair<std::string, std::string>, std::unique_ptr<Surge>> surges_;
    absl::btree_set<const Surge*, SeenFirst> by_last_;
};

/// Something done to a problem's tickets that is not done yet.
struct ProblemWork {
    ProblemAction action = ProblemAction::hold;
    TicketId next;  // the first not looked at; 0: nothing is left to do
    QueueName queue;
    std::string text;
    std::string disposition;

    bool pending() const { return next.value != 0; }
    /// Whether it must not be broken off halfway.
    bool binding() const
    {
        return pending() && (action == ProblemAction::answer || action == ProblemAction::close);
    }
};

/// A problem that is open.
struct Problem {
    ProblemId id;
    ProblemId into;  // the problem it was merged into, or 0
    std::string policy;
    std::string about;
    Instant opened_at;
    Instant last_at;  // the latest ticket
    bool held = false;
    std::uint64_t linked = 0;           // tickets ever
    std::vector<std::string> told;      // whom it was told instead of each ticket; sorted
    absl::btree_set<TicketId> tickets;  // its own that are open
    ProblemWork work;
};

/// The open problem that stands for `id`: itself unless it was merged. Null if it is over.
const Problem* root_problem(const State& state, ProblemId id);
Problem* root_problem(State& state, ProblemId id);
/// The open problem the ticket is one of, or null.
const Problem* problem_of(const State& state, const Ticket& ticket);
/// Up to `most` open tickets from `next` on of a problem and of those merged into it, in order.
std::vector<TicketId> tickets_of(const State& state, const Problem& problem, TicketId next, std::size_t most);

}  // namespace triaged::desk
