#include "engine/rulebook/wrap.hpp"

#include <algorithm>

namespace triaged::rulebook {

namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

std::size_t characters_of(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string shorten(std::string_view text, std::size_t characters_max)
{
    if (characters_of(text) <= characters_max) return std::string(text);
    std::size_t size = 0;
    for (std::size_t left = characters_max; size < text.size(); ++size)
        if (starts_character(text[size]) && left-- <= 1) break;
    return std::string(text.substr(0, size)) + "…";
}

std::string wrap(std::string_view text, std::size_t indent, std::size_t lines_max)
{
    const auto room = page_width - std::min(indent, page_width / 2);
    std::string out;
    std::size_t lines = 1;
    std::size_t used = 0;  // characters of the line under way
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto width = characters_of(word);
        if (used > 0 && used + 1 + width > room) {
            if (lines++ == lines_max) return out + " …";
            out += '\n' + std::string(indent, ' ');
            used = 0;
        } else if (used > 0) {
            out += ' ';
            ++used;
        }
        out += word;
        used += width;
    }
    return out;
}

}  // namespace triaged::rulebook
