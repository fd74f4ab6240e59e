// The journal's thread: makes batches durable one after the other, and lets out what waited for that.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include "engine/daemon/mailbox.hpp"
#include "engine/journal/journal.hpp"

namespace triaged::daemon {

namespace asio = boost::asio;

struct Dispatch {
    PeerPtr peer;
    Delivery delivery;
};

/// What leaves once a batch is durable.
struct Departures {
    std::vector<Dispatch> dispatches;
    std::vector<std::function<void()>> afterwards;  // called after the dispatches

    bool empty() const { return dispatches.empty() && afterwards.empty(); }
};

/// What becomes durable together, and what leaves once it is.
struct Commit {
    struct Received {
        SteadyTime at;
        std::size_t requests = 0;
    };

    journal::Batch batch;  // of no events: nothing to append, but the replies keep their place
    Departures departures;
    std::vector<Received> received;  // when the requests answered here came in

    bool empty() const { return batch.count == 0 && departures.empty(); }
    /// Forgets all but the memory it takes: a batch of some hundred tickets is big enough that new memory for
    /// each costs more than filling it.
    void clear();
};

class JournalThread {
public:
    struct Hooks {
        std::function<void()> idle;                   // may take another
        std::function<void(Seq, Instant)> committed;  // the head and its time
    };

    // On a fast disk commits would be many and small, and each wakes three threads: under load they begin at
    // least so far apart. A slow disk brings that about by itself.
    static constexpr std::size_t load_requests_min = 4;  // fewer in a commit are no load
    static constexpr std::chrono::microseconds apart{500};

    /// \param io         from whose threads what waited leaves; they run until it has
    /// \param sync_delay added to every append: a testing aid that stands for slower disks.
    JournalThread(asio::io_context& io, std::unique_ptr<journal::Journal> journal,
                  std::chrono::milliseconds sync_delay, Metrics& metrics, Hooks hooks);
    /// Finishes what is in hand.
    ~JournalThread();

    bool idle() const { return idle_.load(std::memory_order_acquire); }
    /// \pre idle
    /// \return an empty commit to fill meanwhile, with the memory of the one before.
    Commit submit(Commit commit);

private:
    void run();
    static void rest(const Commit& commit, SteadyTime began);
    void append(const journal::Batch& batch);
    void record_replies(const Commit& commit);
    void let_out(Departures departures);

    asio::strand<asio::io_context::executor_type> departures_;  // one commit's after the other's
    std::unique_ptr<journal::Journal> journal_;
    std::chrono::milliseconds sync_delay_;
    Metrics& metrics_;
    Hooks hooks_;
    std::atomic<bool> idle_{true};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Commit> next_;
    Commit spare_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace triaged::daemon
