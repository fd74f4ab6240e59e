#include "engine/analysis/analyse.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "engine/analysis/encoding.hpp"

namespace triaged::analysis {

using rulebook::Rulebook;
using rulebook::Stage;

namespace {

/// The line of `text` with this number, from 1.
std::string line_of(std::string_view text, int number)
{
    for (; number > 1 && !text.empty(); --number)
        text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
    return std::string(text.substr(0, text.find('\n')));
}

class Analyst {
public:
    Analyst(const Rulebook& rulebook, const FactTable& facts, const DeskPolicy& desk, const Limits& limits)
        : rulebook_(rulebook),
          compiled_(rulebook.compiled()),
          desk_(desk),
          encoding_(rulebook, facts, limits.query_ms),
          live_(compiled_.rules.size(), false)
    {}

    void look_at(RuleIndex rule)
    {
        if (compiled_.rules[rule].off) return;
        const auto& info = compiled_.infos[rule];
        const bool routes = info.stage == Stage::route;
        std::vector<z3::expr> conditions;
        for (std::size_t i = 0; i < info.conditions.size(); ++i)
            conditions.push_back(encoding_.holds(rule, i));
        const auto found = ask(conditions);
        if (found == z3::unsat) return report_dead(rule, encoding_.core(conditions));
        live_[rule] = true;
        std::string witness;
        if (found == z3::sat) {
            const auto ticket = encoding_.witness();
            if (run(rulebook_, ticket).fired(rule)) witness = to_json(ticket);
        }
        if (routes && witness.empty() && is_shadowed(rule, conditions)) return;
        if (compiled_.rules[rule].effects.widen) look_at_widening(rule, conditions);
        if (claims_one_thing(rule)) look_for_rivals(rule, conditions);
        look_for_idle_conditions(rule, conditions, witness);
        if (routes && conditions.empty()) look_at_default(rule);
    }

    void look_at_queues()
    {
        std::set<QueueName> fed;
        for (RuleIndex rule = 0; rule < compiled_.rules.size(); ++rule)
            if (live_[rule]) fed.insert(compiled_.rules[rule].effects.queue);
        for (const auto& [name, queue] : desk_.queues) {
            if (!fed.contains(name))
                report_queue("unfed-queue",
                             fmt::format("no rule can send a ticket to the queue '{}'", name.value), "");
            const auto serves = [&](const auto& agent) { return covers(agent.second.skills, queue.skills); };
            if (!desk_.agents.empty() && std::none_of(desk_.agents.begin(), desk_.agents.end(), serves))
                report_queue(
                    "unserved-queue",
                    fmt::format("no configured agent has the skills that the queue '{}' needs", name.value),
                    "give an agent the skills, or sign one in who has them");
        }
    }

    Report take() { return std::move(report_); }

private:
    z3::check_result ask(const std::vector<z3::expr>& literals)
    {
        const auto result = encoding_.find(literals);
        if (result == z3::unknown) ++report_.undecided;
        return result;
    }

    Finding& report(RuleIndex rule, std::string code, std::string message, std::string suggestion)
    {
        const auto& info = compiled_.infos[rule];
        Diagnostic out{
            Severity::warning,    std::move(code), info.file, info.line, 1, 1, std::move(message), "",
            std::move(suggestion)};
        for (const auto& source : rulebook_.sources())
            if (source.file == info.file) out.source_line = line_of(source.text, info.line);
        if (const auto at = out.source_line.find(info.name); at != std::string::npos) {
            out.column = static_cast<int>(at) + 1;
            out.length = static_cast<int>(info.name.size());
        }
        return report_.findings.emplace_back(Finding{std::move(out), false, {}, {}});
    }

    void report_queue(std::string code, std::string message, std::string suggestion)
    {
        report_.findings.push_back(
            {{Severity::warning, std::move(code), "", 0, 0, 1, std::move(message), "", std::move(suggestion)},
             false,
             {},
             {}});
    }

    void report_dead(RuleIndex rule, const std::vector<std::size_t>& clash)
    {
        auto& finding = report(rule, "dead-rule", fmt::format("rule '{}' can never fire", name(rule)), "");
        for (const auto i : clash) finding.proof.push_back(compiled_.infos[rule].conditions[i]);
        finding.diagnostic.suggestion = clash.size() > 1
                                            ? "these conditions are never true together"
                                            : "the earlier stages leave no ticket of which this is true";
    }

