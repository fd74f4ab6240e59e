#include "engine/ctl/feed.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/ctl/reply.hpp"

namespace triaged::ctl {

namespace {

constexpr std::size_t outbox_bytes_max = 1'048'576;  // written in one go; longer windows go in several
constexpr Duration first_pause{200};

}  // namespace

Requests requests_of(LineReader& lines)
{
    return [&lines]() -> std::optional<NextRequest> {
        const auto line = lines.next();
        if (!line) return std::nullopt;
        return NextRequest{line->file, line->number, with_ref(*line)};
    };
}

Feeder::Feeder(FeedSettings settings, FeedHooks hooks) : settings_(settings), hooks_(std::move(hooks))
{
    settings_.window = std::clamp<std::size_t>(settings_.window, 1, feed_window_max);
}

Result<FeedCounts> Feeder::run(const Requests& requests)
{
    auto first = hooks_.connect();
    if (!first) return tl::unexpected(first.error());
    connection_ = std::move(*first);
    while (fill(requests)) {
        auto done = exchange();
        while (!done) {
            if (const auto again = connect_again(done.error()); !again) return tl::unexpected(again.error());
            done = exchange();
        }
        hooks_.progress(counts_);
    }
    return counts_;
}

/// Takes requests until the window is full. \return false once all are answered.
bool Feeder::fill(const Requests& requests)
{
    while (pending_.size() < settings_.window && outbox_.size() < outbox_bytes_max) {
        auto next = requests();
        if (!next) break;
        auto& request = next->request;
        if (!request) {
            refuse({next->file,
                    next->line,
                    std::string(to_string(request.error().code)),
                    request.error().message,
                    {}});
            continue;
        }
        if (request->size() > settings_.line_bytes_max) {
            refuse({next->file,
                    next->line,
                    std::string(to_string(ErrorCode::line_too_long)),
                    fmt::format("{} bytes; the limit is {}", request->size(), settings_.line_bytes_max),
                    {}});
            continue;
        }
        *request += '\n';
        outbox_ += *request;
        pending_.push_back({std::move(next->file), next->line, std::move(*request)});
    }
    return !pending_.empty();
}

/// Writes what is due and takes the replies that are there, at least one.
Result<void> Feeder::exchange()
{
    // The daemon stops reading from a peer with many unread replies, so replies must never wait behind a
    // write that cannot end: a window's replies are far below the daemon's limit of unsent bytes.
    const auto sent = outbox_.empty() ? Result<void>{} : connection_->send(outbox_);
    outbox_.clear();
    do {
        // After a failed write too: a daemon that closes says why first.
        const auto reply = connection_->receive();
        if (!reply) return tl::unexpected(sent ? reply.error() : sent.error());
        if (const auto settled = settle(*reply); !settled) return settled;
    } while (!pending_.empty() && connection_->has_line());
    return sent;
}

/// Counts one reply as the oldest request's. \return `unavailable` if the daemon is stopping: it is to be
/// sent again.
Result<void> Feeder::settle(const std::string& reply)
{
    const auto object = parse_object(reply);
    if (!object) return tl::unexpected(object.error());
    if (object->contains("event")) return {};
    const auto& request = pending_.front();
    if (is_true(*object, "ok")) {
        ++(is_true(*object, "again") ? counts_.again : counts_.fresh);
    } else {
        auto [code, message, field] = refusal_of(*object);
        if (code == to_string(ErrorCode::unavailable))
            return fail(ErrorCode::unavailable, std::move(message));
        refuse({request.file, request.line, std::move(code), std::move(message), std::move(field)});
    }
    pending_.pop_front();
    attempts_ = 0;
    return {};
}

/// A new connection on which everything unanswered is sent again: a `ref` the daemon took already is counted
/// as again.
Result<void> Feeder::connect_again(const Error& why)
{
    Error last = why;
    while (++attempts_ < settings_.attempts_max) {
        hooks_.reconnecting(last.message);
        hooks_.pause(first_pause * (1 << std::min(attempts_ - 1, 4)));
        auto connection = hooks_.connect();
        if (!connection) {
            last = connection.error();
            continue;
        }
        connection_ = std::move(*connection);
        outbox_.clear();
        for (const auto& request : pending_) outbox_ += request.request;
        return {};
    }
    return tl::unexpected(last);
}

void Feeder::refuse(const FeedFailure& failure)
{
    ++counts_.failed;
    hooks_.failed(failure);
}

}  // namespace triaged::ctl
