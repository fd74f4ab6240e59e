// Exposition: the metrics as Prometheus reads them.

#pragma once

#include <string>
#include <vector>

#include "engine/daemon/metrics.hpp"
#include "engine/desk/views.hpp"

namespace triaged::daemon {

/// The page at /metrics. Counters count from the start of the process; gauges are as of `now`.
std::string expose(const Metrics& metrics, const desk::Totals& totals,
                   const std::vector<desk::QueueView>& queues, Instant now);

}  // namespace triaged::daemon
