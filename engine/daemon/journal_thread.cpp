#include "engine/daemon/journal_thread.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <boost/asio/post.hpp>

#include "engine/daemon/exit_code.hpp"

namespace triaged::daemon {

JournalThread::JournalThread(asio::io_context& io, std::unique_ptr<journal::Journal> journal,
                             std::chrono::milliseconds sync_delay, Metrics& metrics, Hooks hooks)
    : departures_(asio::make_strand(io)),
      journal_(std::move(journal)),
      sync_delay_(sync_delay),
      metrics_(metrics),
      hooks_(std::move(hooks))
{
    thread_ = std::thread([this] { run(); });
}

JournalThread::~JournalThread()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Commit::clear()
{
    batch.count = 0;
    batch.body.clear();
    departures.dispatches.clear();
    departures.afterwards.clear();
    received.clear();
}

Commit JournalThread::submit(Commit commit)
{
    check(idle(), "one commit at a time");
    idle_.store(false, std::memory_order_relaxed);
    Commit spare;
    {
        const std::lock_guard lock(mutex_);
        next_ = std::move(commit);
        std::swap(spare, spare_);
    }
    changed_.notify_one();
    return spare;
}

void JournalThread::run()
{
    pthread_setname_np(pthread_self(), "journal");
    for (;;) {
        std::optional<Commit> commit;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return next_.has_value() || stopping_; });
            if (!next_) return;
            commit.swap(next_);
        }
        const auto began = std::chrono::steady_clock::now();
        if (commit->batch.count > 0) append(commit->batch);
        record_replies(*commit);
        if (!commit->departures.empty()) let_out(std::exchange(commit->departures, {}));
        rest(*commit, began);
        commit->clear();
        {
            const std::lock_guard lock(mutex_);
            spare_ = std::move(*commit);
            idle_.store(true, std::memory_order_release);
        }
        hooks_.idle();
    }
}

void JournalThread::rest(const Commit& commit, SteadyTime began)
{
    std::size_t requests = 0;
    for (const auto& received : commit.received) requests += received.requests;
    if (requests >= load_requests_min) std::this_thread::sleep_until(began + apart);
}

void JournalThread::append(const journal::Batch& batch)
{
    const auto began = std::chrono::steady_clock::now();
    const auto result = journal_->append(batch);
    if (sync_delay_.count() > 0) std::this_thread::sleep_for(sync_delay_);
    if (result.outcome == journal::Append::fenced)
        end_process(ExitCode::journal,
                    fmt::format("another process owns the desk, so this one stops: {}", result.why));
    if (result.outcome == journal::Append::failed)
        end_process(
            ExitCode::journal,
            fmt::format("the journal could not be written, so nothing more is acknowledged: {}", result.why));
    const auto took = std::chrono::steady_clock::now() - began;
    metrics_.commit_us.record(
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    metrics_.commit_events.record(batch.count);
    count(metrics_.commits);
    count(metrics_.events, batch.count);
    count(metrics_.event_bytes, batch.body.size());
    const auto head = batch.first_seq + batch.count - 1;
    metrics_.head_at_ms.store(batch.at.ms, std::memory_order_relaxed);
    metrics_.head.store(head, std::memory_order_relaxed);
    hooks_.committed(head, batch.at);
}

/// All in one hand-over: to hand over each reply by itself costs as much as to send it.
void JournalThread::let_out(Departures departures)
{
    asio::post(departures_, [departures = std::move(departures)]() mutable {
        for (auto& [peer, delivery] : departures.dispatches) peer->deliver(std::move(delivery));
        for (const auto& afterwards : departures.afterwards) afterwards();
    });
}

void JournalThread::record_replies(const Commit& commit)
{
    const auto now = std::chrono::steady_clock::now();
    for (const auto& received : commit.received) {
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - received.at);
        metrics_.reply_us.record(static_cast<std::uint64_t>(took.count()), received.requests);
    }
}

}  // namespace triaged::daemon
