// CSV as RFC 4180 has it: commas, quotes where they are needed, and rows that may go over several lines.

#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/diagnostic.hpp"

namespace triaged::ctl {

struct CsvCell {
    std::string text;  // without its quotes
    int line = 0;      // where it begins, from 1
    int column = 0;    // likewise, in characters
    int length = 1;    // characters that it takes on that line
};

struct CsvRow {
    int line = 0;                     // where it begins, from 1
    std::vector<CsvCell> cells;       // of a broken row those before the break
    std::vector<std::string> lines;   // as they stand in the file
    std::optional<Diagnostic> wrong;  // why it is none

    /// `message` about one of its cells; the file's name is left to the caller.
    Diagnostic about(const CsvCell& cell, std::string message, std::string suggestion = {}) const;
};

/// Reads rows one by one. After a broken one it goes on with the next line. Blank lines are passed over.
class CsvReader {
public:
    explicit CsvReader(std::istream& input) : input_(input) {}

    std::optional<CsvRow> next();

    std::uint64_t bytes_read() const { return bytes_read_; }

private:
    bool read_line(std::string& line);
    void read_row(CsvRow& row);

    std::istream& input_;
    int line_ = 0;
    std::uint64_t bytes_read_ = 0;
};

}  // namespace triaged::ctl
