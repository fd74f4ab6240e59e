// Peers: what the load client can speak to. The same tickets go to each, one durable write a ticket.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/load/tickets.hpp"

namespace triaged::load {

/// One connection. Non-blocking; the client's loop waits on `fd` and calls back.
class Connection {
public:
    virtual ~Connection() = default;
    virtual int fd() const = 0;
    /// Queues one request; `flush` sends.
    virtual void send(const Tickets& tickets, const std::string& run, std::uint64_t n) = 0;
    /// Writes what is queued as far as the socket takes it. \return whether something is left.
    virtual bool flush() = 0;
    /// Reads what has come. \return how many requests were answered; refusals are added to `refused`.
    virtual std::size_t receive(std::uint64_t& refused, std::string& why) = 0;
};

/// `to` is `HOST:PORT` or `unix:PATH`; for PostgreSQL a connection string.
/// \throws std::runtime_error if it cannot connect.
std::unique_ptr<Connection> connect_triaged(const std::string& to);
std::unique_ptr<Connection> connect_redis(const std::string& to);  // XADD to the stream `load`
std::unique_ptr<Connection> connect_postgres(
    const std::string& to);  // INSERT INTO load, one transaction each

}  // namespace triaged::load
