#include "engine/outbox/webhook.hpp"

#include <charconv>

#include <fmt/format.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "engine/outbox/attempt.hpp"
#include "engine/outbox/sha256.hpp"

namespace triaged::outbox {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::size_t answer_bytes_max = 65'536;

std::int64_t seconds_of(Instant at) { return at.ms / 1000; }

http::request<http::string_body> request_of(const Delivery& delivery)
{
    http::request<http::string_body> request(http::verb::post, delivery.to.target, 11);
    request.set(http::field::host,
                delivery.to.port == "80" ? delivery.to.host : delivery.to.host + ":" + delivery.to.port);
    request.set(http::field::user_agent, "triaged/" TRIAGED_VERSION);
    request.set(http::field::content_type, "application/json");
    request.set(http::field::connection, "close");
    request.set("Idempotency-Key", delivery.key);
    request.set("webhook-id", delivery.key);
    request.set("webhook-timestamp", std::to_string(seconds_of(delivery.now)));
    if (!delivery.secret.empty())
        request.set("webhook-signature",
                    signature(delivery.secret, delivery.key, delivery.now, delivery.body));
    request.body() = delivery.body;
    request.prepare_payload();
    return request;
}

std::optional<Duration> retry_after(const http::response<http::string_body>& response)
{
    const auto text = std::string(response[http::field::retry_after]);
    std::int64_t seconds = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, seconds);
    if (text.empty() || failure != std::errc{} || rest != end || seconds < 0) return std::nullopt;
    return std::chrono::seconds{seconds};
}

tl::unexpected<Error> no_answer(const Address& to, std::string_view doing,
                                const boost::system::error_code& failure)
{
    return fail(ErrorCode::unavailable,
                fmt::format("{}:{}: {}: {}", to.host, to.port, doing, failure.message()));
}

/// \param delivery  outlives the coroutine
asio::awaitable<Result<Response>> converse(const Delivery& delivery)
{
    const auto& to = delivery.to;
    auto executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver(executor);
    auto [unknown, places] = co_await resolver.async_resolve(to.host, to.port, nothrow);
    if (unknown) co_return no_answer(to, "finding it", unknown);
    beast::tcp_stream stream(executor);
    stream.expires_after(delivery.timeout);
    auto [unreachable, place] = co_await stream.async_connect(places, nothrow);
    if (unreachable) co_return no_answer(to, "connecting", unreachable);
    const auto request = request_of(delivery);
    auto [unsent, sent] = co_await http::async_write(stream, request, nothrow);
    if (unsent) co_return no_answer(to, "sending", unsent);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(answer_bytes_max);
    auto [unanswered, read] = co_await http::async_read(stream, buffer, parser, nothrow);
    if (unanswered) co_return no_answer(to, "waiting for its answer", unanswered);
    beast::error_code ignored;
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    Response response{static_cast<int>(parser.get().result_int()), retry_after(parser.get())};
    co_return response;
}

}  // namespace

Result<Address> parse_address(std::string_view url)
{
    const auto wrong = [&] {
        return fail(ErrorCode::bad_value,
                    fmt::format("'{}' is no address; write http://host:port/path", url));
    };
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return wrong();
    const auto rest = url.substr(scheme.size());
    const auto slash = std::min(rest.find_first_of("/?"), rest.size());
    auto authority = rest.substr(0, slash);
    Address address;
    if (slash < rest.size()) {
        const auto target = rest.substr(slash, rest.find('#', slash) - slash);
        address.target = target.starts_with('?') ? "/" + std::string(target) : std::string(target);
    }
    if (const auto colon = authority.rfind(':');
        colon != std::string_view::npos && !authority.ends_with(']')) {
        address.port = authority.substr(colon + 1);
        authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']'))
        authority = authority.substr(1, authority.size() - 2);
    address.host = authority;
    const bool digits = address.port.find_first_not_of("0123456789") == std::string::npos;
    if (address.host.empty() || address.port.empty() || !digits ||
        address.host.find('@') != std::string::npos)
        return wrong();
    return address;
}

std::string signature(std::string_view secret, std::string_view key, Instant now, std::string_view body)
{
    return "v1," + base64(hmac_sha256(secret, fmt::format("{}.{}.{}", key, seconds_of(now), body)));
}

Result<Response> deliver(const Delivery& delivery)
{
    // The stream ends its own waits and says at what; finding the host has no other end than this.
    auto response = run_for(delivery.timeout + std::chrono::milliseconds{200}, converse(delivery));
    if (response) return std::move(*response);
    return fail(ErrorCode::unavailable, fmt::format("{}:{}: no answer in {}", delivery.to.host,
                                                    delivery.to.port, to_string(delivery.timeout)));
}

}  // namespace triaged::outbox
