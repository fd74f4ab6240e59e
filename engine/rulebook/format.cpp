#include "engine/rulebook/format.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/rulebook/layout.hpp"

namespace triaged::rulebook {

namespace {

using yaml::Node;
using Pair = std::pair<const Node*, const Node*>;

/// Compares node by node; what aliases share is compared once.
bool same(const Node& a, const Node& b, std::set<Pair>& done)
{
    if (a.kind != b.kind || a.quoted != b.quoted || a.text != b.text) return false;
    if (a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
    if (!done.insert({&a, &b}).second) return true;
    for (std::size_t i = 0; i < a.items.size(); ++i)
        if (!same(*a.items[i], *b.items[i], done)) return false;
    for (std::size_t i = 0; i < a.entries.size(); ++i)
        if (!same(*a.entries[i].key, *b.entries[i].key, done) ||
            !same(*a.entries[i].value, *b.entries[i].value, done))
            return false;
    return true;
}

/// Comments as they are read: what stands behind each #, blanks apart, in order.
std::vector<std::string> comments_of(const yaml::LaidFile& file)
{
    std::vector<std::string> out;
    const auto add = [&](const std::string& text) {
        if (!text.empty()) out.push_back(text);
    };
    const auto add_all = [&](const std::vector<yaml::Remark>& remarks) {
        for (const auto& remark : remarks) add(remark.text);
    };
    const auto walk = [&](const auto& self, const yaml::Laid& value) -> void {
        add(value.head);
        for (const auto& entry : value.entries) {
            add_all(entry.before);
            add(entry.after);
            if (entry.value) self(self, *entry.value);
        }
        add_all(value.tail);
        add(value.after);
    };
    add_all(file.before);
    if (file.root) walk(walk, *file.root);
    return out;
}

std::string without_carriage_returns(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 >= text.size() || text[i + 1] != '\n') out += text[i];
    return out;
}

/// The line of `text` with this number, from 1.
std::string line_of(std::string_view text, int number)
{
    for (; number > 1 && !text.empty(); --number)
        text.remove_prefix(std::min(text.size(), std::min(text.find('\n'), text.size() - 1) + 1));
    return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

std::optional<std::string> format(const std::string& file, std::string_view text,
                                  std::vector<Diagnostic>& found)
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const auto plain = without_carriage_returns(text);
    const auto refuse = [&](const yaml::Place& at, std::string message) {
        found.push_back({Severity::error, "not-formatted", file, at.line, at.column, at.length,
                         std::move(message), line_of(plain, at.line), "the file is left as it is"});
        return std::nullopt;
    };
    std::vector<Diagnostic> mine;
    const yaml::Document before(file, plain, mine);
    found.insert(found.end(), mine.begin(), mine.end());
    if (has_errors(mine)) return std::nullopt;
    try {
        const auto laid = yaml::read_layout(plain);
        auto out = yaml::write_layout(laid, format_width);
        std::vector<Diagnostic> wrong;
        const yaml::Document after(file, out, wrong);
        std::set<Pair> done;
        const auto again = yaml::read_layout(out);
        if (has_errors(wrong) || !same(before.root(), after.root(), done) ||
            comments_of(laid) != comments_of(again))
            return refuse({}, "formatting would change what this file means");
        return out;
    } catch (const yaml::LayoutRefused& refused) {
        return refuse(refused.place, refused.message);
    }
}

}  // namespace triaged::rulebook
