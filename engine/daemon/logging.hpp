// Logging: to standard error, for people or as JSON lines for programs. The text of tickets is never logged.

#pragma once

#include "engine/config/config.hpp"

namespace triaged::daemon {

/// Sets up the process's logger.
void set_up_logging(const config::LogSettings& settings);

}  // namespace triaged::daemon
