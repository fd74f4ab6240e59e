#include <algorithm>
#include <utility>

#include "engine/rulebook/layout.hpp"

namespace triaged::yaml {

namespace {

using Kind = Laid::Kind;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    LaidFile read()
    {
        LaidFile file;
        gather();
        if (at_line_start() && text_.substr(at_).starts_with("---") && ends_token(at_ + 3)) {
            file.before = std::move(pending_);
            pending_.clear();
            file.marked = true;
            at_ += 3;
            skip_blanks();
            if (!at_end() && peek() != '\n') refuse("write the first line of the file below its `---`");
            gather();
        }
        if (at_end()) {
            file.before.insert(file.before.end(), pending_.begin(), pending_.end());
            return file;
        }
        if (peek() == '%') refuse("directives are not formatted");
        file.root = block(0);
        gather();
        if (!at_end()) refuse("this stands where nothing is expected");
        auto& tail = file.root->tail;
        tail.insert(tail.end(), pending_.begin(), pending_.end());
        return file;
    }

private:
    bool at_end() const { return at_ >= text_.size(); }
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool ends_token(std::size_t at) const
    {
        return at >= text_.size() || is_blank(text_[at]) || text_[at] == '\n';
    }

    std::size_t line_start() const
    {
        const auto before = at_ == 0 ? std::string_view::npos : text_.rfind('\n', at_ - 1);
        return before == std::string_view::npos ? 0 : before + 1;
    }
    int column() const { return static_cast<int>(at_ - line_start()); }
    bool at_line_start() const { return column() == 0; }

