// SHA-256 (FIPS 180-4) and HMAC (RFC 2104), to sign what leaves; and base64 (RFC 4648), to spell it.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace triaged::outbox {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view bytes);
std::string hex(const Digest& digest);
std::string base64(std::string_view bytes);
std::string base64(const Digest& digest);

}  // namespace triaged::outbox
