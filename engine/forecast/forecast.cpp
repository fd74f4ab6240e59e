#include "engine/forecast/forecast.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "engine/desk/snapshot.hpp"

namespace triaged::forecast {

namespace {

/// The dice of one run, apart by what they decide, so that a further agent does not change who comes.
struct RunDice {
    explicit RunDice(std::uint64_t seed)
        : arrivals(seed * 4 + 1), work(seed * 4 + 2), answers(seed * 4 + 3), patience(seed * 4 + 4)
    {}

    Dice arrivals, work, answers, patience;
};

/// Contacts as history lets expect them, hour by hour; they are strangers to every ticket there is.
class Arrivals {
public:
    Arrivals(const Learnt& learnt, Dice& dice, Instant from, Instant until)
        : learnt_(learnt), dice_(dice), now_(from), until_(until)
    {}

    std::optional<Coming> next()
    {
        while (now_ < until_) {
            const auto of_week = hour_of_week(now_);
            const auto hour_end = Instant{(now_.ms / hour.count() + 1) * hour.count()};
            const double rate = learnt_.arrivals(of_week);
            const auto at = rate > 0 ? now_ + dice_.span(static_cast<double>(hour.count()) / rate) : hour_end;
            now_ = std::min(at, hour_end);  // chance has no memory: each hour begins anew
            if (at >= hour_end) continue;
            const auto* const like = learnt_.any_contact(of_week, dice_);
            if (like == nullptr) return std::nullopt;
            return Coming{at, stranger(*like), {}, false};
        }
        return std::nullopt;
    }

private:
    Contact stranger(Contact contact)
    {
        contact.source = "forecast";
        contact.ref = std::to_string(++count_);
        for (const auto* name : {"mail.message_id", "mail.in_reply_to", "mail.references"})
            contact.facts.erase(name);
        for (auto at = contact.subject.find("T-"); at != std::string::npos;
             at = contact.subject.find("T-", at))
            contact.subject[at + 1] = ' ';
        return contact;
    }

    const Learnt& learnt_;
    Dice& dice_;
    Instant now_;
    Instant until_;
    std::uint64_t count_ = 0;
};

/// What one run says of a queue in one hour.
struct Cell {
    double tickets = 0;
    double wait_s = 0;  // sum
    double breaches = 0;
    double abandoned = 0;

