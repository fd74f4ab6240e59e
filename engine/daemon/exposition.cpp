#include "engine/daemon/exposition.hpp"

#include <algorithm>
#include <functional>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace triaged::daemon {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Families one after the other; samples go to the last.
class Page {
public:
    Page& family(std::string name, std::string help, MetricType type)
    {
        MetricFamily added;
        added.name = "triaged_" + std::move(name);
        added.help = std::move(help);
        added.type = type;
        families_.push_back(std::move(added));
        return *this;
    }
    Page& sample(double value, const std::string& label = {}, const std::string& label_value = {})
    {
        auto& family = families_.back();
        ClientMetric metric;
        if (!label.empty()) metric.label.push_back({label, label_value});
        if (family.type == MetricType::Counter)
            metric.counter.value = value;
        else
            metric.gauge.value = value;
        family.metric.push_back(std::move(metric));
        return *this;
    }
    Page& sample(double value, std::vector<ClientMetric::Label> labels)
    {
        sample(value);
        families_.back().metric.back().label = std::move(labels);
        return *this;
    }
    Page& counter(std::string name, std::string help, const Counter& value)
    {
        return family(std::move(name), std::move(help), MetricType::Counter)
            .sample(static_cast<double>(value.load()));
    }
    Page& gauge(std::string name, std::string help, double value)
    {
        return family(std::move(name), std::move(help), MetricType::Gauge).sample(value);
    }
    /// \param unit how many of the histogram's units make one of the page's
    Page& histogram(std::string name, std::string help, const Histogram& of, double unit,
                    const std::vector<std::uint64_t>& limits)
    {
        family(std::move(name), std::move(help), MetricType::Histogram);
        ClientMetric metric;
        metric.histogram.sample_count = of.count();
        metric.histogram.sample_sum = static_cast<double>(of.sum()) / unit;
        for (const auto limit : limits) {
            ClientMetric::Bucket bucket;
            bucket.cumulative_count = of.count_up_to(limit);
            bucket.upper_bound = static_cast<double>(limit) / unit;
            metric.histogram.bucket.push_back(bucket);
        }
        families_.back().metric.push_back(std::move(metric));
        return *this;
    }

    std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
    std::vector<MetricFamily> families_;
};

constexpr double us_a_second = 1e6;

const std::vector<std::uint64_t>& latency_limits()
{
    static const std::vector<std::uint64_t> limits{
        100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000};
    return limits;
}

void add_flow(Page& page, const Metrics& metrics)
{
    page.counter("connections_total", "Connections accepted.", metrics.connections_opened);
    page.counter("requests_total", "Lines read as requests, good or bad.", metrics.requests);
    page.counter("tickets_total", "Tickets opened.", metrics.tickets);
    page.counter("contacts_joined_total", "Contacts that joined an open ticket.", metrics.contacts);
    page.counter("duplicates_total", "Contacts sent again and answered as before.", metrics.duplicates);
    page.family("errors_total", "Requests refused, by the code of the reply.", MetricType::Counter);
    for (std::size_t i = 0; i < Metrics::error_codes; ++i)
        page.sample(static_cast<double>(metrics.errors[i].load()), "code",
                    std::string(to_string(static_cast<ErrorCode>(i))));
    page.histogram("reply_seconds", "From the arrival of a request to the departure of its reply.",
                   metrics.reply_us, us_a_second, latency_limits());
}

void add_journal(Page& page, const Metrics& metrics)
{
    page.counter("commits_total", "Batches made durable.", metrics.commits);
    page.counter("events_total", "Events made durable.", metrics.events);
    page.counter("event_bytes_total", "Bytes of events made durable.", metrics.event_bytes);
    page.histogram("commit_seconds", "One append to the journal, its sync included.", metrics.commit_us,
                   us_a_second, latency_limits());
    page.histogram("commit_events", "Events of one batch.", metrics.commit_events, 1.0,
                   {1, 3, 10, 31, 103, 319, 1'023, 3'071, 10'239, 32'767});
    page.gauge("head_seq", "The last durable event.", static_cast<double>(metrics.head.load()));
    page.gauge("read_model_seq", "The last event that the read model shows.",
               static_cast<double>(metrics.read_model_seq.load()));
    page.gauge("read_model_lag_events", "Events the read model is behind.",
               static_cast<double>(metrics.read_model_lag_events()));
    page.gauge("read_model_lag_seconds", "Time the read model is behind.",
               static_cast<double>(metrics.read_model_lag().count()) / 1e3);
    page.counter("reloads_total", "Reloads that came into force or found nothing changed.", metrics.reloads);
    page.counter("reloads_refused_total", "Reloads refused because of mistakes.", metrics.reloads_refused);
}

void add_desk(Page& page, const Metrics& metrics, const desk::Totals& totals)
{
    const auto connections = metrics.connections_opened.load() - metrics.connections_closed.load();
    page.gauge("connections", "Connections that are open.", static_cast<double>(connections));
    page.family("open_tickets", "Open tickets by where they stand.", MetricType::Gauge);
    page.sample(static_cast<double>(totals.waiting), "phase", "waiting");
    page.sample(static_cast<double>(totals.offered), "phase", "offered");
    page.sample(static_cast<double>(totals.assigned), "phase", "assigned");
    page.gauge("agents", "Agents who have signed in at some time.", static_cast<double>(totals.agents));
    page.gauge("agents_available", "Agents who are available.", static_cast<double>(totals.agents_available));
    page.gauge("receipts", "Contacts whose answers are remembered.", static_cast<double>(totals.receipts));
}

