// Loading: configuration and rules together, as the daemon starts with them and reloads them.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/config.hpp"
#include "engine/daemon/intake.hpp"
#include "engine/desk/policies.hpp"

namespace triaged::daemon {

struct Loaded {
    config::Config config;
    std::shared_ptr<const rulebook::Rulebook> rulebook;  // shared by policies and intake

    std::shared_ptr<const desk::Policies> policies() const;
    std::shared_ptr<const Intake> intake() const;
};

/// Why nothing was loaded: whether the configuration or the rules are at fault decides the code that is
/// reported.
enum class Fault { none, configuration, rules };

/// Reads `file`, the files it names, and the rules. `found` gets every mistake and warning.
/// \param before  as in Rulebook::load
/// \param today  rules that have expired by then are mistakes; nothing: they still apply, so that a desk that
/// starts
///               again at night is not kept from it by a date.
std::optional<Loaded> load(const std::string& file, std::optional<Instant> today,
                           std::vector<Diagnostic>& found, Fault& fault,
                           const rulebook::Rulebook* before = nullptr);

}  // namespace triaged::daemon
