#include "engine/desk/receipts.hpp"

#include <algorithm>

#include <xxhash.h>

namespace triaged::desk {

ReceiptKey receipt_key(std::string_view source, std::string_view ref)
{
    // Seeding with the source's own hash keeps ("a", "bc") and ("ab", "c") apart without joining the strings.
    const auto seed = XXH3_64bits(source.data(), source.size());
    const auto hash = XXH3_128bits_withSeed(ref.data(), ref.size(), seed);
    return {hash.low64, hash.high64};
}

Receipts::Receipts()
    : store_(std::make_unique<Store>()), index_(Index(0, Hash{store_.get()}, Equal{store_.get()}))
{}

ReceiptSlot Receipts::find(ReceiptKey key) const
{
    const auto& index = index_.part(key.high);
    const auto found = index.find(key);
    return found == index.end() ? ReceiptSlot::none : *found;
}

ReceiptSlot Receipts::add(Receipt receipt)
{
    auto& [slots, vacant] = *store_;
    if (vacant.empty()) {
        vacant.push_back(static_cast<ReceiptSlot>(slots.size()));
        slots.emplace_back();
    }
    const auto slot = vacant.back();
    vacant.pop_back();
    slots[static_cast<std::size_t>(slot)] = receipt;
    const bool added = index_.part(receipt.key.high).insert(slot).second;
    check(added, "a contact has one receipt");
    return slot;
}

void Receipts::end(Instant at, ReceiptSlot latest, TicketId ticket)
{
    ended_.push_back({at, latest, ticket});
}

void Receipts::revive(Instant at, TicketId ticket)
{
    const auto earlier = [](const Ended& ended, Instant instant) { return ended.at < instant; };
    auto found = std::lower_bound(ended_.begin(), ended_.end(), at, earlier);
    for (; found != ended_.end() && found->at == at; ++found)
        if (found->ticket == ticket) *found = {at, ReceiptSlot::none, TicketId{}};
}

void Receipts::forget(Instant before, const std::function<void(const Receipt&)>& dropped,
                      const std::function<void(TicketId)>& gone)
{
    for (; !ended_.empty() && ended_.front().at < before; ended_.pop_front()) {
        for (auto slot = ended_.front().latest; slot != ReceiptSlot::none;) {
            const Receipt receipt = (*this)[slot];
            dropped(receipt);
            index_.part(receipt.key.high).erase(slot);
            store_->vacant.push_back(slot);
            slot = receipt.older;
        }
        if (ended_.front().ticket.value != 0) gone(ended_.front().ticket);
    }
}

}  // namespace triaged::desk
