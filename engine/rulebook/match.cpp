#include "engine/rulebook/match.hpp"

#include <algorithm>

namespace triaged::rulebook {

namespace {

/// Who has set the values of which only one can be.
struct Owner {
    std::string_view what;
    RuleIndex rule;
};

/// A Loss whose `what` is the rulebook's.
struct LossNoted {
    RuleIndex rule;
    RuleIndex to;
    std::string_view what;
};

/// What a decision gathers. Kept from one to the next, so that only the result is allocated, and without room
/// to spare: desks keep results by the million.
struct Scratch {
    FactSheet sheet;
    std::vector<Owner> owners;
    FactSet enriched;
    std::vector<std::string_view> tags;
    Skills skills;
    std::vector<RuleIndex> fired;
    std::vector<NearMiss> near;
    std::vector<LossNoted> lost;

    /// Forgets all but the sheet.
    void clear()
    {
        owners.clear();
        enriched = {};
        tags.clear();
        skills.clear();
        fired.clear();
        near.clear();
        lost.clear();
    }
};

Scratch& scratch_of_thread()
{
    thread_local Scratch scratch;  // decisions run on one thread each, one at a time
    return scratch;
}

enum class Verdict : std::uint8_t { fired, near, no };

struct Judgement {
    Verdict verdict = Verdict::fired;
    std::uint32_t failed = 0;  // of `near`: the condition that stopped it
};

/// Near means that exactly one of several conditions failed; looked for only if `want_near`.
Judgement judge(const Rule& rule, const FactSheet& sheet, const Clocks& clocks, bool want_near)
{
    Judgement out;
    for (std::uint32_t i = 0; i < rule.conditions.size(); ++i) {
        if (evaluate(rule.conditions[i], sheet, &clocks) == Truth::yes) continue;
        if (!want_near || out.verdict == Verdict::near || rule.conditions.size() == 1)
            return {Verdict::no, 0};
        out = {Verdict::near, i};
    }
    return out;
}

/// One decision under way.
class Decision {
public:
    Decision(const Rulebook::Compiled& compiled, Scratch& scratch, const Clocks& clocks)
        : compiled_(compiled), scratch_(scratch), sheet_(scratch.sheet), clocks_(clocks)
    {
        scratch_.clear();
        routing_.rulebook = compiled.id;
    }

    void run(Stage stage)
    {
        const auto begin = compiled_.stage_begin[static_cast<std::size_t>(stage)];
        const auto end = compiled_.stage_begin[static_cast<std::size_t>(stage) + 1];
        auto& fired = scratch_.fired;
        auto& near = scratch_.near;
        const auto fired_before = fired.size();
        for (auto rule = sheet_.candidates().next(begin, end); rule < end;
             rule = sheet_.candidates().next(rule + 1, end)) {
            const auto [verdict, failed] =
                judge(compiled_.rules[rule], sheet_, clocks_, near.size() < near_misses_max);
            if (verdict == Verdict::near) near.push_back({rule, failed});
            if (verdict != Verdict::fired) continue;
            fired.push_back(rule);
            apply(rule);
            if (stage == Stage::route) break;  // the first that matches is the only one
        }
        publish(std::span(fired).subspan(fired_before));
    }

    void publish_priority() { sheet_.set(compiled_.symbols.priority(routing_.priority)); }

    Routing take()
    {
        routing_.enriched = scratch_.enriched;
        auto& tags = scratch_.tags;
        std::sort(tags.begin(), tags.end());
        tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
        routing_.tags.assign(tags.begin(), tags.end());
        routing_.skills = scratch_.skills;
        routing_.trace.fired = scratch_.fired;
        routing_.trace.near = scratch_.near;
        routing_.trace.lost.reserve(scratch_.lost.size());
        for (const auto& [rule, to, what] : scratch_.lost)
            routing_.trace.lost.push_back({rule, to, std::string(what)});
        return std::move(routing_);
    }

private:
    /// Whether `rule` may set `what`. If another rule has set it already and that `differs`, the loss is
    /// noted.
    template <class Differs>
    bool claim(RuleIndex rule, std::string_view what, const Differs& differs)
    {
        auto& owners = scratch_.owners;
        const auto place = std::find_if(owners.begin(), owners.end(),
                                        [&](const Owner& owner) { return owner.what == what; });
        if (place == owners.end()) {
            owners.push_back({what, rule});
            return true;
        }
        if (differs()) scratch_.lost.push_back({rule, place->rule, what});
        return false;
    }

