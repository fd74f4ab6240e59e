// Service manager: tells systemd, if it started us, where we are (sd_notify(3), without the library).

#pragma once

#include <string_view>

namespace triaged::daemon {

/// Sends `state`, such as `READY=1`, to `$NOTIFY_SOCKET`; does nothing without one.
void notify_service_manager(std::string_view state);

/// `RELOADING=1` with the time it must carry.
void notify_reloading();

}  // namespace triaged::daemon
