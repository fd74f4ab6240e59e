// Commands that ask the daemon one question.

#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/target.hpp"
#include "engine/ctl/views.hpp"
#include "engine/journal/read_model.hpp"
#include "engine/model/ids.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

using View = std::function<std::string(const json::object&, bool colour)>;

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
        const auto [code, message] = refusal_of(reply);
        console.err << view_diagnostics(reply, console.colour);
        complain(console, fmt::format("{}: {}", code, message));
    }
    return good ? exit_good : exit_findings;
}

int ask_and_show(const Options& options, const Console& console, const json::object& request,
                 const View& view)
{
    const auto reply = ask(options, console, request);
    return reply ? show(options, console, *reply, view) : exit_usage;
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

int ask_command(const Options& options, const Console& console)
{
    const View view = options.command == "queues"   ? view_queues
                      : options.command == "agents" ? view_agents
                                                    : view_stats;
    return ask_and_show(options, console, {{"op", options.command}}, view);
}

int ticket_command(const Options& options, const Console& console)
{
    return ask_about_ticket(options, console, "show", view_ticket);
}

int explain_ticket_command(const Options& options, const Console& console)
{
    return ask_about_ticket(options, console, "explain",
                            [](const json::object& reply, bool) { return text_at(reply, "text"); });
}

int reload_command(const Options& options, const Console& console)
{
    return ask_and_show(options, console, {{"op", "reload"}}, view_reload);
}

}  // namespace triaged::ctl
