#include "engine/ctl/views.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/ctl/details.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/table.hpp"
#include "engine/model/diagnostic.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

Cell count(std::int64_t number, Tone tone = Tone::plain)
{
    return {grouped(number), number == 0 ? Tone::dim : tone};
}

Cell span(std::int64_t ms)
{
    return {ms == 0 ? "-" : brief(Duration{ms}), ms == 0 ? Tone::dim : Tone::plain};
}

Tone tone_of_presence(std::string_view presence)
{
    if (presence == "available") return Tone::green;
    return presence == "away" ? Tone::yellow : Tone::dim;
}

std::string latency(const json::object& reply, std::string_view key)
{
    const auto& figures = object_at(reply, key);
    if (number_at(figures, "count") == 0) return {};
    return fmt::format("p50 {} µs, p99 {} µs, p99.9 {} µs", grouped(number_at(figures, "p50")),
                       grouped(number_at(figures, "p99")), grouped(number_at(figures, "p999")));
}

Diagnostic diagnostic_of(const json::object& object)
{
    Diagnostic diagnostic;
    diagnostic.severity = text_at(object, "severity") == "warning" ? Severity::warning : Severity::error;
    diagnostic.code = text_at(object, "code");
    diagnostic.file = text_at(object, "file");
    diagnostic.line = static_cast<int>(number_at(object, "line"));
    diagnostic.column = static_cast<int>(number_at(object, "column"));
    diagnostic.length = static_cast<int>(number_at(object, "length"));
    diagnostic.message = text_at(object, "message");
    diagnostic.source_line = text_at(object, "source_line");
    diagnostic.suggestion = text_at(object, "suggestion");
    return diagnostic;
}

}  // namespace

std::string view_queues(const json::object& reply, bool colour)
{
    Table table({{"QUEUE"},
                 {"WAITING", Align::right},
                 {"OFFERED", Align::right},
                 {"ASSIGNED", Align::right},
                 {"OLDEST", Align::right},
                 {"EXPECTED", Align::right},
                 {"AGENTS", Align::right}});
    std::array<std::int64_t, 3> sums{};
    std::int64_t oldest = 0;
    std::string gone;
    for (const auto& item : list_at(reply, "queues")) {
        if (!item.is_object()) continue;
        const auto& queue = item.get_object();
        const std::array in{number_at(queue, "waiting"), number_at(queue, "offered"),
                            number_at(queue, "assigned")};
        for (std::size_t i = 0; i < in.size(); ++i) sums[i] += in[i];
        oldest = std::max(oldest, number_at(queue, "oldest_wait_ms"));
        const auto agents = number_at(queue, "agents");
        // Tickets that nobody can take are what a lead must see first.
        const Cell serving = agents == 0 && in[0] > 0 ? Cell("0", Tone::red) : count(agents);
        table.add({{text_at(queue, "name"), in[0] > 0 ? Tone::plain : Tone::dim},
                   count(in[0], Tone::bold),
                   count(in[1]),
                   count(in[2]),
                   span(number_at(queue, "oldest_wait_ms")),
                   span(number_at(queue, "expected_wait_ms")),
                   serving});
        const auto* const configured = queue.if_contains("configured");
        if (configured != nullptr && *configured == false)
            gone += fmt::format("{} is not configured any more: `triagectl requeue` moves its tickets\n",
                                text_at(queue, "name"));
    }
    table.add({{"total", Tone::bold},
               count(sums[0], Tone::bold),
               count(sums[1]),
               count(sums[2]),
               span(oldest),
               "",
               ""});
    return table.render(colour) + gone;
}

std::string view_agents(const json::object& reply, bool colour)
{
    const auto& agents = list_at(reply, "agents");
    if (agents.empty()) return "no agent has signed in\n";
    Table table({{"AGENT"},
                 {"PRESENCE"},
                 {"LOAD", Align::right},
                 {"OFFERS", Align::right},
                 {"TICKETS", Align::right},
                 {"MISSED", Align::right},
                 {"IDLE", Align::right},
                 {"SKILLS"}});
    for (const auto& item : agents) {
        if (!item.is_object()) continue;
        const auto& agent = item.get_object();
        const auto presence = text_at(agent, "presence");
        const auto used = number_at(agent, "used");
        const auto capacity = number_at(agent, "capacity");
        const auto tickets = static_cast<std::int64_t>(list_at(agent, "tickets").size());
        const bool idle = presence == "available" && used == 0;
        table.add({text_at(agent, "id"),
                   {presence, tone_of_presence(presence)},
                   {fmt::format("{}/{}", used, capacity), used >= capacity ? Tone::yellow : Tone::plain},
                   count(static_cast<std::int64_t>(list_at(agent, "offers").size())),
                   count(tickets),
                   count(number_at(agent, "missed"), Tone::yellow),
                   span(idle ? number_at(agent, "idle_ms") : 0),
                   skills_of(agent, "skills")});
    }
    return table.render(colour);
}

