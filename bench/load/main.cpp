// triaged-load: sends tickets over many connections, keeps a window open on each, and reports what came back.

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <numeric>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/load/meter.hpp"
#include "bench/load/peer.hpp"
#include "bench/load/tickets.hpp"

namespace triaged::load {
namespace {

struct Options {
    std::string peer = "triaged";
    std::string to = "127.0.0.1:7070";
    std::vector<std::string> files;
    std::size_t bytes = 1024;
    std::size_t connections = 16;
    std::size_t window = 64;
    double seconds = 10;
    double warm_up = 1;
    std::uint64_t tickets = 0;
    double rate = 0;
    std::string run = "load-" + std::to_string(::getpid());
    int pid = 0;
    bool json = false;
};

struct Line {
    std::unique_ptr<Connection> peer;
    std::deque<Clock::time_point> asked;  // when each open request was due, oldest first
    bool blocked = false;                 // the socket takes no more for now
};

struct Measured {
    std::uint64_t answered = 0;
    std::uint64_t refused = 0;
    std::string why;
    double seconds = 0;
    Latencies latencies;
    double client_cpu = 0;
    std::map<std::string, double> server_cpu;
    std::uint64_t server_bytes = 0;
};

double total(const std::map<std::string, double>& cpu)
{
    return std::accumulate(cpu.begin(), cpu.end(), 0.0,
                           [](double sum, const auto& one) { return sum + one.second; });
}

double seconds(Clock::duration span) { return std::chrono::duration<double>(span).count(); }

class Run {
public:
    Run(const Options& options, const Tickets& tickets)
        : options_(options), tickets_(tickets), epoll_(::epoll_create1(0))
    {
        for (std::size_t i = 0; i < options.connections; ++i) {
            auto& line = lines_.emplace_back();
            line.peer = connect();
            watch(EPOLL_CTL_ADD, i, EPOLLIN);
        }
    }
    ~Run() { ::close(epoll_); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    Measured measure()
    {
        start_ = Clock::now();
        const auto measure_from = start_ + span(options_.warm_up);
        const auto end = measure_from + span(options_.seconds);
        while (true) {
            const auto now = Clock::now();
            if (!measuring_ && now >= measure_from) begin_measuring(now);
            const bool sent_all = options_.tickets > 0 && next_ >= options_.tickets;
            if (measuring_ && (now >= end || sent_all)) stopping_ = true;
            if (stopping_ && (open_ == 0 || now >= end + std::chrono::seconds{30})) break;
            if (!stopping_) ask(now);
            wait();
        }
        finish();
        return std::move(measured_);
    }

private:
    static Clock::duration span(double count)
    {
        return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
    }

    std::unique_ptr<Connection> connect() const
    {
        if (options_.peer == "redis") return connect_redis(options_.to);
        if (options_.peer == "postgres") return connect_postgres(options_.to);
        return connect_triaged(options_.to);
    }

    void watch(int operation, std::size_t i, std::uint32_t events)
    {
        epoll_event event{};
        event.events = events;
        event.data.u64 = i;
        ::epoll_ctl(epoll_, operation, lines_[i].peer->fd(), &event);
    }

    void begin_measuring(Clock::time_point now)
    {
        measuring_ = true;
        measured_ = {};
        measured_from_ = now;
        client_before_ = total(cpu_by_thread(0));
        if (options_.pid > 0) server_before_ = cpu_of_tree(options_.pid);
    }

    /// Fills every window; with a rate, only what is due by `now`, and latency counts from when it was due.
    void ask(Clock::time_point now)
    {
        const auto due = options_.rate > 0 ? static_cast<std::uint64_t>(seconds(now - start_) * options_.rate)
                                           : std::numeric_limits<std::uint64_t>::max();
        const auto last = options_.tickets > 0 ? std::min(due, options_.tickets) : due;
        bool progress = true;
        while (next_ < last && progress) {
            progress = false;
            for (std::size_t i = 0; i < lines_.size() && next_ < last; ++i) {
                auto& line = lines_[i];
                const auto room = options_.window - std::min(options_.window, line.asked.size());
                const auto share = options_.rate > 0 ? std::min<std::size_t>(room, 1) : room;
                for (std::size_t k = 0; k < share && next_ < last; ++k) {
                    line.peer->send(tickets_, options_.run, next_);
                    line.asked.push_back(
                        options_.rate > 0 ? start_ + span(static_cast<double>(next_) / options_.rate) : now);
                    ++next_;
                    ++open_;
                    progress = true;
                }
            }
        }
        for (std::size_t i = 0; i < lines_.size(); ++i) flush(i);
    }

    void flush(std::size_t i)
    {
        const bool left = lines_[i].peer->flush();
        if (left == lines_[i].blocked) return;
        lines_[i].blocked = left;
        watch(EPOLL_CTL_MOD, i, left ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }

    void wait()
    {
        std::array<epoll_event, 128> events{};
        const int count =
            ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), options_.rate > 0 ? 1 : 50);
        for (int k = 0; k < count; ++k) {
            const auto i = static_cast<std::size_t>(events[static_cast<std::size_t>(k)].data.u64);
            auto& line = lines_[i];
            flush(i);
            std::uint64_t refused = 0;
            const auto answered = line.peer->receive(refused, measured_.why);
            const auto now = Clock::now();
            for (std::size_t n = 0; n < answered; ++n) {
                if (measuring_ && line.asked.front() >= measured_from_)
                    measured_.latencies.add(now - line.asked.front());
                line.asked.pop_front();
            }
            open_ -= answered;
            measured_.refused += refused;
            if (measuring_ && !stopping_) measured_.answered += answered, last_answer_ = now;
        }
    }

