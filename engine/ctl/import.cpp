#include "engine/ctl/import.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/rules_files.hpp"
#include "engine/ctl/target.hpp"
#include "engine/rulebook/format.hpp"

namespace triaged::ctl {

namespace fs = std::filesystem;
namespace json = boost::json;

using rulebook::Stage;

namespace {

constexpr std::size_t label_bytes_max =
    48;  // configured names have 64 at most, and a word may come before or a number behind

/// Rules of one stage as a file; empty if there are none.
std::string rules_file(const Imported& imported, Stage stage, std::string_view product)
{
    std::string rules;
    for (const auto& rule : imported.rules) {
        if (rule.stage != stage) continue;
        rules += fmt::format("  - rule: {}\n", rule.name);
        if (!rule.about.empty()) rules += fmt::format("    about: {}\n", scalar_of(rule.about));
        if (rule.off) rules += "    off: true\n";
        if (!rule.when.empty()) rules += fmt::format("    when: {{{}}}\n", fmt::join(rule.when, ", "));
        rules += fmt::format("    then: {{{}}}\n", fmt::join(rule.then, ", "));
    }
    if (stage == Stage::route)
        rules += fmt::format("  - rule: default\n    then: {{queue: {}}}\n", imported.default_queue);
    if (rules.empty()) return {};
    const auto text =
        fmt::format("# Imported from {}.\nstage: {}\nrules:\n{}", product, to_string(stage), rules);
    std::vector<Diagnostic> found;
    return rulebook::format("imported", text, found).value_or(text);
}

std::string config_file_of(const Imported& imported)
{
    std::string out =
        "# Made by the import: declares the names that its rules use.\n"
        "data_dir: ../data\nrules: ../rules\nqueues: queues.yaml\nagents: agents.yaml\n";
    if (imported.facts.empty()) return out;
    out += "facts:\n";
    for (const auto& [name, fact] : imported.facts) {
        out += fmt::format("  {}:\n    type: {}\n", name, fact.type == FactType::number ? "number" : "text");
        out += fmt::format("    about: {}\n", scalar_of(fact.about));
    }
    return out;
}

std::string queues_file(const Imported& imported)
{
    auto queues = imported.queues;
    queues.insert(imported.default_queue);
    std::string out = "# Made by the import. Give each queue its skills, hours and SLA policy.\n";
    if (!imported.leads.empty()) {
        out += "leads:\n";
        for (const auto& lead : imported.leads) out += fmt::format("  {}: Imported\n", lead);
    }
    out += "queues:\n";
    for (const auto& queue : queues) out += fmt::format("  {}:\n    about: Imported\n", queue);
    return out;
}

std::string report_of(const Imported& imported)
{
    std::string out;
    for (const auto& [where, what, why] : imported.left) out += fmt::format("{}: {}: {}\n", where, what, why);
    return out;
}

bool write(const fs::path& path, const std::string& text)
{
    std::error_code failure;
    fs::create_directories(path.parent_path(), failure);
    std::ofstream stream(path, std::ios::binary);
    stream << text;
    stream.close();
    return static_cast<bool>(stream);
}

}  // namespace

std::string label_of(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool good = byte < 0x80 && (std::isalnum(byte) || c == '_' || c == '.');
        if (good)
            out += static_cast<char>(std::tolower(byte));
        else if (!out.empty() && out.back() != '-')
            out += '-';
    }
    out.resize(std::min(out.size(), label_bytes_max));
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out.empty() ? "unnamed" : out;
}

std::string scalar_of(std::string_view text)
{
    const auto plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
    };
    static const std::set<std::string_view> reserved{"true",    "false", "null", "missing",
                                                     "present", "yes",   "no",   "~"};
    if (!text.empty() && std::isalnum(static_cast<unsigned char>(text.front())) &&
        std::all_of(text.begin(), text.end(), plain) && !reserved.contains(text))
        return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n')
            out += "\\n";
        else if (static_cast<unsigned char>(c) < 0x20)
            out += ' ';
        else
            out += c;
    }
    return out + '"';
}

std::map<std::string, std::string> files_of(const Imported& imported, std::string_view product)
{
    std::map<std::string, std::string> out;
    const std::pair<const char*, Stage> stages[]{{"rules/10-enrich.yaml", Stage::enrich},
                                                 {"rules/20-classify.yaml", Stage::classify},
                                                 {"rules/30-prioritise.yaml", Stage::prioritise},
                                                 {"rules/40-route.yaml", Stage::route},
                                                 {"rules/50-escalate.yaml", Stage::escalate}};
    for (const auto& [file, stage] : stages)
        if (auto text = rules_file(imported, stage, product); !text.empty()) out[file] = std::move(text);
    out["config/triaged.yaml"] = config_file_of(imported);
    out["config/queues.yaml"] = queues_file(imported);
    out["config/agents.yaml"] = "";
    out["NOT-IMPORTED.txt"] = report_of(imported);
    return out;
}

int import_rules_command(const Options& options, const Console& console)
{
    if (options.folder.empty()) {
        complain(console, fmt::format("import {} needs --out, a folder for the rules", options.format));
        return exit_usage;
    }
    const auto source = read_source(options.target);
    if (!source) {
        complain(console, source.error().message);
        return exit_usage;
    }
    const bool zendesk = options.format == "zendesk-triggers";
    const auto imported =
        zendesk ? import_zendesk(source->text) : import_alertmanager(source->file, source->text);
    if (!imported) {
        complain(console, fmt::format("{}: {}", options.target, imported.error().message));
        return exit_usage;
    }
    const auto files = files_of(*imported, zendesk ? "Zendesk triggers" : "Alertmanager");
    for (const auto& [file, text] : files)
        if (fs::exists(fs::path(options.folder) / file)) {
            complain(console, fmt::format("{} is there already; --out wants a folder without an import",
                                          (fs::path(options.folder) / file).string()));
            return exit_usage;
        }
    for (const auto& [file, text] : files)
        if (!write(fs::path(options.folder) / file, text)) {
            complain(console, fmt::format("cannot write {}", (fs::path(options.folder) / file).string()));
            return exit_usage;
        }
    const auto off = std::count_if(imported->rules.begin(), imported->rules.end(),
                                   [](const ImportedRule& rule) { return rule.off; });
    if (options.json) {
        json::array left;
        for (const auto& [where, what, why] : imported->left)
            left.push_back(json::object{{"where", where}, {"what", what}, {"why", why}});
        console.out << json::serialize(json::object{{"rules", imported->rules.size()},
                                                    {"off", off},
                                                    {"folder", options.folder},
                                                    {"left_out", std::move(left)}})
                    << '\n';
        return exit_good;
    }
    for (const auto& [where, what, why] : imported->left)
        console.out << fmt::format("not carried over: {}: {}: {}\n", where, what, why);
    console.out << fmt::format(
        "{} rules in {}, {} of them off until you finish them; {} things not carried over\n",
        imported->rules.size(), (fs::path(options.folder) / "rules").string(), off, imported->left.size());
    console.out << fmt::format("look at them with: triagectl check --config {}\n",
                               (fs::path(options.folder) / "config/triaged.yaml").string());
    return exit_good;
}

}  // namespace triaged::ctl
