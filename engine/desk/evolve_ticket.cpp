// evolve: what happens to a ticket from its first contact to its end.

#include <algorithm>

#include "engine/desk/evolution.hpp"

namespace triaged::desk {

namespace {

/// Text of earlier contacts that stays in memory, bytes a ticket; the journal has all of it.
constexpr std::size_t earlier_bytes_max = 65'536;

ListId symbol_list(State& state, const std::vector<std::string>& texts)
{
    std::vector<std::uint32_t> symbols;
    symbols.reserve(texts.size());
    for (const auto& text : texts) symbols.push_back(static_cast<std::uint32_t>(state.symbols.intern(text)));
    return state.lists.acquire(symbols);
}

/// \pre `list` was acquired for `kept`.
void replace_list(State& state, ListId& kept, ListId list)
{
    state.lists.release(kept);
    kept = list;
}

std::string_view bytes_of(const FactSet& facts) { return facts.bytes(); }

void drop_callback(Ticket& ticket, Instant at)
{
    if (ticket.callback() == nullptr) return;
    if (ticket.called_later()) ticket.waiting_since = std::min(ticket.waiting_since, at);
    ticket.extras->callback.reset();
}

/// Counts a contact; the times of the latest are kept.
void note_contact(Customer& customer, Instant at)
{
    ++customer.contacts;
    customer.first_seen = std::min(customer.first_seen, at);
    if (customer.recent.size() == recent_contacts_max) customer.recent.erase(customer.recent.begin());
    customer.recent.push_back(at);
}

/// Counts the contact, remembers whom it is from and leaves a receipt for it.
void take_contact(State& state, Ticket& ticket, const Contact& contact, bool joined)
{
    const auto key = receipt_key(contact.source, contact.ref);
    const bool counted = state.receipts.find(key) != ReceiptSlot::none;  // it was another ticket's before
    if (!contact.customer.value.empty()) {
        const auto customer = state.customer_slot(contact.customer);
        if (customer != ticket.customer) state.change_customer(ticket, customer);
    }
    if (ticket.customer != CustomerSlot::none) {
        auto& customer = state.customers[static_cast<std::size_t>(ticket.customer)];
        ticket.contacts_before = customer.contacts;
        if (!counted) note_contact(customer, contact.at);
    }
    ++ticket.contacts;
    // A customer who is on the line again need not be called; a letter changes nothing about that.
    if (is_live(contact.channel)) drop_callback(ticket, contact.at);
    if (ticket.callback() == nullptr) ticket.channel = contact.channel;  // else it is to be a call
    ticket.last_contact_at = contact.at;
    if (counted) return;
    Receipt receipt;
    receipt.key = key;
    receipt.ticket = ticket.id;
    receipt.follows = joined ? TicketId{} : ticket.follows;
    receipt.older = ticket.receipts;
    receipt.joined = joined;
    ticket.receipts = state.receipts.add(receipt);
}

/// The ticket's text once `contact` has joined: its latest contact's, with those before in `earlier`.
TicketText joined_text(const TicketText& text, const Contact& contact)
{
    std::string earlier(text[TicketText::earlier]);
    for (const auto part : {text[TicketText::subject], text[TicketText::body]}) {
        if (part.empty()) continue;
        if (!earlier.empty()) earlier += "\n\n";
        earlier += part;
    }
    if (earlier.size() > earlier_bytes_max) {
        std::size_t cut = earlier.size() - earlier_bytes_max;
        const auto continues = [&](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
        while (cut < earlier.size() && continues(earlier[cut])) ++cut;  // not within a UTF-8 sequence
        earlier.erase(0, cut);
    }
    auto facts = FactSet::from_bytes(text[TicketText::facts]);
    check(facts.has_value(), "stored facts are well formed");
    facts->merge(contact.facts);
    const TicketText::Views views{contact.source,  contact.ref,  bytes_of(*facts),
                                  contact.subject, contact.body, earlier};
    return TicketText(views);
}

/// The answer to the ticket's latest contact, unless it has one.
void answer(State& state, const Ticket& ticket, const Event& event)
{
    if (ticket.receipts == ReceiptSlot::none) return;
    auto& receipt = state.receipts[ticket.receipts];
    if (receipt.seq != 0) return;
    receipt.seq = event.seq;
    receipt.at = event.at;
    receipt.rulebook = ticket.rulebook;
    receipt.queue = ticket.queue;
    receipt.priority = ticket.priority;
    receipt.fired = state.lists.acquire(state.lists.items(ticket.fired));
}

/// The answer to the ticket's latest contact, if `event` follows right after it, event upon event at the same
/// instant: then it belongs to it. Else null. No other step than the contact's may begin with such an event.
Receipt* answer_at_once(State& state, const Ticket& ticket, const Event& event)
{
    if (ticket.receipts == ReceiptSlot::none) return nullptr;
    auto& receipt = state.receipts[ticket.receipts];
    const bool at_once = receipt.seq != 0 && receipt.seq + 1 == event.seq && receipt.at == event.at;
    return at_once ? &receipt : nullptr;
}

/// The ticket stands on another queue, whose steps it has before it.
void come_to(State& state, Ticket& ticket, const QueueName& name, Instant at)
{
    const auto queue = state.symbols.intern(name.value);
    if (queue == ticket.queue) return;
    ticket.queue = queue;
    start_anew(ticket, SlaTarget::queue);
    auto& extras = extras_of(ticket);
    extras.queue_since = at;
    extras.steps_since = Instant::max();
    extras.widened = 0;
}

void extend_answer(State& state, const Ticket& ticket, const TicketEscalated& what, const Event& event)
{
    auto* const kept = answer_at_once(state, ticket, event);
    if (kept == nullptr || state.rulebook(kept->rulebook) != what.rulebook) return;
    auto& receipt = *kept;
    receipt.seq = event.seq;
    receipt.queue = ticket.queue;
    receipt.priority = ticket.priority;
    const auto fired = state.lists.items(receipt.fired);
    std::vector<std::uint32_t> rules(fired.begin(), fired.end());
    rules.push_back(what.rule);
    replace_list(state, receipt.fired, state.lists.acquire(rules));
}

void rebucket(State& state, Ticket& ticket)
{
    ticket.bucket = state.board.bucket(state.skill_sets, ticket.queue, ticket.needs, ticket.channel);
}

/// The tickets merged into one that is completed are completed with it.
void end_merged(State& state, const Ticket& into, Instant at)
{
    if (!has_merged(into)) return;
    for (auto& [id, merged] : state.merged) {
        if (merged.ended_at != Instant::max() || state.root(id) != into.id) continue;
        if (merged.ticket) release_lists(state, *merged.ticket);
        merged.ticket.reset();
        merged.ended_at = at;
        state.receipts.end(at, merged.receipts, id);
    }
}

/// The ticket is over. \pre it is in nobody's hands and in no index. \param keep  to be reopened
void end_ticket(State& state, Ticket& ticket, Closed&& closed, bool keep)
{
    drop_callback(ticket, closed.at);
    const auto id = ticket.id;
    state.receipts.end(closed.at, ticket.receipts, id);
    end_merged(state, ticket, closed.at);
    const auto place = state.tickets.find(id);
    if (keep) {
        state.closed_by_end.insert({closed.at, id});
        closed.ticket = std::move(place->second);
        state.closed[id] = std::move(closed);
    } else {
        release_lists(state, ticket);
    }
    state.tickets.erase(place);
}

}  // namespace

void evolve(State& state, const Event&, const CustomerUpdated& what)
{
    const auto slot = state.customer_slot(what.customer);
    state.customers[static_cast<std::size_t>(slot)].facts.merge(what.facts);
}

void evolve(State& state, const Event& event, const TicketOpened& what)
{
    if (what.ticket.value == 0 || state.find(what.ticket) != nullptr) return;
    state.next_ticket = std::max(state.next_ticket, TicketId{what.ticket.value + 1});
    auto owned = std::make_unique<Ticket>();
    auto& ticket = *owned;
    ticket.id = what.ticket;
    ticket.follows = what.follows;
    ticket.opened_at = event.at;
    const auto& contact = what.contact;
    const TicketText::Views views{contact.source,  contact.ref,  bytes_of(contact.facts),
                                  contact.subject, contact.body, {}};
    ticket.text = TicketText(views);
    take_contact(state, ticket, contact, false);
    state.tickets.emplace_hint(state.tickets.end(), what.ticket, std::move(owned));
}

void evolve(State& state, const Event& event, const ContactJoined& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr) return;
    const Refiling refiling(state, *ticket);
    ticket->text = joined_text(ticket->text, what.contact);
    take_contact(state, *ticket, what.contact, true);
    auto& record = ticket->record;
    if (record.responded && record.unanswered_since == Instant::max()) record.unanswered_since = event.at;
    if (ticket->routed()) rebucket(state, *ticket);
}

void evolve(State& state, const Event& event, const TicketRouted& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr) return;
    const auto& routing = what.routing;
    {
        const Refiling refiling(state, *ticket);
        if (!ticket->routed()) ticket->enqueued_at = ticket->waiting_since = event.at;
        ticket->rulebook = ticket->scheduled_by = state.rulebook_slot(routing.rulebook);
        ticket->enriched = state.symbols.intern(routing.enriched.bytes());
        ticket->queue = state.symbols.intern(routing.queue.value);
        ticket->intent = state.symbols.intern(routing.intent);
        ticket->sla = state.symbols.intern(routing.sla);
        ticket->contact_by = state.symbols.intern(routing.contact_by);
        ticket->priority = routing.priority;
        ticket->needs = state.skill_sets.intern(what.needs);
        ticket->skills = state.skill_sets.intern(routing.skills);
        ticket->queued_as = what.queued_as;
        ticket->recheck_at = what.recheck_at;
        rebucket(state, *ticket);
    }
    replace_list(state, ticket->tags, symbol_list(state, routing.tags));
    replace_list(state, ticket->fired, state.lists.acquire(routing.trace.fired));
    answer(state, *ticket, event);
}

