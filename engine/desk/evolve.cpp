// evolve: what each event changes. Total: an event about something unknown changes nothing.

#include <algorithm>

#include "engine/desk/desk.hpp"
#include "engine/desk/sla.hpp"

namespace triaged::desk {

namespace {

/// Text of earlier contacts that stays in memory, bytes a ticket; the journal has all of it.
constexpr std::size_t earlier_bytes_max = 65'536;

/// Takes a ticket out of every index for as long as it is being changed.
class Refiling {
public:
    Refiling(State& state, Ticket& ticket) : state_(state), ticket_(ticket) { state_.unfile(ticket_); }
    ~Refiling() { state_.file(ticket_); }
    Refiling(const Refiling&) = delete;
    Refiling& operator=(const Refiling&) = delete;

private:
    State& state_;
    Ticket& ticket_;
};

/// The same for an agent.
class Reseating {
public:
    Reseating(State& state, Agent& agent) : state_(state), agent_(agent) { state_.unseat(agent_); }
    ~Reseating() { state_.seat(agent_); }
    Reseating(const Reseating&) = delete;
    Reseating& operator=(const Reseating&) = delete;

private:
    State& state_;
    Agent& agent_;
};

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

TicketExtras& extras_of(Ticket& ticket)
{
    if (!ticket.extras) ticket.extras = std::make_unique<TicketExtras>();
    return *ticket.extras;
}

/// Notes that `agent` was offered the ticket in vain. A decline is final; a miss moves to the end.
void note_refusal(Ticket& ticket, Refusal refusal)
{
    auto& refusals = extras_of(ticket).refusals;
    const auto same = [&](const Refusal& other) { return other.agent == refusal.agent; };
    refusals.erase(std::remove_if(refusals.begin(), refusals.end(), same), refusals.end());
    refusals.push_back(refusal);
}

/// The customer has met the agent.
void meet(State& state, const Ticket& ticket, AgentSlot agent, Instant at)
{
    if (ticket.customer == CustomerSlot::none) return;
    auto& customer = state.customers[static_cast<std::size_t>(ticket.customer)];
    customer.last_agent = agent;
    customer.last_agent_at = at;
}

/// The ticket comes into the agent's hands. \pre both are taken out of their indexes
void hold(Ticket& ticket, Agent& agent, int units)
{
    ticket.agent = agent.slot;
    ticket.units = units;
    agent.used += units;
    agent.tickets.insert(std::lower_bound(agent.tickets.begin(), agent.tickets.end(), ticket.id), ticket.id);
}

/// The ticket leaves its agent's hands and waits again.
void release(State& state, Ticket& ticket)
{
    auto& agent = state.agent(ticket.agent);
    {
        const Reseating reseating(state, agent);
        agent.used -= ticket.units;
        const auto held = std::lower_bound(agent.tickets.begin(), agent.tickets.end(), ticket.id);
        check(held != agent.tickets.end() && *held == ticket.id,
              "an agent's list has what tickets say they hold");
        agent.tickets.erase(held);
    }
    state.board.stir(agent);
    ticket.phase = TicketPhase::waiting;
    ticket.agent = AgentSlot::none;
    ticket.units = 0;
    ticket.expires_at = Instant::max();
}

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
/// instant: then it belongs to it. Else null.
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
    auto& extras = extras_of(ticket);
    extras.queue_since = at;
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

/// The open offer of `ticket` to `agent`, if that is how it stands.
Ticket* held(State& state, TicketId id, const AgentId& agent, TicketPhase phase)
{
    auto* const ticket = state.find(id);
    if (ticket == nullptr || ticket->phase != phase || ticket->agent == AgentSlot::none) return nullptr;
    return state.agent(ticket->agent).id == agent ? ticket : nullptr;
}

void release_lists(State& state, const Ticket& ticket)
{
    state.lists.release(ticket.tags);
    state.lists.release(ticket.fired);
}

/// A completed ticket can no longer be reopened.
void drop_closed(State& state, TicketId id)
{
    const auto found = state.closed.find(id);
    if (found == state.closed.end()) return;
    release_lists(state, *found->second.ticket);
    state.closed_by_end.erase({found->second.at, id});
    state.closed.erase(found);
}

bool has_merged(const Ticket& ticket) { return ticket.extras && ticket.extras->merged > 0; }

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

/// The clock of `target` starts anew, or has ended: nothing has been said of it.
void start_anew(Ticket& ticket, SlaTarget target)
{
    const auto others = static_cast<std::uint8_t>(~sla_bit(target));
    ticket.record.warned &= others;
    ticket.record.breached &= others;
}

void note_response(Ticket& ticket)
{
    ticket.record.responded = true;
    ticket.record.unanswered_since = Instant::max();
    start_anew(ticket, SlaTarget::first_response);
    start_anew(ticket, SlaTarget::next_response);
}

/// Somebody has it now: its wait is over, and who is on the line is answered by that.
void note_taken(Ticket& ticket)
{
    start_anew(ticket, SlaTarget::wait);
    if (is_live(ticket.channel)) note_response(ticket);
}

void end_hold(TicketExtras& extras, Instant at)
{
    if (!extras.held()) return;
    auto& pause = extras.pauses.back();
    pause.to = at;
    if (!(pause.from < at)) extras.pauses.pop_back();
    extras.hold_reason.clear();
    extras.hold_until = Instant::max();
}

struct Evolution {
    State& state;
    const Event& event;

