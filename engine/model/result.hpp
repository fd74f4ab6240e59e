// Expected failures as values, and the answer to our own bugs.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace triaged {

/// Stable codes; feeders and scripts match on their spelling (`to_string`), so they are never renamed.
enum class ErrorCode {
    bad_json,             // a line that is not one JSON object
    bad_utf8,             // bytes that are not UTF-8
    bad_value,            // right field, wrong type or value
    missing_field,        // a field the operation needs
    unknown_field,        // a field no operation has, or a fact nobody declared
    unknown_op,           // an `op` that does not exist
    line_too_long,        // a line beyond the limit; closes the connection
    nested_too_deep,      // JSON deeper than the limit
    unauthorised,         // no or wrong token
    forbidden,            // the role may not do this
    unknown_ticket,       // no open ticket has this id
    unknown_agent,        // no agent of this id has signed in
    unknown_queue,        // configuration names no such queue
    no_offer,             // the agent holds no offer of this ticket
    not_assigned,         // the ticket is not assigned to this agent
    offer_expired,        // the offer lapsed before the answer came
    agent_over_capacity,  // the agent's free units do not cover the work
    agent_not_suited,     // the agent lacks a skill the work needs, or is not there
    not_waiting,          // the ticket is in somebody's hands
    bad_rulebook,         // rules that do not load; the old ones stay in force
    bad_config,           // configuration that does not load
    journal_damaged,      // stored bytes that do not check
    journal_fenced,       // another process owns the desk
    journal_failed,       // the store could not write or sync
    unavailable,          // stopping, or a part that is not there
    internal              // our bug
};

std::string_view to_string(ErrorCode code);

/// What went wrong, for a person; it names the culprit (place, field, value) and where possible the cure.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;

    bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

/// Takes bytes in order, piece by piece; after a failure it is not called again.
using ByteSink = std::function<Result<void>(std::string_view)>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message)
{
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// Ends the process, in release builds too, when something we hold to be true is not.
[[noreturn]] void check_failed(std::string_view why_it_holds, std::string_view file, int line);

inline void check(bool condition, std::string_view why_it_holds, std::string_view file = __builtin_FILE(),
                  int line = __builtin_LINE())
{
    if (!condition) [[unlikely]]
        check_failed(why_it_holds, file, line);
}

}  // namespace triaged
