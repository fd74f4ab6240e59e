#include "engine/desk/tables.hpp"

#include <absl/hash/hash.h>

namespace triaged::desk {

namespace {

std::string_view bytes_of(std::span<const std::uint32_t> items)
{
    return {reinterpret_cast<const char*>(items.data()), items.size_bytes()};
}

}  // namespace

SymbolTable::SymbolTable() { intern(""); }

Symbol SymbolTable::intern(std::string_view text)
{
    if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
    const auto symbol = static_cast<Symbol>(texts_.size());
    numbers_.emplace(texts_.emplace_back(text), symbol);
    return symbol;
}

std::optional<Symbol> SymbolTable::find(std::string_view text) const
{
    const auto known = numbers_.find(text);
    if (known == numbers_.end()) return std::nullopt;
    return known->second;
}

std::size_t SkillSetTable::Hash::operator()(const Skills& skills) const
{
    std::size_t hash = skills.size();
    for (const auto& [name, level] : skills) hash = absl::HashOf(hash, name, level);
    return hash;
}

SkillSetTable::SkillSetTable() { intern({}); }

SkillSetId SkillSetTable::intern(const Skills& skills)
{
    const auto [place, added] = numbers_.try_emplace(skills, static_cast<SkillSetId>(sets_.size()));
    if (added) sets_.push_back(skills);
    return place->second;
}

ListTable::ListTable() { entries_.emplace_back(); }

ListId ListTable::acquire(std::span<const std::uint32_t> items)
{
    if (items.empty()) return ListId::empty;
    if (const auto known = numbers_.find(bytes_of(items)); known != numbers_.end()) {
        ++entries_[static_cast<std::size_t>(known->second)].uses;
        return known->second;
    }
    if (vacant_.empty()) {
        vacant_.push_back(static_cast<ListId>(entries_.size()));
        entries_.emplace_back();
    }
    const auto id = vacant_.back();
    vacant_.pop_back();
    auto& entry = entries_[static_cast<std::size_t>(id)];
    entry.items.assign(items.begin(), items.end());
    entry.uses = 1;
    numbers_.emplace(bytes_of(entry.items), id);
    return id;
}

void ListTable::release(ListId id)
{
    if (id == ListId::empty) return;
    auto& entry = entries_[static_cast<std::size_t>(id)];
    check(entry.uses > 0, "a list is released once for each time it was acquired");
    if (--entry.uses > 0) return;
    numbers_.erase(bytes_of(entry.items));
    entry.items = {};
    vacant_.push_back(id);
}

}  // namespace triaged::desk
