#include "engine/daemon/answers.hpp"

#include "engine/channels/reply.hpp"
#include "engine/desk/views.hpp"

namespace triaged::daemon {

namespace {

using channels::ReplyLine;

/// The contact that `events` took in, if any.
const Contact* contact_of(const std::vector<Event>& events)
{
    for (const auto& event : events) {
        if (const auto* const opened = std::get_if<TicketOpened>(&event.what)) return &opened->contact;
        if (const auto* const joined = std::get_if<ContactJoined>(&event.what)) return &joined->contact;
    }
    return nullptr;
}

struct Answer {
    std::string& out;
    std::string_view id;
    const desk::State& state;
    const std::vector<Event>& events;

    /// Of the last event about what was asked; offers that follow from it come after.
    Seq seq() const { return events.empty() ? state.head : events.front().seq; }

    void contact(const Contact& asked) const
    {
        // What was new has moved into its event.
        const auto* const taken = contact_of(events);
        const auto& contact = taken != nullptr ? *taken : asked;
        const auto first = first_answer(state, contact.source, contact.ref);
        check(first.has_value(), "a contact that was decided has its receipt");
        channels::TicketAnswer answer;
        answer.ref = contact.ref;
        answer.ticket = first->ticket;
        answer.queue = first->queue;
        answer.priority = first->priority;
        answer.rules = first->rules;
        answer.seq = first->seq;
        answer.again = events.empty();
        answer.joined = first->joined;
        answer.follows = first->follows;
        answer.promise = first->promise;
        answer.taken_by = first->taken_by;
        answer.ahead = first->ahead;
        append_ticket_answer(out, id, answer);
    }
    void ticket_and_agent(TicketId ticket, const AgentId& agent) const
    {
        ReplyLine(out, id).field("ticket", to_string(ticket)).field("agent", agent.value).field("seq", seq());
    }

    /// Says so if nothing of what was told is news.
    void known_before(ReplyLine& reply) const
    {
        if (events.empty()) reply.field("again", true);
    }

    void left(TicketId ticket, std::string_view source, std::string_view ref, bool callback) const
    {
        if (ticket.value == 0)
            if (const auto first = first_answer(state, source, ref)) ticket = first->ticket;
        ReplyLine reply(out, id);
        reply.field("ticket", to_string(ticket));
        const auto* const open = callback ? state.find(ticket) : nullptr;
        if (open != nullptr && open->callback() != nullptr) {
            if (!open->callback()->number.empty()) reply.field("number", open->callback()->number);
            if (open->called_later()) reply.field("not_before", to_string(open->callback()->not_before));
        }
        reply.field("seq", seq());
    }

