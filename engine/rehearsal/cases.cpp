#include "engine/rehearsal/cases.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "engine/rehearsal/case_reader.hpp"

namespace triaged::rehearsal {

namespace {

using namespace rulebook;
using yaml::Kind;

bool has(const std::vector<std::string>& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

void apply(const EscalationStep& step, Outcome& outcome)
{
    auto& routing = outcome.routing;
    if (step.priority) routing.priority = *step.priority;
    if (step.queue) routing.queue = *step.queue;
    for (const auto& skill : step.skills) raise(routing.skills, skill);
    for (const auto& tag : step.tags)
        if (!has(routing.tags, tag)) routing.tags.push_back(tag);
    if (!step.contact_by.empty()) routing.contact_by = step.contact_by;
    outcome.notify.insert(outcome.notify.end(), step.notify.begin(), step.notify.end());
}

class Comparison {
public:
    std::vector<std::string> take() { return std::move(mismatches_); }

    void equal(std::string_view what, const std::optional<std::string>& wanted, std::string_view got)
    {
        if (!wanted || *wanted == got) return;
        mismatches_.push_back(fmt::format("{} is {}, not '{}'", what,
                                          got.empty() ? "not set" : fmt::format("'{}'", got), *wanted));
    }
    void among(std::string_view what, const std::vector<std::string>& wanted,
               const std::vector<std::string>& got)
    {
        for (const auto& name : wanted)
            if (!has(got, name))
                mismatches_.push_back(
                    fmt::format("{} lack '{}'; they are [{}]", what, name, fmt::join(got, ", ")));
    }
    void none_of(std::string_view what, const std::vector<std::string>& unwanted,
                 const std::vector<std::string>& got)
    {
        for (const auto& name : unwanted)
            if (has(got, name)) mismatches_.push_back(fmt::format("{} hold '{}'", what, name));
    }
    void skills(const Skills& wanted, const Skills& got)
    {
        for (const auto& skill : wanted) {
            const auto place = std::find_if(got.begin(), got.end(),
                                            [&](const Skill& one) { return one.name == skill.name; });
            if (place == got.end())
                mismatches_.push_back(fmt::format("skill '{}' is not asked for", skill.name));
            else if (place->level != skill.level)
                mismatches_.push_back(fmt::format("skill '{}' is asked for at level {}, not {}", skill.name,
                                                  place->level, skill.level));
        }
    }
    void facts(const FactSet& wanted, const FactSet& facts, const FactSet& customer, const Routing& routing)
    {
        for (const auto& [name, value] : wanted) {
            auto got = routing.enriched.find(name);
            if (!got) got = facts.find(name);
            if (!got) got = customer.find(name);
            if (got == value) continue;
            mismatches_.push_back(fmt::format("{} is {}, not '{}'", name,
                                              got ? fmt::format("'{}'", triaged::to_string(*got)) : "missing",
                                              triaged::to_string(value)));
        }
    }

private:
    std::vector<std::string> mismatches_;
};

}  // namespace

Outcome play(const Rulebook::Compiled& compiled, const Case& one, const Observer& observer)
{
    const auto opened = one.at;
    Clocks clocks{opened, opened, opened, opened, one.desk};
    clocks.ledger.since = {opened, opened, Instant::max(), opened};
    clocks.routed_at = opened;
    std::vector<RuleIndex> done;
    StageObserver each;
    if (observer) each = [&](Stage stage, const FactSheet& sheet) { observer(stage, sheet, clocks, done); };

    const Subject subject{one.text, one.facts, one.customer, {one.earlier}};
    Outcome out;
    out.routing = decide(compiled, subject, each, clocks);
    for (const auto rule : out.routing.trace.fired) out.fired.push_back(compiled.infos[rule].name);
    for (;;) {
        clocks.terms = terms_of(clocks, out.routing);
        const auto escalations = find_escalations(compiled, subject, out.routing, clocks, done, each);
        for (const auto& step : escalations.steps) {
            apply(step, out);
            if (step.queue) clocks.routed_at = clocks.now;
            out.escalated.push_back(compiled.infos[step.rule].name);
            done.insert(std::lower_bound(done.begin(), done.end(), step.rule), step.rule);
        }
        if (!escalations.steps.empty()) continue;  // what they changed may bring others about
        if (escalations.recheck_at > opened + one.after) break;
        clocks.now = escalations.recheck_at;
    }
    return out;
}

std::vector<std::string> mismatches(const Case& one, const Outcome& got)
{
    return mismatches(one.expect, one.facts, one.customer, got);
}

std::vector<std::string> mismatches(const Expectations& expect, const FactSet& facts, const FactSet& customer,
                                    const Outcome& got)
{
    const auto& routing = got.routing;
    Comparison out;
    out.equal("queue", expect.queue, routing.queue.value);
    out.equal("priority", expect.priority, to_string(routing.priority));
    out.equal("intent", expect.intent, routing.intent);
    out.equal("sla", expect.sla, routing.sla);
    out.equal("contact_by", expect.contact_by, routing.contact_by);
    out.among("tags", expect.tags, routing.tags);
    out.none_of("tags", expect.no_tags, routing.tags);
    out.skills(expect.skills, routing.skills);
    out.facts(expect.facts, facts, customer, routing);
    out.among("fired rules", expect.fired, got.fired);
    out.none_of("fired rules", expect.not_fired, got.fired);
    out.among("escalations", expect.escalated, got.escalated);
    out.none_of("escalations", expect.not_escalated, got.escalated);
    out.among("notified leads", expect.notify, got.notify);
    return out.take();
}

std::vector<Case> read_cases(const Rulebook& rulebook, const Source& source, const Vocabulary& vocabulary,
                             std::vector<Diagnostic>& found, const DeskPolicy* desk)
{
    std::vector<Case> out;
    const yaml::Document document(source.file, source.text, found);
    if (document.broken()) return out;
    yaml::MapReader map(document, document.root(), "a test file");
    const auto* const timelines = map.take("timelines");  // read_timelines reads them
    const auto* const list = timelines ? map.take("cases") : map.require("cases");
    map.finish();
    if (!list) return out;
    if (list->kind != Kind::list) {
        document.error(list->place, "wrong-type", "'cases' holds a list of cases");
        return out;
    }
    CaseReader reader(document, rulebook, vocabulary);
    for (const auto* const item : list->items)
        for (auto& one : reader.read(*item)) {
            one.desk = desk;
            out.push_back(std::move(one));
        }
    return out;
}

}  // namespace triaged::rehearsal
