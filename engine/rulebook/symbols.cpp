#include "engine/rulebook/symbols.hpp"

#include "engine/rulebook/fold.hpp"

namespace triaged::rulebook {

Symbols::Symbols()
{
    slots_.resize(first_fact_slot);
    slots_[intent_slot].name = "intent";
    slots_[tag_slot].name = "tag";
    slots_[priority_slot].name = "priority";
    slots_[queue_slot].name = "queue";
    slots_[text_slot].name = "text";
}

SlotIndex Symbols::slot(std::string_view fact)
{
    if (const auto known = find_slot(fact); known != no_atom) return known;
    const auto index = static_cast<SlotIndex>(slots_.size());
    auto& slot = slots_.emplace_back();
    slot.name = fact;
    slot.known = next();
    slots_by_name_.emplace(fact, index);
    return index;
}

AtomIndex Symbols::value(SlotIndex slot, std::string_view text)
{
    return intern(slots_[slot].values, fold_case(text));
}

AtomIndex Symbols::flag(SlotIndex slot, bool value)
{
    auto& atom = value ? slots_[slot].is_true : slots_[slot].is_false;
    if (atom == no_atom) atom = next();
    return atom;
}

AtomIndex Symbols::pattern(PatternKind kind, Field field, std::string_view text)
{
    auto pattern = Pattern{kind, field, std::string(text), 0};
    const auto before = atom_count_;
    pattern.number = intern(patterns_by_key_, pattern.key());
    const auto number = pattern.number;
    if (atom_count_ != before) patterns_.push_back(std::move(pattern));
    return number;
}

AtomIndex Symbols::intern(StringMap<AtomIndex>& names, std::string_view name)
{
    if (const auto place = names.find(name); place != names.end()) return place->second;
    return names.emplace(name, next()).first->second;
}

std::uint32_t Symbols::find(const StringMap<std::uint32_t>& names, std::string_view name)
{
    const auto place = names.find(name);
    return place == names.end() ? no_atom : place->second;
}

}  // namespace triaged::rulebook
