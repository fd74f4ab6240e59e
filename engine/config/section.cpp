#include "engine/config/section.hpp"

#include <fmt/format.h>

#include "engine/config/values.hpp"

namespace triaged::config {

Section::Section(const yaml::Document& document, const yaml::Node& node, std::string what)
    : document_(document), what_(what), map_(document, node, std::move(what))
{}

std::string Section::name_of(std::string_view key) const { return fmt::format("{}: {}", what_, key); }

void Section::error(const yaml::Node& at, std::string code, std::string_view message,
                    std::string suggestion) const
{
    document_.error(at.place, std::move(code), fmt::format("{}: {}", what_, message), std::move(suggestion));
}

void Section::text(std::string_view key, std::string& into)
{
    const auto* const node = take(key);
    if (!node) return;
    if (auto value = yaml::read_text(document_, *node, name_of(key))) into = std::move(*value);
}

void Section::boolean(std::string_view key, bool& into)
{
    const auto* const node = take(key);
    if (!node) return;
    if (const auto value = yaml::read_boolean(document_, *node, name_of(key))) into = *value;
}

void Section::duration(std::string_view key, Duration& into)
{
    const auto* const node = take(key);
    if (!node) return;
    if (const auto value = yaml::read_duration(document_, *node, name_of(key))) into = *value;
}

void Section::choice(std::string_view key, std::string& into, const std::vector<std::string>& choices)
{
    const auto* const node = take(key);
    if (!node) return;
    if (auto value = yaml::read_name(document_, *node, name_of(key), choices, "bad-value"))
        into = std::move(*value);
}

void Section::bytes(std::string_view key, std::size_t& into, std::size_t least)
{
    const auto* const node = take(key);
    const auto text = node ? yaml::read_text(document_, *node, name_of(key)) : std::nullopt;
    if (!text) return;
    const auto value = parse_bytes(*text);
    if (!value)
        document_.error(node->place, "bad-value", fmt::format("{}: {}", name_of(key), value.error().message));
    else if (*value < least)
        document_.error(node->place, "bad-value",
                        fmt::format("{} must be at least {} bytes", name_of(key), least));
    else
        into = *value;
}

}  // namespace triaged::config
