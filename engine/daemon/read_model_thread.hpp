// The read model's thread: shows the journal in SQL tables, and says how far behind it is.

#pragma once

#include <memory>
#include <string>

#include "engine/daemon/follower.hpp"
#include "engine/daemon/metrics.hpp"
#include "engine/journal/journal.hpp"
#include "engine/journal/read_model.hpp"

namespace triaged::daemon {

class ReadModelThread {
public:
    /// \param journal a connection of its own
    ReadModelThread(std::unique_ptr<journal::Journal> journal, std::unique_ptr<journal::ReadModel> read_model,
                    Metrics& metrics);

    void head_moved(Seq head) { follower_.head_moved(head); }
    /// Waits until the tables show everything up to `head`. \return false if they do not within `patience`.
    bool catch_up(Seq head, std::chrono::milliseconds patience);
    void stop() { follower_.stop(); }

private:
    static constexpr std::size_t events_a_turn = 5'000;  // one transaction; bounds what is in memory
    static constexpr std::chrono::milliseconds rest{25};

    bool turn(Seq head);
    std::vector<Event> read_on(Seq after);

    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<journal::ReadModel> read_model_;
    Metrics& metrics_;
    std::mutex mutex_;
    std::condition_variable applied_;
    bool broken_ = false;
    Follower follower_;
};

}  // namespace triaged::daemon
