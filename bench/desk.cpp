// What the desk costs when it is full: a million waiting tickets, ten thousand agents, a thousand queues.
// Microseconds of each kind of decision, bytes of a waiting ticket in the queues' structures, and timers by
// the ten million.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <jemalloc/jemalloc.h>

#include "engine/desk/desk.hpp"

namespace triaged {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Size {
    std::size_t tickets = 1'000'000;
    std::size_t agents = 10'000;
    std::size_t queues = 1'000;
    std::size_t skills = 200;         // a queue needs one of them
    std::size_t skills_an_agent = 5;  // so that an agent serves about 25 queues
    std::size_t decisions = 100'000;  // measured of each kind
    std::size_t timers = 10'000'000;
};

/// Bytes this thread has allocated and not freed, as the daemon's allocator rounds them.
std::int64_t in_use()
{
    const auto count = [](const char* name) {
        std::uint64_t bytes = 0;
        std::size_t size = sizeof bytes;
        if (mallctl(name, &bytes, &size, nullptr, 0) != 0) std::abort();
        return static_cast<std::int64_t>(bytes);
    };
    return count("thread.allocated") - count("thread.deallocated");
}

/// Times of one kind of decision.
class Times {
public:
    explicit Times(std::string name) : name_(std::move(name)) {}

    template <class Work>
    auto of(const Work& work)
    {
        const auto start = Clock::now();
        auto result = work();
        add(Clock::now() - start, 1);
        return result;
    }
    void add(Clock::duration took, std::size_t parts)
    {
        micros_.push_back(std::chrono::duration<double, std::micro>(took).count() /
                          static_cast<double>(parts));
    }
    void report()
    {
        if (micros_.empty()) return;
        std::sort(micros_.begin(), micros_.end());
        const auto at = [&](double share) {
            return micros_[static_cast<std::size_t>(share * static_cast<double>(micros_.size() - 1))];
        };
        double sum = 0;
        for (const double micros : micros_) sum += micros;
        std::cout << fmt::format("{:<28} {:>9} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f}\n", name_, micros_.size(),
                                 sum / static_cast<double>(micros_.size()), at(0.5), at(0.99), at(0.999));
    }

private:
    std::string name_;
    std::vector<double> micros_;
};

std::string numbered(std::string_view what, std::size_t number)
{
    return fmt::format("{}-{:04}", what, number);
}

/// A rule for each queue, by the ticket's product, and one that waits for half an hour.
std::shared_ptr<const rulebook::Rulebook> rules_of(const Size& size)
{
    rulebook::Vocabulary words;
    std::string route = "stage: route\nrules:\n";
    for (std::size_t i = 0; i < size.queues; ++i) {
        const auto queue = numbered("q", i);
        words.queues.insert(QueueName(queue));
        route +=
            fmt::format("  - rule: to-{0}\n    when: {{order.id: {0}}}\n    then: {{queue: {0}}}\n", queue);
    }
    for (std::size_t i = 0; i < size.skills; ++i) words.skills.insert(numbered("s", i));
    words.leads.insert("lead");
    route += "  - rule: rest\n    then: {queue: q-0000}\n";
    const std::string escalate =
        "stage: escalate\nrules:\n  - rule: late\n    when: {waiting: {at_least: 30m}}\n    then: {notify: "
        "lead}\n";
    std::vector<Diagnostic> found;
    auto loaded = rulebook::Rulebook::load({{"a.yaml", route}, {"b.yaml", escalate}}, words, found);
    if (!loaded) {
        std::cerr << render(found, false);
        std::exit(1);
    }
    return loaded;
}

class Full {
public:
    explicit Full(const Size& size) : size_(size), random_(1)
    {
        policies_.rulebook = rules_of(size);
        for (std::size_t i = 0; i < size.queues; ++i) {
            const QueueName name(numbered("q", i));
            auto& queue = policies_.desk.queues[name];
            queue.name = name;
            queue.skills = {{numbered("s", i % size.skills), 1}};
        }
        policies_.desk.threads.keys.clear();
        policies_.desk.offer_ttl = 24h;
        happen(AdoptRulebook{
            policies_.rulebook->id(), policies_.rulebook->digest(), policies_.rulebook->rule_names(), {}});
        for (std::size_t i = 0; i < size.agents; ++i) {
            Skills skills;
            for (std::size_t k = 0; k < size.skills_an_agent; ++k)
                raise(skills, {numbered("s", random_() % size.skills), 1});
            happen(SignInAgent{AgentId(numbered("agent", i)), {}, skills, 1});
        }
    }

    /// Feeds until so many wait. Agents accept what they are offered and keep it.
    void fill()
    {
        while (state_.tickets.size() < size_.tickets + size_.agents) {
            now_ = now_ + Duration{1};
            take_offers(happen(ticket()));
        }
    }

