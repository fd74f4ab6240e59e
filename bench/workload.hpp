// The matching workload: generated rulebooks as large desks have them, and tickets that meet a few of their
// rules.
//
// Rules are AND of two to four conditions, 40 % on text, 40 % on attributes, 20 % on numbers, some of them
// `not` or `any`. Words and phrases come from the texts of config/sample, as do the tickets' 60 to 300 words.
// As a desk's rules become more, they speak of more sellers and products, so that a ticket still meets one to
// five of them.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/rulebook/rulebook.hpp"

namespace triaged::workload {

struct Ticket {
    std::string subject, body;
    FactSet facts, customer;
};

struct Workload {
    std::vector<rulebook::Source> sources;
    std::vector<Ticket> tickets;
};

/// What makes matching hard; `usual` is what desks have.
enum class Kind : std::uint8_t {
    usual,
    unselective,  // every rule asks for common values only
    common_word,  // every rule asks for a word that is in every ticket, and for something else
    expressions,  // every text condition is a regular expression
    cjk,          // text without spaces, and phrases of it
    long_texts    // tickets of a megabyte
};

/// \param rules how many, default not counted. The same arguments give the same workload.
Workload make(Kind kind, std::size_t rules);

/// \pre the sources are correct, as those of `make` are.
std::shared_ptr<const rulebook::Rulebook> load(const std::vector<rulebook::Source>& sources);

}  // namespace triaged::workload
