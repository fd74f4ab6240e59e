#include "engine/daemon/snapshots.hpp"

#include <fmt/format.h>

#include "engine/daemon/log.hpp"
#include "engine/desk/desk.hpp"
#include "engine/desk/snapshot.hpp"
#include "engine/journal/codec.hpp"

namespace triaged::daemon {

namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point then)
{
    return std::chrono::duration<double>(SteadyClock::now() - then).count();
}

/// A snapshot that cannot be used costs a replay, so it is a warning.
Result<Restored> begin(journal::Journal& journal)
{
    std::string warning;
    auto snapshot = journal.load_snapshot(warning);
    if (!snapshot) return tl::unexpected<Error>(snapshot.error());
    if (!warning.empty()) spdlog::warn("snapshot not used: {}", warning);
    Restored restored;
    if (snapshot->seq == 0) return restored;
    auto state = desk::restore(snapshot->body);
    if (!state) {
        spdlog::warn("snapshot not used: {}", state.error().message);
        return restored;
    }
    restored.state = std::move(*state);
    restored.snapshot = snapshot->seq;
    return restored;
}

}  // namespace

Result<Restored> restore(journal::Journal& journal, bool log_progress,
                         const std::function<bool()>& keep_going)
{
    const auto began = SteadyClock::now();
    auto restored = begin(journal);
    if (!restored) return restored;
    if (log_progress && restored->snapshot > 0)
        spdlog::info("snapshot of event {} read in {:.1f} s", restored->snapshot, seconds_since(began));
    auto said_at = SteadyClock::now();
    const auto replay_began = said_at;
    std::optional<Error> stopped;
    const auto take = [&](const journal::Batch& batch) {
        const auto events = journal::decode(batch.body, batch.first_seq, batch.count);
        if (!events)
            stopped = events.error();
        else if (!keep_going())
            stopped = Error{ErrorCode::unavailable, "stopping"};
        if (stopped) return false;
        for (const auto& event : *events) {
            if (event.seq <= restored->state.head) continue;
            evolve(restored->state, event);
            ++restored->events;
        }
        if (log_progress && seconds_since(said_at) > 1.0) {
            said_at = SteadyClock::now();
            spdlog::info("replayed {} events, {:.0f}/s", restored->events,
                         static_cast<double>(restored->events) / seconds_since(replay_began));
        }
        return true;
    };
    const auto read = journal.read(restored->state.head, take);
    if (!read) return tl::unexpected<Error>(read.error());
    if (stopped) return tl::unexpected<Error>(*stopped);
    if (log_progress)
        spdlog::info("at event {}: {} open tickets, {} events replayed in {:.1f} s", restored->state.head,
                     restored->state.tickets.size(), restored->events, seconds_since(replay_began));
    return restored;
}

Snapshots::Snapshots(std::unique_ptr<journal::Journal> journal, Seq latest, std::uint32_t every_events)
    : journal_(std::move(journal)),
      latest_(latest),
      every_events_(every_events),
      follower_({"snapshots", std::chrono::seconds{1}, true}, [this](Seq head) { return turn(head); })
{}

void Snapshots::head_moved(Seq head)
{
    if (head - latest_ >= every_events_) follower_.head_moved(head);
}

bool Snapshots::turn(Seq head)
{
    if (head - latest_ < every_events_) return false;
    const auto began = SteadyClock::now();
    auto restored = restore(*journal_, false, [this] { return !follower_.stopping(); });
    if (!restored) {
        if (restored.error().code != ErrorCode::unavailable)
            spdlog::error("snapshot: {}", restored.error().message);
        return false;
    }
    const auto seq = restored->state.head;
    const auto saved =
        journal_->save_snapshot(seq, [&](const ByteSink& sink) { return desk::save(restored->state, sink); });
    // A failure is tried again once as many events more have come: the disk may have room by then.
    latest_ = seq;
    if (!saved) {
        spdlog::error("snapshot: {}", saved.error().message);
        return false;
    }
    spdlog::info("snapshot of event {} kept in {:.1f} s", seq, seconds_since(began));
    return false;
}

}  // namespace triaged::daemon
