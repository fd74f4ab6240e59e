#include "engine/rulebook/text_scan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>
#include <span>

#include <re2/re2.h>
#include <re2/set.h>

#include "engine/model/result.hpp"
#include "engine/rulebook/fold.hpp"

namespace triaged::rulebook {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t regex_bytes_max = 64LL << 20U;  // that RE2 may use for all expressions of one field together

RE2::Options regex_options()
{
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_max_mem(regex_bytes_max);
    return options;
}

/// `^` and `$` are the ends of a line, as docs/rule-language.md says.
std::string for_re2(const std::string& expression) { return "(?m)" + expression; }

/// Marks of the patterns that occurred, taken out in order.
class HitMarks {
public:
    void reset(std::size_t size) { marks_.assign((size + 63) / 64, 0); }
    void mark(std::uint32_t number)
    {
        if (number != none) marks_[number / 64] |= std::uint64_t{1} << (number % 64);
    }
    std::vector<std::uint32_t> take() const
    {
        std::size_t count = 0;
        for (const auto bits : marks_) count += static_cast<std::size_t>(std::popcount(bits));
        std::vector<std::uint32_t> out;
        out.reserve(count);
        for (std::size_t i = 0; i < marks_.size(); ++i)
            for (auto bits = marks_[i]; bits != 0; bits &= bits - 1)
                out.push_back(static_cast<std::uint32_t>(64 * i + static_cast<std::size_t>(std::countr_zero(bits))));
        return out;
    }

private:
    std::vector<std::uint64_t> marks_;
};

/// The numbers under which one text is looked for, by Field.
using Numbers = std::array<std::uint32_t, 3>;

void mark(HitMarks& marks, const Numbers& numbers, Field found_in)
{
    marks.mark(numbers[static_cast<std::size_t>(found_in)]);
    marks.mark(numbers[static_cast<std::size_t>(Field::text)]);
}

/// Words and phrases: a hash table of first words, each with the words that must follow.
class PhraseTable {
public:
    void add(const Pattern& pattern)
    {
        FoldedText folded;
        folded.assign(pattern.text);
        auto key = std::vector<std::string>{};
        for (const auto& word : folded.words()) key.emplace_back(folded.word(word));
        auto& numbers = phrases_by_words_.try_emplace(std::move(key), Numbers{none, none, none}).first->second;
        numbers[static_cast<std::size_t>(pattern.field)] = pattern.number;
    }

    /// Turns what was added into the table. Phrases that start alike lie side by side, as the map sorts them.
    void build()
    {
        for (const auto& [words, numbers] : phrases_by_words_) {
            const auto first = store(words.front());
            if (heads_.empty() || text_of(heads_.back().word) != words.front())
                heads_.push_back({first, static_cast<std::uint32_t>(phrases_.size()), 0});
            ++heads_.back().phrase_count;
            phrases_.push_back({static_cast<std::uint32_t>(rest_.size()),
                                static_cast<std::uint32_t>(words.size() - 1), numbers});
            for (std::size_t i = 1; i < words.size(); ++i) rest_.push_back(store(words[i]));
        }
        phrases_by_words_.clear();
        buckets_.assign(std::bit_ceil(2 * heads_.size() + 1), none);
        for (std::uint32_t i = 0; i < heads_.size(); ++i) {
            auto place = heads_[i].word.hash & (buckets_.size() - 1);
            while (buckets_[place] != none) place = (place + 1) & (buckets_.size() - 1);
            buckets_[place] = i;
        }
    }

    void scan(const FoldedText& text, Field field, HitMarks& marks) const
    {
        if (heads_.empty()) return;
        const auto words = text.words();
        const auto mask = buckets_.size() - 1;
        for (std::size_t i = 0; i < words.size(); ++i) {
            for (auto place = words[i].hash & mask; buckets_[place] != none; place = (place + 1) & mask) {
                const auto& head = heads_[buckets_[place]];
                if (!same(head.word, text, words[i])) continue;
                mark_phrases(head, text, words.subspan(i + 1), field, marks);
                break;
            }
        }
    }

private:
    struct Head {
        Word word;  // in pool_
        std::uint32_t phrase_begin;
        std::uint32_t phrase_count;
    };
    struct Phrase {
        std::uint32_t rest_begin;
        std::uint32_t rest_count;
        Numbers numbers;
    };

    Word store(const std::string& text)
    {
        FoldedText folded;
        folded.assign(text);
        const Word word{static_cast<std::uint32_t>(pool_.size()), static_cast<std::uint32_t>(text.size()),
                        folded.words().front().hash};
        pool_ += text;
        return word;
    }
    std::string_view text_of(const Word& word) const { return std::string_view(pool_).substr(word.start, word.size); }
    bool same(const Word& ours, const FoldedText& text, const Word& theirs) const
    {
        return ours.hash == theirs.hash && text_of(ours) == text.word(theirs);
    }

    void mark_phrases(const Head& head, const FoldedText& text, std::span<const Word> following, Field field,
                      HitMarks& marks) const
    {
        for (const auto& phrase : std::span(phrases_).subspan(head.phrase_begin, head.phrase_count)) {
            if (phrase.rest_count > following.size()) continue;
            const auto rest = std::span(rest_).subspan(phrase.rest_begin, phrase.rest_count);
            if (std::equal(rest.begin(), rest.end(), following.begin(),
                           [&](const Word& ours, const Word& theirs) { return same(ours, text, theirs); }))
                mark(marks, phrase.numbers, field);
        }
    }

