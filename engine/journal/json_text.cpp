#include "engine/journal/json_text.hpp"

#include <fmt/format.h>

namespace triaged::journal {

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    std::size_t plain = 0;  // start of what needs no escape
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out += text.substr(plain, i - plain);
        plain = i + 1;
        if (c < 0x20)
            out += fmt::format("\\u{:04x}", c);
        else
            (out += '\\') += static_cast<char>(c);
    }
    out += text.substr(plain);
    out += '"';
}

}  // namespace triaged::journal
