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
    static const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    const auto now = used();
    const auto since = Used{now.wall - before_.wall, now.own - before_.own, now.others - before_.others};
    before_ = now;
    return breath(since, processors);
}

std::chrono::nanoseconds Pace::breath(const Used& since, unsigned processors)
{
    const double there = static_cast<double>(since.wall.count()) * processors;
    if (static_cast<double>(since.others.count()) < busy_share * there) return {};
    return std::min<std::chrono::nanoseconds>(since.own * breaths_a_turn, breath_max);
}

}  // namespace triaged::daemon
