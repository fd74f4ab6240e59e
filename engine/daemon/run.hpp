// Run: the life of the process, from its command line to its exit code.

#pragma once

namespace triaged::daemon {

int run(int argc, char** argv);

}  // namespace triaged::daemon
