// The sequencer: the one place that decides. In turns on the I/O threads, never two at a time, it takes what
// others put in the mailbox, in order, and hands what follows to the journal's thread; the next batch forms
// while the last one is being made durable.

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

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
        /// What each step decided, on the desk's thread: waits for nothing.
        std::function<void(const std::shared_ptr<const desk::Policies>&, const desk::State&,
                           const std::vector<Event>&)>
            decided = [](const auto&, const auto&, const auto&) {};
    };

    static constexpr std::size_t batch_events_max = 32'768;
    static constexpr std::size_t batch_bytes_max = 8 * 1'024 * 1'024;

    /// \param io    on whose threads it decides; they run until after `stop`
    /// \param state as restored from the journal, whose next event is to be `state.head + 1`.
    Sequencer(asio::io_context& io, desk::State state, std::shared_ptr<const desk::Policies> policies,
              Mailbox& mailbox, JournalThread& journal, Metrics& metrics, Hooks hooks);
    /// \pre stopped
    ~Sequencer();

    void start();
    /// From any thread: the journal may take another batch.
    void journal_idle();
    /// Decides what is in the mailbox and returns once all of it is durable. \pre not on an I/O thread
    void stop();

private:
    void ask_for_turn();
    void take_in();
    void turn();
    void work();
    bool work_off();
    void hand_over_if_idle();
    void set_alarm();
    void handle(Parcel& parcel);
    void handle(PeerClosed& closed);
    void handle(Adopt& adopt);
    void handle(Inspect& inspect);

    void carry_out(const PeerPtr& peer, Item& item);
    void decide(const PeerPtr& peer, const Item& item, Command& command);
    void reply_ping(std::string& out, const std::string& id) const;
    void explain(const PeerPtr& peer, const Item& item, const channels::ExplainTicket& request);
    void explain_agent(std::string& out, const Item& item, const channels::ExplainTicket& request);
    void show(std::string& out, const Item& item, ProblemId problem);
    void show(std::string& out, const Item& item, TicketId ticket);
    void show_sla(std::string& out, const Item& item, TicketId ticket);
    void count_breach(const SlaBreached& breach);
    void watch(const PeerPtr& peer, const Item& item, const channels::Watch& request);
    void refuse_unknown(std::string& out, const Item& item, TicketId ticket);
    void refuse(std::string& out, const Item& item, Error error, std::string field);

    /// Decides on the desk's own account. \return whether anything happened.
    bool command_itself(const Command& command);
    void adopt_policies();
    void set_unconnected_agents_away();
    void tick_if_due();

    void take_events(const std::vector<Event>& events, const Peer* asked_by);
    void push(const Event& event, const Peer* asked_by);
    void connect_agent(const PeerPtr& peer, const AgentId& agent);

    Delivery& delivery_for(const PeerPtr& peer);
    bool batch_full() const;
    void look_at_clock();

    asio::strand<asio::io_context::executor_type> strand_;  // all of the desk is its
    asio::steady_timer timer_;
    std::optional<SteadyTime> alarm_;  // when the timer ends, while it runs
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
    std::vector<Message> taken_;                           // from the mailbox, and
    std::size_t next_ = 0;                                 // the first of them that has not been dealt with
    std::atomic<bool> stopping_{false};
    bool turn_is_due_ = false;  // and will come by itself
    bool ended_ = false;
    std::binary_semaphore all_durable_{0};
};

}  // namespace triaged::daemon
