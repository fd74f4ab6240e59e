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
    // The map sorts by words, so those that share their first or first two come one after the other.
    for (const auto& [words, numbers] : added_) {
        add_head(words, numbers);
        if (words.size() > 1) add_phrase(words, numbers);
    }
    added_.clear();
    head_places_ = empty_places(heads_.size());
    for (std::uint32_t i = 0; i < heads_.size(); ++i) put(head_places_, heads_[i].word.hash, i);
    phrase_places_ = empty_places(phrases_.size());
    for (std::uint32_t i = 0; i < phrases_.size(); ++i)
        if (i == 0 || phrases_[i - 1].pair_hash != phrases_[i].pair_hash) put(phrase_places_, phrases_[i].pair_hash, i);
}

void PhraseTable::add_head(const std::vector<std::string>& words, const FieldNumbers& numbers)
{
    if (heads_.empty() || text_of(heads_.back().word) != words.front())
        heads_.push_back({store(words.front()), false, false, {}});
    auto& head = heads_.back();
    if (words.size() > 1) {
        head.starts_phrase = true;
    } else {
        head.alone = true;
        head.numbers = numbers;
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
    if (heads_.empty()) return;
    const auto words = text.words();
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto* const head = head_of(text, words[i]);
        if (!head) continue;
        if (head->alone) head->numbers.mark(marks, field);
        if (head->starts_phrase && i + 1 < words.size()) mark_phrases(text, words.subspan(i), field, marks);
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

const PhraseTable::Head* PhraseTable::head_of(const FoldedText& text, const Word& word) const
{
    const auto mask = head_places_.size() - 1;
    for (auto place = word.hash & mask; head_places_[place] != empty_place; place = (place + 1) & mask) {
        const auto& head = heads_[head_places_[place]];
        if (same(head.word, text, word)) return &head;
    }
    return nullptr;
}

void PhraseTable::mark_phrases(const FoldedText& text, std::span<const Word> from, Field field, HitMarks& marks) const
{
    const auto hash = hash_of_pair(from[0], from[1]);
    const auto mask = phrase_places_.size() - 1;
    for (auto place = hash & mask; phrase_places_[place] != empty_place; place = (place + 1) & mask) {
        for (auto i = phrase_places_[place]; i < phrases_.size() && phrases_[i].pair_hash == hash; ++i) {
            const auto& phrase = phrases_[i];
            const auto words = std::span(words_).subspan(phrase.words_begin, phrase.words_count);
            if (words.size() <= from.size() &&
                std::equal(words.begin(), words.end(), from.begin(),
                           [&](const Word& ours, const Word& theirs) { return same(ours, text, theirs); }))
                phrase.numbers.mark(marks, field);
        }
    }
}

}  // namespace triaged::rulebook
