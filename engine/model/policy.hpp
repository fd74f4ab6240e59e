// Policy: what operators configure of a desk, apart from its rules.

#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "engine/model/calendar.hpp"
#include "engine/model/ticket.hpp"

namespace triaged {

/// Waiting tickets that need the same care.
struct Queue {
    QueueName name;
    std::string about;
    Skills skills;     // every ticket here needs these, beside what its rules ask
    std::string sla;   // an SLA policy's name, or empty
    std::string calendar{};  // its hours: a calendar's name, or empty: always open

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
    int missed_offers_max = 3;                      // expired offers in a row that set an agent away
    Duration receipts_kept{std::chrono::hours{24 * 30}};  // how long `(source, ref)` is remembered after the ticket ends

    ThreadPolicy threads;

    int units(Channel channel) const { return channel_units[static_cast<std::size_t>(channel)]; }

    bool operator==(const DeskPolicy&) const = default;
};

}  // namespace triaged
