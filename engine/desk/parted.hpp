// A hash table in many parts, each of which grows by itself. One that is whole moves all it has when it
// grows: of a million customers that takes 100 ms and more, in which nobody is answered.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace triaged::desk {

/// \tparam Table a set or map of Abseil's. The part goes by the hash's highest bits, which a table of such a
///               size does not use itself; by its lowest, all keys of a part would look alike to it.
template <class Table>
class Parted {
public:
    explicit Parted(const Table& empty = Table()) : parts_(std::size_t{1} << part_bits, empty) {}

    Table& part(std::uint64_t hash) { return parts_[hash >> (64 - part_bits)]; }
    const Table& part(std::uint64_t hash) const { return parts_[hash >> (64 - part_bits)]; }
    const std::vector<Table>& parts() const { return parts_; }

private:
    static constexpr int part_bits = 8;

    std::vector<Table> parts_;
};

}  // namespace triaged::desk
