// SARIF 2.1.0: what `check` finds, as code review tools read it.

#pragma once

#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "engine/analysis/analyse.hpp"

namespace triaged::ctl {

/// Adds one result for each diagnostic and each finding.
void add_sarif(boost::json::array& results, const std::vector<Diagnostic>& diagnostics,
               const std::vector<analysis::Finding>& findings);

/// The whole log, of one run.
std::string sarif_log(boost::json::array results);

}  // namespace triaged::ctl
