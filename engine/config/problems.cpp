// triaged.yaml: which surges of like tickets are problems.

#include <algorithm>

#include <fmt/format.h>

#include "engine/config/readers.hpp"

namespace triaged::config {

namespace {

constexpr std::int64_t tickets_max = 1'000;  // of a window; the desk remembers a few more
constexpr double factor_max = 1'000;

void read_keys(Section& section, const Config& config, ProblemPolicy& policy)
{
    const auto* const keys = section.require("keys");
    if (!keys) return;
    for (const auto* const key : yaml::read_scalars(section.document(), *keys, section.name_of("keys"))) {
        const bool own = key->text == "intent" || key->text == "queue";
        if (!own && !config.vocabulary.facts.contains(key->text)) {
            std::vector<std::string> names{"intent", "queue"};
            for (const auto& [name, declaration] : config.vocabulary.facts) names.push_back(name);
            section.error(*key, "unknown-fact", fmt::format("unknown fact '{}'", key->text),
                          yaml::suggest(key->text, names));
        }
        policy.keys.push_back(key->text);
    }
}

void read_factor(Section& section, ProblemPolicy& policy)
{
    const auto* const node = section.take("factor");
    if (!node) return;
    const auto factor = yaml::read_number(section.document(), *node, section.name_of("factor"));
    if (!factor) return;
    policy.factor = *factor;
    if (*factor < 0 || *factor > factor_max)
        section.error(*node, "bad-value", fmt::format("factor goes from 0 to {:.0f}", factor_max));
}

void read_problem(const yaml::Document& document, const yaml::Node& node, Config& config)
{
    Section section(document, node, "problem");
    if (!section.is_map()) return;
    ProblemPolicy policy;
    const auto* const name = section.require("name");
    section.text("name", policy.name);
    if (name) check_name(document, *name, "problem");
    read_keys(section, config, policy);
    section.require("at_least");
    section.integer("at_least", policy.at_least, 2, tickets_max);
    section.require("within");
    section.duration("within", policy.within);
    read_factor(section, policy);
    policy.quiet = std::max<Duration>(policy.within, std::chrono::hours{1});
    section.duration("quiet", policy.quiet);
    if (policy.quiet < policy.within)
        section.error(
            *section.take("quiet"), "bad-value",
            fmt::format("quiet ({}) must not be shorter than within ({}): the same tickets would open it "
                        "again",
                        to_string(policy.quiet), to_string(policy.within)));
    if (const auto* const notify = section.take("notify"))
        for (const auto* const lead : yaml::read_scalars(document, *notify, section.name_of("notify")))
            policy.notify.push_back(lead->text);
    section.finish();
    auto& problems = config.desk.problems;
    const auto same = [&](const ProblemPolicy& other) { return other.name == policy.name; };
    if (name && std::any_of(problems.begin(), problems.end(), same))
        section.error(*name, "repeated-name", fmt::format("the problem '{}' is there twice", policy.name));
    problems.push_back(std::move(policy));
}

}  // namespace

void read_problems(Section& settings, Config& config)
{
    const auto* const node = settings.take("problems");
    if (!node || node->kind == yaml::Kind::null) return;
    if (node->kind != yaml::Kind::list)
        settings.error(*node, "bad-value", "problems is a list of {name, keys, at_least, within, ...}");
    else
        for (const auto* const item : node->items) read_problem(settings.document(), *item, config);
}

}  // namespace triaged::config
