// `triagectl forecast`: the hours to come, played many times from the present state.

#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/config/clock.hpp"
#include "engine/ctl/commands.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/ctl/recorded_events.hpp"
#include "engine/ctl/rules_files.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"
#include "engine/desk/snapshot.hpp"
#include "engine/forecast/forecast.hpp"

namespace triaged::ctl {

namespace json = boost::json;
using forecast::Outlook;
using forecast::Spread;

namespace {

constexpr int hours_usual = 8;

std::string span(double seconds)
{
    if (seconds < 100) return fmt::format("{:.0f}s", seconds);
    if (seconds < 100 * 60) return fmt::format("{:.0f}m", seconds / 60);
    return fmt::format("{:.1f}h", seconds / 3600);
}

std::string spans(const Spread& spread)
{
    return fmt::format("{} ({}–{})", span(spread.mean), span(spread.low), span(spread.high));
}

std::string counts(const Spread& spread)
{
    return fmt::format("{:.1f} ({:.0f}–{:.0f})", spread.mean, spread.low, spread.high);
}

std::string changes(const Spread& spread, bool of_time)
{
    if (!of_time) return fmt::format("{:+.1f} ({:+.0f}–{:+.0f})", spread.mean, spread.low, spread.high);
    const auto signed_span = [](double seconds) {
        return fmt::format("{}{}", seconds < 0 ? '-' : '+', span(std::abs(seconds)));
    };
    return fmt::format("{} ({}–{})", signed_span(spread.mean), signed_span(spread.low),
                       signed_span(spread.high));
}

bool is_empty(const Outlook& outlook) { return outlook.tickets.high == 0 && outlook.breaches.high == 0; }

void add_row(Table& table, const std::string& queue, const std::string& when, const Outlook& outlook)
{
    table.add({printable(queue), when, counts(outlook.tickets), spans(outlook.wait_s),
               Cell(counts(outlook.breaches), outlook.breaches.mean >= 0.5 ? Tone::red : Tone::plain),
               counts(outlook.abandoned)});
}

void show(const forecast::Forecast& found, const forecast::Question& question, const Console& console)
{
    Table table({{"QUEUE"},
                 {"FROM"},
                 {"TICKETS", Align::right},
                 {"WAIT", Align::right},
                 {"BREACHES", Align::right},
                 {"GIVE UP", Align::right}});
    for (const auto& [queue, outlook] : found.queues) {
        for (std::size_t h = 0; h < outlook.hours.size(); ++h)
            if (!is_empty(outlook.hours[h]))
                add_row(
                    table, queue.value,
                    to_string(question.from + forecast::hour * static_cast<std::int64_t>(h)).substr(0, 16),
                    outlook.hours[h]);
        add_row(table, queue.value, "all", outlook.all);
    }
    console.out << table.render(console.colour);
    console.out << fmt::format("{} runs; in brackets from what to what 90 % of them come out\n",
                               question.runs);
}

void show_changes(const forecast::Comparison& found, const std::string& skills, const Console& console)
{
    Table table({{"QUEUE"}, {"WAIT", Align::right}, {"BREACHES", Align::right}, {"GIVE UP", Align::right}});
    for (const auto& [queue, change] : found.changes)
        table.add({printable(queue.value), changes(change.wait_s, true), changes(change.breaches, false),
                   changes(change.abandoned, false)});
    console.out << fmt::format("\nwith one more agent ({}):\n", skills.empty() ? "no skills" : skills)
                << table.render(console.colour);
}

json::object json_of(const Spread& spread)
{
    return {{"mean", spread.mean}, {"low", spread.low}, {"high", spread.high}};
}

json::object json_of(const Outlook& outlook)
{
    return {{"tickets", json_of(outlook.tickets)},
            {"wait_s", json_of(outlook.wait_s)},
            {"breaches", json_of(outlook.breaches)},
            {"abandoned", json_of(outlook.abandoned)}};
}

json::array json_of(const forecast::Forecast& found, const forecast::Question& question)
{
    json::array queues;
    for (const auto& [name, outlook] : found.queues) {
        auto queue = json_of(outlook.all);
        queue["name"] = name.value;
        json::array hours;
        for (std::size_t h = 0; h < outlook.hours.size(); ++h) {
            auto one = json_of(outlook.hours[h]);
            one["from"] = to_string(question.from + forecast::hour * static_cast<std::int64_t>(h));
            hours.push_back(std::move(one));
        }
        queue["hours"] = std::move(hours);
        queues.push_back(std::move(queue));
    }
    return queues;
}

json::array json_of(const std::map<QueueName, forecast::Change>& changes)
{
    json::array queues;
    for (const auto& [name, change] : changes)
        queues.push_back({{"name", name.value},
                          {"wait_s", json_of(change.wait_s)},
                          {"breaches", json_of(change.breaches)},
                          {"abandoned", json_of(change.abandoned)}});
    return queues;
}

/// What the runs start from: what the journal teaches, and the desk as it leaves it.
struct Past {
    forecast::Learnt learnt;
    desk::State state;
};

Result<Past> read_past(const desk::Policies& policies, const std::string& data_dir, ProgressLine& progress)
{
    Past past;
    const auto read =
        read_events(journal_in(data_dir), policies.desk.desk, progress, [&](const Event& event) {
            past.learnt.see(event, past.state);
            evolve(past.state, event);
        });
    if (!read) return tl::unexpected<Error>(read.error());
    return past;
}

forecast::Question question_of(const Options& options, const desk::Policies& policies,
                               const desk::State& state, Instant from)
{
    forecast::Question question;
    question.snapshot = desk::save(state);
    question.from = std::max(from, state.at);
    question.hours = options.hours == 0 ? hours_usual : options.hours;
    question.runs = options.runs;
    question.seed = options.seed;
    question.jobs = options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
    const auto until = question.from + forecast::hour * question.hours;
    question.shifts = forecast::shifts_of(policies.desk, question.from, until, !options.agents_file.empty());
    return question;
}

json::object json_of(const forecast::Question& question, const forecast::Learnt& learnt)
{
    return {{"from", to_string(question.from)},
            {"hours", question.hours},
            {"runs", question.runs},
            {"seed", question.seed},
            {"learnt",
             {{"from", to_string(learnt.from())},
              {"to", to_string(learnt.to())},
              {"tickets", learnt.tickets()},
              {"handled", learnt.handled()}}}};
}

/// What the runs gave, and what one more agent would change if that was asked.
struct Answer {
    forecast::Forecast found;
    std::optional<forecast::Comparison> with_one_more;
};

Result<Answer> answer(const desk::Policies& policies, const forecast::Learnt& learnt,
                      const forecast::Question& question, ProgressLine& progress)
{
    const auto draw = [&](double fraction) {
        progress.show(fraction, fmt::format("{} runs", question.runs));
    };
    if (question.added.empty()) {
        auto found = forecast::look_ahead(policies, learnt, question, draw);
        if (!found) return tl::unexpected<Error>(found.error());
        return Answer{std::move(*found), {}};
    }
    auto found = forecast::compare(policies, learnt, question, draw);
    if (!found) return tl::unexpected<Error>(found.error());
    return Answer{found->without, std::move(*found)};
}

void show(const Answer& answer, const forecast::Question& question, const Options& options,
          const Console& console)
{
    show(answer.found, question, console);
    if (answer.with_one_more) show_changes(*answer.with_one_more, options.add, console);
}

void show_json(const Answer& answer, const forecast::Question& question, const forecast::Learnt& learnt,
               const Options& options, const Console& console)
{
    auto reply = json_of(question, learnt);
    reply["queues"] = json_of(answer.found, question);
    if (answer.with_one_more)
        reply["add"] = json::object{{"skills", options.add},
                                    {"queues", json_of(answer.with_one_more->with, question)},
                                    {"changes", json_of(answer.with_one_more->changes)}};
    console.out << json::serialize(reply) << '\n';
}

}  // namespace

int forecast_command(const Options& options, const Console& console)
{
    std::string data_dir;
    const auto policies = policies_of(options, console, data_dir);
    if (!policies) return exit_findings;
    const auto wrong = [&](const std::string& what) {
        complain(console, what);
        return exit_usage;
    };
    const auto skills = forecast::parse_skills(options.add);
    if (!skills) return wrong("--add: " + skills.error().message);
    const auto from =
        options.from_time.empty() ? Result<Instant>(wall_clock()) : parse_instant(options.from_time);
    if (!from) return wrong("--from: " + from.error().message);
    ProgressLine progress(console.err, console.progress, steady_time);
    const auto past = read_past(*policies, data_dir, progress);
    progress.clear();
    if (!past) return wrong(past.error().message);
    auto question = question_of(options, *policies, past->state, *from);
    if (options.add_given) question.added.push_back({AgentId("one-more"), "one more", *skills, 0});
    const auto found = answer(*policies, past->learnt, question, progress);
    progress.clear();
    if (!found) return wrong(found.error().message);
    if (options.json)
        show_json(*found, question, past->learnt, options, console);
    else
        show(*found, question, options, console);
    return exit_good;
}

}  // namespace triaged::ctl
