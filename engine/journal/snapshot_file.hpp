// Snapshot files: a cached fold of the journal beside it. Losing one costs a replay, never an event.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/journal/journal.hpp"

namespace triaged::journal {

/// Where the snapshot of `desk` lies: beside the journal at `journal_path`.
std::string snapshot_path(std::string_view journal_path, std::string_view desk);

/// Replaces the file whole, or leaves the one that is there; synced when this returns.
Result<void> write_snapshot(const std::string& path, std::string_view desk, Seq seq,
                            const std::function<Result<void>(const ByteSink&)>& write);

/// \return the snapshot; `seq` 0 if there is no file; `journal_damaged` where the file does not check.
Result<Snapshot> read_snapshot(const std::string& path, std::string_view desk);

}  // namespace triaged::journal
