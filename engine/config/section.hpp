// Section: one map of a configuration file, read key by key.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/rulebook/yaml.hpp"

namespace triaged::config {

/// Each reader leaves `into` as it is where the key is missing, or is wrong, which it reports with the
/// section's name.
class Section {
public:
    /// `what` names the section in errors: "limits", "queue 'billing'".
    Section(const yaml::Document& document, const yaml::Node& node, std::string what);

    /// The value of `key`, or null; a key asked for is a known key. `require` reports one that is not there.
    const yaml::Node* take(std::string_view key) { return map_.take(key); }
    const yaml::Node* require(std::string_view key) { return map_.require(key); }

    void text(std::string_view key, std::string& into);
    void boolean(std::string_view key, bool& into);
    void duration(std::string_view key, Duration& into);
    /// One of `choices`.
    void choice(std::string_view key, std::string& into, const std::vector<std::string>& choices);
    /// A number of bytes, `least` or more, with or without a unit.
    void bytes(std::string_view key, std::size_t& into, std::size_t least);
    /// A whole number from `least` to `most`.
    template <class Integer>
    void integer(std::string_view key, Integer& into, std::int64_t least, std::int64_t most)
    {
        const auto* const node = take(key);
        if (!node) return;
        const auto value = yaml::read_integer(document_, *node, name_of(key), least, most);
        if (value) into = static_cast<Integer>(*value);
    }

    /// Reports the keys nobody asked for.
    void finish() const { map_.finish(); }

    /// `message`, with the section's name before it, at `at`.
    void error(const yaml::Node& at, std::string code, std::string_view message,
               std::string suggestion = {}) const;

    bool is_map() const { return map_.is_map(); }
    const yaml::Node& node() const { return map_.node(); }
    const yaml::Document& document() const { return document_; }
    /// `key` as errors name it: "limits: nesting".
    std::string name_of(std::string_view key) const;

private:
    const yaml::Document& document_;
    std::string what_;
    yaml::MapReader map_;
};

}  // namespace triaged::config
