// News: which events leads are told of, and what they are told.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/model/event.hpp"

namespace triaged::outbox {

/// The rule's name, or empty.
using RuleName = std::function<std::string(RulebookId, RuleIndex)>;

/// The names of the leads whom the event is to be told. Most events are nobody's news.
std::vector<std::string> leads_told(const Event& event);

/// The event as JSON for one lead: what happened to which ticket or problem, and no word of a customer's.
/// \pre `leads_told(event)` has the lead.
std::string body_of(const Event& event, const std::string& desk, const std::string& lead,
                    const RuleName& rule_name);

}  // namespace triaged::outbox
