// triaged.yaml: the daemon's own settings.

#include <cstdlib>

#include "engine/config/readers.hpp"

namespace triaged::config {

namespace fs = std::filesystem;

namespace {

void read_limits(Section& settings, SocketLimits& limits)
{
    const auto* const node = settings.take("limits");
    if (!node) return;
    constexpr std::int64_t many = 1'000'000;
    Section section(settings.document(), *node, "limits");
    section.bytes("line_bytes", limits.line_bytes_max, 1'024);
    section.integer("nesting", limits.nesting_max, 4, 1'000);
    section.integer("sessions", limits.sessions_max, 1, many);
    section.integer("in_flight", limits.in_flight_max, 1, many);
    section.bytes("unsent_bytes", limits.unsent_bytes_max, 4'096);
    section.integer("pushed_events", limits.pushed_events_max, 1, many);
    section.finish();
}

void read_log(Section& settings, LogSettings& log)
{
    const auto* const node = settings.take("log");
    if (!node) return;
    Section section(settings.document(), *node, "log");
    section.choice("level", log.level, {"trace", "debug", "info", "warn", "error"});
    section.choice("format", log.format, {"human", "json"});
    section.finish();
}

void read_io_threads(Section& settings, Config& config)
{
    const auto* const node = settings.take("io_threads");
    if (node && node->text != "auto") settings.integer("io_threads", config.io_threads, 1, 256);
}

/// The text of `key`, else `otherwise`, as an absolute path.
std::string path_of(Section& settings, std::string_view key, std::string otherwise, const fs::path& folder)
{
    settings.text(key, otherwise);
    return absolute(folder, otherwise);
}

}  // namespace

std::string absolute(const fs::path& folder, const std::string& path)
{
    auto text = (folder / path).lexically_normal().string();
    if (text.size() > 1 && text.ends_with('/')) text.pop_back();
    return text;
}

FileNames read_settings(const yaml::Document& document, const fs::path& folder, Config& config)
{
    yaml::Node empty;  // an empty file leaves every default
    empty.kind = yaml::Kind::map;
    const auto& root = document.root();
    Section settings(document, root.kind == yaml::Kind::null ? empty : root, "triaged.yaml");
    config.data_dir = path_of(settings, "data_dir", "../var/main", folder);
    config.rules_dir = path_of(settings, "rules", "../rules", folder);
    const FileNames names{path_of(settings, "queues", "queues.yaml", folder),
                          path_of(settings, "agents", "agents.yaml", folder),
                          path_of(settings, "calendars", "calendars.yaml", folder),
                          settings.take("calendars") != nullptr};
    read_access(settings, folder, config);
    read_limits(settings, config.limits);
    read_log(settings, config.log);
    read_desk(settings, config);
    read_facts(settings, config);
    read_threads(settings, config);
    read_outbox(settings, folder, config);
    read_activity(settings, config);
    read_problems(settings, config);
    settings.boolean("read_model", config.read_model);
    settings.integer("rule_metrics", config.rule_metrics_max, 0, 100'000);
    read_io_threads(settings, config);
    settings.integer("snapshot_every", config.snapshot_every_events, 1'000, 4'000'000'000);
    settings.finish();

    // The same configuration then serves several installations, and tests.
    if (const char* const data_dir = std::getenv("TRIAGED_DATA_DIR"); data_dir && *data_dir)
        config.data_dir = absolute(fs::current_path(), data_dir);
    return names;
}

}  // namespace triaged::config
