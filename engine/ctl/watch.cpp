// `triagectl watch`: follows events, also across restarts of the daemon.

#include <thread>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/target.hpp"
#include "engine/ctl/views.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

constexpr Duration pause_before_next_attempt{1'000};
constexpr int attempts_max = 30;  // as many seconds a daemon may be away for a restart

class Watcher {
public:
    Watcher(const Options& options, const Console& console, Target target)
        : options_(options), console_(console), target_(std::move(target))
    {
        // `--from 1` is the first event wanted; the protocol names the last one seen.
        if (options.from) last_seen_ = *options.from == 0 ? 0 : *options.from - 1;
    }

    int run()
    {
        auto connection = connect(target_, console_);
        if (!connection) return exit_usage;
        for (int attempts = 0; attempts < attempts_max;) {
            if (connection) {
                const auto exit = subscribe(*connection);
                if (exit) return *exit;
                attempts = 0;
                follow(*connection);
            }
            ++attempts;
            std::this_thread::sleep_for(pause_before_next_attempt);
            auto again = Connection::open(target_.endpoint, target_.token);
            connection = again ? std::optional(std::move(*again)) : std::nullopt;
        }
        complain(console_, "the daemon has not come back");
        return exit_usage;
    }

private:
    /// \return how to end if the daemon refuses; nothing if events follow or the connection was lost.
    std::optional<int> subscribe(Connection& connection)
    {
        json::object request{{"op", "watch"}};
        if (last_seen_) request["from"] = *last_seen_;
        if (!options_.events.empty())
            request["events"] = json::array(options_.events.begin(), options_.events.end());
        const auto reply = connection.request(request);
        if (!reply) return std::nullopt;
        if (!is_true(*reply, "ok")) {
            const auto [code, message, field] = refusal_of(*reply);
            complain(console_, fmt::format("{}: {}", code, message));
            return exit_findings;
        }
        if (!last_seen_) last_seen_ = static_cast<std::uint64_t>(number_at(*reply, "seq"));
        return std::nullopt;
    }

    /// Shows events until the connection is lost.
    void follow(Connection& connection)
    {
        for (;;) {
            const auto line = connection.receive(std::nullopt);
            if (!line) return complain(console_, fmt::format("{}; connecting again", line.error().message));
            const auto event = parse_object(*line);
            if (!event || !event->contains("event")) continue;
            last_seen_ = static_cast<std::uint64_t>(number_at(*event, "seq"));
            console_.out << (options_.json ? *line + '\n' : view_event(*event, console_.colour))
                         << std::flush;
        }
    }

    const Options& options_;
    const Console& console_;
    Target target_;
    std::optional<std::uint64_t> last_seen_;  // seq; nothing until the daemon has said where it stands
};

}  // namespace

int watch_command(const Options& options, const Console& console)
{
    auto target = find_target(options, config::Role::ops, console);
    if (target) return Watcher(options, console, std::move(*target)).run();
    complain(console, target.error().message);
    return exit_usage;
}

}  // namespace triaged::ctl