    void operator()(const ReceiveTicket& c) const { contact(c.contact); }
    void operator()(const ReceiveContact& c) const { contact(c.contact); }
    void operator()(const UpdateCustomer& c) const
    {
        ReplyLine reply(out, id);
        reply.field("customer", c.customer.value).field("seq", seq());
        known_before(reply);
    }
    void operator()(const SignInAgent& c) const
    {
        const auto agent = agent_view(state, c.agent);
        check(agent.has_value(), "an agent who signed in is known");
        ReplyLine reply(out, id);
        reply.field("agent", agent->id.value).field("presence", to_string(agent->presence));
        reply.writer.key("skills");
        append_skills(reply.writer, agent->skills);
        reply.field("capacity", agent->capacity).field("seq", seq());
    }
    void operator()(const SetPresence& c) const
    {
        ReplyLine(out, id)
            .field("agent", c.agent.value)
            .field("presence", to_string(c.presence))
            .field("seq", seq());
    }
    void operator()(const AcceptOffer& c) const { work(c.ticket, c.agent); }
    void work(TicketId taken, const AgentId& agent) const
    {
        const auto ticket = ticket_view(state, taken);
        check(ticket.has_value(), "a ticket that is taken is open");
        ReplyLine reply(out, id);
        reply.field("ticket", to_string(taken)).field("agent", agent.value);
        if (!ticket->note.empty()) reply.field("note", ticket->note);
        reply.field("channel", to_string(ticket->channel)).field("queue", ticket->routing.queue.value);
        reply.field("customer", ticket->customer.value);
        reply.field("subject", ticket->subject).field("body", ticket->body).field("seq", seq());
    }
    void operator()(const DeclineOffer& c) const { ticket_and_agent(c.ticket, c.agent); }
    void operator()(const CompleteTicket& c) const { ticket_and_agent(c.ticket, c.agent); }
    void operator()(const ReplyTicket& c) const { ticket_and_agent(c.ticket, c.agent); }
    void operator()(const HoldTicket& c) const { ticket_and_agent(c.ticket, c.agent); }
    void operator()(const ResumeTicket& c) const { ticket_and_agent(c.ticket, c.agent); }
    void operator()(const MergeTickets& c) const
    {
        ReplyLine(out, id)
            .field("ticket", to_string(c.ticket))
            .field("into", to_string(state.root(c.into)))
            .field("seq", seq());
    }
    void operator()(const SplitTicket& c) const
    {
        auto ticket = c.ticket;
        for (const auto& event : events)
            if (const auto* const split = std::get_if<ContactSplit>(&event.what)) ticket = split->to;
        ReplyLine(out, id).field("ticket", to_string(ticket)).field("seq", seq());
    }
    void operator()(const ReopenTicket& c) const
    {
        ReplyLine(out, id).field("ticket", to_string(state.root(c.ticket))).field("seq", seq());
    }
    void operator()(const AbandonTicket& c) const { left(c.ticket, c.source, c.ref, false); }
    void operator()(const RequestCallback& c) const { left(c.ticket, c.source, c.ref, true); }
    void operator()(const GiveFeedback& c) const
    {
        ReplyLine reply(out, id);
        reply.field("ref", c.ref);
        // Where what was written went, if it became a contact.
        if (const auto first = first_answer(state, c.source, c.ref))
            reply.field("ticket", to_string(first->ticket));
        reply.field("seq", seq());
        known_before(reply);
    }
    void operator()(const UpdateOrder& c) const
    {
        ReplyLine reply(out, id);
        reply.field("order", c.order).field("seq", seq());
        known_before(reply);
    }
    void operator()(const UpdateContract& c) const
    {
        ReplyLine reply(out, id);
        reply.field("contract", c.contract).field("customer", c.customer.value).field("seq", seq());
        known_before(reply);
    }
    void operator()(const OpenProblem&) const
    {
        for (const auto& event : events)
            if (const auto* const opened = std::get_if<ProblemOpened>(&event.what))
                ReplyLine(out, id).field("problem", to_string(opened->problem)).field("seq", seq());
    }
    void operator()(const LinkTickets& c) const
    {
        ReplyLine reply(out, id);
        if (c.problem.value != 0) reply.field("problem", to_string(c.problem));
        std::size_t changed = 0;
        for (const auto& event : events)
            if (const auto* const linked = std::get_if<ProblemLinked>(&event.what))
                changed += linked->tickets.size();
        reply.field("tickets", changed).field("seq", seq());
    }
    void operator()(const ActOnProblem& c) const
    {
        ReplyLine reply(out, id);
        reply.field("problem", to_string(c.problem)).field("action", to_string(c.action));
        const auto* const problem = root_problem(state, c.problem);
        reply.field("done", problem == nullptr || !problem->work.pending()).field("seq", seq());
    }
    void operator()(const AssignTicket& c) const { ticket_and_agent(c.ticket, c.agent); }
    void operator()(const RequeueTicket& c) const { moved(c.ticket); }
    void operator()(const ReleaseTicket& c) const { moved(c.ticket); }
    void operator()(const TransferTicket& c) const
    {
        if (c.to.value.empty())
            moved(c.ticket);
        else
            ticket_and_agent(c.ticket, c.to);
    }
    void moved(TicketId ticket) const
    {
        const auto* const kept = state.find(ticket);
        check(kept != nullptr, "a ticket that was moved is open");
        ReplyLine(out, id)
            .field("ticket", to_string(ticket))
            .field("queue", state.symbols.text(kept->queue))
            .field("seq", seq());
    }
    void operator()(const TakeTicket& c) const
    {
        auto taken = c.ticket;
        for (const auto& event : events)
            if (const auto* const assigned = std::get_if<TicketAssigned>(&event.what))
                taken = assigned->ticket;
        if (taken.value != 0) return work(taken, c.agent);
        ReplyLine(out, id).field("agent", c.agent.value).field("seq", seq());  // nothing to take
    }
    void operator()(const EndWrapUp& c) const
    {
        ReplyLine(out, id).field("agent", c.agent.value).field("seq", seq());
    }
    void operator()(const AdoptRulebook&) const {}
    void operator()(const Tick&) const {}
};

std::string_view why_ended(const Happening& what)
{
    if (std::holds_alternative<OfferAccepted>(what)) return "accepted";
    if (std::holds_alternative<OfferDeclined>(what)) return "declined";
    if (std::holds_alternative<OfferExpired>(what)) return "expired";
    if (std::holds_alternative<OfferWithdrawn>(what)) return "withdrawn";
    return "returned";
}

TicketId ticket_of(const Happening& what)
{
    return std::visit(
        [](const auto& e) {
            if constexpr (requires { e.ticket; })
                return e.ticket;
            else
                return TicketId{};
        },
        what);
}

template <class T>
bool holds(const Event& event)
{
    return std::holds_alternative<T>(event.what);
}

}  // namespace

void append_answer(std::string& out, std::string_view id, const desk::State& state, const Command& command,
                   const std::vector<Event>& events)
{
    std::visit(Answer{out, id, state, events}, command);
}

void append_desk_refusal(std::string& out, std::string_view id, std::uint64_t line, const Command& command,
                         const Error& error)
{
    auto refusal = channels::Refusal{};
    refusal.error = error;
    refusal.id = id;
    if (const auto* const ticket = std::get_if<ReceiveTicket>(&command)) refusal.ref = ticket->contact.ref;
    if (const auto* const contact = std::get_if<ReceiveContact>(&command)) refusal.ref = contact->contact.ref;
    if (const auto* const feedback = std::get_if<GiveFeedback>(&command)) refusal.ref = feedback->ref;
    append_refusal(out, refusal, line);
}

const AgentId* agent_to_tell(const Event& event)
{
    return std::visit(
        [](const auto& e) -> const AgentId* {
            using T = std::decay_t<decltype(e)>;
            constexpr bool concerns = std::is_same_v<T, OfferMade> || std::is_same_v<T, OfferAccepted> ||
                                      std::is_same_v<T, OfferDeclined> || std::is_same_v<T, OfferExpired> ||
                                      std::is_same_v<T, OfferWithdrawn> ||
                                      std::is_same_v<T, TicketReturned> || std::is_same_v<T, TicketAssigned>;
            if constexpr (concerns)
                return &e.agent;
            else if constexpr (std::is_same_v<T, TicketMoved>)
                return &e.from;
            else
                return nullptr;
        },
        event.what);
}

bool is_own_doing(const Event& event)
{
    if (const auto* const assigned = std::get_if<TicketAssigned>(&event.what)) return assigned->by == "take";
    if (const auto* const moved = std::get_if<TicketMoved>(&event.what)) return moved->by != "requeue";
    return holds<OfferAccepted>(event) || holds<OfferDeclined>(event);
}

void append_push(std::string& out, const desk::State& state, const Event& event)
{
    const auto& agent = agent_to_tell(event)->value;
    const auto* const offer = std::get_if<OfferMade>(&event.what);
    const auto* const assigned = std::get_if<TicketAssigned>(&event.what);
    if (offer == nullptr && assigned == nullptr) {
        channels::append_offer_ended(out, ticket_of(event.what), agent, why_ended(event.what), event.seq);
        return;
    }
    const auto id = ticket_of(event.what);
    const auto* const ticket = state.find(id);
    check(ticket != nullptr, "a ticket in somebody's hands is open");
    channels::OfferLine line;
    line.ticket = id;
    if (ticket->extras) line.note = ticket->extras->note;
    line.agent = agent;
    line.queue = state.symbols.text(ticket->queue);
    line.priority = ticket->priority;
    line.channel = ticket->channel;
    line.seq = event.seq;
    if (const auto* const callback = ticket->callback()) line.call = &callback->number;
    if (assigned != nullptr) return append_assigned(out, line, assigned->by);
    line.expires_at = offer->expires_at;
    append_offer(out, line);
}

void count_outcome(Metrics& metrics, const Command& command, const std::vector<Event>& events)
{
    const bool is_contact =
        std::holds_alternative<ReceiveTicket>(command) || std::holds_alternative<ReceiveContact>(command);
    const bool is_feedback = std::holds_alternative<GiveFeedback>(command);  // which may become a contact
    if (!is_contact && !is_feedback) return;
    if (events.empty()) return count(metrics.duplicates);
    for (const auto& event : events) {
        if (holds<TicketOpened>(event)) count(metrics.tickets);
        if (holds<ContactJoined>(event)) count(metrics.contacts);
    }
}

}  // namespace triaged::daemon
