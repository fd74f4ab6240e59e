#include "engine/rehearsal/recorded.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/desk/desk.hpp"
#include "engine/desk/views.hpp"

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

constexpr Duration foresight =
    std::chrono::hours{24 * 30};  // how long nobody takes a ticket, to see what is due

/// The escalations that follow if nobody takes the ticket, each with the time it takes.
std::vector<std::string> escalations_due(const rulebook::Rulebook& rulebook, const rulebook::Subject& subject,
                                         Routing routing, rulebook::Clocks clocks,
                                         std::vector<RuleIndex> done)
{
    std::vector<std::string> out;
    const auto start = clocks.now;
    for (;;) {
        const auto found = rulebook.escalate(subject, routing, clocks, done);
        for (const auto& step : found.steps) {
            if (step.queue) clocks.routed_at = clocks.now;
            if (step.queue) routing.queue = *step.queue;
            if (step.priority) routing.priority = *step.priority;
            add_tags(routing.tags, step.tags);
            out.push_back(
                fmt::format("{} after {}", rulebook.rules()[step.rule].name, to_string(clocks.now - start)));
            done.insert(std::lower_bound(done.begin(), done.end(), step.rule), step.rule);
        }
        if (!found.steps.empty()) continue;  // what they changed may bring others about
        if (found.recheck_at > start + foresight) return out;
        clocks.now = found.recheck_at;
    }
}

/// \param foresee  whether what would be due later is worked out, too
Decided decide(const rulebook::Rulebook& rulebook, const rulebook::Subject& subject, Instant now,
               const DeskPolicy& desk, std::string_view entitled, bool foresee)
{
    rulebook::Clocks clocks{now, now, now, now, &desk};
    clocks.ledger.since = {now, now, Instant::max(), now};
    clocks.routed_at = now;

    auto [routing, found] = rulebook.place(subject, clocks);
    if (routing.sla.empty() && !entitled.empty()) {
        routing.sla = entitled;
        found = rulebook.escalate(subject, routing, clocks, {});
    }
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
    if (foresee) decided.due = escalations_due(rulebook, subject, routing, clocks, done);
    decided.fired.insert(decided.fired.end(), escalated.begin(), escalated.end());
    decided.escalated = std::move(escalated);
    return decided;
}

/// As `decide_as_new`, of a ticket that the desk has, and with what would be due later.
Decided decide_with(const rulebook::Rulebook& rulebook, const State& state, const Ticket& ticket, Instant now,
                    const DeskPolicy& desk)
{
    const auto text = rulebook.scan(ticket.text[TicketText::subject], ticket.text[TicketText::body]);
    auto facts = rule_facts(state, ticket);
    add_desk_facts(rulebook, desk, state, facts);
    if (ticket.customer == CustomerSlot::none)
        return decide(rulebook, {text, facts, {}}, now, desk, {}, true);
    const auto& customer = state.customer(ticket.customer);
    return decide(rulebook, {text, facts, customer.facts, earlier_contacts(state, ticket)}, now, desk,
                  entitled_sla(desk, state, customer.id, now), true);
}

std::string in_words(const Skills& skills)
{
    std::string out;
    for (const auto& [name, level] : skills)
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, level);
    return out;
}

}  // namespace

Decided decided_of(const Routing& routing, std::vector<std::string> fired)
{
    return {routing.queue,      routing.priority,
            routing.intent,     routing.sla,
            routing.contact_by, routing.skills,
            routing.tags,       {},
            std::move(fired),   {}};
}

Decided decide_as_new(const rulebook::Rulebook& rulebook, const rulebook::Subject& subject, Instant now,
                      const DeskPolicy& desk, std::string_view entitled)
{
    return decide(rulebook, subject, now, desk, entitled, false);
}

void add(Decided& decided, const TicketEscalated& escalated, const std::string& rule)
{
    if (escalated.queue) decided.queue = *escalated.queue;
    if (escalated.priority) decided.priority = *escalated.priority;
    if (!escalated.contact_by.empty()) decided.contact_by = escalated.contact_by;
    add_tags(decided.tags, escalated.tags);
    decided.escalated.push_back(rule);
    decided.fired.push_back(rule);
}

std::vector<std::string> less(const std::vector<std::string>& of, const std::vector<std::string>& without)
{
    std::vector<std::string> out;
    for (const auto& name : of) {
        const bool known = std::find(without.begin(), without.end(), name) != without.end();
        if (!known && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    }
    return out;
}

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
    if (before.due && after.due)
        compare("due", fmt::format("{}", fmt::join(*before.due, ", ")),
                fmt::format("{}", fmt::join(*after.due, ", ")));
    return found;
}

Replay::Replay(const rulebook::Rulebook& candidate, const rulebook::Rulebook* against, Take take,
               const DeskPolicy& desk)
    : desk_(desk), candidate_(candidate), against_(against), take_(std::move(take))
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
    open_ = Rehearsed{
        what.ticket, what.contact.ref, {}, decide_with(candidate_, state_, *ticket, event.at, desk_)};
    if (against_ != nullptr) open_->before = decide_with(*against_, state_, *ticket, event.at, desk_);
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
    add(before, *escalated, state_.rule_name(state_.rulebook_slot(escalated->rulebook), escalated->rule));
    return true;
}

}  // namespace triaged::rehearsal
