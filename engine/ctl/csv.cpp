#include "engine/ctl/csv.hpp"

#include <algorithm>
#include <string_view>

#include <simdjson.h>

namespace triaged::ctl {

namespace {

constexpr std::size_t row_bytes_max = 1'048'576;  // what the daemon takes in one line
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

int characters(std::string_view text)
{
    int count = 0;
    for (const char c : text)
        if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
    return count;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

/// Takes apart the lines of one row, of which there are more as long as quotes are open.
class RowParser {
public:
    explicit RowParser(CsvRow& row) : row_(row) {}

    /// \return whether the row goes on in the next line
    bool take(int number, const std::string& line)
    {
        line_ = number;
        text_ = line;
        at_ = 0;
        if (quoted_) {
            cell_.text += '\n';
            if (!read_quoted()) return !row_.wrong;
            if (!end_cell()) return false;
        }
        do {
            begin_cell();
            if (at_ < text_.size() && text_[at_] == '"') {
                ++at_;
                quoted_ = true;
                if (!read_quoted()) return !row_.wrong;
            } else if (!read_plain()) {
                return false;
            }
        } while (end_cell());
        return false;
    }

    void never_closed()
    {
        row_.wrong =
            row_.about(cell_, "a quote opens here and is never closed", "quotes within a cell are doubled");
    }

private:
    void begin_cell()
    {
        began_ = at_;
        cell_ = {{}, line_, characters(text_.substr(0, at_)) + 1, 1};
    }

    bool read_plain()
    {
        const auto end = std::min(text_.find(',', at_), text_.size());
        cell_.text = text_.substr(at_, end - at_);
        if (const auto quote = cell_.text.find('"'); quote != std::string::npos)
            return wrong_at(at_ + quote, "a quote within a cell that does not begin with one",
                            "put the whole cell in quotes, and double those within");
        at_ = end;
        return true;
    }

    /// \return whether the closing quote was found
    bool read_quoted()
    {
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c != '"') {
                cell_.text += c;
            } else if (at_ < text_.size() && text_[at_] == '"') {
                cell_.text += text_[at_++];
            } else {
                quoted_ = false;
                if (at_ == text_.size() || text_[at_] == ',') return true;
                return wrong_at(at_, "more follows the quote that ends the cell",
                                "quotes within a cell are doubled");
            }
        }
        return false;
    }

    /// \return whether another cell follows
    bool end_cell()
    {
        if (cell_.line == line_) cell_.length = std::max(1, characters(text_.substr(began_, at_ - began_)));
        row_.cells.push_back(std::move(cell_));
        if (at_ == text_.size()) return false;
        ++at_;
        return true;
    }

    bool wrong_at(std::size_t at, std::string message, std::string suggestion)
    {
        const CsvCell place{{}, line_, characters(text_.substr(0, at)) + 1, 1};
        row_.wrong = row_.about(place, std::move(message), std::move(suggestion));
        return false;
    }

    CsvRow& row_;
    std::string_view text_;  // the line at hand
    int line_ = 0;
    std::size_t at_ = 0;     // in the line
    std::size_t began_ = 0;  // the cell did, in its line
    CsvCell cell_;
    bool quoted_ = false;
};

}  // namespace

Diagnostic CsvRow::about(const CsvCell& cell, std::string message, std::string suggestion) const
{
    Diagnostic diagnostic;
    diagnostic.code = "bad-row";
    diagnostic.line = cell.line;
    diagnostic.column = cell.column;
    diagnostic.length = cell.length;
    diagnostic.message = std::move(message);
    diagnostic.suggestion = std::move(suggestion);
    const auto place = static_cast<std::size_t>(cell.line - line);
    if (place < lines.size()) diagnostic.source_line = lines[place];
    return diagnostic;
}

bool CsvReader::read_line(std::string& line)
{
    if (!std::getline(input_, line)) return false;
    bytes_read_ += line.size() + 1;
    if (++line_ == 1 && line.starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
    if (line.ends_with('\r')) line.pop_back();
    return true;
}

std::optional<CsvRow> CsvReader::next()
{
    std::string line;
    do {
        if (!read_line(line)) return std::nullopt;
    } while (is_blank(line));
    CsvRow row;
    row.line = line_;
    row.lines.push_back(std::move(line));
    read_row(row);
    return row;
}

/// \pre the row has its first line
void CsvReader::read_row(CsvRow& row)
{
    RowParser parser(row);
    std::size_t bytes = row.lines.front().size();
    while (parser.take(line_, row.lines.back())) {
        std::string line;
        if (!read_line(line) || (bytes += line.size()) > row_bytes_max) return parser.never_closed();
        row.lines.push_back(std::move(line));
    }
    const auto broken = [](const std::string& line) {
        return !simdjson::validate_utf8(line.data(), line.size());
    };
    if (!row.wrong && std::any_of(row.lines.begin(), row.lines.end(), broken))
        row.wrong = row.about({{}, row.line, 1, 1}, "the row is not UTF-8", "save the file as UTF-8");
}

}  // namespace triaged::ctl
