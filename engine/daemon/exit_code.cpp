#include "engine/daemon/exit_code.hpp"

#include <cstdlib>

#include "engine/daemon/log.hpp"

namespace triaged::daemon {

void end_process(ExitCode code, std::string_view why)
{
    spdlog::critical("{}", why);
    spdlog::default_logger()->flush();
    std::_Exit(static_cast<int>(code));
}

}  // namespace triaged::daemon
