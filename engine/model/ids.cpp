#include "engine/model/ids.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace triaged {

std::string to_string(TicketId id) { return "T-" + std::to_string(id.value); }

Result<TicketId> parse_ticket_id(std::string_view text)
{
    TicketId id;
    const char* const end = text.data() + text.size();
    if (text.size() > 2 && text.starts_with("T-")) {
        const auto [rest, failure] = std::from_chars(text.data() + 2, end, id.value);
        if (failure == std::errc{} && rest == end && id.value > 0) return id;
    }
    return fail(ErrorCode::bad_value, "'" + std::string(text) + "' is not a ticket id: expected one like T-1042");
}

std::string to_string(RulebookId id)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(id.value));
    return text.data();
}

}  // namespace triaged
