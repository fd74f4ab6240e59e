#include "engine/daemon/listener.hpp"

#include <unistd.h>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "engine/channels/reply.hpp"
#include "engine/daemon/log.hpp"

namespace triaged::daemon {

namespace {

using boost::system::error_code;
constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);
constexpr auto patience_interval = std::chrono::seconds{1};
constexpr int backlog = 1'024;

/// Why a connection beyond the limit is closed.
std::string full_house()
{
    auto refusal = channels::Refusal{};
    refusal.error = {ErrorCode::unavailable, "there are as many connections as the configuration allows"};
    std::string line;
    channels::append_refusal(line, refusal, 0);
    return line;
}

bool somebody_listens(asio::io_context& io, const std::string& path)
{
    asio::local::stream_protocol::socket probe(io);
    error_code failure;
    probe.connect(path, failure);
    return !failure;
}

tl::unexpected<Error> cannot_listen(std::string_view where, const error_code& failure)
{
    return fail(ErrorCode::unavailable, fmt::format("cannot listen on {}: {}", where, failure.message()));
}

}  // namespace

bool is_loopback(const std::string& host)
{
    if (host == "localhost") return true;
    error_code failure;
    const auto address = asio::ip::make_address(host, failure);
    return !failure && address.is_loopback();
}

Listener::Listener(asio::io_context& io, SessionServices& services) : io_(io), services_(services)
{
    services_.closed = [this](std::uint64_t number) { session_closed(number); };
    acceptors_.spawn(io_.get_executor(), "patience", watch_patience());
}

Listener::~Listener() { check(stopped_, "the listener is stopped before it goes"); }

Result<void> Listener::listen_tcp(const config::TcpAddress& address)
{
    const auto where = fmt::format("{}:{}", address.host, address.port);
    error_code failure;
    auto resolver = Tcp::resolver(io_);
    const auto found =
        resolver.resolve(address.host, std::to_string(address.port), Tcp::resolver::passive, failure);
    if (failure || found.empty()) return cannot_listen(where, failure);
    const auto endpoint = found.begin()->endpoint();
    auto acceptor = std::make_shared<Tcp::acceptor>(asio::make_strand(io_));
    acceptor->open(endpoint.protocol(), failure);
    if (!failure) acceptor->set_option(Tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor->bind(endpoint, failure);
    if (!failure) acceptor->listen(backlog, failure);
    if (failure) return cannot_listen(where, failure);
    port_ = acceptor->local_endpoint().port();
    spdlog::info("listening on {}:{}", address.host, port_);
    acceptors_.spawn(acceptor->get_executor(), "accept tcp", accept_connections(acceptor));
    return {};
}

Result<void> Listener::listen_unix(const std::string& path)
{
    if (somebody_listens(io_, path))
        return fail(ErrorCode::unavailable, fmt::format("cannot listen on {}: another process does", path));
    ::unlink(path.c_str());
    error_code failure;
    auto acceptor = std::make_shared<Local::acceptor>(asio::make_strand(io_));
    acceptor->open(Local(), failure);
    if (!failure) acceptor->bind(Local::endpoint(path), failure);
    if (!failure) acceptor->listen(backlog, failure);
    if (failure) return cannot_listen(path, failure);
    unix_path_ = path;
    spdlog::info("listening on {}", path);
    acceptors_.spawn(acceptor->get_executor(), "accept unix", accept_connections(acceptor));
    return {};
}

template <class Acceptor>
asio::awaitable<void> Listener::accept_connections(std::shared_ptr<Acceptor> acceptor)
{
    using Socket = typename Acceptor::protocol_type::socket;
    for (;;) {
        auto socket = Socket(asio::make_strand(io_));
        const auto [failure] = co_await acceptor->async_accept(socket, nothrow);
        if (failure == asio::error::operation_aborted) co_return;
        if (failure) {
            // Out of descriptors, most likely: connections that close make room again.
            spdlog::warn("cannot accept a connection: {}", failure.message());
            auto pause = asio::steady_timer(acceptor->get_executor(), std::chrono::milliseconds{100});
            const auto [interrupted] = co_await pause.async_wait(nothrow);
            if (interrupted) co_return;
            continue;
        }
        error_code ignored;
        if constexpr (std::is_same_v<Socket, Tcp::socket>) socket.set_option(Tcp::no_delay(true), ignored);
        open_session(Session::Socket(std::move(socket)));
    }
}

void Listener::open_session(Session::Socket socket)
{
    std::shared_ptr<Session> session;
    {
        const std::lock_guard lock(mutex_);
        if (sessions_.size() >= services_.limits.sessions_max) {
            error_code ignored;
            socket.non_blocking(true, ignored);
            const auto line = full_house();
            socket.write_some(asio::buffer(line), ignored);
            return;
        }
        const auto number = next_number_++;
        session = std::make_shared<Session>(std::move(socket), number, services_);
        sessions_.emplace(number, session);
    }
    count(services_.metrics.connections_opened);
    session->start(session_tasks_);
}

void Listener::session_closed(std::uint64_t number)
{
    count(services_.metrics.connections_closed);
    const std::lock_guard lock(mutex_);
    sessions_.erase(number);
}

std::vector<std::shared_ptr<Session>> Listener::sessions()
{
    std::vector<std::shared_ptr<Session>> found;
    const std::lock_guard lock(mutex_);
    for (const auto& [number, weak] : sessions_)
        if (auto session = weak.lock()) found.push_back(std::move(session));
    return found;
}

asio::awaitable<void> Listener::watch_patience()
{
    auto timer = asio::steady_timer(io_);
    for (;;) {
        timer.expires_after(patience_interval);
        const auto [interrupted] = co_await timer.async_wait(nothrow);
        if (interrupted) co_return;
        const auto now = std::chrono::steady_clock::now();
        for (const auto& session : sessions()) session->check_patience(now);
    }
}

std::size_t Listener::stop(std::chrono::milliseconds patience)
{
    acceptors_.cancel();
    acceptors_.join(patience);
    for (const auto& session : sessions()) session->finish();
    std::size_t cut_off = 0;
    if (!session_tasks_.join(patience)) {
        const auto late = sessions();
        cut_off = late.size();
        for (const auto& session : late) session->abort();
        const bool ended = session_tasks_.join(std::chrono::seconds{5});
        check(ended, "a session whose socket is closed ends");
    }
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
    stopped_ = true;
    return cut_off;
}

}  // namespace triaged::daemon
