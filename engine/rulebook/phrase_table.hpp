// Phrase table: words and phrases to be found in folded text, one or two look-ups a word however many there are.

#pragma once

#include <array>
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
            if (const auto number = numbers_[static_cast<std::size_t>(field)]; number != none) marks.mark(number);
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    std::array<std::uint32_t, 3> numbers_{};
};

/// A small set of hashes that may say yes wrongly but never no: most words of a text start nothing, and this stays in
/// the processor's nearest cache.
class HashSieve {
public:
    void add(std::uint64_t hash) { bits_[word_of(hash)] |= bit_of(hash); }
    bool may_hold(std::uint64_t hash) const { return (bits_[word_of(hash)] & bit_of(hash)) != 0; }

private:
    static constexpr std::size_t bit_count = 65'536;
    static std::size_t word_of(std::uint64_t hash) { return (hash >> 38U) % (bit_count / 64); }
    static std::uint64_t bit_of(std::uint64_t hash) { return std::uint64_t{1} << (hash >> 58U); }

    std::array<std::uint64_t, bit_count / 64> bits_{};
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
    struct Phrase {
        std::uint64_t pair_hash;   // of its first two words
        std::uint32_t words_begin;  // into words_
        std::uint32_t words_count;  // 2 or more
        FieldNumbers numbers;
    };

    static std::uint64_t hash_of_pair(const Word& first, const Word& second);
    Word store(const std::string& text);
    void add_phrase(const std::vector<std::string>& words, const FieldNumbers& numbers);
    std::string_view text_of(const Word& word) const { return {pool_.data() + word.start, word.size}; }
    bool same(const Word& ours, const FoldedText& text, const Word& theirs) const;
    void mark_single(const FoldedText& text, const Word& word, Field field, HitMarks& marks) const;
    bool occurs(const Phrase& phrase, const FoldedText& text, std::span<const Word> from) const;
    void mark_phrases(const FoldedText& text, std::span<const Word> from, Field field, HitMarks& marks) const;

    std::map<std::vector<std::string>, FieldNumbers> added_;  // by words
    std::string pool_;                                        // bytes of all words
    std::vector<Single> singles_;
    std::vector<Word> words_;                   // of the phrases
    std::vector<Phrase> phrases_;               // those with the same first two words side by side
    HashSieve single_sieve_;
    HashSieve pair_sieve_;
    std::vector<std::uint32_t> single_places_;  // open addressing by word hash; indices into singles_
    std::vector<std::uint32_t> phrase_places_;  // open addressing by pair hash; the first of each pair in phrases_
};

}  // namespace triaged::rulebook
