// Rules files: from what the arguments or the configuration name to a loaded rulebook.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/config.hpp"
#include "engine/ctl/console.hpp"
#include "engine/ctl/options.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::ctl {

/// A configuration and the rules that go with it, with whatever is wrong with either.
struct Loaded {
    std::optional<config::Config> config;
    std::shared_ptr<const rulebook::Rulebook> rulebook;  // null if there are mistakes
    std::vector<Diagnostic> found;
};

/// Loads the configuration at `config_file` and its rules, or instead of these the ones at `rules`: files and
/// folders. Rules are checked only with a configuration that loads, because it declares the names they use.
Loaded load_all(const std::string& config_file, const std::vector<std::string>& rules);

/// The rules at `paths`, checked with the names of `config`. \return null if `found` got a mistake.
std::shared_ptr<const rulebook::Rulebook> load_rules(const config::Config& config,
                                                     const std::vector<std::string>& paths,
                                                     std::vector<Diagnostic>& found);

/// The rules at `paths` as text, under their bare names. \return `bad_value` for what cannot be read, a name
/// that comes twice, or no rules at all.
Result<std::vector<rulebook::Source>> read_rules_texts(const std::vector<std::string>& paths);

/// Whether the file at `path` holds rules or lists, and not a configuration.
bool holds_rules(const std::string& path);

/// The text of `path`, named as given. \return `bad_value` if it cannot be read.
Result<rulebook::Source> read_source(const std::string& path);

/// Every `*.test.yaml` in `folder`, sorted by name.
Result<std::vector<rulebook::Source>> read_cases(const std::string& folder);

}  // namespace triaged::ctl
