// Sessions: one connection each. Reads big, hands whole reads to the desk, writes whole batches of replies.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "engine/channels/line_buffer.hpp"
#include "engine/daemon/access.hpp"
#include "engine/daemon/intake.hpp"
#include "engine/daemon/mailbox.hpp"
#include "engine/daemon/signal.hpp"
#include "engine/daemon/task_group.hpp"

namespace triaged::daemon {

/// What sessions use of the daemon; all of it outlives them.
struct SessionServices {
    Mailbox& mailbox;
    const IntakeSlot& intake;
    Metrics& metrics;
    const config::SocketLimits& limits;
    const std::vector<config::Token>& tokens;
    /// Starts a reload; calls back once, from any thread, with the reply's line.
    std::function<void(std::string id, std::uint64_t line, std::function<void(std::string)> done)> reload;
    /// The same for rules that are tried.
    std::function<void(channels::TryRules what, std::string id, std::uint64_t line,
                       std::function<void(std::string)> done)>
        try_rules;
    /// The reply's line to `shadow`.
    std::function<std::string(std::string_view id)> show_shadow;
    /// A watcher has taken in what was sent to it and may get more.
    std::function<void()> watcher_ready;
    /// The connection has gone.
    std::function<void(std::uint64_t number)> closed;
};

class Session : public std::enable_shared_from_this<Session> {
public:
    using Socket = asio::generic::stream_protocol::socket;

    static constexpr std::chrono::seconds write_patience{
        60};  // a peer that takes nothing for so long is cut off
    static constexpr std::chrono::seconds auth_patience{10};    // likewise one that does not say who it is
    static constexpr std::chrono::seconds hang_up_patience{2};  // for a refused peer to read why

    /// \param socket its executor is a strand; all of the session runs there.
    Session(Socket socket, std::uint64_t number, SessionServices& services);

    /// Reads and writes until the connection ends.
    void start(TaskGroup& tasks);
    /// From any thread: reads no more, answers what is in hand, closes.
    void finish();
    /// From any thread: closes at once.
    void abort();
    /// From any thread: closes if some patience has run out.
    void check_patience(SteadyTime now);

private:
    asio::awaitable<void> read_requests(std::shared_ptr<Session> self);
    asio::awaitable<void> write_replies(std::shared_ptr<Session> self);
    asio::awaitable<bool> wait_for_room();
    asio::awaitable<void> wait_for_reload();
    asio::awaitable<bool> send_all();
    asio::awaitable<void> hang_up();

    void take_lines(bool at_end);
    Item make_item(std::string_view line);
    Errand make_errand(channels::RequestBody&& body, std::string& id);
    Errand prepare(Command&& command);
    Errand authenticate(const channels::Authenticate& request, const std::string& id);
    ReadyReply refuse(channels::Refusal refusal, bool close = false);
    void submit(Parcel parcel);

    void deliver(Delivery delivery);
    void send_what_fits();
    void settle_pushed(std::uint32_t lines);
    void close_now();
    void task_ended();
    bool has_room() const;
    bool may_end() const { return reading_ended_ && in_flight_ == 0; }

    Socket socket_;
    SessionServices& services_;
    PeerPtr peer_;
    channels::LineBuffer inbox_;
    Signal room_;                           // there may be room to read on
    Signal work_;                           // there may be something to write
    std::shared_ptr<const Intake> intake_;  // shared with the desk and other sessions, until the next reload
    std::optional<Grant> grant_;

    std::string unsent_;
    std::string sending_;
    std::uint32_t unsent_pushed_ = 0;
    std::uint64_t lines_ = 0;
    std::size_t in_flight_ = 0;  // weight of requests that wait for their replies
    int tasks_left_ = 2;
    bool held_back_ = false;  // complete lines wait in the inbox
    bool stopping_ = false;   // what is still in the inbox is answered `unavailable`
    bool reading_ended_ = false;
    bool closing_ = false;  // once what is unsent has been sent
    bool broken_ = false;
    bool writing_ = false;  // the writer is sending
    bool reloading_ = false;
    std::string reload_id_;
    std::optional<channels::TryRules> tried_;  // what is waited for, if it is no reload
    SteadyTime opened_at_;
    std::optional<SteadyTime> write_since_;  // no progress since then
    std::optional<SteadyTime> hang_up_since_;
};

}  // namespace triaged::daemon
