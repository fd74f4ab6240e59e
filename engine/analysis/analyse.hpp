// Analysis: what can be proven of a rulebook without a single ticket: rules that never fire, conditions that
// change nothing, queues that get no work or have nobody to do it.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/model/diagnostic.hpp"
#include "engine/model/policy.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::analysis {

struct Finding {
    Diagnostic diagnostic;           // a warning
    bool note = false;               // worth knowing, perhaps wanted
    std::vector<std::string> proof;  // conditions and rules that settle it, a line each
    std::string witness;             // a ticket that shows it, as `triagectl explain` takes it; may be empty
};

struct Limits {
    unsigned query_ms = 1000;  // what takes longer is reported as undecided
};

struct Report {
    std::vector<Finding> findings;  // in rule order, then by queue
    std::size_t undecided = 0;      // questions that took too long
};

/// \param progress  called with the rules done and their number; may be empty.
/// \pre `rulebook` was loaded with `facts` as its vocabulary's.
Report analyse(const rulebook::Rulebook& rulebook, const FactTable& facts, const DeskPolicy& desk,
               const Limits& limits, const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace triaged::analysis
