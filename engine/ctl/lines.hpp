// Lines: the tickets to feed, read one by one from files or standard input, each with its place.

#pragma once

#include <cstdint>
#include <fstream>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/result.hpp"

namespace triaged::ctl {

/// One line of one file.
struct Line {
    std::string file;
    std::uint64_t number = 0;  // from 1
    std::string text;
};

/// Reads files in turn; `-` is standard input. Blank lines are passed over.
class LineReader {
public:
    /// \return `bad_value` naming the first file that cannot be read; nothing is fed then.
    static Result<LineReader> open(const std::vector<std::string>& files, std::istream& standard_input);

    std::optional<Line> next();

    std::uint64_t bytes_read() const { return bytes_read_; }
    /// Of all files together; 0 if that is unknown because standard input is among them.
    std::uint64_t bytes_in_all() const { return bytes_in_all_; }

private:
    LineReader(std::vector<std::string> files, std::istream& standard_input)
        : files_(std::move(files)), standard_input_(&standard_input)
    {}
    bool open_next();

    std::vector<std::string> files_;
    std::istream* standard_input_;
    std::ifstream stream_;
    std::istream* current_ = nullptr;  // `stream_` or standard input; none before and between files
    std::size_t next_file_ = 0;
    Line line_;  // of the last line read: its file and number
    std::uint64_t bytes_read_ = 0;
    std::uint64_t bytes_in_all_ = 0;
};

/// `line` as a request that may be sent again safely: a contact without a `ref` gets one made of its file's
/// name, line number and content, so that feeding the same file twice opens nothing twice. \return the
/// request without a newline, or `bad_json` for what is not a JSON object.
Result<std::string> with_ref(const Line& line);

}  // namespace triaged::ctl
