// `triagectl fmt`: rules and test files laid out in one way, their comments kept and their meaning proven the
// same.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/rules_files.hpp"
#include "engine/ctl/target.hpp"
#include "engine/rulebook/format.hpp"

namespace triaged::ctl {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

/// Every *.yaml of a folder, test files too, by name; a file is itself.
Result<std::vector<std::string>> files_at(const std::vector<std::string>& paths)
{
    std::vector<std::string> out;
    for (const auto& path : paths) {
        if (!fs::is_directory(path)) {
            out.push_back(path);
            continue;
        }
        std::error_code failure;
        std::vector<std::string> files;
        for (const auto& entry : fs::directory_iterator(path, failure))
            if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
        if (failure)
            return fail(ErrorCode::bad_value, fmt::format("cannot read {}: {}", path, failure.message()));
        std::sort(files.begin(), files.end());
        out.insert(out.end(), files.begin(), files.end());
    }
    return out;
}

/// Replaces the file whole or not at all: whoever reads it meanwhile sees the old text or the new one.
Result<void> replace(const std::string& path, const std::string& text)
{
    const auto fresh = path + ".fmt";
    std::ofstream stream(fresh, std::ios::binary);
    stream << text;
    stream.close();
    std::error_code failure;
    if (stream) fs::permissions(fresh, fs::status(path).permissions(), failure);
    if (stream) fs::rename(fresh, path, failure);
    if (stream && !failure) return {};
    fs::remove(fresh, failure);
    return fail(ErrorCode::bad_value, fmt::format("cannot write {}", path));
}

int format_input(const Console& console)
{
    const std::string text(std::istreambuf_iterator<char>(console.in), {});
    std::vector<Diagnostic> found;
    const auto formatted = rulebook::format("-", text, found);
    console.err << render(found, console.colour);
    if (!formatted) return exit_findings;
    console.out << *formatted;
    return exit_good;
}

}  // namespace

int fmt_command(const Options& options, const Console& console)
{
    auto paths = options.files;
    if (paths == std::vector<std::string>{"-"}) return format_input(console);
    if (paths.empty()) {
        const auto config = load_config(options, console);
        if (!config) return exit_findings;
        paths = {config->rules_dir};
    }
    const auto files = files_at(paths);
    if (!files) {
        complain(console, files.error().message);
        return exit_usage;
    }
    std::size_t changed = 0;
    bool good = true;
    for (const auto& file : *files) {
        const auto source = read_source(file);
        if (!source) {
            complain(console, source.error().message);
            return exit_usage;
        }
        std::vector<Diagnostic> found;
        const auto formatted = rulebook::format(file, source->text, found);
        console.err << render(found, console.colour);
        good = good && formatted.has_value();
        const bool differs = formatted && *formatted != source->text;
        changed += differs;
        if (options.json)
            console.out << json::serialize(json::object{
                               {"file", file}, {"ok", formatted.has_value()}, {"changed", differs}})
                        << '\n';
        if (!differs) continue;
        if (!options.json)
            console.out << fmt::format("{} {}\n", options.dry ? "would be formatted:" : "formatted:", file);
        if (options.dry) continue;
        if (const auto written = replace(file, *formatted); !written) {
            complain(console, written.error().message);
            return exit_usage;
        }
    }
    if (!options.json && changed == 0 && good)
        console.out << fmt::format("{} file{}, all as they should be\n", files->size(),
                                   files->size() == 1 ? "" : "s");
    return good && !(options.dry && changed > 0) ? exit_good : exit_findings;
}

}  // namespace triaged::ctl
