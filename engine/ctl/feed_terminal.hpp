// Feeding at a terminal: progress, failures as they come, and a line at the end.

#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "engine/ctl/console.hpp"
#include "engine/ctl/feed.hpp"
#include "engine/ctl/options.hpp"

namespace triaged::ctl {

/// What is fed.
struct FeedJob {
    Requests requests;
    std::function<std::optional<double>()> fraction;  // read so far, 0 to 1; nothing if the end is not known
    std::function<void(const FeedFailure&)> failed;
    std::string_view verb = "fed";  // in the last line
};

/// `file:line: code: message`, or the same as JSON.
void show_failure(const FeedFailure& failure, const Options& options, const Console& console);

/// Connects and feeds. \return how triagectl should end
int feed_at_terminal(const FeedJob& job, const Options& options, const Console& console);

/// `bytes` of `all` as a fraction; nothing if `all` is 0.
std::optional<double> fraction_of(std::uint64_t bytes, std::uint64_t all);

}  // namespace triaged::ctl
