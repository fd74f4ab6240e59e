#include <algorithm>

#include "engine/rulebook/layout.hpp"
#include "engine/rulebook/wrap.hpp"

namespace triaged::yaml {

namespace {

using Kind = Laid::Kind;
using rulebook::characters_of;

constexpr std::size_t step = 2;  // blanks a level

bool is_block(const Laid* value) { return value && (value->kind == Kind::list || value->kind == Kind::map); }

/// Whether a value can only be laid out over several lines.
bool has_comments(const Laid& value)
{
    if (!value.head.empty() || !value.tail.empty() || value.lines.size() > 1) return true;
    return std::any_of(value.entries.begin(), value.entries.end(), [](const LaidEntry& entry) {
        return !entry.before.empty() || !entry.after.empty() || (entry.value && has_comments(*entry.value));
    });
}

/// A flow or scalar on one line.
std::string flat(const Laid& value)
{
    std::string out = value.properties;
    if (!out.empty() && (value.kind != Kind::scalar || !value.text.empty())) out += ' ';
    if (value.kind == Kind::scalar) return out + value.text;
    const bool is_map = value.kind == Kind::flow_map;
    out += is_map ? '{' : '[';
    for (std::size_t i = 0; i < value.entries.size(); ++i) {
        const auto& entry = value.entries[i];
        if (i > 0) out += ", ";
        if (entry.colon) out += entry.key + (entry.value ? ": " : ":");
        if (entry.value) out += flat(*entry.value);
    }
    return out + (is_map ? '}' : ']');
}

class Writer {
public:
    explicit Writer(std::size_t width) : width_(width) {}

    std::string write(const LaidFile& file)
    {
        remarks(file.before, 0, false);
        if (file.marked) out_ += "---\n";
        if (file.root) {
            if (is_block(file.root.get())) {
                block(*file.root, 0, 0);
            } else {
                value(*file.root, 0);
                out_ += '\n';
                remarks(file.root->tail, 0, false);
            }
        }
        while (out_.ends_with("\n\n")) out_.pop_back();
        return std::move(out_);
    }

private:
    std::size_t column() const
    {
        const auto start = out_.rfind('\n');
        return characters_of(std::string_view(out_).substr(start == std::string::npos ? 0 : start + 1));
    }
    void new_line(std::size_t indent)
    {
        while (!out_.empty() && out_.back() == ' ') out_.pop_back();
        out_ += '\n' + std::string(indent, ' ');
    }
    void blank_line()
    {
        if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
    }
    void note(const std::string& comment)
    {
        if (!comment.empty()) out_ += "  " + comment;
    }

    /// Lines of their own. \param apart  whether a blank line must be among them.
    void remarks(const std::vector<Remark>& list, std::size_t indent, bool apart)
    {
        const auto is_blank = [](const Remark& remark) { return remark.text.empty(); };
        if (apart && std::none_of(list.begin(), list.end(), is_blank)) blank_line();
        for (const auto& remark : list) {
            if (is_blank(remark))
                blank_line();
            else
                out_ += std::string(indent, ' ') + remark.text + '\n';
        }
    }

    /// A list or map, from the start of a line; ends in a newline.
    /// \param depth  of the file, so that rules and cases are told from other items
    void block(const Laid& value, std::size_t indent, int depth)
    {
        const bool spread = value.kind == Kind::list && depth == 1 && rules_or_cases_;
        bool first = true;
        for (const auto& entry : value.entries) {
            remarks(entry.before, indent, spread && !first && is_block(entry.value.get()));
            out_ += std::string(indent, ' ');
            this->entry(entry, value.kind == Kind::list, indent, depth);
            first = false;
        }
        remarks(value.tail, indent, false);
    }

    /// The rest of an entry whose line is indented already.
    void entry(const LaidEntry& entry, bool item, std::size_t indent, int depth)
    {
        out_ += item ? std::string("-") : entry.key + ":";
        if (depth == 0)
            rules_or_cases_ = entry.key == "rules" || entry.key == "cases" || entry.key == "timelines";
        const auto* const inner = entry.value.get();
        if (!is_block(inner)) {
            if (inner) {
                out_ += ' ';
                value(*inner, indent);
            }
            note(entry.after);
            end_line();
            return;
        }
        if (!inner->properties.empty()) out_ += ' ' + inner->properties;
        const bool compact = item && inner->properties.empty() && entry.after.empty() &&
                             !inner->entries.empty() && inner->entries.front().before.empty();
        if (!compact) {
            note(entry.after);
            out_ += '\n';
            block(*inner, indent + step, depth + 1);
            return;
        }
        // The first line of the block stands behind the dash.
        out_ += ' ';
        const auto& entries = inner->entries;
        this->entry(entries.front(), inner->kind == Kind::list, indent + step, depth + 1);
        for (std::size_t i = 1; i < entries.size(); ++i) {
            remarks(entries[i].before, indent + step, false);
            out_ += std::string(indent + step, ' ');
            this->entry(entries[i], inner->kind == Kind::list, indent + step, depth + 1);
        }
        remarks(inner->tail, indent + step, false);
    }

