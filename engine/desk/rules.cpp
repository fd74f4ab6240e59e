// Where the desk meets the rulebook: what rules read, and what follows from what they say.

#include <algorithm>

#include <fmt/format.h>

#include "engine/desk/decision.hpp"
#include "engine/desk/sla.hpp"
#include "engine/desk/views.hpp"

namespace triaged::desk {

namespace {

/// The escalation rules that have fired, as the rulebook in force numbers them; those it does not have are
/// left out.
std::vector<RuleIndex> done_under(const rulebook::Rulebook& rulebook, const State& state,
                                  const Ticket& ticket)
{
    std::vector<RuleIndex> done;
    if (!ticket.extras) return done;
    const auto rules = rulebook.rules();
    for (const auto& fired : ticket.extras->escalated) {
        if (state.rulebook(fired.rulebook) == rulebook.id()) {
            done.push_back(fired.rule);
            continue;
        }
        const auto& name = state.rule_name(fired.rulebook, fired.rule);
        const auto same = [&](const rulebook::RuleInfo& rule) { return rule.name == name; };
        const auto found = std::find_if(rules.begin(), rules.end(), same);
        if (found != rules.end()) done.push_back(static_cast<RuleIndex>(found - rules.begin()));
    }
    std::sort(done.begin(), done.end());
    done.erase(std::unique(done.begin(), done.end()), done.end());
    return done;
}

std::vector<std::string> add_tags(std::vector<std::string>& tags, const std::vector<std::string>& more)
{
    std::vector<std::string> added;
    for (const auto& tag : more) {
        const auto place = std::lower_bound(tags.begin(), tags.end(), tag);
        if (place != tags.end() && *place == tag) continue;
        tags.insert(place, tag);
        added.push_back(tag);
    }
    return added;
}

TicketEscalated apply(const Decision& decision, const rulebook::EscalationStep& step, Standing& standing)
{
    const auto& policies = decision.policies;
    auto& routing = standing.routing;
    TicketEscalated what;
    what.ticket = standing.id;
    what.rulebook = policies.rulebook->id();
    what.rule = step.rule;
    const auto needed = standing.needs;
    if (step.queue && *step.queue != routing.queue) {
        come_to(policies, standing, *step.queue, decision.now);
        what.queue = routing.queue;
    }
    for (const auto& skill : step.skills) raise(standing.needs, skill);
    if (standing.needs != needed) what.needs = standing.needs;
    const bool lowered = step.priority && *step.priority < routing.priority;
    if (step.priority && *step.priority != routing.priority)
        what.priority = routing.priority = *step.priority;
    if (lowered) standing.queued_as = place_of(decision, standing);
    move_up(decision, standing);
    what.tags = add_tags(routing.tags, step.tags);
    what.notify = step.notify;
    if (step.contact_by != routing.contact_by) what.contact_by = step.contact_by;
    if (!what.contact_by.empty()) routing.contact_by = what.contact_by;
    what.queued_as = standing.queued_as;
    standing.done.insert(std::lower_bound(standing.done.begin(), standing.done.end(), step.rule), step.rule);
    return what;
}

/// When to look at the ticket again: for its rules, its promises or its queue's next step. It always lies
/// ahead, so that time moves on whatever a rulebook says.
Instant next_look(const Decision& decision, const Standing& standing, Instant rules_at)
{
    const auto due = std::min({rules_at, next_promise(decision, standing), next_step(decision, standing)});
    return std::max(due, decision.now + Duration{1});
}

/// Applies `found` and what its changes bring about in turn. It ends, because each rule fires once a ticket
/// and no ticket overflows back.
Instant escalate(Decision& decision, const Matter& matter, Standing& standing, rulebook::Escalations found)
{
    for (;;) {
        while (!found.steps.empty()) {
            for (const auto& step : found.steps) {
                if (step.queue && *step.queue != standing.routing.queue) leave_queue(decision, standing);
                auto what = apply(decision, step, standing);
                auto notify =
                    standing.problem == nullptr ? std::vector<std::string>() : std::move(what.notify);
                if (standing.problem != nullptr) what.notify.clear();
                decision.add(std::move(what));
                if (!notify.empty()) inhibit(decision, *standing.problem, standing.id, std::move(notify));
                if (step.widen) widen_at_once(decision, standing);
            }
            found = escalations(decision, matter, standing);
        }
        if (standing.settled_on == standing.routing.queue || !arrive(decision, standing)) break;
        found = escalations(decision, matter, standing);
    }
    return next_look(decision, standing, found.recheck_at);
}

}  // namespace

const Skills& skills_of(const Policies& policies, const QueueName& queue)
{
    static const Skills none;
    const auto found = policies.desk.queues.find(queue);
    return found == policies.desk.queues.end() ? none : found->second.skills;
}

const FactSet Matter::no_facts;

Matter matter_of(const Decision& decision, const Ticket& ticket)
{
    const auto& state = decision.state;
    const auto& rulebook = *decision.policies.rulebook;
    Matter matter;
    if (rulebook.escalation_reads_text())
        matter.text = rulebook.scan(ticket.text[TicketText::subject], ticket.text[TicketText::body]);
    matter.ticket = rule_facts(state, ticket);
    add_desk_facts(*decision.policies.rulebook, decision.policies.desk, state, matter.ticket);
    matter.earlier = earlier_contacts(state, ticket);
    if (ticket.customer != CustomerSlot::none) matter.stored = &state.customer(ticket.customer).facts;
    return matter;
}

Matter matter_of(const Decision& decision, const Contact& contact, const Ticket* before,
                 const FactSet& customer_news, TextFacts text)
{
    const auto& state = decision.state;
    const auto& rulebook = *decision.policies.rulebook;
    Matter matter;
    matter.text =
        text.rulebook == rulebook.id() ? std::move(text) : rulebook.scan(contact.subject, contact.body);
    if (before != nullptr) matter.ticket = ticket_facts(*before);
    matter.ticket.merge(contact.facts);
    add_order_facts(state, matter.ticket);
    const auto* const customer = state.find(contact.customer);
    const auto contacts = customer == nullptr ? 0 : customer->contacts;
    add_own_facts(matter.ticket, {contact.channel, contact.source, contact.customer, contacts});
    add_desk_facts(rulebook, decision.policies.desk, state, matter.ticket);
    if (customer != nullptr) {
        matter.stored = &customer->facts;
        matter.earlier = first_contacts(*customer, contacts);
    }
    if (customer_news.empty()) return matter;
    matter.merged = *matter.stored;
    matter.merged->merge(customer_news);
    return matter;
}

Standing standing_of(const Decision& decision, const Ticket& ticket)
{
    const auto& state = decision.state;
    Standing standing;
    standing.id = ticket.id;
    standing.routing = routing_of(state, ticket);
    standing.needs = state.skill_sets.skills(ticket.needs);
    standing.enqueued_at = ticket.enqueued_at;
    standing.queued_as = ticket.queued_as;
    standing.recheck_at = ticket.recheck_at;
    standing.clocks = clocks_of(decision.policies.desk, ticket, decision.now);
    standing.problem = problem_of(state, ticket);
    standing.done = done_under(*decision.policies.rulebook, state, ticket);
    standing.record = ticket.record;
    standing.resolving_since = ledger_of(ticket).since_of(SlaTarget::resolution);
    standing.settled_on = standing.routing.queue;
    standing.queue_since = ticket.queue_since();
    standing.steps_since = ticket.steps_since();
    if (ticket.phase == TicketPhase::offered) standing.offered_until = ticket.expires_at;
    if (!ticket.extras) return standing;
    const auto& extras = *ticket.extras;
    standing.pauses = extras.pauses;
    standing.held_until = extras.hold_until;
    standing.parked_since = extras.parked_since;
    standing.widened = extras.widened;
    for (const auto queue : extras.overflowed) standing.overflowed.emplace_back(state.symbols.text(queue));
    return standing;
}

rulebook::Clocks clocks_of(const Standing& standing)
{
    auto clocks = standing.clocks;
    clocks.ledger = ledger_of(standing);
    clocks.routed_at = standing.queue_since;
    clocks.replied_at = standing.record.replied_at;
    return clocks;
}

rulebook::Escalations escalations(const Decision& decision, const Matter& matter, const Standing& standing)
{
    return decision.policies.rulebook->escalate(matter.subject(), standing.routing, clocks_of(standing),
                                                standing.done);
}

void announce(Decision& decision, const Matter& matter, Standing& standing, rulebook::Escalations found)
{
    const auto announced = next_look(decision, standing, found.recheck_at);
    TicketRouted routed{standing.id, {}, standing.needs, standing.queued_as, announced};
    const bool settled = standing.settled_on == standing.routing.queue ||
                         !has_steps(decision.policies, standing.routing.queue);
    if (found.steps.empty() && settled) {  // the rule: nothing reads the routing any more
        routed.routing = std::move(standing.routing);
        decision.add(std::move(routed));
        return;
    }
    routed.routing = standing.routing;
    decision.add(std::move(routed));
    const auto recheck_at = escalate(decision, matter, standing, std::move(found));
    if (recheck_at == announced) return;
    decision.add(RecheckScheduled{standing.id, decision.policies.rulebook->id(), recheck_at});
}

void reopen_promises(const Decision& decision, Standing& standing)
{
    standing.record = reopened(standing.record);
    standing.resolving_since = decision.now;
    standing.pauses.clear();
    standing.held_until = Instant::max();
}

void move(Decision& decision, const Ticket& ticket, Move&& move)
{
    const auto matter = matter_of(decision, ticket);
    auto standing = standing_of(decision, ticket);
    if (move.to != standing.routing.queue) {
        leave_queue(decision, standing);
        come_to(decision.policies, standing, move.to, decision.now);
        standing.settled_on = move.to;  // who moves it by hand means this queue
    }
    AgentId from;
    if (ticket.phase != TicketPhase::waiting) from = decision.state.agent(ticket.agent).id;
    if (ticket.phase == TicketPhase::assigned) standing.clocks.waiting_since = decision.now;
    standing.offered_until = Instant::max();
    move_up(decision, standing);
    withdraw_others(decision, ticket, ticket.agent, fmt::format("moved to {}", move.to.value));
    decision.add(TicketMoved{ticket.id, std::move(from), std::move(move.to), standing.needs,
                             standing.queued_as, std::move(move.by), std::move(move.note)});
    look_at_promises(decision, standing);
    const auto at = escalate(decision, matter, standing, escalations(decision, matter, standing));
    if (at != ticket.recheck_at)
        decision.add(RecheckScheduled{ticket.id, decision.policies.rulebook->id(), at});
}

Instant recheck(Decision& decision, const Ticket& ticket, Instant waiting_since, const Closed* reopened)
{
    auto standing = standing_of(decision, ticket);
    standing.clocks.waiting_since = waiting_since;
    if (reopened != nullptr) {
        standing.enqueued_at = reopened->enqueued_at(decision.now);
        standing.queued_as = reopened->queued_as(decision.now);
        reopen_promises(decision, standing);
    }
    return recheck(decision, ticket, standing);
}

Instant recheck(Decision& decision, const Ticket& ticket, Standing& standing)
{
    const auto matter = matter_of(decision, ticket);
    look_at_promises(decision, standing);
    take_steps(decision, standing);
    const auto at = escalate(decision, matter, standing, escalations(decision, matter, standing));
    if (at != ticket.recheck_at)
        decision.add(RecheckScheduled{ticket.id, decision.policies.rulebook->id(), at});
    return at;
}

}  // namespace triaged::desk
