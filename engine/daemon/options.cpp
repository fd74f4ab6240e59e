#include "engine/daemon/options.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>

namespace triaged::daemon {

namespace {

constexpr std::array<const char*, 3> usual_places{"config/triaged.yaml", "/etc/triaged/config/triaged.yaml",
                                                  "/etc/triaged/triaged.yaml"};

constexpr const char* about =
    R"(Routes support tickets by rules: takes them over a socket, acknowledges each once it is on disk,
and offers it to the right agent.

Try it:
  triaged --config config/triaged.yaml          # then, in another terminal:
  echo '{"ref":"1","channel":"email","body":"Where is my parcel?"}' | nc -N 127.0.0.1 7070
  triagectl queues)";

constexpr const char* closing = R"(Signals:
  HUP         read configuration and rules again; mistakes are logged and leave the old ones in force
  TERM, INT   answer what is in hand, make it durable, stop

Environment:
  TRIAGED_DATA_DIR        where the journal lies, instead of the configuration's data_dir
  TRIAGED_SYNC_DELAY_MS   testing aid: makes every sync of the journal take so much longer

Exit codes: 0 stopped as asked, 2 usage, configuration or rules, 3 journal, 1 anything else.
docs/operations.md has the rest.)";

std::string usual_config()
{
    for (const auto* place : usual_places)
        if (std::filesystem::exists(place)) return place;
    return usual_places.front();
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit_code)
{
    Options options;
    options.config = usual_config();
    CLI::App app(about, "triaged");
    app.footer(closing);
    app.add_option("-c,--config", options.config,
                   "the configuration; by default config/triaged.yaml, or else in /etc/triaged")
        ->option_text("FILE");
    app.add_flag("--check", options.check, "check configuration and rules, print what is wrong, and exit");
    app.set_version_flag("--version", "triaged " TRIAGED_VERSION, "print the version and exit");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        exit_code = app.exit(e) == 0 ? 0 : 2;
        return std::nullopt;
    }
    options.colour = ::isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    return options;
}

}  // namespace triaged::daemon
