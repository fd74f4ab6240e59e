// Commands as lines of the socket protocol, so that a history that fails can be read and tried by hand.

#include <fmt/format.h>

#include "engine/channels/json.hpp"
#include "tests/sim/simulation.hpp"

namespace triaged::sim {

namespace {

using channels::JsonWriter;

struct Spell {
    JsonWriter& json;

    void skills(const Skills& skills) const
    {
        if (skills.empty()) return;
        json.key("skills").open();
        for (const auto& skill : skills) json.field(skill.name, skill.level);
        json.close();
    }
    void contact(const Contact& contact, const FactSet& customer) const
    {
        json.field("ref", contact.ref).field("source", contact.source);
        json.field("channel", to_string(contact.channel));
        if (!contact.subject.empty()) json.field("subject", contact.subject);
        if (!contact.body.empty()) json.field("body", contact.body);
        if (!contact.customer.value.empty() || !customer.empty()) {
            json.key("customer").open();
            if (!contact.customer.value.empty()) json.field("id", contact.customer.value);
            facts(customer, "customer.");
            json.close();
        }
        if (contact.facts.empty()) return;
        json.key("facts").open();
        facts(contact.facts, "");
        json.close();
    }
    void facts(const FactSet& facts, std::string_view prefix) const
    {
        for (const auto& [name, value] : facts) {
            json.key(name.substr(name.starts_with(prefix) ? prefix.size() : 0));
            std::visit([&](const auto& held) { json.value(held); }, value);
        }
    }
    void agent_and_ticket(std::string_view op, const AgentId& agent, TicketId ticket) const
    {
        json.field("op", op).field("agent", agent.value).field("ticket", to_string(ticket));
    }
    void leaves(std::string_view op, TicketId ticket, const std::string& source, const std::string& ref) const
    {
        json.field("op", op);
        if (ticket.value != 0 || ref.empty())
            json.field("ticket", to_string(ticket));
        else
            json.field("ref", ref).field("source", source);
    }

    void operator()(const ReceiveTicket& c) const
    {
        json.field("op", "ticket");
        contact(c.contact, c.customer);
    }
    void operator()(const ReceiveContact& c) const
    {
        json.field("op", "contact").field("ticket", to_string(c.ticket));
        contact(c.contact, c.customer);
    }
    void operator()(const UpdateCustomer& c) const
    {
        json.field("op", "customer").key("customer").open().field("id", c.customer.value);
        facts(c.facts, "customer.");
        json.close();
    }
    void operator()(const SignInAgent& c) const
    {
        json.field("op", "agent.sign_in").field("agent", c.agent.value);
        skills(c.skills);
        if (c.capacity > 0) json.field("capacity", c.capacity);
    }
    void operator()(const SetPresence& c) const
    {
        json.field("op", "agent.presence").field("agent", c.agent.value);
        json.field("presence", to_string(c.presence));
    }
    void operator()(const AcceptOffer& c) const { agent_and_ticket("accept", c.agent, c.ticket); }
    void operator()(const DeclineOffer& c) const { agent_and_ticket("decline", c.agent, c.ticket); }
    void operator()(const CompleteTicket& c) const { agent_and_ticket("complete", c.agent, c.ticket); }
    void operator()(const MergeTickets& c) const
    {
        json.field("op", "merge").field("ticket", to_string(c.ticket)).field("into", to_string(c.into));
    }
    void operator()(const SplitTicket& c) const
    {
        json.field("op", "split").field("ticket", to_string(c.ticket));
        if (!c.ref.empty()) json.field("source", c.source).field("ref", c.ref);
        if (!c.body.empty()) json.field("body", c.body);
    }
    void operator()(const ReopenTicket& c) const
    {
        json.field("op", "reopen").field("ticket", to_string(c.ticket));
    }
    void operator()(const AbandonTicket& c) const { leaves("abandon", c.ticket, c.source, c.ref); }
    void operator()(const RequestCallback& c) const
    {
        leaves("callback", c.ticket, c.source, c.ref);
        if (!c.number.empty()) json.field("number", c.number);
        if (c.at) json.field("at", to_string(*c.at));
    }
    void operator()(const AdoptRulebook& c) const
    {
        json.field("op", "reload").field("rulebook", to_string(c.rulebook));
    }
    void operator()(const Tick&) const { json.field("op", "tick"); }
    /// What is newer than this list is named only.
    void operator()(const auto&) const { json.field("op", "?"); }
};

}  // namespace

std::string line_of(const Command& command)
{
    std::string out;
    JsonWriter json(out);
    json.open();
    std::visit(Spell{json}, command);
    json.close();
    return out;
}

}  // namespace triaged::sim
