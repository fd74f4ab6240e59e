// `triagectl feed`: the feeder at a terminal.

#include <thread>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/feed_terminal.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"

namespace triaged::ctl {

namespace {

std::string rate_text(std::uint64_t count, Duration elapsed)
{
    const auto ms = std::max<std::int64_t>(1, elapsed.count());
    return grouped(static_cast<std::int64_t>(count) * 1'000 / ms) + "/s";
}

std::string counts_text(const FeedCounts& counts)
{
    const auto number = [](std::uint64_t count) { return grouped(static_cast<std::int64_t>(count)); };
    return fmt::format("{} new, {} again, {} failed", number(counts.fresh), number(counts.again),
                       number(counts.failed));
}

void show_end(std::string_view verb, const FeedCounts& counts, Duration elapsed, const Options& options,
              const Console& console)
{
    if (options.json) {
        const boost::json::object line{{"new", counts.fresh},
                                       {"again", counts.again},
                                       {"failed", counts.failed},
                                       {"elapsed_ms", elapsed.count()}};
        console.out << boost::json::serialize(line) << '\n';
        return;
    }
    console.out << fmt::format("{} {} in {} ({})\n", verb, counts_text(counts), brief(elapsed),
                               rate_text(counts.all(), elapsed));
}

}  // namespace

void show_failure(const FeedFailure& failure, const Options& options, const Console& console)
{
    if (options.json) {
        const boost::json::object line{{"file", failure.file},
                                       {"line", failure.line},
                                       {"code", failure.code},
                                       {"message", failure.message}};
        console.out << boost::json::serialize(line) << '\n';
        return;
    }
    const auto text =
        printable(fmt::format("{}:{}: {}: {}", failure.file, failure.line, failure.code, failure.message));
    console.err << (console.colour ? paint(text, Tone::red) : text) << '\n';
}

std::optional<double> fraction_of(std::uint64_t bytes, std::uint64_t all)
{
    if (all == 0) return std::nullopt;
    return static_cast<double>(bytes) / static_cast<double>(all);
}

int feed_at_terminal(const FeedJob& job, const Options& options, const Console& console)
{
    const auto target = find_target(options, config::Role::feeder, console);
    if (!target) {
        complain(console, target.error().message);
        return exit_usage;
    }
    auto first = connect(*target, console);
    if (!first) return exit_usage;

    ProgressLine progress(console.err, console.progress, steady_time);
    FeedHooks hooks;
    hooks.connect = [&]() -> Result<Connection> {
        if (!first) return Connection::open(target->endpoint, target->token);
        auto connection = std::move(*first);
        first.reset();
        return connection;
    };
    hooks.pause = [](Duration span) { std::this_thread::sleep_for(span); };
    hooks.failed = [&](const FeedFailure& failure) {
        progress.clear();
        job.failed(failure);
    };
    hooks.progress = [&](const FeedCounts& counts) {
        progress.show(job.fraction(), fmt::format("{}  {}", counts_text(counts),
                                                  rate_text(counts.all(), progress.elapsed())));
    };
    hooks.reconnecting = [&](const std::string& why) {
        progress.clear();
        complain(console, why + "; connecting again");
    };

    Feeder feeder({options.window, FeedSettings{}.attempts_max, target->line_bytes_max}, std::move(hooks));
    const auto end = feeder.run(job.requests);
    const auto elapsed = progress.elapsed();
    progress.clear();
    show_end(job.verb, feeder.counts(), elapsed, options, console);
    if (end) return end->failed == 0 ? exit_good : exit_findings;
    complain(console, fmt::format("{}; run it again with the same files to go on", end.error().message));
    return exit_usage;
}

int feed_command(const Options& options, const Console& console)
{
    auto lines = LineReader::open(options.files, console.in);
    if (!lines) {
        complain(console, lines.error().message);
        return exit_usage;
    }
    FeedJob job;
    job.requests = requests_of(*lines);
    job.fraction = [&] { return fraction_of(lines->bytes_read(), lines->bytes_in_all()); };
    job.failed = [&](const FeedFailure& failure) { show_failure(failure, options, console); };
    return feed_at_terminal(job, options, console);
}

}  // namespace triaged::ctl
