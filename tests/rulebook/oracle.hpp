// The oracle: what the rule language means, written plainly and apart from the engine.
//
// It reads no YAML, has no index, no atoms and no evaluator in common with engine/rulebook. Rules are what
// the generator made before it printed them; words are cut by a table of the few characters that tests use;
// conditions are judged one by one, for every rule. Of the engine it shares only the value types that hold a
// result.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/rulebook/rulebook.hpp"
#include "engine/rulebook/truth.hpp"

namespace triaged::rulebook::oracle {

using Value = std::variant<bool, double, std::string>;

enum class Find { words, part, regex };

struct Text {
    Find find = Find::words;
    std::string text;  // as written; a regular expression without its slashes
};

/// Bounds as they are written: `above: 5`.
struct Bound {
    std::string word;  // above, at_least, below, at_most
    double value = 0;
};

struct When;
using Map = std::vector<When>;  // all must hold

/// One key of a `when` and what it asks.
struct When {
    enum class Kind { values, numbers, range, presence, text, clock, window, any, all, negated };
    Kind kind = Kind::values;
    std::string key;
    std::vector<Value> values;  // of `values` and `numbers`; of `presence`: whether the fact is to be there
    std::vector<Bound> bounds;  // of `range`, `window` and `clock` (in seconds); all of them hold
    double within = 0;          // of `window`, in seconds
    std::vector<Text> texts;
    std::vector<Map> maps;  // of `any` and `all`; of `negated` the only one
};

struct Then {
    std::vector<std::pair<std::string, Value>> set;
    std::string intent;
    std::vector<std::string> tags;
    std::optional<Priority> priority;
    int raise = 0;
    std::string sla;
    std::map<std::string, int> skills;
    std::string contact_by;
    std::string queue;
    std::vector<std::string> notify;
};

struct Rule {
    std::string name;
    Stage stage = Stage::enrich;
    bool off = false;
    Map when;  // empty: always
    Then then;
};

struct Ticket {
    std::string subject, body;
    bool scanned = true;  // by the rulebook that judges it; else nothing is known of the text
    std::map<std::string, Value> facts;
    std::map<std::string, Value> customer;
    // Of the customer's earlier contacts: the times that are kept, oldest first, and how many came before those.
    std::vector<Instant> kept;
    int forgotten = 0;
};

/// What the rules make of a ticket.
struct Outcome {
    Routing routing;  // of the trace what fired and what was lost; `near` holds all near misses, however many
    Escalations escalations;
    std::vector<std::vector<Truth>> conditions;  // of every rule, in order, as its stage sees the ticket
};

/// \param rules   in the order in which they apply: by stage, then by file.
/// \param done    escalation rules that have fired before, by their places in `rules`.
/// \param recheck whether to work out `recheck_at`, which takes a while.
Outcome judge(const std::vector<Rule>& rules, const Ticket& ticket, const Clocks& clocks,
              const std::vector<RuleIndex>& done, bool recheck);

/// `text` folded, and its words: by the rules of docs/rule-language.md, for ASCII and the characters of
/// `strange()`.
std::string folded(const std::string& text);
std::vector<std::string> words(const std::string& text);

/// Characters beyond ASCII that `folded` and `words` know.
std::vector<std::string> strange();

}  // namespace triaged::rulebook::oracle
