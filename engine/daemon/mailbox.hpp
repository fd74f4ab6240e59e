// The mailbox: what sessions and other threads hand to the desk, and what comes back to them.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/channels/request.hpp"
#include "engine/daemon/metrics.hpp"
#include "engine/desk/desk.hpp"

namespace triaged::daemon {

/// Bytes for one connection. `late`, if set, makes more of them where they are delivered: not in the desk's
/// turn.
struct Delivery {
    std::string bytes;
    std::function<void(std::string& out)> late;
    std::uint32_t weight = 0;  // of the requests they answer
    std::uint32_t pushed = 0;  // pushed lines among them
};

/// A connection as other threads see it.
struct Peer {
    std::uint64_t number = 0;               // for logs
    std::function<void(Delivery)> deliver;  // from any thread; after the connection has gone it does nothing
    std::atomic<std::uint32_t> pushed_waiting{0};  // pushed lines not yet sent

    // For the desk alone:
    std::vector<AgentId> agents;  // signed in over this connection
    std::uint64_t batch = 0;      // the batch that `place` is about
    std::size_t place = 0;        // of its delivery among the batch's
};
using PeerPtr = std::shared_ptr<Peer>;  // shared by a session, the messages it sent and the replies to them

/// A reply that needs nothing of the desk but its place in the order: refusals, authentication, reload.
struct ReadyReply {
    std::string line;  // with its newline
};

/// What the desk does for a request.
using Errand =
    std::variant<ReadyReply, Command, channels::Ping, channels::ExplainTicket, channels::ShowQueues,
                 channels::ShowAgents, channels::ShowStats, channels::ShowTicket, channels::ShowSla,
                 channels::Watch, channels::ShowProblems, channels::ShowProblem>;

struct Item {
    std::uint64_t line = 0;  // of the connection, from 1
    std::uint32_t weight =
        1;           // against the requests a connection may have in flight; more if the reply may be long
    std::string id;  // JSON to repeat, or empty
    Errand errand;
};

/// All requests of one read of one connection.
struct Parcel {
    PeerPtr peer;
    SteadyTime received_at;
    std::vector<Item> items;
    std::size_t bytes = 0;  // that they came in
};

struct PeerClosed {
    PeerPtr peer;
};

/// New policies come into force, whole.
struct Adopt {
    std::shared_ptr<const desk::Policies> policies;
    std::function<void()> adopted;  // called in the desk's turn
};

/// A look at the desk, in its turn.
struct Inspect {
    std::function<void(const desk::Policies&, const desk::State&)> look;
};

using Message = std::variant<Parcel, PeerClosed, Adopt, Inspect>;

/// Bounded by bytes of requests. Any thread puts, the desk takes.
class Mailbox {
public:
    explicit Mailbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// `ring` is called, by whoever puts it, for the first message after each `take`. \pre nobody puts yet
    void on_arrival(std::function<void()> ring) { ring_ = std::move(ring); }

    void put(Message message);

    /// Whether sessions may go on reading; what is in hand may always be put.
    bool has_room() const { return bytes_.load(std::memory_order_relaxed) < bytes_max_; }
    /// Calls `wake` once there is room: now, or in the desk's turn.
    void call_when_room(std::function<void()> wake);

    /// Every message, oldest first.
    std::vector<Message> take();

    /// Whether messages are waiting; a hint.
    bool empty() const { return empty_.load(std::memory_order_relaxed); }

private:
    const std::size_t bytes_max_;
    std::atomic<std::size_t> bytes_{0};
    std::atomic<bool> empty_{true};
    std::mutex mutex_;
    std::function<void()> ring_;
    std::vector<Message> messages_;
    std::vector<std::function<void()>> waiting_for_room_;
};

}  // namespace triaged::daemon
