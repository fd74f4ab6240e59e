// Webhooks: one HTTP POST, under TLS to https, with the headers by which its receiver knows whom it is from
// and whether it came before.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/config/values.hpp"
#include "engine/model/result.hpp"
#include "engine/model/time.hpp"

namespace triaged::outbox {

struct Delivery {
    config::WebAddress to;
    std::string key;          // the same each time this is sent
    std::string body;         // JSON
    std::string secret;       // empty: unsigned
    std::string authorities;  // certificates (PEM) that https trusts beside the system's
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

/// Sends and waits for the answer, at most for the timeout. The answer is its status, whatever comes of its
/// body. \return `unavailable` if there was none, or nobody who may have it: https goes to no peer whose
/// certificate is not good for the host
Result<Response> deliver(const Delivery& delivery);

}  // namespace triaged::outbox
