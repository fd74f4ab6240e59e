// Policy: what operators configure of a desk, apart from its rules.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/calendar.hpp"
#include "engine/model/ticket.hpp"

namespace triaged {

/// Which of the agents who can take a ticket is offered it; ties go by load, idle time, then agent id.
enum class Strategy : std::uint8_t {
    least_loaded,  // by share of capacity
    longest_idle,  // of those without work; then of the others
    best_skill,    // the highest levels of the skills the ticket needs, added up
    round_robin    // whose last offer is longest ago
};
inline constexpr std::array all_strategies{Strategy::least_loaded, Strategy::longest_idle,
                                           Strategy::best_skill, Strategy::round_robin};

std::string_view to_string(Strategy strategy);
std::optional<Strategy> parse_strategy(std::string_view text);

/// Which of the tickets that an agent can take comes first.
enum class QueueOrder : std::uint8_t {
    head_start,  // by when they came, less the head start of their priority
    sla          // by which of what they were promised is due first
};

/// Who can take a ticket widens when it has waited on its queue for so long.
struct WidenStep {
    Duration after{};
    Skills skills{};                  // from now on these levels do, if more was asked for
    std::vector<std::string> drop{};  // these are no longer asked for

    bool operator==(const WidenStep&) const = default;
};

/// When a ticket leaves for another queue. One of the three is set.
struct OverflowStep {
    Duration after{};               // it has waited here for so long
    std::uint64_t longer_than = 0;  // it came when more than so many waited, itself among them
    bool closed = false;            // the queue is closed
    QueueName to{};

    bool operator==(const OverflowStep&) const = default;
};

/// What a queue does with tickets that come while it is closed.
enum class WhenClosed : std::uint8_t {
    hold,      // they wait
    overflow,  // they, and those that wait when it closes, go where its `overflow` for `closed` says
    promise    // they wait, and their customers are told by when to expect an answer
};

std::string_view to_string(WhenClosed what);

/// Waiting tickets that need the same care.
struct Queue {
    QueueName name;
    std::string about;
    Skills skills;           // every ticket here needs these, beside what its rules ask
    std::string sla;         // an SLA policy's name, or empty
    std::string calendar{};  // its hours: a calendar's name, or empty: always open

    Strategy strategy = Strategy::least_loaded;
    Duration sticky{};                     // the customer's last agent comes first for so long; 0: never
    bool pull = false;                     // nobody is offered its tickets; agents take them
    int offers = 1;                        // of one ticket at once, to different agents
    std::vector<WidenStep> widen{};        // by `after`
    std::vector<OverflowStep> overflow{};  // in the order of the file: the first that holds counts
    WhenClosed when_closed = WhenClosed::hold;
    bool tell_wait = false;  // customers whose tickets come to stand in line are told for how long

    bool operator==(const Queue&) const = default;
};

/// What a promise is about: how long until an agent takes the ticket, until the first answer, until the
/// answer to the oldest contact that has none, until the end, and until the queue it stands on has acted:
/// somebody takes it or it goes to another queue, where that clock starts anew.
enum class SlaTarget : std::uint8_t { wait, first_response, next_response, resolution, queue };
inline constexpr std::array all_sla_targets{SlaTarget::wait, SlaTarget::first_response,
                                            SlaTarget::next_response, SlaTarget::resolution,
                                            SlaTarget::queue};
inline constexpr std::size_t sla_target_count = all_sla_targets.size();

std::string_view to_string(SlaTarget target);
std::optional<SlaTarget> parse_sla_target(std::string_view text);

/// In place of a calendar's name: the hours of the queue the ticket stands on.
inline constexpr std::string_view queue_hours = "queue";

/// A time for each priority.
class ByPriority {
public:
    ByPriority() = default;
    /// The same for all.
    template <class Rep, class Period>
    ByPriority(std::chrono::duration<Rep, Period> all)  // implicit: most are
    {
        times_.fill(all);
    }

    Duration operator[](Priority priority) const { return times_[static_cast<std::size_t>(priority)]; }
    Duration& operator[](Priority priority) { return times_[static_cast<std::size_t>(priority)]; }
    /// Whether the priority makes a difference.
    bool differs() const { return *this != ByPriority(times_.front()); }

