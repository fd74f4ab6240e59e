#include "engine/daemon/follower.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

namespace triaged::daemon {

Follower::Follower(Settings settings, std::function<bool(Seq head)> turn)
    : settings_(std::move(settings)), turn_(std::move(turn))
{
    thread_ = std::thread([this] { run(); });
}

Follower::~Follower() { stop(); }

void Follower::head_moved(Seq head)
{
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        head_ = std::max(head_, head);
        nudged_ = true;
        wake = idle_;
    }
    if (wake) wake_.notify_one();
}

void Follower::nudge() { head_moved(0); }

void Follower::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

bool Follower::stopping() const
{
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Follower::run()
{
    pthread_setname_np(pthread_self(), settings_.name.c_str());
    const sched_param lowest{};
    if (settings_.yields && pthread_setschedparam(pthread_self(), SCHED_IDLE, &lowest) != 0)
        spdlog::debug("{} runs at ordinary priority", settings_.name);
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        idle_ = true;
        wake_.wait(lock, [&] { return nudged_ || stopping_; });
        idle_ = false;
        if (stopping_) return;
        nudged_ = false;
        const auto head = head_;
        lock.unlock();
        const bool again = turn_(head);
        lock.lock();
        nudged_ = nudged_ || again;
        if (!again && settings_.rest.count() > 0)
            wake_.wait_for(lock, settings_.rest, [&] { return stopping_; });
    }
}

}  // namespace triaged::daemon
