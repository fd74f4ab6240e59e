#include "engine/daemon/reports.hpp"

#include <array>

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

void report(JsonWriter& json, const desk::ProblemView& problem, Instant now)
{
    json.open().field("problem", to_string(problem.id)).field("about", problem.about);
    if (!problem.policy.empty()) json.field("policy", problem.policy);
    if (problem.into.value != 0) json.field("into", to_string(problem.into));
    json.field("opened_at", to_string(problem.opened_at)).field("age_ms", (now - problem.opened_at).count());
    json.field("quiet_ms", (now - problem.last_at).count()).field("linked", problem.linked);
    json.field("open", problem.open).field("held", problem.held).field("held_tickets", problem.held_tickets);
    if (!problem.under_way.empty()) json.field("under_way", problem.under_way);
    ids(json, "tickets", problem.tickets);
    json.close();
}

/// Names may hold anything, so they are values here and no keys.
void counts(JsonWriter& json, std::string_view key, const std::map<std::string, std::uint64_t>& of)
{
    json.key(key).open_list();
    for (const auto& [name, count] : of) json.open().field("name", name).field("tickets", count).close();
    json.close_list();
}

void sample(JsonWriter& json, const ShadowSample& of)
{
    json.open().field("ticket", to_string(of.ticket)).field("ref", of.ref);
    json.field("at", to_string(of.at)).key("changes").open_list();
    for (const auto& [what, before, after] : of.changes)
        json.open().field("what", what).field("before", before).field("after", after).close();
    json.close_list().key("rules");
    channels::append_strings(json, of.rules);
    json.close();
}

void shadow(JsonWriter& json, const ShadowReport& report)
{
    json.field("rulebook", to_string(report.candidate->id())).field("digest", report.candidate->digest());
    json.field("rules_loaded", report.candidate->rules().size()).field("since", to_string(report.since));
    if (report.compared > 0) json.field("against", to_string(report.against));
    json.field("compared", report.compared).field("not_compared", report.not_compared);
    json.field("differing", report.differing);
    counts(json, "kinds", report.kinds);
    counts(json, "rules", report.rules);
    json.key("samples").open_list();
    for (const auto& each : report.samples) sample(json, each);
    json.close_list();
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
        json.field("oldest_wait_ms", wait).field("agents", queue.agents);
        if (queue.expected_wait) json.field("expected_wait_ms", queue.expected_wait->count());
        if (!queue.configured) json.field("configured", false);
        json.close();
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
        if (agent.wrapping_up > 0) json.field("wrapping_up", agent.wrapping_up);
        ids(json, "offers", agent.offers);
        ids(json, "tickets", agent.assigned);
        json.close();
    }
    json.close_list();
}

void report_problems(channels::ReplyLine& reply, const std::vector<desk::ProblemView>& problems, Instant now)
{
    auto& json = reply.writer;
    json.key("problems").open_list();
    for (const auto& problem : problems) report(json, problem, now);
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
    if (!ticket.also.empty()) agent_ids(json, "also_offered_to", ticket.also);
    if (ticket.callback) {
        json.key("callback").open().field("number", ticket.callback->number);
        json.field("not_before", to_string(ticket.callback->not_before));
        json.field("pending", ticket.callback->pending).close();
    }
    if (!ticket.note.empty()) json.field("note", ticket.note);
    agent_ids(json, "declined_by", ticket.declined_by);
    agent_ids(json, "missed_by", ticket.missed_by);
    if (ticket.problem.value != 0)
        json.field("problem", to_string(ticket.problem)).field("parked", ticket.parked);
}

void report_why_not(channels::ReplyLine& reply, TicketId ticket, const AgentId& agent,
                    const desk::WhyNot& why)
{
    auto& json = reply.writer;
    json.field("ticket", to_string(ticket)).field("agent", agent.value).field("holds", why.holds);
    json.key("reasons").open_list();
    for (const auto& reason : why.reasons)
        json.open().field("key", reason.key).field("text", reason.text).close();
    json.close_list();
    ids(json, "before", why.before);
    json.field("before_count", why.before_count);
    json.field("text", render(ticket, agent, why));
}

void report_sla(channels::ReplyLine& reply, const desk::TicketView& ticket,
                const std::vector<desk::SlaView>& clocks, Instant now)
{
    static constexpr std::array<std::string_view, 3> kinds{"counted", "closed", "paused"};
    auto& json = reply.writer;
    json.field("ticket", to_string(ticket.id)).field("queue", ticket.routing.queue.value);
    json.field("phase", to_string(ticket.phase)).field("at", to_string(now)).key("clocks").open_list();
    for (const auto& clock : clocks) {
        json.open().field("target", to_string(clock.target)).field("policy", clock.policy);
        json.field("policy_of", clock.own_policy ? "ticket" : "queue");
        if (clock.priority) json.field("priority", to_string(*clock.priority));
        json.field("calendar", clock.calendar).field("since", to_string(clock.since));
        json.field("within_ms", clock.within.count()).field("used_ms", clock.used.count());
        json.field("left_ms", (clock.within - clock.used).count()).field("due", to_string(clock.due));
        json.field("warns", to_string(clock.warns))
            .field("warned", clock.warned)
            .field("breached", clock.breached);
        json.field("state", clock.breached ? "breached" : clock.paused ? "paused" : "running");
        json.key("stretches").open_list();
        for (const auto& [during, kind] : clock.stretches) {
            json.open().field("from", to_string(during.from)).field("to", to_string(during.to));
            json.field("is", kinds[static_cast<std::size_t>(kind)]);
            json.field("ms", (during.to - during.from).count()).close();
        }
        json.close_list().close();
    }
    json.close_list();
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

std::string shadow_reply(const ShadowReport& report, std::string_view id)
{
    std::string out;
    {
        channels::ReplyLine reply(out, id);
        reply.field("active", report.candidate != nullptr);
        if (report.candidate) shadow(reply.writer, report);
    }
    return out;
}

}  // namespace triaged::daemon
