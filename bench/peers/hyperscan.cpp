// Beside Hyperscan: 10,000 words and phrases found in the same tickets, in turns.
//
// - literals: Hyperscan gets the text folded, with one space between words, for nothing, and looks for pure
//   literals with a space on either side. Both must find the same, or nothing is measured.
// - the same from the text as it comes: what it costs to fold and space the text is counted.
// - as written: Hyperscan gets the text as it is and looks for caseless expressions with word boundaries.
//   It then misses what we find beyond ASCII.
// We fold, cut and look up in either case.

#include <memory>
#include <set>
#include <string>

#include <hs/hs.h>

#include "bench/peers/compare.hpp"
#include "bench/workload.hpp"
#include "engine/model/result.hpp"
#include "engine/rulebook/text_scan.hpp"

namespace triaged::peers {

namespace {

using rulebook::Field;
using rulebook::FoldedText;
using rulebook::Pattern;
using rulebook::PatternKind;
using rulebook::TextScanner;

constexpr std::size_t literals_count = 10'000;
constexpr std::size_t rounds = 7;

class Hyperscan {
public:
    enum class As { literals, expressions };

    Hyperscan(const std::vector<std::string>& texts, As as)
    {
        std::vector<const char*> pointers;
        std::vector<std::size_t> sizes;
        std::vector<unsigned> flags, ids;
        for (const auto& text : texts) {
            pointers.push_back(text.c_str());
            sizes.push_back(text.size());
            flags.push_back(HS_FLAG_SINGLEMATCH | (as == As::expressions ? HS_FLAG_CASELESS : 0U));
            ids.push_back(static_cast<unsigned>(ids.size()));
        }
        const auto count = static_cast<unsigned>(texts.size());
        hs_compile_error_t* error = nullptr;
        const auto outcome =
            as == As::literals ? hs_compile_lit_multi(pointers.data(), flags.data(), ids.data(), sizes.data(),
                                                      count, HS_MODE_BLOCK, nullptr, &database_, &error)
                               : hs_compile_multi(pointers.data(), flags.data(), ids.data(), count,
                                                  HS_MODE_BLOCK, nullptr, &database_, &error);
        check(outcome == HS_SUCCESS, error != nullptr ? error->message : "the patterns compile");
        check(hs_alloc_scratch(database_, &scratch_) == HS_SUCCESS, "there is memory");
    }
    ~Hyperscan()
    {
        hs_free_scratch(scratch_);
        hs_free_database(database_);
    }
    Hyperscan(const Hyperscan&) = delete;
    Hyperscan& operator=(const Hyperscan&) = delete;

    /// Adds the ids of what occurs to `found`.
    void scan(const std::string& text, std::vector<unsigned>& found) const
    {
        const auto note = [](unsigned id, unsigned long long, unsigned long long, unsigned, void* into) {
            static_cast<std::vector<unsigned>*>(into)->push_back(id);
            return 0;
        };
        hs_scan(database_, text.data(), static_cast<unsigned>(text.size()), 0, scratch_, note, &found);
    }

private:
    hs_database_t* database_ = nullptr;
    hs_scratch_t* scratch_ = nullptr;
};

/// ` word word word `, folded. Made anew by the next call.
const std::string& spaced(std::string_view text)
{
    static FoldedText folded;
    static std::string out;
    folded.assign(text);
    out = " ";
    for (const auto& word : folded.words()) out.append(folded.word(word)) += ' ';
    return out;
}

std::string with_boundaries(const std::string& phrase)
{
    std::string out = "\\b";
    for (const char c : phrase) out += c == ' ' ? std::string("[^a-z0-9]+") : std::string(1, c);
    return out + "\\b";
}

void measure()
{
    const auto literals = workload::literals(literals_count);
    const auto tickets = workload::make(workload::Kind::usual, literals_count).tickets;
    std::vector<Pattern> patterns;
    std::vector<std::string> between_spaces, expressions;
    for (const auto& literal : literals) {
        patterns.push_back(
            {PatternKind::words, Field::text, literal, static_cast<std::uint32_t>(patterns.size())});
        between_spaces.push_back(" " + literal + " ");
        expressions.push_back(with_boundaries(literal));
    }
    const TextScanner scanner(patterns);
    std::vector<std::pair<std::string, std::string>> folded;
    for (const auto& ticket : tickets) {
        auto& [subject, body] = folded.emplace_back();
        subject = spaced(ticket.subject);
        body = spaced(ticket.body);
    }
    std::vector<unsigned> found;
    const auto ours = [&](std::size_t i) { return scanner.scan(tickets[i].subject, tickets[i].body); };

    const Hyperscan pure(between_spaces, Hyperscan::As::literals);
    const auto theirs = [&](std::size_t i) {
        found.clear();
        pure.scan(folded[i].first, found);
        pure.scan(folded[i].second, found);
    };
    for (std::size_t i = 0; i < tickets.size(); ++i) {
        theirs(i);
        const std::set<std::uint32_t> all(found.begin(), found.end());
        check(std::vector<std::uint32_t>(all.begin(), all.end()) == ours(i), "both find the same");
    }
    fmt::print("\n{} words and phrases\n", literals.size());
    print_heads("Hyperscan");
    compare("literals in text folded for it", rounds, tickets.size(), ours, theirs);

    compare("literals, text as it comes folded for it", rounds, tickets.size(), ours, [&](std::size_t i) {
        found.clear();
        pure.scan(spaced(tickets[i].subject), found);
        pure.scan(spaced(tickets[i].body), found);
    });

    const Hyperscan written(expressions, Hyperscan::As::expressions);
    compare("expressions in text as it is", rounds, tickets.size(), ours, [&](std::size_t i) {
        found.clear();
        written.scan(tickets[i].subject, found);
        written.scan(tickets[i].body, found);
    });
}

}  // namespace

}  // namespace triaged::peers

int main() { triaged::peers::measure(); }
