// Deciding which ticket a contact belongs to, and what people change about that: merge, split, reopen.

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "engine/desk/decision.hpp"

namespace triaged::desk {

namespace {

/// Whether a contact of this customer may join the ticket by something anybody can write, as a ticket number
/// is: unless the desk knows both customers and they differ.
bool may_be_of(const State& state, const CustomerId& customer, TicketId id)
{
    if (customer.value.empty()) return true;
    const Ticket* ticket = state.find(id);
    if (ticket == nullptr)
        if (const auto closed = state.closed.find(id); closed != state.closed.end())
            ticket = closed->second.ticket.get();
    return ticket == nullptr || ticket->customer == CustomerSlot::none ||
           state.customer(ticket->customer).id == customer;
}

Thread by_number(const Decision& decision, const Contact& contact)
{
    const auto& state = decision.state;
    for (const auto id : ticket_numbers(contact.subject))
        if (id < state.next_ticket && may_be_of(state, contact.customer, state.root(id)))
            return {id, "subject"};
    return {};
}

Thread by_mail(const Decision& decision, const Contact& contact)
{
    const auto& state = decision.state;
    for (const auto& key : mail_references(contact)) {
        const auto* const entry = state.threads.find(key);
        if (entry != nullptr && may_be_of(state, contact.customer, state.root(entry->ticket)))
            return {entry->ticket, key.name};
    }
    return {};
}

Thread by_keys(const Decision& decision, const Contact& contact)
{
    const auto& policy = decision.policies.desk.threads;
    for (const auto& key : thread_keys(policy, contact)) {
        const auto same = [&](const ThreadKeyPolicy& configured) { return configured.name == key.name; };
        const auto found = std::find_if(policy.keys.begin(), policy.keys.end(), same);
        if (found == policy.keys.end()) continue;  // the mail's own id
        const auto* const entry = decision.state.threads.find(key);
        if (entry != nullptr && decision.now <= entry->at + found->within) return {entry->ticket, key.name};
    }
    return {};
}

tl::unexpected<Error> not_open(const State& state, TicketId id)
{
    const bool was = id.value != 0 && id < state.next_ticket;
    const auto why = !was ? "no such ticket" : "completed, no longer open";
    return fail(ErrorCode::unknown_ticket, fmt::format("{}: {}", to_string(id), why));
}

/// The contact `command` names, of `ticket`, as one of its own; or why it cannot be.
Result<Contact> split_off(const State& state, const Ticket& ticket, const SplitTicket& command)
{
    const auto slot = state.receipts.find(receipt_key(command.source, command.ref));
    if (slot == ReceiptSlot::none || state.receipts[slot].ticket != ticket.id || state.receipts[slot].split)
        return fail(ErrorCode::bad_value, fmt::format("{} has no contact '{}' from '{}'",
                                                      to_string(ticket.id), command.ref, command.source));
    if (ticket.contacts < 2)
        return fail(ErrorCode::bad_value,
                    fmt::format("'{}' is the only contact of {}: there is nothing to split", command.ref,
                                to_string(ticket.id)));
    Contact contact;
    contact.source = command.source;
    contact.ref = command.ref;
    contact.channel = ticket.channel;
    contact.facts = ticket_facts(ticket);
    if (ticket.customer != CustomerSlot::none) contact.customer = state.customer(ticket.customer).id;
    const bool latest =
        ticket.text[TicketText::source] == command.source && ticket.text[TicketText::ref] == command.ref;
    const bool given = !command.subject.empty() || !command.body.empty();
    if (!latest && !given)
        return fail(ErrorCode::missing_field,
                    fmt::format("'{}' is not the latest contact of {}: send its `body` along", command.ref,
                                to_string(ticket.id)));
    contact.subject = given ? command.subject : std::string(ticket.text[TicketText::subject]);
    contact.body = given ? command.body : std::string(ticket.text[TicketText::body]);
    if (!latest)  // these are the latest mail's
        for (const auto* name : {"mail.message_id", "mail.in_reply_to", "mail.references"})
            contact.facts.erase(name);
    return contact;
}

void unmerge(Decision& decision, const Merged& merged)
{
    const auto& ticket = *merged.ticket;
    decision.add(TicketMerged{ticket.id, TicketId{}, ticket.queued_as});
    auto standing = standing_of(decision, ticket);
    leave_out(standing, merged.at, decision.now);
    recheck(decision, ticket, standing);
}

}  // namespace

Thread thread_of(const Decision& decision, const Contact& contact)
{
    if (auto found = by_number(decision, contact); found.ticket.value != 0) return found;
    if (auto found = by_mail(decision, contact); found.ticket.value != 0) return found;
    return by_keys(decision, contact);
}

const Closed* reopenable(const Decision& decision, TicketId id)
{
    const auto found = decision.state.closed.find(id);
    if (found == decision.state.closed.end()) return nullptr;
    const auto& closed = found->second;
    const auto& policy = decision.policies.desk.threads;
    const auto within = closed.abandoned ? std::max(policy.reopen, policy.place_kept) : policy.reopen;
    return decision.now <= closed.at + within ? &closed : nullptr;
}

void note_thread(Decision& decision, TicketId ticket, std::string by, std::vector<ThreadKey> keys)
{
    decision.add(ContactThreaded{ticket, std::move(by), std::move(keys)});
}

Result<void> merge(Decision& decision, const MergeTickets& command)
{
    const auto& state = decision.state;
    const auto into = state.root(command.into);
    if (state.root(command.ticket) == into) {
        if (command.ticket != command.into && state.find(command.ticket) == nullptr) return {};  // said twice
        return fail(ErrorCode::bad_value,
                    fmt::format("{} cannot be merged into itself", to_string(command.ticket)));
    }
    const auto* const root = state.find(into);
    if (root == nullptr) return not_open(state, command.into);
    const auto* const ticket = state.find(command.ticket);
    if (ticket == nullptr) {
        const auto other = state.root(command.ticket);
        if (other == command.ticket) return not_open(state, command.ticket);
        return fail(ErrorCode::unknown_ticket,
                    fmt::format("{}: merged into {}; merge that, or split it off first",
                                to_string(command.ticket), to_string(other)));
    }
    end_promises(decision, *ticket);
    take_back(decision, *ticket, "merged into " + to_string(into));
    decision.add(TicketMerged{ticket->id, into, std::min(root->queued_as, ticket->queued_as)});
    return {};
}

Result<void> split(Decision& decision, const SplitTicket& command)
{
    const auto& state = decision.state;
    if (command.ref.empty()) {
        const auto merged = state.merged.find(command.ticket);
        if (merged == state.merged.end())
            return fail(ErrorCode::bad_value,
                        fmt::format("{} is not merged; to split off a contact name its `ref`",
                                    to_string(command.ticket)));
        if (merged->second.ticket == nullptr) return not_open(state, command.ticket);
        unmerge(decision, merged->second);
        return {};
    }
    const auto* const ticket = state.find(state.root(command.ticket));
    if (ticket == nullptr) return not_open(state, command.ticket);
    auto whole = command;
    if (whole.source.empty()) whole.source = ticket->text[TicketText::source];
    auto contact = split_off(state, *ticket, whole);
    if (!contact) return tl::unexpected(contact.error());
    contact->at = decision.now;
    decision.add(ContactSplit{ticket->id, whole.source, whole.ref, state.next_ticket});
    open(decision, std::move(*contact), {}, {}, TicketId{}, {});
    return {};
}

Result<void> reopen(Decision& decision, const ReopenTicket& command)
{
    const auto& state = decision.state;
    const auto id = state.root(command.ticket);
    if (state.find(id) != nullptr) return {};  // it is open
    const auto* const closed = reopenable(decision, id);
    if (closed == nullptr) return not_open(state, command.ticket);
    decision.add(TicketReopened{id, "reopen"});
    recheck(decision, *closed->ticket, decision.now, closed);
    return {};
}

}  // namespace triaged::desk
