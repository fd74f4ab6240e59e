// Feed: sends many tickets, pipelined, and accounts for each; a lost connection is taken up again.

#pragma once

#include <deque>
#include <functional>
#include <string>

#include "engine/ctl/client.hpp"
#include "engine/ctl/lines.hpp"

namespace triaged::ctl {

/// One line that did not become durable, and why.
struct FeedFailure {
    std::string file;
    std::uint64_t line = 0;
    std::string code;  // as the protocol spells it
    std::string message;
    std::string field;  // of the request that it is about, or empty
};

struct FeedCounts {
    std::uint64_t fresh = 0;   // taken now
    std::uint64_t again = 0;   // known from before
    std::uint64_t failed = 0;  // refused

    std::uint64_t all() const { return fresh + again + failed; }
};

inline constexpr std::size_t feed_window_max = 4096;  // what the daemon lets one connection have in flight

struct FeedSettings {
    std::size_t window = 256;                // requests sent before their replies are waited for
    int attempts_max = 6;                    // connections tried in a row without getting an answer
    std::size_t line_bytes_max = 1'048'576;  // refused here: the daemon closes the connection on a longer one
};

/// What feeding needs from outside, and whom it tells.
struct FeedHooks {
    std::function<Result<Connection>()> connect;
    std::function<void(Duration)> pause;  // before connecting again
    std::function<void(const FeedFailure&)> failed;
    std::function<void(const FeedCounts&)> progress;       // after each batch of replies
    std::function<void(const std::string&)> reconnecting;  // why
};

/// The next request, with the place it came from; an error is why the line there makes none.
struct NextRequest {
    std::string file;
    std::uint64_t line = 0;
    Result<std::string> request;  // without a newline
};
/// \return nothing once there are no more
using Requests = std::function<std::optional<NextRequest>()>;

/// The lines of files, made safe to be sent again.
Requests requests_of(LineReader& lines);

class Feeder {
public:
    Feeder(FeedSettings settings, FeedHooks hooks);

    /// Feeds every request. Refused ones are counted and reported, and do not stop the rest.
    /// \return the counts, or why the daemon could not be reached; `counts` says how far it came.
    Result<FeedCounts> run(const Requests& requests);

    const FeedCounts& counts() const { return counts_; }

private:
    struct Sent {
        std::string file;
        std::uint64_t line = 0;
        std::string request;  // with its newline; kept until answered, to send again on a new connection
    };

    bool fill(const Requests& requests);
    Result<void> exchange();
    Result<void> settle(const std::string& reply);
    Result<void> connect_again(const Error& why);
    void refuse(const FeedFailure& failure);

    FeedSettings settings_;
    FeedHooks hooks_;
    std::optional<Connection> connection_;
    std::deque<Sent> pending_;  // at most `window`, oldest first: replies come in this order
    std::string outbox_;        // requests of `pending_` not yet written
    FeedCounts counts_;
    int attempts_ = 0;  // since the last answer
};

}  // namespace triaged::ctl