    std::string name(RuleIndex rule) const { return compiled_.infos[rule].name; }
    std::string place(RuleIndex rule) const
    {
        return fmt::format("'{}' ({}:{})", name(rule), compiled_.infos[rule].file,
                           compiled_.infos[rule].line);
    }

    bool is_shadowed(RuleIndex rule, std::vector<z3::expr> literals)
    {
        std::vector<RuleIndex> earlier;
        for (auto each = compiled_.stage_begin[static_cast<std::size_t>(Stage::route)]; each < rule; ++each)
            if (live_[each]) earlier.push_back(each);
        const auto own = literals.size();
        for (const auto each : earlier) literals.push_back(failure_of(each));
        if (ask(literals) != z3::unsat) return false;
        live_[rule] = false;
        std::vector<std::string> proof;
        std::string shadowers;
        for (const auto i : encoding_.core(literals)) {
            if (i < own) {
                proof.push_back(compiled_.infos[rule].conditions[i]);
                continue;
            }
            shadowers += (shadowers.empty() ? "" : " or ") + place(earlier[i - own]);
        }
        auto& finding =
            report(rule, "shadowed-rule",
                   fmt::format("rule '{}' never routes a ticket: {} takes each first", name(rule), shadowers),
                   "move the narrower rule before the wider one");
        finding.proof = std::move(proof);
        return true;
    }

    const z3::expr& failure_of(RuleIndex rule)
    {
        const auto known = failures_.find(rule);
        return known != failures_.end() ? known->second
                                        : failures_.emplace(rule, encoding_.fails(rule)).first->second;
    }

    /// What rules of one stage can only set once, and to what `rule` sets it.
    std::map<std::string, std::string> claims(RuleIndex rule) const
    {
        std::map<std::string, std::string> out;
        const auto& effects = compiled_.rules[rule].effects;
        for (const auto& change : effects.set) out[change.fact] = to_string(change.view());
        if (!effects.intent.empty()) out["intent"] = effects.intent;
        if (effects.priority) out["priority"] = to_string(*effects.priority);
        if (!effects.sla.empty()) out["sla"] = effects.sla;
        if (!effects.contact_by.empty()) out["contact_by"] = effects.contact_by;
        return out;
    }

    bool claims_one_thing(RuleIndex rule) const
    {
        return compiled_.infos[rule].stage < Stage::route && !claims(rule).empty();
    }

    /// Whether earlier rules of the stage always, or sometimes, set what `rule` would set otherwise.
    void look_for_rivals(RuleIndex rule, const std::vector<z3::expr>& conditions)
    {
        const auto& mine = claims(rule);
        const auto begin = compiled_.stage_begin[static_cast<std::size_t>(compiled_.infos[rule].stage)];
        for (const auto& [what, value] : mine) {
            std::vector<RuleIndex> rivals;
            for (auto each = begin; each < rule; ++each)
                if (const auto& theirs = setters_[{what, each}];
                    live_[each] && !theirs.empty() && theirs != value)
                    rivals.push_back(each);
            setters_[{what, rule}] = value;
            if (rivals.empty() || report_overruled(rule, what, rivals, conditions)) continue;
            report_overlap(rule, what, rivals, conditions);
        }
    }

    bool report_overruled(RuleIndex rule, const std::string& what, const std::vector<RuleIndex>& rivals,
                          std::vector<z3::expr> literals)
    {
        const auto own = literals.size();
        for (const auto rival : rivals) literals.push_back(failure_of(rival));
        if (ask(literals) != z3::unsat) return false;
        std::string winners;
        for (const auto i : encoding_.core(literals))
            if (i >= own) winners += (winners.empty() ? "" : " or ") + place(rivals[i - own]);
        report(rule, "overruled-rule",
               fmt::format("rule '{}' never sets {}: {} always sets it first", name(rule), what, winners),
               "move the narrower rule before the wider one");
        return true;
    }

