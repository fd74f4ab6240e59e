// Client: a blocking connection to triaged over TCP or a Unix socket; lines of JSON out, lines of JSON in.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "engine/model/result.hpp"
#include "engine/model/time.hpp"

namespace triaged::ctl {

/// Where triaged listens.
struct Endpoint {
    std::string host;  // empty for a Unix socket
    std::uint16_t port = 0;
    std::string path;  // of a Unix socket

    bool operator==(const Endpoint&) const = default;
};

/// Reads `HOST:PORT` or `unix:PATH`; anything else is `bad_value`.
Result<Endpoint> parse_endpoint(std::string_view text);

/// As `parse_endpoint` reads it.
std::string to_string(const Endpoint& endpoint);

inline constexpr Duration patience{std::chrono::seconds{30}};  // for a connection or a reply

class Connection {
public:
    /// Connects, and authenticates with `token` unless it is empty.
    /// \return `unavailable` where nobody answers, `unauthorised` where the token is refused.
    static Result<Connection> open(const Endpoint& endpoint, const std::string& token);

    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    /// Writes `lines`, each ending in a newline. \return `unavailable` once the connection is lost.
    Result<void> send(std::string_view lines);

    /// The next line without its newline; waits for at most `limit`, or for ever without one.
    /// \return `unavailable` once the connection is lost or time is up.
    Result<std::string> receive(std::optional<Duration> limit = patience);

    /// Whether `receive` would return at once.
    bool has_line() const;

    /// Sends one request and reads its reply.
    /// \return the reply, `ok` or not; an Error only if no reply came, or one that is not a JSON object.
    Result<boost::json::object> request(const boost::json::object& request);

private:
    struct Link;
    explicit Connection(std::unique_ptr<Link> link);
    std::unique_ptr<Link> link_;
};

}  // namespace triaged::ctl
