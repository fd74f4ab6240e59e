#include "engine/daemon/explain.hpp"

#include <fmt/format.h>

#include "engine/channels/reply.hpp"
#include "engine/rulebook/explain.hpp"

namespace triaged::daemon {

namespace {

/// The queue it was put on when its latest contact came. People, escalations and waiting may have moved it.
const QueueName& first_queue(const desk::TicketView& ticket)
{
    return ticket.answered.value.empty() ? ticket.routing.queue : ticket.answered;
}

/// How the ticket stands, as it was decided: rules and facts may have changed since.
void append_decided(channels::JsonWriter& writer, const desk::TicketView& ticket)
{
    const auto& routing = ticket.routing;
    writer.open().field("queue", routing.queue.value).field("priority", to_string(routing.priority));
    if (first_queue(ticket) != routing.queue) writer.field("moved_from", first_queue(ticket).value);
    writer.key("rules");
    channels::append_strings(writer, ticket.rules);
    writer.key("escalated");
    channels::append_strings(writer, ticket.escalated);
    writer.field("rulebook", to_string(routing.rulebook)).close();
}

std::string decided_in_words(const desk::TicketView& ticket, const rulebook::Explanation& now)
{
    const auto& routing = ticket.routing;
    auto out = fmt::format("decided  queue {}   priority {}   by {}", first_queue(ticket).value,
                           to_string(routing.priority), fmt::join(ticket.rules, ", "));
    if (!ticket.escalated.empty()) out += fmt::format("; escalated by {}", fmt::join(ticket.escalated, ", "));
    if (first_queue(ticket) != routing.queue) out += fmt::format("; now on {}", routing.queue.value);
    out += fmt::format("   (rulebook {})\n", to_string(routing.rulebook));
    const bool same = now.routing.queue == first_queue(ticket) && now.routing.priority == routing.priority;
    out += same ? "as of now, by the rules in force and what is known today:\n\n"
                : "as of now it would be otherwise, by the rules in force and what is known today:\n\n";
    return out;
}

}  // namespace

std::string source_of(const std::string& token_name, std::string requested)
{
    if (!token_name.empty()) return token_name;
    return requested.empty() ? "socket" : std::move(requested);
}

void explain_ticket(std::string& out, std::string_view id, const rulebook::Rulebook& rulebook,
                    const desk::Evidence& evidence, const rulebook::Clocks& clocks,
                    const std::optional<desk::TicketView>& decided)
{
    const auto text = rulebook.scan(evidence.subject, evidence.body);
    const auto explanation = explain(rulebook, evidence.as_subject(text), clocks);
    channels::ReplyLine reply(out, id);
    if (decided) append_decided(reply.writer.key("decided"), *decided);
    reply.raw("explanation", to_json(rulebook, explanation));
    reply.field("text", (decided ? decided_in_words(*decided, explanation) : std::string()) +
                            render(rulebook, explanation, false));
}

std::string explain_draft(const rulebook::Rulebook& rulebook, const channels::ExplainDraft& draft,
                          std::string_view id, Instant now, const DeskPolicy* desk)
{
    const auto& contact = draft.contact;
    auto evidence = desk::Evidence{contact.subject, contact.body, contact.facts, draft.customer, {}};
    evidence.ticket.set("channel", to_string(contact.channel));
    evidence.ticket.set("source", std::string_view(contact.source));
    if (!contact.customer.value.empty()) {
        evidence.ticket.set("customer.id", std::string_view(contact.customer.value));
        if (!evidence.customer.find("customer.contacts")) evidence.ticket.set("customer.contacts", 0.0);
    }
    std::string line;
    rulebook::Clocks clocks{now, now, now, now, desk};
    clocks.ledger.since = {now, now, Instant::max(), now};
    clocks.routed_at = now;
    explain_ticket(line, id, rulebook, evidence, clocks);
    return line;
}

}  // namespace triaged::daemon
