// `triagectl replay`: a recorded day with other agents, beside how it went.

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/ctl/recorded_events.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"
#include "engine/forecast/forecast.hpp"
#include "engine/forecast/replay.hpp"

namespace triaged::ctl {

namespace json = boost::json;
using forecast::Waits;

namespace {

constexpr int hours_usual = 24;

std::string span(double seconds)
{
    return seconds < 100 ? fmt::format("{:.0f}s", seconds) : fmt::format("{:.1f}m", seconds / 60);
}

json::object json_of(const Waits& waits)
{
    return {{"tickets", waits.tickets},     {"mean_s", waits.mean_s},     {"p90_s", waits.p90_s},
            {"longest_s", waits.longest_s}, {"breaches", waits.breaches}, {"abandoned", waits.abandoned},
            {"unserved", waits.unserved}};
}

/// A line of how it was and how it would have been.
struct Pair {
    std::string name;
    Waits was;
    Waits would;
};

std::vector<Pair> queues_of(const std::vector<forecast::Wait>& was, const std::vector<forecast::Wait>& would)
{
    std::map<QueueName, Pair> pairs;
    for (auto& [queue, waits] : forecast::by_queue(was)) pairs[queue].was = waits;
    for (auto& [queue, waits] : forecast::by_queue(would)) pairs[queue].would = waits;
    std::vector<Pair> out;
    for (auto& [queue, pair] : pairs) {
        pair.name = queue.value;
        out.push_back(std::move(pair));
    }
    out.push_back({"all", forecast::summary_of(was), forecast::summary_of(would)});
    return out;
}

std::vector<Pair> hours_of(const std::vector<forecast::Wait>& was, const std::vector<forecast::Wait>& would,
                           Instant from, Instant to)
{
    const auto before = forecast::by_hour(was, from, to);
    const auto after = forecast::by_hour(would, from, to);
    std::vector<Pair> out;
    for (std::size_t h = 0; h < before.size(); ++h)
        out.push_back({to_string(from + forecast::hour * static_cast<std::int64_t>(h)), before[h], after[h]});
    return out;
}

Table table_of(const std::vector<Pair>& pairs, const std::string& title, std::size_t name_max)
{
    Table table({{title},
                 {"TICKETS", Align::right},
                 {"WAIT", Align::right},
                 {"→", Align::right},
                 {"P90", Align::right},
                 {"→", Align::right},
                 {"BREACHES", Align::right},
                 {"→", Align::right},
                 {"GAVE UP", Align::right},
                 {"→", Align::right},
                 {"UNSERVED", Align::right},
                 {"→", Align::right}});
    for (const auto& [name, was, would] : pairs) {
        if (was.tickets + would.tickets == 0) continue;
        const auto count = [](std::size_t number) { return std::to_string(number); };
        table.add({printable(name.substr(0, name_max)), count(was.tickets), span(was.mean_s),
                   span(would.mean_s), span(was.p90_s), span(would.p90_s), count(was.breaches),
                   count(would.breaches), count(was.abandoned), count(would.abandoned), count(was.unserved),
                   count(would.unserved)});
    }
    return table;
}

json::array json_of(const std::vector<Pair>& pairs, std::string_view key)
{
    json::array out;
    for (const auto& [name, was, would] : pairs)
        out.push_back({{key, name}, {"was", json_of(was)}, {"would", json_of(would)}});
    return out;
}

}  // namespace

int replay_command(const Options& options, const Console& console)
{
    std::string data_dir;
    const auto policies = policies_of(options, console, data_dir);
    if (!policies) return exit_findings;
    ProgressLine progress(console.err, console.progress, steady_time);
    const auto path = journal_in(data_dir);
    const auto stop = [&](const Error& error) {
        progress.clear();
        complain(console, error.message);
        return exit_usage;
    };
    const auto length = forecast::hour * (options.hours == 0 ? hours_usual : options.hours);
    Instant from;
    if (options.from_time.empty()) {
        Instant last;
        const auto looked =
            read_events(path, policies->desk.desk, progress, [&](const Event& e) { last = e.at; });
        if (!looked) return stop(looked.error());
        from = last - length;
    } else {
        const auto given = parse_instant(options.from_time);
        if (!given) return stop({given.error().code, "--from: " + given.error().message});
        from = *given;
    }
    forecast::Recording recording(policies->desk, from, from + length);
    const auto read =
        read_events(path, policies->desk.desk, progress, [&](const Event& event) { recording.see(event); });
    if (!read) return stop(read.error());
    recording.finish();
    const auto shifts = forecast::shifts_of(policies->desk, from, recording.to(), true);
    const auto would = forecast::replay(*policies, recording, shifts, options.seed);
    if (!would) return stop(would.error());
    progress.clear();

    const auto queues = queues_of(recording.waits(), *would);
    const auto hours = hours_of(recording.waits(), *would, from, recording.to());
    if (options.json) {
        console.out << json::serialize(json::object{{"from", to_string(from)},
                                                    {"to", to_string(recording.to())},
                                                    {"queues", json_of(queues, "name")},
                                                    {"hours", json_of(hours, "from")}})
                    << '\n';
        return exit_good;
    }
    console.out << table_of(queues, "QUEUE", 64).render(console.colour) << '\n'
                << table_of(hours, "FROM", 16).render(console.colour);
    console.out << "each as it was → as it would have been with these agents\n";
    return exit_good;
}

}  // namespace triaged::ctl
