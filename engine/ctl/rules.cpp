// `triagectl rules`: which rules earn their keep.

#include <filesystem>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/config/clock.hpp"
#include "engine/ctl/commands.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/rules_files.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"
#include "engine/journal/read_model.hpp"
#include "engine/rulebook/compiled.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

constexpr Duration recent = std::chrono::hours{24 * 7};

struct Row {
    const rulebook::RuleInfo& rule;
    journal::RuleHits hits;
    bool off = false;
};

json::object to_json(const Row& row)
{
    json::object out{{"rule", row.rule.name},   {"stage", to_string(row.rule.stage)},
                     {"file", row.rule.file},   {"line", row.rule.line},
                     {"about", row.rule.about}, {"off", row.off},
                     {"hits", row.hits.hits},   {"hits_7d", row.hits.recent}};
    if (row.hits.hits > 0) out["last_hit_at"] = to_string(row.hits.last);
    return out;
}

std::string last_hit(const Row& row, Instant now)
{
    if (row.hits.hits == 0) return row.off ? "off" : "never";
    return brief(now - row.hits.last) + " ago";
}

}  // namespace

int rules_command(const Options& options, const Console& console)
{
    Duration idle{0};
    if (!options.idle.empty()) {
        const auto read = parse_duration(options.idle);
        if (!read) {
            complain(console, fmt::format("--idle: {}", read.error().message));
            return exit_usage;
        }
        idle = *read;
    }
    auto loaded = load_all(config_file(options), {});
    if (!loaded.rulebook) {
        console.err << render(loaded.found, console.colour);
        return exit_findings;
    }
    const std::filesystem::path folder =
        options.data_dir.empty() ? loaded.config->data_dir : options.data_dir;
    const auto now = wall_clock();
    const auto hits = journal::rule_hits((folder / "readmodel.db").string(), now - recent);
    if (!hits) {
        complain(console, hits.error().message);
        return exit_usage;
    }

    std::vector<Row> rows;
    for (std::size_t i = 0; i < loaded.rulebook->rules().size(); ++i) {
        const auto& rule = loaded.rulebook->rules()[i];
        const auto found = hits->find(rule.name);
        const Row row{rule, found == hits->end() ? journal::RuleHits{} : found->second,
                      loaded.rulebook->compiled().rules[i].off};
        const bool wanted_stage = options.stage.empty() || options.stage == to_string(rule.stage);
        const bool wanted_idle = idle.count() == 0 || row.hits.hits == 0 || now - row.hits.last >= idle;
        if (wanted_stage && wanted_idle) rows.push_back(row);
    }
    if (options.json) {
        json::array list;
        for (const auto& row : rows) list.push_back(to_json(row));
        console.out << json::serialize(json::object{{"rules", std::move(list)}}) << '\n';
        return exit_good;
    }
    Table table({{"RULE"},
                 {"STAGE"},
                 {"HITS", Align::right},
                 {"7 DAYS", Align::right},
                 {"LAST", Align::right},
                 {"WHERE"}});
    for (const auto& row : rows) {
        const auto tone = row.hits.hits == 0 ? Tone::yellow : Tone::plain;
        table.add({{row.rule.name, Tone::bold},
                   std::string(to_string(row.rule.stage)),
                   grouped(static_cast<std::int64_t>(row.hits.hits)),
                   grouped(static_cast<std::int64_t>(row.hits.recent)),
                   {last_hit(row, now), tone},
                   {fmt::format("{}:{}", row.rule.file, row.rule.line), Tone::dim}});
    }
    console.out << table.render(console.colour);
    return exit_good;
}

}  // namespace triaged::ctl
