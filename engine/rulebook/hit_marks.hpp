// Hit marks: a reusable set of small numbers, taken out in order.

#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

namespace triaged::rulebook {

/// Few of many numbers are ever marked, so a second row of bits says which words of the first have any:
/// emptying the set and going through it cost what is in it, not what could be.
class HitMarks {
public:
    /// Empties the set and makes room for numbers below `size`.
    void reset(std::size_t size)
    {
        const auto words = (size + 63) / 64;
        each_word([&](std::size_t word) { marks_[word] = 0; });
        marks_.resize(words, 0);
        summary_.assign((words + 63) / 64, 0);
    }

    void mark(std::uint32_t number)
    {
        marks_[number / 64] |= std::uint64_t{1} << (number % 64);
        summary_[number / 4096] |= std::uint64_t{1} << (number / 64 % 64);
    }

    bool has(std::uint32_t number) const { return ((marks_[number / 64] >> (number % 64)) & 1U) != 0; }

    /// The first marked number in [from, end), or `end`.
    std::uint32_t next(std::uint32_t from, std::uint32_t end) const
    {
        if (from >= end) return end;
        const auto word = from / 64;
        const auto bits = marks_[word] & (all << (from % 64));
        if (bits != 0) return std::min(end, lowest(word, bits));
        for (auto row = (word + 1) / 64; row < summary_.size(); ++row) {
            auto words = summary_[row];
            if (row == (word + 1) / 64) words &= all << ((word + 1) % 64);
            if (words == 0) continue;
            const auto found = lowest(row, words);
            return std::min(end, lowest(found, marks_[found]));
        }
        return end;
    }

    template <class Visit>
    void each(Visit visit) const
    {
        each_word([&](std::size_t word) {
            for (auto bits = marks_[word]; bits != 0; bits &= bits - 1) visit(lowest(word, bits));
        });
    }

    std::vector<std::uint32_t> sorted() const
    {
        std::size_t count = 0;
        each_word([&](std::size_t word) { count += static_cast<std::size_t>(std::popcount(marks_[word])); });
        std::vector<std::uint32_t> out;
        out.reserve(count);
        each([&](std::uint32_t number) { out.push_back(number); });
        return out;
    }

private:
    static constexpr auto all = std::numeric_limits<std::uint64_t>::max();

    static std::uint32_t lowest(std::size_t word, std::uint64_t bits)
    {
        return static_cast<std::uint32_t>(64 * word + static_cast<std::size_t>(std::countr_zero(bits)));
    }

    template <class Visit>
    void each_word(Visit visit) const
    {
        for (std::size_t row = 0; row < summary_.size(); ++row)
            for (auto words = summary_[row]; words != 0; words &= words - 1)
                visit(std::size_t{lowest(row, words)});
    }

    std::vector<std::uint64_t> marks_;    // a bit a number
    std::vector<std::uint64_t> summary_;  // a bit a word of `marks_`
};

}  // namespace triaged::rulebook
