// What matching costs: microseconds a ticket, and how they grow with the number of rules.
//
// Generated books of routing rules, AND of two to four conditions: 40 % text, 40 % attributes, 20 % ranges. Tickets of
// about 1.2 kB whose words come up as often as words do (Zipf). `scan` is what the preparing threads do, `route` what the
// one sequencer does.

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "engine/rulebook/rulebook.hpp"

namespace {

using namespace triaged;
using rulebook::Rulebook;

constexpr std::size_t words_known = 20'000;
constexpr std::size_t words_per_ticket = 195;  // about 1.2 kB
constexpr std::size_t common_words = 150;      // nobody writes rules about these
constexpr std::size_t tickets_made = 512;      // enough that one ticket's words are not in the cache for the next

/// Pseudo-words, and how often each comes up.
class Language {
public:
    Language()
    {
        std::mt19937 random(1);
        const std::string_view consonants = "bcdfghklmnprstvw", vowels = "aeiou";
        double sum = 0;
        for (std::size_t i = 0; i < words_known; ++i) {
            std::string word;
            for (std::size_t syllables = 1 + random() % 3; word.size() < 2 * syllables + random() % 2;) {
                word += consonants[random() % consonants.size()];
                word += vowels[random() % vowels.size()];
            }
            words_.push_back(word + (i % 7 == 0 ? "s" : ""));
            ends_.push_back(sum += 1.0 / (2.7 + static_cast<double>(i)));
        }
    }

