// The events of a journal, for commands that read it beside the daemon.

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/ctl/console.hpp"
#include "engine/ctl/options.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/desk/policies.hpp"
#include "engine/model/event.hpp"
#include "engine/model/result.hpp"

namespace triaged::ctl {

/// Every event of `desk` in the journal at `path`, in order. Reads only; the daemon may be running.
Result<void> read_events(const std::string& path, const std::string& desk, ProgressLine& progress,
                         const std::function<void(const Event&)>& take);

/// What the desk decides by, with the agents of `options.agents_file` if that is given; `data_dir` becomes
/// the folder that options or configuration mean. \return nothing after showing what is wrong
std::optional<desk::Policies> policies_of(const Options& options, const Console& console,
                                          std::string& data_dir);

std::string journal_in(const std::string& data_dir);

}  // namespace triaged::ctl
