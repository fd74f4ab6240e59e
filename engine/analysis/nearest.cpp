#include "engine/analysis/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "engine/analysis/encoding.hpp"

namespace triaged::analysis {

using namespace rulebook;

namespace {

constexpr int cost_max = 18;      // of all changes together: nine facts
constexpr int tries_a_cost = 12;  // tickets that the evaluator may refuse before the next cost is tried
constexpr std::string_view missing = "(missing)";

/// Something of the ticket that may be otherwise.
struct Feature {
    z3::expr differs;
    int cost = 2;
    SlotIndex slot = no_atom;          // of a fact
    const Pattern* pattern = nullptr;  // of words
    bool occurs = false;               // the words do, in the ticket as it is
};

/// A fact as it would be, or a pattern that would come or go.
struct Edit {
    std::string fact;  // empty: of words
    SlotIndex slot = no_atom;
    std::optional<FactChange> value;  // nothing: the fact is missing
    const Pattern* pattern = nullptr;
    bool occurs = false;  // the words, after the edit
};

bool is_customers(std::string_view fact) { return fact.starts_with("customer."); }

FactChange owned(std::string name, const FactValue& value)
{
    struct Visitor {
        std::variant<bool, double, std::string> operator()(bool flag) const { return flag; }
        std::variant<bool, double, std::string> operator()(double number) const { return number; }
        std::variant<bool, double, std::string> operator()(std::string_view text) const
        {
            return std::string(text);
        }
    };
    return {std::move(name), std::visit(Visitor{}, value)};
}

/// Every bound that conditions set to the fact in `slot`, and what lies just beyond each.
void collect_bounds(const std::vector<Condition>& conditions, SlotIndex slot, double step,
                    std::set<double>& out)
{
    for (const auto& condition : conditions) {
        if (const auto* const range = std::get_if<InRange>(&condition.is);
            range != nullptr && range->slot == slot) {
            for (const auto& one : range->any_of)
                for (const auto bound : {one.low, one.high})
                    if (std::isfinite(bound)) out.insert({bound - step, bound, bound + step});
        }
        if (const auto* const all = std::get_if<All>(&condition.is))
            collect_bounds(all->parts, slot, step, out);
        if (const auto* const any = std::get_if<Any>(&condition.is))
            collect_bounds(any->parts, slot, step, out);
        if (const auto* const none = std::get_if<Not>(&condition.is))
            collect_bounds(none->parts, slot, step, out);
    }
}

class Search {
public:
    Search(const Rulebook& rulebook, const FactTable& facts, const TicketSeen& ticket, const QueueName& queue,
           const Limits& limits)
        : rulebook_(rulebook),
          compiled_(rulebook.compiled()),
          ticket_(ticket),
          queue_(queue),
          hits_(rulebook.scan(ticket.subject, ticket.body).hits),
          encoding_(rulebook, facts, limits.query_ms)
    {}

    Nearest run()
    {
        Nearest out;
        if (goes_there({})) {
            out.verdict = Nearest::Verdict::there;
            return out;
        }
        const auto goal = encoding_.goes_to(queue_);
        const auto possible = encoding_.find({goal});
        if (possible != z3::sat) {
            out.verdict = possible == z3::unsat ? Nearest::Verdict::none : Nearest::Verdict::unknown;
            return out;
        }
        collect_features();
        for (int cost = 1; cost <= cost_max; ++cost)
            if (auto edits = try_at(cost, goal)) {
                out.verdict = Nearest::Verdict::found;
                out.changes = in_words(*edits);
                out.rules = fired_;
                return out;
            }
        out.verdict = undecided_ ? Nearest::Verdict::unknown : Nearest::Verdict::not_found;
        return out;
    }

private:
    std::optional<FactValue> value_of(std::string_view fact) const
    {
        const auto value = ticket_.ticket.find(fact);
        if (!value && parse_desk_fact(fact)) return 0.0;  // what nobody has counted
        return value ? value : ticket_.customer.find(fact);
    }

