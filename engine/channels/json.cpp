#include "engine/channels/json.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace triaged::channels {

namespace {

/// What stands after the backslash; 0 where no escape is needed, 'u' where it takes the long form.
constexpr std::array<char, 256> escapes = [] {
    std::array<char, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
    table['"'] = '"';
    table['\\'] = '\\';
    table['\b'] = 'b';
    table['\f'] = 'f';
    table['\n'] = 'n';
    table['\r'] = 'r';
    table['\t'] = 't';
    return table;
}();

/// Bytes at the start of `text` that need no escape, looked at eight at a time; the last few may be left out.
std::size_t plain_start(std::string_view text)
{
    constexpr std::uint64_t ones = 0x0101010101010101U;
    constexpr std::uint64_t highs = ones * 0x80;
    const auto below = [](std::uint64_t bytes, std::uint64_t limit) {
        return (bytes - ones * limit) & ~bytes & highs;
    };
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, text.data() + at, sizeof eight);
        if ((below(eight, 0x20) | below(eight ^ (ones * '"'), 1) | below(eight ^ (ones * '\\'), 1)) != 0)
            break;
    }
    return at;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    std::size_t clean_from = 0;
    for (std::size_t i = plain_start(text); i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const char escape = escapes[byte];
        if (escape == 0) [[likely]]
            continue;
        out.append(text, clean_from, i - clean_from);
        clean_from = i + 1;
        out += '\\';
        out += escape;
        if (escape != 'u') continue;
        constexpr std::string_view digits = "0123456789abcdef";
        out += "00";
        out += digits[byte >> 4U];
        out += digits[byte & 0xfU];
    }
    out.append(text, clean_from);
    out += '"';
}

JsonWriter& JsonWriter::value(double number)
{
    if (!std::isfinite(number)) return raw("null");
    separate();
    std::array<char, 32> digits{};
    const auto [end, failure] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out_.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
    return *this;
}

}  // namespace triaged::channels
