#include "engine/daemon/explain.hpp"

#include "engine/channels/reply.hpp"
#include "engine/rulebook/explain.hpp"

namespace triaged::daemon {

std::string source_of(const std::string& token_name, std::string requested)
{
    if (!token_name.empty()) return token_name;
    return requested.empty() ? "socket" : std::move(requested);
}

void explain_ticket(std::string& out, std::string_view id, const rulebook::Rulebook& rulebook,
                    const desk::Evidence& evidence, const rulebook::Clocks& clocks)
{
    const auto text = rulebook.scan(evidence.subject, evidence.body);
    const auto explanation = explain(rulebook, {text, evidence.ticket, evidence.customer}, clocks);
    channels::ReplyLine(out, id)
        .raw("explanation", to_json(rulebook, explanation))
        .field("text", render(rulebook, explanation, false));
}

std::string explain_draft(const rulebook::Rulebook& rulebook, const channels::ExplainDraft& draft,
                          std::string_view id, Instant now)
{
    const auto& contact = draft.contact;
    auto evidence = desk::Evidence{contact.subject, contact.body, contact.facts, draft.customer};
    evidence.ticket.set("channel", to_string(contact.channel));
    evidence.ticket.set("source", std::string_view(contact.source));
    if (!contact.customer.value.empty()) {
        evidence.ticket.set("customer.id", std::string_view(contact.customer.value));
        if (!evidence.customer.find("customer.contacts")) evidence.ticket.set("customer.contacts", 0.0);
    }
    std::string line;
    explain_ticket(line, id, rulebook, evidence, {now, now, now, now});
    return line;
}

}  // namespace triaged::daemon
