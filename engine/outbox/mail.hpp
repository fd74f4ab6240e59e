// Mail: a notification as a message that people read (RFC 5322).

#pragma once

#include <string>
#include <string_view>

#include "engine/model/time.hpp"

namespace triaged::outbox {

struct Mail {
    std::string from;  // name@domain, as is `to`
    std::string to;
    std::string key;  // the same each time this is sent; becomes the Message-ID
    Instant date;
    std::string subject;  // UTF-8
    std::string text;     // UTF-8, lines end in '\n'
};

/// What a notification's JSON says, for people: its subject, and its fields line by line.
Mail mail_about(std::string_view body);

/// The message with its headers, lines ending in CRLF and at most 78 bytes long but for a long address. The
/// same mail is the same message, byte for byte.
std::string message_of(const Mail& mail);

}  // namespace triaged::outbox
