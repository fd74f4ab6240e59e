// A whole daemon in this process, on a temporary folder and a Unix socket, and a blocking client of its
// socket.

#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "engine/daemon/daemon.hpp"

namespace triaged::test {

namespace json = boost::json;

/// Speaks lines; every wait has a deadline, after which the test fails.
class Client {
public:
    explicit Client(const std::string& unix_path);
    /// TCP on loopback.
    explicit Client(std::uint16_t port);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(const std::string& bytes);
    /// Sends a line and reads its reply; pushed lines that come before it are kept for `push`.
    json::object ask(const std::string& line);
    /// The next reply.
    json::object reply();
    /// The next pushed line.
    json::object push();
    /// No more will be sent.
    void end_sending();
    /// Whether the daemon has closed the connection; reads what is left, and waits for it.
    bool closed();

private:
    void connect(int domain, const void* address, std::size_t size);
    std::string line();
    bool read_more();

    int socket_ = -1;
    std::string inbox_;
    std::vector<json::object> pushed_;
};

/// A folder with a small configuration, its rules, and the daemon that runs on them.
class TestDesk {
public:
    /// \param more lines at the end of triaged.yaml
    explicit TestDesk(const std::string& more = {});
    ~TestDesk();

    void start();
    void stop();
    void restart() { stop(), start(); }

    Client client() const { return Client(socket_path()); }
    std::string socket_path() const { return (folder_ / "socket").string(); }
    std::string journal_path() const { return (folder_ / "data" / "journal.db").string(); }
    std::string read_model_path() const { return (folder_ / "data" / "readmodel.db").string(); }
    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream(folder_ / name) << text;
    }
    /// triaged.yaml, with `more` lines at its end.
    void write_settings(const std::string& more) const;
    daemon::Daemon& daemon() { return *daemon_; }
    /// The rulebook it was last started with.
    const std::weak_ptr<const rulebook::Rulebook>& started_with() const { return started_with_; }
    /// Every event in the journal, read by a connection of its own.
    std::vector<Event> journal() const;

    /// Changes what was loaded before it starts.
    std::function<void(config::Config&)> adjust = [](config::Config&) {};

private:
    std::filesystem::path folder_;
    std::unique_ptr<daemon::Daemon> daemon_;
    std::weak_ptr<const rulebook::Rulebook> started_with_;
};

/// `{"ref":…,"channel":"email","body":…}` with more fields, if any.
std::string ticket(const std::string& ref, const std::string& more = {});

std::string code_of(const json::object& reply);
bool is_ok(const json::object& reply);

inline constexpr const char* rules_route = R"(
stage: route
rules:
  - rule: smashed
    when: {text: [smashed]}
    then: {queue: returns}
  - rule: default
    then: {queue: general}
)";

}  // namespace triaged::test
