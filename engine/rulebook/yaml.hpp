// YAML as operators write it: text to located nodes, and typed readers that say what is wrong and where.
//
// Shared by the loaders of `rulebook` and `config`. Built on yaml-cpp's events rather than its nodes: those
// drop the place of repeated keys and expand aliases without bound. No yaml-cpp type leaves yaml.cpp.

#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/diagnostic.hpp"
#include "engine/model/time.hpp"

namespace triaged::yaml {

enum class Kind : std::uint8_t { null, scalar, list, map };

/// Where a node starts in its file; columns and lengths count characters.
struct Place {
    int line = 0;    // from 1
    int column = 0;  // from 1
    int length = 1;  // of a scalar, quotes included; 1 for a list or map
};

struct Node;

struct Entry {
    const Node* key = nullptr;  // a scalar
    const Node* value = nullptr;
};

/// One value of the file. Scalars stay text until a reader asks for a type, so that `no` may be Norway.
struct Node {
    Kind kind = Kind::null;
    bool quoted = false;             // of a scalar: written in quotes, or as a block
    std::string text;                // of a scalar
    std::vector<const Node*> items;  // of a list
    std::vector<Entry> entries;      // of a map, in the order written; never a key twice
    Place place;
};

inline constexpr std::size_t nesting_max = 100;               // lists and maps around one value
inline constexpr std::size_t nodes_expanded_max = 2'000'000;  // of a file with every alias written out

/// A parsed file and the sink its readers report to. Nodes live as long as the document.
class Document {
public:
    /// Parses `text`. Syntax errors, tabs that indent, bytes that are not UTF-8, repeated keys, tags, a
    /// second document and aliases that expand beyond `nodes_expanded_max` become errors in `found`. \pre
    /// `found` outlives the document.
    Document(std::string file, std::string_view text, std::vector<Diagnostic>& found);
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    /// The top of the file; `null` if the file is empty or could not be parsed (which has been reported).
    const Node& root() const { return *root_; }
    /// Whether the file could not be parsed; what it lacks is then not worth reporting.
    bool broken() const { return broken_; }
    const std::string& file() const { return file_; }

    void error(const Place& at, std::string code, std::string message, std::string suggestion = {}) const;
    void warning(const Place& at, std::string code, std::string message, std::string suggestion = {}) const;

private:
    class Builder;
    void split(std::string_view text);
    bool check_bytes() const;
    bool parse(std::string_view text);
    void add(Severity severity, const Place& at, std::string code, std::string message,
             std::string suggestion) const;

    std::string file_;
    std::vector<std::string> lines_;
    std::deque<Node> nodes_;  // stable addresses
    const Node* root_ = nullptr;
    bool broken_ = false;
    std::vector<Diagnostic>* found_;
};

/// Reads one map key by key and, at the end, reports the keys nobody asked for, with the likely one
/// suggested.
class MapReader {
public:
    /// `what` names the map in errors: "a rule", "queue 'billing'". Reports `wrong-type` if `node` is not a
    /// map.
    MapReader(const Document& document, const Node& node, std::string what);

    /// The value of `key`, or null if it is not there. A key asked for is a known key.
    const Node* take(std::string_view key);
    /// As `take`; reports `missing-key` if it is not there.
    const Node* require(std::string_view key);
    /// Reports keys that were never asked for as `unknown-key`. \return whether there are none.
    bool finish() const;

    bool is_map() const { return is_map_; }
    const Node& node() const { return node_; }

private:
    const Document& document_;
    const Node& node_;
    std::string what_;
    bool is_map_;
    std::vector<std::string> known_;
};

// Typed readers. `what` names the value in errors: "order.value", "capacity". Each reports `wrong-type` or
// `bad-value` at the node and returns nothing if the node does not hold what is asked for.

std::optional<std::string> read_text(const Document& document, const Node& node, std::string_view what);
std::optional<bool> read_boolean(const Document& document, const Node& node, std::string_view what);
std::optional<double> read_number(const Document& document, const Node& node, std::string_view what);
std::optional<std::int64_t> read_integer(const Document& document, const Node& node, std::string_view what,
                                         std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                                         std::int64_t max = std::numeric_limits<std::int64_t>::max());
std::optional<Duration> read_duration(const Document& document, const Node& node, std::string_view what);
/// A name that must be one of `known`; else `unknown_code` (such as `unknown-skill`) with the likely one
/// suggested.
std::optional<std::string> read_name(const Document& document, const Node& node, std::string_view what,
                                     const std::vector<std::string>& known, std::string_view unknown_code);
/// The items of a list; a single scalar counts as a list of one. Lists and maps inside are `wrong-type`.
std::vector<const Node*> read_scalars(const Document& document, const Node& node, std::string_view what);

/// A sentence that proposes the likely one of `known`, or lists them if they are few; else empty.
std::string suggest(std::string_view wrong, const std::vector<std::string>& known);

/// The node on one line for people, in YAML's flow style, such as `channel: [email, chat]` for an entry.
std::string to_line(const Node& node);
std::string to_line(const Entry& entry);

}  // namespace triaged::yaml
