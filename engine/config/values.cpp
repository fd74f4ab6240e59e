#include "engine/config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace triaged::config {

namespace {

bool is_host_character(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '.' || byte == '-' || byte == '_' || byte == ':' || byte == '%';
}

/// The host of `text` without brackets; what follows it, from the last colon on, goes to `rest`.
std::string_view split_host(std::string_view text, std::string_view& rest)
{
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return {};
        rest = text.substr(close + 1);
        return text.substr(1, close - 1);
    }
    const auto colon = text.rfind(':');
    rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    return text.substr(0, colon);
}

/// Reads `host:port`. \return the address, or what is wrong with `text`.
tl::expected<TcpAddress, std::string_view> host_and_port(std::string_view text)
{
    const auto wrong = [](std::string_view why) { return tl::make_unexpected(why); };
    std::string_view rest;
    const auto host = split_host(text, rest);
    if (rest.empty()) return wrong("it has no port");
    if (host.empty()) return wrong("it has no host");
    if (!text.starts_with('[') && host.find(':') != std::string_view::npos)
        return wrong("an IPv6 address goes into brackets");
    if (!std::all_of(host.begin(), host.end(), is_host_character))
        return wrong("the host has an odd character");

    const auto digits = rest.substr(1);
    unsigned port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool whole = failure == std::errc{} && end == digits.data() + digits.size();
    if (!rest.starts_with(':') || !whole || port < 1 || port > std::numeric_limits<std::uint16_t>::max())
        return wrong("the port is not a number from 1 to 65535");
    return TcpAddress{std::string(host), static_cast<std::uint16_t>(port)};
}

constexpr std::uint16_t default_port(bool tls) { return tls ? 443 : 80; }

struct ByteUnit {
    std::string_view name;
    std::size_t bytes;
};

constexpr std::array<ByteUnit, 4> byte_units{
    {{"", 1}, {"KiB", 1'024}, {"MiB", 1'048'576}, {"GiB", 1'073'741'824}}};

}  // namespace

Result<TcpAddress> parse_address(std::string_view text)
{
    const auto address = host_and_port(text);
    if (address) return *address;
    return fail(ErrorCode::bad_value,
                fmt::format("'{}' is not an address: {}; write host:port, such as 127.0.0.1:7070", text,
                            address.error()));
}

std::string WebAddress::authority() const
{
    const auto whole = to_string(at);
    return at.port == default_port(tls) ? whole.substr(0, whole.rfind(':')) : whole;
}

Result<WebAddress> parse_web_address(std::string_view url)
{
    const auto wrong = [&](std::string_view why) {
        return fail(ErrorCode::bad_value, fmt::format("'{}' is no address of a webhook: {}", url, why));
    };
    constexpr std::string_view plain = "http://", secure = "https://";
    WebAddress address;
    address.tls = url.starts_with(secure);
    if (!address.tls && !url.starts_with(plain)) return wrong("it begins with neither https:// nor http://");
    if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c >= '\x7f'; }))
        return wrong("it has a character that must be written as %…");
    const auto rest = url.substr((address.tls ? secure : plain).size());
    const auto path = std::min(rest.find_first_of("/?#"), rest.size());
    const auto target = rest.substr(path, rest.find('#', path) - path);
    if (!target.empty()) address.target = fmt::format("{}{}", target.starts_with('?') ? "/" : "", target);
    auto authority = std::string(rest.substr(0, path));
    if (authority.find('@') != std::string::npos) return wrong("it has a user");
    if (authority.find(':') == std::string::npos || authority.ends_with(']'))
        authority += fmt::format(":{}", default_port(address.tls));
    const auto at = host_and_port(authority);
    if (!at) return wrong(at.error());
    address.at = *at;
    return address;
}

bool is_loopback(const TcpAddress& address)
{
    const bool digits = address.host.find_first_not_of("0123456789.") == std::string::npos;
    return address.host == "localhost" || address.host == "::1" ||
           (digits && address.host.starts_with("127."));
}

bool is_mail_address(std::string_view text)
{
    constexpr std::size_t bytes_max = 254;  // RFC 5321: a path of 256 with its brackets
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    // Words with single dots between them.
    const auto dotted = [&](std::string_view words, std::string_view others) {
        return !words.empty() && !words.starts_with('.') && !words.ends_with('.') &&
               words.find("..") == std::string_view::npos &&
               std::all_of(words.begin(), words.end(), [&](char c) {
                   return letter(c) || c == '.' || others.find(c) != std::string_view::npos;
               });
    };
    const auto at = text.find('@');
    return at != std::string_view::npos && text.size() <= bytes_max &&
           dotted(text.substr(0, at), "!#$%&'*+-/=?^_`{|}~") && dotted(text.substr(at + 1), "-");
}

Result<std::size_t> parse_bytes(std::string_view text)
{
    const auto wrong = [&](std::string_view why) {
        return fail(
            ErrorCode::bad_value,
            fmt::format("'{}' is not a size: {}; write bytes, such as 4096, 64KiB or 1MiB", text, why));
    };
    std::size_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, count);
    if (failure == std::errc::result_out_of_range) return wrong("the number is too large");
    if (failure != std::errc{}) return wrong("it does not start with a number");
    const auto name = std::string_view(rest, static_cast<std::size_t>(end - rest));
    for (const auto& unit : byte_units) {
        if (unit.name != name) continue;
        if (count == 0) return wrong("it is nothing");
        if (count > std::numeric_limits<std::size_t>::max() / unit.bytes)
            return wrong("the number is too large");
        return count * unit.bytes;
    }
    return wrong(fmt::format("unknown unit '{}'", name));
}

std::string to_string(const TcpAddress& address)
{
    const bool v6 = address.host.find(':') != std::string::npos;
    return v6 ? fmt::format("[{}]:{}", address.host, address.port)
              : fmt::format("{}:{}", address.host, address.port);
}

}  // namespace triaged::config
