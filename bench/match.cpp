// What matching costs: microseconds a ticket, and how they grow with the number of rules.
//
// `scan` is what the preparing threads do, `place` (all five stages) what the one sequencer does; see
// workload.hpp for the rules.

#include <map>

#include <benchmark/benchmark.h>

#include "bench/workload.hpp"

namespace {

using namespace triaged;
using workload::Kind;
using workload::Workload;

/// Made once for all benchmarks of a size.
const Workload& workload_of(Kind kind, std::int64_t rules)
{
    static std::map<std::pair<Kind, std::int64_t>, Workload> made;
    const auto place = made.find({kind, rules});
    if (place != made.end()) return place->second;
    return made.emplace(std::pair(kind, rules), workload::make(kind, static_cast<std::size_t>(rules)))
        .first->second;
}

const rulebook::Rulebook& book_of(Kind kind, std::int64_t rules)
{
    static std::map<std::pair<Kind, std::int64_t>, std::shared_ptr<const rulebook::Rulebook>> loaded;
    auto& book = loaded[{kind, rules}];
    if (!book) book = workload::load(workload_of(kind, rules).sources);
    return *book;
}

const rulebook::Clocks no_clocks{};  // no generated rule waits for anything

std::size_t fired_in(const rulebook::Placement& placed)
{
    return placed.routing.trace.fired.size() + placed.escalations.steps.size();
}

void scan(benchmark::State& state)
{
    const auto& book = book_of(Kind::usual, state.range(0));
    const auto& tickets = workload_of(Kind::usual, state.range(0)).tickets;
    std::size_t next = 0, hits = 0, bytes = 0;
    for (auto _ : state) {
        const auto& ticket = tickets[next++ % tickets.size()];
        const auto facts = book.scan(ticket.subject, ticket.body);
        hits += facts.hits.size();
        bytes += ticket.subject.size() + ticket.body.size();
    }
    const auto runs = static_cast<double>(state.iterations());
    state.counters["hits"] = static_cast<double>(hits) / runs;
    state.counters["bytes"] = static_cast<double>(bytes) / runs;
}

void place(benchmark::State& state)
{
    const auto& book = book_of(Kind::usual, state.range(0));
    const auto& tickets = workload_of(Kind::usual, state.range(0)).tickets;
    std::vector<TextFacts> texts;
    for (const auto& ticket : tickets) texts.push_back(book.scan(ticket.subject, ticket.body));
    std::size_t next = 0, fired = 0;
    for (auto _ : state) {
        const auto at = next++ % tickets.size();
        fired += fired_in(book.place({texts[at], tickets[at].facts, tickets[at].customer}, no_clocks));
    }
    state.counters["fired"] = static_cast<double>(fired) / static_cast<double>(state.iterations());
}

void match(benchmark::State& state, Kind kind)
{
    const auto& book = book_of(kind, state.range(0));
    const auto& tickets = workload_of(kind, state.range(0)).tickets;
    std::size_t next = 0, fired = 0;
    for (auto _ : state) {
        const auto& ticket = tickets[next++ % tickets.size()];
        const auto facts = book.scan(ticket.subject, ticket.body);
        fired += fired_in(book.place({facts, ticket.facts, ticket.customer}, no_clocks));
    }
    state.counters["fired"] = static_cast<double>(fired) / static_cast<double>(state.iterations());
}

void load_rules(benchmark::State& state)
{
    const auto& sources = workload_of(Kind::usual, state.range(0)).sources;
    for (auto _ : state) benchmark::DoNotOptimize(workload::load(sources));
}

BENCHMARK(scan)->RangeMultiplier(10)->Range(10, 100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(place)->RangeMultiplier(10)->Range(10, 100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(match, usual, Kind::usual)
    ->RangeMultiplier(10)
    ->Range(10, 100'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(match, unselective, Kind::unselective)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(match, common_word, Kind::common_word)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(match, expressions, Kind::expressions)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(match, numbers, Kind::numbers)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(match, cjk, Kind::cjk)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(match, long_texts, Kind::long_texts)->Arg(1'000)->Unit(benchmark::kMillisecond);
BENCHMARK(load_rules)->RangeMultiplier(10)->Range(10, 100'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
