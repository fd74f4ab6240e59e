#include "tests/theory/floor.hpp"

#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/desk/desk.hpp"

namespace triaged::theory {

namespace {

using namespace std::chrono_literals;

std::shared_ptr<const rulebook::Rulebook> rules()
{
    rulebook::Vocabulary words;
    words.queues = {QueueName("line"), QueueName("aside")};
    std::vector<Diagnostic> found;
    auto loaded = rulebook::Rulebook::load(
        {{"a.yaml",
          "stage: prioritise\nrules:\n  - rule: vip\n    when: {customer.tier: vip}\n"
          "    then: {priority: urgent}\n"},
         {"b.yaml",
          "stage: route\nrules:\n  - rule: aside\n    when: {customer.tier: prime}\n"
          "    then: {queue: aside}\n  - rule: all\n    then: {queue: line}\n"}},
        words, found);
    if (!loaded) throw std::logic_error(render(found, false));
    return loaded;
}

/// What happens next to a customer.
struct Due {
    Instant at;
    enum class What : std::uint8_t { arrival, done, hang_up } what = What::arrival;
    TicketId ticket;
    AgentId agent;

    bool operator>(const Due& other) const { return at != other.at ? other.at < at : other.ticket < ticket; }
};

struct Customer {
    Instant came;
    bool urgent = false;
    bool aside = false;
    double wait_s = 0;
    bool hung_up = false;
    double told_s = 0;  // 0: nothing
};

class Running {
public:
    explicit Running(const Floor& floor) : floor_(floor), random_(floor.seed)
    {
        static const auto rulebook = rules();
        policies_.rulebook = rulebook;
        for (const auto* name : {"line", "aside"})
            policies_.desk.queues[QueueName(name)] = Queue{QueueName(name), "", {}, ""};
        for (auto& [name, queue] : policies_.desk.queues) queue.tell_wait = true;
        policies_.desk.head_start[static_cast<std::size_t>(Priority::urgent)] = 24h * 365;
        policies_.desk.receipts_kept = 1min;
        policies_.desk.threads.place_kept = Duration{0};
        happen(AdoptRulebook{rulebook->id(), rulebook->digest(), rulebook->rule_names(), {}});
        for (int i = 0; i < floor.model.agents / floor.slots; ++i)
            happen(SignInAgent{AgentId(fmt::format("agent-{:03}", i)), "", {}, floor.slots});
    }

    Measured run()
    {
        const int wanted = floor_.batch * (floor_.batches + 1);
        customers_.reserve(static_cast<std::size_t>(wanted));
        due_.push({now_ + span(3600 / floor_.model.arrivals_per_hour), Due::What::arrival, {}, {}});
        while (settled_ < wanted) {
            const auto next = due_.top();
            due_.pop();
            while (next_deadline(policies_, state_) <= next.at) {
                now_ = std::max(now_, next_deadline(policies_, state_));
                happen(Tick{});
            }
            now_ = next.at;
            if (next.what == Due::What::arrival)
                arrive(wanted);
            else if (next.what == Due::What::done)
                happen(CompleteTicket{next.agent, next.ticket, {}});
            else
                hang_up(next.ticket);
        }
        return measured();
    }

private:
    /// Exponential, in whole milliseconds.
    Duration span(double mean_s)
    {
        const double uniform = (static_cast<double>(random_() >> 11) + 0.5) / 9007199254740992.0;  // 2^53
        return Duration{std::llround(-std::log(uniform) * mean_s * 1000)};
    }

    /// Whether a customer is one of so many.
    bool one_of(double share) { return static_cast<double>(random_() % 1'000'000) < share * 1e6; }

    void arrive(int wanted)
    {
        if (static_cast<int>(customers_.size()) < wanted)
            due_.push({now_ + span(3600 / floor_.model.arrivals_per_hour), Due::What::arrival, {}, {}});
        const bool urgent = one_of(floor_.urgent_share);
        const bool aside = floor_.aside_share > 0 && !urgent && one_of(floor_.aside_share);
        customers_.push_back({now_, urgent, aside});
        ReceiveTicket command;
        command.contact.source = "phone";
        command.contact.ref = std::to_string(customers_.size());
        command.contact.channel = Channel::chat;
        if (urgent) command.customer.set("customer.tier", std::string_view("vip"));
        if (aside) command.customer.set("customer.tier", std::string_view("prime"));
        const TicketId id{customers_.size()};
        if (floor_.model.patience_s)
            due_.push({now_ + span(*floor_.model.patience_s), Due::What::hang_up, id, {}});
        happen(std::move(command));
    }

