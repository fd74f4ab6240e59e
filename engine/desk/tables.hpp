// Tables: values that many tickets share, kept once and named by a small number.
//
// The numbers are private to one State: they depend on the order of its history and never leave it.
// Snapshots, views and events spell the values out.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/model/ticket.hpp"

namespace triaged::desk {

enum class Symbol : std::uint32_t { empty = 0 };
enum class SkillSetId : std::uint32_t { none = 0 };
enum class ListId : std::uint32_t { empty = 0 };

/// What operators choose (names of queues, tags, intents and rules; sets of facts that rules add): few and
/// lasting, so never dropped.
class SymbolTable {
public:
    SymbolTable();

    Symbol intern(std::string_view text);
    std::optional<Symbol> find(std::string_view text) const;
    const std::string& text(Symbol symbol) const { return texts_[static_cast<std::size_t>(symbol)]; }
    std::size_t size() const { return texts_.size(); }

private:
    std::deque<std::string> texts_;  // a deque, so that the views below stay valid
    absl::flat_hash_map<std::string_view, Symbol> numbers_;
};

/// Sets of skills that tickets need or agents have: as many as operators' rules and profiles combine, never
/// dropped.
class SkillSetTable {
public:
    SkillSetTable();

    SkillSetId intern(const Skills& skills);
    const Skills& skills(SkillSetId id) const { return sets_[static_cast<std::size_t>(id)]; }

private:
    struct Hash {
        std::size_t operator()(const Skills& skills) const;
    };

    std::vector<Skills> sets_;
    absl::flat_hash_map<Skills, SkillSetId, Hash> numbers_;
};

/// Lists of small numbers (rules that fired, tags). Their combinations come and go with the tickets, so uses
/// are counted, and a list that nobody uses makes room for another.
class ListTable {
public:
    ListTable();

    /// The list's number, with one more use.
    ListId acquire(std::span<const std::uint32_t> items);
    void release(ListId id);
    std::span<const std::uint32_t> items(ListId id) const
    {
        return entries_[static_cast<std::size_t>(id)].items;
    }

private:
    struct Entry {
        std::vector<std::uint32_t> items;
        std::uint64_t uses = 0;
    };

    std::deque<Entry> entries_;  // a deque, so that the views below stay valid
    std::vector<ListId> vacant_;
    absl::flat_hash_map<std::string_view, ListId> numbers_;  // by the bytes of the items
};

}  // namespace triaged::desk
