// What one ticket costs, stage by stage, on the shipped rules and the sample's texts: parse, scan, route, the
// desk's whole step, and encoding. Tickets have about 1 KiB. `whole` is all of it, on many generated rules.

#include <filesystem>
#include <iostream>

#include <benchmark/benchmark.h>
#include <boost/json.hpp>

#include "bench/load/tickets.hpp"
#include "bench/workload.hpp"
#include "engine/channels/request.hpp"
#include "engine/config/config.hpp"
#include "engine/desk/desk.hpp"
#include "engine/journal/codec.hpp"

namespace triaged {
namespace {

struct Fixture {
    load::Tickets tickets{sample_files(), 1024};
    std::vector<std::string> lines;
    std::shared_ptr<desk::Policies> policies = std::make_shared<desk::Policies>();
    FactTable facts;

    Fixture()
    {
        std::vector<Diagnostic> found;
        const auto root = std::string(TRIAGED_SOURCE_DIR);
        auto config = config::load(root + "/config/triaged.yaml", found);
        check(config.has_value(), "the shipped configuration loads");
        const auto sources = config::read_rules(config->rules_dir);
        check(sources.has_value(), "the shipped rules can be read");
        policies->rulebook = rulebook::Rulebook::load(*sources, config->vocabulary, found);
        check(policies->rulebook != nullptr, "the shipped rules load");
        policies->desk = config->desk;
        facts = config->vocabulary.facts;
        for (std::uint64_t n = 0; n < 4096; ++n) lines.push_back(line(n));
    }

    static std::vector<std::string> sample_files()
    {
        std::vector<std::string> files;
        for (const auto& entry : std::filesystem::directory_iterator(TRIAGED_SOURCE_DIR "/config/sample"))
            if (entry.path().extension() == ".jsonl") files.push_back(entry.path().string());
        std::sort(files.begin(), files.end());
        return files;
    }

    std::string line(std::uint64_t n) const
    {
        std::string line;
        tickets.append(line, "bench", n);
        line.reserve(line.size() + channels::RequestParser::padding);
        return line;
    }