    /// After a block of text its lines have ended already.
    void end_line()
    {
        if (!out_.ends_with('\n')) out_ += '\n';
    }

    /// A value that is no block of its own, at this place of a line that is indented by `indent`.
    void value(const Laid& one, std::size_t indent)
    {
        if (one.kind == Kind::block_scalar) return text_block(one, indent);
        if (one.kind == Kind::scalar)
            scalar(one, indent + step);
        else
            flow(one, 0);
        note(one.after);
    }

    void text_block(const Laid& one, std::size_t indent)
    {
        if (!one.properties.empty()) out_ += one.properties + ' ';
        out_ += one.text;
        note(one.head);
        out_ += '\n';
        for (const auto& line : one.lines) {
            if (!line.empty()) out_ += std::string(indent + step, ' ') + line;
            out_ += '\n';
        }
    }

    void scalar(const Laid& one, std::size_t indent)
    {
        if (!one.properties.empty())
            out_ += one.properties + (one.text.empty() && one.lines.empty() ? "" : " ");
        if (one.lines.empty()) {
            out_ += one.text;
            return;
        }
        for (std::size_t i = 0; i < one.lines.size(); ++i) {
            if (i > 0) new_line(one.lines[i].empty() ? 0 : indent);
            out_ += one.lines[i];
        }
    }

    /// \param behind  characters that must fit behind it on its last line
    void flow(const Laid& one, std::size_t behind)
    {
        const bool simple = !has_comments(one);
        if (simple) {
            const auto text = flat(one);
            if (column() + characters_of(text) + behind <= width_ || one.entries.empty()) {
                out_ += text;
                return;
            }
        }
        if (!one.properties.empty()) out_ += one.properties + ' ';
        const bool is_map = one.kind == Kind::flow_map;
        out_ += is_map ? '{' : '[';
        const auto inner = column();
        bool fresh = true;  // nothing stands on this line yet but the bracket and blanks
        if (!one.head.empty()) {
            note(one.head);
            new_line(inner);
        }
        for (std::size_t i = 0; i < one.entries.size(); ++i) {
            const auto& entry = one.entries[i];
            const bool last = i + 1 == one.entries.size();
            const std::size_t end = last ? behind + 1 : 1;  // a comma or the bracket
            if (!entry.before.empty()) {
                if (!fresh) new_line(inner);
                for (const auto& remark : entry.before) {
                    out_ += remark.text;
                    new_line(inner);
                }
                fresh = true;
            }
            const bool fits =
                !breaks(entry) && column() + (fresh ? 0 : 1) + characters_of(flat(entry)) + end <= width_;
            if (!fresh) {
                if (fits)
                    out_ += ' ';
                else
                    new_line(inner);
            }
            flow_entry(entry, end);
            fresh = false;
            if (!last) out_ += ',';
            if (!entry.after.empty()) {
                note(entry.after);
                new_line(inner);
                fresh = true;
            }
        }
        if (!one.tail.empty()) {
            if (!fresh) new_line(inner);
            for (const auto& remark : one.tail) {
                out_ += remark.text;
                new_line(inner);
            }
        }
        out_ += is_map ? '}' : ']';
    }

    static bool breaks(const LaidEntry& entry) { return entry.value && has_comments(*entry.value); }

    static std::string flat(const LaidEntry& entry)
    {
        std::string out;
        if (entry.colon) out += entry.key + (entry.value ? ": " : ":");
        if (entry.value) out += yaml::flat(*entry.value);
        return out;
    }
    static std::string flat(const Laid& value) { return yaml::flat(value); }

    void flow_entry(const LaidEntry& entry, std::size_t behind)
    {
        if (entry.colon) out_ += entry.key + (entry.value ? ": " : ":");
        if (!entry.value) return;
        if (entry.value->kind == Kind::scalar)
            scalar(*entry.value, column());
        else
            flow(*entry.value, behind);
    }

    std::size_t width_;
    std::string out_;
    bool rules_or_cases_ = false;  // in the entry of the file under way
};

}  // namespace

std::string write_layout(const LaidFile& file, std::size_t width) { return Writer(width).write(file); }

}  // namespace triaged::yaml
