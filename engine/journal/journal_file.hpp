// The journal's file: made complete or not at all, and refused unless it is a journal.

#pragma once

#include <string>

#include "engine/journal/sqlite.hpp"

namespace triaged::journal {

/// Opens the journal database at `path`, making it if there is none, with the settings under which a commit
/// that has returned is on disk. \return `journal_failed` if it cannot be made, belongs to another program or
/// a newer triaged;
///         `journal_damaged` if it is empty or is no database.
Result<sqlite::Database> open_journal_file(const std::string& path);

}  // namespace triaged::journal
