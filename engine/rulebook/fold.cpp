#include "engine/rulebook/fold.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <utf8proc.h>

namespace triaged::rulebook {

namespace {

constexpr std::size_t spare_bytes = 8;
constexpr std::size_t decomposed_max = 32;  // code points one character may fold to; Unicode's longest is 18

/// What a folded code point is to the words around it.
enum class Role : std::uint8_t {
    separator,
    word,       // part of a word
    character,  // a word of its own
    mark,       // belongs to what stands before it
    ignored,    // leaves no trace: accents, joiners, soft hyphens
    mixed       // a character that folds to several of the above
};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Blocks of 64 characters: simple loops over bytes, which the compiler turns into vector instructions.
constexpr std::size_t block_size = 64;

std::size_t ascii_run(std::string_view text)
{
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t chunk = 0;
        std::memcpy(&chunk, text.data() + at, sizeof chunk);
        if ((chunk & high_bits) != 0)
            return at + static_cast<std::size_t>(std::countr_zero(chunk & high_bits)) / 8;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
    return at;
}

/// One bit a character of `folded`, which is in lower case: whether it is a letter or a digit.
std::uint64_t word_bits(const char* folded)
{
    std::array<std::uint8_t, block_size> is_word{};
    for (std::size_t i = 0; i < block_size; ++i) {
        const auto c = static_cast<std::uint8_t>(folded[i]);
        const bool letter = static_cast<std::uint8_t>(c - 'a') < 26;
        const bool digit = static_cast<std::uint8_t>(c - '0') < 10;
        is_word[i] = static_cast<std::uint8_t>(letter | digit);
    }
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < block_size; i += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, &is_word[i], sizeof eight);
        bits |= ((eight * 0x0102040810204080U) >> 56U) << i;  // gathers the eight lowest bits
    }
    return bits;
}

struct Range {
    std::int32_t first, last;
};

/// Scripts written without spaces between words; of Hangul the leading consonants, each of which starts a
/// syllable.
constexpr std::array<Range, 16> unspaced{{{0x0E00, 0x0EFF},
                                          {0x1000, 0x109F},
                                          {0x1100, 0x115F},
                                          {0x1780, 0x17FF},
                                          {0x2E80, 0x2FDF},
                                          {0x3005, 0x3007},
                                          {0x3021, 0x3029},
                                          {0x3041, 0x312F},
                                          {0x31A0, 0x31BF},
                                          {0x31F0, 0x31FF},
                                          {0x3400, 0x4DBF},
                                          {0x4E00, 0x9FFF},
                                          {0xA960, 0xA97F},
                                          {0xF900, 0xFAFF},
                                          {0x1B000, 0x1B2FF},
                                          {0x20000, 0x3FFFF}}};
constexpr Range han{0x4E00, 0x9FFF};
constexpr Range hangul_tail{0x1160, 0x11FF};       // vowels and final consonants of a syllable
constexpr std::int32_t tatweel = 0x0640;           // stretches an Arabic word on the line
constexpr std::int32_t pictographs_from = 0x2190;  // before it: (C), (R) and their like, which are no emoji

constexpr bool within(std::int32_t code, const Range& range)
{
    return code >= range.first && code <= range.last;
}

Role role_of_mark(const utf8proc_property_t& property)
{
    // Combining classes: 200 and up are accents, 10 to 36 Hebrew and Arabic vowel points. Others change the
    // letter.
    const auto combining = property.combining_class;
    const bool accent = combining >= 200 || (combining >= 10 && combining <= 36);
    return accent || property.category == UTF8PROC_CATEGORY_ME ? Role::ignored : Role::mark;
}

Role role_of(std::int32_t code)
{
    const auto& property = *utf8proc_get_property(code);
    if (property.ignorable || code == tatweel) return Role::ignored;
    switch (property.category) {
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_MC:
        case UTF8PROC_CATEGORY_ME:
            return role_of_mark(property);
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_NL:
        case UTF8PROC_CATEGORY_NO:
            break;
        case UTF8PROC_CATEGORY_SK:  // skin tones
            return property.boundclass == UTF8PROC_BOUNDCLASS_EXTEND ? Role::ignored : Role::separator;
        case UTF8PROC_CATEGORY_SO:
            return code >= pictographs_from &&
                           (property.boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC ||
                            property.boundclass == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR)
                       ? Role::character
                       : Role::separator;
        default:
            return Role::separator;
    }
    if (within(code, hangul_tail)) return Role::mark;
    return std::any_of(unspaced.begin(), unspaced.end(),
                       [&](const Range& range) { return within(code, range); })
               ? Role::character
               : Role::word;
}

