// Test cases: tickets and what a rulebook should do with them, as `rules/*.test.yaml` hold them.

#pragma once

#include <string>
#include <vector>

#include "engine/rulebook/rulebook.hpp"

namespace triaged::rulebook {

struct CaseResult {
    std::string name;
    std::string file;
    int line = 0;
    bool passed = false;
    std::vector<std::string> mismatches;  // for people: `queue is 'general', not 'returns'`; empty if passed
};

/// Reads the cases of one file and runs them. Names a case uses are checked like those of rules.
/// \return a result for each case that could be read, in file order; `found` gets what is wrong with the others.
std::vector<CaseResult> run_cases(const Rulebook& rulebook, const Source& cases, const Vocabulary& vocabulary,
                                  std::vector<Diagnostic>& found);

}  // namespace triaged::rulebook
