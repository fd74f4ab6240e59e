// The reference: customers, orders and contracts.

#include "tests/sim/reference.hpp"

#include <algorithm>

namespace triaged::sim {

/// What a customer has: every open ticket, the times of the latest contacts.
void Reference::check_customer(const desk::State& state, const CustomerId& id) const
{
    const auto* const customer = state.find(id);
    must(customer != nullptr, "{} is lost", id.value);
    static const std::set<TicketId> no_tickets;
    const auto open = sums_.customers.find(id);
    const std::set<TicketId> kept(customer->open.begin(), customer->open.end());
    must(kept == (open == sums_.customers.end() ? no_tickets : open->second), "{} has other open tickets",
         id.value);
    static const std::vector<Instant> no_times;
    const auto found = contact_times_.find(id);
    const auto& times = found == contact_times_.end() ? no_times : found->second;
    const auto latest = std::min(times.size(), recent_contacts_max);
    must(std::equal(customer->recent.begin(), customer->recent.end(),
                    times.end() - static_cast<std::ptrdiff_t>(latest), times.end()),
         "{} has other recent contacts", id.value);
}

void Reference::check_order(const desk::State& state, const std::string& id) const
{
    const auto& order = orders_.at(id);
    const auto* const kept = state.orders.find(id);
    must(kept != nullptr && kept->facts == order.facts, "order {} has other facts", id);
    must(order.customer.value.empty() == (kept->customer == desk::CustomerSlot::none) &&
             (order.customer.value.empty() || state.customer(kept->customer).id == order.customer),
         "order {} is somebody else's", id);
}

void Reference::on(const desk::Policies&, const Event&, const FeedbackGiven& what)
{
    must(feedback_.insert({what.source, what.ref}).second, "feedback {} counted twice", what.ref);
    must(what.nps || what.csat, "feedback without an answer");
    must(what.ticket <= last_id_, "feedback about a ticket of the future");
}

void Reference::on(const desk::Policies&, const Event&, const OrderUpdated& what)
{
    const auto [order, added] = orders_.try_emplace(what.order);
    must(added || !what.facts.empty() || !what.customer.value.empty(), "an order without news");
    touched_.orders.insert(what.order);
    if (!what.customer.value.empty()) order->second.customer = what.customer;
    order->second.facts.merge(what.facts);
}

void Reference::on(const desk::Policies&, const Event&, const ContractUpdated& what)
{
    const auto known = contracts_.find(what.contract);
    must(known == contracts_.end() || known->second != what, "a contract without news");
    contracts_[what.contract] = what;
}

void Reference::on(const desk::Policies&, const Event&, const CustomerUpdated& what)
{
    must(!what.facts.empty(), "an update without news");
}

}  // namespace triaged::sim
