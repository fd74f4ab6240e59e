// A recorded stretch of time played again with other agents, to compare how long customers waited.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/forecast/floor.hpp"
#include "engine/forecast/learnt.hpp"

namespace triaged::forecast {

/// Follows a history and keeps what is to be played again: the state at `from`, the contacts up to `to` and
/// how it went in truth.
class Recording {
public:
    /// \param policy  says which first responses were due; outlives this object
    Recording(const DeskPolicy& policy, Instant from, Instant to) : policy_(policy), from_(from), to_(to) {}

    /// Every event from the first on, in order; also of what comes after `to`, for how waits ended.
    void see(const Event& event);
    /// To be called after the last event.
    void finish();

    Instant from() const { return from_; }
    Instant to() const { return to_; }
    const Learnt& learnt() const { return learnt_; }
    /// The state at `from`; empty if history begins later.
    const std::string& snapshot() const { return snapshot_; }
    const std::vector<Coming>& contacts() const { return contacts_; }
    /// The waits that began from `from` on and before `to`, or were going on at `from`.
    const std::vector<Wait>& waits() const { return waits_; }
    /// How long the ticket's agent had it in all; nothing if that was never finished.
    std::optional<Duration> handling(TicketId ticket) const;
    /// After how long its customer gave up.
    std::optional<Duration> gave_up(TicketId ticket) const;

private:
    void end_wait(TicketId ticket, Instant at, Wait::End end);

    const DeskPolicy& policy_;
    Instant from_;
    Instant to_;
    desk::State state_;
    Learnt learnt_;
    bool begun_ = false;
    std::string snapshot_;
    std::vector<Coming> contacts_;
    std::vector<Wait> waits_;
    std::map<TicketId, Instant> accepted_at_;
    std::map<TicketId, Duration> handling_;
    std::map<TicketId, Duration> gave_up_;
};

/// Plays the recording with the agents of `shifts` alone; who had work at its beginning finishes it.
/// \return the waits, or why the snapshot cannot be read
Result<std::vector<Wait>> replay(const desk::Policies& policies, const Recording& recording,
                                 const std::vector<Shift>& shifts, std::uint64_t seed);

/// How a queue's waits went.
struct Waits {
    std::size_t tickets = 0;
    double mean_s = 0;
    double p90_s = 0;
    double longest_s = 0;
    std::size_t breaches = 0;
    std::size_t abandoned = 0;
    std::size_t unserved = 0;  // at the end

    bool operator==(const Waits&) const = default;
};

Waits summary_of(const std::vector<Wait>& waits);
std::map<QueueName, Waits> by_queue(const std::vector<Wait>& waits);
/// By the hour in which the wait began, from that of `from` on.
std::vector<Waits> by_hour(const std::vector<Wait>& waits, Instant from, Instant to);

}  // namespace triaged::forecast
