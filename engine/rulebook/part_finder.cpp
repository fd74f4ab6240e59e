#include "engine/rulebook/part_finder.hpp"

#include <algorithm>
#include <bit>

#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

namespace triaged::rulebook {

namespace {

constexpr std::size_t pair_count = 65'536;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

#ifdef __SSSE3__
__m128i load(const void* sixteen) { return _mm_loadu_si128(static_cast<const __m128i*>(sixteen)); }
#endif

}  // namespace

std::uint32_t PartFinder::add(std::string_view part)
{
    const auto [place, added] =
        index_of_.try_emplace(std::string(part), static_cast<std::uint32_t>(parts_.size()));
    if (added) parts_.emplace_back(part);
    return place->second;
}

void PartFinder::build()
{
    index_of_.clear();
    for (std::uint32_t i = 0; i < parts_.size(); ++i)
        (parts_[i].size() == 1 ? single_ : by_pair_).push_back(i);
    const auto pair_of = [&](std::uint32_t part) { return pair_at(parts_[part].data()); };
    std::sort(by_pair_.begin(), by_pair_.end(),
              [&](std::uint32_t a, std::uint32_t b) { return pair_of(a) < pair_of(b); });
    pair_marks_.assign(pair_count / 64, 0);
    buckets_.assign(std::bit_ceil(2 * by_pair_.size() + 1), Bucket{});
    for (std::uint32_t begin = 0, end = 0; begin < by_pair_.size(); begin = end) {
        const auto pair = pair_of(by_pair_[begin]);
        while (end < by_pair_.size() && pair_of(by_pair_[end]) == pair) ++end;
        pair_marks_[pair / 64] |= std::uint64_t{1} << (pair % 64);
        sift(pair);
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
    std::size_t i = 0;
#ifdef __SSSE3__
    const auto row = [&](std::size_t of) { return load(halves_[of].data()); };
    const auto lower_half = _mm_set1_epi8(0x0f);
    const auto classes = [&](__m128i bytes, std::size_t first_row) {
        const auto lower = _mm_shuffle_epi8(row(first_row), _mm_and_si128(bytes, lower_half));
        const auto upper = _mm_and_si128(_mm_srli_epi16(bytes, 4), lower_half);
        return _mm_and_si128(lower, _mm_shuffle_epi8(row(first_row + 1), upper));
    };
    for (; i + 16 < text.size(); i += 16) {
        const char* const at = text.data() + i;
        const auto common = _mm_and_si128(classes(load(at), 0), classes(load(at + 1), 2));
        const auto none = _mm_movemask_epi8(_mm_cmpeq_epi8(common, _mm_setzero_si128()));
        for (auto places = ~static_cast<unsigned>(none) & 0xffffU; places != 0; places &= places - 1)
            look_at(text.substr(i + static_cast<std::size_t>(std::countr_zero(places))), marks);
    }
#endif
    for (; i + 1 < text.size(); ++i) look_at(text.substr(i), marks);
}

/// Deals `pair` into a class: ASCII never shares one with other scripts, of which most texts have nothing.
void PartFinder::sift(std::uint16_t pair)
{
    const auto first = static_cast<std::uint8_t>(pair), second = static_cast<std::uint8_t>(pair >> 8U);
    const auto bit = static_cast<std::uint8_t>(1U << ((first % 4U) + (first < 0x80 ? 0U : 4U)));
    halves_[0][first % 16U] |= bit;
    halves_[1][first / 16U] |= bit;
    halves_[2][second % 16U] |= bit;
    halves_[3][second / 16U] |= bit;
}

/// \pre `rest` has two bytes or more.
void PartFinder::look_at(std::string_view rest, HitMarks& marks) const
{
    const auto pair = pair_at(rest.data());
    if ((pair_marks_[pair / 64] >> (pair % 64)) & 1U) look_closer(rest, marks);
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
