#include "engine/ctl/client.hpp"

#include <array>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/serialize.hpp>

#include "engine/config/values.hpp"
#include "engine/ctl/reply.hpp"

namespace triaged::ctl {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::generic::stream_protocol;
using boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 65'536;
constexpr std::size_t reply_bytes_max = 64 * 1'048'576;  // an explanation by many rules is the longest reply
constexpr std::string_view unix_prefix = "unix:";

/// Every address `endpoint` stands for; empty with `failure` set if its name is unknown or its path too long.
std::vector<stream_protocol::endpoint> resolve(asio::io_context& context, const Endpoint& endpoint,
                                               error_code& failure)
{
    if (endpoint.host.empty()) {
        // The address of a Unix socket throws for a path that does not fit; no other constructor exists.
        if (endpoint.path.size() >= sizeof(sockaddr_un::sun_path)) {
            failure = asio::error::name_too_long;
            return {};
        }
        return {asio::local::stream_protocol::endpoint(endpoint.path)};
    }
    asio::ip::tcp::resolver resolver(context);
    std::vector<stream_protocol::endpoint> found;
    for (const auto& entry : resolver.resolve(endpoint.host, std::to_string(endpoint.port), failure))
        found.emplace_back(entry.endpoint());
    return found;
}

}  // namespace

struct Connection::Link {
    asio::io_context context;
    stream_protocol::socket socket{context};
    std::string name;       // of the peer, for messages
    std::string inbox;      // read, not yet returned
    std::size_t taken = 0;  // bytes of `inbox` that were returned

    /// Runs the one operation that was started, for at most `limit`. \return false if time was up.
    bool finish(std::optional<Duration> limit)
    {
        context.restart();
        if (!limit) {
            context.run();
            return true;
        }
        context.run_for(*limit);
        if (context.stopped()) return true;
        socket.close();
        context.run();
        return false;
    }

    tl::unexpected<Error> lost(const error_code& failure, bool in_time) const
    {
        const std::string why = !in_time ? fmt::format("no answer in {}", triaged::to_string(patience))
                                : failure == asio::error::eof ? std::string("the connection was closed")
                                                              : failure.message();
        return fail(ErrorCode::unavailable, fmt::format("{}: {}", name, why));
    }
};

Result<Endpoint> parse_endpoint(std::string_view text)
{
    if (text.starts_with(unix_prefix)) {
        const auto path = text.substr(unix_prefix.size());
        if (path.empty()) return fail(ErrorCode::bad_value, "'unix:' needs a path after it");
        return Endpoint{{}, 0, std::string(path)};
    }
    return config::parse_address(text).map([](const config::TcpAddress& address) {
        return Endpoint{address.host, address.port, {}};
    });
}

std::string to_string(const Endpoint& endpoint)
{
    if (endpoint.host.empty()) return fmt::format("{}{}", unix_prefix, endpoint.path);
    return config::to_string(config::TcpAddress{endpoint.host, endpoint.port});
}

Connection::Connection(std::unique_ptr<Link> link) : link_(std::move(link)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const Endpoint& endpoint, const std::string& token)
{
    auto link = std::make_unique<Link>();
    link->name = to_string(endpoint);
    error_code failure;
    const auto addresses = resolve(link->context, endpoint, failure);
    bool in_time = true;
    if (!failure) {
        asio::async_connect(link->socket, addresses,
                            [&](const error_code& result, const auto&) { failure = result; });
        in_time = link->finish(patience);
    }
    if (failure || !in_time)
        return fail(ErrorCode::unavailable,
                    fmt::format("cannot connect to {}: {}", link->name,
                                in_time ? failure.message()
                                        : fmt::format("no answer in {}", triaged::to_string(patience))));

    Connection connection(std::move(link));
    if (token.empty()) return connection;
    const auto reply = connection.request({{"op", "auth"}, {"token", token}});
    if (!reply) return tl::unexpected(reply.error());
    if (const auto* ok = reply->if_contains("ok"); !ok || *ok != true)
        return fail(ErrorCode::unauthorised,
                    fmt::format("{}: the token was refused", connection.link_->name));
    return connection;
}

Result<void> Connection::send(std::string_view lines)
{
    error_code failure;
    asio::async_write(link_->socket, asio::buffer(lines),
                      [&](const error_code& result, std::size_t) { failure = result; });
    const bool in_time = link_->finish(patience);
    if (failure || !in_time) return link_->lost(failure, in_time);
    return {};
}

bool Connection::has_line() const { return link_->inbox.find('\n', link_->taken) != std::string::npos; }

Result<std::string> Connection::receive(std::optional<Duration> limit)
{
    auto& inbox = link_->inbox;
    std::size_t searched = link_->taken;
    for (;;) {
        if (const auto end = inbox.find('\n', searched); end != std::string::npos) {
            std::string line = inbox.substr(link_->taken, end - link_->taken);
            link_->taken = end + 1;
            return line;
        }
        inbox.erase(0, std::exchange(link_->taken, 0));
        searched = inbox.size();
        if (searched > reply_bytes_max)
            return fail(ErrorCode::line_too_long, link_->name + ": a reply without end");
        inbox.resize(searched + read_bytes);
        error_code failure;
        std::size_t size = 0;
        link_->socket.async_read_some(asio::buffer(inbox.data() + searched, read_bytes),
                                      [&](const error_code& result, std::size_t bytes) {
                                          failure = result;
                                          size = bytes;
                                      });
        const bool in_time = link_->finish(limit);
        inbox.resize(searched + size);
        if (failure || !in_time) return link_->lost(failure, in_time);
    }
}

Result<json::object> Connection::request(const json::object& request)
{
    if (const auto sent = send(json::serialize(request) + '\n'); !sent) return tl::unexpected(sent.error());
    return receive().and_then([](const std::string& line) { return parse_object(line); });
}

}  // namespace triaged::ctl
