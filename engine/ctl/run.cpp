#include <algorithm>
#include <array>
#include <cstdlib>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/completions.hpp"
#include "engine/ctl/records.hpp"
#include "engine/ctl/target.hpp"

namespace triaged::ctl {

namespace {

int completions_command(const Options& options, const Console& console)
{
    console.out << completion_script(options.target, command_shapes());
    return exit_good;
}

/// `explain` takes a ticket's id, or anything else as the name of a file.
int explain_command(const Options& options, const Console& console)
{
    if (!parse_ticket_id(options.target)) return explain_file_command(options, console);
    const bool past =
        options.then || !options.why_not.empty() || !options.to_queue.empty() || !options.at.empty();
    return past ? explain_then_command(options, console) : explain_ticket_command(options, console);
}

/// `import` takes rules of other products, or customers, orders and contracts.
int import_command(const Options& options, const Console& console)
{
    return find_record_kind(options.format) != nullptr ? import_records_command(options, console)
                                                       : import_rules_command(options, console);
}

struct Command {
    std::string_view name;
    int (*run)(const Options&, const Console&);
};

constexpr auto commands = std::to_array<Command>({
    {"check", check_command},       {"test", test_command},
    {"explain", explain_command},   {"simulate", simulate_command},
    {"forecast", forecast_command}, {"replay", replay_command},
    {"rules", rules_command},       {"schema", schema_command},
    {"nps", nps_command},           {"fmt", fmt_command},
    {"import", import_command},     {"feed", feed_command},
    {"queues", ask_command},        {"agents", ask_command},
    {"ticket", ticket_command},     {"problems", ask_command},
    {"problem", problem_command},   {"stats", ask_command},
    {"watch", watch_command},       {"assign", hand_command},
    {"requeue", hand_command},      {"transfer", hand_command},
    {"merge", hand_command},        {"split", hand_command},
    {"reopen", hand_command},       {"reload", reload_command},
    {"outbox", outbox_command},     {"shadow", shadow_command},
    {"verify", verify_command},     {"rebuild", rebuild_command},
    {"backup", backup_command},     {"completions", completions_command},
});

}  // namespace

int run(const std::vector<std::string>& arguments, Console console)
{
    const auto parsed = parse_options(arguments);
    if (const auto* const ending = std::get_if<Ending>(&parsed)) {
        console.out << ending->out;
        console.err << ending->err;
        return ending->exit_code;
    }
    const auto& options = std::get<Options>(parsed);
    const char* const no_color = std::getenv("NO_COLOR");
    if (options.no_color || (no_color && *no_color)) console.colour = false;
    const auto command = std::find_if(commands.begin(), commands.end(),
                                      [&](const Command& each) { return each.name == options.command; });
    check(command != commands.end(), "every subcommand that parses has a command");
    const int exit = command->run(options, console);
    console.out.flush();
    return exit;
}

}  // namespace triaged::ctl