void evolve(State& state, const Event& event, const TicketEscalated& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr || !ticket->routed()) return;
    {
        const Refiling refiling(state, *ticket);
        if (what.priority) ticket->priority = *what.priority;
        if (what.queue) come_to(state, *ticket, *what.queue, event.at);
        if (what.needs) ticket->needs = state.skill_sets.intern(*what.needs);
        if (!what.contact_by.empty()) ticket->contact_by = state.symbols.intern(what.contact_by);
        ticket->queued_as = what.queued_as;
        rebucket(state, *ticket);
    }
    if (!what.tags.empty()) {
        auto tags = state.tags(*ticket);
        tags.insert(tags.end(), what.tags.begin(), what.tags.end());
        std::sort(tags.begin(), tags.end());
        tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
        replace_list(state, ticket->tags, symbol_list(state, tags));
    }
    extras_of(*ticket).escalated.push_back({state.rulebook_slot(what.rulebook), what.rule});
    extend_answer(state, *ticket, what, event);
}

void evolve(State& state, const Event&, const RecheckScheduled& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr) return;
    // Repeating a schedule unchanged is how a sweep records how far it has got.
    const bool repeated = ticket->recheck_at == what.at;
    if (repeated && state.sweep.next <= what.ticket && what.ticket < state.sweep.end)
        state.sweep.next = TicketId{what.ticket.value + 1};
    ticket->scheduled_by = state.rulebook_slot(what.rulebook);
    if (repeated) return;
    const Refiling refiling(state, *ticket);
    ticket->recheck_at = what.at;
}