    void operator()(const RulebookAdopted& what)
    {
        const auto slot = state.rulebook_slot(what.rulebook);
        auto& known = state.rulebooks[static_cast<std::size_t>(slot)];
        known.digest = what.digest;
        known.rules.clear();
        for (const auto& rule : what.rules) known.rules.push_back(state.symbols.intern(rule));
        state.in_force = slot;
        state.sweep = {TicketId{1}, state.next_ticket};
    }

    void operator()(const CustomerUpdated& what)
    {
        const auto slot = state.customer_slot(what.customer);
        state.customers[static_cast<std::size_t>(slot)].facts.merge(what.facts);
        refresh_tickets(state, slot, event.at);
    }

    void operator()(const TicketOpened& what)
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

    void operator()(const ContactJoined& what)
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

    void operator()(const TicketRouted& what)
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

    void operator()(const TicketEscalated& what)
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

    void operator()(const RecheckScheduled& what)
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

    void operator()(const AgentSignedIn& what)
    {
        auto& agent = state.agent(state.agent_slot(what.agent));
        {
            const Reseating reseating(state, agent);
            if (!agent.available()) agent.idle_since = event.at;
            agent.name = what.name;
            agent.skills = what.skills;
            agent.group = state.board.group(state.skill_sets, state.skill_sets.intern(what.skills));
            agent.capacity = std::max(1, what.capacity);
            agent.presence = Presence::available;
            agent.reason.clear();
            agent.missed = 0;
        }
        state.board.stir(agent);
    }

    void operator()(const PresenceSet& what)
    {
        auto* const agent = state.find(what.agent);
        if (agent == nullptr) return;
        {
            const Reseating reseating(state, *agent);
            if (what.presence == Presence::available && !agent->available()) agent->idle_since = event.at;
            agent->presence = what.presence;
            agent->reason = what.reason;
            agent->missed = 0;
        }
        state.board.stir(*agent);
    }

    void operator()(const OfferMade& what)
    {
        auto* const ticket = state.find(what.ticket);
        auto* const agent = state.find(what.agent);
        if (ticket == nullptr || agent == nullptr || !ticket->waits()) return;
        const Refiling refiling(state, *ticket);
        const Reseating reseating(state, *agent);
        hold(*ticket, *agent, what.units);
        ticket->phase = TicketPhase::offered;
        ticket->expires_at = what.expires_at;
        agent->last_offer = event.seq;
    }

    void operator()(const OfferAccepted& what)
    {
        auto* const ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
        if (ticket == nullptr) return;
        const Refiling refiling(state, *ticket);
        ticket->phase = TicketPhase::assigned;
        ticket->expires_at = Instant::max();
        note_taken(*ticket);
        state.agent(ticket->agent).missed = 0;
        meet(state, *ticket, ticket->agent, event.at);
    }

    void operator()(const OfferDeclined& what)
    {
        auto* const ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
        if (ticket == nullptr) return;
        const Refiling refiling(state, *ticket);
        note_refusal(*ticket, {ticket->agent, true, event.at});
        state.agent(ticket->agent).missed = 0;
        release(state, *ticket);
    }

    void operator()(const OfferExpired& what)
    {
        auto* const ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
        if (ticket == nullptr) return;
        const Refiling refiling(state, *ticket);
        note_refusal(*ticket, {ticket->agent, false, event.at});
        ++state.agent(ticket->agent).missed;
        release(state, *ticket);
    }

