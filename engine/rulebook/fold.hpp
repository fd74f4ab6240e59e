// Folding: text reduced to what word matching compares, and cut into words.
//
// Case, accents and compatibility forms (full width, ligatures) go; letters, digits and the marks that carry
// meaning (Indic vowels, Thai tones, Japanese voicing) stay. Words are runs of letters, digits and marks.
// Scripts that put no spaces between words (Han, kana, Hangul, Thai, Lao, Khmer, Burmese) give one word a
// character, so a phrase matches anywhere in a run; so does each emoji.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace triaged::rulebook {

/// A folded word: a piece of `FoldedText::text`.
struct Word {
    std::uint32_t start = 0;  // byte
    std::uint32_t size = 0;   // bytes, 1 or more
    std::uint64_t hash = 0;   // of its bytes
};

inline constexpr std::size_t folded_bytes_max = 16'777'216;  // of a text; what lies beyond is not looked at

/// A text folded and cut into words. Reused, it allocates nothing once it has seen a text of the size.
class FoldedText {
public:
    /// Bytes that are not UTF-8 count as separators.
    void assign(std::string_view text);

    std::string_view text() const { return {buffer_.data(), size_}; }
    std::span<const Word> words() const { return words_; }
    std::string_view word(const Word& word) const { return {buffer_.data() + word.start, word.size}; }

private:
    enum class Inside : std::uint8_t { nothing, word, character };

    std::size_t take_ascii(std::string_view text);
    std::size_t take_character(std::string_view text);
    void append_code(std::int32_t code);
    void begin_word(Inside kind);
    void end_word();
    void room(std::size_t bytes);

    std::vector<char>
        buffer_;  // the folded text, and some bytes to spare for reading words in steps of eight
    std::size_t size_ = 0;
    std::size_t word_start_ = 0;
    Inside inside_ = Inside::nothing;
    std::vector<Word> words_;
};

/// Hash of a word's bytes. \pre eight bytes from `text.data() + text.size()` on may be read.
std::uint64_t hash_of_word(std::string_view text);

/// `text` in lower case (full Unicode case folding, composed), for comparing facts of type text. Bytes that
/// are not UTF-8 make it fold ASCII only.
void fold_case(std::string_view text, std::string& out);
std::string fold_case(std::string_view text);

}  // namespace triaged::rulebook
