// `triagectl test`: the cases beside the rules, what they cover, and what slips they would let pass.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <thread>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/junit.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/rules_files.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"
#include "engine/rehearsal/coverage.hpp"
#include "engine/rehearsal/mutation.hpp"
#include "engine/rehearsal/timeline.hpp"
#include "engine/rulebook/wrap.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

constexpr std::size_t condition_characters_max = 60;  // shown of a condition; the JSON has all of it
constexpr std::size_t entries_shown_max = 12;         // of a list of which mistakes went unnoticed; likewise

std::string count_of(std::size_t number, std::string_view what)
{
    return fmt::format("{} {}{}", grouped(static_cast<std::int64_t>(number)), what, number == 1 ? "" : "s");
}

/// The files of test cases that the arguments name, else those beside the rules.
Result<std::vector<rulebook::Source>> wanted_files(const Options& options, const config::Config& config)
{
    if (options.files.empty()) return read_cases(config.rules_dir);
    std::vector<rulebook::Source> sources;
    for (const auto& file : options.files) {
        auto read = std::filesystem::is_directory(file) ? read_cases(file)
                                                        : read_source(file).map([](rulebook::Source source) {
                                                              return std::vector{std::move(source)};
                                                          });
        if (!read) return read;
        std::move(read->begin(), read->end(), std::back_inserter(sources));
    }
    return sources;
}

std::size_t jobs_of(const Options& options, std::size_t work)
{
    const std::size_t jobs = options.jobs ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
    return std::clamp(work, std::size_t{1}, jobs);
}

