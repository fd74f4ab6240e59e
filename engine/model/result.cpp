#include "engine/model/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace triaged {

std::string_view to_string(ErrorCode code)
{
    switch (code) {
        case ErrorCode::bad_json:
            return "bad_json";
        case ErrorCode::bad_utf8:
            return "bad_utf8";
        case ErrorCode::bad_value:
            return "bad_value";
        case ErrorCode::missing_field:
            return "missing_field";
        case ErrorCode::unknown_field:
            return "unknown_field";
        case ErrorCode::unknown_op:
            return "unknown_op";
        case ErrorCode::line_too_long:
            return "line_too_long";
        case ErrorCode::nested_too_deep:
            return "nested_too_deep";
        case ErrorCode::unauthorised:
            return "unauthorised";
        case ErrorCode::forbidden:
            return "forbidden";
        case ErrorCode::unknown_ticket:
            return "unknown_ticket";
        case ErrorCode::unknown_agent:
            return "unknown_agent";
        case ErrorCode::unknown_queue:
            return "unknown_queue";
        case ErrorCode::no_offer:
            return "no_offer";
        case ErrorCode::not_assigned:
            return "not_assigned";
        case ErrorCode::offer_expired:
            return "offer_expired";
        case ErrorCode::agent_over_capacity:
            return "agent_over_capacity";
        case ErrorCode::agent_not_suited:
            return "agent_not_suited";
        case ErrorCode::not_waiting:
            return "not_waiting";
        case ErrorCode::bad_rulebook:
            return "bad_rulebook";
        case ErrorCode::bad_config:
            return "bad_config";
        case ErrorCode::journal_damaged:
            return "journal_damaged";
        case ErrorCode::journal_fenced:
            return "journal_fenced";
        case ErrorCode::journal_failed:
            return "journal_failed";
        case ErrorCode::unavailable:
            return "unavailable";
        case ErrorCode::internal:
            return "internal";
    }
    return "internal";
}

void check_failed(std::string_view why_it_holds, std::string_view file, int line)
{
    std::fprintf(stderr, "triaged: bug: %.*s:%d: this should hold: %.*s\n", static_cast<int>(file.size()),
                 file.data(), line, static_cast<int>(why_it_holds.size()), why_it_holds.data());
    std::abort();
}

}  // namespace triaged
