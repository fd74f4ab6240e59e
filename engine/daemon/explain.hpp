// Explain: the reply that says why a ticket goes where it goes.

#pragma once

#include <string>
#include <string_view>

#include "engine/channels/request.hpp"
#include "engine/desk/views.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::daemon {

/// Who a contact comes from: the token's holder, or without tokens whom the request names.
std::string source_of(const std::string& token_name, std::string requested);

/// Appends the reply line for a ticket of the desk, judged by `rulebook` as it stands at `clocks`.
void explain_ticket(std::string& out, std::string_view id, const rulebook::Rulebook& rulebook,
                    const desk::Evidence& evidence, const rulebook::Clocks& clocks,
                    const std::optional<desk::TicketView>& decided = std::nullopt);

/// The reply line for a ticket that is not fed, as if nothing were known of its customer but what it says.
std::string explain_draft(const rulebook::Rulebook& rulebook, const channels::ExplainDraft& draft,
                          std::string_view id, Instant now, const DeskPolicy* desk = nullptr);

}  // namespace triaged::daemon
