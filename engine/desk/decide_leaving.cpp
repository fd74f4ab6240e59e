// Deciding what it means that customers leave the line: for good, or to be called.

#include <fmt/format.h>

#include "engine/desk/decision.hpp"

namespace triaged::desk {

namespace {

/// The ticket that is named, by its number or by one of its contacts; 0 if there never was such a contact.
TicketId named(const State& state, TicketId ticket, std::string_view source, std::string_view ref)
{
    if (ticket.value != 0 || ref.empty()) return ticket;
    const auto slot = state.receipts.find(receipt_key(source, ref));
    return slot == ReceiptSlot::none ? TicketId{} : state.receipts[slot].ticket;
}

/// A ticket that nobody has accepted, or why there is none.
Result<const Ticket*> not_taken(const State& state, TicketId id, std::string_view ref)
{
    if (id.value == 0)
        return fail(ErrorCode::unknown_ticket, fmt::format("no ticket has a contact '{}'", ref));
    const auto* const ticket = state.find(id);
    if (ticket == nullptr) {
        const auto root = state.root(id);
        if (root != id)
            return fail(ErrorCode::unknown_ticket,
                        fmt::format("{}: merged into {}", to_string(id), to_string(root)));
        const bool was = id < state.next_ticket;
        return fail(
            ErrorCode::unknown_ticket,
            fmt::format("{}: {}", to_string(id), was ? "completed, no longer open" : "no such ticket"));
    }
    if (ticket->phase == TicketPhase::assigned)
        return fail(ErrorCode::not_waiting, fmt::format("{}: '{}' has it and will complete it", to_string(id),
                                                        state.agent(ticket->agent).id.value));
    return ticket;
}

std::string number_of(const Ticket& ticket, const RequestCallback& command)
{
    if (!command.number.empty()) return command.number;
    const auto facts = ticket_facts(ticket);
    const auto known = facts.find("phone.number");
    return known ? to_string(*known) : std::string();
}

}  // namespace

Result<void> abandon(Decision& decision, const AbandonTicket& command)
{
    const auto& state = decision.state;
    const auto id = named(state, command.ticket, command.source, command.ref);
    if (const auto closed = state.closed.find(id); closed != state.closed.end() && closed->second.abandoned)
        return {};  // said twice
    const auto ticket = not_taken(state, id, command.ref);
    if (!ticket) return tl::unexpected(ticket.error());
    take_back(decision, **ticket, "abandoned");
    end_promises(decision, **ticket);
    keep_closed(decision);
    decision.add(TicketAbandoned{id, decision.now + decision.policies.desk.threads.place_kept});
    return {};
}

Result<void> call_back(Decision& decision, const RequestCallback& command)
{
    const auto& state = decision.state;
    const auto id = named(state, command.ticket, command.source, command.ref);
    const auto found = not_taken(state, id, command.ref);
    if (!found) return tl::unexpected(found.error());
    const auto& ticket = **found;
    CallbackRequested what{id, number_of(ticket, command),
                           std::max(command.at.value_or(decision.now), decision.now)};
    const auto* const known = ticket.callback();
    const bool later = what.not_before > decision.now;
    if (known != nullptr && known->number == what.number &&
        (later ? known->not_before == what.not_before : !known->pending))
        return {};  // said twice
    take_back(decision, ticket, "callback");
    const auto not_before = what.not_before;
    decision.add(std::move(what));
    recheck(decision, ticket, later ? not_before : std::min(ticket.waiting_since, decision.now));
    return {};
}

}  // namespace triaged::desk