    void measure()
    {
        std::cout << fmt::format("{:<28} {:>9} {:>8} {:>8} {:>8} {:>8}\n", "us", "decisions", "mean", "p50",
                                 "p99", "p99.9");
        Times arrival("arrival, nobody free"), freed("agent freed, next offered"), accept("offer accepted"),
            timer("time condition, a ticket");
        for (std::size_t i = 0; i < size_.decisions; ++i) {
            now_ = now_ + Duration{1};
            auto command = ticket();
            arrival.of([&] { return happen(std::move(command)); });
        }
        for (std::size_t i = 0; i < size_.decisions && !held_.empty(); ++i) {
            now_ = now_ + Duration{1};
            const auto place = random_() % held_.size();
            const auto [id, agent] = held_[place];
            held_[place] = held_.back();
            held_.pop_back();
            const auto events = freed.of([&] { return happen(CompleteTicket{agent, id, {}}); });
            for (const auto& event : events)
                if (const auto* const offer = std::get_if<OfferMade>(&event.what)) {
                    accept.of([&] { return happen(AcceptOffer{offer->agent, offer->ticket}); });
                    held_.emplace_back(offer->ticket, offer->agent);
                }
        }
        const auto until = now_ + 30min;
        for (std::size_t fired = 0; fired < size_.decisions;) {
            const auto due = next_deadline(policies_, state_);
            if (due > until) break;
            now_ = std::max(now_, due) + Duration{256};  // a few hundred at a time, as after a pause
            const auto start = Clock::now();
            const auto events = happen(Tick{});
            const auto took = Clock::now() - start;
            const auto escalated =
                static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [](const Event& e) {
                    return std::holds_alternative<TicketEscalated>(e.what);
                }));
            if (escalated == 0) continue;
            timer.add(took, escalated);
            fired += escalated;
        }
        for (auto* const times : {&arrival, &freed, &accept, &timer}) times->report();
    }

    /// What the structures hold, by taking everything out of them.
    void weigh()
    {
        const auto waiting = state_.tickets.size() - held_.size();
        const auto full = in_use();
        std::vector<const desk::Ticket*> all;
        all.reserve(state_.tickets.size());
        for (const auto& [id, ticket] : state_.tickets) all.push_back(ticket.get());
        const auto before = in_use();
        for (const auto* const ticket : all) state_.unfile(*ticket);
        const auto without = in_use();
        for (const auto* const ticket : all) state_.file(*ticket);
        std::cout << fmt::format(
            "\n{} waiting, {:.0f} bytes each in queues and timers; a ticket itself {} and its text; "
            "{:.0f} bytes a ticket in all\n",
            waiting, static_cast<double>(before - without) / static_cast<double>(waiting),
            sizeof(desk::Ticket), static_cast<double>(full) / static_cast<double>(waiting));
    }

private:
    Command ticket()
    {
        ReceiveTicket command;
        auto& contact = command.contact;
        contact.source = "bench";
        contact.ref = std::to_string(++refs_);
        contact.channel = Channel::chat;
        contact.body = "hello";
        contact.facts.set("order.id", std::string_view(numbered("q", random_() % size_.queues)));
        command.text = policies_.rulebook->scan(contact.subject, contact.body);
        return command;
    }

    std::vector<Event> happen(Command&& command)
    {
        auto events = desk::step(policies_, state_, std::move(command), now_);
        if (!events) {
            std::cerr << events.error().message << '\n';
            std::exit(1);
        }
        return std::move(*events);
    }

    void take_offers(const std::vector<Event>& events)
    {
        for (const auto& event : events)
            if (const auto* const offer = std::get_if<OfferMade>(&event.what)) {
                happen(AcceptOffer{offer->agent, offer->ticket});
                held_.emplace_back(offer->ticket, offer->agent);
            }
    }

    Size size_;
    std::mt19937_64 random_;
    desk::Policies policies_;
    desk::State state_;
    Instant now_{1'790'000'000'000};
    std::uint64_t refs_ = 0;
    std::vector<std::pair<TicketId, AgentId>> held_;
};

/// Timers alone: as many as that, then the soonest fires, again and again, and then fires and is set anew.
void measure_timers(std::size_t count, std::size_t fires)
{
    std::mt19937_64 random(2);
    std::vector<desk::Ticket> tickets(count);
    absl::btree_set<desk::TimerKey> timers;
    const auto before = in_use();
    const auto start = Clock::now();
    for (std::size_t i = 0; i < count; ++i) {
        tickets[i].id = TicketId{i + 1};
        timers.insert({Instant{static_cast<std::int64_t>(random() % 86'400'000)}, &tickets[i]});
    }
    const auto set = Clock::now();
    const auto bytes = static_cast<double>(in_use() - before) / static_cast<double>(count);
    std::uint64_t due = 0;
    for (std::size_t i = 0; i < fires; ++i) {
        due += timers.begin()->ticket->id.value;
        timers.erase(timers.begin());
    }
    const auto fired = Clock::now();
    for (std::size_t i = 0; i < fires; ++i) {
        auto soonest = *timers.begin();
        timers.erase(timers.begin());
        soonest.at = soonest.at + Duration{static_cast<std::int64_t>(random() % 86'400'000)};
        timers.insert(soonest);
    }
    const auto again = Clock::now();
    if (due == 0) std::abort();  // nothing fired
    const auto micros = [](auto span, std::size_t number) {
        return std::chrono::duration<double, std::micro>(span).count() / static_cast<double>(number);
    };
    std::cout << fmt::format(
        "{} timers: {:.2f} us to set, {:.2f} us to fire, {:.2f} us to fire and set anew, {:.0f} bytes each\n",
        count, micros(set - start, count), micros(fired - set, fires), micros(again - fired, fires), bytes);
}

}  // namespace
}  // namespace triaged

int main(int count, char** arguments)
{
    triaged::Size size;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = arguments[i];
        const auto value = std::strtoull(arguments[i + 1], nullptr, 10);
        if (name == "--tickets") size.tickets = value;
        if (name == "--agents") size.agents = value;
        if (name == "--queues") size.queues = value;
        if (name == "--skills") size.skills = value;
        if (name == "--skills-an-agent") size.skills_an_agent = value;
        if (name == "--decisions") size.decisions = value;
        if (name == "--timers") size.timers = value;
    }
    {
        triaged::Full full(size);
        const auto start = triaged::Clock::now();
        full.fill();
        std::cout << fmt::format("filled in {:.1f} s\n",
                                 std::chrono::duration<double>(triaged::Clock::now() - start).count());
        full.weigh();
        full.measure();
    }
    triaged::measure_timers(size.timers, std::min<std::size_t>(size.timers, 1'000'000));
}
