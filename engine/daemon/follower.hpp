// Followers: threads that read the journal behind the daemon's back, each at its own pace with its own
// connection.
//
// They read what is committed from the journal itself rather than being handed events: catching up after a
// start and keeping up under load are then the same code, and one that is slow costs no memory.

#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>

#include "engine/model/ids.hpp"

namespace triaged::daemon {

class Follower {
public:
    struct Settings {
        std::string name;                   // of the thread, at most 15 bytes
        std::chrono::milliseconds rest{0};  // between two turns, so that more comes together
        bool yields = false;  // runs on processor time that nobody else wants, and little under load
    };

    /// \param turn called on the thread whenever the head has moved or somebody nudged; returns true to be
    ///             called again at once.
    Follower(Settings settings, std::function<bool(Seq head)> turn);
    /// Ends after the turn under way.
    ~Follower();

    /// Never waits: a follower that yields may be kept from its processor whatever it holds.
    void head_moved(Seq head);
    void nudge();
    void stop();
    /// For turns: whether to come to an end.
    bool stopping() const { return stopping_; }

private:
    void run();
    void rest(std::chrono::nanoseconds time);

    Settings settings_;
    std::function<bool(Seq head)> turn_;
    std::atomic<Seq> head_{0};
    std::atomic<bool> nudged_{false};  // `wake_` has been released since it was last acquired
    std::binary_semaphore wake_{0};
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;  // for `stopped_` alone
    std::condition_variable stopped_;
    std::thread thread_;
};

}  // namespace triaged::daemon
