// Deciding what contacts and news of customers mean.

#include <algorithm>

#include <fmt/format.h>

#include "engine/desk/decision.hpp"

namespace triaged::desk {

namespace {

/// The sender named the ticket.
constexpr std::string_view by_sender = "ticket";

constexpr std::string_view activity_fact = "customer.activity";

bool is_known(const State& state, const Contact& contact)
{
    return state.receipts.find(receipt_key(contact.source, contact.ref)) != ReceiptSlot::none;
}

/// A contact that names an order and nobody is from who ordered, if the desk knows them.
void name_customer(const State& state, Contact& contact)
{
    if (!contact.customer.value.empty()) return;
    const auto* const order = order_of(state, contact.facts);
    if (order != nullptr && order->customer != CustomerSlot::none)
        contact.customer = state.customer(order->customer).id;
}

/// Makes the contact what goes into history: at the desk's time, and with what is said of a customer nobody
/// can name, because for that there is no other place. How active the customer is goes with the contact too,
/// where no feeder says it: it is what was true then.
void fill_in(const Decision& decision, Contact& contact, const FactSet& customer, const Ticket* before)
{
    contact.at = decision.now;
    const auto& state = decision.state;
    if (contact.customer.value.empty() && before != nullptr && before->customer != CustomerSlot::none)
        contact.customer = state.customer(before->customer).id;
    name_customer(state, contact);
    if (contact.customer.value.empty()) {
        contact.facts.merge(customer);
        return;
    }
    const auto& activity = decision.policies.desk.activity;
    if (!activity || customer.find(activity_fact) || contact.facts.find(activity_fact)) return;
    const auto* const known = state.find(contact.customer);
    if (known != nullptr && known->facts.find(activity_fact)) return;
    contact.facts.set(activity_fact, activity_of(*activity, known, decision.now));
}

/// Tells news of the contact's customer, if there is any. \return the news.
FactSet tell_news(Decision& decision, const Contact& contact, const FactSet& customer)
{
    if (contact.customer.value.empty()) return {};
    auto news = news_of(decision.state, contact.customer, customer);
    tell_news(decision, contact.customer, news);
    return news;
}

/// What further text adds to how a ticket stands: it stays where it is, may only become more urgent, and
/// keeps what was found before; intent and SLA are the first ones found, the way to answer is the latest
/// asked for.
Routing joined(Routing before, Routing now)
{
    before.enriched.merge(now.enriched);
    now.enriched = std::move(before.enriched);
    if (!before.intent.empty()) now.intent = std::move(before.intent);
    if (!before.sla.empty()) now.sla = std::move(before.sla);
    if (now.contact_by.empty()) now.contact_by = std::move(before.contact_by);
    now.tags.insert(now.tags.end(), before.tags.begin(), before.tags.end());
    std::sort(now.tags.begin(), now.tags.end());
    now.tags.erase(std::unique(now.tags.begin(), now.tags.end()), now.tags.end());
    now.priority = std::max(now.priority, before.priority);
    for (const auto& skill : before.skills) raise(now.skills, skill);
    now.queue = std::move(before.queue);
    return now;
}

/// Where no rule sets an SLA policy, the customer's contract does; else it stays the queue's.
void entitle(const Decision& decision, const CustomerId& customer, Routing& routing)
{
    if (routing.sla.empty() && !customer.value.empty())
        routing.sla = entitled_sla(decision.policies.desk, decision.state, customer, decision.now);
}

/// \param reopened  not null: the ticket had ended; it waits again from now on
void join(Decision& decision, const Ticket& ticket, const Closed* reopened, Contact&& contact,
          const FactSet& customer, TextFacts&& text, std::string by)
{
    const auto& policies = decision.policies;
    fill_in(decision, contact, customer, &ticket);
    const auto news = tell_news(decision, contact, customer);
    const auto matter = matter_of(decision, contact, &ticket, news, std::move(text));

    auto standing = standing_of(decision, ticket);
    standing.clocks.last_contact_at = decision.now;
    if (ticket.called_later() && is_live(contact.channel))  // the call may have been due already
        standing.clocks.waiting_since = std::min(ticket.waiting_since, decision.now);
    if (reopened != nullptr) {
        standing.clocks.waiting_since = decision.now;
        standing.enqueued_at = reopened->enqueued_at(decision.now);
        standing.queued_as = reopened->queued_as(decision.now);
        decision.add(TicketReopened{ticket.id, by});
        reopen_promises(decision, standing);
    }
    resume_clock(decision, standing, decision.now, "contact");
    if (standing.record.responded && standing.record.unanswered_since == Instant::max())
        standing.record.unanswered_since = decision.now;
    standing.routing =
        joined(std::move(standing.routing), policies.rulebook->route(matter.subject(), standing.clocks));
    entitle(decision, contact.customer, standing.routing);
    const auto needed = standing.needs;
    for (const auto& skill : standing.routing.skills) raise(standing.needs, skill);
    if (standing.widened >
        0) {  // what the queue no longer asks for stays so, and what is needed is not lowered again
        const auto queue = policies.desk.queues.find(standing.routing.queue);
        if (queue != policies.desk.queues.end())
            standing.needs = widened(queue->second.widen, standing.widened, std::move(standing.needs));
        for (const auto& skill : needed) raise(standing.needs, skill);
    }
    move_up(decision, standing);
    auto keys = thread_keys(policies.desk.threads, contact);
    decision.add(ContactJoined{ticket.id, std::move(contact)});
    announce(decision, matter, standing, escalations(decision, matter, standing));
    // That the sender named the ticket needs no note; how the desk found it does.
    if (!keys.empty() || by != by_sender) note_thread(decision, ticket.id, std::move(by), std::move(keys));
}

/// Takes a contact into the ticket it belongs to; if that has ended for good, opens one that follows it.
void take(Decision& decision, TicketId belongs, Contact&& contact, const FactSet& customer, TextFacts&& text,
          std::string by)
{
    const auto& state = decision.state;
    const auto id = state.root(belongs);
    if (const auto* const ticket = state.find(id); ticket != nullptr && ticket->routed())
        join(decision, *ticket, nullptr, std::move(contact), customer, std::move(text), std::move(by));
    else if (const auto* const closed = reopenable(decision, id))
        join(decision, *closed->ticket, closed, std::move(contact), customer, std::move(text), std::move(by));
    else
        open(decision, std::move(contact), customer, std::move(text), id, std::move(by));
}

}  // namespace

FactSet news_of(const State& state, const CustomerId& id, const FactSet& facts)
{
    if (facts.empty()) return {};
    const auto* const customer = state.find(id);
    FactSet news;
    if (customer == nullptr)
        news = facts;
    else
        for (const auto& [name, value] : facts)
            if (customer->facts.find(name) != value) news.set(name, value);
    news.erase("customer.id");
    news.erase("customer.contacts");
    return news;
}

void open(Decision& decision, Contact&& contact, const FactSet& customer, TextFacts&& text, TicketId follows,
          std::string by)
{
    const auto& policies = decision.policies;
    fill_in(decision, contact, customer, nullptr);
    const auto news = tell_news(decision, contact, customer);
    const auto matter = matter_of(decision, contact, nullptr, news, std::move(text));

    Standing standing;
    standing.id = decision.state.next_ticket;
    standing.clocks = {decision.now, decision.now, decision.now, decision.now, &policies.desk};
    standing.resolving_since = decision.now;
    standing.queue_since = decision.now;
    auto placed = policies.rulebook->place(matter.subject(), clocks_of(standing));
    standing.routing = std::move(placed.routing);
    const auto sla = standing.routing.sla;
    entitle(decision, contact.customer, standing.routing);
    standing.needs = skills_of(policies, standing.routing.queue);
    for (const auto& skill : standing.routing.skills) raise(standing.needs, skill);
    standing.enqueued_at = standing.steps_since = decision.now;
    standing.queued_as = place_of(decision, standing);

    // Rules may ask for promises, and a contract has changed them.
    if (standing.routing.sla != sla) placed.escalations = escalations(decision, matter, standing);

    Surging surges;
    if (!policies.desk.problems.empty()) surges = surging(decision, matter, standing.routing);
    standing.problem = surges.joins;

    auto keys = thread_keys(policies.desk.threads, contact);
    decision.add(TicketOpened{standing.id, std::move(contact), follows});
    announce(decision, matter, standing, std::move(placed.escalations));
    count_surges(decision, standing.id, std::move(surges));
    if (!keys.empty() || (!by.empty() && by != by_sender))
        note_thread(decision, standing.id, std::move(by), std::move(keys));
}

Result<void> receive(Decision& decision, ReceiveTicket&& command)
{
    if (command.contact.ref.empty()) return fail(ErrorCode::missing_field, "a ticket needs a `ref`");
    if (is_known(decision.state, command.contact)) return {};
    name_customer(decision.state, command.contact);
    auto thread = thread_of(decision, command.contact);
    if (thread.ticket.value == 0)
        open(decision, std::move(command.contact), command.customer, std::move(command.text), TicketId{}, {});
    else
        take(decision, thread.ticket, std::move(command.contact), command.customer, std::move(command.text),
             std::move(thread.by));
    return {};
}

Result<void> receive(Decision& decision, ReceiveContact&& command)
{
    if (command.contact.ref.empty()) return fail(ErrorCode::missing_field, "a contact needs a `ref`");
    if (is_known(decision.state, command.contact)) return {};
    const auto& state = decision.state;
    if (command.ticket.value == 0 || !(command.ticket < state.next_ticket))
        return fail(ErrorCode::unknown_ticket,
                    fmt::format("{}: there has never been such a ticket; the latest is {}",
                                to_string(command.ticket), to_string(TicketId{state.next_ticket.value - 1})));
    take(decision, command.ticket, std::move(command.contact), command.customer, std::move(command.text),
         std::string(by_sender));
    return {};
}

void take_feedback(Decision& decision, TicketId about, Contact&& contact, const FactSet& customer)
{
    if (about.value == 0)
        open(decision, std::move(contact), customer, {}, TicketId{}, {});
    else
        take(decision, about, std::move(contact), customer, {}, std::string(by_sender));
}

}  // namespace triaged::desk
