// Symbols: the numbers that facts, values, names and patterns get while rules are read.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#define XXH_INLINE_ALL  // names are short: the call would cost more than the hash
#include <xxhash.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/model/ticket.hpp"
#include "engine/rulebook/condition.hpp"
#include "engine/rulebook/text_scan.hpp"

namespace triaged::rulebook {

/// Counts a customer's contacts, those in a window too.
inline constexpr std::string_view contacts_fact = "customer.contacts";

/// Lets maps of strings be searched by string_view.
struct StringHash {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(std::string_view text) const noexcept
    {
        return XXH3_64bits(text.data(), text.size());
    }
};
template <class Value>
using StringMap = boost::unordered_flat_map<std::string, Value, StringHash, std::equal_to<>>;

/// A fact that rules read, and the atoms of the values they ask for.
struct Slot {
    std::string name;
    AtomIndex known = no_atom;  // the fact is there at all
    AtomIndex is_true = no_atom;
    AtomIndex is_false = no_atom;
    StringMap<AtomIndex> values;  // by `fold_case` of the value
};

class Symbols {
public:
    Symbols();

    // Each gives the number that is there, or a new one.
    SlotIndex slot(std::string_view fact);
    AtomIndex value(SlotIndex slot, std::string_view text);
    AtomIndex flag(SlotIndex slot, bool value);
    AtomIndex intent(std::string_view name) { return intern(intents_, name); }
    AtomIndex tag(std::string_view name) { return intern(tags_, name); }
    AtomIndex queue(std::string_view name) { return intern(queues_, name); }
    AtomIndex priority(Priority priority) const { return static_cast<AtomIndex>(priority); }
    AtomIndex pattern(PatternKind kind, Field field, std::string_view text);

    // Each gives the number, or none if no rule asks for it.
    SlotIndex find_slot(std::string_view fact) const { return find(slots_by_name_, fact); }
    AtomIndex find_intent(std::string_view name) const { return find(intents_, name); }
    AtomIndex find_tag(std::string_view name) const { return find(tags_, name); }
    AtomIndex find_queue(std::string_view name) const { return find(queues_, name); }

    const std::vector<Slot>& slots() const { return slots_; }
    const std::vector<Pattern>& patterns() const { return patterns_; }
    const StringMap<AtomIndex>& queues() const { return queues_; }
    std::size_t atom_count() const { return atom_count_; }

private:
    AtomIndex next() { return static_cast<AtomIndex>(atom_count_++); }
    AtomIndex intern(StringMap<AtomIndex>& names, std::string_view name);
    static std::uint32_t find(const StringMap<std::uint32_t>& names, std::string_view name);

    std::vector<Slot> slots_;
    StringMap<SlotIndex> slots_by_name_;
    StringMap<AtomIndex> intents_;
    StringMap<AtomIndex> tags_;
    StringMap<AtomIndex> queues_;
    StringMap<AtomIndex> patterns_by_key_;
    std::vector<Pattern> patterns_;
    std::size_t atom_count_ = all_priorities.size();  // the first atoms are the priorities
};

}  // namespace triaged::rulebook