    void apply(RuleIndex index)
    {
        const auto& effects = compiled_.rules[index].effects;
        auto& enriched = scratch_.enriched;
        for (const auto& change : effects.set)
            if (claim(index, change.fact, [&] { return enriched.find(change.fact) != change.view(); }))
                enriched.set(change.fact, change.view());
        if (!effects.intent.empty() &&
            claim(index, "intent", [&] { return routing_.intent != effects.intent; }))
            routing_.intent = effects.intent;
        if (effects.priority &&
            claim(index, "priority", [&] { return routing_.priority != *effects.priority; }))
            routing_.priority = *effects.priority;
        if (!effects.sla.empty() && claim(index, "sla", [&] { return routing_.sla != effects.sla; }))
            routing_.sla = effects.sla;
        if (!effects.contact_by.empty() &&
            claim(index, "contact_by", [&] { return routing_.contact_by != effects.contact_by; }))
            routing_.contact_by = effects.contact_by;
        if (!effects.queue.value.empty()) routing_.queue = effects.queue;
        for (const auto& skill : effects.skills) raise(scratch_.skills, skill);
        scratch_.tags.insert(scratch_.tags.end(), effects.tags.begin(), effects.tags.end());
    }

    /// Lets the stages that follow see what the rules that fired in this one have set.
    void publish(std::span<const RuleIndex> fired)
    {
        for (const auto rule : fired) {
            const auto& effects = compiled_.rules[rule].effects;
            for (const auto& change : effects.set) {
                const auto value = scratch_.enriched.find(change.fact);
                if (value) sheet_.set_fact(change.fact, *value);
            }
            for (const auto& tag : effects.tags) sheet_.set(compiled_.symbols.find_tag(tag));
        }
        if (!routing_.intent.empty()) sheet_.set(compiled_.symbols.find_intent(routing_.intent));
    }

