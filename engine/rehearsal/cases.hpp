// Test cases: tickets and what a rulebook should do with them, as `rules/*.test.yaml` hold them.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/rulebook/match.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::rehearsal {

/// What an `expect:` names; the rest is not looked at.
struct Expectations {
    std::optional<std::string> queue, priority, intent, sla, contact_by;
    std::vector<std::string> tags, no_tags, fired, not_fired, escalated, not_escalated, notify;
    Skills skills;
    FactSet facts;
};

struct Case {
    std::string name;
    std::string file;
    int line = 0;
    TextFacts text;  // as the rulebook it was read for scans it
    FactSet facts;
    FactSet customer;
    std::vector<Instant> earlier;  // contacts of the customer, oldest first
    Instant at;                    // when it comes in
    Duration after{};              // that pass without anyone taking the ticket
    Expectations expect;
    const DeskPolicy* desk = nullptr;  // whose calendars and promises count, or none
};

/// Reads the cases of one file. Names a case uses are checked like those of rules.
/// \param desk  outlives the cases
/// \return the cases that could be read, in file order; `found` gets what is wrong with the others.
std::vector<Case> read_cases(const rulebook::Rulebook& rulebook, const rulebook::Source& source,
                             const rulebook::Vocabulary& vocabulary, std::vector<Diagnostic>& found,
                             const DeskPolicy* desk = nullptr);

/// What became of a case's ticket in the time it was given.
struct Outcome {
    Routing routing;  // as escalation left it
    std::vector<std::string> fired, escalated, notify;
};

/// Called before each stage with what holds then, the clocks and the escalation rules (sorted) that have
/// fired.
using Observer = std::function<void(rulebook::Stage, const rulebook::FactSheet&, const rulebook::Clocks&,
                                    std::span<const RuleIndex>)>;

/// Routes the ticket, then lets `after` pass, as a desk would see it.
/// \param compiled  the rulebook the case was read for, or a variation of it with the same patterns.
Outcome play(const rulebook::Rulebook::Compiled& compiled, const Case& one, const Observer& observer = {});

/// What is not as expected, for people: `queue is 'general', not 'returns'`; empty if the case passes.
std::vector<std::string> mismatches(const Case& one, const Outcome& got);
/// The same for a ticket with these facts and its customer's.
std::vector<std::string> mismatches(const Expectations& expect, const FactSet& facts, const FactSet& customer,
                                    const Outcome& got);

}  // namespace triaged::rehearsal
