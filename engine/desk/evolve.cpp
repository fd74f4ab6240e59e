// evolve: what each event changes. Total: an event about something unknown changes nothing.

#include <algorithm>

#include "engine/desk/desk.hpp"

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
    Reseating(State& state, Agent& agent) : state_(state), agent_(agent) { state_.board.take(agent_); }
    ~Reseating() { state_.board.put(agent_); }
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

/// Counts the contact, remembers whom it is from and leaves a receipt for it.
void take_contact(State& state, Ticket& ticket, const Contact& contact, bool joined)
{
    const auto key = receipt_key(contact.source, contact.ref);
    const bool counted = state.receipts.find(key) != ReceiptSlot::none;  // it was another ticket's before
    if (!contact.customer.value.empty()) ticket.customer = state.customer_slot(contact.customer);
    if (ticket.customer != CustomerSlot::none) {
        auto& customer = state.customers[static_cast<std::size_t>(ticket.customer)];
        ticket.contacts_before = customer.contacts;
        if (!counted) ++customer.contacts;
    }
    ++ticket.contacts;
    ticket.channel = contact.channel;
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

/// An escalation right after the routing, event upon event at the same instant, belongs to the answer.
void extend_answer(State& state, const Ticket& ticket, const TicketEscalated& what, const Event& event)
{
    if (ticket.receipts == ReceiptSlot::none) return;
    auto& receipt = state.receipts[ticket.receipts];
    const bool at_once = receipt.seq != 0 && receipt.seq + 1 == event.seq && receipt.at == event.at;
    if (!at_once || state.rulebook(receipt.rulebook) != what.rulebook) return;
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
        if (slot == state.in_force) return;
        state.in_force = slot;
        state.sweep = {TicketId{1}, state.next_ticket};
    }

    void operator()(const CustomerUpdated& what)
    {
        const auto slot = state.customer_slot(what.customer);
        state.customers[static_cast<std::size_t>(slot)].facts.merge(what.facts);
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
            if (what.queue) ticket->queue = state.symbols.intern(what.queue->value);
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
        ticket->phase = TicketPhase::offered;
        ticket->agent = agent->slot;
        ticket->units = what.units;
        ticket->expires_at = what.expires_at;
        agent->used += what.units;
        agent->last_offer = event.seq;
        agent->tickets.insert(std::lower_bound(agent->tickets.begin(), agent->tickets.end(), ticket->id),
                              ticket->id);
    }

    void operator()(const OfferAccepted& what)
    {
        auto* const ticket = held(state, what.ticket, what.agent, TicketPhase::offered);
        if (ticket == nullptr) return;
        const Refiling refiling(state, *ticket);
        ticket->phase = TicketPhase::assigned;
        ticket->expires_at = Instant::max();
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
        auto* const ticket = held(state, what.ticket, what.agent, TicketPhase::assigned);
        if (ticket == nullptr) return;
        auto& agent = state.agent(ticket->agent);
        meet(state, *ticket, ticket->agent, event.at);
        state.unfile(*ticket);
        release(state, *ticket);
        {
            const Reseating reseating(state, agent);
            agent.idle_since = event.at;
        }
        state.receipts.end(event.at, ticket->receipts, what.ticket);
        end_merged(state, *ticket, event.at);
        const auto place = state.tickets.find(what.ticket);
        if (state.closed_kept_seconds > 0) {
            state.closed[what.ticket] = {event.at, std::move(place->second)};
            state.closed_by_end.insert({event.at, what.ticket});
        } else {
            release_lists(state, *place->second);
        }
        state.tickets.erase(place);
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
        auto ticket = std::move(found->second.ticket);
        state.closed.erase(found);
        state.closed_by_end.erase({ended_at, what.ticket});
        state.receipts.revive(ended_at, what.ticket);
        revive_merged(state, *ticket, ended_at);
        ticket->waiting_since = event.at;
        if (ticket->extras) ticket->extras->refusals.clear();  // who would not then may now
        state.file(*ticket);
        state.tickets[what.ticket] = std::move(ticket);
    }

    void operator()(const TicketMerged& what)
    {
        if (what.into.value == 0) return unmerge(what);
        auto* const into = state.find(what.into);
        const auto place = state.tickets.find(what.ticket);
        if (into == nullptr || place == state.tickets.end() || !place->second->waits() || !into->routed())
            return;
        if (what.ticket == what.into) return;
        auto ticket = std::move(place->second);
        state.unfile(*ticket);
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

    void operator()(const ClosedKept& what)
    {
        state.closed_kept_seconds = what.seconds;
        auto& order = state.closed_by_end;
        while (!order.empty() && order.begin()->first < what.before)
            drop_closed(state, order.begin()->second);
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
