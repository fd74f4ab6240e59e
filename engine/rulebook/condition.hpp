// Conditions: `when`, typed. Names have become numbers; nothing here refers to YAML.
//
// An *atom* is something that is true of a ticket or not: a pattern occurs, a fact has a value, a tag is
// there. Atoms have dense numbers, so what holds of a ticket is an array of flags and most conditions are
// "one of these is set". A *slot* is a fact that some rule reads.

#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/model/policy.hpp"

namespace triaged::rulebook {

using AtomIndex = std::uint32_t;
using SlotIndex = std::uint32_t;

inline constexpr AtomIndex no_atom = std::numeric_limits<AtomIndex>::max();
// Slots of what is no fact. The first four are never missing; the text is known if this rulebook scanned it.
inline constexpr SlotIndex intent_slot = 0;
inline constexpr SlotIndex tag_slot = 1;
inline constexpr SlotIndex priority_slot = 2;
inline constexpr SlotIndex queue_slot = 3;
inline constexpr SlotIndex text_slot = 4;
inline constexpr SlotIndex first_fact_slot = 5;

/// One of the atoms is set; unknown if none is and the slot's fact is missing.
struct Holds {
    SlotIndex slot = intent_slot;
    std::vector<AtomIndex> any_of;  // sorted
};

struct NumberRange {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool low_open = false;  // `low` itself is outside
    bool high_open = false;

    bool contains(double number) const
    {
        return (low_open ? number > low : number >= low) && (high_open ? number < high : number <= high);
    }
};

/// The slot's number lies in one of the ranges.
struct InRange {
    SlotIndex slot = intent_slot;
    std::vector<NumberRange> any_of;
};

/// The slot's fact is there, or is not; never unknown.
struct Present {
    SlotIndex slot = intent_slot;
    bool wanted = true;
};

enum class Clock : std::uint8_t { waiting, age, idle, since_routed, since_reply };
inline constexpr std::array all_clocks{Clock::waiting, Clock::age, Clock::idle, Clock::since_routed,
                                       Clock::since_reply};

/// `waiting`, …, `since.reply`
std::string_view to_string(Clock clock);

/// A clock shows at least `low` and at most `high`; unknown while the clock does not run.
struct Elapsed {
    Clock clock = Clock::waiting;
    Duration low{0};
    Duration high = Duration::max();
    std::string calendar;  // whose hours it counts in; empty: the wall's

    bool operator==(const Elapsed&) const = default;
};

/// Of what a promise gives, so much is used; unknown without such a promise and while its clock does not run.
struct Promised {
    SlaTarget target = SlaTarget::first_response;
    int percent = 100;   // at least this share is used, and
    Duration left{};     // of that all but at most this
    bool wanted = true;  // or else it is not so

    /// What must be used of `within`.
    Duration amount(Duration within) const { return (within * percent + Duration{99}) / 100 - left; }

    bool operator==(const Promised&) const = default;
};

/// The calendar is open, or closed; unknown if there is no such calendar.
struct OpenHours {
    std::string calendar;
    bool open = true;

    bool operator==(const OpenHours&) const = default;
};

/// So many of the customer's contacts before this one lie no further back than `within`; unknown if the times
/// that are kept do not tell.
struct Recent {
    SlotIndex slot = intent_slot;  // how many there are altogether
    NumberRange count;
    Duration within{};
};

struct Condition;

struct All {
    std::vector<Condition> parts;
};
struct Any {
    std::vector<Condition> parts;
};
/// Not all of `parts`.
struct Not {
    std::vector<Condition> parts;
};

struct Condition {
    std::variant<Holds, InRange, Present, Elapsed, All, Any, Not, Promised, OpenHours, Recent> is;
};

/// Whether time alone can change it.
bool reads_clocks(const Condition& condition);

}  // namespace triaged::rulebook
