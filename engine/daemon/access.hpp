// Access: who a connection is, and what it may ask.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/channels/request.hpp"
#include "engine/config/config.hpp"

namespace triaged::daemon {

/// What a connection may do. Without tokens everybody may do everything.
struct Grant {
    bool feeds = false;
    bool serves = false;  // acts for agents
    bool operates = false;
    std::string name;   // the token's holder; empty without tokens
    std::string agent;  // the only agent it may act for; empty means any

    static Grant everything() { return {true, true, true, {}, {}}; }
};

/// \return nothing if no token has this secret. Takes as long for a near miss as for a far one.
std::optional<Grant> grant_for(const std::vector<config::Token>& tokens, std::string_view secret);

std::string_view role_of(const Grant& grant);

/// Why `grant` does not allow `body`, or nothing if it does.
std::optional<Error> objection(const Grant& grant, const channels::RequestBody& body);

}  // namespace triaged::daemon