struct Decomposed {
    std::array<utf8proc_int32_t, decomposed_max> codes{};
    std::size_t size = 0;
};

Decomposed decompose(std::int32_t code)
{
    Decomposed out;
    int options = UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD;
    // Symbols keep their own form, so that a trade mark sign does not become the letters "tm".
    const auto category = utf8proc_category(code);
    if (category != UTF8PROC_CATEGORY_SO && category != UTF8PROC_CATEGORY_SM) options |= UTF8PROC_COMPAT;
    int boundary = 0;
    const auto size = utf8proc_decompose_char(code, out.codes.data(), decomposed_max,
                                              static_cast<utf8proc_option_t>(options), &boundary);
    if (size < 0 || static_cast<std::size_t>(size) > decomposed_max) {
        out.codes[0] = code;
        out.size = 1;
    } else {
        out.size = static_cast<std::size_t>(size);
    }
    return out;
}

/// How a character folds, worked out beforehand for all but the ideographs and other far-off characters.
struct Folded {
    static constexpr std::size_t bytes_max = 14;
    std::array<char, bytes_max> bytes{};
    std::uint8_t size = 0;
    Role role = Role::mixed;
};
constexpr std::int32_t tabled_max = 0x3100;

Folded fold_character(std::int32_t code)
{
    Folded out;
    const auto decomposed = decompose(code);
    auto role = Role::ignored;
    for (std::size_t i = 0; i < decomposed.size; ++i) {
        const auto part = decomposed.codes[i];
        const auto part_role = role_of(part);
        if (part_role == Role::ignored) continue;
        const bool extends = part_role == Role::mark && role != Role::ignored && role != Role::separator;
        if (role != Role::ignored && !extends && (role != part_role || role == Role::character)) return {};
        if (!extends) role = part_role;
        std::array<utf8proc_uint8_t, 4> bytes{};
        const auto size = static_cast<std::size_t>(utf8proc_encode_char(part, bytes.data()));
        if (out.size + size > Folded::bytes_max) return {};
        std::memcpy(out.bytes.data() + out.size, bytes.data(), size);
        out.size = static_cast<std::uint8_t>(out.size + size);
    }
    out.role = role;
    return out;
}

const Folded& folded_from_table(std::int32_t code)
{
    static const auto table = [] {
        auto made = std::make_unique<std::array<Folded, tabled_max>>();
        for (std::int32_t c = 0; c < tabled_max; ++c)
            (*made)[static_cast<std::size_t>(c)] = fold_character(c);
        return made;
    }();
    return (*table)[static_cast<std::size_t>(code)];
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b)
{
    __extension__ using Wide = unsigned __int128;
    const auto product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace

std::uint64_t hash_of_word(std::string_view text)
{
    constexpr std::uint64_t seed = 0x9E3779B97F4A7C15U;
    constexpr std::uint64_t factor = 0xD6E8FEB86659FD93U;
    std::uint64_t hash = seed ^ text.size();
    const char* at = text.data();
    for (auto rest = text.size();; rest -= 8, at += 8) {
        std::uint64_t chunk = 0;
        std::memcpy(&chunk, at, sizeof chunk);
        if (rest > 8) {
            hash = mix(hash ^ chunk, factor);
            continue;
        }
        if (rest < 8) chunk &= (std::uint64_t{1} << (8 * rest)) - 1;
        return mix(hash ^ chunk, factor);
    }
}

void FoldedText::assign(std::string_view text)
{
    text = text.substr(0, folded_bytes_max);
    size_ = 0;
    words_.clear();
    inside_ = Inside::nothing;
    room(text.size());
    while (!text.empty()) {
        text.remove_prefix(take_ascii(text));
        if (!text.empty()) text.remove_prefix(take_character(text));
    }
    end_word();
}

/// Folds the ASCII characters that `text` starts with. \return how many they are.
std::size_t FoldedText::take_ascii(std::string_view text)
{
    const auto run = ascii_run(text);
    if (run == 0) return 0;
    room(run + block_size);
    if (inside_ == Inside::character) end_word();  // no ASCII character belongs to one of those
    std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(run), &buffer_[size_], lower);
    const auto begin = size_;
    for (std::size_t block = 0; block < run; block += block_size) {
        const auto bits = word_bits(&buffer_[begin + block]);
        // A set bit is where a word starts or ends: there the character is not what the one before it was.
        auto edges = bits ^ (bits << 1U | (inside_ == Inside::word ? 1U : 0U));
        if (run - block < block_size) edges &= (std::uint64_t{1} << (run - block)) - 1;
        for (; edges != 0; edges &= edges - 1) {
            size_ = begin + block + static_cast<std::size_t>(std::countr_zero(edges));
            if (inside_ == Inside::word)
                end_word();
            else
                begin_word(Inside::word);
        }
    }
    size_ = begin + run;
    return run;
}

