#include "engine/rulebook/condition_lines.hpp"

#include <unordered_map>

#include "engine/rulebook/yaml.hpp"

namespace triaged::rulebook {

namespace {

const yaml::Node* find(const yaml::Node& map, std::string_view key)
{
    for (const auto& entry : map.entries)
        if (entry.key->text == key) return entry.value;
    return nullptr;
}

}  // namespace

std::vector<std::vector<std::string>> condition_lines(const RulebookAdopted& adopted)
{
    std::unordered_map<std::string, std::vector<std::string>> by_name;
    std::vector<Diagnostic> ignored;
    for (const auto& [file, text] : adopted.sources) {
        const yaml::Document document(file, text, ignored);
        const auto* const rules = find(document.root(), "rules");
        if (!rules) continue;
        for (const auto* const rule : rules->items) {
            const auto* const name = find(*rule, "rule");
            const auto* const when = find(*rule, "when");
            if (!name || !when) continue;
            auto& lines = by_name[name->text];
            for (const auto& entry : when->entries) lines.push_back(yaml::to_line(entry));
        }
    }
    std::vector<std::vector<std::string>> out;
    for (const auto& name : adopted.rules) out.push_back(std::move(by_name[name]));
    return out;
}

}  // namespace triaged::rulebook
