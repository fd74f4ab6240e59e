// JUnit: results of test cases in the XML that CI systems read.

#pragma once

#include <string>
#include <vector>

namespace triaged::ctl {

struct CaseResult {
    std::string name;
    std::string file;
    int line = 0;
    bool skipped = false;                 // not among those asked for
    std::vector<std::string> mismatches;  // empty if passed or skipped

    bool passed() const { return !skipped && mismatches.empty(); }
};

/// One `testsuite` a file, in the order given; UTF-8. Characters that XML cannot hold become `�`.
std::string to_junit(const std::vector<CaseResult>& results);

}  // namespace triaged::ctl
