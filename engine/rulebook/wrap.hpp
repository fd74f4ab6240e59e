// Wrap: long conditions over several lines, so that a page of them can be read.

#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace triaged::rulebook {

inline constexpr std::size_t page_width = 100;  // characters of a line of explanations

/// `text` broken at blanks into lines of at most `page_width` characters, `indent` blanks before each, the
/// first apart. A word that is longer stands alone. Beyond `lines_max` lines `…` stands for the rest. No
/// newline at the end.
std::string wrap(std::string_view text, std::size_t indent,
                 std::size_t lines_max = std::numeric_limits<std::size_t>::max());

/// `text` cut to `characters_max` characters, the last of them `…` where something is cut.
std::string shorten(std::string_view text, std::size_t characters_max);

/// Characters of UTF-8, not bytes.
std::size_t characters_of(std::string_view text);

}  // namespace triaged::rulebook
