#include "engine/daemon/follower.hpp"

#include <algorithm>

#include <pthread.h>

#include "engine/daemon/log.hpp"
#include "engine/daemon/pace.hpp"

namespace triaged::daemon {

Follower::Follower(Settings settings, std::function<bool(Seq head)> turn)
    : settings_(std::move(settings)), turn_(std::move(turn))
{
    thread_ = std::thread([this] { run(); });
}

Follower::~Follower() { stop(); }

void Follower::head_moved(Seq head)
{
    for (Seq before = head_; before < head && !head_.compare_exchange_weak(before, head);) {
    }
    if (!nudged_.exchange(true)) wake_.release();
}

void Follower::nudge() { head_moved(0); }

void Follower::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_one();
    nudge();
    if (thread_.joinable()) thread_.join();
}

void Follower::run()
{
    pthread_setname_np(pthread_self(), settings_.name.c_str());
    const sched_param lowest{};
    if (settings_.yields && pthread_setschedparam(pthread_self(), SCHED_IDLE, &lowest) != 0)
        spdlog::debug("{} runs at ordinary priority", settings_.name);
    Pace pace;
    for (;;) {
        wake_.acquire();
        nudged_ = false;
        if (stopping_) return;
        const bool again = turn_(head_);
        if (again) nudge();
        const auto breath = settings_.yields ? pace.breath_after_turn() : std::chrono::nanoseconds{0};
        rest(std::max<std::chrono::nanoseconds>(breath,
                                                again ? std::chrono::milliseconds{0} : settings_.rest));
    }
}

void Follower::rest(std::chrono::nanoseconds time)
{
    if (time.count() == 0) return;
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, time, [&] { return stopping_.load(); });
}

}  // namespace triaged::daemon
