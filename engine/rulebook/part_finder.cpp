#include "engine/rulebook/part_finder.hpp"

#include <algorithm>
#include <bit>

namespace triaged::rulebook {

namespace {

constexpr std::size_t pair_count = 65'536;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

}  // namespace

std::uint32_t PartFinder::add(std::string_view part)
{
    const auto [place, added] = index_of_.try_emplace(std::string(part), static_cast<std::uint32_t>(parts_.size()));
    if (added) parts_.emplace_back(part);
    return place->second;
}

void PartFinder::build()
{
    index_of_.clear();
    for (std::uint32_t i = 0; i < parts_.size(); ++i) (parts_[i].size() == 1 ? single_ : by_pair_).push_back(i);
    const auto pair_of = [&](std::uint32_t part) { return pair_at(parts_[part].data()); };
    std::sort(by_pair_.begin(), by_pair_.end(),
              [&](std::uint32_t a, std::uint32_t b) { return pair_of(a) < pair_of(b); });
    pair_marks_.assign(pair_count / 64, 0);
    buckets_.assign(std::bit_ceil(2 * by_pair_.size() + 1), Bucket{});
    for (std::uint32_t begin = 0, end = 0; begin < by_pair_.size(); begin = end) {
        const auto pair = pair_of(by_pair_[begin]);
        while (end < by_pair_.size() && pair_of(by_pair_[end]) == pair) ++end;
        pair_marks_[pair / 64] |= std::uint64_t{1} << (pair % 64);
        auto place = pair & (buckets_.size() - 1);
        while (buckets_[place].begin != buckets_[place].end) place = (place + 1) & (buckets_.size() - 1);
        buckets_[place] = {pair, begin, end};
        ascii_starts_ = ascii_starts_ || is_ascii(parts_[by_pair_[begin]].front());
    }
}

void PartFinder::find(std::string_view text, HitMarks& marks) const
{
    for (const auto index : single_)
        if (text.find(parts_[index].front()) != std::string_view::npos) marks.mark(index);
    if (by_pair_.empty() || text.size() < 2) return;
    // Most texts are ASCII and most parts, in a book that also serves Japan, are not.
    if (!ascii_starts_ && std::all_of(text.begin(), text.end(), is_ascii)) return;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        const auto pair = pair_at(text.data() + i);
        if ((pair_marks_[pair / 64] >> (pair % 64)) & 1U) look_closer(text.substr(i), marks);
    }
}

const PartFinder::Bucket& PartFinder::bucket_of(std::uint16_t pair) const
{
    auto place = pair & (buckets_.size() - 1);
    while (buckets_[place].pair != pair || buckets_[place].begin == buckets_[place].end)
        place = (place + 1) & (buckets_.size() - 1);
    return buckets_[place];
}

void PartFinder::look_closer(std::string_view rest, HitMarks& marks) const
{
    const auto& bucket = bucket_of(pair_at(rest.data()));
    for (auto i = bucket.begin; i < bucket.end; ++i)
        if (rest.starts_with(parts_[by_pair_[i]])) marks.mark(by_pair_[i]);
}

}  // namespace triaged::rulebook
