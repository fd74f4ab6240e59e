#include "engine/rehearsal/recorded.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/desk/desk.hpp"

namespace triaged::rehearsal {

using desk::CustomerSlot;
using desk::State;
using desk::Ticket;
using desk::TicketText;

namespace {

void add_tags(std::vector<std::string>& tags, const std::vector<std::string>& more)
{
    tags.insert(tags.end(), more.begin(), more.end());
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
}

Decided decided_of(const Routing& routing, std::vector<std::string> fired)
{
    return {routing.queue,      routing.priority, routing.intent, routing.sla,
            routing.contact_by, routing.skills,   routing.tags,   {},
            std::move(fired)};
}

/// What the desk would do with a ticket that stands so: routing, then escalations until there are no more.
Decided decide_with(const rulebook::Rulebook& rulebook, const State& state, const Ticket& ticket, Instant now)
{
    const auto text = rulebook.scan(ticket.text[TicketText::subject], ticket.text[TicketText::body]);
    const auto facts = rule_facts(state, ticket);
    static const FactSet no_facts;
    const auto& customer =
        ticket.customer == CustomerSlot::none ? no_facts : state.customer(ticket.customer).facts;
    const rulebook::Subject subject{text, facts, customer};
    const rulebook::Clocks clocks{now, now, now, now};

    auto [routing, found] = rulebook.place(subject, clocks);
    std::vector<std::string> fired, escalated;
    for (const auto rule : routing.trace.fired) fired.push_back(rulebook.rules()[rule].name);
    std::vector<RuleIndex> done;
    while (!found.steps.empty()) {
        for (const auto& step : found.steps) {
            if (step.queue) routing.queue = *step.queue;
            if (step.priority) routing.priority = *step.priority;
            if (!step.contact_by.empty()) routing.contact_by = step.contact_by;
            add_tags(routing.tags, step.tags);
            escalated.push_back(rulebook.rules()[step.rule].name);
            done.insert(std::lower_bound(done.begin(), done.end(), step.rule), step.rule);
        }
        found = rulebook.escalate(subject, routing, clocks, done);
    }
    auto decided = decided_of(routing, std::move(fired));
    decided.fired.insert(decided.fired.end(), escalated.begin(), escalated.end());
    decided.escalated = std::move(escalated);
    return decided;
}

std::string in_words(const Skills& skills)
{
    std::string out;
    for (const auto& [name, level] : skills)
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, level);
    return out;
}

}  // namespace

std::vector<Difference> differences(const Decided& before, const Decided& after)
{
    std::vector<Difference> found;
    const auto compare = [&](std::string what, std::string was, std::string is) {
        if (was != is) found.push_back({std::move(what), std::move(was), std::move(is)});
    };
    compare("queue", before.queue.value, after.queue.value);
    compare("priority", std::string(to_string(before.priority)), std::string(to_string(after.priority)));
    compare("intent", before.intent, after.intent);
    compare("sla", before.sla, after.sla);
    compare("contact_by", before.contact_by, after.contact_by);
    compare("skills", in_words(before.skills), in_words(after.skills));
    compare("tags", fmt::format("{}", fmt::join(before.tags, ", ")),
            fmt::format("{}", fmt::join(after.tags, ", ")));
    compare("escalated", fmt::format("{}", fmt::join(before.escalated, ", ")),
            fmt::format("{}", fmt::join(after.escalated, ", ")));
    return found;
}

Replay::Replay(const rulebook::Rulebook& candidate, const rulebook::Rulebook* against, Take take)
    : candidate_(candidate), against_(against), take_(std::move(take))
{}

void Replay::see(const Event& event)
{
    if (open_ && !record(event)) finish();
    evolve(state_, event);
    if (const auto* const what = std::get_if<TicketOpened>(&event.what)) opened(event, *what);
}

void Replay::finish()
{
    if (!open_) return;
    take_(*open_);
    open_.reset();
}

void Replay::opened(const Event& event, const TicketOpened& what)
{
    const auto* const ticket = state_.find(what.ticket);
    if (ticket == nullptr) return;
    opened_at_ = event.at;
    open_ = Rehearsed{what.ticket, what.contact.ref, {}, decide_with(candidate_, state_, *ticket, event.at)};
    if (against_ != nullptr) open_->before = decide_with(*against_, state_, *ticket, event.at);
}

bool Replay::record(const Event& event)
{
    auto& before = open_->before;
    if (const auto* const routed = std::get_if<TicketRouted>(&event.what)) {
        if (routed->ticket != open_->ticket) return false;
        if (against_ != nullptr) return true;
        const auto slot = state_.rulebook_slot(routed->routing.rulebook);
        std::vector<std::string> fired;
        for (const auto rule : routed->routing.trace.fired) fired.push_back(state_.rule_name(slot, rule));
        before = decided_of(routed->routing, std::move(fired));
        return true;
    }
    const auto* const escalated = std::get_if<TicketEscalated>(&event.what);
    if (escalated == nullptr || escalated->ticket != open_->ticket || event.at != opened_at_) return false;
    if (against_ != nullptr) return true;
    if (escalated->queue) before.queue = *escalated->queue;
    if (escalated->priority) before.priority = *escalated->priority;
    if (!escalated->contact_by.empty()) before.contact_by = escalated->contact_by;
    add_tags(before.tags, escalated->tags);
    const auto& name = state_.rule_name(state_.rulebook_slot(escalated->rulebook), escalated->rule);
    before.escalated.push_back(name);
    before.fired.push_back(name);
    return true;
}

}  // namespace triaged::rehearsal
