// A daemon that answers as a test says, one connection at a time, on a port of its own.

#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "engine/ctl/client.hpp"

namespace triaged::ctl {

class FakeDaemon {
public:
    /// From a request line to what is written back, newlines included; nothing closes the connection.
    using Answer = std::function<std::optional<std::string>(const std::string& line)>;

    explicit FakeDaemon(Answer answer)
        : answer_(std::move(answer)),
          acceptor_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}),
          port_(acceptor_.local_endpoint().port()),
          thread_([this] { serve(); })
    {}
    FakeDaemon(const FakeDaemon&) = delete;
    FakeDaemon& operator=(const FakeDaemon&) = delete;
    ~FakeDaemon()
    {
        stopping_ = true;
        boost::asio::io_context context;
        boost::asio::ip::tcp::socket wake(context);  // the thread may be waiting for a connection
        boost::system::error_code ignored;
        wake.connect({boost::asio::ip::make_address("127.0.0.1"), port_}, ignored);
        thread_.join();
    }

    Endpoint endpoint() const { return {"127.0.0.1", port_, {}}; }
    std::string address() const { return to_string(endpoint()); }

    /// Every line of every connection so far.
    std::vector<std::string> lines() const
    {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    int connections() const { return connections_; }

private:
    void serve()
    {
        while (!stopping_) {
            boost::asio::ip::tcp::socket socket(context_);
            boost::system::error_code failure;
            acceptor_.accept(socket, failure);
            if (failure || stopping_) return;
            ++connections_;
            converse(socket);
        }
    }

    void converse(boost::asio::ip::tcp::socket& socket)
    {
        std::string inbox;
        for (;;) {
            boost::system::error_code failure;
            const auto size =
                boost::asio::read_until(socket, boost::asio::dynamic_buffer(inbox), '\n', failure);
            if (failure) return;
            const auto line = inbox.substr(0, size - 1);
            inbox.erase(0, size);
            {
                const std::lock_guard lock(mutex_);
                lines_.push_back(line);
            }
            const auto answer = answer_(line);
            if (!answer) return;
            boost::asio::write(socket, boost::asio::buffer(*answer), failure);
            if (failure) return;
        }
    }

    Answer answer_;
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
    std::thread thread_;  // last: it uses all the others
};

}  // namespace triaged::ctl
