#include "engine/rulebook/text_scan.hpp"

#include <algorithm>
#include <numeric>

#include <re2/filtered_re2.h>
#include <re2/re2.h>
#include <re2/set.h>

#include "engine/model/result.hpp"
#include "engine/rulebook/fold.hpp"
#include "engine/rulebook/hit_marks.hpp"
#include "engine/rulebook/part_finder.hpp"
#include "engine/rulebook/phrase_table.hpp"

namespace triaged::rulebook {

namespace {

constexpr std::int64_t regex_bytes_max =
    64LL << 20U;  // that RE2 may use for all expressions of one field together

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

/// A regular expression, and what RE2 knows of the strings a text must hold to match it.
class Expression {
public:
    explicit Expression(const Pattern& pattern)
        : filter_(needed_bytes_min), field_(pattern.field), number_(pattern.number)
    {
        int id = 0;
        check(filter_.Add(for_re2(pattern.text), regex_options(), &id) == RE2::NoError,
              "the expression passed check_pattern");
        filter_.Compile(&strings_);
    }

    bool reads(Field field) const { return field_ == Field::text || field_ == field; }
    bool matches(const re2::StringPiece& text) const { return RE2::PartialMatch(text, filter_.GetRE2(0)); }
    std::uint32_t number() const { return number_; }
    const std::string& written() const { return filter_.GetRE2(0).pattern(); }

    /// Lists of strings, of each of which a text that matches holds one. No string is in two of them.
    std::vector<std::vector<std::string>> needs() const
    {
        std::vector<std::vector<std::string>> out;
        std::vector<int> by_size(strings_.size());
        std::iota(by_size.begin(), by_size.end(), 0);
        std::sort(by_size.begin(), by_size.end(),
                  [&](int a, int b) { return text(a).size() < text(b).size(); });
        for (auto free = by_size; !may_match_without(free);) {
            // What can be left out of the list is, short strings first: long ones are in fewer texts.
            auto list = free;
            for (const int string : free) {
                auto shorter = list;
                std::erase(shorter, string);
                if (!may_match_without(shorter)) list = std::move(shorter);
            }
            auto& texts = out.emplace_back();
            for (const int string : list) {
                texts.push_back(text(string));
                std::erase(free, string);
            }
        }
        return out;
    }

private:
    static constexpr int needed_bytes_min = 3;  // shorter strings are in every text

    const std::string& text(int string) const { return strings_[static_cast<std::size_t>(string)]; }

    /// Whether a text may match that holds all of the strings but these.
    bool may_match_without(const std::vector<int>& missing) const
    {
        std::vector<int> there, matching;
        for (int i = 0; i < static_cast<int>(strings_.size()); ++i)
            if (std::find(missing.begin(), missing.end(), i) == missing.end()) there.push_back(i);
        filter_.AllPotentials(there, &matching);
        return !matching.empty();
    }

    re2::FilteredRE2 filter_;
    std::vector<std::string> strings_;
    Field field_;
    std::uint32_t number_;
};

/// All regular expressions. Most need some string to be there (RE2 works out which), and are tried only if it
/// is; the others go through one automaton together.
class Expressions {
public:
    Expressions() : rest_(regex_options(), RE2::UNANCHORED) {}

    /// \param finder  gets the strings that the expression needs
    void add(const Pattern& pattern, PartFinder& finder)
    {
        const auto id = static_cast<std::uint32_t>(expressions_.size());
        const auto& expression = expressions_.emplace_back(Expression(pattern)).expression;
        auto lists = lists_of_parts(expression.needs(), finder);
        if (!lists.empty()) {
            const auto rarest = std::min_element(
                lists.begin(), lists.end(), [](const auto& a, const auto& b) { return a.share < b.share; });
            for (const auto part : rarest->parts) {
                if (part >= wanted_by_.size()) wanted_by_.resize(part + 1);
                wanted_by_[part].push_back(id);
            }
            lists.erase(rarest);
            for (auto& list : lists) expressions_.back().also_needed.push_back(std::move(list.parts));
            return;
        }
        // Alone, what is tied to the start of the text fails there; in the automaton it reads on to the end.
        const bool tied = expression.written().starts_with(for_re2("\\A"));
        (tied ? tied_ids_ : rest_ids_).push_back(id);
        if (!tied) rest_.Add(expression.written(), nullptr);
    }

