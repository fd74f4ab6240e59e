// Part finder: which of many strings occur in a folded text, in one pass.
//
// Two bytes of each string decide, by a bitmap that stays in the cache, whether a place in the text is worth
// a closer look; and of sixteen places at once the halves of these bytes say which are worth even that.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/rulebook/hit_marks.hpp"

namespace triaged::rulebook {

class PartFinder {
public:
    /// \pre `part` is not empty. \return its index; the same for the same part.
    std::uint32_t add(std::string_view part);
    void build();

    std::size_t size() const { return parts_.size(); }
    /// Marks the index of each part that occurs in `text`. \pre `marks` was reset to `size()`.
    void find(std::string_view text, HitMarks& marks) const;

private:
    /// Parts that start with the same two bytes.
    struct Bucket {
        std::uint16_t pair = 0;
        std::uint32_t begin = 0;  // into by_pair_
        std::uint32_t end = 0;    // equal to `begin`: an empty place in the table
    };

    static std::uint16_t pair_at(const char* at)
    {
        return static_cast<std::uint16_t>(static_cast<unsigned char>(at[0]) |
                                          (static_cast<unsigned>(static_cast<unsigned char>(at[1])) << 8U));
    }
    void sift(std::uint16_t pair);
    void look_at(std::string_view rest, HitMarks& marks) const;
    const Bucket& bucket_of(std::uint16_t pair) const;
    void look_closer(std::string_view rest, HitMarks& marks) const;

    std::vector<std::string> parts_;
    std::unordered_map<std::string, std::uint32_t> index_of_;  // while parts are added
    std::vector<std::uint32_t> by_pair_;     // parts of two bytes and more, sorted by their first two
    std::vector<std::uint32_t> single_;      // parts of one byte
    std::vector<std::uint64_t> pair_marks_;  // bitmap of the pairs that start a part
    std::vector<Bucket> buckets_;            // open addressing by pair
    // Pairs are dealt into eight classes. Row by row: the classes, a bit each, of pairs whose first byte has
    // this lower half, this upper half, whose second byte has this lower half, this upper half.
    std::array<std::array<std::uint8_t, 16>, 4> halves_{};
    bool ascii_starts_ = false;  // some part of two bytes and more starts with an ASCII character
};

}  // namespace triaged::rulebook
