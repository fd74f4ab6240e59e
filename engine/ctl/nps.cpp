// `triagectl nps`: what customers think of us, by queue or segment.

#include <filesystem>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/config/clock.hpp"
#include "engine/ctl/commands.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"
#include "engine/journal/read_model.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

json::object to_json(const journal::FeedbackScore& score)
{
    json::object out{{"answers", score.answers},
                     {"promoters", score.promoters},
                     {"passives", score.passives()},
                     {"detractors", score.detractors}};
    if (score.answers > 0) out["nps"] = score.nps();
    if (score.satisfied_answers > 0) {
        out["csat_answers"] = score.satisfied_answers;
        out["csat"] = score.csat;
    }
    return out;
}

void add_row(Table& table, const std::string& name, const journal::FeedbackScore& score)
{
    const auto count = [](std::uint64_t number) { return grouped(static_cast<std::int64_t>(number)); };
    const auto nps = score.nps();
    const auto tone = score.answers == 0 ? Tone::plain
                      : nps < 0          ? Tone::red
                      : nps >= 50        ? Tone::green
                                         : Tone::plain;
    table.add({{name, Tone::bold},
               {score.answers == 0 ? "-" : fmt::format("{:+.0f}", nps), tone},
               count(score.answers),
               count(score.promoters),
               count(score.passives()),
               count(score.detractors),
               score.satisfied_answers == 0 ? "-" : fmt::format("{:.1f}", score.csat),
               count(score.satisfied_answers)});
}

}  // namespace

int nps_command(const Options& options, const Console& console)
{
    auto since = Instant{0};
    if (!options.since.empty()) {
        const auto span = parse_duration(options.since);
        if (!span) {
            complain(console, fmt::format("--since: {}", span.error().message));
            return exit_usage;
        }
        since = wall_clock() - *span;
    }
    const auto config = load_config(options, console);
    if (!config) return exit_usage;
    const std::filesystem::path folder = options.data_dir.empty() ? config->data_dir : options.data_dir;
    const auto scores = journal::feedback_scores((folder / "readmodel.db").string(), options.by, since);
    if (!scores) {
        complain(console, scores.error().message);
        return exit_usage;
    }
    journal::FeedbackScore all;
    for (const auto& [name, score] : *scores) all.add(score);
    if (options.json) {
        json::array groups;
        for (const auto& [name, score] : *scores) {
            auto group = to_json(score);
            group[options.by] = name.empty() ? json::value(nullptr) : json::value(name);
            groups.push_back(std::move(group));
        }
        json::object reply{{"by", options.by}, {"groups", std::move(groups)}, {"total", to_json(all)}};
        console.out << json::serialize(reply) << '\n';
        return exit_good;
    }
    Table table({{options.by == "queue"  ? "QUEUE"
                  : options.by == "tier" ? "TIER"
                  : options.by == "kind" ? "KIND"
                                         : "MARKETPLACE"},
                 {"NPS", Align::right},
                 {"ANSWERS", Align::right},
                 {"PROMOTERS", Align::right},
                 {"PASSIVES", Align::right},
                 {"DETRACTORS", Align::right},
                 {"CSAT", Align::right},
                 {"ANSWERS", Align::right}});
    for (const auto& [name, score] : *scores) add_row(table, name.empty() ? "(none)" : name, score);
    add_row(table, "total", all);
    console.out << table.render(console.colour);
    return exit_good;
}

}  // namespace triaged::ctl
