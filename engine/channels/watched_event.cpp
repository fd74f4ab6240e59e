// Events as watchers see them: one line each, one overload a kind of event.

#include <algorithm>
#include <array>

#include "engine/channels/reply.hpp"

namespace triaged::channels {

namespace {

struct EventFields {
    JsonWriter& json;
    std::span<const std::string> rule_names;

    void ticket_and_agent(TicketId ticket, const AgentId& agent) const
    {
        json.field("ticket", to_string(ticket)).field("agent", agent.value);
    }
    void strings(std::string_view name, const std::vector<std::string>& values) const
    {
        if (values.empty()) return;
        json.key(name);
        append_strings(json, values);
    }
    void skills(std::string_view name, const Skills& values) const
    {
        json.key(name);
        append_skills(json, values);
    }
    void rule_list(const std::vector<RuleIndex>& rules) const
    {
        if (rule_names.empty()) return;
        json.key("rules").open_list();
        for (const auto rule : rules)
            if (rule < rule_names.size()) json.value(std::string_view(rule_names[rule]));
        json.close_list();
    }
    void contact(const Contact& contact) const
    {
        json.field("source", contact.source)
            .field("ref", contact.ref)
            .field("channel", to_string(contact.channel));
        if (!contact.customer.value.empty()) json.field("customer", contact.customer.value);
        if (contact.facts.empty()) return;
        json.key("facts");
        append_facts(json, contact.facts);
    }

