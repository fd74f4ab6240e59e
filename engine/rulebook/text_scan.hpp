// Text scan: which of a rulebook's text patterns occur in a ticket, found in one pass.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rulebook/phrase_table.hpp"

namespace triaged::rulebook {

std::string_view to_string(Field field);

enum class PatternKind : std::uint8_t { words, part, regex };

struct Pattern {
    PatternKind kind = PatternKind::words;
    Field field = Field::text;
    std::string text;          // words as written, the part, or the expression without its slashes
    std::uint32_t number = 0;  // what a hit is called

    /// As rules write it: `"in pieces"`, `contains: part`, `/expression/`.
    std::string written() const;
    /// Patterns with the same key occur in the same texts.
    std::string key() const;

    bool operator==(const Pattern&) const = default;
};

/// Why a pattern cannot be used.
struct PatternError {
    std::string message;
    std::string part;  // the piece of the expression that is wrong, if known
};

/// \return what is wrong with `pattern`, or nothing.
std::optional<PatternError> check_pattern(const Pattern& pattern);

/// Every pattern of a rulebook compiled together; immutable, and safe to use from any thread.
class TextScanner {
public:
    /// \pre each pattern passed `check_pattern`; no two have the same number or key.
    explicit TextScanner(const std::vector<Pattern>& patterns);
    ~TextScanner();

    /// Numbers of the patterns that occur, sorted. Allocates no more than the result, once warm.
    std::vector<std::uint32_t> scan(std::string_view subject, std::string_view body) const;

private:
    struct Parts;
    std::unique_ptr<const Parts> parts_;
};

}  // namespace triaged::rulebook
