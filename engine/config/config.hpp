// Configuration: config/*.yaml read, validated and built into one immutable value.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/config/clock.hpp"
#include "engine/model/diagnostic.hpp"
#include "engine/model/policy.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::config {

struct TcpAddress {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;

    bool operator==(const TcpAddress&) const = default;
};

enum class Role { feeder, agent, ops };

/// A bearer token. Without any token configured, only loopback and Unix sockets are served, with every role.
struct Token {
    std::string name;    // who holds it; the `source` of the contacts they feed
    std::string secret;  // literal, or read from the file the configuration names
    Role role = Role::feeder;
    std::string agent;  // for the role agent: the only agent id it may act for; empty means any
};

struct SocketLimits {
    std::size_t line_bytes_max = 1'048'576;
    int nesting_max = 16;
    std::size_t sessions_max = 4096;
    std::size_t in_flight_max = 4096;          // requests of one session that wait for their answer
    std::size_t unsent_bytes_max = 4'194'304;  // of one session, before it is not read from any more
    std::size_t pushed_events_max = 10'000;    // on their way to one watcher at a time
};

struct LogSettings {
    std::string level = "info";    // trace, debug, info, warn, error
    std::string format = "human";  // human, json
};

/// Somebody whom rules notify, and how they are reached; without an address only watchers see it.
struct Lead {
    std::string name;
    std::string about;
    std::string webhook;  // https://host[:port]/path, or http://…, or empty
    std::string mail;     // name@domain, or empty
};

/// A mail server that takes mail to leads by SMTP.
struct MailRelay {
    TcpAddress at;
    std::string from;      // name@domain
    std::string user;      // logs in; empty: does not
    std::string password;  // goes only over TLS, or to this machine
    /// `offered`: TLS with a relay that offers it; `implicit`: before anything is said. Its certificate is
    /// checked whenever there is TLS.
    enum class Tls { never, offered, required, implicit } tls = Tls::never;
};

/// How notifications leave.
struct OutboxSettings {
    std::set<std::string> hosts;                 // `host` or `host:port` that webhooks may go to; no others
    std::string secret;                          // signs them; empty: unsigned
    std::string authorities;                     // certificates (PEM) trusted beside the system's
    int attempts_max = 12;                       // then a notification is dead and waits for a person
    Duration timeout{std::chrono::seconds{10}};  // of one attempt
    Duration retry_first{std::chrono::seconds{5}};  // doubled with each attempt
    Duration retry_max{std::chrono::hours{1}};
    std::optional<MailRelay> mail_relay;  // unset: no mail is sent
};

struct Config {
    std::string file;      // what was loaded
    std::string data_dir;  // journal.db, readmodel.db
    std::string rules_dir;
    std::optional<TcpAddress> listen_tcp;
    std::string listen_unix;                // path, or empty
    std::optional<TcpAddress> listen_http;  // metrics and health
    std::vector<Token> tokens;
    SocketLimits limits;
    LogSettings log;
    std::size_t rule_metrics_max = 1'000;  // rules that /metrics counts by name; 0: none
    bool read_model = true;
    int io_threads = 0;  // 0: as many as the machine has cores
    std::uint32_t snapshot_every_events = 2'000'000;
    std::map<std::string, Lead> leads;
    OutboxSettings outbox;
    DeskPolicy desk;
    rulebook::Vocabulary vocabulary;  // built-in and declared facts, and every name rules may use
};

/// Reads `file` and the files it names, relative to it. Paths in the result are absolute.
/// \param today  around which calendars are worked out
/// \return the configuration, or nothing if `found` has an error.
std::optional<Config> load(const std::string& file, std::vector<Diagnostic>& found,
                           Instant today = wall_clock());

/// Reads another agents file in place of the configured one. \return whether it is without errors.
bool load_agents(const std::string& file, Config& config, std::vector<Diagnostic>& found);

/// Reads every `*.yaml` in `config.rules_dir` but the tests (`*.test.yaml`), sorted by name.
Result<std::vector<rulebook::Source>> read_rules(const std::string& rules_dir);

}  // namespace triaged::config
