// The desk's side of SLA: the ledger it keeps of each ticket. engine/model/sla.hpp counts it.

#pragma once

#include "engine/desk/state.hpp"
#include "engine/model/sla.hpp"

namespace triaged::desk {

/// The bit of a target in SlaRecord.
constexpr std::uint8_t sla_bit(SlaTarget target)
{
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(target));
}

/// The customer has had an answer: what was said of the promises to answer is over.
inline void note_response(SlaRecord& record)
{
    constexpr auto answers = sla_bit(SlaTarget::first_response) | sla_bit(SlaTarget::next_response);
    record.responded = true;
    record.unanswered_since = Instant::max();
    record.warned &= static_cast<std::uint8_t>(~answers);
    record.breached &= static_cast<std::uint8_t>(~answers);
}

/// What the ticket's promises count from. Refers to the ticket's pauses.
SlaLedger ledger_of(const Ticket& ticket);

/// By what they are read, as the configuration is now.
SlaTerms terms_of(const DeskPolicy& desk, const State& state, const Ticket& ticket);

/// Where a ticket stands in line by itself. Of `terms` and `ledger` the order by head start reads the
/// priority.
Instant place_of(const DeskPolicy& desk, Instant enqueued_at, const SlaTerms& terms, const SlaLedger& ledger);

}  // namespace triaged::desk
