#include "engine/channels/reply.hpp"

namespace triaged::channels {

void append_ticket_answer(std::string& out, std::string_view id, const TicketAnswer& answer)
{
    // Spelt out rather than written field by field: every ticket gets one of these.
    out += R"({"ok":true,"ref":)";
    append_json_string(out, answer.ref);
    out += R"(,"ticket":"T-)";
    append_number(out, answer.ticket.value);
    out += R"(","queue":)";
    append_json_string(out, answer.queue);
    out += R"(,"priority":")";
    out += to_string(answer.priority);
    out += R"(","rules":[)";
    for (const auto& rule : answer.rules) {
        append_json_string(out, rule);
        out += ',';
    }
    if (!answer.rules.empty()) out.pop_back();
    out += ']';
    if (answer.joined) out += R"(,"joined":true)";
    if (answer.follows.value != 0) {
        out += R"(,"follows":"T-)";
        append_number(out, answer.follows.value);
        out += '"';
    }
    if (answer.promise != Instant::max()) {
        out += R"(,"promise":")";
        out += to_string(answer.promise);
        out += '"';
    }
    if (answer.taken_by != Instant::max()) {
        out += R"(,"ahead":)";
        append_number(out, answer.ahead);
        out += R"(,"taken_by":")";
        out += to_string(answer.taken_by);
        out += '"';
    }
    out += R"(,"seq":)";
    append_number(out, answer.seq);
    if (answer.again) out += R"(,"again":true)";
    if (!id.empty()) {
        out += R"(,"id":)";
        out += id;
    }
    out += "}\n";
}

void append_refusal(std::string& out, const Refusal& refusal, std::uint64_t line)
{
    JsonWriter json(out);
    json.open().field("ok", false);
    if (!refusal.ref.empty()) json.field("ref", refusal.ref);
    if (!refusal.id.empty()) json.key("id").raw(refusal.id);
    json.key("error").open();
    json.field("code", to_string(refusal.error.code))
        .field("message", refusal.error.message)
        .field("line", line);
    if (!refusal.field.empty()) json.field("field", refusal.field);
    json.close().close();
    out += '\n';
}

ReplyLine::ReplyLine(std::string& out, std::string_view id) : writer(out), out_(out), id_(id)
{
    writer.open().field("ok", true);
}

ReplyLine::~ReplyLine()
{
    if (!id_.empty()) writer.key("id").raw(id_);
    writer.close();
    out_ += '\n';
}

void append_skills(JsonWriter& writer, const Skills& skills)
{
    writer.open();
    std::string name;
    for (const auto& skill : skills) {
        name.clear();
        append_json_string(name, skill.name);
        writer.key(std::string_view(name).substr(1, name.size() - 2)).value(skill.level);
    }
    writer.close();
}

void append_facts(JsonWriter& writer, const FactSet& facts)
{
    writer.open();
    for (const auto& [name, value] : facts) {
        writer.key(name);
        std::visit([&](const auto& held) { writer.value(held); }, value);
    }
    writer.close();
}

void append_offer(std::string& out, const OfferLine& offer)
{
    JsonWriter json(out);
    json.open().field("event", "offer").field("ticket", to_string(offer.ticket)).field("agent", offer.agent);
    json.field("queue", offer.queue).field("priority", to_string(offer.priority));
    json.field("channel", to_string(offer.channel)).field("expires_at", to_string(offer.expires_at));
    if (offer.call != nullptr) {
        json.field("callback", true);
        if (!offer.call->empty()) json.field("number", *offer.call);
    }
    if (!offer.note.empty()) json.field("note", offer.note);
    json.field("seq", offer.seq).close();
    out += '\n';
}

void append_assigned(std::string& out, const OfferLine& ticket, std::string_view by)
{
    JsonWriter json(out);
    json.open().field("event", "assigned").field("ticket", to_string(ticket.ticket));
    json.field("agent", ticket.agent).field("by", by).field("queue", ticket.queue);
    json.field("priority", to_string(ticket.priority)).field("channel", to_string(ticket.channel));
    if (!ticket.note.empty()) json.field("note", ticket.note);
    json.field("seq", ticket.seq).close();
    out += '\n';
}

void append_offer_ended(std::string& out, TicketId ticket, std::string_view agent, std::string_view why,
                        Seq seq)
{
    JsonWriter json(out);
    json.open().field("event", "offer_ended").field("ticket", to_string(ticket)).field("agent", agent);
    json.field("why", why).field("seq", seq).close();
    out += '\n';
}

}  // namespace triaged::channels