    void build() { rest_usable_ = !rest_ids_.empty() && rest_.Compile(); }

    struct Scratch {
        HitMarks wanted;
        std::vector<int> places;
    };

    /// \param parts  what the finder found in the folded text
    void scan(std::string_view text, Field field, const HitMarks& parts, Scratch& scratch,
              HitMarks& marks) const
    {
        if (expressions_.empty()) return;
        const re2::StringPiece piece(text.data(), text.size());
        for (const auto id : tied_ids_) try_one(id, piece, field, marks);
        if (!rest_ids_.empty()) scan_rest(piece, field, scratch.places, marks);
        scratch.wanted.reset(expressions_.size());
        parts.each([&](std::uint32_t part) {
            if (part < wanted_by_.size())
                for (const auto id : wanted_by_[part]) scratch.wanted.mark(id);
        });
        scratch.wanted.each([&](std::uint32_t id) {
            const auto& also = expressions_[id].also_needed;
            const bool all = std::all_of(also.begin(), also.end(), [&](const auto& list) {
                return std::any_of(list.begin(), list.end(), [&](auto part) { return parts.has(part); });
            });
            if (all) try_one(id, piece, field, marks);
        });
    }

private:
    struct Filed {
        explicit Filed(Expression made) : expression(std::move(made)) {}

        Expression expression;
        std::vector<std::vector<std::uint32_t>>
            also_needed;  // one part of each, beside what it is filed under
    };
    struct PartList {
        std::vector<std::uint32_t> parts;
        double share = 0;  // how often one of them may occur: a guess
    };

    /// RE2 lower-cases the strings; the text is folded further. Folding works character by character, so a
    /// text that holds a string holds it folded. Strings that fold to nothing are everywhere, and say
    /// nothing.
    static std::vector<PartList> lists_of_parts(const std::vector<std::vector<std::string>>& needs,
                                                PartFinder& finder)
    {
        std::vector<PartList> out;
        for (const auto& strings : needs) {
            PartList list;
            bool telling = true;
            for (const auto& string : strings) {
                FoldedText folded;
                folded.assign(string);
                telling = telling && !folded.text().empty();
                if (!telling) break;
                list.parts.push_back(finder.add(folded.text()));
                list.share += 1.0 / static_cast<double>(folded.text().size());
            }
            if (telling) out.push_back(std::move(list));
        }
        return out;
    }

    void try_one(std::uint32_t id, const re2::StringPiece& text, Field field, HitMarks& marks) const
    {
        const auto& expression = expressions_[id].expression;
        if (expression.reads(field) && expression.matches(text)) marks.mark(expression.number());
    }

    void scan_rest(const re2::StringPiece& text, Field field, std::vector<int>& places, HitMarks& marks) const
    {
        RE2::Set::ErrorInfo error{RE2::Set::kNoError};
        // Asked which ones match, the set allocates; most texts match none.
        if (rest_usable_ && !rest_.Match(text, nullptr, &error) && error.kind == RE2::Set::kNoError) return;
        places.clear();
        if (rest_usable_ && (rest_.Match(text, &places, &error) || error.kind == RE2::Set::kNoError)) {
            for (const int place : places) {
                const auto& expression = expressions_[rest_ids_[static_cast<std::size_t>(place)]].expression;
                if (expression.reads(field)) marks.mark(expression.number());
            }
            return;
        }
        // Too many for one automaton in the memory allowed: one by one is slower and as right.
        for (const auto id : rest_ids_) try_one(id, text, field, marks);
    }

