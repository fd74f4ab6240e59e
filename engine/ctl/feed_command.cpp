// `triagectl feed`: the feeder at a terminal.

#include <thread>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/feed.hpp"
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

void show_end(const FeedCounts& counts, Duration elapsed, const Options& options, const Console& console)
{
    if (options.json) {
        const boost::json::object line{{"new", counts.fresh},
                                       {"again", counts.again},
                                       {"failed", counts.failed},
                                       {"elapsed_ms", elapsed.count()}};
        console.out << boost::json::serialize(line) << '\n';
        return;
    }
    console.out << fmt::format("fed {} in {} ({})\n", counts_text(counts), brief(elapsed),
                               rate_text(counts.all(), elapsed));
}

}  // namespace

int feed_command(const Options& options, const Console& console)
{
    auto lines = LineReader::open(options.files, console.in);
    const auto target = find_target(options, config::Role::feeder, console);
    if (!lines || !target) {
        complain(console, lines ? target.error().message : lines.error().message);
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
        show_failure(failure, options, console);
    };
    hooks.progress = [&](const FeedCounts& counts) {
        const auto all = lines->bytes_in_all();
        const auto fraction =
            all == 0 ? std::nullopt
                     : std::optional(static_cast<double>(lines->bytes_read()) / static_cast<double>(all));
        progress.show(fraction, fmt::format("{}  {}", counts_text(counts),
                                            rate_text(counts.all(), progress.elapsed())));
    };
    hooks.reconnecting = [&](const std::string& why) {
        progress.clear();
        complain(console, why + "; connecting again");
    };

    Feeder feeder({options.window, FeedSettings{}.attempts_max, target->line_bytes_max}, std::move(hooks));
    const auto end = feeder.run(*lines);
    const auto elapsed = progress.elapsed();
    progress.clear();
    show_end(feeder.counts(), elapsed, options, console);
    if (end) return end->failed == 0 ? exit_good : exit_findings;
    complain(console, fmt::format("{}; feed the same files again to go on", end.error().message));
    return exit_usage;
}

}  // namespace triaged::ctl
