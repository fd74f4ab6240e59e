// Encoding: what a rulebook can make of any ticket at all, as formulas for Z3.
//
// A condition becomes two formulas, one for true and one for false; where neither holds it is unknown. What
// the stages up to `route` leave each other (facts, intent, tags, priority) is worked out from the rules that
// fire in them. How a ticket stands in `escalate` is not: its facts and text by then need not be those it was
// routed by, for further contacts join it, escalations change it and people move it. There it may have
// whatever some rule gives, on any queue.

#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <z3++.h>

#include "engine/analysis/witness.hpp"
#include "engine/rulebook/compiled.hpp"

namespace triaged::analysis {

class Encoding {
public:
    /// \pre both outlive the encoding.
    Encoding(const rulebook::Rulebook& rulebook, const FactTable& facts, unsigned timeout_ms);

    /// A literal that is true of the tickets of which the rule's condition is true.
    z3::expr holds(RuleIndex rule, std::size_t condition);
    /// A literal that is true of the tickets of which all the rule's conditions are true.
    z3::expr matches(RuleIndex rule);

    /// A literal that is true of the tickets that no route rule before this one takes.
    z3::expr untaken_before(RuleIndex route_rule) { return literal(none_before(route_rule)); }
    /// A literal that is true where the rule's conditions are not all true.
    z3::expr fails(RuleIndex rule) { return literal(!matches(rule)); }
    /// A literal that is true where the condition is false or unknown.
    z3::expr fails(RuleIndex rule, std::size_t condition) { return literal(!holds(rule, condition)); }

    /// A literal that is true of the tickets that `route` sends to this queue.
    z3::expr goes_to(const QueueName& queue);
    /// A literal that is true of the tickets that stand, in `escalate`, on one of these queues.
    z3::expr stands_on(const std::set<QueueName>& queues);
    /// A literal that is true of the tickets that have another value of this fact, or do not have it as this
    /// one does.
    z3::expr fact_differs(rulebook::SlotIndex slot, const std::optional<FactValue>& value);
    /// A literal that is true of the tickets in which the pattern occurs otherwise than `occurs` says.
    z3::expr pattern_differs(rulebook::AtomIndex pattern, bool occurs);
    /// A literal that is true where the weights of the true ones of `literals` come to `bound` at most.
    z3::expr at_most(const std::vector<z3::expr>& literals, const std::vector<int>& weights, int bound);
    /// A literal that is true where not all of `literals` are as they are in the ticket found last.
    z3::expr other_than_found(const std::vector<z3::expr>& literals);
    /// \pre the last `find` was `sat`.
    bool is_true_of_found(const z3::expr& literal);

    /// Looks for a ticket of which every literal is true. Takes literals only, as this class gives them.
    z3::check_result find(const std::vector<z3::expr>& literals);
    /// \pre the last `find` was `unsat`. \return the places of the literals that clash.
    std::vector<std::size_t> core(const std::vector<z3::expr>& literals);
    /// \pre the last `find` was `sat`.
    Witness witness();

private:
    enum class Kind : std::uint8_t { nothing, priority, value, flag, intent, tag, queue, pattern };
    struct Atom {
        Kind kind = Kind::nothing;
        int number = 0;    // of the value, from 0; of the priority; 1 for `true`
        std::string name;  // of the value, intent, tag or queue
    };
    /// A fact at some point of the decision. Numbers and values have a sort of their own.
    struct FactState {
        z3::expr known;
        z3::expr value;
    };
    struct Verdict {
        z3::expr yes;
        z3::expr no;
    };
    struct ClockState {
        z3::expr runs;
        z3::expr shown;  // milliseconds, a whole number
    };

    void name_atoms();
    void declare_facts();
    void declare_patterns();
    void declare_clocks();
    FactType type_of(rulebook::SlotIndex slot) const;
    z3::expr literal(const z3::expr& meaning);
    z3::expr all(const std::vector<z3::expr>& parts);
    z3::expr any(const std::vector<z3::expr>& parts);

    FactState fact(rulebook::SlotIndex slot, rulebook::Stage stage);
    FactState fact_by_now(rulebook::SlotIndex slot);
    z3::expr value_of(rulebook::SlotIndex slot, const rulebook::FactChange& change);
    z3::expr atom(rulebook::AtomIndex atom, rulebook::SlotIndex slot, rulebook::Stage stage);
    z3::expr intent_is(const std::string& name, rulebook::Stage stage);
    z3::expr has_tag(const std::string& name, rulebook::Stage stage);
    z3::expr priority_is(int wanted);
    z3::expr priority_by_now(int wanted);
    z3::expr fires(RuleIndex rule);
    z3::expr none_before(RuleIndex route_rule);
    z3::expr lies_in(const rulebook::NumberRange& range, const z3::expr& value);
    Verdict verdict(const rulebook::Condition& condition, rulebook::Stage stage);
    const ClockState& clock_of(const rulebook::Elapsed& elapsed);
    z3::expr office(const std::string& calendar);
    Verdict promise(const rulebook::Promised& promised);
    Verdict recent(const rulebook::Recent& recent);
    z3::expr contacts_within(const rulebook::Recent& recent);

    const rulebook::Rulebook& rulebook_;
    const rulebook::Rulebook::Compiled& compiled_;
    const FactTable& declarations_;
    z3::context context_;
    z3::solver solver_;
    std::vector<Atom> atoms_;
    std::vector<std::optional<FactState>> arrived_;  // by slot
    std::map<rulebook::SlotIndex, FactState> enriched_;
    std::map<rulebook::SlotIndex, FactState> by_now_;  // in `escalate`
    std::vector<std::vector<std::string>> values_;     // by slot: names by number, then perhaps another
    std::map<rulebook::AtomIndex, z3::expr> patterns_;
    std::map<rulebook::AtomIndex, z3::expr>
        in_subject_;                  // where a pattern of either is, if it is: subject or body
    std::vector<ClockState> clocks_;  // by Clock
    std::map<std::pair<std::size_t, std::string>, ClockState> office_clocks_;  // by Clock and calendar
    std::map<std::string, z3::expr> offices_;                                  // by calendar: it is open
    std::map<Duration, z3::expr> contacts_within_;  // how many of the customer's contacts before this one
    std::map<std::pair<SlaTarget, int>, Verdict> promises_;  // by target and how often asked anew
    std::vector<std::pair<rulebook::Promised, int>> asked_;  // and what was asked
    std::map<std::pair<RuleIndex, std::size_t>, z3::expr> conditions_;
    std::map<RuleIndex, z3::expr> matches_;
    std::map<RuleIndex, z3::expr> none_before_;
    std::map<std::pair<std::string, int>, z3::expr>
        derived_;  // intents, tags and priorities, by name and stage
};

}  // namespace triaged::analysis