    std::map<std::vector<std::string>, Numbers> phrases_by_words_;  // while building
    std::string pool_;                                              // bytes of all words
    std::vector<Head> heads_;
    std::vector<Phrase> phrases_;
    std::vector<Word> rest_;
    std::vector<std::uint32_t> buckets_;  // open addressing; indices into heads_
};

/// The regular expressions that read one field of a ticket.
class RegexGroup {
public:
    RegexGroup() : set_(regex_options(), RE2::UNANCHORED) {}

    void add(const Pattern& pattern)
    {
        const auto expression = for_re2(pattern.text);
        check(set_.Add(expression, nullptr) >= 0, "the expression passed check_pattern");
        alone_.push_back(std::make_unique<RE2>(expression, regex_options()));
        numbers_.push_back(pattern.number);
    }

    void build() { usable_ = !numbers_.empty() && set_.Compile(); }

    void scan(std::string_view text, std::vector<int>& found, HitMarks& marks) const
    {
        if (numbers_.empty()) return;
        const re2::StringPiece piece(text.data(), text.size());
        found.clear();
        RE2::Set::ErrorInfo error{RE2::Set::kNoError};
        if (usable_ && (set_.Match(piece, &found, &error) || error.kind == RE2::Set::kNoError)) {
            for (const int index : found) marks.mark(numbers_[static_cast<std::size_t>(index)]);
            return;
        }
        // Too many expressions for one automaton in the memory allowed: one by one is slower and as right.
        for (std::size_t i = 0; i < alone_.size(); ++i)
            if (RE2::PartialMatch(piece, *alone_[i])) marks.mark(numbers_[i]);
    }

private:
    RE2::Set set_;
    std::vector<std::unique_ptr<RE2>> alone_;
    std::vector<std::uint32_t> numbers_;
    bool usable_ = false;
};

struct Part {
    std::string folded;
    Numbers numbers;
};

}  // namespace

std::string_view to_string(Field field)
{
    switch (field) {
        case Field::subject: return "subject";
        case Field::body: return "body";
        case Field::text: return "text";
    }
    return "";
}

std::string Pattern::written() const
{
    switch (kind) {
        case PatternKind::words: return '"' + text + '"';
        case PatternKind::part: return "contains: " + text;
        case PatternKind::regex: return "/" + text + "/";
    }
    return text;
}

std::string Pattern::key() const
{
    std::string out{static_cast<char>('0' + static_cast<int>(kind)), static_cast<char>('0' + static_cast<int>(field))};
    if (kind == PatternKind::regex) return out + text;
    FoldedText folded;
    folded.assign(text);
    if (kind == PatternKind::part) return out.append(folded.text());
    for (const auto& word : folded.words()) out.append(folded.word(word)) += ' ';
    return out;
}

std::optional<PatternError> check_pattern(const Pattern& pattern)
{
    if (pattern.kind == PatternKind::regex) {
        if (pattern.text.empty()) return PatternError{"an empty regular expression matches everything", {}};
        const RE2 expression(for_re2(pattern.text), regex_options());
        if (expression.ok()) return std::nullopt;
        return PatternError{expression.error(), std::string(expression.error_arg())};
    }
    FoldedText folded;
    folded.assign(pattern.text);
    if (pattern.kind == PatternKind::part)
        return folded.text().empty() ? std::optional(PatternError{"an empty part occurs everywhere", {}}) : std::nullopt;
    if (!folded.words().empty()) return std::nullopt;
    return PatternError{"there is no word in '" + pattern.text + "'", {}};
}

struct TextScanner::Parts {
    PhraseTable phrases;
    std::vector<Part> parts;
    RegexGroup of_subject;
    RegexGroup of_body;
    std::size_t numbers_end = 0;  // one beyond the highest number
};

TextScanner::TextScanner(const std::vector<Pattern>& patterns)
{
    auto made = std::make_unique<Parts>();
    std::map<std::string, Numbers> parts;
    for (const auto& pattern : patterns) {
        made->numbers_end = std::max<std::size_t>(made->numbers_end, pattern.number + 1U);
        if (pattern.kind == PatternKind::words) {
            made->phrases.add(pattern);
        } else if (pattern.kind == PatternKind::part) {
            FoldedText folded;
            folded.assign(pattern.text);
            auto& numbers = parts.try_emplace(std::string(folded.text()), Numbers{none, none, none}).first->second;
            numbers[static_cast<std::size_t>(pattern.field)] = pattern.number;
        } else {
            if (pattern.field != Field::body) made->of_subject.add(pattern);
            if (pattern.field != Field::subject) made->of_body.add(pattern);
        }
    }
    for (const auto& [folded, numbers] : parts) made->parts.push_back({folded, numbers});
    made->phrases.build();
    made->of_subject.build();
    made->of_body.build();
    parts_ = std::move(made);
}

TextScanner::~TextScanner() = default;

std::vector<std::uint32_t> TextScanner::scan(std::string_view subject, std::string_view body) const
{
    struct Scratch {
        FoldedText folded;
        HitMarks marks;
        std::vector<int> found;
    };
    thread_local Scratch scratch;
    auto& [folded, marks, found] = scratch;
    marks.reset(parts_->numbers_end);
    const auto look = [&](std::string_view text, Field field, const RegexGroup& expressions) {
        folded.assign(text);
        parts_->phrases.scan(folded, field, marks);
        for (const auto& part : parts_->parts)
            if (folded.text().find(part.folded) != std::string_view::npos) mark(marks, part.numbers, field);
        expressions.scan(text.substr(0, folded_bytes_max), found, marks);
    };
    look(subject, Field::subject, parts_->of_subject);
    look(body, Field::body, parts_->of_body);
    return marks.take();
}

}  // namespace triaged::rulebook