    std::vector<Filed> expressions_;
    std::vector<std::vector<std::uint32_t>> wanted_by_;  // by part: the expressions filed under it
    std::vector<std::uint32_t> tied_ids_;                // of those that need no string: start with \\A
    std::vector<std::uint32_t> rest_ids_;                // and the others, by their place in rest_
    RE2::Set rest_;
    bool rest_usable_ = false;
};

}  // namespace

std::string_view to_string(Field field)
{
    switch (field) {
        case Field::subject:
            return "subject";
        case Field::body:
            return "body";
        case Field::text:
            return "text";
    }
    return "";
}

std::string Pattern::written() const
{
    switch (kind) {
        case PatternKind::words:
            return '"' + text + '"';
        case PatternKind::part:
            return "contains: " + text;
        case PatternKind::regex:
            return "/" + text + "/";
    }
    return text;
}

std::string Pattern::key() const
{
    std::string out{static_cast<char>('0' + static_cast<int>(kind)),
                    static_cast<char>('0' + static_cast<int>(field))};
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
        const RE2 expression(pattern.text, regex_options());
        if (expression.ok()) return std::nullopt;
        return PatternError{expression.error(), std::string(expression.error_arg())};
    }
    FoldedText folded;
    folded.assign(pattern.text);
    if (pattern.kind == PatternKind::part)
        return folded.text().empty() ? std::optional(PatternError{"an empty part occurs everywhere", {}})
                                     : std::nullopt;
    if (!folded.words().empty()) return std::nullopt;
    return PatternError{"there is no word in '" + pattern.text + "'", {}};
}

struct TextScanner::Parts {
    PhraseTable phrases;
    PartFinder finder;
    std::vector<FieldNumbers> numbers_of;  // of `contains` patterns, by the finder's index
    Expressions expressions;
    std::size_t numbers_end = 0;  // one beyond the highest number
};

TextScanner::TextScanner(const std::vector<Pattern>& patterns)
{
    auto made = std::make_unique<Parts>();
    for (const auto& pattern : patterns) {
        made->numbers_end = std::max<std::size_t>(made->numbers_end, pattern.number + 1U);
        if (pattern.kind == PatternKind::words) {
            made->phrases.add(pattern.text, pattern.field, pattern.number);
        } else if (pattern.kind == PatternKind::part) {
            FoldedText folded;
            folded.assign(pattern.text);
            const auto part = made->finder.add(folded.text());
            if (part >= made->numbers_of.size()) made->numbers_of.resize(part + 1);
            made->numbers_of[part].set(pattern.field, pattern.number);
        } else {
            made->expressions.add(pattern, made->finder);
        }
    }
    made->phrases.build();
    made->finder.build();
    made->expressions.build();
    parts_ = std::move(made);
}

TextScanner::~TextScanner() = default;

std::vector<std::uint32_t> TextScanner::scan(std::string_view subject, std::string_view body) const
{
    struct Scratch {
        FoldedText folded;
        HitMarks marks;
        HitMarks found;
        Expressions::Scratch expressions;
    };
    thread_local Scratch scratch;
    auto& [folded, marks, found, rest] = scratch;
    marks.reset(parts_->numbers_end);
    for (const auto& [text, field] : {std::pair(subject, Field::subject), std::pair(body, Field::body)}) {
        folded.assign(text);
        parts_->phrases.scan(folded, field, marks);
        found.reset(parts_->finder.size());
        parts_->finder.find(folded.text(), found);
        found.each([&, where = field](std::uint32_t part) {
            if (part < parts_->numbers_of.size()) parts_->numbers_of[part].mark(marks, where);
        });
        parts_->expressions.scan(text.substr(0, folded_bytes_max), field, found, rest, marks);
    }
    return marks.sorted();
}

}  // namespace triaged::rulebook