    bool operator==(const ByPriority&) const = default;

private:
    std::array<Duration, all_priorities.size()> times_{};
};

/// One promise. Times count in the calendar's hours, or on the wall if it has none.
struct SlaGoal {
    ByPriority within{};   // 0: no promise
    std::string calendar;  // a name, `queue_hours`, or empty
    ByPriority warn{};     // how long before it is missed to warn; 0: not at all

    bool operator==(const SlaGoal&) const = default;
};

struct SlaPolicy {
    std::string name;
    std::array<SlaGoal, sla_target_count> goals;  // by SlaTarget

    const SlaGoal& goal(SlaTarget target) const { return goals[static_cast<std::size_t>(target)]; }
    SlaGoal& goal(SlaTarget target) { return goals[static_cast<std::size_t>(target)]; }

    bool operator==(const SlaPolicy&) const = default;
};

/// An agent as configured; what `agent.sign_in` leaves out comes from here.
struct AgentProfile {
    AgentId id;
    std::string name;
    Skills skills;
    int capacity = 0;   // units; 0 means the desk's default
    std::string shift;  // a calendar: when they are at work, for looking ahead; or empty

    bool operator==(const AgentProfile&) const = default;
};

/// Contacts that agree in these facts belong to one ticket, if they come within this time of each other.
struct ThreadKeyPolicy {
    std::string name;  // the facts' names with `+` between them
    std::vector<std::string> facts;
    Duration within{};

    bool operator==(const ThreadKeyPolicy&) const = default;
};

struct ThreadPolicy {
    Duration reopen{};  // after completion; a later contact opens a ticket that follows
    Duration place_kept{std::chrono::minutes{10}};  // for who comes back after they had given up
    std::vector<ThreadKeyPolicy>
        keys;  // in order of precedence; ticket numbers and mail references come before

    bool operator==(const ThreadPolicy&) const = default;
};

/// When tickets that agree in these keys are more than usual, they are one problem.
struct ProblemPolicy {
    std::string name;
    std::vector<std::string> keys;  // facts, `intent` or `queue`
    int at_least = 0;               // tickets in the window, and
    double factor = 1;              // so many times what is usual at that hour of the week
    Duration within{};
    Duration quiet{};  // without another such ticket it is over; `within` or more
    std::vector<std::string> notify;

    bool operator==(const ProblemPolicy&) const = default;
};

/// How much a customer buys, told by how long ago orders and contacts came; where nobody sends
/// `customer.activity`.
struct ActivityPolicy {
    Duration new_for{};     // since the first order or contact
    Duration active{};      // since the latest
    Duration occasional{};  // likewise; beyond it a customer has lapsed

    bool operator==(const ActivityPolicy&) const = default;
};

struct DeskPolicy {
    std::string desk = "main";
    std::map<QueueName, Queue> queues;
    std::map<std::string, SlaPolicy, std::less<>> slas;
    std::map<AgentId, AgentProfile> agents;
    CalendarTable calendars;

    std::array<int, 4> channel_units{1, 1, 1,
                                     4};  // capacity one ticket takes, by Channel: faq, chat, email, phone
    std::array<bool, 4> interruptible{};  // by Channel: an agent may get other work above this
    int agent_capacity = 4;               // units, where neither profile nor sign-in says
    QueueOrder order = QueueOrder::head_start;
    std::array<Duration, 4> head_start{};  // by Priority: how much earlier a ticket counts as queued
    Duration due_within{
        std::chrono::hours{24 * 7}};  // in the order by SLA a ticket is due by then at the latest
    Duration offer_ttl{std::chrono::seconds{30}};
    std::array<Duration, 4> wrap_up{};  // by Channel: capacity stays held for so long after completion
    std::vector<std::string> presence_reasons;  // that agents may give; empty: any
    Duration heartbeat{};                       // silent for so long, an agent is set away; 0: never
    int missed_offers_max = 3;                  // expired offers in a row that set an agent away
    Duration receipts_kept{
        std::chrono::hours{24 * 30}};  // how long `(source, ref)` is remembered after the ticket ends

    ThreadPolicy threads;
    std::vector<ProblemPolicy> problems;     // the first whose problem is open takes a ticket
    std::optional<ActivityPolicy> activity;  // unset: only as feeders send it

    int units(Channel channel) const { return channel_units[static_cast<std::size_t>(channel)]; }
    bool may_interrupt(Channel channel) const { return !interruptible[static_cast<std::size_t>(channel)]; }

    bool operator==(const DeskPolicy&) const = default;
};

}  // namespace triaged
