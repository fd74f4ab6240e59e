// A receiver of webhooks: a real HTTP server on loopback that remembers what it was sent and answers as it is
// told.

#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace triaged::test {

struct Received {
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

class Receiver {
public:
    Receiver() : acceptor_(io_, {boost::asio::ip::make_address("127.0.0.1"), 0})
    {
        thread_ = std::thread([this] { run(); });
    }
    ~Receiver()
    {
        stopping_ = true;
        boost::system::error_code ignored;
        boost::asio::io_context io;
        boost::asio::ip::tcp::socket wake(io);  // out of `accept`
        wake.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port()) + "/hook?a=1"; }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    /// The status of the next answers; the last one stays.
    void answer(std::vector<unsigned> statuses)
    {
        const std::lock_guard lock(mutex_);
        statuses_ = std::move(statuses);
    }
    std::vector<Received> received() const
    {
        const std::lock_guard lock(mutex_);
        return received_;
    }

private:
    void run()
    {
        namespace http = boost::beast::http;
        while (!stopping_) {
            boost::system::error_code failure;
            boost::asio::ip::tcp::socket socket(io_);
            acceptor_.accept(socket, failure);
            if (failure || stopping_) continue;
            boost::beast::flat_buffer buffer;
            http::request<http::string_body> request;
            http::read(socket, buffer, request, failure);
            if (failure) continue;
            http::response<http::string_body> response(take(request), request.version());
            response.set(http::field::retry_after, "0");
            response.prepare_payload();
            http::write(socket, response, failure);
        }
    }

    boost::beast::http::status take(
        const boost::beast::http::request<boost::beast::http::string_body>& request)
    {
        const std::lock_guard lock(mutex_);
        auto& received = received_.emplace_back();
        received.target = std::string(request.target());
        received.body = request.body();
        for (const auto& header : request) {
            auto name = std::string(header.name_string());
            for (auto& letter : name)
                letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
            received.headers[name] = std::string(header.value());
        }
        const auto status = statuses_.front();
        if (statuses_.size() > 1) statuses_.erase(statuses_.begin());
        return static_cast<boost::beast::http::status>(status);
    }

    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_;
    std::vector<unsigned> statuses_{200};
    std::vector<Received> received_;
    std::thread thread_;
};

}  // namespace triaged::test
