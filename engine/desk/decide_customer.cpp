// Deciding what news of customers, their orders, contracts and feedback mean.

#include <algorithm>

#include <fmt/format.h>

#include "engine/desk/decision.hpp"

namespace triaged::desk {

namespace {

/// The customer of a ticket, open, closed or merged, as far as the desk remembers.
const CustomerId* customer_of(const State& state, TicketId id)
{
    const auto root = state.root(id);
    const Ticket* ticket = state.find(root);
    if (ticket == nullptr)
        if (const auto closed = state.closed.find(root); closed != state.closed.end())
            ticket = closed->second.ticket.get();
    if (ticket == nullptr || ticket->customer == CustomerSlot::none) return nullptr;
    return &state.customer(ticket->customer).id;
}

Result<void> within(std::string_view what, std::optional<int> answer, int least, int most)
{
    if (!answer || (*answer >= least && *answer <= most)) return {};
    return fail(ErrorCode::bad_value,
                fmt::format("{} goes from {} to {}, not {}", what, least, most, *answer));
}

/// What a contact that is feedback looks like: a mail, since it is answered in writing.
Contact contact_of(const GiveFeedback& command, const CustomerId& customer)
{
    Contact contact;
    contact.source = command.source;
    contact.ref = command.ref;
    contact.channel = Channel::email;
    contact.customer = customer;
    contact.body = command.text;
    if (command.nps) contact.facts.set("feedback.nps", static_cast<double>(*command.nps));
    if (command.csat) contact.facts.set("feedback.csat", static_cast<double>(*command.csat));
    return contact;
}

}  // namespace

void tell_news(Decision& decision, const CustomerId& id, const FactSet& news)
{
    if (news.empty()) return;
    decision.add(CustomerUpdated{id, news});
    look_again(decision, decision.state.find(id), news);
}

void look_again(Decision& decision, const Customer* customer, const FactSet& news)
{
    const auto& rulebook = *decision.policies.rulebook;
    bool read = false;
    for (const auto& [name, value] : news) read = read || rulebook.escalation_reads(name);
    if (customer == nullptr || !read) return;
    const auto soon = decision.now + Duration{1};
    const auto& open = customer->open;
    const auto count = static_cast<std::ptrdiff_t>(std::min(open.size(), refreshed_max));
    for (auto id = open.end() - count; id != open.end(); ++id) {
        const auto* const ticket = decision.state.find(*id);
        if (ticket == nullptr || !ticket->routed() || ticket->recheck_at <= soon) continue;
        decision.add(RecheckScheduled{ticket->id, rulebook.id(), soon});
    }
}

Result<void> update(Decision& decision, const UpdateCustomer& command)
{
    if (command.customer.value.empty()) return fail(ErrorCode::missing_field, "a customer needs an `id`");
    tell_news(decision, command.customer, news_of(decision.state, command.customer, command.facts));
    return {};
}

Result<void> give_feedback(Decision& decision, const GiveFeedback& command)
{
    const auto& state = decision.state;
    if (command.ref.empty()) return fail(ErrorCode::missing_field, "feedback needs a `ref`");
    if (!command.nps && !command.csat)
        return fail(ErrorCode::missing_field, "feedback needs an answer: `nps`, `csat` or both");
    if (auto good = within("nps", command.nps, 0, 10); !good) return good;
    if (auto good = within("csat", command.csat, 1, 5); !good) return good;
    const auto key = receipt_key(command.source, command.ref);
    if (state.feedback.contains(key)) return {};
    if (command.ticket.value != 0 && !(command.ticket < state.next_ticket))
        return fail(ErrorCode::unknown_ticket,
                    fmt::format("{}: there has never been such a ticket", to_string(command.ticket)));
    auto customer = command.customer;
    if (customer.value.empty() && command.ticket.value != 0)
        if (const auto* const known = customer_of(state, command.ticket)) customer = *known;

    decision.add(FeedbackGiven{command.source, command.ref, customer, command.ticket, command.nps,
                               command.csat, command.text});
    FactSet facts;
    if (command.nps) facts.set("customer.nps", static_cast<double>(*command.nps));
    const auto attitude = attitude_of(command.nps, command.csat);
    facts.set("customer.attitude", attitude);
    // What an unhappy customer writes wants an answer; it becomes a contact like any other.
    const bool wants_answer = attitude == "detractor" && !command.text.empty();
    if (wants_answer && state.receipts.find(key) == ReceiptSlot::none)
        return take_feedback(decision, command.ticket, contact_of(command, customer), facts), Result<void>{};
    if (customer.value.empty()) return {};
    tell_news(decision, customer, news_of(state, customer, facts));
    return {};
}

Result<void> update(Decision& decision, const UpdateOrder& command)
{
    if (command.order.empty()) return fail(ErrorCode::missing_field, "an order needs an `id`");
    const auto& state = decision.state;
    const auto* const order = state.orders.find(command.order);
    OrderUpdated news{command.order, {}, {}};
    for (const auto& [name, value] : command.facts)
        if (name != "order.id" && (order == nullptr || order->facts.find(name) != value))
            news.facts.set(name, value);
    const auto* customer = order == nullptr || order->customer == CustomerSlot::none
                               ? nullptr
                               : &state.customer(order->customer);
    if (customer == nullptr || customer->id != command.customer) news.customer = command.customer;
    const bool is_news = order == nullptr || !news.customer.value.empty() || !news.facts.empty();
    if (!is_news) return {};
    if (!news.customer.value.empty()) customer = state.find(news.customer);
    auto changed = news.facts;
    decision.add(std::move(news));
    look_again(decision, customer, changed);
    return {};
}

Result<void> update(Decision& decision, const UpdateContract& command)
{
    if (command.contract.empty()) return fail(ErrorCode::missing_field, "a contract needs its name");
    if (command.customer.value.empty())
        return fail(ErrorCode::missing_field, "a contract needs a `customer`");
    const auto& slas = decision.policies.desk.slas;
    if (!command.sla.empty() && !slas.contains(command.sla)) {
        std::vector<std::string> names;
        for (const auto& [name, policy] : slas) names.push_back(name);
        const auto near = closest(command.sla, names);
        return fail(ErrorCode::bad_value,
                    fmt::format("there is no SLA policy '{}'{}", command.sla,
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }
    const auto& state = decision.state;
    const auto* const known = state.contracts.find(command.contract);
    const bool same = known != nullptr && *known == Contract{command.contract, command.sla, command.until} &&
                      state.customer(state.contracts.owner(command.contract)).id == command.customer;
    if (!same) decision.add(ContractUpdated{command.contract, command.customer, command.sla, command.until});
    return {};
}

}  // namespace triaged::desk
