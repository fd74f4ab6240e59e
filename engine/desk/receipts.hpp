// Receipts: the first answer to every contact, kept so that sending it again changes nothing.

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_set.h>

#include "engine/desk/parted.hpp"
#include "engine/desk/records.hpp"

namespace triaged::desk {

/// 128 bits of XXH3 over source and ref. Among 10^12 contacts two share one with a chance of about 10^-15.
struct ReceiptKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    bool operator==(const ReceiptKey&) const = default;
};

ReceiptKey receipt_key(std::string_view source, std::string_view ref);

struct Receipt {
    Instant promise = Instant::max();  // what was promised with it; max(): nothing
    ReceiptKey key;
    TicketId ticket;
    TicketId follows;  // as in TicketOpened
    Seq seq = 0;       // the last event of the answer; 0 until the ticket is routed
    Instant at;        // of that event
    RulebookSlot rulebook = RulebookSlot::none;
    Symbol queue = Symbol::empty;
    ListId fired = ListId::empty;           // RuleIndex
    ReceiptSlot older = ReceiptSlot::none;  // of the same ticket
    Priority priority = Priority::normal;
    bool joined = false;      // a ticket that was open
    bool split = false;       // the contact has become a ticket of its own since
    bool told = false;        // that promise is of the wait in line, not of the answer
    std::uint32_t ahead = 0;  // in line, if it is
};

/// A ticket that has ended and the receipts it leaves.
struct Ended {
    Instant at;
    ReceiptSlot latest = ReceiptSlot::none;
    TicketId ticket;  // 0: it has been reopened since
};

class Receipts {
public:
    Receipts();

    ReceiptSlot find(ReceiptKey key) const;
    Receipt& operator[](ReceiptSlot slot) { return store_->slots[static_cast<std::size_t>(slot)]; }
    const Receipt& operator[](ReceiptSlot slot) const
    {
        return store_->slots[static_cast<std::size_t>(slot)];
    }
    std::size_t size() const { return store_->slots.size() - store_->vacant.size(); }

    /// \pre no receipt has this key.
    ReceiptSlot add(Receipt receipt);

    /// The ticket whose latest receipt is `latest` has ended.
    void end(Instant at, ReceiptSlot latest, TicketId ticket = {});
    /// Undoes `end` of this ticket at this instant; its place stays, empty.
    void revive(Instant at, TicketId ticket);
    const std::deque<Ended>& ended() const { return ended_; }
    /// Drops the receipts of tickets that ended before `before`; `dropped` sees each first, `gone` then each
    /// ticket.
    void forget(Instant before, const std::function<void(const Receipt&)>& dropped,
                const std::function<void(TicketId)>& gone);

private:
    // The index holds slots only and reads the keys in the store: 5 bytes an entry instead of 25. The store
    // lives on the heap so that the index can point to it when the whole State moves.
    struct Store {
        std::deque<Receipt> slots;
        std::vector<ReceiptSlot> vacant;
    };
    struct Hash {
        using is_transparent = void;
        const Store* store = nullptr;
        std::size_t operator()(ReceiptKey key) const { return key.low; }
        std::size_t operator()(ReceiptSlot slot) const { return key_of(*store, slot).low; }
    };
    struct Equal {
        using is_transparent = void;
        const Store* store = nullptr;
        bool operator()(ReceiptSlot a, ReceiptSlot b) const { return a == b; }
        bool operator()(ReceiptKey a, ReceiptSlot b) const { return a == key_of(*store, b); }
        bool operator()(ReceiptSlot a, ReceiptKey b) const { return key_of(*store, a) == b; }
    };
    static const ReceiptKey& key_of(const Store& store, ReceiptSlot slot)
    {
        return store.slots[static_cast<std::size_t>(slot)].key;
    }

    std::unique_ptr<Store> store_;
    using Index = absl::flat_hash_set<ReceiptSlot, Hash, Equal>;
    Parted<Index> index_;      // by the keys' `high`
    std::deque<Ended> ended_;  // in the order of `at`
};

}  // namespace triaged::desk
