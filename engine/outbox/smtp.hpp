// SMTP (RFC 5321): hands one message to a relay, which takes it from there; with TLS (RFC
// 3207, 8314) and a login (RFC 4954) where they are wanted.

#pragma once

#include <string>
#include <string_view>

#include "engine/config/config.hpp"
#include "engine/model/result.hpp"

namespace triaged::outbox {

struct Submission {
    config::MailRelay relay;
    std::string authorities;  // certificates (PEM) that TLS trusts beside the system's
    std::string to;           // name@domain
    std::string message;      // lines end in CRLF
    Duration timeout{};       // of all of it
};

/// The relay's last word about the message: 2xx, it is the relay's now; 4xx, not yet; 5xx, never.
struct Reply {
    int code = 0;
    std::string text;
};

/// `message` with a dot more before each line that begins with one, and the line that ends it.
std::string dot_stuffed(std::string_view message);

/// \return `unavailable` if there was no word about the message: nobody there, no time left, no SMTP, or
/// neither TLS nor login as the relay's settings want them. It may have been taken all the same, and is known
/// by its Message-ID if it comes again.
Result<Reply> submit(const Submission& submission);

}  // namespace triaged::outbox