void evolve(State& state, const Event&, const TicketWidened& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr || !ticket->routed()) return;
    const Refiling refiling(state, *ticket);
    ticket->needs = state.skill_sets.intern(what.needs);
    extras_of(*ticket).widened = what.step;
    rebucket(state, *ticket);
}

void evolve(State& state, const Event& event, const TicketMoved& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr || !ticket->routed()) return;
    const Refiling refiling(state, *ticket);
    if (ticket->phase != TicketPhase::waiting) {
        if (ticket->phase == TicketPhase::assigned) ticket->waiting_since = event.at;
        note_refusal(*ticket, {ticket->agent, what.by != "requeue", event.at});
        for (const auto slot : ticket->holders()) release(state, *ticket, slot);
    }
    const bool overflows = what.by == "overflow";
    if (overflows) extras_of(*ticket).overflowed.push_back(ticket->queue);
    come_to(state, *ticket, what.queue, event.at);
    ticket->needs = state.skill_sets.intern(what.needs);
    ticket->queued_as = what.queued_as;
    rebucket(state, *ticket);
    if (!what.note.empty() && !overflows) extras_of(*ticket).note = what.note;
    if (auto* const receipt = overflows ? answer_at_once(state, *ticket, event) : nullptr) {
        receipt->seq = event.seq;
        receipt->queue = ticket->queue;
    }
}