    /// The first rival that some ticket has in common, if the evaluator says so too.
    void report_overlap(RuleIndex rule, const std::string& what, const std::vector<RuleIndex>& rivals,
                        std::vector<z3::expr> literals)
    {
        for (const auto rival : rivals) {
            literals.push_back(encoding_.matches(rival));
            if (ask(literals) == z3::sat) {
                const auto ticket = encoding_.witness();
                const auto outcome = run(rulebook_, ticket);
                const auto& lost = outcome.routing.trace.lost;
                const auto loss = std::find_if(lost.begin(), lost.end(), [&](const Loss& each) {
                    return each.rule == rule && each.what == what;
                });
                if (loss != lost.end()) {
                    auto& finding = report(
                        rule, "overlap",
                        fmt::format("rule '{}' and {} can both fire and set {} differently; the earlier wins",
                                    name(rule), place(loss->to), what),
                        "");
                    finding.note = true;
                    finding.witness = to_json(ticket);
                    return;
                }
            }
            literals.pop_back();
        }
    }

    /// Whether any queue that the rule's tickets may stand on has steps to take.
    void look_at_widening(RuleIndex rule, std::vector<z3::expr> literals)
    {
        if (desk_.queues.empty()) return;  // nobody says
        std::set<QueueName> widening;
        for (const auto& [name, queue] : desk_.queues)
            if (!queue.widen.empty()) widening.insert(name);
        const auto& to = compiled_.rules[rule].effects.queue;
        std::string where = "no queue its tickets may stand on has";
        if (to.value.empty()) {
            literals.push_back(encoding_.stands_on(widening));
            if (ask(literals) != z3::unsat) return;
        } else {
            if (widening.contains(to)) return;
            where = fmt::format("the queue '{}' does not have", to.value);
        }
        report(rule, "idle-widen",
               fmt::format("rule '{}': `widen` changes nothing: {} steps to take", name(rule), where),
               "give the queue steps, as in `widen: [{after: 10m, skills: {german: 1}}]`");
    }

    void look_for_idle_conditions(RuleIndex rule, const std::vector<z3::expr>& conditions,
                                  const std::string& witness)
    {
        for (std::size_t i = 0; i < conditions.size(); ++i) {
            auto literals = conditions;
            literals[i] = encoding_.fails(rule, i);
            if (ask(literals) != z3::unsat) continue;
            const auto& lines = compiled_.infos[rule].conditions;
            auto& finding =
                report(rule, "idle-condition",
                       fmt::format("rule '{}': the condition `{}` changes nothing", name(rule), lines[i]),
                       conditions.size() > 1 ? "it is always true where the others are: leave it out"
                                             : "it is true of every ticket");
            for (const auto each : encoding_.core(literals))
                if (each != i) finding.proof.push_back(lines[each]);
            finding.witness = witness;
        }
    }

    void look_at_default(RuleIndex rule)
    {
        if (ask({encoding_.untaken_before(rule)}) != z3::sat) return;
        const auto ticket = encoding_.witness();
        const auto outcome = run(rulebook_, ticket);
        if (!outcome.fired(rule)) return;
        auto& finding =
            report(rule, "default-only",
                   fmt::format("there are tickets that only the default places, on the queue '{}'",
                               outcome.routing.queue.value),
                   "");
        finding.note = true;
        finding.witness = to_json(ticket);
    }

    const Rulebook& rulebook_;
    const Rulebook::Compiled& compiled_;
    const DeskPolicy& desk_;
    Encoding encoding_;
    std::vector<bool> live_;  // by rule: looked at, and not known to be without effect
    std::map<RuleIndex, z3::expr> failures_;
    std::map<std::pair<std::string, RuleIndex>, std::string> setters_;  // what a rule sets, and to what
    Report report_;
};

}  // namespace

Report analyse(const Rulebook& rulebook, const FactTable& facts, const DeskPolicy& desk, const Limits& limits,
               const std::function<void(std::size_t, std::size_t)>& progress)
{
    Analyst analyst(rulebook, facts, desk, limits);
    const auto count = rulebook.rules().size();
    for (RuleIndex rule = 0; rule < count; ++rule) {
        if (progress) progress(rule, count);
        analyst.look_at(rule);
    }
    analyst.look_at_queues();
    return analyst.take();
}

}  // namespace triaged::analysis
