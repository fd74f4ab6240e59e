// Values of the configuration that are written as text: addresses and sizes.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/config/config.hpp"
#include "engine/model/result.hpp"

namespace triaged::config {

/// Reads `host:port`, or `[v6]:port`; the port is 1 to 65535, the host a name or an address.
/// \return the address, or `bad_value` that says what is wrong with `text`.
Result<TcpAddress> parse_address(std::string_view text);

/// The address of a webhook.
struct WebAddress {
    TcpAddress at;
    std::string target = "/";  // path and query
    bool tls = false;          // https

    /// `host` or `host:port`, as it stands in the URL: without the port that its scheme has anyhow.
    std::string authority() const;
    bool operator==(const WebAddress&) const = default;
};

/// Reads `https://host:port/path?query`, or the same with http; the port is 443 or 80 unless it says another.
/// \return the address, or `bad_value` that says what is wrong with `url`.
Result<WebAddress> parse_web_address(std::string_view url);

/// Whether only this machine can reach it: `127.…`, `::1` or `localhost`.
bool is_loopback(const TcpAddress& address);

/// Whether it is `name@domain` in ASCII, without quotes, comments or a name to be shown.
bool is_mail_address(std::string_view text);

/// Reads a whole number of bytes: `4096`, `64KiB`, `1MiB` or `1GiB`.
/// \return 1 byte or more, or `bad_value` that says what is wrong with `text`.
Result<std::size_t> parse_bytes(std::string_view text);

/// How `address` is written: `127.0.0.1:7070`, `[::1]:7070`.
std::string to_string(const TcpAddress& address);

}  // namespace triaged::config
