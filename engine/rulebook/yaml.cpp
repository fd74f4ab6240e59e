#include "engine/rulebook/yaml.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>
#include <utf8proc.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace triaged::yaml {

namespace {

constexpr std::size_t shown_bytes_max = 400;  // of a source line in a diagnostic
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Stands for a question mark inside a word while yaml-cpp parses: in `[crack(ed)?, x]` it would take it for
/// the sign of a key. No text may hold this control character itself.
constexpr char hidden_question_mark = '\x1F';

std::string hide_question_marks(std::string_view text)
{
    std::string out(text);
    for (std::size_t i = 1; i < out.size(); ++i)
        if (out[i] == '?' && std::string_view(" \t\r\n[{,").find(out[i - 1]) == std::string_view::npos)
            out[i] = hidden_question_mark;
    return out;
}

bool is_text(utf8proc_int32_t code) { return code == '\t' || (code >= ' ' && code != 0x7F); }

/// A mistake that ends the parse; `mark` is yaml-cpp's, from 0 and in bytes.
struct Refused {
    YAML::Mark mark;
    std::string code;
    std::string message;
};

int characters(std::string_view text)
{
    return static_cast<int>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string advice(std::string_view message)
{
    struct Advice {
        std::string_view part, advice;
    };
    static constexpr std::array<Advice, 7> known{{
        {"illegal map value", "put quotes around text that holds `: `"},
        {"unknown token", "put quotes around text that starts with @, ` or %"},
        {"end of sequence flow", "close the list with ], and put quotes around text that holds [ ] { } or ,"},
        {"end of map flow", "close the map with }, and put quotes around text that holds [ ] { } or ,"},
        {"end of sequence not found", "the items of a list all start in the same column"},
        {"end of map not found", "the keys of a map all start in the same column"},
        {"anchor is not defined", "put quotes around text that starts with *"},
    }};
    for (const auto& [part, text] : known)
        if (message.find(part) != std::string_view::npos) return std::string(text);
    return {};
}

Place place_of(const std::vector<std::string>& lines, const YAML::Mark& mark)
{
    if (mark.is_null() || lines.empty()) return {};
    const auto line = std::min(static_cast<std::size_t>(mark.line), lines.size() - 1);
    const auto bytes = std::min(static_cast<std::size_t>(mark.column), lines[line].size());
    return {static_cast<int>(line) + 1, characters(std::string_view(lines[line]).substr(0, bytes)) + 1, 1};
}

}  // namespace

/// Turns yaml-cpp's events into nodes.
class Document::Builder : public YAML::EventHandler {
public:
    explicit Builder(Document& document) : document_(document) {}

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (document_.root_)
            throw Refused{mark, "second-document",
                          "a file holds one document; put the second one into its own file"};
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        add_leaf(Kind::null, mark, {}, anchor);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        refuse_tag(mark, tag);
        auto& node = add_leaf(Kind::scalar, mark, value, anchor);
        node.quoted = tag == "!";
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const auto& target = anchors_[anchor];
        if (!target.node) throw Refused{mark, "alias-cycle", "an alias cannot stand inside what it names"};
        attach(*target.node, target.expanded, mark);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override
    {
        open(Kind::list, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override
    {
        open(Kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override
    {
        drop_repeated_keys(*open_.back().node);
        close();
    }

private:
    struct Frame {
        Node* node;
        YAML::anchor_t anchor;
        YAML::Mark mark;
        std::size_t expanded = 1;
        const Node* key = nullptr;  // of a map: read, its value not yet
    };
    struct Anchor {
        const Node* node = nullptr;
        std::size_t expanded = 0;
    };

    static void refuse_tag(const YAML::Mark& mark, const std::string& tag)
    {
        if (tag.empty() || tag == "?" || tag == "!") return;
        throw Refused{
            mark, "tag",
            "tags such as '" + tag + "' have no meaning here; put quotes around text that starts with !"};
    }

    Node& make(Kind kind, const YAML::Mark& mark)
    {
        auto& node = document_.nodes_.emplace_back();
        node.kind = kind;
        node.place = place_of(document_.lines_, mark);
        return node;
    }

    Node& add_leaf(Kind kind, const YAML::Mark& mark, const std::string& text, YAML::anchor_t anchor)
    {
        auto& node = make(kind, mark);
        node.text = text;
        std::replace(node.text.begin(), node.text.end(), hidden_question_mark, '?');
        if (kind == Kind::scalar) node.place.length = length_of(mark, text);
        // yaml-cpp puts an absent value where the next token stands; people look for it at its key.
        if (kind == Kind::null && !open_.empty() && open_.back().key) node.place = open_.back().key->place;
        if (anchor) anchors_[anchor] = {&node, 1};
        attach(node, 1, mark);
        return node;
    }

    void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor)
    {
        refuse_tag(mark, tag);
        if (open_.size() >= nesting_max) throw Refused{mark, "too-deep", "the file is nested too deep"};
        if (anchor) anchors_[anchor] = {};
        open_.push_back({&make(kind, mark), anchor, mark, 1, nullptr});
    }

    void close()
    {
        const auto frame = open_.back();
        open_.pop_back();
        if (frame.anchor) anchors_[frame.anchor] = {frame.node, frame.expanded};
        attach(*frame.node, frame.expanded, frame.mark);
    }

    void attach(const Node& node, std::size_t expanded, const YAML::Mark& mark)
    {
        if (open_.empty()) {
            document_.root_ = &node;
            return;
        }
        auto& frame = open_.back();
        frame.expanded += expanded;
        if (frame.expanded > nodes_expanded_max)
            throw Refused{mark, "too-large",
                          "the file holds too many values, or aliases that repeat too many"};
        if (frame.node->kind == Kind::list) {
            frame.node->items.push_back(&node);
        } else if (!frame.key) {
            if (node.kind != Kind::scalar) throw Refused{mark, "bad-key", "a key is a single name"};
            frame.key = &node;
        } else {
            frame.node->entries.push_back({frame.key, &node});
            frame.key = nullptr;
        }
    }

    void drop_repeated_keys(Node& map) const
    {
        std::unordered_map<std::string_view, const Node*> first;
        std::erase_if(map.entries, [&](const Entry& entry) {
            const auto [place, added] = first.try_emplace(entry.key->text, entry.key);
            if (!added)
                document_.error(entry.key->place, "repeated-key",
                                fmt::format("'{}' is here twice; line {} has it already", entry.key->text,
                                            place->second->place.line));
            return !added;
        });
    }

    /// Characters to underline for the scalar at `mark`. An opening quote without its end is refused here,
    /// because yaml-cpp lets the text run on to the end of the file.
    int length_of(const YAML::Mark& mark, const std::string& text) const
    {
        const auto& lines = document_.lines_;
        auto number = static_cast<std::size_t>(mark.line);
        if (number >= lines.size()) return 1;
        const std::string_view line = lines[number];
        auto start = std::min(static_cast<std::size_t>(mark.column), line.size());
        if (start < line.size() && line[start] == '&') {  // an anchor comes first
            start = std::min(line.find(' ', start), line.size());
            start = std::min(line.find_first_not_of(' ', start), line.size());
        }
        const char quote = start < line.size() ? line[start] : '\0';
        if (quote == '|' || quote == '>') return 1;
        const int rest = characters(line.substr(start));
        if (quote != '"' && quote != '\'') return std::max(1, std::min(characters(text), rest));
        for (auto at = start + 1; number < lines.size(); at = 0, ++number) {
            const auto end = end_of_quote(lines[number], at, quote);
            if (end == std::string_view::npos) continue;
            const bool same_line = number == static_cast<std::size_t>(mark.line);
            return same_line ? characters(line.substr(start, end + 1 - start)) : rest;
        }
        throw Refused{mark, "syntax", "this quote is never closed"};
    }

    static std::size_t end_of_quote(std::string_view line, std::size_t at, char quote)
    {
        for (; at < line.size(); ++at) {
            if (quote == '"' && line[at] == '\\') {
                ++at;
            } else if (line[at] == quote) {
                if (quote == '"' || at + 1 == line.size() || line[at + 1] != quote) return at;
                ++at;  // '' stands for one quote
            }
        }
        return std::string_view::npos;
    }

    Document& document_;
    std::vector<Frame> open_;
    std::unordered_map<YAML::anchor_t, Anchor> anchors_;
};

Document::Document(std::string file, std::string_view text, std::vector<Diagnostic>& found)
    : file_(std::move(file)), found_(&found)
{
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    split(text);
    broken_ = !check_bytes() || !parse(text);
    if (!root_ || broken_) root_ = &nodes_.emplace_back();
}

void Document::split(std::string_view text)
{
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines_.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// Refuses what yaml-cpp would misread: bytes that are not text, and tabs at the start of a line.
bool Document::check_bytes() const
{
    bool good = true;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const auto& line = lines_[i];
        const auto number = static_cast<int>(i) + 1;
        const auto size = static_cast<utf8proc_ssize_t>(line.size());
        for (utf8proc_ssize_t at = 0; at < size;) {
            utf8proc_int32_t code = 0;
            const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(line.data()) + at,
                                                size - at, &code);
            if (taken > 0 && is_text(code)) {
                at += taken;
                continue;
            }
            const auto before = static_cast<std::size_t>(at);
            error({number, characters(std::string_view(line).substr(0, before)) + 1, 1}, "bad-utf8",
                  "this is no text; save the file as UTF-8, without control characters");
            return false;
        }
        if (line.starts_with('\t') && line.find_first_not_of("\t ") != std::string::npos) {
            error({number, 1, 1}, "tab", "a tab cannot indent YAML", "use spaces");
            good = false;
        }
    }
    return good;
}

bool Document::parse(std::string_view text)
{
    std::istringstream stream{hide_question_marks(text)};
    try {
        YAML::Parser parser(stream);
        Builder builder(*this);
        while (parser.HandleNextDocument(builder)) {
        }
        return true;
    } catch (const Refused& refused) {
        error(place_of(lines_, refused.mark), refused.code, refused.message);
    } catch (const YAML::Exception& failure) {
        const auto place = place_of(lines_, failure.mark);
        const bool tab = failure.msg.find("tab") != std::string::npos;
        error(place, tab ? "tab" : "syntax", tab ? "a tab cannot indent YAML" : failure.msg,
              tab ? "use spaces" : advice(failure.msg));
    }
    return false;
}

void Document::add(Severity severity, const Place& at, std::string code, std::string message,
                   std::string suggestion) const
{
    std::string line;
    if (at.line > 0 && static_cast<std::size_t>(at.line) <= lines_.size())
        line = lines_[static_cast<std::size_t>(at.line) - 1];
    if (line.size() > shown_bytes_max) line.clear();  // a caret under a screenful helps nobody
    found_->push_back({severity, std::move(code), file_, at.line, at.column, at.length, std::move(message),
                       std::move(line), std::move(suggestion)});
}

void Document::error(const Place& at, std::string code, std::string message, std::string suggestion) const
{
    add(Severity::error, at, std::move(code), std::move(message), std::move(suggestion));
}

void Document::warning(const Place& at, std::string code, std::string message, std::string suggestion) const
{
    add(Severity::warning, at, std::move(code), std::move(message), std::move(suggestion));
}

}  // namespace triaged::yaml
