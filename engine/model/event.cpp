#include "engine/model/event.hpp"

#include <array>

namespace triaged {

std::string_view name_of(const Happening& what)
{
    static constexpr std::array<std::string_view, std::variant_size_v<Happening>> names{
        "rulebook_adopted",
        "customer_updated",
        "ticket_opened",
        "contact_joined",
        "ticket_routed",
        "ticket_escalated",
        "recheck_scheduled",
        "agent_signed_in",
        "presence_set",
        "offer_made",
        "offer_accepted",
        "offer_declined",
        "offer_expired",
        "ticket_returned",
        "ticket_completed",
        "receipts_forgotten",
        "contact_threaded",
        "ticket_reopened",
        "ticket_merged",
        "contact_split",
        "closed_kept",
        "ticket_replied",
        "ticket_held",
        "ticket_resumed",
        "sla_warned",
        "sla_breached",
        "sla_ended",
        "feedback_given",
        "order_updated",
        "contract_updated",
        "surge_counted",
        "problem_opened",
        "problem_linked",
        "problem_changed",
        "ticket_parked",
        "ticket_answered",
        "notify_inhibited",
        "ticket_assigned",
        "ticket_moved",
        "wrap_up_started",
        "wrap_up_ended",
        "agent_seen",
        "ticket_widened",
        "promise_made",
        "ticket_abandoned",
        "callback_requested",
        "callback_due",
        "policies_adopted",
        "interruptions_allowed",
        "offer_withdrawn",
        "wait_told"};
    return names[what.index()];
}

}  // namespace triaged
