// Options: the command line of `triaged`.

#pragma once

#include <optional>
#include <string>

namespace triaged::daemon {

struct Options {
    std::string config;   // path of triaged.yaml
    bool check = false;   // validate and exit
    bool colour = false;  // diagnostics on a terminal
};

/// \return the options; or nothing, with what the process is to exit with, when help was asked for or usage
/// is wrong
///         (both have been printed).
std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace triaged::daemon
