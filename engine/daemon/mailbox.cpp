#include "engine/daemon/mailbox.hpp"

namespace triaged::daemon {

void Mailbox::put(Message message)
{
    const auto* const parcel = std::get_if<Parcel>(&message);
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        if (parcel != nullptr) bytes_.fetch_add(parcel->bytes, std::memory_order_relaxed);
        was_empty = messages_.empty();
        messages_.push_back(std::move(message));
        empty_.store(false, std::memory_order_relaxed);
    }
    if (was_empty) ring_();
}

void Mailbox::call_when_room(std::function<void()> wake)
{
    {
        const std::lock_guard lock(mutex_);
        if (!has_room()) {
            waiting_for_room_.push_back(std::move(wake));
            return;
        }
    }
    wake();
}

std::vector<Message> Mailbox::take()
{
    std::vector<Message> taken;
    std::vector<std::function<void()>> to_wake;
    {
        const std::lock_guard lock(mutex_);
        taken.swap(messages_);
        to_wake.swap(waiting_for_room_);
        bytes_.store(0, std::memory_order_relaxed);
        empty_.store(true, std::memory_order_relaxed);
    }
    for (const auto& wake : to_wake) wake();
    return taken;
}

}  // namespace triaged::daemon
