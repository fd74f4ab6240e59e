// SLA: what a ticket's clocks have counted and when they run out. Pure arithmetic over its history and a
// policy.
//
// A ledger holds what happened (since when, paused from when to when); a policy says how long and by which
// calendar. Neither knows the other, so a change of policy or queue simply counts the same ledger anew.

#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "engine/model/policy.hpp"

namespace triaged {

/// Since when each clock of a ticket runs, and what its resolution was paused for.
struct SlaLedger {
    std::array<Instant, sla_target_count> since{Instant::max(), Instant::max(), Instant::max(),
                                                Instant::max(), Instant::max()};  // by SlaTarget
    std::span<const Span> pauses;  // of `resolution`; in order, apart; the last ends at max() while it lasts

    Instant since_of(SlaTarget target) const { return since[static_cast<std::size_t>(target)]; }
};

/// By what a ticket's clocks are read. Refers to the desk's policy, which must outlive it.
struct SlaTerms {
    const SlaPolicy* policy = nullptr;  // null: nothing is promised
    const Queue* queue = nullptr;       // whose hours count where the policy says so; null: it is always open
    Priority priority = Priority::normal;
};

/// One clock that runs. Refers to policy and ledger, which must outlive it.
struct SlaClock {
    SlaTarget target = SlaTarget::resolution;
    const SlaPolicy* policy = nullptr;
    const Calendar* calendar = nullptr;  // null: wall time
    Instant since;
    Duration within{};  // more than 0
    Duration warn{};    // 0: no warning
    std::span<const Span> pauses;
};

/// The terms of a ticket on `queue`: by the policy its rules set, or else its queue's.
SlaTerms sla_terms(const DeskPolicy& desk, std::string_view sla, const QueueName& queue, Priority priority);

/// \return nothing if the policy has no such goal for the priority or the clock does not run.
std::optional<SlaClock> sla_clock(const DeskPolicy& desk, const SlaTerms& terms, SlaTarget target,
                                  const SlaLedger& ledger);

/// What the clock has counted by `at`: time of its calendar since it started, pauses left out.
Duration used(const SlaClock& clock, Instant at);

/// The first instant at which the clock has counted `amount`; max() if it stands still before.
Instant reaches(const SlaClock& clock, Duration amount);

/// When the goal is missed: an answer must come before. max() while the clock stands still.
Instant due_at(const SlaClock& clock);

/// When to warn that it will be; max() if the policy does not ask for it.
Instant warn_at(const SlaClock& clock);

/// A stretch in which the clock counted, or did not.
struct SlaStretch {
    Span during;
    enum class Kind : std::uint8_t { counted, closed, paused } kind = Kind::counted;

    bool operator==(const SlaStretch&) const = default;
};

/// How the clock came to what it has counted by `at`: every stretch from its start, in order, without gaps.
std::vector<SlaStretch> stretches(const SlaClock& clock, Instant at);

}  // namespace triaged
