// Facts: the named, typed values that rules read of a ticket or a customer, and their declarations.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/model/result.hpp"

namespace triaged {

/// A value as read from a FactSet; a `string_view` points into the set and lives as long as it is unchanged.
using FactValue = std::variant<bool, double, std::string_view>;

std::string to_string(const FactValue& value);

/// Names and values, packed into one buffer sorted by name: a million tickets keep theirs in memory, and the
/// journal stores the same bytes. Equal sets have equal bytes. Sets are small; lookups are linear.
class FactSet {
public:
    struct Fact {
        std::string_view name;
        FactValue value;

        bool operator==(const Fact&) const = default;
    };

    class Iterator {
    public:
        using value_type = Fact;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        explicit Iterator(const char* at) : at_(at) {}
        Fact operator*() const;
        Iterator& operator++();
        Iterator operator++(int)
        {
            auto before = *this;
            ++*this;
            return before;
        }
        bool operator==(const Iterator&) const = default;

    private:
        const char* at_ = nullptr;
    };

    /// Adds or replaces. \pre `name` has 1 to 255 bytes; `value` does not point into this set.
    void set(std::string_view name, FactValue value);
    void erase(std::string_view name);
    /// Takes over every fact of `newer`; its values win.
    void merge(const FactSet& newer);

    std::optional<FactValue> find(std::string_view name) const;
    bool empty() const { return packed_.empty(); }
    Iterator begin() const { return Iterator(packed_.data()); }
    Iterator end() const { return Iterator(packed_.data() + packed_.size()); }

    /// The packed form: per fact name size (1 byte), name, kind (1 byte), then 1 byte for a bool, 8 for a
    /// number (IEEE 754, little endian), or a 4-byte little-endian size and the bytes of a string.
    std::string_view bytes() const { return packed_; }
    /// \return the set, or `bad_value` where the bytes are not a well-formed, sorted packed set.
    static Result<FactSet> from_bytes(std::string_view bytes);

    bool operator==(const FactSet&) const = default;

private:
    std::string packed_;
};

enum class FactType { boolean, number, text, choice };

std::string_view to_string(FactType type);

/// What a fact may hold. Rules, sockets and tests all check against the same declarations.
struct FactDeclaration {
    std::string name;  // dotted, lower case: `order.value`
    FactType type = FactType::text;
    std::vector<std::string> choices;  // of `choice`, sorted
    std::string about;                 // for people; shown by `triagectl schema` and in errors

    bool operator==(const FactDeclaration&) const = default;
};

/// Declarations by name: the built-in ones (docs/rule-language.md lists them) and those of the configuration.
using FactTable = std::map<std::string, FactDeclaration, std::less<>>;

/// `channel`, `language`, `customer.*`, `order.*`, ... as docs/rule-language.md lists them.
FactTable built_in_facts();

/// Whether `value` fits `declaration`; else `bad_value` naming the fact, the value and what would fit.
Result<void> fits(const FactDeclaration& declaration, const FactValue& value);

/// The name of `known` closest to `wrong`, if close enough to be a likely slip of the keyboard; else empty.
std::string closest(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace triaged