    void operator()(const TicketReturned& what)
    {
        auto* ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
        const bool was_assigned = ticket == nullptr;
        if (was_assigned) ticket = held(state, what.ticket, what.agent, TicketPhase::assigned);
        if (ticket == nullptr) return;
        const Refiling refiling(state, *ticket);
        if (was_assigned) ticket->waiting_since = event.at;
        release(state, *ticket);
    }

    void operator()(const TicketCompleted& what)
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
            release(state, *ticket);
            const Reseating reseating(state, agent);
            agent.idle_since = event.at;
        }
        end_ticket(state, *ticket, {event.at, nullptr}, state.closed_kept_seconds > 0);
    }

    void operator()(const TicketAbandoned& what)
    {
        auto* const ticket = state.find(what.ticket);
        if (ticket == nullptr || !ticket->free()) return;
        state.unfile(*ticket);
        state.delist(*ticket);
        const bool keep = state.closed_kept_seconds > 0 || what.place_until > event.at;
        end_ticket(state, *ticket, {event.at, nullptr, true, what.place_until}, keep);
    }

    void operator()(const CallbackRequested& what)
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

    void operator()(const CallbackDue& what)
    {
        auto* const ticket = state.find(what.ticket);
        if (ticket == nullptr || !ticket->called_later()) return;
        const Refiling refiling(state, *ticket);
        ticket->extras->callback->pending = false;
    }

    void operator()(const ReceiptsForgotten& what)
    {
        state.receipts.forget(
            what.before, [&](const Receipt& receipt) { state.lists.release(receipt.fired); },
            [&](TicketId ticket) {
                state.threads.forget(ticket);
                drop_closed(state, ticket);
                state.merged.erase(ticket);
            });
    }

    void operator()(const ContactThreaded& what)
    {
        if (state.find(what.ticket) == nullptr) return;
        for (const auto& key : what.keys) state.threads.note(key, what.ticket, event.at);
    }

