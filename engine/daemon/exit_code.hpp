// Exit codes: what scripts and service managers read.

#pragma once

#include <string_view>

namespace triaged::daemon {

enum class ExitCode : int {
    stopped = 0,        // as asked
    failed = 1,         // anything not below
    configuration = 2,  // usage, configuration or rules
    journal = 3         // damaged, owned by another process, or the store failed
};

/// Logs and ends the process at once, without unwinding: nothing more may be acknowledged.
[[noreturn]] void end_process(ExitCode code, std::string_view why);

}  // namespace triaged::daemon
