// Followers: threads that read the journal behind the daemon's back, each at its own pace with its own
// connection.
//
// They read what is committed from the journal itself rather than being handed events: catching up after a
// start and keeping up under load are then the same code, and one that is slow costs no memory.

#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "engine/model/ids.hpp"

namespace triaged::daemon {

class Follower {
public:
    struct Settings {
        std::string name;                   // of the thread, at most 15 bytes
        std::chrono::milliseconds rest{0};  // between two turns, so that more comes together
        bool yields = false;                // runs only on processor time that nobody else wants
    };

    /// \param turn called on the thread whenever the head has moved or somebody nudged; returns true to be
    ///             called again at once.
    Follower(Settings settings, std::function<bool(Seq head)> turn);
    /// Ends after the turn under way.
    ~Follower();

    void head_moved(Seq head);
    void nudge();
    void stop();
    /// For turns: whether to come to an end.
    bool stopping() const;

private:
    void run();

    Settings settings_;
    std::function<bool(Seq head)> turn_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Seq head_ = 0;
    bool nudged_ = false;
    bool idle_ = false;  // or else at work or at rest, and looks again by itself
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace triaged::daemon
