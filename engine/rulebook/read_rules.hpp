// Reading rules: YAML nodes to typed rules. Reports every mistake and goes on.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rulebook/compiled.hpp"
#include "engine/rulebook/yaml.hpp"

namespace triaged::rulebook {

/// A node and the file it stands in; items of named lists come from another file than the rule.
struct Located {
    const yaml::Document* document = nullptr;
    const yaml::Node* node = nullptr;

    void error(std::string code, std::string message, std::string suggestion = {}) const
    {
        document->error(node->place, std::move(code), std::move(message), std::move(suggestion));
    }
};

struct NamedList {
    Located key;
    std::vector<Located> items;
    bool used = false;
};

/// A name that a condition asks for, to be compared at the end with the names that rules set.
struct NameUse {
    Located where;
    std::string name;
};

/// What all rules of one load share.
struct ReadContext {
    explicit ReadContext(const Vocabulary& words);

    const Vocabulary& vocabulary;
    Symbols symbols;
    std::map<std::string, NamedList, std::less<>> lists;
    std::vector<NameUse> intents_asked;
    std::vector<NameUse> tags_asked;
    bool lists_complete = true;  // every file could be parsed, so a list that is missing is missing

    // The vocabulary's names as lists, for suggestions.
    std::vector<std::string> facts, queues, skills, slas, leads, calendars;
};

/// A rule as read, before it has a place among the others.
struct RuleDraft {
    Rule rule;
    RuleInfo info;
    Located where;          // its name
    bool has_when = false;  // or perhaps: one that could not be read counts
};

/// The places of a `when`: its conditions and the lines that RuleInfo shows.
struct WhenDraft {
    std::vector<Condition> conditions;
    std::vector<std::string> lines;
};

/// Reads a `when`; what is wrong is reported and left out.
WhenDraft read_when(ReadContext& context, const yaml::Document& document, Stage stage,
                    const yaml::Node& node);

/// Reads a `then`; what is wrong is reported and left out.
Effects read_then(const ReadContext& context, const yaml::Document& document, Stage stage,
                  const yaml::Node& node);

/// Reads one item of `rules:`. \return nothing if it has no name to go by.
std::optional<RuleDraft> read_rule(ReadContext& context, const yaml::Document& document, Stage stage,
                                   const yaml::Node& node);

/// The items of `node` (a single one counts as a list of one), with `$lists` replaced by what they hold.
/// Nothing and an empty list are errors.
std::vector<Located> expand(ReadContext& context, const yaml::Document& document, const yaml::Node& node,
                            std::string_view what);
/// As `expand`; items that are not scalars are errors.
std::vector<Located> expand_scalars(ReadContext& context, const yaml::Document& document,
                                    const yaml::Node& node, std::string_view what);

std::optional<Stage> parse_stage(std::string_view text);

/// A name that rules give: an intent, a tag, a rule. \return nothing, after a `bad-name`, if it has blanks or
/// quotes.
std::optional<std::string> read_label(const yaml::Document& document, const yaml::Node& node,
                                      std::string_view what);

}  // namespace triaged::rulebook
