// Policy: what operators configure of a desk, apart from its rules.

#pragma once

#include <array>
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

/// Who can take a ticket widens when it has waited on its queue for so long.
struct WidenStep {
    Duration after{};
    Skills skills{};                  // from now on these levels do, if more was asked for
    std::vector<std::string> drop{};  // these are no longer asked for

    bool operator==(const WidenStep&) const = default;
};

/// When a ticket leaves for another queue. One of the three is set.
struct OverflowStep {
    Duration after{};              // it has waited here for so long
    std::uint64_t longer_than = 0; // it came when more than so many waited, itself among them
    bool closed = false;           // the queue is closed
    QueueName to{};

    bool operator==(const OverflowStep&) const = default;
};

/// What a queue does with tickets while it is closed.
enum class WhenClosed : std::uint8_t { hold, overflow, promise };

std::string_view to_string(WhenClosed what);

/// Waiting tickets that need the same care.
struct Queue {
    QueueName name;
    std::string about;
    Skills skills;     // every ticket here needs these, beside what its rules ask
    std::string sla;   // an SLA policy's name, or empty
    std::string calendar{};  // its hours: a calendar's name, or empty: always open

    Strategy strategy = Strategy::least_loaded;
    Duration sticky{};                      // the customer's last agent comes first for so long; 0: never
    bool pull = false;                      // nobody is offered its tickets; agents take them
    std::vector<WidenStep> widen{};         // by `after`
    std::vector<OverflowStep> overflow{};   // in the order of the file: the first that holds counts
    WhenClosed when_closed = WhenClosed::hold;

    bool operator==(const Queue&) const = default;
};

/// Targets in wall time; 0 means "no target".
struct SlaPolicy {
    std::string name;
    Duration first_response{};
    Duration resolution{};

    bool operator==(const SlaPolicy&) const = default;
};

/// An agent as configured; what `agent.sign_in` leaves out comes from here.
struct AgentProfile {
    AgentId id;
    std::string name;
    Skills skills;
    int capacity = 0;  // units; 0 means the desk's default

    bool operator==(const AgentProfile&) const = default;
};

/// Contacts that agree in these facts belong to one ticket, if they come within this time of each other.
struct ThreadKeyPolicy {
    std::string name;                // the facts' names with `+` between them
    std::vector<std::string> facts;
    Duration within{};

    bool operator==(const ThreadKeyPolicy&) const = default;
};

struct ThreadPolicy {
    Duration reopen{};                   // after completion; a later contact opens a ticket that follows
    std::vector<ThreadKeyPolicy> keys;   // in order of precedence; ticket numbers and mail references come before

    bool operator==(const ThreadPolicy&) const = default;
};

struct DeskPolicy {
    std::string desk = "main";
    std::map<QueueName, Queue> queues;
    std::map<std::string, SlaPolicy> slas;
    std::map<AgentId, AgentProfile> agents;
    CalendarTable calendars;

    std::array<int, 4> channel_units{1, 1, 1, 4};  // capacity one ticket takes, by Channel: faq, chat, email, phone
    int agent_capacity = 4;                         // units, where neither profile nor sign-in says
    std::array<Duration, 4> head_start{};           // by Priority: how much earlier a ticket counts as queued
    Duration offer_ttl{std::chrono::seconds{30}};
    std::array<Duration, 4> wrap_up{};              // by Channel: capacity stays held for so long after completion
    std::vector<std::string> presence_reasons;      // that agents may give; empty: any
    Duration heartbeat{};                           // silent for so long, an agent is set away; 0: never
    int missed_offers_max = 3;                      // expired offers in a row that set an agent away
    Duration receipts_kept{std::chrono::hours{24 * 30}};  // how long `(source, ref)` is remembered after the ticket ends

    ThreadPolicy threads;

    int units(Channel channel) const { return channel_units[static_cast<std::size_t>(channel)]; }

    bool operator==(const DeskPolicy&) const = default;
};

}  // namespace triaged
