// Hit marks: a reusable set of small numbers, taken out in order.

#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace triaged::rulebook {

class HitMarks {
public:
    /// Empties the set and makes room for numbers below `size`.
    void reset(std::size_t size) { marks_.assign((size + 63) / 64, 0); }
    void mark(std::uint32_t number) { marks_[number / 64] |= std::uint64_t{1} << (number % 64); }

    template <class Visit>
    void each(Visit visit) const
    {
        for (std::size_t i = 0; i < marks_.size(); ++i)
            for (auto bits = marks_[i]; bits != 0; bits &= bits - 1)
                visit(static_cast<std::uint32_t>(64 * i + static_cast<std::size_t>(std::countr_zero(bits))));
    }

    std::vector<std::uint32_t> sorted() const
    {
        std::size_t count = 0;
        for (const auto bits : marks_) count += static_cast<std::size_t>(std::popcount(bits));
        std::vector<std::uint32_t> out;
        out.reserve(count);
        each([&](std::uint32_t number) { out.push_back(number); });
        return out;
    }

private:
    std::vector<std::uint64_t> marks_;
};

}  // namespace triaged::rulebook
