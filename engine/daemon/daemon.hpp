// The daemon: everything wired together, started and stopped in the right order.

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "engine/daemon/http.hpp"
#include "engine/daemon/journal_thread.hpp"
#include "engine/daemon/listener.hpp"
#include "engine/daemon/loading.hpp"
#include "engine/daemon/read_model_thread.hpp"
#include "engine/daemon/reload.hpp"
#include "engine/daemon/rule_hits.hpp"
#include "engine/daemon/sequencer.hpp"
#include "engine/daemon/shadow.hpp"
#include "engine/daemon/snapshots.hpp"
#include "engine/daemon/watchers.hpp"
#include "engine/outbox/outbox.hpp"

namespace triaged::daemon {

struct TestingAids {
    std::chrono::milliseconds sync_delay{0};  // added to every append
};

class Daemon {
public:
    /// Whether `config` names somewhere to listen, and nowhere that strangers could reach. \return or else
    /// `bad_config`
    static Result<void> check_exposure(const config::Config& config);

    /// Restores the desk from its journal, then serves. \return why it cannot: `bad_config`, `journal_…` or
    /// `unavailable`.
    static Result<std::unique_ptr<Daemon>> start(Loaded loaded, const TestingAids& aids);
    /// Stops if `stop` was not called.
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Reads configuration and rules again; the log says how it went.
    void reload();
    /// Takes no more, answers what is in hand, makes it durable, lets the read model catch up.
    void stop(std::chrono::milliseconds patience);

    /// Where TCP connections are accepted; 0 if nowhere.
    std::uint16_t port() const { return listener_->port(); }
    std::uint16_t http_port() const { return http_ ? http_->port() : std::uint16_t{0}; }
    const Metrics& metrics() const { return metrics_; }
    Shadow& shadow() { return shadow_; }

private:
    explicit Daemon(const config::Config& config);

    Result<void> open(const Loaded& loaded, const TestingAids& aids);
    Result<void> open_followers(Seq snapshot);
    Result<std::unique_ptr<outbox::Outbox>> open_outbox(const config::Config& config);
    void take_up_outbox(const config::Config& config);
    Result<void> listen();
    void start_http();
    void committed(Seq head);
    Result<std::unique_ptr<journal::Journal>> open_journal() const;

    const config::Config config_;  // as at the start: of what a restart is needed to change
    Metrics metrics_;
    IntakeSlot intake_;
    RuleNames rule_names_;
    Mailbox mailbox_;
    Shadow shadow_;
    RuleHits rule_hits_;  // for the desk's thread alone
    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::vector<std::thread> io_threads_;
    SessionServices services_;
    std::atomic<bool> ready_{false};
    bool stopped_ = false;

    // In the order in which they start; they stop the other way round.
    std::unique_ptr<HttpServer> http_;
    std::unique_ptr<Watchers> watchers_;
    std::unique_ptr<ReadModelThread> read_model_;
    std::mutex outbox_mutex_;  // of the pointer: a reload may bring the first outbox
    std::unique_ptr<outbox::Outbox> outbox_;
    std::unique_ptr<Snapshots> snapshots_;
    std::unique_ptr<JournalThread> journal_;
    std::unique_ptr<Sequencer> sequencer_;
    std::unique_ptr<Reloader> reloader_;
    std::unique_ptr<Listener> listener_;
};

}  // namespace triaged::daemon
