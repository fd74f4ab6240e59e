#include "engine/daemon/run.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <pthread.h>

#include "engine/config/clock.hpp"
#include "engine/daemon/daemon.hpp"
#include "engine/daemon/exit_code.hpp"
#include "engine/daemon/loading.hpp"
#include "engine/daemon/log.hpp"
#include "engine/daemon/logging.hpp"
#include "engine/daemon/notify.hpp"
#include "engine/daemon/options.hpp"

namespace triaged::daemon {

namespace {

constexpr auto stop_patience = std::chrono::seconds{10};

int exit_with(ExitCode code) { return static_cast<int>(code); }

/// Signals that the main thread waits for; blocked before any other thread starts, so that none is
/// interrupted.
sigset_t block_signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // a peer that has gone is an error code at the write
    return signals;
}

/// A connection takes a descriptor, and shells give out few.
void raise_descriptor_limit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) spdlog::warn("cannot raise the limit of open descriptors");
}

TestingAids testing_aids()
{
    TestingAids aids;
    if (const char* const delay = std::getenv("TRIAGED_SYNC_DELAY_MS"))
        aids.sync_delay = std::chrono::milliseconds{std::strtol(delay, nullptr, 10)};
    return aids;
}

ExitCode code_for(const Error& error)
{
    switch (error.code) {
        case ErrorCode::bad_config:
        case ErrorCode::bad_rulebook:
            return ExitCode::configuration;
        case ErrorCode::journal_damaged:
        case ErrorCode::journal_fenced:
        case ErrorCode::journal_failed:
            return ExitCode::journal;
        default:
            return ExitCode::failed;
    }
}

/// Until a signal says stop.
void serve(Daemon& daemon, const sigset_t& signals)
{
    for (;;) {
        int signal = 0;
        if (sigwait(&signals, &signal) != 0) continue;
        if (signal != SIGHUP) {
            spdlog::info("stopping: signal {}", signal);
            return;
        }
        daemon.reload();
    }
}

int run_daemon(Loaded loaded, const sigset_t& signals)
{
    const auto aids = testing_aids();
    if (aids.sync_delay.count() > 0)
        spdlog::warn("TRIAGED_SYNC_DELAY_MS adds {} ms to every sync", aids.sync_delay.count());
    auto daemon = Daemon::start(std::move(loaded), aids);
    if (!daemon) {
        spdlog::critical("{}", daemon.error().message);
        return exit_with(code_for(daemon.error()));
    }
    notify_service_manager("READY=1");
    serve(**daemon, signals);
    notify_service_manager("STOPPING=1");
    (*daemon)->stop(stop_patience);
    spdlog::info("stopped");
    return exit_with(ExitCode::stopped);
}

}  // namespace

int run(int argc, char** argv)
{
    int exit_code = 0;
    const auto options = parse_options(argc, argv, exit_code);
    if (!options) return exit_code;
    const auto signals = block_signals();
    std::vector<Diagnostic> found;
    auto fault = Fault::none;
    const auto today = options->check ? std::optional(wall_clock()) : std::nullopt;
    auto loaded = load(options->config, today, found, fault);
    fmt::print(stderr, "{}", render(found, options->colour));
    if (!loaded) return exit_with(ExitCode::configuration);
    if (const auto safe = Daemon::check_exposure(loaded->config); !safe) {
        fmt::print(stderr, "{}: {}\n", options->config, safe.error().message);
        return exit_with(ExitCode::configuration);
    }
    if (options->check) {
        fmt::print("{}: good; {} rules, rulebook {}\n", options->config, loaded->rulebook->rules().size(),
                   to_string(loaded->rulebook->id()));
        return exit_with(ExitCode::stopped);
    }
    set_up_logging(loaded->config.log);
    spdlog::info("triaged {}: {}, {} rules, desk {}", TRIAGED_VERSION, options->config,
                 loaded->rulebook->rules().size(), loaded->config.desk.desk);
    raise_descriptor_limit();
    return run_daemon(std::move(*loaded), signals);
}

}  // namespace triaged::daemon
