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
    void operator()(const ClosedKept& e) const
    {
        json.field("seconds", e.seconds).field("before", to_string(e.before));
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
