// Tables for people: columns aligned by what a terminal shows, not by bytes.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace triaged::ctl {

/// Terminal cells that `text` takes: accents take none, East Asian wide characters two.
/// Bytes that are not UTF-8 count as one cell each.
std::size_t display_width(std::string_view text);

/// `text` as it may safely be shown on a terminal: control characters, escape sequences too, become `·`.
std::string printable(std::string_view text);

enum class Align { left, right };
enum class Tone { plain, dim, bold, red, yellow, green };

/// `text` in colour; as it is for `plain`.
std::string paint(std::string_view text, Tone tone);

struct Column {
    std::string title;
    Align align = Align::left;
};

struct Cell {
    std::string text;
    Tone tone = Tone::plain;

    Cell(std::string shown, Tone in = Tone::plain) : text(std::move(shown)), tone(in) {}
    Cell(const char* shown) : text(shown) {}
};

class Table {
public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// \pre as many cells as columns.
    void add(std::vector<Cell> row);

    /// Titles and rows, a line each, columns two cells apart, no blanks at line ends; ends in a newline.
    std::string render(bool colour) const;

private:
    std::string line(const std::vector<Cell>& cells, const std::vector<std::size_t>& widths,
                     bool colour) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace triaged::ctl
