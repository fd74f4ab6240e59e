// Completions: scripts by which shells complete triagectl's commands, flags and files.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/ctl/options.hpp"

namespace triaged::ctl {

/// \param shell   `bash`, `zsh` or `fish`; anything else gets an empty script.
/// \param shapes  as `command_shapes` gives them: the script cannot fall behind the program.
std::string completion_script(std::string_view shell, const std::vector<CommandShape>& shapes);

}  // namespace triaged::ctl
