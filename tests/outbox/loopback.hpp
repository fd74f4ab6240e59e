// A server on loopback: one connection after the other, on a thread of its own.

#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace triaged::test {

class LoopbackServer {
public:
    using Serve = std::function<void(boost::asio::ip::tcp::socket&)>;

    /// \param serve  has one conversation to its end; what it uses outlives the server
    explicit LoopbackServer(Serve serve)
        : serve_(std::move(serve)), acceptor_(io_, {boost::asio::ip::make_address("127.0.0.1"), 0})
    {
        thread_ = std::thread([this] { run(); });
    }
    ~LoopbackServer()
    {
        stopping_ = true;
        boost::system::error_code ignored;
        boost::asio::io_context io;
        boost::asio::ip::tcp::socket wake(io);  // out of `accept`
        wake.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
    }
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    void run()
    {
        while (!stopping_) {
            boost::system::error_code failure;
            boost::asio::ip::tcp::socket socket(io_);
            acceptor_.accept(socket, failure);
            if (!failure && !stopping_) serve_(socket);
        }
    }

    Serve serve_;
    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace triaged::test
