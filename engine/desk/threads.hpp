// Threads: by what a contact can be told to belong to a ticket, open or closed, until the ticket is
// forgotten.

#pragma once

#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>

#include "engine/desk/parted.hpp"
#include "engine/desk/receipts.hpp"
#include "engine/model/event.hpp"
#include "engine/model/policy.hpp"

namespace triaged::desk {

inline constexpr std::string_view mail_key = "mail";

class Threads {
public:
    struct Entry {
        ReceiptKey key;   // of name and value
        TicketId ticket;  // the latest with this key
        Instant at;       // of its latest contact with it

        bool operator==(const Entry&) const = default;
    };

    const Entry* find(const ThreadKey& key) const;
    void note(const ThreadKey& key, TicketId ticket, Instant at);
    void add(const Entry& entry);
    /// Drops what leads to `ticket`.
    void forget(TicketId ticket);

    std::size_t size() const;
    /// All entries in an order that does not depend on history.
    std::vector<Entry> sorted() const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const ReceiptKey& key) const { return key.low; }
        std::size_t operator()(const Entry& entry) const { return entry.key.low; }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const Entry& a, const Entry& b) const { return a.key == b.key; }
        bool operator()(const Entry& a, const ReceiptKey& b) const { return a.key == b; }
    };

    Parted<absl::flat_hash_set<Entry, Hash, Equal>> entries_;  // by the keys' `high`
    // Keys that lead or have led to the ticket; most have one.
    absl::btree_map<TicketId, absl::InlinedVector<ReceiptKey, 1>> keys_;
};

/// By which keys later contacts may find the ticket of `contact`: its mail's id, and the configured keys for
/// which it has every fact, in their order.
std::vector<ThreadKey> thread_keys(const ThreadPolicy& policy, const Contact& contact);

/// The mails `contact` says it follows, the closest first.
std::vector<ThreadKey> mail_references(const Contact& contact);

/// Ticket numbers such as `T-123` in a text, in its order.
std::vector<TicketId> ticket_numbers(std::string_view text);

}  // namespace triaged::desk
