// The sequencer: the one thread that decides. Takes what others put in the mailbox, in order, and hands what
// follows to the journal's thread; the next batch forms while the last one is being made durable.

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "engine/daemon/journal_thread.hpp"
#include "engine/daemon/mailbox.hpp"
#include "engine/desk/desk.hpp"

namespace triaged::daemon {

class Sequencer {
public:
    struct Hooks {
        /// A watcher is to be fed from `from` on; called once its reply has left.
        std::function<void(PeerPtr peer, Seq from, std::vector<std::string> events)> watch;
        std::function<void(std::uint64_t peer)> unwatch;
    };

    static constexpr std::size_t batch_events_max = 32'768;
    static constexpr std::size_t batch_bytes_max = 8 * 1'024 * 1'024;

    /// \param state as restored from the journal, whose next event is to be `state.head + 1`.
    Sequencer(desk::State state, std::shared_ptr<const desk::Policies> policies, Mailbox& mailbox,
              JournalThread& journal, Metrics& metrics, Hooks hooks);
    /// \pre stopped
    ~Sequencer();

    void start();
    /// Decides what is in the mailbox, waits until all is durable, and ends the thread.
    void stop();

private:
    void run();
    void handle(Parcel& parcel);
    void handle(PeerClosed& closed);
    void handle(Adopt& adopt);
    void handle(Inspect& inspect);

    void carry_out(const PeerPtr& peer, Item& item);
    void decide(const PeerPtr& peer, const Item& item, Command& command);
    void reply_ping(std::string& out, const std::string& id) const;
    void explain(const PeerPtr& peer, const Item& item, TicketId ticket);
    void show(std::string& out, const Item& item, TicketId ticket);
    void watch(const PeerPtr& peer, const Item& item, const channels::Watch& request);
    void refuse_unknown(std::string& out, const Item& item, TicketId ticket);

    /// Decides on the desk's own account. \return whether anything happened.
    bool command_itself(const Command& command);
    void adopt_rulebook();
    void set_unconnected_agents_away();
    void tick_if_due();

    void take_events(const std::vector<Event>& events, const Peer* asked_by);
    void push(const Event& event, const Peer* asked_by);
    void connect_agent(const PeerPtr& peer, const AgentId& agent);

    Delivery& delivery_for(const PeerPtr& peer);
    bool batch_full() const;
    void hand_over();
    std::optional<SteadyTime> next_wake() const;
    void look_at_clock();

    desk::State state_;
    std::shared_ptr<const desk::Policies> policies_;  // shared with whoever explains or shows by them
    Mailbox& mailbox_;
    JournalThread& journal_;
    Metrics& metrics_;
    Hooks hooks_;

    Instant now_;  // never runs backwards, whatever the wall clock does
    Commit open_;
    std::uint64_t batch_number_ = 1;
    std::map<AgentId, std::vector<PeerPtr>> connections_;  // of agents
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace triaged::daemon
