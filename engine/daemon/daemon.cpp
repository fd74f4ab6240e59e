#include "engine/daemon/daemon.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <pthread.h>
#include <boost/asio/post.hpp>

#include "engine/config/clock.hpp"
#include "engine/daemon/exposition.hpp"
#include "engine/daemon/log.hpp"
#include "engine/daemon/notify.hpp"
#include "engine/daemon/reports.hpp"
#include "engine/rulebook/condition_lines.hpp"

namespace triaged::daemon {

namespace {

// Requests that wait for the desk; about a second's worth of 1 KiB tickets.
constexpr std::size_t mailbox_bytes_max = 64 * 1'024 * 1'024;

int io_thread_count(const config::Config& config)
{
    if (config.io_threads > 0) return config.io_threads;
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Who owns the journal, for those who look: process and machine.
std::string holder()
{
    std::string host(256, '\0');
    if (::gethostname(host.data(), host.size() - 1) != 0) host = "unknown";
    return fmt::format("{}@{}", ::getpid(), host.c_str());
}

void learn_rule_names(RuleNames& names, const desk::State& state)
{
    for (const auto& rulebook : state.rulebooks) {
        std::vector<std::string> rules;
        for (const auto rule : rulebook.rules) rules.push_back(state.symbols.text(rule));
        names.add(rulebook.id, std::move(rules));
    }
}

}  // namespace

Daemon::Daemon(const config::Config& config)
    : config_(config),
      mailbox_(mailbox_bytes_max),
      io_(io_thread_count(config)),
      work_(asio::make_work_guard(io_)),
      services_{mailbox_, intake_, metrics_, config_.limits, config_.tokens, {}, {}, {}, {}, {}}
{
    for (int i = 0; i < io_thread_count(config_); ++i)
        io_threads_.emplace_back([this, i] {
            pthread_setname_np(pthread_self(), fmt::format("io-{}", i).c_str());
            io_.run();
        });
}

Result<void> Daemon::check_exposure(const config::Config& config)
{
    const auto& http = config.listen_http;
    if (http && !is_loopback(http->host))
        return fail(
            ErrorCode::bad_config,
            fmt::format("listen.http: {} is not loopback, and metrics are served to anyone", http->host));
    const auto& tcp = config.listen_tcp;
    if (tcp && config.tokens.empty() && !is_loopback(tcp->host))
        return fail(
            ErrorCode::bad_config,
            fmt::format("listen.tcp: {} is not loopback, and without tokens anyone could do anything; "
                        "add tokens or listen on 127.0.0.1",
                        tcp->host));
    if (!tcp && config.listen_unix.empty())
        return fail(ErrorCode::bad_config,
                    "listen: neither tcp nor unix is set, so nobody could send a ticket");
    return {};
}

Result<std::unique_ptr<Daemon>> Daemon::start(Loaded loaded, const TestingAids& aids)
{
    if (const auto safe = check_exposure(loaded.config); !safe) return tl::unexpected<Error>(safe.error());
    auto daemon = std::unique_ptr<Daemon>(new Daemon(loaded.config));
    if (const auto opened = daemon->open(loaded, aids); !opened) return tl::unexpected<Error>(opened.error());
    return daemon;
}

Daemon::~Daemon() { stop(std::chrono::seconds{10}); }

Result<std::unique_ptr<journal::Journal>> Daemon::open_journal() const
{
    return journal::Journal::open(config_.data_dir + "/journal.db", config_.desk.desk);
}

Result<void> Daemon::open(const Loaded& loaded, const TestingAids& aids)
{
    std::error_code failure;
    std::filesystem::create_directories(config_.data_dir, failure);
    if (failure)
        return fail(ErrorCode::journal_failed,
                    fmt::format("cannot make {}: {}", config_.data_dir, failure.message()));
    start_http();
    if (config_.listen_http)
        if (auto listens = http_->listen(*config_.listen_http); !listens) return listens;

    auto journal = open_journal();
    if (!journal) return tl::unexpected<Error>(journal.error());
    if (auto owned = (*journal)->take_ownership(holder()); !owned) return owned;
    auto restored = restore(**journal, true);
    if (!restored) return tl::unexpected<Error>(restored.error());
    learn_rule_names(rule_names_, restored->state);
    rule_names_.add(loaded.rulebook->id(), loaded.rulebook->rule_names());
    intake_.store(loaded.intake());
    metrics_.head = restored->state.head;
    metrics_.head_at_ms = restored->state.at.ms;
    if (auto opened = open_followers(restored->snapshot); !opened) return opened;

    journal_ =
        std::make_unique<JournalThread>(io_, std::move(*journal), aids.sync_delay, metrics_,
                                        JournalThread::Hooks{[this] { sequencer_->journal_idle(); },
                                                             [this](Seq head, Instant) { committed(head); }});
    auto hooks = Sequencer::Hooks{[this](PeerPtr peer, Seq from, std::vector<std::string> events) {
                                      watchers_->add(std::move(peer), from, std::move(events));
                                  },
                                  [this](std::uint64_t peer) { watchers_->remove(peer); },
                                  [this](const std::shared_ptr<const desk::Policies>& policies,
                                         const desk::State& state, const std::vector<Event>& events) {
                                      if (config_.rule_metrics_max > 0)
                                          rule_hits_.see(policies->rulebook, events);
                                      shadow_.see(policies, state, events);
                                  }};
    sequencer_ = std::make_unique<Sequencer>(io_, std::move(restored->state), loaded.policies(), mailbox_,
                                             *journal_, metrics_, std::move(hooks));
    sequencer_->start();
    reloader_ = std::make_unique<Reloader>(
        loaded, mailbox_, intake_, rule_names_, metrics_, shadow_,
        Reloader::Hooks{notify_reloading, [] { notify_service_manager("READY=1"); },
                        [this] { return open_journal(); },
                        [this](const config::Config& config) { take_up_outbox(config); }});
    committed(metrics_.head);
    return listen();
}

Result<void> Daemon::open_followers(Seq snapshot)
{
    auto for_watchers = open_journal();
    if (!for_watchers) return tl::unexpected<Error>(for_watchers.error());
    watchers_ =
        std::make_unique<Watchers>(std::move(*for_watchers), rule_names_, config_.limits.pushed_events_max);
    auto for_snapshots = open_journal();
    if (!for_snapshots) return tl::unexpected<Error>(for_snapshots.error());
    snapshots_ =
        std::make_unique<Snapshots>(std::move(*for_snapshots), snapshot, config_.snapshot_every_events);
    auto outbox = open_outbox(config_);
    if (!outbox) return tl::unexpected<Error>(outbox.error());
    outbox_ = std::move(*outbox);
    if (!config_.read_model) return {};
    auto for_tables = open_journal();
    if (!for_tables) return tl::unexpected<Error>(for_tables.error());
    auto tables = journal::ReadModel::open(config_.data_dir + "/readmodel.db", rulebook::condition_lines);
    if (!tables) {
        // A cache must not keep the desk from its work.
        spdlog::error("no read model: {}", tables.error().message);
        return {};
    }
    read_model_ = std::make_unique<ReadModelThread>(std::move(*for_tables), std::move(*tables), metrics_);
    return {};
}

/// \return none where there is no host that webhooks may go to and no relay for mail: it could do nothing.
Result<std::unique_ptr<outbox::Outbox>> Daemon::open_outbox(const config::Config& config)
{
    if (config.outbox.hosts.empty() && !config.outbox.mail_relay) return nullptr;
    auto journal = open_journal();
    if (!journal) return tl::unexpected<Error>(journal.error());
    auto store = outbox::Store::open(config_.data_dir + "/outbox.db", metrics_.head);
    if (!store) return tl::unexpected<Error>(store.error());
    outbox::Outbox::Hooks hooks;
    hooks.rule_name = [this](RulebookId rulebook, RuleIndex rule) {
        const auto names = rule_names_.find(rulebook);
        return names && rule < names->size() ? (*names)[rule] : std::string();
    };
    hooks.now = wall_clock;
    hooks.log = [](const std::string& what) { spdlog::error("{}", what); };
    return std::make_unique<outbox::Outbox>(
        std::move(*journal), std::move(*store),
        outbox::Outbox::Settings{config.desk.desk, config.outbox, config.leads}, std::move(hooks));
}

/// Leads and how they are told, after a reload. \pre called by one thread, and nobody else sets the outbox
void Daemon::take_up_outbox(const config::Config& config)
{
    if (outbox_) return outbox_->set({config.desk.desk, config.outbox, config.leads});
    auto opened = open_outbox(config);
    if (!opened) return spdlog::error("no outbox: {}", opened.error().message);
    const std::lock_guard lock(outbox_mutex_);
    outbox_ = std::move(*opened);
}

Result<void> Daemon::listen()
{
    services_.reload = [this](std::string id, std::uint64_t line, std::function<void(std::string)> done) {
        reloader_->request(std::move(id), line, std::move(done));
    };
    services_.try_rules = [this](channels::TryRules what, std::string id, std::uint64_t line,
                                 std::function<void(std::string)> done) {
        reloader_->request(std::move(what), std::move(id), line, std::move(done));
    };
    services_.show_shadow = [this](std::string_view id) { return shadow_reply(shadow_.report(), id); };
    services_.watcher_ready = [this] { watchers_->nudge(); };
    listener_ = std::make_unique<Listener>(io_, services_);
    if (config_.listen_tcp)
        if (auto listens = listener_->listen_tcp(*config_.listen_tcp); !listens) return listens;
    if (!config_.listen_unix.empty())
        if (auto listens = listener_->listen_unix(config_.listen_unix); !listens) return listens;
    ready_ = true;
    return {};
}

void Daemon::start_http()
{
    auto metrics = [this](std::function<void(std::string)> done) {
        if (!ready_) return done(expose(metrics_, {}, {}, {}, wall_clock()));
        // Looked at on the desk's thread, written elsewhere: a page may have thousands of lines.
        mailbox_.put(Inspect{[this, done = std::move(done)](const desk::Policies& policies,
                                                            const desk::State& state) mutable {
            asio::post(
                io_, [this, done = std::move(done), sums = totals(state),
                      queues = queue_views(policies.desk, state, wall_clock()), hits = rule_hits_.counts()] {
                    const auto shadow = shadow_.report();
                    done(expose(metrics_, sums, queues, {&shadow, &hits, config_.rule_metrics_max},
                                wall_clock()));
                });
        }});
    };
    http_ =
        std::make_unique<HttpServer>(io_, HttpPages{[this] { return ready_.load(); }, std::move(metrics)});
}

void Daemon::committed(Seq head)
{
    watchers_->head_moved(head);
    snapshots_->head_moved(head);
    if (read_model_) read_model_->head_moved(head);
    const std::lock_guard lock(outbox_mutex_);
    if (outbox_) outbox_->head_moved(head);
}

void Daemon::reload() { reloader_->request({}, 0, {}); }

void Daemon::stop(std::chrono::milliseconds patience)
{
    if (std::exchange(stopped_, true)) return;
    ready_ = false;
    if (listener_)
        if (const auto cut_off = listener_->stop(patience); cut_off > 0)
            spdlog::warn("{} connections did not end in time and were cut off", cut_off);
    if (reloader_) reloader_->stop();
    if (sequencer_) sequencer_->stop();
    journal_.reset();
    if (read_model_ && !read_model_->catch_up(metrics_.head, patience))
        spdlog::warn("the read model is behind; it catches up at the next start");
    if (read_model_) read_model_->stop();
    if (outbox_) outbox_->stop();
    if (snapshots_) snapshots_->stop();
    if (watchers_) watchers_->stop();
    if (http_) http_->stop();
    work_.reset();
    for (auto& thread : io_threads_) thread.join();
}

}  // namespace triaged::daemon