void evolve(State& state, const Event& event, const PromiseMade& what)
{
    const auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr) return;
    if (auto* const receipt = answer_at_once(state, *ticket, event)) {
        receipt->seq = event.seq;
        receipt->promise = what.answer_by;
    }
}

void evolve(State& state, const Event& event, const WaitTold& what)
{
    const auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr || ticket->receipts == ReceiptSlot::none) return;
    // The contact came in this very step, if with offers of others in between.
    auto& receipt = state.receipts[ticket->receipts];
    receipt.seq = event.seq;
    receipt.promise = what.taken_by;
    receipt.told = true;
    receipt.ahead = what.ahead;
}

void evolve(State& state, const Event& event, const TicketCompleted& what)
{
    const bool by_nobody = what.agent.value.empty();
    auto* const ticket =
        by_nobody ? state.find(what.ticket) : held(state, what.ticket, what.agent, TicketPhase::assigned);
    if (ticket == nullptr || (by_nobody && !ticket->free())) return;
    state.unfile(*ticket);
    state.delist(*ticket);
    note_response(*ticket);
    if (!by_nobody) {
        auto& agent = state.agent(ticket->agent);
        meet(state, *ticket, ticket->agent, event.at);
        release(state, *ticket, agent.slot);
        const Reseating reseating(state, agent);
        agent.idle_since = event.at;
    }
    end_ticket(state, *ticket, {event.at, nullptr}, state.closed_kept_seconds > 0);
}

void evolve(State& state, const Event& event, const TicketAbandoned& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr || !ticket->free()) return;
    state.unfile(*ticket);
    state.delist(*ticket);
    const bool keep = state.closed_kept_seconds > 0 || what.place_until > event.at;
    end_ticket(state, *ticket, {event.at, nullptr, true, what.place_until}, keep);
}

void evolve(State& state, const Event& event, const CallbackRequested& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr || !ticket->free()) return;
    const Refiling refiling(state, *ticket);
    drop_callback(*ticket, event.at);
    const bool later = what.not_before > event.at;
    extras_of(*ticket).callback = Callback{what.number, what.not_before, later};
    ticket->channel = Channel::phone;
    if (later) ticket->waiting_since = what.not_before;
    rebucket(state, *ticket);
}

void evolve(State& state, const Event&, const CallbackDue& what)
{
    auto* const ticket = state.find(what.ticket);
    if (ticket == nullptr || !ticket->called_later()) return;
    const Refiling refiling(state, *ticket);
    ticket->extras->callback->pending = false;
}

}  // namespace triaged::desk
