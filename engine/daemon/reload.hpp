// Reload: configuration and rules are read again and compiled aside; they come into force whole or not at
// all.

#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "engine/daemon/intake.hpp"
#include "engine/daemon/loading.hpp"
#include "engine/daemon/mailbox.hpp"
#include "engine/daemon/watchers.hpp"

namespace triaged::daemon {

class Reloader {
public:
    struct Hooks {
        std::function<void()> began;  // for the service manager
        std::function<void()> ended;
    };

    /// \param loaded what is in force; queues, agents, facts, the desk's policies and rules may change, the
    /// rest of
    ///               the configuration needs a restart.
    Reloader(const Loaded& loaded, Mailbox& mailbox, IntakeSlot& intake, RuleNames& rule_names,
             Metrics& metrics, Hooks hooks);
    /// Finishes the reload under way; others that were asked for are answered `unavailable`.
    ~Reloader();

    /// Starts a reload, after those asked for before. \param done is called once with the reply's line, from
    /// any thread, when what was loaded is on its way to the desk ahead of all that comes later.
    void request(std::string id, std::uint64_t line, std::function<void(std::string)> done);
    void stop();

private:
    struct Request {
        std::string id;
        std::uint64_t line = 0;
        std::function<void(std::string)> done;
    };

    void run();
    std::string reload(const Request& request);
    std::string refuse(const Request& request, Fault fault, const std::vector<Diagnostic>& found);
    void warn_of_what_waits(const config::Config& newer) const;

    std::string file_;
    config::Config config_;
    RulebookId in_force_;
    Mailbox& mailbox_;
    IntakeSlot& intake_;
    RuleNames& rule_names_;
    Metrics& metrics_;
    Hooks hooks_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Request> requests_;  // one a connection at most, since a connection waits for its own
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace triaged::daemon
