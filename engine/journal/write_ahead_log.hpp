// A check of SQLite's write-ahead log. SQLite ends its reading of a log at the first frame that does not
// check, as if power had gone there; where whole transactions follow, that would drop what was acknowledged
// without a word.

#pragma once

#include <string>

#include "engine/model/result.hpp"

namespace triaged::journal {

/// Tells a log that a crash tore at its end, which is as it should be, from one that is damaged before it:
/// with synchronous=FULL a transaction is only ever followed by another once it is whole on disk. \return
/// `journal_damaged` with the frame and byte; success too where there is no log. Damage to the last
/// transaction
///         of the log cannot be told from a torn write of it.
Result<void> check_write_ahead_log(const std::string& path);

}  // namespace triaged::journal