    const Rulebook::Compiled& compiled_;
    Scratch& scratch_;
    FactSheet& sheet_;
    const Clocks& clocks_;
    Routing routing_;
};

/// The first instant after `clocks.now` at which a time condition of `condition` may change; max() if none
/// does.
Instant next_change(const Condition& condition, const FactSheet& sheet, const Clocks& clocks)
{
    struct Visitor {
        const FactSheet& sheet;
        const Clocks& clocks;
        Instant next = Instant::max();

        void operator()(const Elapsed& elapsed)
        {
            const auto start = start_of(elapsed.clock, clocks);
            const auto* const calendar = calendar_of(elapsed, clocks);
            if (start == Instant::max() || (calendar == nullptr && !elapsed.calendar.empty())) return;
            add(add_time(calendar, start, elapsed.low));
            if (elapsed.high != Duration::max()) add(add_time(calendar, start, elapsed.high + Duration{1}));
        }
        void operator()(const Promised& promised)
        {
            if (const auto clock = clock_of(promised, clocks))
                add(reaches(*clock, promised.amount(clock->within)));
        }
        void operator()(const OpenHours& hours)
        {
            const auto* const calendar =
                clocks.desk ? find_calendar(clocks.desk->calendars, hours.calendar) : nullptr;
            if (calendar == nullptr) return;
            const bool open = open_at(*calendar, clocks.now);
            add(open ? next_close(*calendar, clocks.now) : next_open(*calendar, clocks.now));
        }
        void operator()(const Recent& recent)  // where a contact comes to lie too far back
        {
            const auto& [latest, kept_from] = sheet.earlier();
            const auto kept = recent.within + Duration{1};
            for (const auto at : latest) add(at + kept);
            if (kept_from != Instant::max()) add(kept_from + kept);
        }
        void operator()(const All& group) { each(group.parts); }
        void operator()(const Any& group) { each(group.parts); }
        void operator()(const Not& group) { each(group.parts); }
        void operator()(const Holds&) {}
        void operator()(const InRange&) {}
        void operator()(const Present&) {}

        void add(Instant at)
        {
            if (at > clocks.now) next = std::min(next, at);
        }
        void each(const std::vector<Condition>& parts)
        {
            for (const auto& part : parts) next = std::min(next, next_change(part, sheet, clocks));
        }
    };
    Visitor visitor{sheet, clocks};
    std::visit(visitor, condition.is);
    return visitor.next;
}

bool holds(const Rule& rule, const FactSheet& sheet, const Clocks& clocks)
{
    return std::all_of(rule.conditions.begin(), rule.conditions.end(), [&](const Condition& condition) {
        return evaluate(condition, sheet, &clocks) == Truth::yes;
    });
}

/// Whether the desk can change it: what is not so now may be by then.
bool reads_desk(const Rulebook::Compiled& compiled, const Condition& condition)
{
    struct Visitor {
        const Rulebook::Compiled& compiled;

        bool operator()(const InRange& range) const
        {
            const auto& slots = compiled.desk_slots;
            return std::find(slots.begin(), slots.end(), range.slot) != slots.end();
        }
        bool operator()(const All& group) const { return any(group.parts); }
        bool operator()(const Any& group) const { return any(group.parts); }
        bool operator()(const Not& group) const { return any(group.parts); }
        bool operator()(const Holds&) const { return false; }
        bool operator()(const Present&) const { return false; }
        bool operator()(const Elapsed&) const { return false; }
        bool operator()(const Promised&) const { return false; }
        bool operator()(const OpenHours&) const { return false; }
        bool operator()(const Recent&) const { return false; }

        bool any(const std::vector<Condition>& parts) const
        {
            return std::any_of(parts.begin(), parts.end(),
                               [&](const Condition& part) { return reads_desk(compiled, part); });
        }
    };
    return !compiled.desk_slots.empty() && std::visit(Visitor{compiled}, condition.is);
}

/// Opening and closing times looked at before somebody else gets their turn: about a year of an office with
/// breaks.
constexpr int changes_max = 1'000;

/// When `rule`, which does not hold now, first will, or by the desk's own facts may, if nothing else but time
/// changes. Its truth can then change only where one of its time conditions does, so trying those instants in
/// order is exact, however the conditions nest. Where very many of them pass without effect, the last one
/// tried: looking again then goes on from there.
Instant first_true(const Rulebook::Compiled& compiled, const Rule& rule, const FactSheet& sheet,
                   const Clocks& clocks)
{
    const auto may_hold = [&](const Condition& condition, const Clocks& at) {
        return reads_desk(compiled, condition) || evaluate(condition, sheet, &at) == Truth::yes;
    };
    for (const auto& condition : rule.conditions)
        if (!reads_clocks(condition) && !may_hold(condition, clocks)) return Instant::max();
    auto then = clocks;
    for (int changes = 0; changes < changes_max; ++changes) {
        auto next = Instant::max();
        for (const auto& condition : rule.conditions)
            if (reads_clocks(condition)) next = std::min(next, next_change(condition, sheet, then));
        if (next == Instant::max()) return next;
        then.now = next;
        if (std::all_of(rule.conditions.begin(), rule.conditions.end(),
                        [&](const Condition& each) { return may_hold(each, then); }))
            return next;
    }
    return then.now;
}

/// Turns the effects of rules that fire together into steps, each seeing what the ones before did to the
/// ticket.
class Escalator {
public:
    explicit Escalator(const Routing& routing) : priority_(routing.priority), queue_(routing.queue) {}

