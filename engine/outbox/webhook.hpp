// Webhooks: one HTTP POST, with the headers by which its receiver knows whom it is from and whether it came
// before.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/model/result.hpp"
#include "engine/model/time.hpp"

namespace triaged::outbox {

/// `http://host:port/path?query` in its parts.
struct Address {
    std::string host;  // without brackets
    std::string port = "80";
    std::string target = "/";

    bool operator==(const Address&) const = default;
};

/// \return or `bad_value`. Only http is spoken; a proxy that speaks https may stand before the receiver.
Result<Address> parse_address(std::string_view url);

struct Delivery {
    Address to;
    std::string key;     // the same each time this is sent
    std::string body;    // JSON
    std::string secret;  // empty: unsigned
    Instant now;
    Duration timeout{};
};

/// What the receiver said.
struct Response {
    int status = 0;
    std::optional<Duration> retry_after;
};

/// As https://www.standardwebhooks.com has it: `v1,` and the base64 of HMAC-SHA256 over `key.seconds.body`.
std::string signature(std::string_view secret, std::string_view key, Instant now, std::string_view body);

/// Sends and waits for the answer, at most for the timeout. \return `unavailable` if there was none
Result<Response> deliver(const Delivery& delivery);

}  // namespace triaged::outbox
