#include "engine/desk/customers.hpp"

#include <algorithm>

#include "engine/desk/evolution.hpp"

namespace triaged::desk {

namespace {

/// The one that ends last first.
bool outlasts(const Contract& a, const Contract& b)
{
    return a.until != b.until ? a.until > b.until : a.id < b.id;
}

}  // namespace

const Order* Orders::find(std::string_view id) const
{
    const auto found = orders_.find(id);
    return found == orders_.end() ? nullptr : &found->second;
}

std::pair<const Order*, bool> Orders::update(const std::string& id, CustomerSlot customer,
                                             const FactSet& facts, Instant at)
{
    const auto [place, added] = orders_.try_emplace(id);
    auto& order = place->second;
    if (added)
        order.id = id;
    else
        by_news_.erase(&order);
    if (customer != CustomerSlot::none) order.customer = customer;
    order.facts.merge(facts);
    order.at = at;
    by_news_.insert(&order);
    return {&order, added};
}

void Orders::forget(Instant now)
{
    while (!by_news_.empty()) {
        const auto* const oldest = *by_news_.begin();
        if (orders_.size() <= orders_max && oldest->at + orders_kept >= now) return;
        by_news_.erase(by_news_.begin());
        orders_.erase(orders_.find(oldest->id));
    }
}

void Orders::add(Order order)
{
    auto id = order.id;
    const auto [place, added] = orders_.try_emplace(std::move(id), std::move(order));
    if (added) by_news_.insert(&place->second);
}

void Contracts::update(const Contract& contract, CustomerSlot customer)
{
    drop(contract.id);
    auto& contracts = by_customer_[customer];
    contracts.insert(std::upper_bound(contracts.begin(), contracts.end(), contract, outlasts), contract);
    owners_[contract.id] = customer;
    if (contracts.size() <= contracts_max) return;
    owners_.erase(contracts.back().id);
    contracts.pop_back();
}

void Contracts::drop(const std::string& id)
{
    const auto owner = owners_.find(id);
    if (owner == owners_.end()) return;
    const auto place = by_customer_.find(owner->second);
    std::erase_if(place->second, [&](const Contract& contract) { return contract.id == id; });
    if (place->second.empty()) by_customer_.erase(place);
    owners_.erase(owner);
}

CustomerSlot Contracts::owner(const std::string& id) const
{
    const auto found = owners_.find(id);
    return found == owners_.end() ? CustomerSlot::none : found->second;
}

const Contract* Contracts::find(const std::string& id) const
{
    for (const auto& contract : of(owner(id)))
        if (contract.id == id) return &contract;
    return nullptr;
}

const std::vector<Contract>& Contracts::of(CustomerSlot customer) const
{
    static const std::vector<Contract> none;
    const auto found = by_customer_.find(customer);
    return found == by_customer_.end() ? none : found->second;
}

void FeedbackRefs::add(const ReceiptKey& key)
{
    if (!known_.insert(key).second) return;
    order_.push_back(key);
    if (order_.size() <= feedback_refs_max) return;
    known_.erase(order_.front());
    order_.pop_front();
}

const Order* order_of(const State& state, const FactSet& facts)
{
    if (state.orders.empty()) return nullptr;
    const auto id = facts.find("order.id");
    const auto* const text = id ? std::get_if<std::string_view>(&*id) : nullptr;
    return text == nullptr ? nullptr : state.orders.find(*text);
}

void add_order_facts(const State& state, FactSet& facts)
{
    const auto* const order = order_of(state, facts);
    if (order == nullptr) return;
    for (const auto& [name, value] : order->facts)
        if (!facts.find(name)) facts.set(name, value);
}

std::string_view entitled_sla(const DeskPolicy& policy, const State& state, const CustomerId& id, Instant now)
{
    for (const auto& contract : state.contracts.of(state.slot_of(id))) {
        if (contract.until <= now) break;  // so have all that follow
        if (policy.slas.contains(contract.sla)) return contract.sla;
    }
    return {};
}

std::string_view activity_of(const ActivityPolicy& policy, const Customer* customer, Instant now)
{
    if (customer == nullptr || customer->first_seen == Instant::max()) return "new";
    if (now <= customer->first_seen + policy.new_for) return "new";
    auto latest = customer->last_order;
    if (!customer->recent.empty()) latest = std::max(latest, customer->recent.back());
    if (now <= latest + policy.active) return "active";
    return now <= latest + policy.occasional ? "occasional" : "lapsed";
}

std::string_view attitude_of(std::optional<int> nps, std::optional<int> csat)
{
    if (nps) return *nps >= 9 ? "promoter" : *nps <= 6 ? "detractor" : "passive";
    return csat && *csat == 5 ? "promoter" : csat && *csat <= 2 ? "detractor" : "passive";
}

void evolve(State& state, const Event&, const FeedbackGiven& what)
{
    state.feedback.add(receipt_key(what.source, what.ref));
}

void evolve(State& state, const Event& event, const OrderUpdated& what)
{
    const auto owner = what.customer.value.empty() ? CustomerSlot::none : state.customer_slot(what.customer);
    const auto* const before = state.orders.find(what.order);
    const bool had_owner = before != nullptr && before->customer != CustomerSlot::none;
    const auto [order, added] = state.orders.update(what.order, owner, what.facts, event.at);
    const auto customer = order->customer;
    if (customer != CustomerSlot::none && (added || !had_owner)) {
        auto& buyer = state.customers[static_cast<std::size_t>(customer)];
        buyer.first_seen = std::min(buyer.first_seen, event.at);
        buyer.last_order = event.at;
    }
    state.orders.forget(event.at);
}

void evolve(State& state, const Event&, const ContractUpdated& what)
{
    state.contracts.update({what.contract, what.sla, what.until}, state.customer_slot(what.customer));
}

}  // namespace triaged::desk
