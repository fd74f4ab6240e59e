// Snapshots: now and then the journal is folded aside and the result kept, so that the next start is quick.
// The desk is never paused for it: a snapshot is a cached fold, and anyone can fold.

#pragma once

#include <memory>
#include <string>

#include "engine/daemon/follower.hpp"
#include "engine/desk/state.hpp"
#include "engine/journal/journal.hpp"

namespace triaged::daemon {

/// What `restore` found.
struct Restored {
    desk::State state;
    Seq snapshot = 0;          // that it began with; 0 if none
    std::uint64_t events = 0;  // replayed after that
};

/// The desk's state as `journal` tells it, from its latest snapshot on.
/// \param log_progress says how far it is, for starts; warnings are logged either way.
/// \param keep_going   asked now and then; false gives up with `unavailable`.
Result<Restored> restore(
    journal::Journal& journal, bool log_progress,
    const std::function<bool()>& keep_going = [] { return true; });

class Snapshots {
public:
    /// \param journal a connection of its own
    /// \param latest  the last event of the latest snapshot
    Snapshots(std::unique_ptr<journal::Journal> journal, Seq latest, std::uint32_t every_events);

    void head_moved(Seq head);
    void stop() { follower_.stop(); }

private:
    bool turn(Seq head);

    std::unique_ptr<journal::Journal> journal_;
    std::atomic<Seq> latest_;
    std::uint32_t every_events_;
    Follower follower_;
};

}  // namespace triaged::daemon
