// Phrase table: words and phrases to be found in folded text, one or two look-ups a word however many there
// are.

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rulebook/fold.hpp"
#include "engine/rulebook/hit_marks.hpp"

namespace triaged::rulebook {

enum class Field : std::uint8_t { subject, body, text };  // `text` is either of the others

/// The numbers under which rules look for one string in each field.
class FieldNumbers {
public:
    FieldNumbers() { numbers_.fill(none); }

    void set(Field field, std::uint32_t number) { numbers_[static_cast<std::size_t>(field)] = number; }
    /// Marks what it means that the string is in `found_in`, the subject or the body.
    void mark(HitMarks& marks, Field found_in) const
    {
        for (const auto field : {found_in, Field::text})
            if (const auto number = numbers_[static_cast<std::size_t>(field)]; number != none)
                marks.mark(number);
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    std::array<std::uint32_t, 3> numbers_{};
};

/// A small set of hashes that may say yes wrongly but never no: most words of a text start nothing, and for
/// rulebooks of ordinary size this stays in the processor's nearest caches.
class HashSieve {
public:
    /// Empties it and makes room for so many hashes.
    void reset(std::size_t hashes)
    {
        bits_.assign(std::bit_ceil(std::max(bits_min, hashes * bits_a_hash)) / 64, 0);
        mask_ = bits_.size() - 1;
    }
    void add(std::uint64_t hash) { bits_[word_of(hash)] |= bit_of(hash); }
    bool may_hold(std::uint64_t hash) const { return ((bits_[word_of(hash)] >> (hash >> 58U)) & 1U) != 0; }

private:
    static constexpr std::size_t bits_min = 65'536;
    static constexpr std::size_t bits_a_hash = 16;
    std::size_t word_of(std::uint64_t hash) const { return (hash >> 32U) & mask_; }
    static std::uint64_t bit_of(std::uint64_t hash) { return std::uint64_t{1} << (hash >> 58U); }

    std::vector<std::uint64_t> bits_ = std::vector<std::uint64_t>(1);  // as many words as a power of two
    std::size_t mask_ = 0;                                             // one less than they are
};

class PhraseTable {
public:
    /// \pre there is a word in `text`.
    void add(std::string_view text, Field field, std::uint32_t number);
    /// Turns what was added into the table.
    void build();

    /// Marks the numbers of what occurs in `text`, which is the ticket's `field`.
    void scan(const FoldedText& text, Field field, HitMarks& marks) const;

private:
    struct Single {
        Word word;  // in pool_
        FieldNumbers numbers;
    };
    /// Filed by its first two words if it has no more, else by its first three: many phrases begin alike.
    struct Phrase {
        std::uint64_t start_hash;
        std::uint32_t begin;        // of its words in pool_, each with a zero byte behind it
        std::uint32_t words_count;  // 2 or more
        FieldNumbers numbers;
    };

    static std::uint64_t hash_of_pair(const Word& first, const Word& second);
    static std::uint64_t hash_of_three(std::uint64_t pair, const Word& third);
    Word store(const std::string& text);
    void add_phrase(const std::vector<std::string>& words, const FieldNumbers& numbers);
    std::string_view text_of(const Word& word) const { return {pool_.data() + word.start, word.size}; }
    bool same(const Word& ours, const FoldedText& text, const Word& theirs) const;
    void mark_single(const FoldedText& text, const Word& word, Field field, HitMarks& marks) const;
    bool occurs(const Phrase& phrase, const FoldedText& text, std::span<const Word> from) const;
    void mark_phrases(const FoldedText& text, std::span<const Word> from, std::uint64_t start_hash,
                      Field field, HitMarks& marks) const;

    std::map<std::vector<std::string>, FieldNumbers> added_;  // by words
    std::string pool_;                                        // bytes of all words
    std::vector<Single> singles_;
    std::vector<Phrase> phrases_;  // those with the same start side by side
    HashSieve single_sieve_;
    HashSieve pair_sieve_;
    HashSieve three_sieve_;
    std::vector<std::uint32_t> single_places_;  // open addressing by word hash; indices into singles_
    std::vector<std::uint32_t>
        phrase_places_;  // open addressing by start hash; the first of each start in phrases_
};

}  // namespace triaged::rulebook
