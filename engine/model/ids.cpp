#include "engine/model/ids.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include <fmt/format.h>

namespace triaged {

namespace {

/// The number after `prefix`; 0 if `text` is something else.
std::uint64_t numbered(std::string_view text, std::string_view prefix)
{
    std::uint64_t number = 0;
    if (text.size() <= prefix.size() || !text.starts_with(prefix)) return 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data() + prefix.size(), end, number);
    return failure == std::errc{} && rest == end ? number : 0;
}

}  // namespace

std::string to_string(TicketId id) { return "T-" + std::to_string(id.value); }

Result<TicketId> parse_ticket_id(std::string_view text)
{
    if (const TicketId id{numbered(text, "T-")}; id.value > 0) return id;
    return fail(ErrorCode::bad_value, fmt::format("'{}' is not a ticket id: expected one like T-1042", text));
}

std::string to_string(ProblemId id) { return "P-" + std::to_string(id.value); }

Result<ProblemId> parse_problem_id(std::string_view text)
{
    if (const ProblemId id{numbered(text, "P-")}; id.value > 0) return id;
    return fail(ErrorCode::bad_value, fmt::format("'{}' is not a problem's id: expected one like P-7", text));
}

std::string to_string(RulebookId id)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(id.value));
    return text.data();
}

}  // namespace triaged