    bool occurs(AtomIndex pattern) const { return std::binary_search(hits_.begin(), hits_.end(), pattern); }

    /// Whether rules set the fact, so that it is seldom what somebody would change.
    bool is_worked_out(const std::string& fact) const
    {
        for (const auto& rule : compiled_.rules_of(Stage::enrich))
            for (const auto& change : rule.effects.set)
                if (!rule.off && change.fact == fact) return true;
        return false;
    }

    void collect_features()
    {
        const auto& slots = compiled_.symbols.slots();
        for (SlotIndex slot = first_fact_slot; slot < slots.size(); ++slot) {
            const auto& name = slots[slot].name;
            const int cost = is_worked_out(name) ? 3 : 2;
            features_.push_back({encoding_.fact_differs(slot, value_of(name)), cost, slot, nullptr, false});
        }
        for (const auto& pattern : compiled_.symbols.patterns()) {
            const bool has = occurs(pattern.number);
            auto differs = encoding_.pattern_differs(pattern.number, has);
            if (pattern.kind == PatternKind::regex && !has) {
                fixed_.push_back(differs);
                continue;
            }
            // Words are likelier to be said than a mere part of some.
            const int cost = has || pattern.kind == PatternKind::part ? 3 : 2;
            features_.push_back({differs, cost, no_atom, &pattern, has});
        }
        for (const auto& feature : features_) {
            differ_.push_back(feature.differs);
            costs_.push_back(feature.cost);
        }
    }

    /// What is tried must cost exactly so much: what costs less has been tried before.
    std::optional<std::vector<Edit>> try_at(int cost, const z3::expr& goal)
    {
        const auto bound = encoding_.at_most(differ_, costs_, cost);
        for (int tries = 0; tries < tries_a_cost; ++tries) {
            std::vector<z3::expr> literals{goal, bound};
            for (const auto& fixed : fixed_) literals.push_back(negation_of(fixed));
            literals.insert(literals.end(), refused_.begin(), refused_.end());
            const auto found = encoding_.find(literals);
            if (found == z3::unknown) undecided_ = true;
            if (found != z3::sat) return std::nullopt;
            auto edits = edits_found();
            refused_.push_back(encoding_.other_than_found(differ_));
            if (!goes_there(edits)) continue;
            refine(edits);
            goes_there(edits);  // so that `fired_` is of these
            return edits;
        }
        return std::nullopt;
    }

    static z3::expr negation_of(const z3::expr& literal) { return !literal; }

    std::vector<Edit> edits_found()
    {
        const auto found = encoding_.witness();
        std::vector<Edit> out;
        for (const auto& feature : features_) {
            if (!encoding_.is_true_of_found(feature.differs)) continue;
            Edit edit;
            if (feature.pattern != nullptr) {
                edit.pattern = feature.pattern;
                edit.occurs = !feature.occurs;
            } else {
                edit.slot = feature.slot;
                edit.fact = compiled_.symbols.slots()[feature.slot].name;
                const auto value = (is_customers(edit.fact) ? found.customer : found.ticket).find(edit.fact);
                if (value) edit.value = owned(edit.fact, *value);
            }
            out.push_back(std::move(edit));
        }
        return out;
    }

