// The codec: events to bytes and back, field by field, with a version. docs/journal-format.md is its
// specification.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/event.hpp"

namespace triaged::journal {

inline constexpr int format_version = 1;

/// Appends `event` to `body`; events of one batch follow each other. Sequence numbers are not stored: they
/// count up.
void encode(const Event& event, std::string& body);

/// \return the events of a batch body, or `journal_damaged` with the place (event and byte) where it stops
/// making sense.
Result<std::vector<Event>> decode(std::string_view body, Seq first_seq, std::uint32_t count);

}  // namespace triaged::journal