std::string view_ticket(const json::object& reply, bool colour)
{
    const auto field = [&](std::string_view key) { return text_at(reply, key); };
    const auto listed = [&](std::string_view key) { return plain(list_at(reply, key)); };
    const auto never = [&](std::string_view key) {
        return field(key) == "never" ? std::string() : field(key);
    };
    const auto phase = field("phase");

    Details details(colour);
    details.add("queue", field("queue"));
    details.add("priority", field("priority"), tone_of_priority(field("priority")));
    details.add("agent", field("agent"));
    details.add("note", field("note"));
    details.add("offer ends", field("expires_at"));
    if (phase == "waiting") details.add("waiting", brief(Duration{number_at(reply, "waiting_ms")}));
    if (const auto& callback = object_at(reply, "callback"); !callback.empty()) {
        const auto at =
            is_true(callback, "pending") ? ", from " + text_at(callback, "not_before") : std::string();
        details.add("call back", text_at(callback, "number") + at);
    }
    details.add("intent", field("intent"));
    details.add("tags", listed("tags"));
    details.add("needs", skills_of(reply, "needs"));
    details.add("sla", field("sla"));
    details.add("contact by", field("contact_by"));
    details.add("rules", listed("rules"));
    details.add("escalated", listed("escalated"));
    details.add("next check", never("recheck_at"));
    details.add("channel", field("channel"));
    details.add("customer", field("customer"));
    details.add("facts", plain(object_at(reply, "facts")));
    details.add("enriched", plain(object_at(reply, "enriched")));
    details.add("contacts", grouped(number_at(reply, "contacts")));
    details.add("opened", field("opened_at"));
    details.add("last contact", field("last_contact_at"));
    details.add("closed", field("closed_at"));
    details.add("disposition", field("disposition"));
    details.add("follows", field("follows"));
    details.add("declined by", listed("declined_by"));
    details.add("missed by", listed("missed_by"));
    details.add("from", field("source") + " " + field("ref"));
    details.add("rulebook", field("rulebook"));
    details.add("subject", field("subject"), Tone::bold);
    return heading(fmt::format("{} {}", field("ticket"), phase), colour) + details.render() +
           block(field("body"));
}

std::string view_stats(const json::object& reply, bool colour)
{
    const auto number = [&](std::string_view key) { return grouped(number_at(reply, key)); };
    const auto& read_model = object_at(reply, "read_model");
    Details desk(colour);
    desk.add("tickets open", fmt::format("{} ({} waiting, {} offered, {} assigned)", number("open"),
                                         number("waiting"), number("offered"), number("assigned")));
    desk.add("opened so far", number("tickets_opened"));
    desk.add("agents", fmt::format("{} ({} available)", number("agents"), number("agents_available")));
    desk.add("customers", number("customers"));
    desk.add("rulebook", text_at(reply, "rulebook"));
    desk.add("last event", number("seq"));

    Details daemon(colour);
    daemon.add("up", brief(Duration{number_at(reply, "uptime_ms")}));
    daemon.add("connections", number("connections"));
    daemon.add("requests", number("requests"));
    daemon.add("tickets taken", fmt::format("{} (and {} joined, {} again)", number("accepted"),
                                            number("joined"), number("duplicates")));
    daemon.add("refused", plain(object_at(reply, "errors")));
    daemon.add("reply", latency(reply, "reply_us"));
    daemon.add("commit", latency(reply, "commit_us"));
    const auto lag = number_at(read_model, "lag_events");
    daemon.add("read model",
               lag == 0 ? "up to date"
                        : fmt::format("{} events ({}) behind", grouped(lag),
                                      brief(Duration{number_at(read_model, "lag_ms")})),
               lag == 0 ? Tone::plain : Tone::yellow);
    return heading("desk", colour) + desk.render() + heading("daemon", colour) + daemon.render();
}

std::string view_event(const json::object& event, bool colour)
{
    const auto name = text_at(event, "event");
    const auto at = text_at(event, "at");
    const auto clock = at.size() > 23 ? at.substr(11, 12) : at;  // of 2026-11-22T09:30:00.000Z
    std::string rest;
    for (const auto& [key, value] : event) {
        if (key == "event" || key == "seq" || key == "at") continue;
        const auto shown = printable(plain(value));
        if (key == "ticket" || key == "agent")
            rest += "  " + shown;
        else if (!shown.empty())
            rest += fmt::format("  {}={}", std::string_view(key), shown);
    }
    const auto tone = name == "ticket_escalated" ? Tone::yellow : Tone::bold;
    const auto padded = fmt::format("{:<17}", name);
    return fmt::format("{} {:>8}  {}{}\n", colour ? paint(clock, Tone::dim) : clock, number_at(event, "seq"),
                       colour ? paint(padded, tone) : padded, rest);
}

std::string view_hand(const json::object& reply, bool)
{
    auto out = text_at(reply, "ticket");
    if (const auto agent = text_at(reply, "agent"); !agent.empty()) out += fmt::format(" is with {}", agent);
    if (const auto queue = text_at(reply, "queue"); !queue.empty()) out += fmt::format(" is on {}", queue);
    if (const auto into = text_at(reply, "into"); !into.empty()) out += fmt::format(" goes on as {}", into);
    return printable(out) + '\n';
}

std::string view_reload(const json::object& reply, bool colour)
{
    const bool changed = is_true(reply, "changed");
    const auto rules = reply.contains("rules") ? fmt::format(", {} rules", number_at(reply, "rules")) : "";
    const std::string word = changed ? "reloaded" : "nothing changed";
    return fmt::format("{}: rulebook {}{}\n", colour && changed ? paint(word, Tone::green) : word,
                       text_at(reply, "rulebook"), rules);
}

std::string view_diagnostics(const json::object& reply, bool colour)
{
    const auto& beside = list_at(reply, "diagnostics");
    std::string out;
    for (const auto& item : beside.empty() ? list_at(object_at(reply, "error"), "diagnostics") : beside) {
        if (item.is_object()) out += render(diagnostic_of(item.get_object()), colour);
        if (item.is_string()) out += std::string(item.get_string()) + '\n';
    }
    return out;
}

}  // namespace triaged::ctl