/// Calls `work(job, i)` for every i below `count`, on `jobs` threads. `watch` is called now and then with how
/// many are done, on this thread.
template <class Work, class Watch>
void in_parallel(std::size_t jobs, std::size_t count, Work work, Watch watch)
{
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> done{0};
    std::vector<std::jthread> threads;
    for (std::size_t job = 0; job < jobs; ++job)
        threads.emplace_back([&, job] {
            for (auto i = next++; i < count; i = next++) {
                work(job, i);
                ++done;
            }
        });
    while (done < count) {
        watch(done.load());
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

/// Whether the case or timeline is not among those asked for.
bool is_left_out(const auto& one, const Options& options)
{
    return one.name.find(options.filter) == std::string::npos;
}

/// What the test files hold.
struct Tests {
    std::vector<rehearsal::Case> cases;
    std::vector<rehearsal::Timeline> timelines;
};

struct Run {
    std::vector<CaseResult> results;  // of cases and timelines, file by file and in the order of their lines
    rehearsal::Coverage coverage;
};

/// The files of the tests in the order in which they were read, each as it is first met.
void sort_by_file(std::vector<CaseResult>& results, const std::vector<rulebook::Source>& sources)
{
    std::map<std::string_view, std::size_t> place;
    for (const auto& source : sources) place.try_emplace(source.file, place.size());
    std::stable_sort(results.begin(), results.end(), [&](const CaseResult& a, const CaseResult& b) {
        const auto first = place[a.file];
        const auto second = place[b.file];
        return first != second ? first < second : a.line < b.line;
    });
}

Run run_tests(const desk::Policies& policies, const Tests& tests,
              const std::vector<rulebook::Source>& sources, const Options& options)
{
    const auto& rulebook = *policies.rulebook;
    const auto& cases = tests.cases;
    const auto count = cases.size() + tests.timelines.size();
    const auto jobs = jobs_of(options, count / 16);  // fewer are not worth a thread
    Run run{std::vector<CaseResult>(count), rehearsal::Coverage(rulebook)};
    std::vector<rehearsal::Coverage> seen(jobs, run.coverage);
    const auto run_timeline = [&](std::size_t job, const rehearsal::Timeline& one) {
        CaseResult result{one.name, one.file, one.line, is_left_out(one, options), {}};
        if (!result.skipped)
            result.mismatches =
                options.coverage ? seen[job].run(policies, one) : rehearsal::play(policies, one);
        return result;
    };
    const auto work = [&](std::size_t job, std::size_t i) {
        if (i >= cases.size()) {
            run.results[i] = run_timeline(job, tests.timelines[i - cases.size()]);
            return;
        }
        const auto& one = cases[i];
        CaseResult result{one.name, one.file, one.line, is_left_out(one, options), {}};
        if (!result.skipped)
            result.mismatches = options.coverage
                                    ? seen[job].run(one)
                                    : rehearsal::mismatches(one, rehearsal::play(rulebook.compiled(), one));
        run.results[i] = std::move(result);
    };
    in_parallel(jobs, count, work, [](std::size_t) {});
    for (const auto& each : seen) run.coverage.merge(each);
    sort_by_file(run.results, sources);
    return run;
}

void show(const CaseResult& result, const Options& options, const Console& console)
{
    if (result.skipped) return;
    if (options.json) {
        json::object line{
            {"case", result.name}, {"file", result.file}, {"line", result.line}, {"passed", result.passed()}};
        line["mismatches"] = json::array(result.mismatches.begin(), result.mismatches.end());
        console.out << json::serialize(line) << '\n';
    } else if (!result.passed()) {
        console.out << (console.colour ? paint("failed", Tone::red) : "failed")
                    << fmt::format(" {}:{}: {}\n", result.file, result.line, result.name);
        for (const auto& mismatch : result.mismatches) console.out << "       " << mismatch << '\n';
    }
}

std::string percent(std::size_t part, std::size_t whole)
{
    return fmt::format("{:.1f} %",
                       whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

json::object to_json(const rehearsal::RuleCoverage& rule, const rulebook::RuleInfo& info)
{
    json::array conditions;
    for (const auto& leaf : rule.leaves)
        conditions.push_back({{"condition", leaf.condition}, {"held", leaf.held}, {"failed", leaf.failed}});
    return {{"rule", info.name}, {"file", info.file},   {"line", info.line},
            {"off", rule.off},   {"fired", rule.fired}, {"conditions", std::move(conditions)}};
}

void show(const rehearsal::Coverage& coverage, const rulebook::Rulebook& rulebook, const Options& options,
          const Console& console)
{
    std::size_t rules = 0, rules_fired = 0, leaves = 0, leaves_covered = 0;
    Table table(
        {{"rule"}, {"fired", Align::right}, {"held", Align::right}, {"failed", Align::right}, {"condition"}});
    for (const auto& rule : coverage.rules()) {
        const auto& info = rulebook.rules()[rule.rule];
        if (options.json) console.out << json::serialize(to_json(rule, info)) << '\n';
        if (rule.off) continue;
        ++rules;
        rules_fired += rule.fired > 0;
        leaves += rule.leaves.size();
        const auto name = fmt::format("{}:{}: {}", info.file, info.line, info.name);
        if (rule.fired == 0 && rule.leaves.empty()) table.add({name, {"0", Tone::red}, "", "", ""});
        for (const auto& leaf : rule.leaves) {
            leaves_covered += leaf.covered();
            const auto number = [](std::uint64_t count) {
                return Cell(std::to_string(count), count == 0 ? Tone::red : Tone::plain);
            };
            if (!leaf.covered())
                table.add({name, number(rule.fired), number(leaf.held), number(leaf.failed),
                           rulebook::shorten(leaf.condition, condition_characters_max)});
        }
    }
    if (options.json) return;
    if (leaves_covered < leaves || rules_fired < rules) console.out << table.render(console.colour);
    console.out << fmt::format("{} of {} fired ({}); {} of {} mattered both ways ({})\n", rules_fired,
                               count_of(rules, "rule"), percent(rules_fired, rules), leaves_covered,
                               count_of(leaves, "condition"), percent(leaves_covered, leaves));
}

/// \return the mutants that no test notices, in order.
std::vector<const rehearsal::Mutant*> survivors(const desk::Policies& policies, const Tests& tests,
                                                const std::vector<rehearsal::Mutant>& mutants,
                                                const Options& options, const Console& console)
{
    const auto jobs = jobs_of(options, mutants.size());
    std::vector<rehearsal::Trial> trials;
    for (std::size_t job = 0; job < jobs; ++job) trials.emplace_back(policies, tests.cases, tests.timelines);
    std::vector<char> noticed(mutants.size(), 0);
    ProgressLine progress(console.err, console.progress, steady_time);
    in_parallel(
        jobs, mutants.size(),
        [&](std::size_t job, std::size_t i) { noticed[i] = trials[job].notices(mutants[i]); },
        [&](std::size_t done) {
            progress.show(static_cast<double>(done) / static_cast<double>(mutants.size()),
                          fmt::format("{} of {} mutants", done, mutants.size()));
        });
    std::vector<const rehearsal::Mutant*> out;
    for (std::size_t i = 0; i < noticed.size(); ++i)
        if (!noticed[i]) out.push_back(&mutants[i]);
    return out;
}

/// What went unnoticed, in a line for people. \param alike  a mutant, or all of one list's entries
std::string in_words(std::span<const rehearsal::Mutant* const> alike)
{
    const auto& first = *alike.front();
    if (first.condition.empty()) return first.change;
    const auto condition = rulebook::shorten(first.condition, condition_characters_max);
    if (alike.size() == 1) return fmt::format("{}: {}", condition, first.change);
    std::vector<std::string_view> entries;
    for (const auto* const one : alike.first(std::min(alike.size(), entries_shown_max)))
        entries.push_back(one->entry);
    const auto more = alike.size() - entries.size();
    return fmt::format("{}: any of {} entries could be lost: {}{}", condition, alike.size(),
                       fmt::join(entries, ", "), more ? fmt::format(", and {} more", more) : "");
}

void show(std::span<const rehearsal::Mutant* const> left, const rulebook::Rulebook& rulebook,
          const Console& console)
{
    while (!left.empty()) {
        const auto& first = *left.front();
        const auto other = std::find_if(left.begin() + 1, left.end(), [&](const rehearsal::Mutant* one) {
            return first.entry.empty() || one->entry.empty() || one->rule != first.rule ||
                   one->condition != first.condition;
        });
        const auto alike = left.first(static_cast<std::size_t>(other - left.begin()));
        const auto& info = rulebook.rules()[first.rule];
        console.out << (console.colour ? paint("unnoticed", Tone::yellow) : "unnoticed")
                    << fmt::format(" {}:{}: {}: {}\n", info.file, info.line, info.name, in_words(alike));
        left = left.subspan(alike.size());
    }
}

void show_as_json(std::span<const rehearsal::Mutant* const> left, const rulebook::Rulebook& rulebook,
                  const Console& console)
{
    for (const auto* const one : left) {
        const auto& info = rulebook.rules()[one->rule];
        const json::object line{
            {"survivor", one->what()}, {"rule", info.name}, {"file", info.file}, {"line", info.line}};
        console.out << json::serialize(line) << '\n';
    }
}

void mutate(const desk::Policies& policies, const Tests& tests, const Options& options,
            const Console& console)
{
    const auto mutants = rehearsal::mutants(*policies.rulebook);
    const auto left = survivors(policies, tests, mutants, options, console);
    const auto noticed = mutants.size() - left.size();
    const auto entries = static_cast<std::size_t>(std::count_if(
        mutants.begin(), mutants.end(), [](const auto& mutant) { return !mutant.entry.empty(); }));
    const auto entries_left = static_cast<std::size_t>(
        std::count_if(left.begin(), left.end(), [](const auto* mutant) { return !mutant->entry.empty(); }));
    if (options.json) {
        show_as_json(left, *policies.rulebook, console);
        console.out << json::serialize(json::object{{"mutants", mutants.size()},
                                                    {"noticed", noticed},
                                                    {"list_entries", entries},
                                                    {"list_entries_noticed", entries - entries_left}})
                    << '\n';
        return;
    }
    show(left, *policies.rulebook, console);
    const auto others = mutants.size() - entries;
    const auto others_noticed = others - (left.size() - entries_left);
    console.out << fmt::format("{} of {} noticed ({}); without the words and values of lists {} of {} ({})\n",
                               noticed, count_of(mutants.size(), "mutant"), percent(noticed, mutants.size()),
                               others_noticed, others, percent(others_noticed, others));
}

bool write_junit(const Options& options, const std::vector<CaseResult>& results, const Console& console)
{
    if (options.junit.empty()) return true;
    std::ofstream file(options.junit, std::ios::binary);
    file << to_junit(results);
    file.close();
    if (!file) complain(console, fmt::format("cannot write {}", options.junit));
    return static_cast<bool>(file);
}

int report(const Run& run, const desk::Policies& policies, Tests tests, const Options& options,
           const Console& console)
{
    for (const auto& result : run.results) show(result, options, console);
    const auto count = [&](auto is) {
        return static_cast<std::size_t>(std::count_if(run.results.begin(), run.results.end(), is));
    };
    const auto passed = count([](const CaseResult& result) { return result.passed(); });
    const auto skipped = count([](const CaseResult& result) { return result.skipped; });
    const auto failed = run.results.size() - passed - skipped;
    if (!options.json)
        console.out << fmt::format("{} passed, {} failed{}\n", count_of(passed, "case"), failed,
                                   skipped ? fmt::format(", {} skipped", skipped) : "");
    if (options.coverage) show(run.coverage, *policies.rulebook, options, console);
    if (options.mutate && failed > 0) complain(console, "no mutants are tried while a case fails");
    if (options.mutate && failed == 0) {
        const auto left_out = [&](const auto& one) { return is_left_out(one, options); };
        std::erase_if(tests.cases, left_out);
        std::erase_if(tests.timelines, left_out);
        mutate(policies, tests, options, console);
    }
    return failed == 0 ? exit_good : exit_findings;
}

}  // namespace

int test_command(const Options& options, const Console& console)
{
    const auto loaded = load_all(config_file(options), {});
    console.err << render(loaded.found, console.colour);
    if (!loaded.rulebook) return exit_findings;
    const auto sources = wanted_files(options, *loaded.config);
    if (!sources) {
        complain(console, sources.error().message);
        return exit_usage;
    }
    std::vector<Diagnostic> found;
    Tests tests;
    for (const auto& source : *sources) {
        auto cases = rehearsal::read_cases(*loaded.rulebook, source, loaded.config->vocabulary, found,
                                           &loaded.config->desk);
        std::move(cases.begin(), cases.end(), std::back_inserter(tests.cases));
        auto timelines =
            rehearsal::read_timelines(*loaded.rulebook, source, loaded.config->vocabulary, found);
        std::move(timelines.begin(), timelines.end(), std::back_inserter(tests.timelines));
    }
    console.err << render(found, console.colour);
    const desk::Policies policies{loaded.rulebook, loaded.config->desk};
    const auto run = run_tests(policies, tests, *sources, options);
    const bool none = std::all_of(run.results.begin(), run.results.end(),
                                  [](const CaseResult& result) { return result.skipped; });
    if (none && found.empty()) {
        complain(console, options.filter.empty()
                              ? "there are no cases"
                              : fmt::format("no case has '{}' in its name", options.filter));
        return exit_usage;
    }
    if (!write_junit(options, run.results, console)) return exit_usage;
    const auto exit = report(run, policies, std::move(tests), options, console);
    return has_errors(found) ? exit_findings : exit;
}

}  // namespace triaged::ctl
