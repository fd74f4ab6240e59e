// The matching workload: generated rulebooks as large desks have them, and tickets that meet a few of their
// rules.
//
// Rules stand in all five stages. They are AND of two to four conditions, 40 % on text, 40 % on attributes,
// 20 % on numbers, some of them `not` or `any`. Words and phrases come from the texts of config/sample, as do
// the tickets' 60 to 300 words. As a desk's rules become more, they speak of more sellers and products, so
// that a ticket still meets one to five of them.

#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/rulebook/rulebook.hpp"

namespace triaged::workload {

struct Ticket {
    std::string subject, body;
    FactSet facts, customer;
};

/// One condition: a fact has one of these values, or the text one of these patterns; if there are none, a
/// number lies between these bounds, both included.
struct Condition {
    std::string fact;  // `text` and `body`: the text
    std::vector<std::string> any_of;
    double low = 0;
    double high = std::numeric_limits<double>::infinity();
    std::string yaml;

    bool on_text() const { return fact == "text" || fact == "body"; }
};

/// A rule as the sources have it, for who must say it in another language.
struct Rule {
    std::vector<Condition> conditions;  // all must hold, and
    bool unless = false;                // not: {order.status: cancelled, customer.kind: seller}
    bool either = false;                // any: [{customer.tier: [prime, vip]}, {order.value: {at_least: 3}}]
};

struct Workload {
    std::vector<rulebook::Source> sources;
    std::vector<Rule> rules;  // rule `r0`, `r1`, ...; a fifth for each stage
    std::vector<Ticket> tickets;
};

/// What makes matching hard; `usual` is what desks have.
enum class Kind : std::uint8_t {
    usual,
    unselective,  // every rule asks for common values only
    common_word,  // every rule asks for a word that is in every ticket, and for something else
    expressions,  // every text condition is a regular expression
    numbers,      // every rule asks for a stretch of one number, and for nothing else
    cjk,          // text without spaces, and phrases of it
    long_texts    // tickets of a megabyte
};

/// \param rules how many, default not counted. The same arguments give the same workload.
Workload make(Kind kind, std::size_t rules);

/// Different words and phrases of the sample's texts, a third of them words. \pre the texts have so many.
std::vector<std::string> literals(std::size_t count);

/// What the generated rules refer to.
rulebook::Vocabulary vocabulary();

/// \pre the sources are correct, as those of `make` are.
std::shared_ptr<const rulebook::Rulebook> load(const std::vector<rulebook::Source>& sources);

}  // namespace triaged::workload
