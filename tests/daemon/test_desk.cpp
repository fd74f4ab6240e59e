#include "tests/daemon/test_desk.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "engine/journal/codec.hpp"

namespace triaged::test {

namespace {

constexpr int patience_ms = 20'000;

[[noreturn]] void give_up(const std::string& why) { throw std::runtime_error(why); }

}  // namespace

Client::Client(const std::string& unix_path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, unix_path.c_str(), unix_path.size() + 1);
    connect(AF_UNIX, &address, sizeof address);
}

Client::Client(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(AF_INET, &address, sizeof address);
}

Client::~Client() { ::close(socket_); }

void Client::connect(int domain, const void* address, std::size_t size)
{
    socket_ = ::socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket_, static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)) != 0)
        give_up(std::string("cannot connect: ") + std::strerror(errno));
}

void Client::send(const std::string& bytes)
{
    for (std::size_t sent = 0; sent < bytes.size();) {
        const auto size = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (size < 0) give_up(std::string("cannot send: ") + std::strerror(errno));
        sent += static_cast<std::size_t>(size);
    }
}

void Client::end_sending() { ::shutdown(socket_, SHUT_WR); }

bool Client::read_more()
{
    pollfd wanted{socket_, POLLIN, 0};
    if (::poll(&wanted, 1, patience_ms) <= 0) give_up("nothing came in time");
    std::string bytes(65'536, '\0');
    const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (size <= 0) return false;
    inbox_.append(bytes, 0, static_cast<std::size_t>(size));
    return true;
}

std::string Client::line()
{
    for (;;) {
        if (const auto end = inbox_.find('\n'); end != std::string::npos) {
            auto line = inbox_.substr(0, end);
            inbox_.erase(0, end + 1);
            return line;
        }
        if (!read_more()) give_up("the daemon closed the connection");
    }
}

json::object Client::reply()
{
    for (;;) {
        auto object = json::parse(line()).as_object();
        if (object.contains("ok")) return object;
        pushed_.push_back(std::move(object));
    }
}

json::object Client::push()
{
    if (pushed_.empty()) return json::parse(line()).as_object();
    auto first = std::move(pushed_.front());
    pushed_.erase(pushed_.begin());
    return first;
}

json::object Client::ask(const std::string& request)
{
    send(request + "\n");
    return reply();
}

bool Client::closed()
{
    while (read_more()) {
    }
    return true;
}

TestDesk::TestDesk(const std::string& more)
{
    auto pattern = (std::filesystem::temp_directory_path() / "triaged-daemon-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) give_up("no temporary folder");
    folder_ = pattern;
    std::filesystem::create_directory(folder_ / "rules");
    write_settings(more);
    write("queues.yaml",
          "skills: {returns: Judging what came back}\n"
          "queues:\n  general: {}\n  returns: {skills: {returns: 1}}\n");
    write("agents.yaml", "");
    write("rules/40-route.yaml", rules_route);
}

void TestDesk::write_settings(const std::string& more) const
{
    write("triaged.yaml", "data_dir: data\nrules: rules\nlisten: {unix: " + socket_path() + "}\n" + more);
}

TestDesk::~TestDesk()
{
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void TestDesk::start()
{
    std::vector<Diagnostic> found;
    auto fault = daemon::Fault::none;
    auto loaded = daemon::load((folder_ / "triaged.yaml").string(), std::nullopt, found, fault);
    if (!loaded) give_up(render(found, false));
    adjust(loaded->config);
    started_with_ = loaded->rulebook;
    auto started = daemon::Daemon::start(std::move(*loaded), {});
    if (!started) give_up(started.error().message);
    daemon_ = std::move(*started);
}

void TestDesk::stop()
{
    if (daemon_) daemon_->stop(std::chrono::seconds{10});
    daemon_.reset();
}

std::vector<Event> TestDesk::journal() const
{
    auto journal = journal::Journal::open(journal_path(), "main");
    if (!journal) give_up(journal.error().message);
    std::vector<Event> events;
    const auto read = (*journal)->read(0, [&](const journal::Batch& batch) {
        const auto decoded = journal::decode(batch.body, batch.first_seq, batch.count);
        if (!decoded) give_up(decoded.error().message);
        events.insert(events.end(), decoded->begin(), decoded->end());
        return true;
    });
    if (!read) give_up(read.error().message);
    return events;
}

std::string ticket(const std::string& ref, const std::string& more)
{
    return R"({"ref":")" + ref + R"(","channel":"email","body":"It came smashed")" + more + "}";
}

std::string code_of(const json::object& reply)
{
    const auto* const error = reply.if_contains("error");
    return error == nullptr ? "" : std::string(error->at("code").as_string());
}

bool is_ok(const json::object& reply) { return reply.at("ok").as_bool(); }

}  // namespace triaged::test
