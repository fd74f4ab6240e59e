// Customers: what the desk remembers of their orders, contracts and feedback, and for how long.

#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "engine/desk/receipts.hpp"
#include "engine/desk/records.hpp"
#include "engine/model/event.hpp"
#include "engine/model/policy.hpp"

namespace triaged::desk {

struct State;

/// An order nobody has told news of for so long is forgotten with the next news of any.
inline constexpr Duration orders_kept = std::chrono::hours{24 * 180};
/// Orders one desk remembers; beyond it the one whose news are oldest goes.
inline constexpr std::size_t orders_max = 1'000'000;
/// Contracts of one customer; beyond it the one that ends first goes.
inline constexpr std::size_t contracts_max = 16;
/// `(source, ref)` of feedback that are remembered, so that it counts once though it is sent twice.
inline constexpr std::size_t feedback_refs_max = 65'536;
/// Open tickets of one customer that are looked at again when news come; the latest are. So that what one
/// contact costs does not grow with what else its customer waits for.
inline constexpr std::size_t refreshed_max = 64;

struct Order {
    std::string id;
    CustomerSlot customer = CustomerSlot::none;
    FactSet facts;  // `order.*` without `order.id`
    Instant at;     // of the latest news

    bool operator==(const Order&) const = default;
};

class Orders {
public:
    const Order* find(std::string_view id) const;
    /// Takes over news. \param customer  none: as before. \return the order, and whether it is new
    std::pair<const Order*, bool> update(const std::string& id, CustomerSlot customer, const FactSet& facts,
                                         Instant at);
    /// Drops what the two limits above say.
    void forget(Instant now);
    /// \pre none has its id.
    void add(Order order);

    bool empty() const { return orders_.empty(); }
    std::size_t size() const { return orders_.size(); }
    /// By id.
    const std::map<std::string, Order, std::less<>>& all() const { return orders_; }

private:
    struct OldestNews {
        bool operator()(const Order* a, const Order* b) const
        {
            return a->at != b->at ? a->at < b->at : a->id < b->id;
        }
    };

    std::map<std::string, Order, std::less<>> orders_;  // its nodes stay where they are
    absl::btree_set<const Order*, OldestNews> by_news_;
};

struct Contract {
    std::string id;
    std::string sla;
    Instant until;

    bool operator==(const Contract&) const = default;
};

class Contracts {
public:
    void update(const Contract& contract, CustomerSlot customer);
    /// Whose it is; nobody's if it is not known.
    CustomerSlot owner(const std::string& id) const;
    const Contract* find(const std::string& id) const;
    /// Those of one customer: the one that ends last first, ties by id.
    const std::vector<Contract>& of(CustomerSlot customer) const;
    const absl::btree_map<CustomerSlot, std::vector<Contract>>& all() const { return by_customer_; }

private:
    void drop(const std::string& id);

    absl::btree_map<CustomerSlot, std::vector<Contract>> by_customer_;
    absl::flat_hash_map<std::string, CustomerSlot> owners_;
};

/// The refs of the latest feedback.
class FeedbackRefs {
public:
    bool contains(const ReceiptKey& key) const { return known_.contains(key); }
    void add(const ReceiptKey& key);
    /// Oldest first.
    const std::deque<ReceiptKey>& in_order() const { return order_; }

private:
    struct Hash {
        std::size_t operator()(const ReceiptKey& key) const { return key.low; }
    };

    std::deque<ReceiptKey> order_;
    absl::flat_hash_set<ReceiptKey, Hash> known_;
};

/// The order that `facts` name by `order.id`, if the desk knows it.
const Order* order_of(const State& state, const FactSet& facts);
/// Adds what is known of the order that `facts` name; what they say themselves stays.
void add_order_facts(const State& state, FactSet& facts);
/// The SLA policy by which the customer's contracts entitle them now; empty if none does.
std::string_view entitled_sla(const DeskPolicy& policy, const State& state, const CustomerId& customer,
                              Instant now);
/// `new`, `active`, `occasional` or `lapsed`, by the orders and contacts so far.
std::string_view activity_of(const ActivityPolicy& policy, const Customer* customer, Instant now);
/// `promoter` (NPS 9 or 10, or without it CSAT 5), `detractor` (0 to 6; 1 or 2) or `passive`.
std::string_view attitude_of(std::optional<int> nps, std::optional<int> csat);

}  // namespace triaged::desk
