#include "engine/config/readers.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace triaged::config {

namespace {

constexpr std::size_t name_bytes_max = 64;

}  // namespace

bool is_name(std::string_view name)
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    };
    return !name.empty() && name.size() <= name_bytes_max && std::all_of(name.begin(), name.end(), fits);
}

bool check_name(const yaml::Document& document, const yaml::Node& key, std::string_view what)
{
    if (is_name(key.text)) return true;
    document.error(key.place, "bad-name", fmt::format("{} '{}': this cannot be a name", what, key.text),
                   fmt::format("use letters, digits, '-', '_' and '.', at most {} of them", name_bytes_max));
    return false;
}

Skills read_skills(Section& owner, const std::set<std::string>& known)
{
    Skills skills;
    const auto* const node = owner.take("skills");
    if (!node) return skills;
    const yaml::MapReader map(owner.document(), *node, owner.name_of("skills"));
    for (const auto& [key, value] : node->entries) {
        const auto name = owner.name_of(fmt::format("skill '{}'", key->text));
        const auto level = yaml::read_integer(owner.document(), *value, name, 1, skill_level_max);
        if (!known.contains(key->text))
            owner.error(*key, "unknown-skill", fmt::format("unknown skill '{}'", key->text),
                        yaml::suggest(key->text, {known.begin(), known.end()}));
        else if (level)
            raise(skills, {key->text, static_cast<int>(*level)});
    }
    return skills;
}

}  // namespace triaged::config
