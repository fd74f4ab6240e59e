// Reading the read model beside whoever writes it.

#pragma once

#include <string>

#include "engine/journal/sqlite.hpp"

namespace triaged::journal {

/// \return the read model at `path`, or `unavailable` if there is none, or none of this program's version.
Result<sqlite::Database> open_read_model(const std::string& path);

}  // namespace triaged::journal
