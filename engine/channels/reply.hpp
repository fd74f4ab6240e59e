// Replies and pushed lines: answers as lines of the socket protocol, appended to a buffer. docs/protocol.md
// describes them.

#pragma once

#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/channels/json.hpp"
#include "engine/channels/request.hpp"
#include "engine/model/event.hpp"

namespace triaged::channels {

/// The answer to a ticket or contact; views live as long as the call.
struct TicketAnswer {
    std::string_view ref;
    TicketId ticket;
    std::string_view queue;
    Priority priority = Priority::normal;
    std::span<const std::string_view> rules;  // that fired, by name
    Seq seq = 0;
    bool again = false;                 // (source, ref) was known: this is its first answer
    bool joined = false;                // a contact that joined an open ticket
    TicketId follows;                   // the closed ticket whose contact opened this one, or 0
    Instant promise = Instant::max();   // by when an answer is promised; max(): it is not
    Instant taken_by = Instant::max();  // when somebody probably takes it; max(): nothing is told of that
    std::uint32_t ahead = 0;            // of it in line, if it is
};

void append_ticket_answer(std::string& out, std::string_view id, const TicketAnswer& answer);

/// \param line counts the lines of the connection from 1.
void append_refusal(std::string& out, const Refusal& refusal, std::uint64_t line);

/// A reply of any other shape: `{"ok":true`, then what the caller adds, then `,"id":…}` and a newline at the
/// end of its life.
class ReplyLine {
public:
    /// \param id JSON to repeat, or empty; it outlives this object, as `out` does.
    ReplyLine(std::string& out, std::string_view id);
    ~ReplyLine();
    ReplyLine(const ReplyLine&) = delete;
    ReplyLine& operator=(const ReplyLine&) = delete;

    template <class T>
    ReplyLine& field(std::string_view name, const T& value)
    {
        writer.field(name, value);
        return *this;
    }
    ReplyLine& raw(std::string_view name, std::string_view json)
    {
        writer.key(name).raw(json);
        return *this;
    }

    JsonWriter writer;

private:
    std::string& out_;
    std::string_view id_;
};

void append_skills(JsonWriter& writer, const Skills& skills);
void append_facts(JsonWriter& writer, const FactSet& facts);
void append_strings(JsonWriter& writer, const std::ranges::range auto& strings)
{
    writer.open_list();
    for (const auto& text : strings) writer.value(std::string_view(text));
    writer.close_list();
}

/// What an agent must know of an offer.
struct OfferLine {
    TicketId ticket;
    std::string_view agent;
    std::string_view queue;
    Priority priority = Priority::normal;
    Channel channel = Channel::email;
    Instant expires_at;
    std::string_view note;  // of whoever had it before, or empty
    Seq seq = 0;
    const std::string* call =
        nullptr;  // not null: the customer is to be called, at this number if it is known
};

void append_offer(std::string& out, const OfferLine& offer);
/// The ticket is the agent's without an offer. \param by  as in TicketAssigned
void append_assigned(std::string& out, const OfferLine& ticket, std::string_view by);
/// \param why `accepted`, `declined`, `expired` or what else ended it.
void append_offer_ended(std::string& out, TicketId ticket, std::string_view agent, std::string_view why,
                        Seq seq);

/// One event as watchers see it: every field but the texts of tickets.
/// \param rule_names of the rulebook the event names, or empty if unknown: then rules are left out.
void append_watched_event(std::string& out, const Event& event, std::span<const std::string> rule_names);

/// Whether some kind of event is called so.
bool is_event_name(std::string_view name);

}  // namespace triaged::channels
