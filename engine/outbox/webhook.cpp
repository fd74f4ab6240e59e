#include "engine/outbox/webhook.hpp"

#include <charconv>
#include <sstream>

#include <fmt/format.h>
#include <boost/beast/core/ostream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "engine/outbox/attempt.hpp"
#include "engine/outbox/connection.hpp"
#include "engine/outbox/sha256.hpp"

namespace triaged::outbox {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::size_t answer_bytes_max = 65'536;

std::int64_t seconds_of(Instant at) { return at.ms / 1000; }

/// The whole request as it goes over the wire.
std::string request_of(const Delivery& delivery)
{
    http::request<http::string_body> request(http::verb::post, delivery.to.target, 11);
    request.set(http::field::host, delivery.to.authority());
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
    std::ostringstream out;
    out << request;
    return std::move(out).str();
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

asio::awaitable<Result<Response>> answer(Connection& receiver)
{
    constexpr std::string_view doing = "waiting for its answer";
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    parser.body_limit(answer_bytes_max);
    beast::error_code wrong;
    std::string unread;
    while (!parser.is_done() && !wrong) {
        auto come = co_await receiver.receive(doing);
        if (!come && !parser.is_header_done()) co_return tl::unexpected<Error>(come.error());
        if (!come || come->empty()) break;
        unread += *come;
        unread.erase(0, parser.put(asio::buffer(unread), wrong));
        if (wrong == http::error::need_more) wrong = {};
    }
    if (!parser.is_header_done()) co_return receiver.failed(doing, wrong ? wrong.message() : "it hung up");
    Response response{static_cast<int>(parser.get().result_int()), retry_after(parser.get())};
    co_return response;
}

/// \param delivery  outlives the coroutine
asio::awaitable<Result<Response>> converse(const Delivery& delivery)
{
    auto executor = co_await asio::this_coro::executor;
    Connection receiver(executor, delivery.to.at, delivery.timeout);
    auto done = co_await receiver.open();
    if (done && delivery.to.tls) done = co_await receiver.encrypt(delivery.authorities);
    const auto request = request_of(delivery);
    if (done) done = co_await receiver.send(request, "sending");
    if (!done) co_return tl::unexpected<Error>(done.error());
    auto response = co_await answer(receiver);
    co_return response;
}

}  // namespace

std::string signature(std::string_view secret, std::string_view key, Instant now, std::string_view body)
{
    return "v1," + base64(hmac_sha256(secret, fmt::format("{}.{}.{}", key, seconds_of(now), body)));
}

Result<Response> deliver(const Delivery& delivery)
{
    // The connection ends its own waits and says at what; finding the host has no other end than this.
    auto response = run_for(delivery.timeout + std::chrono::milliseconds{200}, converse(delivery));
    if (response) return std::move(*response);
    return fail(ErrorCode::unavailable,
                fmt::format("{}: no answer in {}", to_string(delivery.to.at), to_string(delivery.timeout)));
}

}  // namespace triaged::outbox
