#include "engine/daemon/logging.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "engine/channels/json.hpp"
#include "engine/daemon/log.hpp"

namespace triaged::daemon {

namespace {

/// `{"at":"2026-11-22T09:30:00.000Z","level":"info","message":"…"}`
class JsonFormatter final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override
    {
        const auto since_epoch = message.time.time_since_epoch();
        const auto at = Instant{std::chrono::duration_cast<Duration>(since_epoch).count()};
        const auto level = spdlog::level::to_string_view(message.level);
        std::string line;
        channels::JsonWriter(line)
            .open()
            .field("at", to_string(at))
            .field("level", std::string_view(level.data(), level.size()))
            .field("message", std::string_view(message.payload.data(), message.payload.size()))
            .close();
        line += '\n';
        out.append(line.data(), line.data() + line.size());
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

}  // namespace

void set_up_logging(const config::LogSettings& settings)
{
    auto logger =
        std::make_shared<spdlog::logger>("triaged", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    if (settings.format == "json")
        logger->set_formatter(std::make_unique<JsonFormatter>());
    else
        logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-8l%$ %v", spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::from_str(settings.level));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace triaged::daemon