/// Folds the one character that is not ASCII at the start of `text`. \return the bytes it took.
std::size_t FoldedText::take_character(std::string_view text)
{
    room(text.size() + Folded::bytes_max);
    utf8proc_int32_t code = 0;
    const auto taken =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size(), 4)), &code);
    if (taken <= 0) {
        end_word();
        buffer_[size_++] = ' ';
        return 1;
    }
    if (within(code, han)) {
        begin_word(Inside::character);
        std::memcpy(&buffer_[size_], text.data(), static_cast<std::size_t>(taken));
        size_ += static_cast<std::size_t>(taken);
        return static_cast<std::size_t>(taken);
    }
    if (code < tabled_max) {
        const auto& folded = folded_from_table(code);
        if (folded.role != Role::mixed) {
            if (folded.role == Role::separator) end_word();
            if (folded.role == Role::character) begin_word(Inside::character);
            const bool starts = (folded.role == Role::word && inside_ != Inside::word) ||
                                (folded.role == Role::mark && inside_ == Inside::nothing);
            if (starts) begin_word(Inside::word);
            std::memcpy(&buffer_[size_], folded.bytes.data(), folded.bytes.size());
            size_ += folded.size;
            return static_cast<std::size_t>(taken);
        }
    }
    const auto decomposed = decompose(code);
    for (std::size_t i = 0; i < decomposed.size; ++i) append_code(decomposed.codes[i]);
    return static_cast<std::size_t>(taken);
}

void FoldedText::append_code(std::int32_t code)
{
    switch (role_of(code)) {
        case Role::ignored:
        case Role::mixed:
            return;
        case Role::separator:
            end_word();
            break;
        case Role::character:
            begin_word(Inside::character);
            break;
        case Role::word:
            if (inside_ != Inside::word) begin_word(Inside::word);
            break;
        case Role::mark:
            if (inside_ == Inside::nothing) begin_word(Inside::word);
            break;
    }
    room(4);
    size_ += static_cast<std::size_t>(
        utf8proc_encode_char(code, reinterpret_cast<utf8proc_uint8_t*>(&buffer_[size_])));
}

void FoldedText::begin_word(Inside kind)
{
    end_word();
    inside_ = kind;
    word_start_ = size_;
}

void FoldedText::end_word()
{
    if (inside_ == Inside::nothing) return;
    inside_ = Inside::nothing;
    const auto bytes = size_ - word_start_;
    words_.push_back({static_cast<std::uint32_t>(word_start_), static_cast<std::uint32_t>(bytes),
                      hash_of_word({buffer_.data() + word_start_, bytes})});
}

/// Sees to it that `bytes` more can be written and the spare ones read.
void FoldedText::room(std::size_t bytes)
{
    const auto needed = size_ + bytes + spare_bytes;
    if (needed > buffer_.size()) buffer_.resize(std::max(needed, 2 * buffer_.size()));
}

void fold_case(std::string_view text, std::string& out)
{
    out.clear();
    const bool ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii) {
        utf8proc_uint8_t* made = nullptr;
        const auto size = utf8proc_map(
            reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
            static_cast<utf8proc_ssize_t>(text.size()), &made,
            static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
        const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, &std::free);
        if (size >= 0) {
            out.assign(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
            return;
        }
    }
    out.resize(text.size());
    std::transform(text.begin(), text.end(), out.begin(), lower);
}

std::string fold_case(std::string_view text)
{
    std::string out;
    fold_case(text, out);
    return out;
}

}  // namespace triaged::rulebook
