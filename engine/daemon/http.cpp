#include "engine/daemon/http.hpp"

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "engine/daemon/log.hpp"

namespace triaged::daemon {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);
constexpr auto patience = std::chrono::seconds{10};  // for a whole request, and for a whole response
constexpr std::uint32_t header_bytes_max = 8 * 1'024;
constexpr std::size_t connections_max = 64;

Response page(http::status status, std::string body, std::string_view type = "text/plain; charset=utf-8")
{
    Response response(status, 11);
    response.set(http::field::content_type, {type.data(), type.size()});
    response.set(http::field::server, "triaged");
    response.body() = std::move(body);
    return response;
}

/// What another thread hands to a waiting coroutine.
struct Awaited {
    explicit Awaited(const asio::any_io_executor& executor)
        : arrived(executor, asio::steady_timer::time_point::max())
    {}
    asio::steady_timer arrived;
    std::optional<std::string> text;
};

}  // namespace

struct HttpServer::Server {
    Server(asio::io_context& context, HttpPages what) : io(context), pages(std::move(what)) {}

    asio::awaitable<void> accept(std::shared_ptr<Tcp::acceptor> acceptor);
    asio::awaitable<void> serve(std::shared_ptr<beast::tcp_stream> stream);
    asio::awaitable<Response> answer(Request request);
    asio::awaitable<Response> metrics_page();

    asio::io_context& io;
    HttpPages pages;
    TaskGroup tasks;
    std::uint16_t port = 0;
    std::atomic<std::size_t> connections{0};
    bool stopped = false;
};

asio::awaitable<void> HttpServer::Server::accept(std::shared_ptr<Tcp::acceptor> acceptor)
{
    for (;;) {
        auto socket = Tcp::socket(asio::make_strand(io));
        const auto [failure] = co_await acceptor->async_accept(socket, nothrow);
        if (failure == asio::error::operation_aborted) co_return;
        if (failure || connections >= connections_max) continue;
        const auto executor = socket.get_executor();
        ++connections;
        auto stream = std::make_shared<beast::tcp_stream>(std::move(socket));
        tasks.spawn(executor, "http", serve(std::move(stream)));
    }
}

asio::awaitable<void> HttpServer::Server::serve(std::shared_ptr<beast::tcp_stream> stream)
{
    beast::flat_buffer buffer;
    http::request_parser<http::empty_body> parser;
    parser.header_limit(header_bytes_max);
    parser.body_limit(0);
    stream->expires_after(patience);
    const auto [failure, size] = co_await http::async_read(*stream, buffer, parser, nothrow);
    if (!failure) {  // or else closed, too slow, too big, or not HTTP
        auto request = parser.release();
        auto response = co_await answer(std::move(request));
        response.keep_alive(false);  // one page a connection: nothing idles
        response.prepare_payload();
        stream->expires_after(patience);
        co_await http::async_write(*stream, response, nothrow);
    }
    error_code ignored;
    stream->socket().shutdown(Tcp::socket::shutdown_both, ignored);
    --connections;
}

asio::awaitable<Response> HttpServer::Server::answer(Request request)
{
    if (request.method() != http::verb::get) co_return page(http::status::method_not_allowed, "GET only\n");
    const auto target = std::string_view(request.target().data(), request.target().size());
    if (target == "/healthz") co_return page(http::status::ok, "alive\n");
    if (target == "/readyz") {
        const bool ready = pages.ready();
        co_return page(ready ? http::status::ok : http::status::service_unavailable,
                       ready ? "ready\n" : "not ready: starting or stopping\n");
    }
    if (target == "/metrics") co_return co_await metrics_page();
    co_return page(http::status::not_found, "/metrics, /healthz and /readyz are here\n");
}

asio::awaitable<Response> HttpServer::Server::metrics_page()
{
    const auto executor = co_await asio::this_coro::executor;
    auto awaited = std::make_shared<Awaited>(executor);  // shared with the thread that answers
    pages.metrics([awaited, executor](std::string text) {
        asio::post(executor, [awaited, text = std::move(text)]() mutable {
            awaited->text = std::move(text);
            awaited->arrived.cancel();
        });
    });
    awaited->arrived.expires_after(patience);
    if (!awaited->text) co_await awaited->arrived.async_wait(nothrow);
    if (!awaited->text) co_return page(http::status::service_unavailable, "the desk is busy\n");
    co_return page(http::status::ok, std::move(*awaited->text), "text/plain; version=0.0.4; charset=utf-8");
}

HttpServer::HttpServer(asio::io_context& io, HttpPages pages)
    : server_(std::make_unique<Server>(io, std::move(pages)))
{}

HttpServer::~HttpServer() { check(server_->stopped, "the HTTP server is stopped before it goes"); }

std::uint16_t HttpServer::port() const { return server_->port; }

Result<void> HttpServer::listen(const config::TcpAddress& address)
{
    const auto cannot = [&](const error_code& why) {
        return fail(ErrorCode::unavailable, fmt::format("cannot listen on {}:{} for HTTP: {}", address.host,
                                                        address.port, why.message()));
    };
    error_code failure;
    const auto host =
        asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, failure);
    if (failure) return cannot(failure);
    const auto endpoint = Tcp::endpoint(host, address.port);
    auto acceptor = std::make_shared<Tcp::acceptor>(asio::make_strand(server_->io));
    acceptor->open(endpoint.protocol(), failure);
    if (!failure) acceptor->set_option(Tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor->bind(endpoint, failure);
    if (!failure) acceptor->listen(asio::socket_base::max_listen_connections, failure);
    if (failure) return cannot(failure);
    server_->port = acceptor->local_endpoint().port();
    spdlog::info("metrics and health on http://{}:{}", address.host, server_->port);
    server_->tasks.spawn(acceptor->get_executor(), "accept http", server_->accept(acceptor));
    return {};
}

void HttpServer::stop()
{
    server_->tasks.cancel();
    const bool ended = server_->tasks.join(2 * patience);
    check(ended, "every wait of the HTTP server has a deadline");
    server_->stopped = true;
}

}  // namespace triaged::daemon