    void operator()(const TicketReopened& what)
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
        ticket->record = {Instant::max(), 0, 0, ticket->record.responded};
        auto& extras = extras_of(*ticket);
        extras.refusals.clear();  // who would not then may now
        extras.note.clear();
        extras.reopened_at = event.at;
        end_hold(extras, event.at);
        extras.pauses.clear();
        state.file(*ticket);
        state.enlist(*ticket);
        state.tickets[what.ticket] = std::move(ticket);
    }

    void operator()(const TicketMerged& what)
    {
        if (what.into.value == 0) return unmerge(what);
        auto* const into = state.find(what.into);
        const auto place = state.tickets.find(what.ticket);
        if (into == nullptr || place == state.tickets.end() || !into->routed()) return;
        if (!place->second->free()) return;
        if (what.ticket == what.into) return;
        auto ticket = std::move(place->second);
        state.unfile(*ticket);
        state.delist(*ticket);
        state.tickets.erase(place);
        const auto receipts = ticket->receipts;
        state.merged[what.ticket] = {what.into, std::move(ticket), receipts, Instant::max()};
        const Refiling refiling(state, *into);
        into->queued_as = what.queued_as;
        ++extras_of(*into).merged;
    }

    void unmerge(const TicketMerged& what)
    {
        const auto found = state.merged.find(what.ticket);
        if (found == state.merged.end() || found->second.ticket == nullptr) return;
        auto ticket = std::move(found->second.ticket);
        const auto from = found->second.into;
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

    void operator()(const ContactSplit& what)
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

    void operator()(const TicketReplied& what)
    {
        if (auto* const ticket = state.find(what.ticket)) note_response(*ticket);
    }

    void operator()(const TicketHeld& what)
    {
        auto* const ticket = state.find(what.ticket);
        if (ticket == nullptr) return;
        auto& extras = extras_of(*ticket);
        if (!extras.held()) extras.pauses.push_back({event.at, Instant::max()});
        extras.hold_reason = what.reason;
        extras.hold_until = what.until;
    }

    void operator()(const TicketResumed& what)
    {
        auto* const ticket = state.find(what.ticket);
        if (ticket == nullptr || !ticket->extras) return;
        // A hold ends when it was to end, even if nobody looked at that very moment.
        end_hold(*ticket->extras, std::min(event.at, ticket->extras->hold_until));
    }

    void operator()(const SlaWarned& what)
    {
        if (auto* const ticket = state.find(what.ticket)) ticket->record.warned |= sla_bit(what.target);
    }

    void operator()(const SlaBreached& what)
    {
        if (auto* const ticket = state.find(what.ticket)) ticket->record.breached |= sla_bit(what.target);
    }

    void operator()(const SlaEnded&) {}

    void operator()(const ClosedKept& what)
    {
        state.closed_kept_seconds = what.seconds;
        auto& order = state.closed_by_end;
        while (!order.empty() && order.begin()->first < what.before)
            drop_closed(state, order.begin()->second);
    }

    void operator()(const SurgeCounted& what) { evolve_problems(state, event, what); }
    void operator()(const ProblemOpened& what) { evolve_problems(state, event, what); }
    void operator()(const ProblemLinked& what) { evolve_problems(state, event, what); }
    void operator()(const ProblemChanged& what) { evolve_problems(state, event, what); }
    void operator()(const TicketParked& what) { evolve_problems(state, event, what); }
    void operator()(const TicketAnswered&) {}  // what follows from it comes on its own
    void operator()(const NotifyInhibited& what) { evolve_problems(state, event, what); }
    void operator()(const FeedbackGiven& what) { evolve_customers(state, event, what); }
    void operator()(const OrderUpdated& what) { evolve_customers(state, event, what); }
    void operator()(const ContractUpdated& what) { evolve_customers(state, event, what); }

    void operator()(const TicketAssigned& what)
    {
        auto* const ticket = state.find(what.ticket);
        auto* const agent = state.find(what.agent);
        if (ticket == nullptr || agent == nullptr || !ticket->free()) return;
        const Refiling refiling(state, *ticket);
        if (ticket->called_later()) ticket->extras->callback->pending = false;  // it is called now
        const Reseating reseating(state, *agent);
        hold(*ticket, *agent, what.units);
        ticket->phase = TicketPhase::assigned;
        note_taken(*ticket);
        agent->missed = 0;
        if (!what.note.empty()) extras_of(*ticket).note = what.note;
        meet(state, *ticket, agent->slot, event.at);
    }

    void operator()(const TicketMoved& what)
    {
        auto* const ticket = state.find(what.ticket);
        if (ticket == nullptr || !ticket->routed()) return;
        const Refiling refiling(state, *ticket);
        if (ticket->phase != TicketPhase::waiting) {
            if (ticket->phase == TicketPhase::assigned) ticket->waiting_since = event.at;
            note_refusal(*ticket, {ticket->agent, what.by != "requeue", event.at});
            desk::release(state, *ticket);
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

    void operator()(const TicketWidened& what)
    {
        auto* const ticket = state.find(what.ticket);
        if (ticket == nullptr || !ticket->routed()) return;
        const Refiling refiling(state, *ticket);
        ticket->needs = state.skill_sets.intern(what.needs);
        extras_of(*ticket).widened = what.step;
        rebucket(state, *ticket);
    }

    void operator()(const PromiseMade& what)
    {
        const auto* const ticket = state.find(what.ticket);
        if (ticket == nullptr) return;
        if (auto* const receipt = answer_at_once(state, *ticket, event)) {
            receipt->seq = event.seq;
            receipt->promise = what.answer_by;
        }
    }

    void operator()(const WrapUpStarted& what)
    {
        auto* const agent = state.find(what.agent);
        if (agent == nullptr) return;
        const Reseating reseating(state, *agent);
        agent->used += what.units;
        agent->wrap_ups.push_back({what.ticket, what.units, what.until});
    }

    void operator()(const WrapUpEnded& what)
    {
        auto* const agent = state.find(what.agent);
        if (agent == nullptr) return;
        auto& wrap_ups = agent->wrap_ups;
        const auto ended = std::find_if(wrap_ups.begin(), wrap_ups.end(),
                                        [&](const WrapUp& each) { return each.ticket == what.ticket; });
        if (ended == wrap_ups.end()) return;
        {
            const Reseating reseating(state, *agent);
            agent->used -= ended->units;
            agent->idle_since = event.at;
            wrap_ups.erase(ended);
        }
        state.board.stir(*agent);
    }

    void operator()(const AgentSeen& what)
    {
        auto* const agent = state.find(what.agent);
        if (agent == nullptr) return;
        const Reseating reseating(state, *agent);
        agent->silent_at = what.until;
    }
};

}  // namespace

void evolve(State& state, const Event& event)
{
    std::visit(Evolution{state, event}, event.what);
    state.head = event.seq;
    state.at = event.at;
}

}  // namespace triaged::desk
