// Nearest: the smallest change of a ticket's facts and words that would have sent it to another queue.

#pragma once

#include <string>
#include <vector>

#include "engine/analysis/analyse.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::analysis {

/// A ticket as rules read it.
struct TicketSeen {
    std::string subject;
    std::string body;
    FactSet ticket;
    FactSet customer;
    rulebook::EarlierContacts earlier{};  // of the customer
    rulebook::Clocks clocks{};            // of which `now` and `desk` count
};

/// One thing that would have to be otherwise.
struct Change {
    std::string what;    // a fact's name; of words `subject`, `body` or `text`
    std::string before;  // `(missing)`; of words `says "…"` or `does not say "…"`
    std::string after;

    bool operator==(const Change&) const = default;
};

struct Nearest {
    enum class Verdict {
        there,      // it goes to the queue as it is
        found,      // `changes` send it there, and the rulebook itself was run to see it
        none,       // no ticket at all goes there
        not_found,  // none of the changes tried does: too many things would have to be otherwise
        unknown     // the search took too long
    };
    Verdict verdict = Verdict::unknown;
    std::vector<Change> changes;     // none of them can be left out
    std::vector<std::string> rules;  // that fire then, by name; the last places the ticket
};

std::string_view to_string(Nearest::Verdict verdict);

/// Looks at tickets that differ in ever more things until one goes to `queue`. A fact that is changed, added
/// or taken away counts as one thing, and so does each pattern of the rules that the text would have to hold
/// or not to hold (taking away counts a little more than adding, and so does a fact that rules work out);
/// expressions that do not occur stay away, because nothing says what text they would want. Time does not
/// change, nor does anything else the desk knows, such as when the customer got in touch before.
/// \pre `rulebook` was loaded with `facts` as its vocabulary's.
Nearest nearest(const rulebook::Rulebook& rulebook, const FactTable& facts, const TicketSeen& ticket,
                const QueueName& queue, const Limits& limits);

}  // namespace triaged::analysis
