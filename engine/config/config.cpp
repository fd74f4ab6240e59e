#include "engine/config/config.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "engine/config/readers.hpp"

namespace triaged::config {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> read_file(const fs::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream || fs::is_directory(path)) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

/// As people should see it: beside `main` as it was named, where that is the folder `path` is in.
std::string shown(const fs::path& path, const fs::path& main)
{
    return path.parent_path() == fs::absolute(main).lexically_normal().parent_path()
               ? (main.parent_path() / path.filename()).string()
               : path.string();
}

void unreadable(const std::string& file, std::vector<Diagnostic>& found)
{
    Diagnostic diagnostic;
    diagnostic.code = "unreadable-file";
    diagnostic.file = file;
    diagnostic.message = "cannot read this file";
    found.push_back(std::move(diagnostic));
}

/// Reads the file that triaged.yaml calls `path`, if it can be.
template <class Reader>
void read_further(const fs::path& path, const fs::path& main, std::vector<Diagnostic>& found,
                  const Reader& reader)
{
    const auto name = shown(path, main);
    const auto text = read_file(path);
    if (!text) return unreadable(name, found);
    const yaml::Document document(name, *text, found);
    if (!document.broken()) reader(document);
}

/// Whom problems tell must be leads, which are known only once the queues have been read.
void check_problem_leads(const Config& config, const std::string& file, std::vector<Diagnostic>& found)
{
    for (const auto& problem : config.desk.problems)
        for (const auto& name : problem.notify) {
            if (config.vocabulary.leads.contains(name)) continue;
            Diagnostic diagnostic;
            diagnostic.code = "unknown-lead";
            diagnostic.file = file;
            diagnostic.message = fmt::format("problem '{}': unknown lead '{}'", problem.name, name);
            found.push_back(std::move(diagnostic));
        }
}

/// A queue that none of the agents on file could serve is most likely a slip.
void warn_of_unserved_queues(const std::string& file, const DeskPolicy& desk, std::vector<Diagnostic>& found)
{
    if (desk.agents.empty()) return;
    for (const auto& [name, queue] : desk.queues) {
        const bool served = std::any_of(
            desk.agents.begin(), desk.agents.end(),
            [&needs = queue.skills](const auto& agent) { return covers(agent.second.skills, needs); });
        if (served) continue;
        Diagnostic diagnostic;
        diagnostic.severity = Severity::warning;
        diagnostic.code = "unserved-queue";
        diagnostic.file = file;
        diagnostic.message = fmt::format("queue '{}': no agent on file has the skills it needs", name.value);
        found.push_back(std::move(diagnostic));
    }
}

}  // namespace

std::optional<Config> load(const std::string& file, std::vector<Diagnostic>& found, Instant today)
{
    std::vector<Diagnostic> ours;
    Config config;
    const auto absolute = fs::absolute(file).lexically_normal();
    config.file = absolute.string();
    if (const auto text = read_file(absolute)) {
        const yaml::Document document(file, *text, ours);
        if (!document.broken()) {
            const auto names = read_settings(document, absolute.parent_path(), config);
            if (names.calendars_named || fs::exists(names.calendars))
                read_further(names.calendars, file, ours, [&](const auto& calendars) {
                    read_calendars(calendars, names.calendars.parent_path(), today, ours, config);
                });
            read_further(names.queues, file, ours, [&](const auto& queues) { read_queues(queues, config); });
            read_further(names.agents, file, ours, [&](const auto& agents) { read_agents(agents, config); });
            check_problem_leads(config, shown(absolute, file), ours);
            if (!has_errors(ours)) warn_of_unserved_queues(shown(names.agents, file), config.desk, ours);
        }
    } else {
        unreadable(file, ours);
    }
    const bool failed = has_errors(ours);
    found.insert(found.end(), std::make_move_iterator(ours.begin()), std::make_move_iterator(ours.end()));
    if (failed) return std::nullopt;
    return config;
}

bool load_agents(const std::string& file, Config& config, std::vector<Diagnostic>& found)
{
    std::vector<Diagnostic> ours;
    config.desk.agents.clear();
    read_further(fs::absolute(file).lexically_normal(), file, ours,
                 [&](const auto& agents) { read_agents(agents, config); });
    const bool good = !has_errors(ours);
    found.insert(found.end(), std::make_move_iterator(ours.begin()), std::make_move_iterator(ours.end()));
    return good;
}

Result<std::vector<rulebook::Source>> read_rules(const std::string& rules_dir)
{
    std::error_code failure;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(rules_dir, failure)) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".yaml") && !name.ends_with(".test.yaml") && !name.starts_with('.'))
            paths.push_back(entry);
    }
    if (failure)
        return fail(ErrorCode::bad_config,
                    fmt::format("cannot read rules from {}: {}", rules_dir, failure.message()));
    std::sort(paths.begin(), paths.end());

    std::vector<rulebook::Source> sources;
    for (const auto& path : paths) {
        auto text = read_file(path);
        if (!text) return fail(ErrorCode::bad_config, fmt::format("cannot read {}", path.string()));
        sources.push_back({(fs::path(rules_dir).filename() / path.filename()).string(), std::move(*text)});
    }
    return sources;
}

}  // namespace triaged::config
