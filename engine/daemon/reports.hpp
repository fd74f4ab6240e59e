// Reports: what operators see of the desk, as fields of a reply.

#pragma once

#include "engine/channels/reply.hpp"
#include "engine/daemon/metrics.hpp"
#include "engine/daemon/shadow.hpp"
#include "engine/desk/views.hpp"
#include "engine/desk/why_not.hpp"

namespace triaged::daemon {

/// `queues`: a list.
void report_queues(channels::ReplyLine& reply, const std::vector<desk::QueueView>& queues, Instant now);
/// `agents`: a list.
void report_agents(channels::ReplyLine& reply, const std::vector<desk::AgentView>& agents, Instant now);
/// `problems`: a list.
void report_problems(channels::ReplyLine& reply, const std::vector<desk::ProblemView>& problems, Instant now);
/// Every field the desk keeps of a ticket.
void report_ticket(channels::ReplyLine& reply, const desk::TicketView& ticket, Instant now);
/// Counters, latencies, totals.
void report_why_not(channels::ReplyLine& reply, TicketId ticket, const AgentId& agent,
                    const desk::WhyNot& why);
/// \param ticket  the one whose clocks they are
void report_sla(channels::ReplyLine& reply, const desk::TicketView& ticket,
                const std::vector<desk::SlaView>& clocks, Instant now);

void report_stats(channels::ReplyLine& reply, const Metrics& metrics, const desk::Totals& totals);
/// The reply's line to `shadow`.
std::string shadow_reply(const ShadowReport& report, std::string_view id);

}  // namespace triaged::daemon
