// Compiled: what a rulebook is inside. Built once by `load`, read by every thread, never changed.

#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/rulebook/access_index.hpp"
#include "engine/rulebook/condition.hpp"
#include "engine/rulebook/rulebook.hpp"
#include "engine/rulebook/symbols.hpp"
#include "engine/rulebook/text_scan.hpp"

namespace triaged::rulebook {

inline constexpr std::size_t stage_count = 5;

/// `set: {fact: value}` of `enrich`.
struct FactChange {
    std::string fact;
    std::variant<bool, double, std::string> value;

    FactValue view() const;
};

/// `then`: what a rule does when it fires. What it leaves alone is empty.
struct Effects {
    std::vector<FactChange> set;
    std::string intent;
    std::vector<std::string> tags;
    std::optional<Priority> priority;
    int raise = 0;       // levels
    bool widen = false;  // takes the next step of the queue's `widen`
    std::string sla;
    Skills skills;
    std::string contact_by;
    QueueName queue;
    std::vector<std::string> notify;
};

struct Rule {
    std::vector<Condition> conditions;  // all must hold; as many as RuleInfo has lines
    Effects effects;
    bool off = false;
};

struct Rulebook::Compiled {
    RulebookId id;
    std::string digest;
    std::vector<Source> sources;
    std::vector<RuleInfo> infos;
    std::vector<Rule> rules;  // by RuleIndex
    std::array<RuleIndex, stage_count + 1>
        stage_begin{};  // rules of a stage lie between its entry and the next
    Symbols symbols;
    std::vector<DeskFact> desk_facts;
    std::vector<SlotIndex> desk_slots;           // of `desk_facts`
    SlotIndex contacts_slot = no_atom;           // of `customer.contacts`, if rules read it
    std::uint32_t clocks_read = 0;               // a bit a Clock
    std::vector<bool> escalation_slots;          // by SlotIndex: those that rules of escalate read
    std::shared_ptr<const TextScanner> scanner;  // shared by rulebooks that look for the same patterns, one
                                                 // loaded after the other or mutated
    AccessIndex index;

    std::span<const Rule> rules_of(Stage stage) const
    {
        const auto begin = stage_begin[static_cast<std::size_t>(stage)];
        return std::span(rules).subspan(begin, stage_begin[static_cast<std::size_t>(stage) + 1] - begin);
    }
};

}  // namespace triaged::rulebook