    void add(const Cell& other)
    {
        tickets += other.tickets;
        wait_s += other.wait_s;
        breaches += other.breaches;
        abandoned += other.abandoned;
    }
    double mean_wait_s() const { return tickets > 0 ? wait_s / tickets : 0; }
};

using Run = std::map<QueueName, std::vector<Cell>>;  // by hour

Run tabulate(const std::vector<Wait>& waits, Instant from, int hours)
{
    Run run;
    const auto place = [&](Instant at) {
        const auto h = (at - from) / hour;
        return static_cast<std::size_t>(std::clamp<std::int64_t>(h, 0, hours - 1));
    };
    for (const auto& wait : waits) {
        auto& cells = run[wait.queue];
        cells.resize(static_cast<std::size_t>(hours));
        auto& cell = cells[place(wait.from)];
        cell.tickets += 1;
        cell.wait_s += static_cast<double>(wait.lasted.count()) / 1000;
        if (wait.end == Wait::End::abandoned) cell.abandoned += 1;
        if (wait.breached_at) cells[place(*wait.breached_at)].breaches += 1;
    }
    return run;
}

Result<Run> play(const desk::Policies& policies, const Learnt& learnt, const Question& question,
                 std::uint64_t run, bool with_added)
{
    auto state = desk::restore(question.snapshot);
    if (!state) return tl::unexpected(state.error());
    RunDice dice(question.seed * 1'000'003 + run);
    const auto until = question.from + hour * question.hours;
    Arrivals arrivals(learnt, dice.arrivals, question.from, until);
    const auto queue_of = [](const desk::State& of, const desk::Ticket& ticket) {
        return QueueName(of.symbols.text(ticket.queue));
    };
    People people;
    people.next_contact = [&] { return arrivals.next(); };
    people.answer = [&](const desk::State&, const desk::Ticket&) { return learnt.any_answer(dice.answers); };
    people.work = [&](const desk::State& of, const desk::Ticket& ticket, Instant) {
        return learnt.any_handling(queue_of(of, ticket), dice.work);
    };
    people.rest = [&](const desk::State& of, const desk::Ticket& ticket, Instant now) {
        const auto since = learnt.accepted_at(ticket.id).value_or(now);
        return learnt.any_rest(queue_of(of, ticket), now - since, dice.work);
    };
    people.patience = [&](const desk::State& of, const desk::Ticket& ticket) {
        return learnt.any_patience(queue_of(of, ticket), dice.patience);
    };
    auto shifts = question.shifts;
    if (with_added)
        for (const auto& agent : question.added) shifts.push_back({question.from, agent, true});
    Floor floor(policies, std::move(*state), question.from, std::move(people), std::move(shifts));
    return tabulate(floor.play(until), question.from, question.hours);
}

/// All runs, in their order, by as many threads as asked for.
Result<std::vector<Run>> play_all(const desk::Policies& policies, const Learnt& learnt,
                                  const Question& question, bool with_added, const Progress& progress)
{
    const auto count = static_cast<std::size_t>(question.runs);
    std::vector<Run> runs(count);
    std::vector<std::optional<Error>> failures(count);
    std::atomic<std::size_t> next{0}, done{0};
    const auto work = [&] {
        for (auto i = next++; i < count; i = next++) {
            auto run = play(policies, learnt, question, i, with_added);
            if (run)
                runs[i] = std::move(*run);
            else
                failures[i] = run.error();
            ++done;
        }
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::max<std::size_t>(question.jobs, 1); ++i) threads.emplace_back(work);
    while (done < count) {
        progress(static_cast<double>(done) / static_cast<double>(count));
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    threads.clear();
    for (auto& failure : failures)
        if (failure) return tl::unexpected(std::move(*failure));
    return runs;
}

Cell total(const Run& run, const QueueName& queue)
{
    Cell sum;
    if (const auto found = run.find(queue); found != run.end())
        for (const auto& cell : found->second) sum.add(cell);
    return sum;
}

template <class Number>
Spread over(const std::vector<Run>& runs, const Number& number)
{
    std::vector<double> values;
    values.reserve(runs.size());
    for (const auto& run : runs) values.push_back(number(run));
    return spread_of(std::move(values));
}

template <class Pick>
Outlook outlook(const std::vector<Run>& runs, const Pick& pick)
{
    return {over(runs, [&](const Run& run) { return pick(run).tickets; }),
            over(runs, [&](const Run& run) { return pick(run).mean_wait_s(); }),
            over(runs, [&](const Run& run) { return pick(run).breaches; }),
            over(runs, [&](const Run& run) { return pick(run).abandoned; })};
}

std::vector<QueueName> queues_of(const std::vector<Run>& runs)
{
    std::map<QueueName, bool> names;
    for (const auto& run : runs)
        for (const auto& [name, cells] : run) names[name] = true;
    std::vector<QueueName> out;
    for (const auto& [name, there] : names) out.push_back(name);
    return out;
}

Forecast summary(const std::vector<Run>& runs, int hours)
{
    Forecast forecast;
    for (const auto& queue : queues_of(runs)) {
        auto& of = forecast.queues[queue];
        of.all = outlook(runs, [&](const Run& run) { return total(run, queue); });
        for (std::size_t h = 0; h < static_cast<std::size_t>(hours); ++h)
            of.hours.push_back(outlook(runs, [&](const Run& run) {
                const auto found = run.find(queue);
                return found == run.end() ? Cell() : found->second[h];
            }));
    }
    return forecast;
}

}  // namespace

Spread spread_of(std::vector<double> of)
{
    std::sort(of.begin(), of.end());
    const auto at = [&](double share) {
        const double place = share * static_cast<double>(of.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const auto above = std::min(below + 1, of.size() - 1);
        return of[below] + (of[above] - of[below]) * (place - static_cast<double>(below));
    };
    double sum = 0;
    for (const double value : of) sum += value;
    return {sum / static_cast<double>(of.size()), at(0.05), at(0.95)};
}

Result<Forecast> look_ahead(const desk::Policies& policies, const Learnt& learnt, const Question& question,
                            const Progress& progress)
{
    const auto runs = play_all(policies, learnt, question, !question.added.empty(), progress);
    if (!runs) return tl::unexpected(runs.error());
    return summary(*runs, question.hours);
}

Result<Comparison> compare(const desk::Policies& policies, const Learnt& learnt, const Question& question,
                           const Progress& progress)
{
    const auto without =
        play_all(policies, learnt, question, false, [&](double fraction) { progress(fraction / 2); });
    if (!without) return tl::unexpected(without.error());
    const auto with =
        play_all(policies, learnt, question, true, [&](double fraction) { progress((1 + fraction) / 2); });
    if (!with) return tl::unexpected(with.error());
    Comparison comparison{summary(*without, question.hours), summary(*with, question.hours), {}};
    for (const auto& queue : queues_of(*without)) {
        const auto change = [&](const auto& number) {
            std::vector<double> differences;
            for (std::size_t i = 0; i < without->size(); ++i)
                differences.push_back(number(total((*with)[i], queue)) - number(total((*without)[i], queue)));
            return spread_of(std::move(differences));
        };
        comparison.changes[queue] = {change([](const Cell& cell) { return cell.mean_wait_s(); }),
                                     change([](const Cell& cell) { return cell.breaches; }),
                                     change([](const Cell& cell) { return cell.abandoned; })};
    }
    return comparison;
}

Result<Skills> parse_skills(std::string_view text)
{
    Skills skills;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const auto colon = std::min(part.find(':'), part.size());
        Skill skill{std::string(part.substr(0, colon)), 1};
        if (colon < part.size()) {
            const auto* const end = part.data() + part.size();
            const auto [rest, failure] = std::from_chars(part.data() + colon + 1, end, skill.level);
            if (failure != std::errc{} || rest != end) skill.level = 0;
        }
        if (skill.name.empty() || skill.level < 1 || skill.level > skill_level_max)
            return fail(
                ErrorCode::bad_value,
                fmt::format("'{}' is no skill and level; write german:3 or german:3,returns:2, levels "
                            "from 1 to {}",
                            part, skill_level_max));
        raise(skills, skill);
    }
    return skills;
}

std::vector<Shift> shifts_of(const DeskPolicy& policy, Instant from, Instant to, bool begins)
{
    std::vector<Shift> shifts;
    for (const auto& [id, profile] : policy.agents) {
        const auto* const hours = find_calendar(policy.calendars, profile.shift);
        const auto add = [&, &agent = id](Instant at, bool comes) {
            shifts.push_back({at, SignInAgent{agent, {}, {}, 0}, comes});
        };
        if (hours == nullptr) {
            if (begins) add(from, true);  // no shift: always there
            continue;
        }
        bool there = open_at(*hours, from);
        if (begins) add(from, there);
        for (auto at = from;; there = !there) {
            at = there ? next_close(*hours, at) : next_open(*hours, at);
            if (at >= to) break;
            add(at, !there);
        }
    }
    return shifts;
}

}  // namespace triaged::forecast
