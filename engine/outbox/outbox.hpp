// The outbox: follows the journal and tells leads what concerns them, each once as far as anybody can know.
//
// It promises that nothing is lost: a notification is written down together with the position in the journal,
// and stays until its receiver or the mail relay says 2xx. A process that dies between sending and writing
// that down sends again under the same key, by which the receiver knows it.

#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/config/config.hpp"
#include "engine/journal/journal.hpp"
#include "engine/outbox/news.hpp"
#include "engine/outbox/store.hpp"

namespace triaged::outbox {

struct Counts {
    std::atomic<std::uint64_t> sent{0};
    std::atomic<std::uint64_t> failed{0};  // attempts
    std::atomic<std::uint64_t> dead{0};
};

class Outbox {
public:
    struct Settings {
        std::string desk;
        config::OutboxSettings sending;
        std::map<std::string, config::Lead> leads;
    };
    struct Hooks {
        RuleName rule_name;
        std::function<Instant()> now;
        /// Called when a receiver has taken a notification and before that is written down; for tests.
        std::function<void()> taken = [] {};
        std::function<void(const std::string&)> log = [](const std::string&) {};
    };

    /// \param journal  a connection of its own
    Outbox(std::unique_ptr<journal::Journal> journal, Store store, Settings settings, Hooks hooks);
    /// Ends after the attempt under way.
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    void head_moved(Seq head);
    /// What holds from the next notification on, as after a reload. \pre the desk is the same
    void set(Settings settings);
    void stop();

    const Counts& counts() const { return counts_; }

private:
    /// What came of an attempt.
    struct Outcome {
        enum class Is { taken, later, never };
        Is is = Is::taken;
        std::string why;                // it was not taken
        std::optional<Duration> asked;  // not to be tried again before

        static Outcome taken() { return {}; }
        static Outcome later(std::string why, std::optional<Duration> asked = {})
        {
            return {Is::later, std::move(why), asked};
        }
        static Outcome never(std::string why) { return {Is::never, std::move(why), {}}; }
    };

    void run();
    bool follow();
    bool send_due();
    Outcome attempt(const Note& note, const Settings& settings) const;
    Outcome post(const Note& note, const config::Lead& lead, const Settings& settings) const;
    Outcome mail(const Note& note, const config::Lead& lead, const Settings& settings) const;
    /// By which a receiver knows it: the same at each attempt.
    static std::string key_of(const Note& note, const Settings& settings);
    void settle(const Note& note, const Outcome& outcome, const config::OutboxSettings& sending);
    Result<void> give_up_or_wait(const Note& note, const Outcome& outcome,
                                 const config::OutboxSettings& sending);
    void add_notes(const Event& event, const Settings& settings, std::vector<Note>& notes) const;
    std::shared_ptr<const Settings> settings() const;
    void complain(const Error& error);

    std::unique_ptr<journal::Journal> journal_;
    Store store_;
    Hooks hooks_;
    Counts counts_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::shared_ptr<const Settings> settings_;  // shared with the turn under way
    Seq head_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace triaged::outbox
