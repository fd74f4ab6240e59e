// Layout: a YAML file as written, comments and blank lines included, for the formatter. Knows nothing of
// rules.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rulebook/yaml.hpp"

namespace triaged::yaml {

/// A comment on a line of its own, or a blank line if `text` is empty.
struct Remark {
    std::string text;  // from its #
    int column = 0;    // from 0
};

struct Laid;

/// A key and its value, or an item, which has no key.
struct LaidEntry {
    std::vector<Remark> before;
    std::string key;  // as written; empty of an item
    bool colon = false;
    std::unique_ptr<Laid> value;  // null if there is none
    std::string after;            // a comment on the line of its first characters
};

/// One value as written.
struct Laid {
    enum class Kind : std::uint8_t { scalar, block_scalar, flow_list, flow_map, list, map };
    Kind kind = Kind::scalar;
    std::string properties;  // an anchor
    std::string head;        // a comment on the line that opens a block or flow
    std::string text;        // of a scalar or alias as written, its lines joined where that means the same;
                             // of a block scalar its sign, such as |-
    std::vector<std::string>
        lines;           // of a block scalar, without what indents them; of a quoted scalar of several
    bool plain = false;  // a scalar without quotes
    std::vector<LaidEntry> entries;
    std::vector<Remark> tail;  // after the last entry, and still of this value
    std::string after;         // of a flow or scalar: a comment behind its end
};

/// A whole file.
struct LaidFile {
    std::vector<Remark> before;
    bool marked = false;         // begins with `---`
    std::unique_ptr<Laid> root;  // null if there is nothing but comments
};

/// Where a file is written in a way that this cannot read, although it may be good YAML.
struct LayoutRefused {
    Place place;
    std::string message;
};

/// \pre `text` is YAML of one document, with lines that end in \n alone.
/// \throws LayoutRefused, which stops at the formatter.
LaidFile read_layout(std::string_view text);

/// Writes it out, as `format` describes.
std::string write_layout(const LaidFile& file, std::size_t width);

}  // namespace triaged::yaml
