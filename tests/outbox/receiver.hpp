// A receiver of webhooks: a real HTTP server on loopback that remembers what it was sent and answers as it is
// told.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "tests/outbox/loopback.hpp"

namespace triaged::test {

struct Received {
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

class Receiver {
public:
    /// \param tls  by which it speaks https; none: http
    explicit Receiver(std::shared_ptr<boost::asio::ssl::context> tls = nullptr) : tls_(std::move(tls)) {}

    std::string url(const std::string& host = "127.0.0.1") const
    {
        return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port()) + "/hook?a=1";
    }
    std::uint16_t port() const { return server_.port(); }
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
    /// The hosts that were asked for before TLS began (SNI).
    std::vector<std::string> asked_for() const
    {
        const std::lock_guard lock(mutex_);
        return asked_for_;
    }

private:
    using Request = boost::beast::http::request<boost::beast::http::string_body>;

    void serve(boost::asio::ip::tcp::socket& socket)
    {
        if (!tls_) return converse(socket);
        boost::system::error_code failure;
        boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream(socket, *tls_);
        stream.handshake(boost::asio::ssl::stream_base::server, failure);
        if (const auto* const name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name)) {
            const std::lock_guard lock(mutex_);
            asked_for_.emplace_back(name);
        }
        if (failure) return;
        converse(stream);
        stream.shutdown(failure);
    }

    template <class Stream>
    void converse(Stream& stream)
    {
        namespace http = boost::beast::http;
        boost::system::error_code failure;
        boost::beast::flat_buffer buffer;
        Request request;
        http::read(stream, buffer, request, failure);
        if (failure) return;
        http::response<http::string_body> response(take(request), request.version());
        response.set(http::field::retry_after, "0");
        response.prepare_payload();
        http::write(stream, response, failure);
    }

    boost::beast::http::status take(const Request& request)
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

    std::shared_ptr<boost::asio::ssl::context> tls_;
    mutable std::mutex mutex_;
    std::vector<unsigned> statuses_{200};
    std::vector<Received> received_;
    std::vector<std::string> asked_for_;
    LoopbackServer server_{[this](boost::asio::ip::tcp::socket& socket) { serve(socket); }};
};

}  // namespace triaged::test
