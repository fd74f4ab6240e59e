// Watchers: connections that see every event. Each is fed from the journal at its own pace, so one that reads
// slowly costs no memory and misses nothing.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/daemon/follower.hpp"
#include "engine/daemon/mailbox.hpp"
#include "engine/journal/journal.hpp"

namespace triaged::daemon {

/// The names of rules of every rulebook that has been in force. Safe from any thread.
class RuleNames {
public:
    using Names = std::shared_ptr<const std::vector<std::string>>;  // shared with whoever is writing lines

    void add(RulebookId rulebook, std::vector<std::string> names);
    /// Null if unknown.
    Names find(RulebookId rulebook) const;

private:
    mutable std::mutex mutex_;
    std::map<RulebookId, Names> names_;
};

class Watchers {
public:
    /// \param journal   a connection of its own
    /// \param lines_max on their way to one watcher at a time
    Watchers(std::unique_ptr<journal::Journal> journal, RuleNames& rule_names, std::size_t lines_max);

    /// Sends `peer` every event after `from` of the kinds in `events` (all, if empty), from now on.
    void add(PeerPtr peer, Seq from, std::vector<std::string> events);
    void remove(std::uint64_t peer);
    void head_moved(Seq head);
    /// Some watcher may get more.
    void nudge() { follower_.nudge(); }
    void stop() { follower_.stop(); }

private:
    struct Watcher {
        PeerPtr peer;
        Seq seen = 0;
        std::vector<std::string> events;  // sorted
        bool removed = false;
    };

    bool turn(Seq head);
    bool feed(Watcher& watcher);
    std::uint32_t append_line(std::string& out, const Watcher& watcher, const Event& event);

    std::unique_ptr<journal::Journal> journal_;
    RuleNames& rule_names_;
    std::size_t lines_max_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<Watcher>> watchers_;  // shared with the turn that feeds them
    std::atomic<std::size_t> count_{0};
    Follower follower_;
};

}  // namespace triaged::daemon
