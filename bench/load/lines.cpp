// Peers that answer in lines: triaged (one a request) and Redis (a size and a value a request).

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "bench/load/peer.hpp"

namespace triaged::load {

namespace {

[[noreturn]] void cannot(const std::string& what)
{
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

int connect_unix(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("path too long: " + path);
    std::memcpy(address.sun_path, path.data(), path.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        cannot("cannot connect to " + path);
    return fd;
}

int connect_tcp(const std::string& to)
{
    const auto colon = to.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error("'" + to + "' is not HOST:PORT");
    addrinfo wanted{}, *found = nullptr;
    wanted.ai_socktype = SOCK_STREAM;
    if (const int failure =
            ::getaddrinfo(to.substr(0, colon).c_str(), to.substr(colon + 1).c_str(), &wanted, &found);
        failure != 0)
        throw std::runtime_error(to + ": " + gai_strerror(failure));
    const auto owner = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>(found, &::freeaddrinfo);
    const int fd = ::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, found->ai_addr, found->ai_addrlen) != 0) cannot("cannot connect to " + to);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

class LineConnection : public Connection {
public:
    explicit LineConnection(const std::string& to)
        : fd_(to.starts_with("unix:") ? connect_unix(to.substr(5)) : connect_tcp(to)), inbox_(1 << 18, '\0')
    {}
    ~LineConnection() override { ::close(fd_); }
    LineConnection(const LineConnection&) = delete;
    LineConnection& operator=(const LineConnection&) = delete;

    int fd() const override { return fd_; }

    bool flush() override
    {
        while (sent_ < outbox_.size()) {
            const auto size =
                ::send(fd_, outbox_.data() + sent_, outbox_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
            if (size < 0) cannot("sending");
            sent_ += static_cast<std::size_t>(size);
        }
        outbox_.clear();
        sent_ = 0;
        return false;
    }

    std::size_t receive(std::uint64_t& refused, std::string& why) override
    {
        const auto size = ::recv(fd_, inbox_.data() + kept_, inbox_.size() - kept_, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
        if (size < 0) cannot("receiving");
        if (size == 0) throw std::runtime_error("the peer closed the connection");
        auto rest = std::string_view(inbox_.data(), kept_ + static_cast<std::size_t>(size));
        std::size_t answered = 0;
        for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos;
             rest.remove_prefix(end + 1)) {
            const auto verdict = judge(rest.substr(0, end));
            if (verdict == Verdict::more) continue;
            ++answered;
            if (verdict == Verdict::good) continue;
            ++refused;
            why = rest.substr(0, end);
        }
        kept_ = rest.size();
        std::memmove(inbox_.data(), rest.data(), rest.size());
        if (kept_ == inbox_.size()) inbox_.resize(inbox_.size() * 2);
        return answered;
    }

protected:
    enum class Verdict { good, refused, more };
    virtual Verdict judge(std::string_view line) = 0;
    std::string& outbox() { return outbox_; }

private:
    int fd_;
    std::string outbox_;
    std::size_t sent_ = 0;
    std::string inbox_;
    std::size_t kept_ = 0;
};

class TriagedConnection final : public LineConnection {
public:
    using LineConnection::LineConnection;

    void send(const Tickets& tickets, const std::string& run, std::uint64_t n) override
    {
        tickets.append(outbox(), run, n);
        outbox() += '\n';
    }

private:
    Verdict judge(std::string_view line) override
    {
        return line.starts_with(R"({"ok":true)") ? Verdict::good : Verdict::refused;
    }
};

class RedisConnection final : public LineConnection {
public:
    using LineConnection::LineConnection;

    void send(const Tickets& tickets, const std::string& run, std::uint64_t n) override
    {
        ticket_.clear();
        tickets.append(ticket_, run, n);
        outbox() += "*5\r\n$4\r\nXADD\r\n$4\r\nload\r\n$1\r\n*\r\n$1\r\nt\r\n$" +
                    std::to_string(ticket_.size()) + "\r\n";
        outbox() += ticket_;
        outbox() += "\r\n";
    }

private:
    Verdict judge(std::string_view line) override
    {
        if (line.starts_with('$')) return Verdict::more;  // the size of the id that follows
        return line.starts_with('-') ? Verdict::refused : Verdict::good;
    }

    std::string ticket_;
};

}  // namespace

std::unique_ptr<Connection> connect_triaged(const std::string& to)
{
    return std::make_unique<TriagedConnection>(to);
}
std::unique_ptr<Connection> connect_redis(const std::string& to)
{
    return std::make_unique<RedisConnection>(to);
}

}  // namespace triaged::load
