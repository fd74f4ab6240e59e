#include "engine/outbox/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <fmt/format.h>

#include "engine/model/result.hpp"

namespace triaged::outbox {

namespace {

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Digest sha256(std::string_view bytes)
{
    Digest digest{};
    SHA256(bytes_of(bytes), bytes.size(), digest.data());
    return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view bytes)
{
    Digest digest{};
    unsigned int size = 0;
    const auto* const done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes),
                                  bytes.size(), digest.data(), &size);
    check(done != nullptr && size == digest.size(), "SHA-256 is always there and has 32 bytes");
    return digest;
}

std::string hex(const Digest& digest)
{
    std::string out;
    for (const auto byte : digest) out += fmt::format("{:02x}", byte);
    return out;
}

std::string base64(const Digest& digest)
{
    std::array<unsigned char, 45> text{};  // 4 for each 3 bytes, and a zero
    const int size = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    return {text.begin(), text.begin() + size};
}

}  // namespace triaged::outbox
