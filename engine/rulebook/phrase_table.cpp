#include "engine/rulebook/phrase_table.hpp"

#include <algorithm>
#include <bit>

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
    // The map sorts by words, so phrases that share their first two come one after the other.
    for (const auto& [words, numbers] : added_) {
        if (words.size() > 1)
            add_phrase(words, numbers);
        else
            singles_.push_back({store(words.front()), numbers});
    }
    added_.clear();
    single_places_ = empty_places(singles_.size());
    for (std::uint32_t i = 0; i < singles_.size(); ++i) {
        put(single_places_, singles_[i].word.hash, i);
        single_sieve_.add(singles_[i].word.hash);
    }
    phrase_places_ = empty_places(phrases_.size());
    for (std::uint32_t i = 0; i < phrases_.size(); ++i) {
        if (i > 0 && phrases_[i - 1].pair_hash == phrases_[i].pair_hash) continue;
        put(phrase_places_, phrases_[i].pair_hash, i);
        pair_sieve_.add(phrases_[i].pair_hash);
    }
}

void PhraseTable::add_phrase(const std::vector<std::string>& words, const FieldNumbers& numbers)
{
    const auto begin = static_cast<std::uint32_t>(words_.size());
    for (const auto& word : words) words_.push_back(store(word));
    phrases_.push_back({hash_of_pair(words_[begin], words_[begin + 1]), begin,
                        static_cast<std::uint32_t>(words.size()), numbers});
}

void PhraseTable::scan(const FoldedText& text, Field field, HitMarks& marks) const
{
    const auto words = text.words();
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (single_sieve_.may_hold(words[i].hash)) mark_single(text, words[i], field, marks);
        if (i + 1 < words.size() && pair_sieve_.may_hold(hash_of_pair(words[i], words[i + 1])))
            mark_phrases(text, words.subspan(i), field, marks);
    }
}

std::uint64_t PhraseTable::hash_of_pair(const Word& first, const Word& second)
{
    return first.hash + std::rotl(second.hash, 31);
}

Word PhraseTable::store(const std::string& text)
{
    FoldedText folded;  // of one word: for its hash
    folded.assign(text);
    const Word word{static_cast<std::uint32_t>(pool_.size()), static_cast<std::uint32_t>(text.size()),
                    folded.words().front().hash};
    pool_ += text;
    return word;
}

/// Equal hashes are compared byte by byte, so nothing is found that is not there.
bool PhraseTable::same(const Word& ours, const FoldedText& text, const Word& theirs) const
{
    return ours.hash == theirs.hash && text_of(ours) == text.word(theirs);
}

void PhraseTable::mark_single(const FoldedText& text, const Word& word, Field field, HitMarks& marks) const
{
    const auto mask = single_places_.size() - 1;
    for (auto place = word.hash & mask; single_places_[place] != empty_place; place = (place + 1) & mask) {
        const auto& single = singles_[single_places_[place]];
        if (same(single.word, text, word)) return single.numbers.mark(marks, field);
    }
}

void PhraseTable::mark_phrases(const FoldedText& text, std::span<const Word> from, Field field, HitMarks& marks) const
{
    const auto hash = hash_of_pair(from[0], from[1]);
    const auto mask = phrase_places_.size() - 1;
    for (auto place = hash & mask; phrase_places_[place] != empty_place; place = (place + 1) & mask)
        for (auto i = phrase_places_[place]; i < phrases_.size() && phrases_[i].pair_hash == hash; ++i)
            if (occurs(phrases_[i], text, from)) phrases_[i].numbers.mark(marks, field);
}

/// Backwards: phrases that start alike are told apart by how they end.
bool PhraseTable::occurs(const Phrase& phrase, const FoldedText& text, std::span<const Word> from) const
{
    if (phrase.words_count > from.size()) return false;
    for (auto i = phrase.words_count; i-- > 0;)
        if (!same(words_[phrase.words_begin + i], text, from[i])) return false;
    return true;
}

}  // namespace triaged::rulebook
