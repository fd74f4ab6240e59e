#include <exception>

#include <fmt/format.h>

#include "engine/daemon/run.hpp"

/// What jemalloc, where it is linked, reads when it starts; MALLOC_CONF goes before it. Without it, memory
/// that a thread frees and then lies still, as after a snapshot, is never given back to the system.
extern "C" const char* malloc_conf;
const char* malloc_conf = "background_thread:true";

int main(int argc, char** argv)
{
    try {
        return triaged::daemon::run(argc, argv);
    } catch (const std::exception& e) {
        fmt::print(stderr, "triaged: {}\n", e.what());
        return 1;
    }
}
