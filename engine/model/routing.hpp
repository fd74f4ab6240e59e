// Routing: what a rulebook decided about a ticket, and the trace that explains it.

#pragma once

#include <string>
#include <vector>

#include "engine/model/ticket.hpp"

namespace triaged {

/// A rule that did not fire although its other conditions held.
struct NearMiss {
    RuleIndex rule = 0;
    std::uint32_t condition = 0;  // the one that stopped it: its place among the rule's conditions, from 0

    bool operator==(const NearMiss&) const = default;
};

/// A rule that fired but whose value was already set by an earlier rule.
struct Loss {
    RuleIndex rule = 0;
    RuleIndex to = 0;  // the rule that had set it
    std::string what;  // `intent`, `priority`, a fact's name, ...

    bool operator==(const Loss&) const = default;
};

inline constexpr std::size_t near_misses_max = 8;  // kept in a record; `explain` works out all of them

/// Why a decision came out as it did; indices are into the rulebook that made it.
struct Trace {
    std::vector<RuleIndex> fired;  // in stage and file order
    std::vector<NearMiss> near;    // in rule order, at most `near_misses_max`
    std::vector<Loss> lost;

    bool operator==(const Trace&) const = default;
};

/// The outcome of the stages enrich, classify, prioritise and route for one ticket.
struct Routing {
    RulebookId rulebook;
    FactSet enriched;               // facts that `enrich` added
    std::string intent;             // empty if no rule set one
    std::vector<std::string> tags;  // sorted, unique
    Priority priority = Priority::normal;
    std::string sla;         // name of an SLA policy, or empty for the queue's
    Skills skills;           // beside those the queue needs
    std::string contact_by;  // the channel to answer on if not the one it came by, or empty
    QueueName queue;         // always set: a rulebook ends in a default
    Trace trace;

    bool operator==(const Routing&) const = default;
};

}  // namespace triaged
