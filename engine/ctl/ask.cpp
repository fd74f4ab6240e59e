// Commands that ask the daemon one question.

#include <functional>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/target.hpp"
#include "engine/ctl/views.hpp"
#include "engine/model/ids.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

using View = std::function<std::string(const json::object&, bool colour)>;

/// Asks as `ops` and returns the reply, or nothing after saying what went wrong; then `exit` says how to end.
std::optional<json::object> ask(const Options& options, const Console& console, const json::object& request,
                                int& exit)
{
    exit = exit_usage;
    const auto target = find_target(options, config::Role::ops, console);
    if (!target) {
        complain(console, target.error().message);
        return std::nullopt;
    }
    auto connection = connect(*target, console);
    if (!connection) return std::nullopt;
    auto reply = connection->request(request);
    if (!reply) {
        complain(console, reply.error().message);
        return std::nullopt;
    }
    exit = is_true(*reply, "ok") ? exit_good : exit_findings;
    return std::move(*reply);
}

int ask_and_show(const Options& options, const Console& console, const json::object& request,
                 const View& view)
{
    int exit = exit_usage;
    const auto reply = ask(options, console, request, exit);
    if (!reply) return exit;
    if (options.json) {
        console.out << json::serialize(*reply) << '\n';
    } else if (exit == exit_good) {
        console.out << view(*reply, console.colour);
    } else {
        const auto [code, message] = refusal_of(*reply);
        console.err << view_diagnostics(*reply, console.colour);
        complain(console, fmt::format("{}: {}", code, message));
    }
    return exit;
}

/// The ticket's id, or nothing after saying what is wrong with it.
std::optional<TicketId> wanted_ticket(const Options& options, const Console& console)
{
    const auto id = parse_ticket_id(options.target);
    if (id) return *id;
    complain(console, id.error().message);
    return std::nullopt;
}

}  // namespace

int ask_command(const Options& options, const Console& console)
{
    const View view = options.command == "queues"   ? view_queues
                      : options.command == "agents" ? view_agents
                                                    : view_stats;
    return ask_and_show(options, console, {{"op", options.command}}, view);
}

int ticket_command(const Options& options, const Console& console)
{
    const auto id = wanted_ticket(options, console);
    if (!id) return exit_usage;
    return ask_and_show(options, console, {{"op", "show"}, {"ticket", to_string(*id)}}, view_ticket);
}

int explain_ticket_command(const Options& options, const Console& console)
{
    const auto id = wanted_ticket(options, console);
    if (!id) return exit_usage;
    return ask_and_show(options, console, {{"op", "explain"}, {"ticket", to_string(*id)}},
                        [](const json::object& reply, bool) { return text_at(reply, "text"); });
}

int reload_command(const Options& options, const Console& console)
{
    return ask_and_show(options, console, {{"op", "reload"}}, view_reload);
}

}  // namespace triaged::ctl
