// Deciding what contacts and news of customers mean.

#include <algorithm>

#include <fmt/format.h>

#include "engine/desk/decision.hpp"

namespace triaged::desk {

namespace {

/// The sender named the ticket.
constexpr std::string_view by_sender = "ticket";

/// Those of `facts` that differ from what is stored. The desk's own two are never taken from outside.
FactSet news_of(const State& state, const CustomerId& id, const FactSet& facts)
{
    if (facts.empty()) return {};
    const auto* const customer = state.find(id);
    FactSet news;
    for (const auto& [name, value] : facts) {
        if (name == "customer.id" || name == "customer.contacts") continue;
        if (customer == nullptr || customer->facts.find(name) != value) news.set(name, value);
    }
    return news;
}

bool is_known(const State& state, const Contact& contact)
{
    return state.receipts.find(receipt_key(contact.source, contact.ref)) != ReceiptSlot::none;
}

/// Makes the contact what goes into history: at the desk's time, and with what is said of a customer nobody
/// can name, because for that there is no other place.
void fill_in(const Decision& decision, Contact& contact, const FactSet& customer, const Ticket* before)
{
    contact.at = decision.now;
    const auto& state = decision.state;
    if (contact.customer.value.empty() && before != nullptr && before->customer != CustomerSlot::none)
        contact.customer = state.customer(before->customer).id;
    if (contact.customer.value.empty()) contact.facts.merge(customer);
}

/// Tells news of the contact's customer, if there is any. \return the news.
FactSet tell_news(Decision& decision, const Contact& contact, const FactSet& customer)
{
    if (contact.customer.value.empty()) return {};
    auto news = news_of(decision.state, contact.customer, customer);
    if (!news.empty()) decision.add(CustomerUpdated{contact.customer, news});
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

/// \param reopened  the ticket was completed; it waits again from now on
void join(Decision& decision, const Ticket& ticket, bool reopened, Contact&& contact, const FactSet& customer,
          TextFacts&& text, std::string by)
{
    const auto& policies = decision.policies;
    fill_in(decision, contact, customer, &ticket);
    const auto news = tell_news(decision, contact, customer);
    const auto matter = matter_of(decision, contact, &ticket, news, std::move(text));

    auto standing = standing_of(decision, ticket);
    standing.clocks.last_contact_at = decision.now;
    if (reopened) {
        standing.clocks.waiting_since = decision.now;
        decision.add(TicketReopened{ticket.id, by});
    }
    const auto before = standing.routing.priority;
    standing.routing = joined(std::move(standing.routing), policies.rulebook->route(matter.subject()));
    for (const auto& skill : standing.routing.skills) raise(standing.needs, skill);
    if (standing.routing.priority > before) {
        const auto risen = queued_as(policies, standing.enqueued_at, standing.routing.priority);
        standing.queued_as = std::min(standing.queued_as, risen);
    }
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
        join(decision, *ticket, false, std::move(contact), customer, std::move(text), std::move(by));
    else if (const auto* const closed = reopenable(decision, id))
        join(decision, *closed->ticket, true, std::move(contact), customer, std::move(text), std::move(by));
    else
        open(decision, std::move(contact), customer, std::move(text), id, std::move(by));
}

}  // namespace

void open(Decision& decision, Contact&& contact, const FactSet& customer, TextFacts&& text, TicketId follows,
          std::string by)
{
    const auto& policies = decision.policies;
    fill_in(decision, contact, customer, nullptr);
    const auto news = tell_news(decision, contact, customer);
    const auto matter = matter_of(decision, contact, nullptr, news, std::move(text));

    Standing standing;
    standing.id = decision.state.next_ticket;
    standing.clocks = {decision.now, decision.now, decision.now, decision.now};
    auto placed = policies.rulebook->place(matter.subject(), standing.clocks);
    standing.routing = std::move(placed.routing);
    standing.needs = skills_of(policies, standing.routing.queue);
    for (const auto& skill : standing.routing.skills) raise(standing.needs, skill);
    standing.enqueued_at = decision.now;
    standing.queued_as = queued_as(policies, decision.now, standing.routing.priority);

    auto keys = thread_keys(policies.desk.threads, contact);
    decision.add(TicketOpened{standing.id, std::move(contact), follows});
    announce(decision, matter, standing, std::move(placed.escalations));
    if (!keys.empty() || (!by.empty() && by != by_sender))
        note_thread(decision, standing.id, std::move(by), std::move(keys));
}

Result<void> receive(Decision& decision, ReceiveTicket&& command)
{
    if (command.contact.ref.empty()) return fail(ErrorCode::missing_field, "a ticket needs a `ref`");
    if (is_known(decision.state, command.contact)) return {};
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

Result<void> update(Decision& decision, const UpdateCustomer& command)
{
    if (command.customer.value.empty()) return fail(ErrorCode::missing_field, "a customer needs an `id`");
    auto news = news_of(decision.state, command.customer, command.facts);
    if (!news.empty()) decision.add(CustomerUpdated{command.customer, std::move(news)});
    return {};
}

}  // namespace triaged::desk