    /// A word as it comes up in text.
    const std::string& spoken(std::mt19937& random) const
    {
        const double at = std::uniform_real_distribution<double>(0, ends_.back())(random);
        return words_[static_cast<std::size_t>(std::lower_bound(ends_.begin(), ends_.end(), at) - ends_.begin())];
    }
    /// A word that a rule may ask for.
    const std::string& telling(std::mt19937& random) const
    {
        return words_[common_words + random() % (words_.size() - common_words)];
    }

private:
    std::vector<std::string> words_;
    std::vector<double> ends_;
};

const Language& language()
{
    static const Language all;
    return all;
}

std::string one(std::mt19937& random, const std::vector<std::string>& of) { return of[random() % of.size()]; }

const std::map<std::string, std::vector<std::string>>& attributes()
{
    static const std::map<std::string, std::vector<std::string>> all{
        {"channel", {"faq", "chat", "email", "phone"}},
        {"customer.tier", {"standard", "prime", "business", "vip"}},
        {"customer.kind", {"buyer", "seller"}},
        {"language", {"en", "de", "fr", "es", "it", "ja", "nl", "pl", "sv", "tr"}},
        {"marketplace", {"com", "co.uk", "de", "fr", "es", "it", "co.jp", "nl", "pl", "se", "com.tr", "ca"}},
        {"order.status", {"placed", "shipped", "delivered", "cancelled", "returned", "refunded"}},
        {"order.product", {"electronics", "home", "fashion", "grocery", "media", "toys", "health", "garden", "pets",
                           "sport", "beauty", "office", "baby", "tools", "books", "music"}},
    };
    return all;
}

std::string text_condition(std::mt19937& random)
{
    const auto& words = language();
    std::string list;
    for (std::size_t i = 0, count = 1 + random() % 4; i < count; ++i) {
        list += (i == 0 ? "\"" : ", \"") + words.telling(random);
        if (random() % 4 == 0) list += " " + words.telling(random);
        list += '"';
    }
    return "text: [" + list + "]";
}

std::string attribute_condition(std::mt19937& random, std::string& key)
{
    auto place = attributes().begin();
    std::advance(place, static_cast<std::ptrdiff_t>(random() % attributes().size()));
    key = place->first;
    const auto first = one(random, place->second);
    return key + ": " + (random() % 3 == 0 ? "[" + first + ", " + one(random, place->second) + "]" : first);
}

std::string range_condition(std::mt19937& random, std::string& key)
{
    key = one(random, {"order.value", "customer.contacts", "order.days_late"});
    const auto low = random() % 50;
    return key + ": " + (random() % 2 ? "{at_least: " + std::to_string(low) + "}"
                                      : "{between: [" + std::to_string(low) + ", " + std::to_string(low + 10) + "]}");
}

/// One `when` of two to four conditions on different things.
std::string a_when(std::mt19937& random)
{
    std::map<std::string, std::string> conditions;
    for (const std::size_t wanted = 2 + random() % 3; conditions.size() < wanted;) {
        const auto dice = random() % 10;
        std::string key = "text";
        const auto made = dice < 4   ? text_condition(random)
                          : dice < 8 ? attribute_condition(random, key)
                                     : range_condition(random, key);
        conditions.emplace(key, made);
    }
    std::string out;
    for (const auto& [key, condition] : conditions) out += (out.empty() ? "" : ", ") + condition;
    return "{" + out + "}";
}

/// A third of the rules each classify, prioritise and route.
std::vector<rulebook::Source> a_book(std::size_t rules)
{
    std::mt19937 random(2);
    const std::vector<std::pair<std::string, std::string>> stages{{"classify", "{intent: i, tags: [t]}"},
                                                                  {"prioritise", "{priority: high}"},
                                                                  {"route", "{queue: special}"}};
    std::vector<rulebook::Source> out;
    std::size_t next = 0;
    for (std::size_t s = 0; s < stages.size(); ++s) {
        std::string text = "stage: " + stages[s].first + "\nrules:\n";
        for (const auto end = rules * (s + 1) / stages.size(); next < end; ++next)
            text += "  - rule: r" + std::to_string(next) + "\n    when: " + a_when(random) + "\n    then: " +
                    stages[s].second + "\n";
        if (stages[s].first == "route") text += "  - rule: default\n    then: {queue: general}\n";
        out.push_back({stages[s].first + ".yaml", text});
    }
    return out;
}

std::shared_ptr<const Rulebook> load(std::size_t rules)
{
    rulebook::Vocabulary vocabulary;
    vocabulary.queues = {QueueName("general"), QueueName("special")};
    std::vector<Diagnostic> found;
    auto book = Rulebook::load(a_book(rules), vocabulary, found);
    check(book != nullptr, "generated rules are correct");
    return book;
}

struct Ticket {
    std::string subject, body;
    FactSet facts, customer;
};

std::vector<Ticket> make_tickets()
{
    std::mt19937 random(3);
    std::vector<Ticket> out(tickets_made);
    for (auto& ticket : out) {
        for (int i = 0; i < 6; ++i) ticket.subject += language().spoken(random) + " ";
        for (std::size_t i = 0; i < words_per_ticket; ++i)
            ticket.body += language().spoken(random) + (random() % 9 == 0 ? ", " : random() % 15 == 0 ? ".\n" : " ");
        for (const auto& [name, values] : attributes()) {
            auto& facts = name.starts_with("customer.") ? ticket.customer : ticket.facts;
            facts.set(name, std::string_view(one(random, values)));
        }
        ticket.facts.set("order.value", std::exp(static_cast<double>(random() % 700) / 100.0));
        ticket.facts.set("order.days_late", static_cast<double>(random() % 12));
        ticket.customer.set("customer.contacts", static_cast<double>(random() % 20));
    }
    return out;
}

const std::vector<Ticket>& tickets()
{
    static const auto all = make_tickets();
    return all;
}

void scan(benchmark::State& state)
{
    const auto book = load(static_cast<std::size_t>(state.range(0)));
    std::size_t next = 0, hits = 0, bytes = 0;
    for (auto _ : state) {
        const auto& ticket = tickets()[next++ % tickets_made];
        const auto facts = book->scan(ticket.subject, ticket.body);
        hits += facts.hits.size();
        bytes += ticket.subject.size() + ticket.body.size();
    }
    const auto runs = static_cast<double>(state.iterations());
    state.counters["hits"] = static_cast<double>(hits) / runs;
    state.counters["bytes"] = static_cast<double>(bytes) / runs;
}

void route(benchmark::State& state)
{
    const auto book = load(static_cast<std::size_t>(state.range(0)));
    std::vector<TextFacts> texts;
    for (const auto& ticket : tickets()) texts.push_back(book->scan(ticket.subject, ticket.body));
    std::size_t next = 0, fired = 0;
    for (auto _ : state) {
        const auto at = next++ % tickets_made;
        const auto routing = book->route({texts[at], tickets()[at].facts, tickets()[at].customer});
        fired += routing.trace.fired.size();
    }
    state.counters["fired"] = static_cast<double>(fired) / static_cast<double>(state.iterations());
}

void scan_and_route(benchmark::State& state)
{
    const auto book = load(static_cast<std::size_t>(state.range(0)));
    std::size_t next = 0;
    for (auto _ : state) {
        const auto& ticket = tickets()[next++ % tickets_made];
        const auto facts = book->scan(ticket.subject, ticket.body);
        benchmark::DoNotOptimize(book->route({facts, ticket.facts, ticket.customer}));
    }
}

void load_rules(benchmark::State& state)
{
    for (auto _ : state) benchmark::DoNotOptimize(load(static_cast<std::size_t>(state.range(0))));
}

BENCHMARK(scan)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(route)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(scan_and_route)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(load_rules)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
