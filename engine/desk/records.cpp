#include "engine/desk/records.hpp"

#include <algorithm>
#include <cstring>

namespace triaged::desk {

Instant left_out(Instant since, Instant from, Instant to)
{
    return since + std::max(Duration{0}, to - std::max(from, since));
}

TicketText::TicketText(const Views& views)
{
    std::size_t size = 0;
    for (const auto view : views) size += view.size();
    if (size == 0) return;
    bytes_.reset(new char[size]);  // not make_unique, which would clear what is about to be written
    char* at = bytes_.get();
    for (std::size_t part = 0; part < parts; ++part) {
        const auto view = views[part];
        sizes_[part] = static_cast<std::uint32_t>(view.size());
        if (view.empty()) continue;
        std::memcpy(at, view.data(), view.size());
        at += view.size();
    }
}

TicketText::Views TicketText::views() const
{
    Views views;
    const char* at = bytes_.get();
    for (std::size_t part = 0; part < parts; ++part) {
        views[part] = {at, sizes_[part]};
        at += sizes_[part];
    }
    return views;
}

const Refusal* Ticket::refusal_by(AgentSlot slot) const
{
    if (!extras) return nullptr;
    const auto& refusals = extras->refusals;
    const auto found =
        std::find_if(refusals.begin(), refusals.end(), [&](const auto& r) { return r.agent == slot; });
    return found == refusals.end() ? nullptr : &*found;
}

Instant Agent::due_at() const
{
    auto due = available() ? silent_at : Instant::max();
    for (const auto& wrap_up : wrap_ups) due = std::min(due, wrap_up.until);
    return due;
}

bool Ticket::declined_by(AgentSlot slot) const
{
    const auto* const refusal = refusal_by(slot);
    return refusal != nullptr && refusal->declined;
}

std::vector<AgentSlot> Ticket::holders() const
{
    std::vector<AgentSlot> slots;
    if (agent == AgentSlot::none) return slots;
    slots.push_back(agent);
    if (extras)
        for (const auto& offer : extras->further) slots.push_back(offer.agent);
    return slots;
}

bool Ticket::held_by(AgentSlot slot) const
{
    if (agent == AgentSlot::none) return false;
    const auto same = [&](const FurtherOffer& offer) { return offer.agent == slot; };
    return agent == slot || (extras && std::any_of(extras->further.begin(), extras->further.end(), same));
}

int Ticket::units_of(AgentSlot slot) const
{
    if (slot == AgentSlot::none) return 0;
    if (agent == slot) return units;
    if (!extras) return 0;
    for (const auto& offer : extras->further)
        if (offer.agent == slot) return offer.units;
    return 0;
}

}  // namespace triaged::desk
