#include "engine/daemon/pace.hpp"

#include <ctime>

#include <algorithm>
#include <thread>

namespace triaged::daemon {

namespace {

std::chrono::nanoseconds read(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

Pace::Pace() : before_(used()) {}

Pace::Used Pace::used()
{
    const auto own = read(CLOCK_THREAD_CPUTIME_ID);
    return {read(CLOCK_MONOTONIC), own, read(CLOCK_PROCESS_CPUTIME_ID) - own};
}

std::chrono::nanoseconds Pace::breath_after_turn()
{
    static const double processors = std::max(1U, std::thread::hardware_concurrency());
    const auto now = used();
    const auto wall = now.wall - before_.wall;
    const auto own = now.own - before_.own;
    const double others = static_cast<double>((now.others - before_.others).count());
    before_ = now;
    if (others < busy_share * processors * static_cast<double>(wall.count())) return {};
    return std::min<std::chrono::nanoseconds>(own * breaths_a_turn, breath_max);
}

}  // namespace triaged::daemon
