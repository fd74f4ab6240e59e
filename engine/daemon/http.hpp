// HTTP for machines that watch over us: /metrics, /healthz and /readyz, on loopback. Not the tickets' API.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "engine/config/config.hpp"
#include "engine/daemon/task_group.hpp"

namespace triaged::daemon {

struct HttpPages {
    std::function<bool()> ready;  // whether tickets are taken
    /// Works out the page of metrics and hands it over, from any thread, once.
    std::function<void(std::function<void(std::string)> done)> metrics;
};

class HttpServer {
public:
    HttpServer(asio::io_context& io, HttpPages pages);
    /// \pre stopped
    ~HttpServer();

    Result<void> listen(const config::TcpAddress& address);
    std::uint16_t port() const;
    void stop();

private:
    struct Server;
    std::unique_ptr<Server> server_;
};

}  // namespace triaged::daemon
