// triaged.yaml: which contacts belong to one ticket.

#include <algorithm>

#include <fmt/format.h>

#include "engine/config/readers.hpp"

namespace triaged::config {

namespace {

void read_key(const yaml::Document& document, const yaml::Node& node, Config& config)
{
    Section section(document, node, "threads: key");
    if (!section.is_map()) return;
    ThreadKeyPolicy key;
    const auto& known = config.vocabulary.facts;
    if (const auto* const by = section.require("by")) {
        for (const auto* const fact : yaml::read_scalars(document, *by, section.name_of("by"))) {
            if (!known.contains(fact->text)) {
                std::vector<std::string> names;
                for (const auto& [name, declaration] : known) names.push_back(name);
                section.error(*fact, "unknown-fact", fmt::format("unknown fact '{}'", fact->text),
                              yaml::suggest(fact->text, names));
            }
            key.name += (key.name.empty() ? "" : "+") + fact->text;
            key.facts.push_back(fact->text);
        }
    }
    section.require("within");
    section.duration("within", key.within);
    section.finish();
    auto& keys = config.desk.threads.keys;
    const auto same = [&](const ThreadKeyPolicy& other) { return other.name == key.name; };
    if (std::any_of(keys.begin(), keys.end(), same))
        section.error(node, "repeated-name", fmt::format("the key '{}' is there twice", key.name));
    if (!key.facts.empty()) keys.push_back(std::move(key));
}

}  // namespace

void read_threads(Section& settings, Config& config)
{
    const auto* const node = settings.take("threads");
    if (!node) return;
    const auto& document = settings.document();
    Section section(document, *node, "threads");
    auto& threads = config.desk.threads;
    section.duration("reopen", threads.reopen);
    if (threads.reopen > config.desk.receipts_kept)
        section.error(
            *section.take("reopen"), "bad-value",
            fmt::format("reopen ({}) must not be longer than desk: receipts_kept ({}), after which a ticket "
                        "is forgotten",
                        to_string(threads.reopen), to_string(config.desk.receipts_kept)));
    threads.place_kept = std::min(threads.place_kept, config.desk.receipts_kept);  // what is left out fits
    section.duration("place_kept", threads.place_kept);
    if (threads.place_kept > config.desk.receipts_kept)
        section.error(
            *section.take("place_kept"), "bad-value",
            fmt::format("place_kept ({}) must not be longer than desk: receipts_kept ({}), after which "
                        "a ticket is forgotten",
                        to_string(threads.place_kept), to_string(config.desk.receipts_kept)));
    if (const auto* const keys = section.take("keys"); keys && keys->kind != yaml::Kind::null) {
        if (keys->kind != yaml::Kind::list)
            section.error(*keys, "bad-value", "keys is a list of {by: facts, within: time}");
        else
            for (const auto* const key : keys->items) read_key(document, *key, config);
    }
    section.finish();
}

}  // namespace triaged::config
