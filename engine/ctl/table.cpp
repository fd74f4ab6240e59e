#include "engine/ctl/table.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <utf8proc.h>

#include "engine/model/result.hpp"

namespace triaged::ctl {

namespace {

constexpr std::size_t gap = 2;  // cells between columns

struct Character {
    utf8proc_int32_t point = -1;  // -1: the byte is not UTF-8
    std::string_view bytes;
};

/// The first character of `text`. \pre `text` is not empty.
Character first_character(std::string_view text)
{
    Character character;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &character.point);
    character.bytes = text.substr(0, size > 0 ? static_cast<std::size_t>(size) : 1);
    return character;
}

/// Control characters, and marks that turn the direction of what follows: both could forge what a terminal
/// shows.
bool deceives_terminals(utf8proc_int32_t point)
{
    const bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
    const bool direction = (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
    return control || direction;
}

std::string_view code_of(Tone tone)
{
    switch (tone) {
        case Tone::plain:
            break;
        case Tone::dim:
            return "2";
        case Tone::bold:
            return "1";
        case Tone::red:
            return "31";
        case Tone::yellow:
            return "33";
        case Tone::green:
            return "32";
    }
    return "";
}

}  // namespace

std::size_t display_width(std::string_view text)
{
    std::size_t width = 0;
    while (!text.empty()) {
        const auto character = first_character(text);
        width += character.point < 0 ? 1 : static_cast<std::size_t>(utf8proc_charwidth(character.point));
        text.remove_prefix(character.bytes.size());
    }
    return width;
}

std::string printable(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const auto character = first_character(text);
        if (deceives_terminals(character.point))
            out += "·";
        else
            out += character.bytes;
        text.remove_prefix(character.bytes.size());
    }
    return out;
}

std::string paint(std::string_view text, Tone tone)
{
    return tone == Tone::plain ? std::string(text) : fmt::format("\x1b[{}m{}\x1b[0m", code_of(tone), text);
}

void Table::add(std::vector<Cell> row)
{
    check(row.size() == columns_.size(), "a row has a cell for every column");
    for (auto& cell : row) cell.text = printable(cell.text);
    rows_.push_back(std::move(row));
}

std::string Table::render(bool colour) const
{
    std::vector<Cell> titles;
    std::vector<std::size_t> widths;
    for (const auto& column : columns_) {
        titles.emplace_back(column.title, Tone::bold);
        widths.push_back(display_width(column.title));
    }
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(row[i].text));

    std::string out = line(titles, widths, colour);
    for (const auto& row : rows_) out += line(row, widths, colour);
    return out;
}

std::string Table::line(const std::vector<Cell>& cells, const std::vector<std::size_t>& widths,
                        bool colour) const
{
    std::string out;
    std::size_t blanks = 0;  // owed before the next text, so that lines do not end in blanks
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto padding = widths[i] - display_width(cells[i].text);
        const bool right = columns_[i].align == Align::right;
        blanks += (i == 0 ? 0 : gap) + (right ? padding : 0);
        if (!cells[i].text.empty()) {
            out.append(blanks, ' ');
            blanks = 0;
            out += colour ? paint(cells[i].text, cells[i].tone) : cells[i].text;
        }
        if (!right) blanks += padding;
    }
    return out + '\n';
}

}  // namespace triaged::ctl
