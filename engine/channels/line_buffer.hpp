// A buffer that bytes are read into and whole lines are taken from, without copying them.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace triaged::channels {

class LineBuffer {
public:
    /// \param line_bytes_max a line may have, its newline not counted.
    explicit LineBuffer(std::size_t line_bytes_max);

    /// Room for the next read; grows while reads fill it, and with the line that is under way.
    /// \pre no complete line is left and the line under way is not over-long. Views of lines taken are lost.
    std::span<char> prepare();
    /// `size` bytes have been read into what `prepare` gave.
    void commit(std::size_t size);

    /// The next complete line without its newline, readable `RequestParser::padding` bytes beyond its end.
    /// \return nothing if more must be read, or if the line is over-long.
    std::optional<std::string_view> next_line();
    /// What is left when no more will come.
    std::string_view last_line();
    /// The line under way, or the next one, has more bytes than a line may have.
    bool over_long() const { return over_long_; }

private:
    void compact();

    std::size_t line_bytes_max_;
    std::vector<char> bytes_;
    std::size_t begin_ = 0;    // of the line under way
    std::size_t scanned_ = 0;  // no newline between `begin_` and here
    std::size_t end_ = 0;      // of what has been read
    std::size_t wanted_;       // bytes to read at once
    bool over_long_ = false;
};

}  // namespace triaged::channels
