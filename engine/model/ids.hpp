// Strong ids: a ticket is not a number, and an agent is not a queue.

#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/model/result.hpp"

namespace triaged {

/// Counts from 1 within a desk, never reused. Written `T-1042`.
struct TicketId {
    std::uint64_t value = 0;

    auto operator<=>(const TicketId&) const = default;
};

std::string to_string(TicketId id);

/// Reads `T-1042`; anything else is `bad_value`.
Result<TicketId> parse_ticket_id(std::string_view text);

/// One cause behind many tickets. Counts from 1 within a desk, never reused. Written `P-7`.
struct ProblemId {
    std::uint64_t value = 0;

    auto operator<=>(const ProblemId&) const = default;
};

std::string to_string(ProblemId id);

/// Reads `P-7`; anything else is `bad_value`.
Result<ProblemId> parse_problem_id(std::string_view text);

/// Position of an event in its desk's journal, from 1; 0 means "none".
using Seq = std::uint64_t;

/// The first 8 bytes of a rulebook's digest: names the rulebook that made a decision.
struct RulebookId {
    std::uint64_t value = 0;

    auto operator<=>(const RulebookId&) const = default;
};

/// 16 hexadecimal digits.
std::string to_string(RulebookId id);

/// A rule's position in its rulebook, in stage and file order. Means nothing without the RulebookId beside
/// it.
using RuleIndex = std::uint32_t;

/// A name that operators and feeders choose; distinct types so that they cannot be swapped.
template <class Tag>
struct Name {
    std::string value;

    Name() = default;
    explicit Name(std::string text) : value(std::move(text)) {}

    auto operator<=>(const Name&) const = default;
};

using AgentId = Name<struct AgentTag>;
using CustomerId = Name<struct CustomerTag>;
using QueueName = Name<struct QueueTag>;

}  // namespace triaged

template <>
struct std::hash<triaged::TicketId> {
    std::size_t operator()(triaged::TicketId id) const noexcept
    {
        return std::hash<std::uint64_t>{}(id.value);
    }
};

template <class Tag>
struct std::hash<triaged::Name<Tag>> {
    std::size_t operator()(const triaged::Name<Tag>& name) const noexcept
    {
        return std::hash<std::string>{}(name.value);
    }
};
