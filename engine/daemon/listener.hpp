// The listener: accepts connections on TCP and Unix sockets and keeps the sessions that come of them.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "engine/daemon/session.hpp"

namespace triaged::daemon {

class Listener {
public:
    /// \param services outlive the listener; its `closed` is this listener's to set.
    Listener(asio::io_context& io, SessionServices& services);
    /// \pre stopped
    ~Listener();

    /// Listens, or says why not. A Unix socket file that nobody listens on is replaced.
    Result<void> listen_tcp(const config::TcpAddress& address);
    Result<void> listen_unix(const std::string& path);
    /// The port that TCP connections are accepted on; 0 if none.
    std::uint16_t port() const { return port_; }

    /// Accepts no more; sessions answer what is in hand and close. Those that have not within `patience` are
    /// cut off. \return how many were cut off.
    std::size_t stop(std::chrono::milliseconds patience);

private:
    using Tcp = asio::ip::tcp;
    using Local = asio::local::stream_protocol;

    template <class Acceptor>
    asio::awaitable<void> accept_connections(std::shared_ptr<Acceptor> acceptor);
    asio::awaitable<void> watch_patience();
    void open_session(Session::Socket socket);
    std::vector<std::shared_ptr<Session>> sessions();
    void session_closed(std::uint64_t number);

    asio::io_context& io_;
    SessionServices& services_;
    TaskGroup acceptors_;
    TaskGroup session_tasks_;
    std::uint16_t port_ = 0;
    std::string unix_path_;
    std::mutex mutex_;
    std::map<std::uint64_t, std::weak_ptr<Session>> sessions_;  // they own themselves while their tasks run
    std::uint64_t next_number_ = 1;
    bool stopped_ = false;
};

/// Whether only this machine can reach `host`.
bool is_loopback(const std::string& host);

}  // namespace triaged::daemon