    [[noreturn]] void refuse(std::string message) const
    {
        const auto line = static_cast<int>(std::count(
            text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size())), '\n'));
        throw LayoutRefused{{line + 1, column() + 1, 1}, std::move(message)};
    }

    void skip_blanks()
    {
        while (is_blank(peek())) ++at_;
    }

    /// The comment at this place, and on to the line's end; empty if there is none.
    std::string comment()
    {
        skip_blanks();
        if (peek() != '#') return {};
        const auto end = std::min(text_.find('\n', at_), text_.size());
        auto out = std::string(trimmed(text_.substr(at_, end - at_)));
        at_ = end;
        return out;
    }

    /// A comment behind something on its line.
    std::string comment_behind()
    {
        const auto start = at_;
        skip_blanks();
        if (peek() == '#' && at_ > start) return comment();
        at_ = start;
        return {};
    }

    /// Goes on to the next thing that is no comment and no blank; what it passes is pending.
    void gather()
    {
        for (;;) {
            const auto start = line_start();
            skip_blanks();
            if (peek() == '\n') {
                const bool blank = trimmed(text_.substr(start, at_ - start)).empty();
                ++at_;
                if (blank && (pending_.empty() || !pending_.back().text.empty())) pending_.push_back({});
            } else if (peek() == '#') {
                const int at = column();
                pending_.push_back({comment(), at});
                if (peek() == '\n') ++at_;
            } else {
                return;
            }
        }
    }

    std::vector<Remark> take_pending() { return std::exchange(pending_, {}); }

    /// Of what is pending, the leading part that belongs to a block that ends here.
    std::vector<Remark> take_tail(int column)
    {
        std::size_t end = 0;
        for (std::size_t i = 0; i < pending_.size(); ++i) {
            if (pending_[i].text.empty()) continue;
            if (pending_[i].column < column) break;
            end = i + 1;
        }
        std::vector<Remark> out(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(end));
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(end));
        return out;
    }

    bool at_dash() const { return peek() == '-' && ends_token(at_ + 1); }

    /// Whether a key and its colon stand here.
    bool at_key() const
    {
        auto at = at_;
        if (at >= text_.size()) return false;
        const char quote = text_[at];
        if (quote == '"' || quote == '\'') {
            for (++at; at < text_.size() && text_[at] != '\n'; ++at) {
                if (quote == '"' && text_[at] == '\\') {
                    ++at;
                } else if (text_[at] == quote) {
                    if (quote == '"' || at + 1 >= text_.size() || text_[at + 1] != quote) break;
                    ++at;
                }
            }
            if (at >= text_.size() || text_[at] != quote) return false;
            ++at;
            while (at < text_.size() && is_blank(text_[at])) ++at;
            return at < text_.size() && text_[at] == ':' && ends_token(at + 1);
        }
        if (std::string_view("[]{},#|>&!%@`").find(quote) != std::string_view::npos) return false;
        for (; at < text_.size() && text_[at] != '\n'; ++at) {
            if (text_[at] == ':' && ends_token(at + 1)) return true;
            if (text_[at] == '#' && is_blank(text_[at - 1])) return false;
        }
        return false;
    }

    /// The value at this place, which is the first of its line or stands behind a dash.
    /// \param outer  the column of the block around it
    std::unique_ptr<Laid> block(int outer)
    {
        if (peek() == '?' && ends_token(at_ + 1)) refuse("keys of several lines are not formatted");
        if (at_dash()) return list(column());
        if (at_key()) return map(column());
        return inline_value(outer - 1);
    }

    std::unique_ptr<Laid> list(int indent)
    {
        auto out = std::make_unique<Laid>();
        out->kind = Kind::list;
        while (!at_end() && column() == indent && at_dash()) {
            auto& entry = out->entries.emplace_back();
            entry.before = take_pending();
            ++at_;
            entry.value = value_behind(indent, true, entry.after);
            gather();
        }
        if (!at_end() && column() > indent) refuse("this item is indented otherwise than the ones before");
        return out;
    }

    std::unique_ptr<Laid> map(int indent)
    {
        auto out = std::make_unique<Laid>();
        out->kind = Kind::map;
        while (!at_end() && column() == indent && !at_dash() && at_key()) {
            auto& entry = out->entries.emplace_back();
            entry.before = take_pending();
            entry.key = key();
            entry.colon = true;
            entry.value = value_behind(indent, false, entry.after);
            gather();
        }
        if (!at_end() && column() > indent) refuse("this key is indented otherwise than the ones before");
        if (at_end() || column() < indent) out->tail = take_tail(indent);
        return out;
    }

    std::string key()
    {
        const auto start = at_;
        if (peek() == '"' || peek() == '\'') {
            quoted_scalar();
            const auto end = at_;
            skip_blanks();
            ++at_;  // the colon
            return std::string(text_.substr(start, end - start));
        }
        while (!(peek() == ':' && ends_token(at_ + 1))) ++at_;
        const auto out = trimmed(text_.substr(start, at_ - start));
        ++at_;
        return std::string(out);
    }

    /// What stands behind a dash or colon: on its line, or as a block on the lines below.
    /// \param indent  of the dash or key
    /// \param item    whether it is a dash; a list below a key need not be indented further
    std::unique_ptr<Laid> value_behind(int indent, bool item, std::string& after)
    {
        skip_blanks();
        std::string properties;
        if (peek() == '&') {
            const auto start = at_;
            while (!ends_token(at_)) ++at_;
            properties = std::string(text_.substr(start, at_ - start));
            skip_blanks();
        }
        if (peek() == '!') refuse("tags are not formatted");
        if (!at_end() && peek() != '\n' && peek() != '#') {
            auto value = item && properties.empty() ? block(indent + 1) : inline_value(indent);
            value->properties = std::move(properties);
            return value;
        }
        after = comment();
        gather();
        const int here = at_end() ? -1 : column();
        const bool deeper = here > indent || (here == indent && !item && at_dash());
        if (!deeper) {
            if (properties.empty()) return nullptr;
            auto value = std::make_unique<Laid>();
            value->properties = std::move(properties);
            return value;
        }
        auto value = here == indent ? list(here) : block(indent + 1);
        if (value->kind == Kind::list && (at_end() || column() < here || here == indent))
            value->tail = take_tail(here == indent ? here + 1 : here);
        value->properties = std::move(properties);
        return value;
    }

    /// A scalar, alias, flow or block scalar that starts here.
    std::unique_ptr<Laid> inline_value(int indent)
    {
        const char c = peek();
        std::unique_ptr<Laid> out;
        if (!pending_.empty()) refuse("put the comment above the key, or the value behind it");
        if (c == '[' || c == '{') {
            out = flow();
        } else if (c == '|' || c == '>') {
            return block_scalar(indent);
        } else {
            out = std::make_unique<Laid>();
            if (c == '"' || c == '\'') {
                const auto start = at_;
                quoted_scalar();
                take_quoted(*out, text_.substr(start, at_ - start));
            } else {
                out->plain = true;
                out->text = plain_scalar(indent);
            }
        }
        out->after = comment_behind();
        const auto rest = at_;
        skip_blanks();
        if (!at_end() && peek() != '\n') refuse("this stands where the line should end");
        at_ = rest;
        return out;
    }

    void quoted_scalar()
    {
        const char quote = peek();
        for (++at_; !at_end(); ++at_) {
            if (quote == '"' && peek() == '\\') {
                ++at_;
            } else if (peek() == quote) {
                if (quote == '"' || peek(1) != quote) {
                    ++at_;
                    return;
                }
                ++at_;
            }
        }
        refuse("this quote is never closed");
    }

    static void take_quoted(Laid& out, std::string_view written)
    {
        for (;;) {
            const auto end = written.find('\n');
            auto line = written.substr(0, std::min(end, written.size()));
            if (!out.lines.empty())
                while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
            if (end != std::string_view::npos && !line.ends_with('\\'))
                while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
            out.lines.emplace_back(line);
            if (end == std::string_view::npos) break;
            written.remove_prefix(end + 1);
        }
        if (out.lines.size() > 1) return;
        out.text = out.lines.front();
        out.lines.clear();
    }

    /// Plain text to its end; lines below that are indented further than `indent` are part of it.
    std::string plain_scalar(int indent)
    {
        std::string out;
        for (;;) {
            const auto start = at_;
            while (!at_end() && peek() != '\n' &&
                   !(peek() == '#' && at_ > start && is_blank(text_[at_ - 1]))) {
                if (peek() == ':' && ends_token(at_ + 1)) refuse("put quotes around text that holds `: `");
                ++at_;
            }
            while (at_ > start && is_blank(text_[at_ - 1])) --at_;
            out += text_.substr(start, at_ - start);
            const auto end = at_;
            if (peek() != '\n' && !at_end()) return out;  // a comment ends it
            // Blank lines inside stand for line breaks: such text is written in quotes or as a block.
            auto next = at_ + 1;
            while (next < text_.size() && is_blank(text_[next])) ++next;
            if (at_ + 1 >= text_.size() || next >= text_.size() || text_[next] == '\n' ||
                text_[next] == '#' || static_cast<int>(next - at_ - 1) <= indent) {
                at_ = end;
                return out;
            }
            at_ = next;
            out += ' ';
        }
    }

    std::unique_ptr<Laid> block_scalar(int indent)
    {
        auto out = std::make_unique<Laid>();
        out->kind = Kind::block_scalar;
        const auto start = at_;
        while (!ends_token(at_)) ++at_;
        out->text = std::string(text_.substr(start, at_ - start));
        if (std::any_of(out->text.begin(), out->text.end(), [](char c) { return c >= '0' && c <= '9'; }))
            refuse("blocks of text with a number at their start are not formatted");
        out->head = comment_behind();
        skip_blanks();
        if (!at_end() && peek() != '\n') refuse("this stands where the line should end");
        if (!at_end()) ++at_;
        std::optional<std::size_t> inner;
        while (!at_end()) {
            const auto end = std::min(text_.find('\n', at_), text_.size());
            const auto line = text_.substr(at_, end - at_);
            const auto blanks = std::min(line.find_first_not_of(' '), line.size());
            if (blanks == line.size()) {
                out->lines.emplace_back(inner && line.size() > *inner ? line.substr(*inner)
                                                                      : std::string_view());
            } else {
                if (static_cast<int>(blanks) <= indent || (inner && blanks < *inner)) break;
                if (!inner) inner = blanks;
                out->lines.emplace_back(line.substr(*inner));
            }
            at_ = std::min(end + 1, text_.size());
        }
        const bool keeps = out->text.find('+') != std::string::npos;
        bool blank_behind = false;
        while (!keeps && !out->lines.empty() && out->lines.back().empty()) {
            out->lines.pop_back();
            blank_behind = true;
        }
        if (blank_behind && !at_end()) pending_.push_back({});
        return out;
    }

    std::unique_ptr<Laid> flow()
    {
        auto out = std::make_unique<Laid>();
        const bool is_map = peek() == '{';
        const char close = is_map ? '}' : ']';
        out->kind = is_map ? Kind::flow_map : Kind::flow_list;
        ++at_;
        out->head = comment_behind();
        for (;;) {
            gather_in_flow();
            if (at_end()) refuse("this list or map is never closed");
            if (peek() == close) {
                out->tail = take_pending();
                ++at_;
                return out;
            }
            auto& entry = out->entries.emplace_back();
            entry.before = take_pending();
            flow_entry(entry);
            gather_in_flow();
            if (peek() == ',') {
                ++at_;
                if (auto note = comment_behind(); !note.empty()) entry.after = std::move(note);
            } else if (peek() != close) {
                refuse("a comma or the end of the list is expected here");
            }
            if (!pending_.empty() && entry.after.empty() && on_line_before_) {
                entry.after = pending_.front().text;
                pending_.erase(pending_.begin());
            }
        }
    }

    /// As `gather`; blank lines inside brackets mean nothing and are dropped.
    void gather_in_flow()
    {
        const auto line = line_start();
        gather();
        std::erase_if(pending_, [](const Remark& remark) { return remark.text.empty(); });
        on_line_before_ = false;
        if (pending_.empty()) return;
        const auto note = text_.find(pending_.front().text, line);
        const auto end = text_.find('\n', line);
        on_line_before_ = note < end;
    }

    void flow_entry(LaidEntry& entry)
    {
        auto value = flow_value();
        skip_blanks();
        if (peek() == ':' && value->kind == Kind::scalar) {
            ++at_;
            if (!value->lines.empty() || !value->properties.empty()) refuse("a key is a single name");
            entry.key = value->text;
            entry.colon = true;
            gather_in_flow();
            if (!pending_.empty()) refuse("put the comment above the key");
            if (peek() != ',' && peek() != ']' && peek() != '}') entry.value = flow_value();
            return;
        }
        entry.value = std::move(value);
    }

    std::unique_ptr<Laid> flow_value()
    {
        std::string properties;
        if (peek() == '&') {
            const auto start = at_;
            while (!ends_token(at_) && peek() != ',' && peek() != ']' && peek() != '}') ++at_;
            properties = std::string(text_.substr(start, at_ - start));
            skip_blanks();
        }
        if (peek() == '!') refuse("tags are not formatted");
        std::unique_ptr<Laid> out;
        if (peek() == '[' || peek() == '{') {
            out = flow();
        } else {
            out = std::make_unique<Laid>();
            if (peek() == '"' || peek() == '\'') {
                const auto start = at_;
                quoted_scalar();
                take_quoted(*out, text_.substr(start, at_ - start));
            } else {
                out->plain = true;
                out->text = plain_in_flow();
            }
        }
        out->properties = std::move(properties);
        return out;
    }

    std::string plain_in_flow()
    {
        std::string out;
        for (;;) {
            const auto start = at_;
            bool ended = false;
            for (; !at_end() && peek() != '\n'; ++at_) {
                const char c = peek();
                const bool end_of_key =
                    c == ':' && (ends_token(at_ + 1) || peek(1) == ',' || peek(1) == ']' || peek(1) == '}');
                const bool note = c == '#' && at_ > start && is_blank(text_[at_ - 1]);
                if (std::string_view(",[]{}").find(c) != std::string_view::npos || end_of_key || note) {
                    ended = true;
                    break;
                }
            }
            const auto piece = trimmed(text_.substr(start, at_ - start));
            if (!out.empty() && !piece.empty()) out += ' ';
            out += piece;
            if (ended || at_end()) return out;
            auto next = at_ + 1;
            while (next < text_.size() && is_blank(text_[next])) ++next;
            if (next >= text_.size() || text_[next] == '#' || text_[next] == '\n' ||
                std::string_view(",[]{}:").find(text_[next]) != std::string_view::npos)
                return out;
            at_ = next;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Remark> pending_;
    bool on_line_before_ = false;  // the first that is pending stands behind something in a flow
};

}  // namespace

LaidFile read_layout(std::string_view text) { return Reader(text).read(); }

}  // namespace triaged::yaml
