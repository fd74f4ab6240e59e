#include "engine/channels/operations.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

namespace triaged::channels {

namespace {

constexpr auto field_names = std::to_array<std::string_view>(
    {"op",         "id",          "ref",        "source",      "channel", "subject", "body",   "customer",
     "order",      "facts",       "language",   "marketplace", "ticket",  "agent",   "name",   "skills",
     "capacity",   "presence",    "reason",     "disposition", "token",   "from",    "events", "into",
     "message_id", "in_reply_to", "references", "phone",       "nps",     "csat",    "text",   "contract",
     "sla",        "until",       "problem",    "tickets",     "about",   "queue",   "force",  "note",
     "to",         "rules",       "number",     "at",          "callback"});
static_assert(field_names.size() == field_count, "every field has a name");

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
RequestBody feedback_body(Draft&& d)
{
    auto& contact = d.contact;
    return GiveFeedback{std::move(contact.source),
                        std::move(contact.ref),
                        std::move(contact.customer),
                        d.ticket,
                        d.nps,
                        d.csat,
                        std::move(d.text)};
}
RequestBody order_body(Draft&& d)
{
    auto& facts = d.contact.facts;
    UpdateOrder order;
    if (const auto id = facts.find("order.id")) order.order = triaged::to_string(*id);
    facts.erase("order.id");
    order.customer = std::move(d.contact.customer);
    order.facts = std::move(facts);
    return order;
}
RequestBody contract_body(Draft&& d)
{
    return UpdateContract{std::move(d.contract), std::move(d.contact.customer), std::move(d.sla), d.until};
}
template <ProblemAction action>
RequestBody problem_body(Draft&& d)
{
    return ActOnProblem{
        d.problem, action, d.into_problem, std::move(d.queue), std::move(d.text), std::move(d.disposition)};
}
RequestBody sign_in_body(Draft&& d)
{
    return SignInAgent{std::move(d.agent), std::move(d.name), std::move(d.skills), d.capacity};
}
RequestBody presence_body(Draft&& d)
{
    return SetPresence{std::move(d.agent), d.presence, std::move(d.reason), false};
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
RequestBody reply_body(Draft&& d)
{
    return ReplyTicket{std::move(d.agent), d.ticket, std::move(d.contact.body)};
}
RequestBody hold_body(Draft&& d)
{
    return HoldTicket{std::move(d.agent), d.ticket, std::move(d.reason), d.until};
}
RequestBody assign_body(Draft&& d)
{
    return AssignTicket{d.ticket, std::move(d.agent), d.force, std::move(d.note)};
}
RequestBody transfer_body(Draft&& d)
{
    return TransferTicket{std::move(d.agent), d.ticket, std::move(d.queue), std::move(d.to),
                          std::move(d.note)};
}
RequestBody explain_body(Draft&& d)
{
    if (d.seen.has(F::ticket)) return ExplainTicket{d.ticket, std::move(d.agent)};
    return ExplainDraft{std::move(d.contact), std::move(d.customer)};
}
RequestBody watch_body(Draft&& d)
{
    auto from_seq = d.seen.has(F::from) ? std::optional(d.from) : std::nullopt;
    std::sort(d.events.begin(), d.events.end());
    return Watch{from_seq, std::move(d.events)};
}

RequestBody callback_body(Draft&& d)
{
    return RequestCallback{d.ticket, std::move(d.contact.source), std::move(d.contact.ref),
                           std::move(d.number), d.at};
}
RequestBody abandon_body(Draft&& d)
{
    if (d.callback) return callback_body(std::move(d));
    return AbandonTicket{d.ticket, std::move(d.contact.source), std::move(d.contact.ref)};
}

template <TryRules::Do what>
RequestBody try_body(Draft&& d)
{
    return TryRules{what, std::move(d.rules)};
}

constexpr auto operations = std::to_array<Operation>({
    {"ticket", {F::ref, F::channel}, contact_fields | FieldSet{F::ticket}, ticket_body},
    {"contact", {F::ticket, F::ref, F::channel}, contact_fields, contact_body},
    {"customer", {F::customer}, {}, customer_body},
    {"agent.sign_in", {F::agent}, {F::name, F::skills, F::capacity}, sign_in_body},
    {"agent.presence", {F::agent, F::presence}, {F::reason}, presence_body},
    {"accept", {F::agent, F::ticket}, {}, accept_body},
    {"decline", {F::agent, F::ticket}, {F::reason}, decline_body},
    {"complete", {F::agent, F::ticket}, {F::disposition}, complete_body},
    {"reply", {F::agent, F::ticket}, {F::body}, reply_body},
    {"hold", {F::agent, F::ticket}, {F::reason, F::until}, hold_body},
    {"resume",
     {F::agent, F::ticket},
     {},
     [](Draft&& d) -> RequestBody {
         return ResumeTicket{std::move(d.agent), d.ticket};
     }},
    {"merge",
     {F::ticket, F::into},
     {},
     [](Draft&& d) -> RequestBody {
         return MergeTickets{d.ticket, d.into};
     }},
    {"split", {F::ticket}, {F::source, F::ref, F::subject, F::body}, split_body},
    {"reopen", {F::ticket}, {}, [](Draft&& d) -> RequestBody { return ReopenTicket{d.ticket}; }},
    {"abandon", {}, {F::ticket, F::ref, F::source, F::callback, F::number, F::at}, abandon_body},
    {"callback", {}, {F::ticket, F::ref, F::source, F::number, F::at}, callback_body},
    {"agent.ready", {F::agent}, {}, [](Draft&& d) -> RequestBody { return EndWrapUp{std::move(d.agent)}; }},
    {"assign", {F::ticket, F::agent}, {F::force, F::note}, assign_body},
    {"requeue",
     {F::ticket},
     {F::queue, F::note},
     [](Draft&& d) -> RequestBody {
         return RequeueTicket{d.ticket, std::move(d.queue), std::move(d.note)};
     }},
    {"release",
     {F::agent, F::ticket},
     {F::reason},
     [](Draft&& d) -> RequestBody {
         return ReleaseTicket{std::move(d.agent), d.ticket, std::move(d.reason)};
     }},
    {"transfer", {F::ticket}, {F::agent, F::queue, F::to, F::note}, transfer_body},
    {"take",
     {F::agent},
     {F::ticket},
     [](Draft&& d) -> RequestBody {
         return TakeTicket{std::move(d.agent), d.ticket};
     }},
    {"explain", {}, contact_fields | FieldSet{F::ticket, F::agent}, explain_body},
    {"auth", {F::token}, {}, [](Draft&& d) -> RequestBody { return Authenticate{std::move(d.token)}; }},
    {"ping", {}, {}, [](Draft&&) -> RequestBody { return Ping{}; }},
    {"stats", {}, {}, [](Draft&&) -> RequestBody { return ShowStats{}; }},
    {"queues", {}, {}, [](Draft&&) -> RequestBody { return ShowQueues{}; }},
    {"agents", {}, {}, [](Draft&&) -> RequestBody { return ShowAgents{}; }},
    {"show", {F::ticket}, {}, [](Draft&& d) -> RequestBody { return ShowTicket{d.ticket}; }},
    {"sla", {F::ticket}, {}, [](Draft&& d) -> RequestBody { return ShowSla{d.ticket}; }},
    {"watch", {}, {F::from, F::events}, watch_body},
    {"reload", {}, {}, [](Draft&&) -> RequestBody { return Reload{}; }},
    {"feedback", {F::ref}, {F::source, F::customer, F::ticket, F::nps, F::csat, F::text}, feedback_body},
    {"order", {F::order}, {F::customer}, order_body},
    {"contract", {F::contract, F::customer}, {F::sla, F::until}, contract_body},
    {"problems", {}, {}, [](Draft&&) -> RequestBody { return ShowProblems{}; }},
    {"problem", {F::problem}, {}, [](Draft&& d) -> RequestBody { return ShowProblem{d.problem}; }},
    {"problem.open",
     {F::about},
     {F::tickets},
     [](Draft&& d) -> RequestBody { return OpenProblem{std::move(d.about), std::move(d.tickets)}; }},
    {"problem.link",
     {F::problem, F::tickets},
     {},
     [](Draft&& d) -> RequestBody { return LinkTickets{d.problem, std::move(d.tickets)}; }},
    {"problem.unlink",
     {F::tickets},
     {},
     [](Draft&& d) -> RequestBody { return LinkTickets{ProblemId{}, std::move(d.tickets)}; }},
    {"problem.merge", {F::problem, F::into}, {}, problem_body<ProblemAction::merge>},
    {"problem.unmerge", {F::problem}, {}, problem_body<ProblemAction::merge>},
    {"problem.hold", {F::problem}, {}, problem_body<ProblemAction::hold>},
    {"problem.release", {F::problem}, {}, problem_body<ProblemAction::release>},
    {"problem.reroute", {F::problem, F::queue}, {}, problem_body<ProblemAction::reroute>},
    {"problem.answer", {F::problem, F::text}, {F::disposition}, problem_body<ProblemAction::answer>},
    {"problem.close", {F::problem}, {}, problem_body<ProblemAction::close>},
    {"shadow", {}, {}, [](Draft&&) -> RequestBody { return ShowShadow{}; }},
    {"shadow.start", {F::rules}, {}, try_body<TryRules::Do::start>},
    {"shadow.stop", {}, {}, try_body<TryRules::Do::stop>},
    {"shadow.promote", {}, {}, try_body<TryRules::Do::promote>},
    {"shadow.rollback", {}, {}, try_body<TryRules::Do::roll_back>},
});

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
        const auto more = draft.seen.without(always | FieldSet{F::ticket, F::agent});
        if (more.empty()) return std::nullopt;
        return refuse(ErrorCode::unknown_field,
                      "explain takes either a ticket or a ticket's fields, not both",
                      to_string(more.first()));
    }
    if (operation.build == explain_body && draft.seen.has(F::agent))
        return missing(operation, "ticket", " to say why it is not this agent's");
    if (operation.build == explain_body && !draft.seen.has(F::channel))
        return missing(operation, "channel", "");
    const bool is_contact = operation.optional.has(F::channel) || operation.required.has(F::channel);
    if (is_contact && !draft.seen.has(F::subject) && !draft.seen.has(F::body))
        return missing(operation, "body", " or subject");
    if (operation.build == abandon_body || operation.build == callback_body) {
        if (draft.seen.has(F::ticket) == draft.seen.has(F::ref))
            return missing(operation, "ticket", " or ref, one of the two");
        const bool calls = operation.build == callback_body || draft.callback;
        if (!calls && (draft.seen.has(F::number) || draft.seen.has(F::at)))
            return missing(operation, "callback", " to be true if it says number or at");
    }
    // The customer of these is named, not described: that is what `customer` is for.
    const bool names_customer =
        operation.build == feedback_body || operation.build == order_body || operation.build == contract_body;
    if (names_customer && !draft.customer.empty())
        return refuse(ErrorCode::unknown_field,
                      fmt::format("op '{}' takes the customer's id alone; send facts with op 'customer'",
                                  operation.name),
                      "customer");
    if (operation.build == order_body && !draft.contact.facts.find("order.id"))
        return missing(operation, "order.id", "");
    const bool merges_problems = operation.required.has(F::problem) && operation.required.has(F::into);
    const bool merges_tickets = operation.required.has(F::ticket) && operation.required.has(F::into);
    if ((merges_problems && draft.into_problem.value == 0) || (merges_tickets && draft.into.value == 0))
        return refuse(
            ErrorCode::bad_value,
            merges_problems ? "into must be a problem such as P-7" : "into must be a ticket such as T-1042",
            "into");
    if (operation.build == feedback_body && !draft.nps && !draft.csat)
        return missing(operation, "nps", " or csat");
    const bool of_customer = operation.build == customer_body || operation.build == contract_body;
    if (of_customer && draft.contact.customer.value.empty()) return missing(operation, "customer.id", "");
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
