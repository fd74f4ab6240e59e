#include "engine/daemon/reports.hpp"

namespace triaged::daemon {

namespace {

using channels::JsonWriter;

void ids(JsonWriter& json, std::string_view key, const std::vector<TicketId>& tickets)
{
    json.key(key).open_list();
    for (const auto ticket : tickets) json.value(to_string(ticket));
    json.close_list();
}

void agent_ids(JsonWriter& json, std::string_view key, const std::vector<AgentId>& agents)
{
    if (agents.empty()) return;
    json.key(key).open_list();
    for (const auto& agent : agents) json.value(agent.value);
    json.close_list();
}

void latency(JsonWriter& json, std::string_view key, const Histogram& histogram)
{
    json.key(key).open().field("count", histogram.count());
    json.field("p50", histogram.quantile(0.5)).field("p99", histogram.quantile(0.99));
    json.field("p999", histogram.quantile(0.999)).close();
}

void routing(JsonWriter& json, const desk::TicketView& ticket)
{
    const auto& routing = ticket.routing;
    json.field("queue", routing.queue.value).field("priority", to_string(routing.priority));
    json.field("intent", routing.intent).key("tags");
    channels::append_strings(json, routing.tags);
    json.field("sla", routing.sla).field("contact_by", routing.contact_by).key("needs");
    channels::append_skills(json, ticket.needs);
    json.field("rulebook", to_string(routing.rulebook)).key("rules");
    channels::append_strings(json, ticket.rules);
    json.key("escalated");
    channels::append_strings(json, ticket.escalated);
    json.key("enriched");
    channels::append_facts(json, routing.enriched);
}

void times(JsonWriter& json, const desk::TicketView& ticket, Instant now)
{
    json.field("opened_at", to_string(ticket.opened_at))
        .field("last_contact_at", to_string(ticket.last_contact_at));
    json.field("enqueued_at", to_string(ticket.enqueued_at)).field("queued_as", to_string(ticket.queued_as));
    json.field("waiting_since", to_string(ticket.waiting_since));
    json.field("waiting_ms", (now - ticket.waiting_since).count());
    json.field("recheck_at", to_string(ticket.recheck_at));
    if (ticket.expires_at) json.field("expires_at", to_string(*ticket.expires_at));
}

}  // namespace

void report_queues(channels::ReplyLine& reply, const std::vector<desk::QueueView>& queues, Instant now)
{
    auto& json = reply.writer;
    json.key("queues").open_list();
    for (const auto& queue : queues) {
        json.open().field("name", queue.name.value).field("waiting", queue.waiting);
        json.field("offered", queue.offered).field("assigned", queue.assigned);
        const auto wait = queue.oldest_enqueued_at ? (now - *queue.oldest_enqueued_at).count() : 0;
        json.field("oldest_wait_ms", wait).field("agents", queue.agents).close();
    }
    json.close_list();
}

void report_agents(channels::ReplyLine& reply, const std::vector<desk::AgentView>& agents, Instant now)
{
    auto& json = reply.writer;
    json.key("agents").open_list();
    for (const auto& agent : agents) {
        json.open().field("id", agent.id.value).field("name", agent.name);
        json.field("presence", to_string(agent.presence)).field("reason", agent.reason).key("skills");
        channels::append_skills(json, agent.skills);
        json.field("used", agent.used).field("capacity", agent.capacity).field("missed", agent.missed);
        json.field("idle_ms", (now - agent.idle_since).count());
        ids(json, "offers", agent.offers);
        ids(json, "tickets", agent.assigned);
        json.close();
    }
    json.close_list();
}

void report_ticket(channels::ReplyLine& reply, const desk::TicketView& ticket, Instant now)
{
    auto& json = reply.writer;
    json.field("ticket", to_string(ticket.id)).field("phase", to_string(ticket.phase));
    json.field("channel", to_string(ticket.channel)).field("source", ticket.source).field("ref", ticket.ref);
    if (ticket.follows.value != 0) json.field("follows", to_string(ticket.follows));
    json.field("customer", ticket.customer.value).key("facts");
    channels::append_facts(json, ticket.facts);
    json.field("subject", ticket.subject).field("body", ticket.body).field("earlier", ticket.earlier);
    json.field("contacts", ticket.contacts);
    routing(json, ticket);
    times(json, ticket, now);
    json.field("agent", ticket.agent.value).field("units", ticket.units);
    agent_ids(json, "declined_by", ticket.declined_by);
    agent_ids(json, "missed_by", ticket.missed_by);
}

void report_stats(channels::ReplyLine& reply, const Metrics& metrics, const desk::Totals& totals)
{
    auto& json = reply.writer;
    const auto uptime = std::chrono::steady_clock::now() - metrics.started_at;
    json.field("uptime_ms", std::chrono::duration_cast<Duration>(uptime).count());
    json.field("rulebook", to_string(totals.rulebook)).field("seq", totals.head);
    json.field("open", totals.open).field("waiting", totals.waiting).field("offered", totals.offered);
    json.field("assigned", totals.assigned).field("tickets_opened", totals.tickets_opened);
    json.field("customers", totals.customers).field("agents", totals.agents);
    json.field("agents_available", totals.agents_available).field("receipts", totals.receipts);
    json.field("requests", metrics.requests.load()).field("accepted", metrics.tickets.load());
    json.field("joined", metrics.contacts.load()).field("duplicates", metrics.duplicates.load());
    json.field("connections", metrics.connections_opened.load() - metrics.connections_closed.load());
    json.key("errors").open();
    for (std::size_t i = 0; i < Metrics::error_codes; ++i)
        if (const auto times = metrics.errors[i].load(); times > 0)
            json.field(to_string(static_cast<ErrorCode>(i)), times);
    json.close();
    latency(json, "reply_us", metrics.reply_us);
    latency(json, "commit_us", metrics.commit_us);
    latency(json, "commit_events", metrics.commit_events);
    json.field("commits", metrics.commits.load()).field("events", metrics.events.load());
    json.key("read_model").open().field("seq", metrics.read_model_seq.load());
    json.field("lag_events", metrics.read_model_lag_events())
        .field("lag_ms", metrics.read_model_lag().count());
    json.close();
}

}  // namespace triaged::daemon