    void hang_up(TicketId id)
    {
        const auto* const ticket = state_.find(id);
        if (ticket == nullptr || ticket->phase != TicketPhase::waiting) return;  // being served or served
        auto& customer = customers_.at(id.value - 1);
        customer.wait_s = static_cast<double>((now_ - customer.came).count()) / 1000;
        customer.hung_up = true;
        ++settled_;
        happen(AbandonTicket{id, {}, {}});
    }

    void happen(const Command& command)
    {
        const auto events = step(policies_, state_, command, now_);
        if (!events) throw std::logic_error(events.error().message);
        for (const auto& event : *events) {
            if (const auto* const told = std::get_if<WaitTold>(&event.what))
                customers_.at(told->ticket.value - 1).told_s =
                    static_cast<double>((told->taken_by - now_).count()) / 1000;
            if (const auto* const offer = std::get_if<OfferMade>(&event.what)) {
                auto& customer = customers_.at(offer->ticket.value - 1);
                customer.wait_s = static_cast<double>((now_ - customer.came).count()) / 1000;
                ++settled_;
                happen(AcceptOffer{offer->agent, offer->ticket});
                due_.push(
                    {now_ + span(floor_.model.handling_s), Due::What::done, offer->ticket, offer->agent});
            }
        }
    }

    using Value = std::function<double(const Customer&)>;
    using Which = std::function<bool(const Customer&)>;

    /// Batches go by the order in which customers came; the first one fills the floor and does not count.
    BatchMeans means(
        const Value& value, const Which& which = [](const Customer&) { return true; }) const
    {
        std::vector<double> means;
        for (int batch = 1; batch <= floor_.batches; ++batch) {
            double sum = 0;
            int count = 0;
            for (int i = batch * floor_.batch; i < (batch + 1) * floor_.batch; ++i) {
                const auto& customer = customers_[static_cast<std::size_t>(i)];
                if (!which(customer)) continue;
                sum += value(customer);
                ++count;
            }
            means.push_back(count == 0 ? 0 : sum / count);
        }
        return BatchMeans(std::move(means));
    }

    Measured measured() const
    {
        const Value wait = [](const Customer& customer) { return customer.wait_s; };
        const auto share = [](auto holds) {
            return Value([=](const Customer& customer) { return holds(customer) ? 1.0 : 0.0; });
        };
        const Which was_told = [](const Customer& customer) { return customer.told_s > 0; };
        return {means(share([](const Customer& c) { return c.wait_s > 0 || c.hung_up; })),
                means(wait),
                means(share([](const Customer& c) { return !c.hung_up && c.wait_s <= 20; })),
                means(share([](const Customer& c) { return c.hung_up; })),
                means(wait, [](const Customer& c) { return c.urgent; }),
                means(wait, [](const Customer& c) { return !c.urgent; }),
                means(wait, [](const Customer& c) { return c.aside; }),
                means([](const Customer& customer) { return customer.told_s; }, was_told),
                means(wait, was_told)};
    }

    Floor floor_;
    std::mt19937_64 random_;
    desk::Policies policies_;
    desk::State state_;
    Instant now_{1'700'000'000'000};
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::vector<Customer> customers_;  // customer n has ticket n + 1: nothing here joins or follows
    int settled_ = 0;                  // customers who were offered to an agent or have hung up
};

}  // namespace

double BatchMeans::mean() const
{
    double sum = 0;
    for (const double mean : means_) sum += mean;
    return sum / static_cast<double>(means_.size());
}

double BatchMeans::half_width() const
{
    const double middle = mean();
    double squares = 0;
    for (const double mean : means_) squares += (mean - middle) * (mean - middle);
    const auto count = static_cast<double>(means_.size());
    return 3.9 * std::sqrt(squares / (count - 1) / count);  // Student's t, 29 degrees of freedom
}

bool BatchMeans::may_be(double value) const { return std::abs(mean() - value) <= half_width(); }

Measured measure(const Floor& floor) { return Running(floor).run(); }

}  // namespace triaged::theory
