#include "engine/rulebook/phrase_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace triaged::rulebook {

namespace {

constexpr std::uint32_t empty_place = std::numeric_limits<std::uint32_t>::max();

std::vector<std::uint32_t> empty_places(std::size_t entries)
{
    return std::vector<std::uint32_t>(std::bit_ceil(2 * entries + 1), empty_place);
}

void put(std::vector<std::uint32_t>& places, std::uint64_t hash, std::uint32_t entry)
{
    auto place = hash & (places.size() - 1);
    while (places[place] != empty_place) place = (place + 1) & (places.size() - 1);
    places[place] = entry;
}

constexpr std::size_t chunk_bytes = sizeof(std::uint64_t);

std::uint64_t first_bytes(const char* of, std::size_t count)
{
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, of, sizeof chunk);
    return count < chunk_bytes ? chunk & ((std::uint64_t{1} << (8 * count)) - 1) : chunk;
}

/// Whether `theirs` is the word at `ours`, behind which there is a zero byte: no word holds one, so one that
/// differs stops the comparison within what the pool has. \pre a chunk may be read from the end of either
bool is_word(const char* ours, std::string_view theirs)
{
    if (theirs.size() < chunk_bytes)  // most are, and a call would cost more than it does
        return first_bytes(ours, theirs.size() + 1) == first_bytes(theirs.data(), theirs.size());
    return std::strncmp(ours, theirs.data(), theirs.size()) == 0 && ours[theirs.size()] == '\0';
}

}  // namespace

void PhraseTable::add(std::string_view text, Field field, std::uint32_t number)
{
    FoldedText folded;
    folded.assign(text);
    std::vector<std::string> words;
    for (const auto& word : folded.words()) words.emplace_back(folded.word(word));
    added_[std::move(words)].set(field, number);
}

void PhraseTable::build()
{
    for (const auto& [words, numbers] : added_) {
        if (words.size() > 1)
            add_phrase(words, numbers);
        else
            singles_.push_back({store(words.front()), numbers});
    }
    added_.clear();
    pool_.append(chunk_bytes, '\0');  // to be read beyond the last word
    single_places_ = empty_places(singles_.size());
    single_sieve_.reset(singles_.size());
    for (std::uint32_t i = 0; i < singles_.size(); ++i) {
        put(single_places_, singles_[i].word.hash, i);
        single_sieve_.add(singles_[i].word.hash);
    }
    std::stable_sort(phrases_.begin(), phrases_.end(),
                     [](const Phrase& a, const Phrase& b) { return a.start_hash < b.start_hash; });
    phrase_places_ = empty_places(phrases_.size());
    pair_sieve_.reset(phrases_.size());
    three_sieve_.reset(phrases_.size());
    for (std::uint32_t i = 0; i < phrases_.size(); ++i) {
        const auto& phrase = phrases_[i];
        (phrase.words_count == 2 ? pair_sieve_ : three_sieve_).add(phrase.start_hash);
        if (i == 0 || phrases_[i - 1].start_hash != phrase.start_hash)
            put(phrase_places_, phrase.start_hash, i);
    }
}

void PhraseTable::add_phrase(const std::vector<std::string>& words, const FieldNumbers& numbers)
{
    const auto begin = static_cast<std::uint32_t>(pool_.size());
    std::vector<Word> stored;
    for (const auto& word : words) stored.push_back(store(word));
    auto start = hash_of_pair(stored[0], stored[1]);
    if (words.size() > 2) start = hash_of_three(start, stored[2]);
    phrases_.push_back({start, begin, static_cast<std::uint32_t>(words.size()), numbers});
}

void PhraseTable::scan(const FoldedText& text, Field field, HitMarks& marks) const
{
    const auto words = text.words();
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (single_sieve_.may_hold(words[i].hash)) mark_single(text, words[i], field, marks);
        if (i + 1 == words.size()) continue;
        const auto pair = hash_of_pair(words[i], words[i + 1]);
        if (pair_sieve_.may_hold(pair)) mark_phrases(text, words.subspan(i), pair, field, marks);
        if (i + 2 == words.size()) continue;
        const auto three = hash_of_three(pair, words[i + 2]);
        if (three_sieve_.may_hold(three)) mark_phrases(text, words.subspan(i), three, field, marks);
    }
}

std::uint64_t PhraseTable::hash_of_pair(const Word& first, const Word& second)
{
    return first.hash + std::rotl(second.hash, 31);
}

std::uint64_t PhraseTable::hash_of_three(std::uint64_t pair, const Word& third)
{
    return pair + std::rotl(third.hash, 17);
}

Word PhraseTable::store(const std::string& text)
{
    FoldedText folded;  // of one word: for its hash
    folded.assign(text);
    const Word word{static_cast<std::uint32_t>(pool_.size()), static_cast<std::uint32_t>(text.size()),
                    folded.words().front().hash};
    pool_ += text;
    pool_ += '\0';
    return word;
}

/// Equal hashes are compared byte by byte, so nothing is found that is not there.
bool PhraseTable::same(const Word& ours, const FoldedText& text, const Word& theirs) const
{
    return ours.hash == theirs.hash && is_word(text_of(ours).data(), text.word(theirs));
}

void PhraseTable::mark_single(const FoldedText& text, const Word& word, Field field, HitMarks& marks) const
{
    const auto mask = single_places_.size() - 1;
    for (auto place = word.hash & mask; single_places_[place] != empty_place; place = (place + 1) & mask) {
        const auto& single = singles_[single_places_[place]];
        if (same(single.word, text, word)) return single.numbers.mark(marks, field);
    }
}

void PhraseTable::mark_phrases(const FoldedText& text, std::span<const Word> from, std::uint64_t hash,
                               Field field, HitMarks& marks) const
{
    const auto mask = phrase_places_.size() - 1;
    for (auto place = hash & mask; phrase_places_[place] != empty_place; place = (place + 1) & mask)
        for (auto i = phrase_places_[place]; i < phrases_.size() && phrases_[i].start_hash == hash; ++i)
            if (occurs(phrases_[i], text, from)) phrases_[i].numbers.mark(marks, field);
}

bool PhraseTable::occurs(const Phrase& phrase, const FoldedText& text, std::span<const Word> from) const
{
    if (phrase.words_count > from.size()) return false;
    const char* ours = pool_.data() + phrase.begin;
    for (std::uint32_t i = 0; i < phrase.words_count; ++i) {
        const auto theirs = text.word(from[i]);
        if (!is_word(ours, theirs)) return false;
        ours += theirs.size() + 1;
    }
    return true;
}

}  // namespace triaged::rulebook
