// A connection to a receiver or a relay, in the plain or under TLS.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include "engine/config/config.hpp"
#include "engine/model/result.hpp"
#include "engine/model/time.hpp"

namespace triaged::outbox {

/// Every failure is `unavailable`, and says who the peer is, what was being done and why it failed. To look
/// for the peer's address is the one thing that may take longer than the limit.
class Connection {
public:
    /// \param limit  from now on, of everything together
    Connection(boost::asio::any_io_executor executor, config::TcpAddress peer, Duration limit);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    boost::asio::awaitable<Result<void>> open();
    /// TLS 1.2 or newer from here on, with a peer who proves to be the host that it was connected to.
    /// \param authorities  certificates (PEM) that are trusted beside the system's; outlives the wait
    boost::asio::awaitable<Result<void>> encrypt(const std::string& authorities);
    /// \pre `bytes` and `doing` outlive the wait, as in the next
    boost::asio::awaitable<Result<void>> send(std::string_view bytes, std::string_view doing);
    /// What comes next, which stands until the next call; nothing if the peer has ended.
    boost::asio::awaitable<Result<std::string_view>> receive(std::string_view doing);

    tl::unexpected<Error> failed(std::string_view doing, std::string_view why) const;

private:
    struct Streams;  // Asio's, and their templates, stay in one file

    std::string why(const boost::system::error_code& failure) const;

    config::TcpAddress peer_;
    Duration limit_;
    std::unique_ptr<Streams> streams_;
    std::string inbox_;
};

}  // namespace triaged::outbox
