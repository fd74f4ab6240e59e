#include "engine/ctl/rules_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "engine/config/clock.hpp"

namespace triaged::ctl {

namespace fs = std::filesystem;

namespace {

Diagnostic unreadable(const std::string& file, const std::string& message)
{
    Diagnostic diagnostic;
    diagnostic.code = "unreadable-file";
    diagnostic.file = file;
    diagnostic.message = message;
    return diagnostic;
}

/// The rules at `paths`; what cannot be read goes to `found`.
std::vector<rulebook::Source> read_rules_at(const std::vector<std::string>& paths,
                                            std::vector<Diagnostic>& found)
{
    std::vector<rulebook::Source> sources;
    for (const auto& path : paths) {
        if (fs::is_directory(path)) {
            auto read = config::read_rules(path);
            if (!read)
                found.push_back(unreadable(path, read.error().message));
            else
                std::move(read->begin(), read->end(), std::back_inserter(sources));
        } else if (auto read = read_source(path)) {
            sources.push_back(std::move(*read));
        } else {
            found.push_back(unreadable(path, read.error().message));
        }
    }
    return sources;
}

}  // namespace

Loaded load_all(const std::string& config_file, const std::vector<std::string>& rules)
{
    Loaded loaded;
    loaded.config = config::load(config_file, loaded.found);
    if (!loaded.config) return loaded;
    loaded.config->vocabulary.today = wall_clock();
    const auto paths = rules.empty() ? std::vector{loaded.config->rules_dir} : rules;
    loaded.rulebook = load_rules(*loaded.config, paths, loaded.found);
    return loaded;
}

std::shared_ptr<const rulebook::Rulebook> load_rules(const config::Config& config,
                                                     const std::vector<std::string>& paths,
                                                     std::vector<Diagnostic>& found)
{
    const auto sources = read_rules_at(paths, found);
    if (has_errors(found)) return nullptr;
    return rulebook::Rulebook::load(sources, config.vocabulary, found);
}

Result<std::vector<rulebook::Source>> read_rules_texts(const std::vector<std::string>& paths)
{
    std::vector<Diagnostic> found;
    auto sources = read_rules_at(paths, found);
    if (!found.empty()) return fail(ErrorCode::bad_value, found.front().message);
    if (sources.empty()) return fail(ErrorCode::bad_value, "there are no rules in it");
    std::set<std::string> names;
    for (auto& source : sources) {
        source.file = fs::path(source.file).filename().string();
        if (!names.insert(source.file).second)
            return fail(ErrorCode::bad_value, fmt::format("two files are called {}", source.file));
    }
    return sources;
}

bool holds_rules(const std::string& path)
{
    std::ifstream stream(path);
    for (std::string line; std::getline(stream, line);)
        if (line.starts_with("stage:") || line.starts_with("lists:")) return true;
    return false;
}

Result<rulebook::Source> read_source(const std::string& path)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream || fs::is_directory(path))
        return fail(ErrorCode::bad_value, fmt::format("cannot read {}", path));
    return rulebook::Source{path, std::string(std::istreambuf_iterator<char>(stream), {})};
}

Result<std::vector<rulebook::Source>> read_cases(const std::string& folder)
{
    std::error_code failure;
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder, failure))
        if (entry.path().string().ends_with(".test.yaml")) names.push_back(entry.path().filename().string());
    if (failure)
        return fail(ErrorCode::bad_value, fmt::format("cannot read {}: {}", folder, failure.message()));
    std::sort(names.begin(), names.end());

    std::vector<rulebook::Source> sources;
    for (const auto& name : names) {
        auto source = read_source((fs::path(folder) / name).string());
        if (!source) return tl::unexpected(source.error());
        source->file = (fs::path(folder).filename() / name).string();
        sources.push_back(std::move(*source));
    }
    return sources;
}

}  // namespace triaged::ctl
