#include "engine/daemon/loading.hpp"

namespace triaged::daemon {

std::shared_ptr<const desk::Policies> Loaded::policies() const
{
    return std::make_shared<const desk::Policies>(desk::Policies{rulebook, config.desk});
}

std::shared_ptr<const Intake> Loaded::intake() const
{
    return std::make_shared<const Intake>(
        Intake{rulebook, config.vocabulary.facts, std::make_shared<const DeskPolicy>(config.desk)});
}

std::optional<Loaded> load(const std::string& file, std::optional<Instant> today,
                           std::vector<Diagnostic>& found, Fault& fault, const rulebook::Rulebook* before)
{
    fault = Fault::configuration;
    auto config = config::load(file, found);
    if (!config) return std::nullopt;
    fault = Fault::rules;
    const auto sources = config::read_rules(config->rules_dir);
    if (!sources) {
        Diagnostic diagnostic;
        diagnostic.code = "unreadable-rules";
        diagnostic.file = config->rules_dir;
        diagnostic.message = sources.error().message;
        found.push_back(std::move(diagnostic));
        return std::nullopt;
    }
    config->vocabulary.today = today;
    auto rulebook = rulebook::Rulebook::load(*sources, config->vocabulary, found, before);
    if (!rulebook) return std::nullopt;
    fault = Fault::none;
    return Loaded{std::move(*config), std::move(rulebook)};
}

}  // namespace triaged::daemon
