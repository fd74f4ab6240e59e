#include "engine/channels/line_buffer.hpp"

#include <algorithm>
#include <cstring>

#include "engine/channels/request.hpp"

namespace triaged::channels {

namespace {

// An idle connection should cost little, a busy one few system calls.
constexpr std::size_t read_bytes_min = 16 * 1024;
constexpr std::size_t read_bytes_max = 256 * 1024;

}  // namespace

LineBuffer::LineBuffer(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max), wanted_(read_bytes_min)
{}

std::span<char> LineBuffer::prepare()
{
    compact();
    const std::size_t needed = end_ + wanted_ + RequestParser::padding;
    // A long line leaves a long buffer; give it back once ordinary lines follow.
    const bool oversized = bytes_.size() > 2 * needed;
    if (bytes_.size() < needed || oversized) {
        bytes_.resize(needed);
        if (oversized) bytes_.shrink_to_fit();
    }
    return {bytes_.data() + end_, bytes_.size() - end_ - RequestParser::padding};
}

void LineBuffer::commit(std::size_t size)
{
    end_ += size;
    if (size >= wanted_) wanted_ = std::min(2 * wanted_, read_bytes_max);
}

std::optional<std::string_view> LineBuffer::next_line()
{
    if (over_long_) return std::nullopt;
    const char* const from = bytes_.data() + scanned_;
    const auto* const newline =
        end_ == scanned_ ? nullptr : static_cast<const char*>(std::memchr(from, '\n', end_ - scanned_));
    const std::size_t line_end =
        newline == nullptr ? end_ : static_cast<std::size_t>(newline - bytes_.data());
    if (line_end - begin_ > line_bytes_max_) {
        over_long_ = true;
        return std::nullopt;
    }
    scanned_ = line_end;
    if (newline == nullptr) return std::nullopt;
    const auto line = std::string_view(bytes_.data() + begin_, line_end - begin_);
    begin_ = scanned_ = line_end + 1;
    return line;
}

std::string_view LineBuffer::last_line()
{
    const auto line = std::string_view(bytes_.data() + begin_, end_ - begin_);
    begin_ = scanned_ = end_;
    return line;
}

void LineBuffer::compact()
{
    if (begin_ == 0) return;
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
}

}  // namespace triaged::channels
