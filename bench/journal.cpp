// What a ticket costs in the journal and the read model: encoding, appending, replaying, showing.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "engine/journal/codec.hpp"
#include "engine/journal/journal.hpp"
#include "engine/journal/read_model.hpp"

using namespace triaged;

namespace {

constexpr Instant start{1'790'000'000'000};
constexpr RulebookId book{0x9d0c5f3ab2417c66};

/// A directory on the disk that TMPDIR names, or else the one we run on.
class BenchDir {
public:
    BenchDir()
    {
        const char* const named = std::getenv("TMPDIR");
        std::string made = std::string(named ? named : ".") + "/bench-journal-XXXXXX";
        if (!::mkdtemp(made.data())) throw std::runtime_error("no directory " + made);
        path_ = made;
    }
    ~BenchDir()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    BenchDir(const BenchDir&) = delete;
    BenchDir& operator=(const BenchDir&) = delete;

    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

void must(const Result<void>& done)
{
    if (!done) throw std::runtime_error(done.error().message);
}

/// The events that one ticket of 1 KiB causes: what the customer is, the ticket, and where it goes.
class Tickets {
public:
    Tickets()
    {
        rulebook_.rulebook = book;
        rulebook_.digest = "9d0c5f3ab2417c66ffffffffffffffff";
        for (int i = 0; i < 100; ++i)
            rulebook_.rules.push_back("some-rule-of-an-online-shop-" + std::to_string(i));
        customer_.set("customer.kind", std::string_view("buyer"));
        customer_.set("customer.tier", std::string_view("prime"));
        customer_.set("customer.nps", 7.0);
        order_.set("order.id", std::string_view("302-1234567-1234567"));
        order_.set("order.value", 129.9);
        routing_.rulebook = book;
        routing_.enriched.set("customer.quadrant", std::string_view("loyal"));
        routing_.intent = "damaged-item";
        routing_.tags = {"damaged", "fragile"};
        routing_.priority = Priority::high;
        routing_.sla = "gold";
        routing_.queue = QueueName{"returns"};
        routing_.trace.fired = {3, 17, 45, 80};
        for (RuleIndex rule = 10; rule < 18; ++rule) routing_.trace.near.push_back({rule, 2});
    }