    void operator()(const RulebookAdopted& e) const
    {
        json.field("rulebook", to_string(e.rulebook))
            .field("digest", e.digest)
            .field("rules", e.rules.size());
    }
    void operator()(const PoliciesAdopted& e) const { json.field("digest", e.digest); }
    void operator()(const InterruptionsAllowed& e) const
    {
        json.key("channels").open_list();
        for (const auto channel : e.channels) json.value(to_string(channel));
        json.close_list();
    }
    void operator()(const CustomerUpdated& e) const
    {
        json.field("customer", e.customer.value).key("facts");
        append_facts(json, e.facts);
    }
    void operator()(const TicketOpened& e) const
    {
        json.field("ticket", to_string(e.ticket));
        contact(e.contact);
        if (e.follows.value != 0) json.field("follows", to_string(e.follows));
    }
    void operator()(const ContactJoined& e) const
    {
        json.field("ticket", to_string(e.ticket));
        contact(e.contact);
    }
    void operator()(const TicketRouted& e) const
    {
        const auto& routing = e.routing;
        json.field("ticket", to_string(e.ticket)).field("rulebook", to_string(routing.rulebook));
        json.field("queue", routing.queue.value).field("priority", to_string(routing.priority));
        if (!routing.intent.empty()) json.field("intent", routing.intent);
        strings("tags", routing.tags);
        if (!routing.sla.empty()) json.field("sla", routing.sla);
        if (!routing.contact_by.empty()) json.field("contact_by", routing.contact_by);
        skills("needs", e.needs);
        rule_list(routing.trace.fired);
    }
    void operator()(const TicketEscalated& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("rulebook", to_string(e.rulebook));
        if (e.rule < rule_names.size()) json.field("rule", rule_names[e.rule]);
        if (e.priority) json.field("priority", to_string(*e.priority));
        if (e.queue) json.field("queue", e.queue->value);
        if (e.needs) skills("needs", *e.needs);
        strings("tags", e.tags);
        strings("notify", e.notify);
        if (!e.contact_by.empty()) json.field("contact_by", e.contact_by);
    }
    void operator()(const RecheckScheduled& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("next", to_string(e.at));
    }
    void operator()(const AgentSignedIn& e) const
    {
        json.field("agent", e.agent.value).field("name", e.name);
        skills("skills", e.skills);
        json.field("capacity", e.capacity);
    }
    void operator()(const PresenceSet& e) const
    {
        json.field("agent", e.agent.value).field("presence", to_string(e.presence));
        if (!e.reason.empty()) json.field("reason", e.reason);
    }
    void operator()(const OfferMade& e) const
    {
        ticket_and_agent(e.ticket, e.agent);
        json.field("units", e.units).field("expires_at", to_string(e.expires_at));
        if (e.losers.empty()) return;
        json.key("losers").open_list();
        for (const auto& loser : e.losers)
            json.open().field("agent", loser.agent.value).field("key", loser.key).close();
        json.close_list();
    }
    void operator()(const OfferAccepted& e) const { ticket_and_agent(e.ticket, e.agent); }
    void operator()(const OfferDeclined& e) const
    {
        ticket_and_agent(e.ticket, e.agent);
        if (!e.reason.empty()) json.field("reason", e.reason);
    }
    void operator()(const OfferExpired& e) const { ticket_and_agent(e.ticket, e.agent); }
    void operator()(const OfferWithdrawn& e) const
    {
        ticket_and_agent(e.ticket, e.agent);
        json.field("why", e.why);
    }
    void operator()(const TicketReturned& e) const
    {
        ticket_and_agent(e.ticket, e.agent);
        if (!e.reason.empty()) json.field("reason", e.reason);
    }
    void operator()(const TicketCompleted& e) const
    {
        ticket_and_agent(e.ticket, e.agent);
        if (!e.disposition.empty()) json.field("disposition", e.disposition);
    }
    void operator()(const ReceiptsForgotten& e) const { json.field("before", to_string(e.before)); }
    void operator()(const ContactThreaded& e) const
    {
        json.field("ticket", to_string(e.ticket));
        if (!e.by.empty()) json.field("by", e.by);
        if (e.keys.empty()) return;
        json.key("keys").open_list();
        for (const auto& key : e.keys) json.value(std::string_view(key.name));
        json.close_list();
    }
    void operator()(const TicketReopened& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("by", e.by);
    }
    void operator()(const TicketMerged& e) const
    {
        json.field("ticket", to_string(e.ticket));
        if (e.into.value != 0) json.field("into", to_string(e.into));
    }
    void operator()(const ContactSplit& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("source", e.source).field("ref", e.ref);
        json.field("to", to_string(e.to));
    }
    void operator()(const TicketAbandoned& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("place_until", to_string(e.place_until));
    }
    void operator()(const CallbackRequested& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("not_before", to_string(e.not_before));
        if (!e.number.empty()) json.field("number", e.number);
    }
    void operator()(const CallbackDue& e) const { json.field("ticket", to_string(e.ticket)); }
    void operator()(const TicketReplied& e) const { ticket_and_agent(e.ticket, e.agent); }
    void operator()(const TicketHeld& e) const
    {
        ticket_and_agent(e.ticket, e.agent);
        if (!e.reason.empty()) json.field("reason", e.reason);
        if (e.until != Instant::max()) json.field("until", to_string(e.until));
    }
    void operator()(const TicketResumed& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("by", e.by);
    }
    void promise(TicketId ticket, SlaTarget target, const std::string& policy, Instant since,
                 Instant due) const
    {
        json.field("ticket", to_string(ticket)).field("target", to_string(target)).field("policy", policy);
        json.field("since", to_string(since)).field("due", to_string(due));
    }
    void operator()(const SlaWarned& e) const { promise(e.ticket, e.target, e.policy, e.since, e.due); }
    void operator()(const SlaBreached& e) const { promise(e.ticket, e.target, e.policy, e.since, e.due); }
    void operator()(const SlaEnded& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("policy", e.policy).key("outcomes").open_list();
        for (const auto& outcome : e.outcomes) {
            json.open().field("target", to_string(outcome.target)).field("since", to_string(outcome.since));
            json.field("due", to_string(outcome.due)).field("used_ms", outcome.used.count());
            if (outcome.late) json.field("late_ms", outcome.late->count());
            json.close();
        }
        json.close_list();
    }
    void operator()(const ClosedKept& e) const
    {
        json.field("seconds", e.seconds).field("before", to_string(e.before));
    }
    void tickets(const std::vector<TicketId>& ids) const
    {
        json.key("tickets").open_list();
        for (const auto id : ids) json.value(to_string(id));
        json.close_list();
    }
    void operator()(const SurgeCounted& e) const
    {
        json.field("ticket", to_string(e.ticket)).key("keys").open_list();
        for (const auto& key : e.keys) json.open().field("name", key.name).field("value", key.value).close();
        json.close_list();
    }
    void operator()(const ProblemOpened& e) const
    {
        json.field("problem", to_string(e.problem)).field("about", e.about);
        if (!e.policy.empty())
            json.field("policy", e.policy).field("count", e.count).field("usual", e.usual / 1'000.0);
        strings("notify", e.notify);
    }
    void operator()(const ProblemLinked& e) const
    {
        if (e.problem.value != 0) json.field("problem", to_string(e.problem));
        tickets(e.tickets);
    }
    void operator()(const ProblemChanged& e) const
    {
        json.field("problem", to_string(e.problem)).field("action", to_string(e.action));
        if (e.action == ProblemAction::merge) {
            if (e.into.value != 0) json.field("into", to_string(e.into));
            return;
        }
        json.field("done", e.next.value == 0);
        if (!e.queue.value.empty()) json.field("queue", e.queue.value);
        if (!e.disposition.empty()) json.field("disposition", e.disposition);
    }
    void operator()(const TicketParked& e) const
    {
        json.field("ticket", to_string(e.ticket))
            .field("problem", to_string(e.problem))
            .field("parked", e.parked);
    }
    void operator()(const TicketAnswered& e) const
    {
        // Written by us for everybody's eyes, so the one text that watchers see: they deliver it.
        json.field("ticket", to_string(e.ticket))
            .field("problem", to_string(e.problem))
            .field("text", e.text);
    }
    void operator()(const NotifyInhibited& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("inhibited_by", to_string(e.problem));
        strings("notify", e.notify);
        strings("told", e.told);
    }
    void operator()(const FeedbackGiven& e) const
    {
        json.field("source", e.source).field("ref", e.ref);
        if (!e.customer.value.empty()) json.field("customer", e.customer.value);
        if (e.ticket.value != 0) json.field("ticket", to_string(e.ticket));
        if (e.nps) json.field("nps", *e.nps);
        if (e.csat) json.field("csat", *e.csat);
    }
    void operator()(const OrderUpdated& e) const
    {
        json.field("order", e.order);
        if (!e.customer.value.empty()) json.field("customer", e.customer.value);
        json.key("facts");
        append_facts(json, e.facts);
    }
    void operator()(const ContractUpdated& e) const
    {
        json.field("contract", e.contract).field("customer", e.customer.value);
        if (!e.sla.empty()) json.field("sla", e.sla);
        if (e.until != Instant::max()) json.field("until", to_string(e.until));
    }
    void operator()(const TicketAssigned& e) const
    {
        ticket_and_agent(e.ticket, e.agent);
        json.field("units", e.units).field("by", e.by);
        if (!e.note.empty()) json.field("note", e.note);
    }
    void operator()(const TicketMoved& e) const
    {
        json.field("ticket", to_string(e.ticket));
        if (!e.from.value.empty()) json.field("agent", e.from.value);
        json.field("queue", e.queue.value);
        skills("needs", e.needs);
        json.field("by", e.by);
        if (!e.note.empty()) json.field("note", e.note);
    }
    void operator()(const WrapUpStarted& e) const
    {
        ticket_and_agent(e.ticket, e.agent);
        json.field("units", e.units).field("until", to_string(e.until));
    }
    void operator()(const WrapUpEnded& e) const { ticket_and_agent(e.ticket, e.agent); }
    void operator()(const TicketWidened& e) const
    {
        json.field("ticket", to_string(e.ticket)).field("step", e.step);
        skills("needs", e.needs);
    }
    void operator()(const PromiseMade& e) const
    {
        json.field("ticket", to_string(e.ticket))
            .field("answer_by", to_string(e.answer_by))
            .field("why", e.why);
    }
    void operator()(const WaitTold& e) const
    {
        json.field("ticket", to_string(e.ticket))
            .field("taken_by", to_string(e.taken_by))
            .field("ahead", e.ahead);
    }
    void operator()(const AgentSeen& e) const
    {
        json.field("agent", e.agent.value).field("until", to_string(e.until));
    }
};

template <std::size_t... I>
bool names_one(std::string_view name, std::index_sequence<I...>)
{
    return ((name_of(Happening(std::in_place_index<I>)) == name) || ...);
}

}  // namespace

void append_watched_event(std::string& out, const Event& event, std::span<const std::string> rule_names)
{
    JsonWriter json(out);
    json.open().field("event", name_of(event.what)).field("seq", event.seq).field("at", to_string(event.at));
    std::visit(EventFields{json, rule_names}, event.what);
    json.close();
    out += '\n';
}

bool is_event_name(std::string_view name)
{
    return names_one(name, std::make_index_sequence<std::variant_size_v<Happening>>());
}

}  // namespace triaged::channels
