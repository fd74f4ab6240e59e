// Snapshots: the state as bytes, so that a restart need not replay the whole journal.

#pragma once

#include <string>
#include <string_view>

#include "engine/desk/state.hpp"

namespace triaged::desk {

inline constexpr std::uint32_t snapshot_version = 12;

/// The state, field by field, in pieces of about 1 MiB, so that the bytes are never in memory all at once.
/// Equal histories give equal bytes, whatever snapshots they went through.
/// \return the sink's first failure, after which it gets nothing more
Result<void> save(const State& state, const ByteSink& sink);
/// The same, whole.
std::string save(const State& state);

/// \return the state that was saved, or `journal_damaged` with the place where the bytes stop making sense,
/// or where they were saved by a version that this one does not read (then the journal is replayed instead).
Result<State> restore(std::string_view bytes);

}  // namespace triaged::desk
