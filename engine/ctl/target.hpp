// Target: which configuration a command uses, and which daemon it talks to as whom.

#pragma once

#include <optional>
#include <string>

#include "engine/config/config.hpp"
#include "engine/ctl/client.hpp"
#include "engine/ctl/console.hpp"
#include "engine/ctl/options.hpp"

namespace triaged::ctl {

/// The configuration named by the options, else `config/triaged.yaml` if it is there, else the installed one.
std::string config_file(const Options& options);

/// Loads the configuration; its mistakes and warnings go to `console.err`. \return nothing if it has
/// mistakes.
std::optional<config::Config> load_config(const Options& options, const Console& console);

struct Target {
    Endpoint endpoint;
    std::string token;  // empty if none is needed or known
    std::size_t line_bytes_max = 1'048'576;
    std::string config_file;  // for the advice to start the daemon
};

/// Where and as whom to connect for what `role` may do: what the options say, then the configuration. A
/// configuration that does not load is no hindrance, because the daemon may run on an older one:
/// `console.err` then says what is used. \return `bad_value` for a `--connect` that makes no sense.
Result<Target> find_target(const Options& options, config::Role role, const Console& console);

/// Connects; a failure is explained on `console.err`, with what to do about it.
std::optional<Connection> connect(const Target& target, const Console& console);

/// `triagectl: message`, for `console.err`.
void complain(const Console& console, std::string_view message);

}  // namespace triaged::ctl
