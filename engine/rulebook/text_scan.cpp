#include "engine/rulebook/text_scan.hpp"

#include <algorithm>

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

/// All regular expressions. Most need some string to be there (RE2 works out which), and are tried only if it
/// is; the others go through one automaton together.
class Expressions {
public:
    Expressions() : filtered_(needed_bytes_min), rest_(regex_options(), RE2::UNANCHORED) {}

    void add(const Pattern& pattern)
    {
        int id = 0;
        check(filtered_.Add(for_re2(pattern.text), regex_options(), &id) == RE2::NoError,
              "the expression passed check_pattern");
        patterns_.push_back({pattern.field, pattern.number});
    }

    /// \return the strings to look for in the folded text; `scan` wants to know which are there, by their
    /// places here. A string may fold to nothing, which is everywhere.
    std::vector<std::string> build()
    {
        std::vector<std::string> needed;
        if (patterns_.empty()) return needed;
        filtered_.Compile(&needed);
        filtered_.AllPotentials({}, &free_ids_);
        for (const int id : free_ids_) {
            const auto& expression = filtered_.GetRE2(id).pattern();
            // Alone, what is tied to the start of the text fails there; in the automaton it reads on to the
            // end.
            const bool tied = expression.starts_with(for_re2("\\A"));
            (tied ? tied_ids_ : rest_ids_).push_back(id);
            if (!tied) rest_.Add(expression, nullptr);
        }
        rest_usable_ = !rest_ids_.empty() && rest_.Compile();
        // RE2 lower-cases what it needs; the text is folded further. Folding works character by character, so
        // a text that holds the string holds it folded.
        for (auto& text : needed) {
            FoldedText folded;
            folded.assign(text);
            text = folded.text();
        }
        return needed;
    }

    void scan(std::string_view text, Field field, const std::vector<int>& needed_found,
              std::vector<int>& scratch, HitMarks& marks) const
    {
        const re2::StringPiece piece(text.data(), text.size());
        for (const int id : tied_ids_) try_one(id, piece, field, marks);
        if (!rest_ids_.empty()) scan_rest(piece, field, scratch, marks);
        if (needed_found.empty()) return;
        filtered_.AllPotentials(needed_found, &scratch);
        for (const int id : scratch)
            if (!std::binary_search(free_ids_.begin(), free_ids_.end(), id)) try_one(id, piece, field, marks);
    }

private:
    struct Target {
        Field field;
        std::uint32_t number;

        bool reads(Field where) const { return field == Field::text || field == where; }
    };

    void try_one(int id, const re2::StringPiece& text, Field field, HitMarks& marks) const
    {
        const auto& target = patterns_[static_cast<std::size_t>(id)];
        if (target.reads(field) && RE2::PartialMatch(text, filtered_.GetRE2(id))) marks.mark(target.number);
    }

    void scan_rest(const re2::StringPiece& text, Field field, std::vector<int>& scratch,
                   HitMarks& marks) const
    {
        scratch.clear();
        RE2::Set::ErrorInfo error{RE2::Set::kNoError};
        if (rest_usable_ && (rest_.Match(text, &scratch, &error) || error.kind == RE2::Set::kNoError)) {
            for (const int place : scratch) {
                const auto id = rest_ids_[static_cast<std::size_t>(place)];
                const auto& target = patterns_[static_cast<std::size_t>(id)];
                if (target.reads(field)) marks.mark(target.number);
            }
            return;
        }
        // Too many for one automaton in the memory allowed: one by one is slower and as right.
        for (const int id : rest_ids_) try_one(id, text, field, marks);
    }

    static constexpr int needed_bytes_min = 3;  // shorter strings are in every text

    re2::FilteredRE2 filtered_;
    std::vector<Target> patterns_;  // by the id in filtered_
    std::vector<int> free_ids_;     // of those that need no string; sorted
    std::vector<int> tied_ids_;     // of these, those that start with \\A
    std::vector<int> rest_ids_;     // and the others, by their place in rest_
    RE2::Set rest_;
    bool rest_usable_ = false;
};

/// What it means that a part occurs.
struct PartUse {
    FieldNumbers numbers;     // of `contains` patterns
    std::vector<int> needed;  // places among the strings that Expressions needs
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
    std::vector<PartUse> uses;  // by the finder's index
    Expressions expressions;
    std::vector<int> needed_everywhere;
    std::size_t numbers_end = 0;  // one beyond the highest number

    PartUse& use_of(std::string_view folded)
    {
        const auto index = finder.add(folded);
        if (index == uses.size()) uses.emplace_back();
        return uses[index];
    }
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
            made->use_of(folded.text()).numbers.set(pattern.field, pattern.number);
        } else {
            made->expressions.add(pattern);
        }
    }
    const auto needed = made->expressions.build();
    for (std::size_t i = 0; i < needed.size(); ++i)
        (needed[i].empty() ? made->needed_everywhere : made->use_of(needed[i]).needed)
            .push_back(static_cast<int>(i));
    made->phrases.build();
    made->finder.build();
    parts_ = std::move(made);
}

TextScanner::~TextScanner() = default;

std::vector<std::uint32_t> TextScanner::scan(std::string_view subject, std::string_view body) const
{
    struct Scratch {
        FoldedText folded;
        HitMarks marks;
        HitMarks parts;
        std::vector<int> needed;
        std::vector<int> ids;
    };
    thread_local Scratch scratch;
    auto& [folded, marks, parts, needed, ids] = scratch;
    marks.reset(parts_->numbers_end);
    for (const auto& [text, field] : {std::pair(subject, Field::subject), std::pair(body, Field::body)}) {
        folded.assign(text);
        parts_->phrases.scan(folded, field, marks);
        parts.reset(parts_->finder.size());
        needed = parts_->needed_everywhere;
        parts_->finder.find(folded.text(), parts);
        parts.each([&, where = field](std::uint32_t index) {
            const auto& use = parts_->uses[index];
            use.numbers.mark(marks, where);
            needed.insert(needed.end(), use.needed.begin(), use.needed.end());
        });
        parts_->expressions.scan(text.substr(0, folded_bytes_max), field, needed, ids, marks);
    }
    return marks.sorted();
}

}  // namespace triaged::rulebook
