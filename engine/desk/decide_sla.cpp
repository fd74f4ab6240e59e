// Deciding what answers and pauses mean.

#include <fmt/format.h>

#include "engine/desk/decision.hpp"
#include "engine/desk/sla.hpp"
#include "engine/rulebook/condition.hpp"

namespace triaged::desk {

Result<void> reply(Decision& decision, const ReplyTicket& command)
{
    const auto ticket = assigned_to(decision, command.ticket, command.agent);
    if (!ticket) return tl::unexpected(ticket.error());
    end_promises(decision, **ticket, {SlaTarget::first_response, SlaTarget::next_response});
    decision.add(TicketReplied{command.ticket, command.agent, command.body});
    if (!decision.policies.rulebook->reads(rulebook::Clock::since_reply)) return {};
    auto standing = standing_of(decision, **ticket);
    note_response(standing.record);
    standing.record.replied_at = decision.now;
    recheck(decision, **ticket, standing);
    return {};
}

Result<void> hold(Decision& decision, const HoldTicket& command)
{
    const auto ticket = assigned_to(decision, command.ticket, command.agent);
    if (!ticket) return tl::unexpected(ticket.error());
    if (command.until <= decision.now)
        return fail(ErrorCode::bad_value,
                    fmt::format("{}: until {} is not ahead; it is now {}", to_string(command.ticket),
                                to_string(command.until), to_string(decision.now)));
    decision.add(TicketHeld{command.ticket, command.agent, command.reason, command.until});
    auto standing = standing_of(decision, **ticket);
    if (!standing.is_held()) standing.pauses.push_back({decision.now, Instant::max()});
    standing.held_until = command.until;
    recheck(decision, **ticket, standing);
    return {};
}

Result<void> resume(Decision& decision, const ResumeTicket& command)
{
    const auto ticket = assigned_to(decision, command.ticket, command.agent);
    if (!ticket) return tl::unexpected(ticket.error());
    auto standing = standing_of(decision, **ticket);
    if (!standing.is_held()) return {};
    resume_clock(decision, standing, decision.now, "agent");
    recheck(decision, **ticket, standing);
    return {};
}

}  // namespace triaged::desk
