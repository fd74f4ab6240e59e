// Commands that ask the daemon one question.

#include <algorithm>
#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "engine/ctl/ask.hpp"
#include "engine/ctl/commands.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/target.hpp"
#include "engine/ctl/views.hpp"
#include "engine/journal/read_model.hpp"
#include "engine/model/ids.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

/// Asks as `ops`. \return the reply, or nothing after saying why there is none.
std::optional<json::object> ask(const Options& options, const Console& console, const json::object& request)
{
    const auto target = find_target(options, config::Role::ops, console);
    if (!target) {
        complain(console, target.error().message);
        return std::nullopt;
    }
    auto connection = connect(*target, console);
    if (!connection) return std::nullopt;
    auto reply = connection->request(request);
    if (reply) return std::move(*reply);
    complain(console, reply.error().message);
    return std::nullopt;
}

int show(const Options& options, const Console& console, const json::object& reply, const View& view)
{
    const bool good = is_true(reply, "ok");
    if (options.json) {
        console.out << json::serialize(reply) << '\n';
    } else if (good) {
        console.out << view(reply, console.colour);
    } else {
        const auto [code, message, field] = refusal_of(reply);
        console.err << view_diagnostics(reply, console.colour);
        complain(console, fmt::format("{}: {}", code, message));
    }
    return good ? exit_good : exit_findings;
}

/// A ticket that the desk has let go of, from the read model beside the journal; nothing if that is not on
/// this machine.
std::optional<json::object> closed_ticket(const Options& options, TicketId id)
{
    if (!options.connect.empty()) return std::nullopt;
    std::vector<Diagnostic> ignored;
    const auto config = config::load(config_file(options), ignored);
    if (!config) return std::nullopt;
    const auto story =
        journal::ticket_json((std::filesystem::path(config->data_dir) / "readmodel.db").string(), id);
    if (!story) return std::nullopt;
    auto reply = parse_object(*story);
    if (!reply) return std::nullopt;
    (*reply)["ok"] = true;  // as the daemon would say
    return std::move(*reply);
}

/// Asks about a ticket, and looks it up where closed ones are kept if the desk knows no such open ticket.
int ask_about_ticket(const Options& options, const Console& console, std::string_view op, const View& view)
{
    const auto id = parse_ticket_id(options.target);
    if (!id) {
        complain(console, id.error().message);
        return exit_usage;
    }
    const auto reply = ask(options, console, {{"op", op}, {"ticket", to_string(*id)}});
    if (!reply) return exit_usage;
    if (refusal_of(*reply).code == to_string(ErrorCode::unknown_ticket))
        if (const auto closed = closed_ticket(options, *id))
            return show(options, console, *closed, view_story);
    return show(options, console, *reply, view);
}

}  // namespace

int ask_and_show(const Options& options, const Console& console, const json::object& request,
                 const View& view)
{
    const auto reply = ask(options, console, request);
    return reply ? show(options, console, *reply, view) : exit_usage;
}

int ask_command(const Options& options, const Console& console)
{
    const View view = options.command == "queues"     ? view_queues
                      : options.command == "agents"   ? view_agents
                      : options.command == "problems" ? view_problems
                                                      : view_stats;
    return ask_and_show(options, console, {{"op", options.command}}, view);
}

namespace {

std::string view_acted(const json::object& reply, bool)
{
    auto text = text_at(reply, "problem");
    if (const auto action = text_at(reply, "action"); !action.empty())
        text += fmt::format(": {}, {}", action, is_true(reply, "done") ? "done" : "under way");
    if (reply.contains("tickets"))
        text += fmt::format("{}{} tickets changed", text.empty() ? "" : ": ", number_at(reply, "tickets"));
    return text + "\n";
}

/// What `triagectl problem` asks of the daemon; or why it makes no sense.
Result<json::object> problem_request(const Options& options)
{
    const auto& action = options.action;
    if (options.target == "open") {
        if (action.empty()) return fail(ErrorCode::missing_field, "open: say what the problem is about");
        json::object request{{"op", "problem.open"}, {"about", action}};
        if (!options.with.empty()) request["tickets"] = json::value_from(options.with);
        return request;
    }
    if (const auto id = parse_problem_id(options.target); !id) return tl::unexpected(id.error());
    if (action.empty()) return json::object{{"op", "problem"}, {"problem", options.target}};
    const auto known = {"hold",  "release", "reroute", "answer", "close",
                        "merge", "unmerge", "link",    "unlink"};
    if (std::find(known.begin(), known.end(), action) == known.end())
        return fail(ErrorCode::bad_value,
                    fmt::format("a problem cannot '{}'; it can {}", action, fmt::join(known, ", ")));
    json::object request{{"op", "problem." + action}};
    if (action != "unlink") request["problem"] = options.target;
    const bool takes_tickets = action == "link" || action == "unlink";
    const bool takes_one = action == "reroute" || action == "merge";
    if ((takes_one && options.with.size() != 1) || (takes_tickets && options.with.empty()) ||
        (!takes_one && !takes_tickets && !options.with.empty()))
        return fail(ErrorCode::bad_value, fmt::format("{} takes {}", action,
                                                      action == "reroute" ? "one queue"
                                                      : takes_one         ? "one other problem"
                                                      : takes_tickets     ? "tickets"
                                                                          : "nothing more"));
    if (takes_tickets) request["tickets"] = json::value_from(options.with);
    if (takes_one) request[action == "reroute" ? "queue" : "into"] = options.with.front();
    if (action == "answer") {
        if (options.text.empty()) return fail(ErrorCode::missing_field, "answer needs --text");
        request["text"] = options.text;
        if (!options.disposition.empty()) request["disposition"] = options.disposition;
    }
    return request;
}

}  // namespace

int problem_command(const Options& options, const Console& console)
{
    const auto request = problem_request(options);
    if (!request) {
        complain(console, request.error().message);
        return exit_usage;
    }
    const bool shows = request->at("op") == "problem";
    return ask_and_show(options, console, *request, shows ? view_problem : view_acted);
}

int ticket_command(const Options& options, const Console& console)
{
    return options.sla ? ask_about_ticket(options, console, "sla", view_sla)
                       : ask_about_ticket(options, console, "show", view_ticket);
}

int explain_ticket_command(const Options& options, const Console& console)
{
    if (!options.agent.empty()) {
        const json::object request{{"op", "explain"}, {"ticket", options.target}, {"agent", options.agent}};
        return ask_and_show(options, console, request,
                            [](const json::object& reply, bool) { return text_at(reply, "text"); });
    }
    return ask_about_ticket(options, console, "explain",
                            [](const json::object& reply, bool) { return text_at(reply, "text"); });
}

int hand_command(const Options& options, const Console& console)
{
    const auto id = parse_ticket_id(options.target);
    if (!id) {
        complain(console, id.error().message);
        return exit_usage;
    }
    json::object request{{"op", options.command}, {"ticket", to_string(*id)}};
    const auto add = [&](const char* field, const std::string& value) {
        if (!value.empty()) request[field] = value;
    };
    add(options.command == "transfer" ? "to" : "agent", options.agent);
    add("queue", options.queue);
    add("into", options.into);
    add("note", options.note);
    add("source", options.source);
    add("ref", options.ref);
    add("subject", options.subject);
    add("body", options.body);
    if (options.force) request["force"] = true;
    return ask_and_show(options, console, request, view_hand);
}

int reload_command(const Options& options, const Console& console)
{
    return ask_and_show(options, console, {{"op", "reload"}}, view_reload);
}

}  // namespace triaged::ctl
