// Reports: what operators see of the desk, as fields of a reply.

#pragma once

#include "engine/channels/reply.hpp"
#include "engine/daemon/metrics.hpp"
#include "engine/desk/views.hpp"

namespace triaged::daemon {

/// `queues`: a list.
void report_queues(channels::ReplyLine& reply, const std::vector<desk::QueueView>& queues, Instant now);
/// `agents`: a list.
void report_agents(channels::ReplyLine& reply, const std::vector<desk::AgentView>& agents, Instant now);
/// Every field the desk keeps of a ticket.
void report_ticket(channels::ReplyLine& reply, const desk::TicketView& ticket, Instant now);
/// Counters, latencies, totals.
void report_stats(channels::ReplyLine& reply, const Metrics& metrics, const desk::Totals& totals);

}  // namespace triaged::daemon
