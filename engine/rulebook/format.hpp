// Format: rules and test files laid out in one way, every comment kept and their meaning proven to be the
// same.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/diagnostic.hpp"

namespace triaged::rulebook {

inline constexpr std::size_t format_width = 120;  // characters of a line, where it can be broken

/// `text` with two blanks a level, one blank line at most between things and exactly one between rules or
/// cases, flow lists and maps on one line where they fit and else filled up to `format_width`. Quotes, the
/// order of keys and the choice between `[flow]` and block stay as they are written. Formatting the result
/// changes nothing. \return nothing if `found` got a mistake: no YAML that rules may use, or something this
/// cannot lay out. What is
///         returned was parsed again and compared with `text` node by node.
std::optional<std::string> format(const std::string& file, std::string_view text,
                                  std::vector<Diagnostic>& found);

}  // namespace triaged::rulebook