    EscalationStep step(RuleIndex rule, const Effects& effects)
    {
        EscalationStep out{
            rule, {}, {}, effects.skills, effects.tags, effects.notify, effects.contact_by, effects.widen};
        auto priority = effects.priority.value_or(priority_);
        if (effects.raise > 0)
            priority = static_cast<Priority>(
                std::min(static_cast<int>(Priority::urgent), static_cast<int>(priority_) + effects.raise));
        if (priority != priority_) out.priority = priority_ = priority;
        if (!effects.queue.value.empty() && effects.queue != queue_) out.queue = queue_ = effects.queue;
        return out;
    }

private:
    Priority priority_;
    QueueName queue_;
};

void load_sheet(FactSheet& sheet, const Rulebook::Compiled& compiled, const Subject& subject,
                const Routing& routing)
{
    const auto& symbols = compiled.symbols;
    sheet.reset(compiled, subject);
    for (const auto& [name, value] : routing.enriched) sheet.set_fact(name, value);
    if (!routing.intent.empty()) sheet.set(symbols.find_intent(routing.intent));
    for (const auto& tag : routing.tags) sheet.set(symbols.find_tag(tag));
    sheet.set(symbols.priority(routing.priority));
    sheet.set(symbols.find_queue(routing.queue.value));
}

/// What escalates a ticket of which the sheet has everything.
Escalations escalations_on(const Rulebook::Compiled& compiled, Scratch& scratch, const Routing& routing,
                           const Clocks& given, std::span<const RuleIndex> done)
{
    auto clocks = given;
    clocks.terms = terms_of(clocks, routing);
    Escalations out;
    const auto& sheet = scratch.sheet;
    auto& fired = scratch.fired;
    fired.clear();
    const auto end = static_cast<RuleIndex>(compiled.rules.size());
    for (auto index =
             sheet.candidates().next(compiled.stage_begin[static_cast<std::size_t>(Stage::escalate)], end);
         index < end; index = sheet.candidates().next(index + 1, end)) {
        if (std::binary_search(done.begin(), done.end(), index)) continue;
        const auto& rule = compiled.rules[index];
        if (holds(rule, sheet, clocks))
            fired.push_back(index);
        else
            out.recheck_at = std::min(out.recheck_at, first_true(compiled, rule, sheet, clocks));
    }
    Escalator escalator(routing);
    out.steps.reserve(fired.size());
    for (const auto index : fired) out.steps.push_back(escalator.step(index, compiled.rules[index].effects));
    return out;
}

}  // namespace

bool reads_clocks(const Condition& condition)
{
    struct Visitor {
        bool operator()(const Elapsed&) const { return true; }
        bool operator()(const Promised&) const { return true; }
        bool operator()(const OpenHours&) const { return true; }
        bool operator()(const Recent&) const { return true; }
        bool operator()(const All& group) const { return any(group.parts); }
        bool operator()(const Any& group) const { return any(group.parts); }
        bool operator()(const Not& group) const { return any(group.parts); }
        bool operator()(const Holds&) const { return false; }
        bool operator()(const InRange&) const { return false; }
        bool operator()(const Present&) const { return false; }

        static bool any(const std::vector<Condition>& parts)
        {
            return std::any_of(parts.begin(), parts.end(), reads_clocks);
        }
    };
    return std::visit(Visitor{}, condition.is);
}

FactValue FactChange::view() const
{
    struct Visitor {
        FactValue operator()(bool flag) const { return flag; }
        FactValue operator()(double number) const { return number; }
        FactValue operator()(const std::string& text) const { return std::string_view(text); }
    };
    return std::visit(Visitor{}, value);
}

Routing decide(const Rulebook::Compiled& compiled, const Subject& subject, const StageObserver& observer,
               const Clocks& clocks)
{
    auto& scratch = scratch_of_thread();
    auto& sheet = scratch.sheet;
    sheet.reset(compiled, subject);
    Decision decision(compiled, scratch, clocks);
    for (const auto stage : {Stage::enrich, Stage::classify, Stage::prioritise, Stage::route}) {
        if (stage == Stage::route) decision.publish_priority();
        if (observer) observer(stage, sheet);
        decision.run(stage);
    }
    return decision.take();
}

Placement place(const Rulebook::Compiled& compiled, const Subject& subject, const Clocks& clocks)
{
    Placement out{decide(compiled, subject, {}, clocks), {}};
    // What the stages set is on the sheet already; only the queue is not known before the last one.
    auto& scratch = scratch_of_thread();
    scratch.sheet.set(compiled.symbols.find_queue(out.routing.queue.value));
    out.escalations = escalations_on(compiled, scratch, out.routing, clocks, {});
    return out;
}

Escalations find_escalations(const Rulebook::Compiled& compiled, const Subject& subject,
                             const Routing& routing, const Clocks& clocks, std::span<const RuleIndex> done,
                             const StageObserver& observer)
{
    if (compiled.rules_of(Stage::escalate).empty()) return {};
    auto& scratch = scratch_of_thread();
    load_sheet(scratch.sheet, compiled, subject, routing);
    if (observer) observer(Stage::escalate, scratch.sheet);
    return escalations_on(compiled, scratch, routing, clocks, done);
}

}  // namespace triaged::rulebook
