// Exposition: the metrics as Prometheus reads them.

#pragma once

#include <string>
#include <vector>

#include "engine/daemon/metrics.hpp"
#include "engine/daemon/rule_hits.hpp"
#include "engine/daemon/shadow.hpp"
#include "engine/desk/views.hpp"

namespace triaged::daemon {

/// What the page says of rules.
struct RulesSeen {
    const ShadowReport* shadow = nullptr;
    const RuleHits::Counts* hits = nullptr;
    std::size_t rules_max = 0;  // counted by name, those that fire most; 0: none
};

/// The page at /metrics. Counters count from the start of the process; gauges are as of `now`.
std::string expose(const Metrics& metrics, const desk::Totals& totals,
                   const std::vector<desk::QueueView>& queues, const RulesSeen& rules, Instant now);

}  // namespace triaged::daemon