void add_promises(Page& page, const Metrics& metrics)
{
    page.family("sla_breaches_total", "Promises missed, by target and queue.", MetricType::Counter);
    for (const auto& [key, times] : metrics.breaches())
        page.sample(static_cast<double>(times),
                    std::vector<ClientMetric::Label>{{"target", key.first}, {"queue", key.second}});
    page.histogram("timer_late_seconds", "How long after it was due a timer was looked at.",
                   metrics.timer_late_ms, 1e3, {0, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1'000, 5'000, 60'000});
}

void add_queues(Page& page, const std::vector<desk::QueueView>& queues, Instant now)
{
    page.family("queue_waiting", "Tickets that wait on a queue.", MetricType::Gauge);
    for (const auto& queue : queues)
        page.sample(static_cast<double>(queue.waiting), "queue", queue.name.value);
    page.family("queue_oldest_wait_seconds", "How long the oldest of a queue has waited.", MetricType::Gauge);
    for (const auto& queue : queues) {
        const auto wait = queue.oldest_enqueued_at ? now - *queue.oldest_enqueued_at : Duration{0};
        page.sample(static_cast<double>(wait.count()) / 1e3, "queue", queue.name.value);
    }
    page.family(
        "queue_expected_wait_seconds",
        "How long a ticket of normal priority that comes now will probably wait, where that is known.",
        MetricType::Gauge);
    for (const auto& queue : queues)
        if (queue.expected_wait)
            page.sample(static_cast<double>(queue.expected_wait->count()) / 1e3, "queue", queue.name.value);
    page.family("queue_agents", "Available agents who could serve a queue.", MetricType::Gauge);
    for (const auto& queue : queues)
        page.sample(static_cast<double>(queue.agents), "queue", queue.name.value);
}

constexpr std::size_t shadow_rules_max = 20;  // those that differ most; `triagectl shadow` shows all

template <class Count>
using Counted = std::vector<std::pair<Count, std::string>>;

/// The `most` highest, which are then in no order in particular; the others are added up.
template <class Count>
Count keep_highest(Counted<Count>& counts, std::size_t most)
{
    if (counts.size() <= most) return 0;
    const auto end = counts.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(counts.begin(), end, counts.end(), std::greater<>());
    Count rest = 0;
    for (auto each = end; each != counts.end(); ++each) rest += each->first;
    counts.erase(end, counts.end());
    return rest;
}

void add_hits(Page& page, const RuleHits::Counts& seen, std::size_t rules_max)
{
    page.family("rule_hits_total",
                "Times a rule fired since its rulebook came into force; (others): further rules.",
                MetricType::Counter);
    Counted<std::uint64_t> counts;
    for (std::size_t rule = 0; rule < seen.hits.size(); ++rule)
        counts.emplace_back(seen.hits[rule], seen.rulebook->rules()[rule].name);
    const bool some = counts.size() > rules_max;
    const auto rest = keep_highest(counts, rules_max);
    for (const auto& [hits, name] : counts) page.sample(static_cast<double>(hits), "rule", name);
    if (some) page.sample(static_cast<double>(rest), "rule", "(others)");
}

void add_shadow(Page& page, const ShadowReport& shadow)
{
    page.gauge("shadow_active", "Whether rules run in the shadow.", shadow.candidate ? 1 : 0);
    if (!shadow.candidate) return;
    const auto counter = [&](std::string name, std::string help, std::uint64_t value) {
        page.family(std::move(name), std::move(help), MetricType::Counter).sample(static_cast<double>(value));
    };
    counter("shadow_compared_total", "Tickets judged by the rules in the shadow too.", shadow.compared);
    counter("shadow_not_compared_total", "Tickets that came faster than they could be compared.",
            shadow.not_compared);
    counter("shadow_differing_total", "Tickets that the rules in the shadow decide otherwise.",
            shadow.differing);
    page.family("shadow_differences_total", "The same by what differs.", MetricType::Counter);
    for (const auto& [kind, count] : shadow.kinds) page.sample(static_cast<double>(count), "kind", kind);
    page.family(
        "shadow_rule_differences_total",
        "The same by responsible rule, the most frequent: +fires now, -no longer, ~does something else.",
        MetricType::Counter);
    Counted<std::uint64_t> counts;
    for (const auto& [rule, count] : shadow.rules) counts.emplace_back(count, rule);
    keep_highest(counts, shadow_rules_max);
    for (const auto& [count, rule] : counts) page.sample(static_cast<double>(count), "rule", rule);
}

}  // namespace

std::string expose(const Metrics& metrics, const desk::Totals& totals,
                   const std::vector<desk::QueueView>& queues, const RulesSeen& rules, Instant now)
{
    Page page;
    const auto uptime = std::chrono::duration<double>(std::chrono::steady_clock::now() - metrics.started_at);
    page.family("build_info", "The version that runs.", MetricType::Gauge)
        .sample(1, "version", TRIAGED_VERSION);
    page.gauge("uptime_seconds", "Since the process started.", uptime.count());
    add_flow(page, metrics);
    add_journal(page, metrics);
    add_desk(page, metrics, totals);
    add_queues(page, queues, now);
    if (rules.hits != nullptr && rules.rules_max > 0) add_hits(page, *rules.hits, rules.rules_max);
    if (rules.shadow != nullptr) add_shadow(page, *rules.shadow);
    add_promises(page, metrics);
    return page.text();
}

}  // namespace triaged::daemon