    ReceiveTicket parsed(std::size_t n) const
    {
        static channels::RequestParser parser(16);
        auto request = parser.parse(line(n), facts);
        check(request.has_value(), "the sample is well formed");
        return std::get<ReceiveTicket>(std::get<Command>(request->body));
    }
};

const Fixture& fixture()
{
    static const Fixture made;
    return made;
}

void parse(benchmark::State& run)
{
    const auto& f = fixture();
    channels::RequestParser parser(16);
    std::size_t n = 0;
    for (auto _ : run) benchmark::DoNotOptimize(parser.parse(f.lines[n++ % f.lines.size()], f.facts));
}
BENCHMARK(parse)->Unit(benchmark::kMicrosecond);

void scan(benchmark::State& run)
{
    const auto& f = fixture();
    std::vector<ReceiveTicket> tickets;
    for (std::size_t n = 0; n < 1024; ++n) tickets.push_back(f.parsed(n));
    std::size_t n = 0;
    for (auto _ : run) {
        const auto& contact = tickets[n++ % tickets.size()].contact;
        benchmark::DoNotOptimize(f.policies->rulebook->scan(contact.subject, contact.body));
    }
}
BENCHMARK(scan)->Unit(benchmark::kMicrosecond);

void route(benchmark::State& run)
{
    const auto& f = fixture();
    std::vector<ReceiveTicket> tickets;
    for (std::size_t n = 0; n < 1024; ++n) {
        tickets.push_back(f.parsed(n));
        auto& contact = tickets.back().contact;
        tickets.back().text = f.policies->rulebook->scan(contact.subject, contact.body);
    }
    std::size_t n = 0;
    for (auto _ : run) {
        const auto& ticket = tickets[n++ % tickets.size()];
        benchmark::DoNotOptimize(
            f.policies->rulebook->route({ticket.text, ticket.contact.facts, ticket.customer}));
    }
}
BENCHMARK(route)->Unit(benchmark::kMicrosecond);

/// decide, evolve and settle of new tickets, routing included, and encoding of their events.
void step(benchmark::State& run)
{
    const auto& f = fixture();
    desk::State state;
    std::string body;
    std::size_t n = 0;
    for (auto _ : run) {
        run.PauseTiming();
        std::vector<Command> commands;
        for (int k = 0; k < 256; ++k, ++n) {
            auto ticket = f.parsed(n);
            ticket.contact.source = "bench";
            ticket.text = f.policies->rulebook->scan(ticket.contact.subject, ticket.contact.body);
            commands.emplace_back(std::move(ticket));
        }
        body.clear();
        run.ResumeTiming();
        for (auto& command : commands) {
            const auto events =
                desk::step(*f.policies, state, std::move(command), Instant{static_cast<std::int64_t>(n)});
            for (const auto& event : *events) journal::encode(event, body);
        }
    }
    run.counters["per_ticket"] =
        benchmark::Counter(static_cast<double>(run.iterations()) * 256,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(step)->Unit(benchmark::kMicrosecond);

/// Generated rules in force, and their tickets as requests.
struct ManyRules {
    std::vector<boost::json::object> requests;
    desk::Policies policies;
    FactTable facts = workload::vocabulary().facts;

    explicit ManyRules(std::size_t rules)
    {
        const auto work = workload::make(workload::Kind::usual, rules);
        policies.rulebook = workload::load(work.sources);
        for (const auto& queue : workload::vocabulary().queues)
            policies.desk.queues.emplace(queue, Queue{queue, "", {}, ""});
        for (const auto& ticket : work.tickets) requests.push_back(request(ticket));
    }

    /// As a feeder sends it, without its ref: facts of the order and of the customer have objects of their
    /// own.
    static boost::json::object request(const workload::Ticket& ticket)
    {
        boost::json::object out, customer, order, own;
        const auto put = [](boost::json::object& into, std::string_view name, const FactValue& value) {
            if (const double* const number = std::get_if<double>(&value))
                into[name] = *number;
            else
                into[name] = std::get<std::string_view>(value);
        };
        for (const auto& [name, value] : ticket.customer)
            put(customer, name.substr(name.find('.') + 1), value);
        for (const auto& [name, value] : ticket.facts) {
            if (name.starts_with("order."))
                put(order, name.substr(name.find('.') + 1), value);
            else
                put(name == "seller" ? own : out, name, value);
        }
        out["subject"] = ticket.subject;
        out["body"] = ticket.body;
        out["customer"] = std::move(customer);
        out["order"] = std::move(order);
        out["facts"] = std::move(own);
        return out;
    }

    std::vector<std::string> lines(std::size_t first, std::size_t count) const
    {
        std::vector<std::string> out;
        for (std::size_t n = first; n < first + count; ++n) {
            auto each = requests[n % requests.size()];
            each["ref"] = std::to_string(n);
            each["customer"].as_object()["id"] = "c-" + std::to_string(n);
            auto line = boost::json::serialize(each);
            line.reserve(line.size() + channels::RequestParser::padding);
            out.push_back(std::move(line));
        }
        return out;
    }
};

/// From the line a feeder sends to the bytes the journal keeps: parsed, scanned, run through all five stages,
/// put on its queue, and recorded with its trace.
void whole(benchmark::State& run)
{
    constexpr std::size_t batch = 256;
    const ManyRules rules(static_cast<std::size_t>(run.range(0)));
    channels::RequestParser parser(16);
    desk::State state;
    std::string body;
    std::size_t n = 0, fired = 0;
    for (auto _ : run) {
        run.PauseTiming();
        const auto lines = rules.lines(n, batch);
        body.clear();
        run.ResumeTiming();
        for (const auto& line : lines) {
            auto request = parser.parse(line, rules.facts);
            check(request.has_value(), "the request is well formed");
            auto& command = std::get<Command>(request->body);
            auto& ticket = std::get<ReceiveTicket>(command);
            ticket.contact.source = "bench";
            ticket.text = rules.policies.rulebook->scan(ticket.contact.subject, ticket.contact.body);
            const auto events = desk::step(rules.policies, state, std::move(command),
                                           Instant{static_cast<std::int64_t>(++n)});
            for (const auto& event : *events) {
                journal::encode(event, body);
                if (const auto* const routed = std::get_if<TicketRouted>(&event.what))
                    fired += routed->routing.trace.fired.size();
            }
        }
    }
    const auto tickets = static_cast<double>(n);
    run.counters["per_ticket"] =
        benchmark::Counter(tickets, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    run.counters["fired"] = static_cast<double>(fired) / tickets;
}
BENCHMARK(whole)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace triaged

BENCHMARK_MAIN();