    /// Adds the events of `count` more tickets, numbered on from those before.
    std::vector<Event> next(int count)
    {
        std::vector<Event> events;
        if (seq_ == 0) add(events, rulebook_);
        for (int i = 0; i < count; ++i) {
            ++ticket_;
            const CustomerId customer{"customer-" + std::to_string(ticket_ * 2654435761 % 100'000)};
            add(events, CustomerUpdated{customer, customer_});
            add(events, TicketOpened{TicketId{ticket_},
                                     Contact{"shop", "ref-" + std::to_string(ticket_), Channel::email, start,
                                             customer, "Arrived in pieces", std::string(1024, 'x'), order_},
                                     {}});
            add(events, TicketRouted{TicketId{ticket_}, routing_, {{"returns", 3}}, start, Instant::max()});
        }
        return events;
    }

private:
    void add(std::vector<Event>& events, Happening what)
    {
        events.push_back({++seq_, start, std::move(what)});
    }

    RulebookAdopted rulebook_;
    FactSet customer_, order_;
    Routing routing_;
    Seq seq_ = 0;
    std::uint64_t ticket_ = 0;
};

journal::Batch batch_of(const std::vector<Event>& events)
{
    journal::Batch batch{events.front().seq, static_cast<std::uint32_t>(events.size()), start, {}};
    for (const auto& event : events) journal::encode(event, batch.body);
    return batch;
}

std::unique_ptr<journal::Journal> owned(const std::string& path)
{
    auto opened = journal::Journal::open(path, "main");
    if (!opened) throw std::runtime_error(opened.error().message);
    must((*opened)->take_ownership("bench"));
    return std::move(*opened);
}

void append(journal::Journal& journal, const journal::Batch& batch)
{
    const auto result = journal.append(batch);
    if (result.outcome != journal::Append::committed) throw std::runtime_error(result.why);
}

/// Time per event (a third of a ticket), its 1 KiB of text included.
void encode_events(benchmark::State& state)
{
    Tickets tickets;
    const auto events = tickets.next(100);
    std::string body;
    for (auto _ : state) {
        body.clear();
        for (const auto& event : events) journal::encode(event, body);
        benchmark::DoNotOptimize(body.data());
    }
    state.counters["ns/event"] = benchmark::Counter(
        static_cast<double>(state.iterations()) * static_cast<double>(events.size()) * 1e-9,
        benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["bytes/ticket"] = static_cast<double>(body.size()) / 100;
}
BENCHMARK(encode_events);

void decode_events(benchmark::State& state)
{
    Tickets tickets;
    const auto batch = batch_of(tickets.next(100));
    for (auto _ : state) {
        auto events = journal::decode(batch.body, 1, batch.count);
        benchmark::DoNotOptimize(events->data());
    }
    state.counters["ns/event"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * batch.count * 1e-9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(decode_events);

/// Durable appends of batches of `range(0)` tickets: CPU and wall time a ticket, and how long single appends
/// take.
void append_batches(benchmark::State& state)
{
    const BenchDir dir;
    const auto journal = owned(dir.file("journal.db"));
    const int per_batch = static_cast<int>(state.range(0));
    Tickets tickets;
    std::vector<double> took_ms;
    for (auto _ : state) {
        state.PauseTiming();
        const auto batch = batch_of(tickets.next(per_batch));
        state.ResumeTiming();
        const auto begun = std::chrono::steady_clock::now();
        append(*journal, batch);
        took_ms.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
    }
    std::sort(took_ms.begin(), took_ms.end());
    state.SetItemsProcessed(state.iterations() * per_batch);
    state.counters["p50_ms"] = took_ms[took_ms.size() / 2];
    state.counters["p99_ms"] = took_ms[took_ms.size() * 99 / 100];
    state.counters["max_ms"] = took_ms.back();
    state.counters["cpu/ticket"] =
        benchmark::Counter(static_cast<double>(state.iterations() * per_batch),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(append_batches)->Arg(1)->Iterations(3000);
BENCHMARK(append_batches)->Arg(64)->Iterations(1500);
BENCHMARK(append_batches)->Arg(1000)->Iterations(150);

/// Reading, checking and decoding a journal of 100,000 tickets in batches of `range(0)`.
void replay(benchmark::State& state)
{
    constexpr int tickets_total = 100'000;
    const BenchDir dir;
    const auto journal = owned(dir.file("journal.db"));
    Tickets tickets;
    const int per_batch = static_cast<int>(state.range(0));
    for (int done = 0; done < tickets_total; done += per_batch)
        append(*journal, batch_of(tickets.next(per_batch)));
    for (auto _ : state) {
        Seq last = 0;
        must(journal->read(0, [&](const journal::Batch& batch) {
            const auto events = journal::decode(batch.body, batch.first_seq, batch.count);
            last = events->back().seq;
            return true;
        }));
        benchmark::DoNotOptimize(last);
    }
    state.SetItemsProcessed(state.iterations() * tickets_total);
}
BENCHMARK(replay)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

/// Showing batches of 1,000 tickets: `cpu/ticket` is what one core must spare per ticket.
void show_tickets(benchmark::State& state)
{
    const BenchDir dir;
    auto model = journal::ReadModel::open(dir.file("readmodel.db"));
    if (!model) throw std::runtime_error(model.error().message);
    Tickets tickets;
    for (auto _ : state) {
        state.PauseTiming();
        const auto events = tickets.next(1000);
        state.ResumeTiming();
        must((*model)->apply(events));
    }
    state.SetItemsProcessed(state.iterations() * 1000);
    state.counters["cpu/ticket"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * 1000,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(show_tickets)->Iterations(200)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