    void finish()
    {
        measured_.seconds = seconds(last_answer_ - measured_from_);
        measured_.client_cpu = total(cpu_by_thread(0)) - client_before_;
        if (options_.pid <= 0) return;
        measured_.server_cpu = cpu_of_tree(options_.pid);
        for (auto& [thread, used] : measured_.server_cpu) used -= server_before_[thread];
        measured_.server_bytes = resident_bytes(options_.pid);
    }

    const Options& options_;
    const Tickets& tickets_;
    int epoll_;
    std::vector<Line> lines_;
    std::uint64_t next_ = 0;
    std::uint64_t open_ = 0;
    bool measuring_ = false;
    bool stopping_ = false;
    Clock::time_point start_, measured_from_, last_answer_;
    double client_before_ = 0;
    std::map<std::string, double> server_before_;
    Measured measured_;
};

void report(const Options& options, Measured& m)
{
    const auto rate = m.seconds > 0 ? static_cast<double>(m.answered) / m.seconds : 0;
    const auto per_ticket = [&](double cpu) {
        return m.answered > 0 ? cpu * 1e6 / static_cast<double>(m.answered) : 0;
    };
    const double p50 = m.latencies.quantile(0.5), p99 = m.latencies.quantile(0.99),
                 p999 = m.latencies.quantile(0.999);
    if (options.json) {
        std::string threads;
        for (const auto& [thread, used] : m.server_cpu)
            threads += fmt::format("{}\"{}\":{:.3f}", threads.empty() ? "" : ",", thread, per_ticket(used));
        fmt::print(
            R"({{"peer":"{}","connections":{},"window":{},"answered":{},"refused":{},"seconds":{:.3f},"rate":{:.0f},)"
            R"("p50_ms":{:.3f},"p99_ms":{:.3f},"p999_ms":{:.3f},"client_cpu_us":{:.3f},"server_cpu_us":{:.3f},)"
            R"("server_threads_us":{{{}}},"server_bytes":{}}})"
            "\n",
            options.peer, options.connections, options.window, m.answered, m.refused, m.seconds, rate, p50,
            p99, p999, per_ticket(m.client_cpu), per_ticket(total(m.server_cpu)), threads, m.server_bytes);
        return;
    }
    fmt::print("{}: {} connections, window {}, {}-byte tickets\n", options.peer, options.connections,
               options.window, options.bytes);
    fmt::print("  answered   {} in {:.1f} s: {:.0f} a second; {} refused\n", m.answered, m.seconds, rate,
               m.refused);
    fmt::print("  latency    p50 {:.2f} ms   p99 {:.2f} ms   p99.9 {:.2f} ms\n", p50, p99, p999);
    fmt::print("  client     {:.2f} µs of CPU a ticket\n", per_ticket(m.client_cpu));
    if (options.pid > 0) {
        fmt::print("  server     {:.2f} µs of CPU a ticket, {:.0f} MiB resident\n",
                   per_ticket(total(m.server_cpu)), static_cast<double>(m.server_bytes) / 1048576.0);
        for (const auto& [thread, used] : m.server_cpu)
            if (per_ticket(used) >= 0.005) fmt::print("    {:<16} {:.2f} µs\n", thread, per_ticket(used));
    }
    if (m.refused > 0) fmt::print("  refused    {}\n", m.why);
}

}  // namespace
}  // namespace triaged::load

int main(int argc, char** argv)
{
    using namespace triaged::load;
    Options options;
    CLI::App app(
        "Sends tickets and measures how fast each is acknowledged.\n"
        "Example: triaged-load config/sample/*.jsonl --connections 16 --window 64 --pid $(pidof triaged)");
    app.add_option("files", options.files, "ticket lines to draw texts from")
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--peer", options.peer, "what to speak to")
        ->check(CLI::IsMember({"triaged", "redis", "postgres"}));
    app.add_option("--to", options.to, "HOST:PORT, unix:PATH, or a PostgreSQL connection string")
        ->capture_default_str();
    app.add_option("--bytes", options.bytes, "size of a request")->capture_default_str();
    app.add_option("--connections", options.connections)->capture_default_str()->check(CLI::Range(1, 4096));
    app.add_option("--window", options.window, "requests in flight on each")
        ->capture_default_str()
        ->check(CLI::Range(1, 1 << 20));
    app.add_option("--seconds", options.seconds, "how long to measure")->capture_default_str();
    app.add_option("--warm-up", options.warm_up, "seconds before measuring")->capture_default_str();
    app.add_option("--tickets", options.tickets, "stop after so many, warm-up included");
    app.add_option("--rate", options.rate, "tickets a second; latency counts from when each was due");
    app.add_option("--run", options.run, "prefix of every ref; the same one again sends duplicates");
    app.add_option("--pid", options.pid, "the server's process, for its CPU time and memory");
    app.add_flag("--json", options.json, "one JSON object instead of a table");
    CLI11_PARSE(app, argc, argv);
    try {
        const auto tickets = Tickets(options.files, options.bytes);
        auto run = Run(options, tickets);
        auto measured = run.measure();
        report(options, measured);
        return measured.refused > 0 ? 1 : 0;
    } catch (const std::exception& failure) {
        std::cerr << "triaged-load: " << failure.what() << '\n';
        return 2;
    }
}
