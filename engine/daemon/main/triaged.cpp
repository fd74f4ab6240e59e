#include <exception>

#include <fmt/format.h>

#include "engine/daemon/run.hpp"

int main(int argc, char** argv)
{
    try {
        return triaged::daemon::run(argc, argv);
    } catch (const std::exception& e) {
        fmt::print(stderr, "triaged: {}\n", e.what());
        return 1;
    }
}
