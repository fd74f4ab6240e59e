#include "engine/model/event.hpp"

#include <array>

namespace triaged {

std::string_view name_of(const Happening& what)
{
    static constexpr std::array<std::string_view, std::variant_size_v<Happening>> names{
        "rulebook_adopted",   "customer_updated",  "ticket_opened",   "contact_joined",  "ticket_routed",
        "ticket_escalated",   "recheck_scheduled", "agent_signed_in", "presence_set",    "offer_made",
        "offer_accepted",     "offer_declined",    "offer_expired",   "ticket_returned", "ticket_completed",
        "receipts_forgotten", "contact_threaded",  "ticket_reopened", "ticket_merged",   "contact_split",
        "closed_kept"};
    return names[what.index()];
}

}  // namespace triaged
