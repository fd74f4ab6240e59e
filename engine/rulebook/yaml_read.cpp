// The typed readers of yaml.hpp.

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "engine/model/facts.hpp"
#include "engine/rulebook/yaml.hpp"

namespace triaged::yaml {

namespace {

constexpr std::size_t choices_listed_max = 8;

std::string_view describe(const Node& node)
{
    switch (node.kind) {
        case Kind::null:
            return "nothing";
        case Kind::scalar:
            return "a single value";
        case Kind::list:
            return "a list";
        case Kind::map:
            return "a map";
    }
    return "";
}

/// The scalar's text, or nothing after saying that `wanted` was expected.
const std::string* scalar(const Document& document, const Node& node, std::string_view what,
                          std::string_view wanted)
{
    if (node.kind == Kind::scalar) return &node.text;
    document.error(node.place, "wrong-type",
                   fmt::format("{} must be {}, not {}", what, wanted, describe(node)));
    return nullptr;
}

void wrong_type(const Document& document, const Node& node, std::string_view what, std::string_view wanted)
{
    document.error(node.place, "wrong-type", fmt::format("{} must be {}, not '{}'", what, wanted, node.text));
}

/// Whether a plain scalar with this text would be read back as the same text.
bool needs_quotes(std::string_view text)
{
    if (text.empty() || text.front() == ' ' || text.back() == ' ') return true;
    if (text.find_first_of(",[]{}\"\n") != std::string_view::npos) return true;
    if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return true;
    return std::string_view("&*!|>'%@`#?-").find(text.front()) != std::string_view::npos;
}

/// A /regular expression/, which is easier to read without quotes and their escapes.
bool is_expression(std::string_view text)
{
    return text.size() > 2 && text.front() == '/' && text.back() == '/';
}

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace

MapReader::MapReader(const Document& document, const Node& node, std::string what)
    : document_(document), node_(node), what_(std::move(what)), is_map_(node.kind == Kind::map)
{
    if (!is_map_)
        document.error(node.place, "wrong-type",
                       fmt::format("{} must be a map, not {}", what_, describe(node)));
}

const Node* MapReader::take(std::string_view key)
{
    known_.emplace_back(key);
    const auto place = std::find_if(node_.entries.begin(), node_.entries.end(),
                                    [&](const Entry& entry) { return entry.key->text == key; });
    return place == node_.entries.end() ? nullptr : place->value;
}

const Node* MapReader::require(std::string_view key)
{
    const Node* const value = take(key);
    if (!value && is_map_)
        document_.error(node_.place, "missing-key", fmt::format("{} needs '{}'", what_, key));
    return value;
}

bool MapReader::finish() const
{
    bool clean = true;
    for (const auto& entry : node_.entries) {
        if (std::find(known_.begin(), known_.end(), entry.key->text) != known_.end()) continue;
        document_.error(entry.key->place, "unknown-key",
                        fmt::format("{} has no key '{}'", what_, entry.key->text),
                        suggest(entry.key->text, known_));
        clean = false;
    }
    return clean;
}

std::optional<std::string> read_text(const Document& document, const Node& node, std::string_view what)
{
    const auto* const text = scalar(document, node, what, "text");
    return text ? std::optional(*text) : std::nullopt;
}

std::optional<bool> read_boolean(const Document& document, const Node& node, std::string_view what)
{
    constexpr std::string_view wanted = "true or false";
    const auto* const text = scalar(document, node, what, wanted);
    if (!text) return std::nullopt;
    if (!node.quoted && *text == "true") return true;
    if (!node.quoted && *text == "false") return false;
    wrong_type(document, node, what, wanted);
    return std::nullopt;
}

std::optional<double> read_number(const Document& document, const Node& node, std::string_view what)
{
    constexpr std::string_view wanted = "a number";
    const auto* const text = scalar(document, node, what, wanted);
    if (!text) return std::nullopt;
    double number = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, failure] = std::from_chars(text->data(), end, number);
    if (!node.quoted && failure == std::errc{} && rest == end && std::isfinite(number)) return number;
    wrong_type(document, node, what, wanted);
    return std::nullopt;
}

std::optional<std::int64_t> read_integer(const Document& document, const Node& node, std::string_view what,
                                         std::int64_t min, std::int64_t max)
{
    constexpr std::string_view wanted = "a whole number";
    const auto* const text = scalar(document, node, what, wanted);
    if (!text) return std::nullopt;
    std::int64_t number = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, failure] = std::from_chars(text->data(), end, number);
    if (node.quoted || failure != std::errc{} || rest != end) {
        wrong_type(document, node, what, wanted);
        return std::nullopt;
    }
    if (number >= min && number <= max) return number;
    const auto limit = number < min ? fmt::format("at least {}", min) : fmt::format("at most {}", max);
    document.error(node.place, "bad-value", fmt::format("{} must be {}, not {}", what, limit, number));
    return std::nullopt;
}

std::optional<Duration> read_duration(const Document& document, const Node& node, std::string_view what)
{
    const auto* const text = scalar(document, node, what, "a duration such as 30s, 15m, 4h or 7d");
    if (!text) return std::nullopt;
    const auto span = parse_duration(*text);
    if (span) return *span;
    document.error(node.place, "bad-value", fmt::format("{}: {}", what, span.error().message));
    return std::nullopt;
}

std::optional<std::string> read_name(const Document& document, const Node& node, std::string_view what,
                                     const std::vector<std::string>& known, std::string_view unknown_code)
{
    auto text = read_text(document, node, what);
    if (!text || std::find(known.begin(), known.end(), *text) != known.end()) return text;
    document.error(node.place, std::string(unknown_code), fmt::format("{} '{}' does not exist", what, *text),
                   suggest(*text, known));
    return std::nullopt;
}

std::vector<const Node*> read_scalars(const Document& document, const Node& node, std::string_view what)
{
    if (node.kind == Kind::scalar) return {&node};
    std::vector<const Node*> out;
    if (node.kind != Kind::list) {
        scalar(document, node, what, "a single value or a list");
        return out;
    }
    for (const auto* const item : node.items)
        if (scalar(document, *item, fmt::format("each item of {}", what), "a single value"))
            out.push_back(item);
    return out;
}

std::string suggest(std::string_view wrong, const std::vector<std::string>& known)
{
    if (const auto near = closest(wrong, known); !near.empty())
        return fmt::format("did you mean '{}'?", near);
    if (known.empty() || known.size() > choices_listed_max) return {};
    return fmt::format("known here: {}", fmt::join(known, ", "));
}

std::string to_line(const Node& node)
{
    switch (node.kind) {
        case Kind::null:
            return "~";
        case Kind::scalar:
            if (is_expression(node.text)) return node.text;
            return node.quoted || needs_quotes(node.text) ? quoted(node.text) : node.text;
        case Kind::list: {
            std::string out;
            for (const auto* const item : node.items) out += (out.empty() ? "" : ", ") + to_line(*item);
            return "[" + out + "]";
        }
        case Kind::map: {
            std::string out;
            for (const auto& entry : node.entries) out += (out.empty() ? "" : ", ") + to_line(entry);
            return "{" + out + "}";
        }
    }
    return {};
}

std::string to_line(const Entry& entry) { return to_line(*entry.key) + ": " + to_line(*entry.value); }

}  // namespace triaged::yaml
