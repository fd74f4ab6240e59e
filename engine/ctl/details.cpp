#include "engine/ctl/details.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/ctl/reply.hpp"

namespace triaged::ctl {

void Details::add(std::string_view label, std::string_view value, Tone tone)
{
    if (!value.empty()) rows_.push_back({std::string(label), Cell(printable(value), tone)});
}

std::string Details::render() const
{
    std::size_t width = 0;
    for (const auto& row : rows_) width = std::max(width, row.label.size());
    std::string out;
    for (const auto& [label, value] : rows_) {
        const auto padded = fmt::format("  {:<{}}  ", label, width);
        out += colour_ ? paint(padded, Tone::dim) + paint(value.text, value.tone) : padded + value.text;
        out += '\n';
    }
    return out;
}

std::string heading(std::string_view text, bool colour)
{
    return (colour ? paint(text, Tone::bold) : std::string(text)) + '\n';
}

std::string block(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        out += fmt::format("    {}\n", printable(line));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string skills_of(const boost::json::object& object, std::string_view key)
{
    std::string out;
    for (const auto& [name, level] : object_at(object, key))
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", std::string_view(name), plain(level));
    return out;
}

Tone tone_of_priority(std::string_view priority)
{
    if (priority == "urgent") return Tone::red;
    return priority == "high" ? Tone::yellow : Tone::plain;
}

}  // namespace triaged::ctl
