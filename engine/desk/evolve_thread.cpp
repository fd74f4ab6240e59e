// evolve: tickets that are joined, parted, opened again and forgotten.

#include <algorithm>

#include "engine/desk/evolution.hpp"

namespace triaged::desk {

namespace {

/// A completed ticket can no longer be reopened.
void drop_closed(State& state, TicketId id)
{
    const auto found = state.closed.find(id);
    if (found == state.closed.end()) return;
    release_lists(state, *found->second.ticket);
    state.closed_by_end.erase({found->second.at, id});
    state.closed.erase(found);
}

/// They are remembered for as long as the one that is open again.
void revive_merged(State& state, const Ticket& into, Instant ended_at)
{
    if (!has_merged(into)) return;
    for (auto& [id, merged] : state.merged) {
        if (merged.ended_at != ended_at || state.root(id) != into.id) continue;
        state.receipts.revive(ended_at, id);
        merged.ended_at = Instant::max();
    }
}

void unmerge(State& state, const TicketMerged& what, Instant at)
{
    const auto found = state.merged.find(what.ticket);
    if (found == state.merged.end() || found->second.ticket == nullptr) return;
    auto ticket = std::move(found->second.ticket);
    const auto from = found->second.into;
    leave_out(*ticket, found->second.at, at);
    state.merged.erase(found);
    auto* into = state.find(from);
    if (into == nullptr)
        if (const auto between = state.merged.find(from); between != state.merged.end())
            into = between->second.ticket.get();
    if (into != nullptr && has_merged(*into)) --into->extras->merged;
    state.file(*ticket);
    state.enlist(*ticket);
    state.tickets[what.ticket] = std::move(ticket);
}

}  // namespace

void evolve(State& state, const Event& event, const ContactThreaded& what)
{
    if (state.find(what.ticket) == nullptr) return;
    for (const auto& key : what.keys) state.threads.note(key, what.ticket, event.at);
}

void evolve(State& state, const Event& event, const TicketReopened& what)
{
    const auto found = state.closed.find(what.ticket);
    if (found == state.closed.end()) return;
    const auto ended_at = found->second.at;
    const auto queued_as = found->second.queued_as(event.at);
    const auto enqueued_at = found->second.enqueued_at(event.at);
    auto ticket = std::move(found->second.ticket);
    ticket->queued_as = queued_as;
    ticket->enqueued_at = enqueued_at;
    state.closed.erase(found);
    state.closed_by_end.erase({ended_at, what.ticket});
    state.receipts.revive(ended_at, what.ticket);
    revive_merged(state, *ticket, ended_at);
    ticket->waiting_since = event.at;
    ticket->record = reopened(ticket->record);
    auto& extras = extras_of(*ticket);
    extras.refusals.clear();  // who would not then may now
    extras.note.clear();
    extras.reopened_at = event.at;
    end_hold(*ticket, event.at);
    extras.pauses.clear();
    state.file(*ticket);
    state.enlist(*ticket);
    state.tickets[what.ticket] = std::move(ticket);
}

void evolve(State& state, const Event& event, const TicketMerged& what)
{
    if (what.into.value == 0) return unmerge(state, what, event.at);
    auto* const into = state.find(what.into);
    const auto place = state.tickets.find(what.ticket);
    if (into == nullptr || place == state.tickets.end() || !into->routed()) return;
    if (!place->second->free()) return;
    if (what.ticket == what.into) return;
    auto ticket = std::move(place->second);
    if (ticket->parked()) leave_out(*ticket, ticket->extras->parked_since, event.at);
    state.unfile(*ticket);
    state.delist(*ticket);
    state.tickets.erase(place);
    const auto receipts = ticket->receipts;
    state.merged[what.ticket] = {what.into, std::move(ticket), receipts, event.at, Instant::max()};
    const Refiling refiling(state, *into);
    auto& extras = extras_of(*into);
    if (what.queued_as < into->queued_as) {
        extras.own_place = into->own_place();
        extras.lent_place = into->queued_as = what.queued_as;
    }
    ++extras.merged;
}

void evolve(State& state, const Event&, const ContactSplit& what)
{
    auto* const ticket = state.find(what.ticket);
    const auto slot = state.receipts.find(receipt_key(what.source, what.ref));
    if (ticket == nullptr || slot == ReceiptSlot::none) return;
    state.receipts[slot].split = true;
    if (ticket->contacts > 0) --ticket->contacts;
    const auto& text = ticket->text;
    if (text[TicketText::source] != what.source || text[TicketText::ref] != what.ref) return;
    TicketText::Views views{};
    views[TicketText::facts] = text[TicketText::facts];
    views[TicketText::body] = text[TicketText::earlier];
    ticket->text = TicketText(views);
}

void evolve(State& state, const Event&, const ReceiptsForgotten& what)
{
    state.receipts.forget(
        what.before, [&](const Receipt& receipt) { state.lists.release(receipt.fired); },
        [&](TicketId ticket) {
            state.threads.forget(ticket);
            drop_closed(state, ticket);
            state.merged.erase(ticket);
        });
}

void evolve(State& state, const Event&, const ClosedKept& what)
{
    state.closed_kept_seconds = what.seconds;
    auto& order = state.closed_by_end;
    while (!order.empty() && order.begin()->first < what.before) drop_closed(state, order.begin()->second);
}

}  // namespace triaged::desk
