#include "engine/channels/operations.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

namespace triaged::channels {

namespace {

constexpr std::array<std::string_view, 28> field_names{
    "op",       "id",     "ref",      "source",     "channel",     "subject",     "body",
    "customer", "order",  "facts",    "language",   "marketplace", "ticket",      "agent",
    "name",     "skills", "capacity", "presence",   "reason",      "disposition", "token",
    "from",     "events", "into",     "message_id", "in_reply_to", "references",  "phone"};

using F = Field;

constexpr FieldSet always{F::op, F::id};
constexpr FieldSet contact_fields{F::ref,        F::source,      F::channel,    F::subject,  F::body,
                                  F::customer,   F::order,       F::facts,      F::language, F::marketplace,
                                  F::message_id, F::in_reply_to, F::references, F::phone};

struct Operation {
    std::string_view name;
    FieldSet required;
    FieldSet optional;
    RequestBody (*build)(Draft&&);
};

RequestBody contact_body(Draft&& d)
{
    return ReceiveContact{d.ticket, std::move(d.contact), std::move(d.customer), {}};
}
RequestBody ticket_body(Draft&& d)
{
    if (d.seen.has(F::ticket)) return contact_body(std::move(d));
    return ReceiveTicket{std::move(d.contact), std::move(d.customer), {}};
}
RequestBody split_body(Draft&& d)
{
    auto& contact = d.contact;
    return SplitTicket{d.ticket, std::move(contact.source), std::move(contact.ref),
                       std::move(contact.subject), std::move(contact.body)};
}
RequestBody customer_body(Draft&& d)
{
    return UpdateCustomer{std::move(d.contact.customer), std::move(d.customer)};
}
RequestBody sign_in_body(Draft&& d)
{
    return SignInAgent{std::move(d.agent), std::move(d.name), std::move(d.skills), d.capacity};
}
RequestBody presence_body(Draft&& d)
{
    return SetPresence{std::move(d.agent), d.presence, std::move(d.reason)};
}
RequestBody accept_body(Draft&& d) { return AcceptOffer{std::move(d.agent), d.ticket}; }
RequestBody decline_body(Draft&& d)
{
    return DeclineOffer{std::move(d.agent), d.ticket, std::move(d.reason)};
}
RequestBody complete_body(Draft&& d)
{
    return CompleteTicket{std::move(d.agent), d.ticket, std::move(d.disposition)};
}
RequestBody explain_body(Draft&& d)
{
    if (d.seen.has(F::ticket)) return ExplainTicket{d.ticket};
    return ExplainDraft{std::move(d.contact), std::move(d.customer)};
}
RequestBody watch_body(Draft&& d)
{
    auto from_seq = d.seen.has(F::from) ? std::optional(d.from) : std::nullopt;
    std::sort(d.events.begin(), d.events.end());
    return Watch{from_seq, std::move(d.events)};
}

constexpr std::array<Operation, 20> operations{{
    {"ticket", {F::ref, F::channel}, contact_fields | FieldSet{F::ticket}, ticket_body},
    {"contact", {F::ticket, F::ref, F::channel}, contact_fields, contact_body},
    {"customer", {F::customer}, {}, customer_body},
    {"agent.sign_in", {F::agent}, {F::name, F::skills, F::capacity}, sign_in_body},
    {"agent.presence", {F::agent, F::presence}, {F::reason}, presence_body},
    {"accept", {F::agent, F::ticket}, {}, accept_body},
    {"decline", {F::agent, F::ticket}, {F::reason}, decline_body},
    {"complete", {F::agent, F::ticket}, {F::disposition}, complete_body},
    {"merge",
     {F::ticket, F::into},
     {},
     [](Draft&& d) -> RequestBody {
         return MergeTickets{d.ticket, d.into};
     }},
    {"split", {F::ticket}, {F::source, F::ref, F::subject, F::body}, split_body},
    {"reopen", {F::ticket}, {}, [](Draft&& d) -> RequestBody { return ReopenTicket{d.ticket}; }},
    {"explain", {}, contact_fields | FieldSet{F::ticket}, explain_body},
    {"auth", {F::token}, {}, [](Draft&& d) -> RequestBody { return Authenticate{std::move(d.token)}; }},
    {"ping", {}, {}, [](Draft&&) -> RequestBody { return Ping{}; }},
    {"stats", {}, {}, [](Draft&&) -> RequestBody { return ShowStats{}; }},
    {"queues", {}, {}, [](Draft&&) -> RequestBody { return ShowQueues{}; }},
    {"agents", {}, {}, [](Draft&&) -> RequestBody { return ShowAgents{}; }},
    {"show", {F::ticket}, {}, [](Draft&& d) -> RequestBody { return ShowTicket{d.ticket}; }},
    {"watch", {}, {F::from, F::events}, watch_body},
    {"reload", {}, {}, [](Draft&&) -> RequestBody { return Reload{}; }},
}};

const Operation* find_operation(std::string_view name)
{
    const auto found = std::find_if(operations.begin(), operations.end(),
                                    [&](const Operation& operation) { return operation.name == name; });
    return found == operations.end() ? nullptr : &*found;
}

std::string suggest(std::string_view wrong, const std::vector<std::string>& known)
{
    const auto near = closest(wrong, known);
    return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

std::vector<std::string> names_of(const Operation& operation)
{
    std::vector<std::string> names;
    const auto fields = always | operation.required | operation.optional;
    for (std::size_t i = 0; i < field_names.size(); ++i)
        if (fields.has(static_cast<Field>(i))) names.emplace_back(field_names[i]);
    return names;
}

Refusal refuse(ErrorCode code, std::string message, std::string_view field)
{
    Refusal refusal;
    refusal.error = Error{code, std::move(message)};
    refusal.field = field;
    return refusal;
}

std::optional<Refusal> unknown_op(const Draft& draft)
{
    std::vector<std::string> names;
    for (const auto& operation : operations) names.emplace_back(operation.name);
    auto message = fmt::format("there is no op '{}'{}", draft.op, suggest(draft.op, names));
    return refuse(ErrorCode::unknown_op, std::move(message), "op");
}

std::optional<Refusal> unknown_field(const Operation& operation, std::string_view name)
{
    auto message = fmt::format("'{}' is not a field of op '{}'{}", name, operation.name,
                               suggest(name, names_of(operation)));
    return refuse(ErrorCode::unknown_field, std::move(message), name);
}

std::optional<Refusal> missing(const Operation& operation, std::string_view name, std::string_view why)
{
    auto message = fmt::format("op '{}' needs {}{}", operation.name, name, why);
    return refuse(ErrorCode::missing_field, std::move(message), name);
}

/// What the operation's fields cannot say one by one.
std::optional<Refusal> check_together(const Operation& operation, const Draft& draft)
{
    const bool explains_ticket = operation.build == explain_body && draft.seen.has(F::ticket);
    if (explains_ticket) {
        const auto more = draft.seen.without(always | FieldSet{F::ticket});
        if (more.empty()) return std::nullopt;
        return refuse(ErrorCode::unknown_field,
                      "explain takes either a ticket or a ticket's fields, not both",
                      to_string(more.first()));
    }
    if (operation.build == explain_body && !draft.seen.has(F::channel))
        return missing(operation, "channel", "");
    const bool is_contact = operation.optional.has(F::channel) || operation.required.has(F::channel);
    if (is_contact && !draft.seen.has(F::subject) && !draft.seen.has(F::body))
        return missing(operation, "body", " or subject");
    if (operation.build == customer_body && draft.contact.customer.value.empty())
        return missing(operation, "customer.id", "");
    return std::nullopt;
}

std::optional<Refusal> objection(const Operation* operation, const Draft& draft)
{
    if (operation == nullptr) return unknown_op(draft);
    if (!draft.unknown.empty()) return unknown_field(*operation, draft.unknown);
    const auto strange = draft.seen.without(always | operation->required | operation->optional);
    if (!strange.empty()) return unknown_field(*operation, to_string(strange.first()));
    const auto lacking = operation->required.without(draft.seen);
    if (!lacking.empty()) return missing(*operation, to_string(lacking.first()), "");
    return check_together(*operation, draft);
}

}  // namespace

std::string_view to_string(Field field) { return field_names[static_cast<std::size_t>(field)]; }

std::optional<Field> parse_field(std::string_view name)
{
    const auto found = std::find(field_names.begin(), field_names.end(), name);
    if (found == field_names.end()) return std::nullopt;
    return static_cast<Field>(found - field_names.begin());
}

Field FieldSet::first() const { return static_cast<Field>(std::countr_zero(bits_)); }

tl::expected<Request, Refusal> build_request(Draft&& draft)
{
    const auto* const operation = draft.seen.has(F::op) ? find_operation(draft.op) : &operations.front();
    if (auto refusal = objection(operation, draft)) {
        refusal->ref = std::move(draft.contact.ref);
        refusal->id = std::move(draft.id);
        return tl::unexpected<Refusal>(std::move(*refusal));
    }
    auto id_text = std::move(draft.id);
    return Request{std::move(id_text), operation->build(std::move(draft))};
}

}  // namespace triaged::channels
