// Console: where triagectl reads and writes, so that tests can stand in for a terminal.

#pragma once

#include <istream>
#include <ostream>

namespace triaged::ctl {

struct Console {
    std::istream& in;
    std::ostream& out;      // results
    std::ostream& err;      // complaints and progress
    bool colour = false;    // `out` and `err` may be coloured
    bool progress = false;  // `err` is a terminal that can redraw a line
};

/// How triagectl ends.
enum Exit : int {
    exit_good = 0,
    exit_findings = 1,  // mistakes were found, a test failed, or the daemon refused
    exit_usage = 2      // arguments that make no sense, files that cannot be read, nobody to connect to
};

}  // namespace triaged::ctl
