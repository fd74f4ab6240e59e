// Import: rules of other products as rules of ours, with a list of what could not be carried over.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/facts.hpp"
#include "engine/model/result.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::ctl {

/// A rule to write; its conditions and effects are YAML, an entry of a flow map each.
struct ImportedRule {
    rulebook::Stage stage = rulebook::Stage::route;
    std::string name;
    std::string about;
    bool off = false;  // something is missing that would have made it narrower
    std::vector<std::string> when;
    std::vector<std::string> then;
};

/// Something that was not carried over.
struct LeftOut {
    std::string where;  // the trigger or route, as people know it
    std::string what;   // as it is written there
    std::string why;
};

struct Imported {
    std::vector<ImportedRule> rules;  // in the order in which a stage tries them
    std::string default_queue = "general";
    std::set<std::string> queues, leads;
    std::map<std::string, FactDeclaration> facts;
    std::vector<LeftOut> left;
};

/// The JSON of Zendesk's triggers API: `{"triggers": […]}`, one trigger, or a list. \return `bad_value` if it
/// is none.
Result<Imported> import_zendesk(std::string_view text);

/// An alertmanager.yml. \return `bad_value` if it has no route.
Result<Imported> import_alertmanager(const std::string& file, std::string_view text);

/// Names of rules, queues and leads: ASCII letters, digits and - _ . , lower case; never empty.
std::string label_of(std::string_view text);

/// `text` as a YAML scalar in double quotes, or plain where that means the same.
std::string scalar_of(std::string_view text);

/// Files by path below the folder: the rules, a configuration that declares their names, and
/// NOT-IMPORTED.txt.
std::map<std::string, std::string> files_of(const Imported& imported, std::string_view product);

}  // namespace triaged::ctl
