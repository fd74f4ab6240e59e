// Reload: configuration and rules are read again and compiled aside; they come into force whole or not at
// all. Candidates that run in the shadow are compiled, promoted and rolled back here too, one thing after the
// other.

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
#include "engine/daemon/shadow.hpp"
#include "engine/daemon/watchers.hpp"
#include "engine/journal/journal.hpp"

namespace triaged::daemon {

class Reloader {
public:
    struct Hooks {
        std::function<void()> began;  // for the service manager
        std::function<void()> ended;
        /// A connection of its own, to look for the rulebook before the one in force.
        std::function<Result<std::unique_ptr<journal::Journal>>()> open_journal;
        std::function<void(const config::Config&)> loaded = [](const config::Config&) {
        };  // what is now in force
    };

    /// \param loaded  what is in force; rules, queues, agents, facts, the desk's policies, leads and the
    /// outbox may change, the rest of the configuration needs a restart.
    Reloader(const Loaded& loaded, Mailbox& mailbox, IntakeSlot& intake, RuleNames& rule_names,
             Metrics& metrics, Shadow& shadow, Hooks hooks);
    /// Finishes the reload under way; others that were asked for are answered `unavailable`.
    ~Reloader();

    /// Starts a reload, after those asked for before. \param done is called once with the reply's line, from
    /// any thread, when what was loaded is on its way to the desk ahead of all that comes later.
    void request(std::string id, std::uint64_t line, std::function<void(std::string)> done)
    {
        submit({std::move(id), line, std::move(done), std::nullopt});
    }
    /// The same with rules that are tried.
    void request(channels::TryRules what, std::string id, std::uint64_t line,
                 std::function<void(std::string)> done)
    {
        submit({std::move(id), line, std::move(done), std::move(what)});
    }
    void stop();

private:
    struct Request {
        std::string id;
        std::uint64_t line = 0;
        std::function<void(std::string)> done;
        std::optional<channels::TryRules> rules;  // nothing: a reload
    };
    using RulebookPtr = std::shared_ptr<const rulebook::Rulebook>;  // shared with the desk and the sessions
    using Sources = std::vector<rulebook::Source>;

    void submit(Request request);
    void run();
    void free_retired();
    std::string carry_out(Request& request);
    std::string reload(const Request& request);
    std::string start_shadow(Request& request);
    std::string promote(const Request& request);
    std::string roll_back(const Request& request);
    RulebookPtr compile(const Sources& sources, std::optional<Instant> today,
                        std::vector<Diagnostic>& found) const;
    void bring_into_force(Loaded loaded);
    std::string now_in_force(const Request& request, const RulebookPtr& rulebook, std::string_view how,
                             const std::vector<Diagnostic>& found);
    Result<Sources> sources_before() const;
    std::string refuse(const Request& request, ErrorCode code, const std::string& message,
                       const std::vector<Diagnostic>& found);
    std::string refuse_reload(const Request& request, Fault fault, const std::vector<Diagnostic>& found);
    void warn_of_what_waits(const config::Config& newer) const;

    std::string file_;
    config::Config config_;
    RulebookPtr in_force_;
    std::vector<RulebookPtr> retired_;  // held until nobody else does: freeing a large one takes longer than
                                        // the desk or a session can spare
    Sources sources_before_;            // of the rulebook in force before, since this process started
    Mailbox& mailbox_;
    IntakeSlot& intake_;
    RuleNames& rule_names_;
    Metrics& metrics_;
    Shadow& shadow_;
    rulebook::Vocabulary shadow_words_;  // by which the candidate was compiled
    Hooks hooks_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Request> requests_;  // one a connection at most, since a connection waits for its own
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace triaged::daemon