    /// Whether the rulebook itself sends the ticket to the queue once it is edited so.
    bool goes_there(const std::vector<Edit>& edits)
    {
        auto changed = ticket_;
        std::vector<AtomIndex> gone;
        for (const auto& edit : edits) {
            if (edit.pattern != nullptr) {
                if (!edit.occurs) gone.push_back(edit.pattern->number);
                if (!edit.occurs) continue;
                auto& text = edit.pattern->field == Field::subject ? changed.subject : changed.body;
                text += "\n" + edit.pattern->text;
                continue;
            }
            auto& set = is_customers(edit.fact) ? changed.customer : changed.ticket;
            changed.ticket.erase(edit.fact);
            changed.customer.erase(edit.fact);
            if (edit.value) set.set(edit.fact, edit.value->view());
        }
        auto text = rulebook_.scan(changed.subject, changed.body);
        std::erase_if(text.hits,
                      [&](AtomIndex hit) { return std::find(gone.begin(), gone.end(), hit) != gone.end(); });
        const auto routing =
            rulebook_.route({text, changed.ticket, changed.customer, ticket_.earlier}, ticket_.clocks);
        if (routing.queue != queue_) return false;
        fired_.clear();
        for (const auto rule : routing.trace.fired) fired_.push_back(compiled_.infos[rule].name);
        return true;
    }

    /// Leaves out what is not needed, and moves numbers no further than they must.
    void refine(std::vector<Edit>& edits)
    {
        for (std::size_t i = edits.size(); i-- > 0;) {
            auto fewer = edits;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
            if (goes_there(fewer)) edits = std::move(fewer);
        }
        for (auto& edit : edits) {
            if (!edit.value || !std::holds_alternative<double>(edit.value->value)) continue;
            const auto before = value_of(edit.fact);
            const double from = before ? std::get<double>(*before) : 0.0;
            const double step = from == std::floor(from) ? 1.0 : 0.01;
            std::set<double> bounds;
            for (const auto& rule : compiled_.rules) collect_bounds(rule.conditions, edit.slot, step, bounds);
            std::vector<double> near(bounds.begin(), bounds.end());
            std::stable_sort(near.begin(), near.end(),
                             [&](double a, double b) { return std::abs(a - from) < std::abs(b - from); });
            const auto found = edit.value->value;
            const bool better = std::any_of(near.begin(), near.end(), [&](double number) {
                edit.value->value = number;
                return goes_there(edits);
            });
            if (!better) edit.value->value = found;
        }
    }

    std::vector<Change> in_words(const std::vector<Edit>& edits) const
    {
        std::vector<Change> out;
        for (const auto& edit : edits) {
            if (edit.pattern != nullptr) {
                const auto says = fmt::format("says {}", edit.pattern->written());
                const auto lacks = fmt::format("does not say {}", edit.pattern->written());
                out.push_back({std::string(to_string(edit.pattern->field)), edit.occurs ? lacks : says,
                               edit.occurs ? says : lacks});
                continue;
            }
            const auto before = value_of(edit.fact);
            out.push_back({edit.fact, before ? triaged::to_string(*before) : std::string(missing),
                           edit.value ? triaged::to_string(edit.value->view()) : std::string(missing)});
        }
        return out;
    }

    const Rulebook& rulebook_;
    const Rulebook::Compiled& compiled_;
    const TicketSeen& ticket_;
    const QueueName& queue_;
    std::vector<AtomIndex> hits_;
    Encoding encoding_;
    std::vector<Feature> features_;
    std::vector<z3::expr> differ_;   // of the features, in their order
    std::vector<int> costs_;         // likewise
    std::vector<z3::expr> fixed_;    // must not be true
    std::vector<z3::expr> refused_;  // leave out what the evaluator has refused
    std::vector<std::string> fired_;
    bool undecided_ = false;
};

}  // namespace

std::string_view to_string(Nearest::Verdict verdict)
{
    switch (verdict) {
        case Nearest::Verdict::there:
            return "there";
        case Nearest::Verdict::found:
            return "found";
        case Nearest::Verdict::none:
            return "none";
        case Nearest::Verdict::not_found:
            return "not_found";
        case Nearest::Verdict::unknown:
            return "unknown";
    }
    return "";
}

Nearest nearest(const Rulebook& rulebook, const FactTable& facts, const TicketSeen& ticket,
                const QueueName& queue, const Limits& limits)
{
    return Search(rulebook, facts, ticket, queue, limits).run();
}

}  // namespace triaged::analysis
