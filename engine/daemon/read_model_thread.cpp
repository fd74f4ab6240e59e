#include "engine/daemon/read_model_thread.hpp"

#include "engine/daemon/log.hpp"
#include "engine/journal/codec.hpp"

namespace triaged::daemon {

ReadModelThread::ReadModelThread(std::unique_ptr<journal::Journal> journal,
                                 std::unique_ptr<journal::ReadModel> read_model, Metrics& metrics)
    : journal_(std::move(journal)),
      read_model_(std::move(read_model)),
      metrics_(metrics),
      follower_({"read-model", rest, true}, [this](Seq head) { return turn(head); })
{
    metrics_.read_model_seq = read_model_->applied();
}

bool ReadModelThread::catch_up(Seq head, std::chrono::milliseconds patience)
{
    follower_.head_moved(head);
    std::unique_lock lock(mutex_);
    return applied_.wait_for(lock, patience, [&] { return broken_ || metrics_.read_model_seq >= head; }) &&
           !broken_;
}

bool ReadModelThread::turn(Seq)
{
    if (broken_) return false;
    const auto events = read_on(read_model_->applied());
    if (events.empty()) return false;
    const auto outcome = read_model_->apply(events);
    {
        const std::lock_guard lock(mutex_);
        if (!outcome) {
            // It is a cache: the daemon goes on without, and the next start continues where it stands.
            spdlog::error("the read model stands still: {}", outcome.error().message);
            broken_ = true;
        } else {
            metrics_.read_model_at_ms = events.back().at.ms;
            metrics_.read_model_seq = events.back().seq;
        }
    }
    applied_.notify_all();
    return outcome.has_value() && metrics_.read_model_lag_events() > 0;
}

/// The events of the next batches, about `events_a_turn` of them.
std::vector<Event> ReadModelThread::read_on(Seq after)
{
    std::vector<Event> events;
    const auto read = journal_->read(after, [&](const journal::Batch& batch) {
        auto decoded = journal::decode(batch.body, batch.first_seq, batch.count);
        if (!decoded) {
            spdlog::error("read model: {}", decoded.error().message);
            return false;
        }
        for (auto& event : *decoded)
            if (event.seq > after) events.push_back(std::move(event));
        return events.size() < events_a_turn;
    });
    if (!read) spdlog::error("read model: {}", read.error().message);
    return events;
}

}  // namespace triaged::daemon
