#include "engine/forecast/forecast.hpp"

#include "engine/forecast/replay.hpp"
#include "tests/desk/driver.hpp"
#include "tests/theory/erlang.hpp"

using namespace triaged;
using namespace triaged::forecast;
using namespace std::chrono_literals;

namespace {

constexpr Instant monday{1'767'571'200'000};  // 2026-01-05T00:00:00Z

/// A desk where everything goes to one queue, with a promise of a first response within ten minutes.
desk::Policies plain_policies()
{
    rulebook::Vocabulary words;
    words.queues.insert(QueueName("line"));
    words.skills = {"german"};
    std::vector<Diagnostic> found;
    desk::Policies policies;
    words.slas.insert("soon");
    policies.rulebook = rulebook::Rulebook::load(
        {{"a.yaml",
          "stage: prioritise\nrules:\n  - rule: promise\n    when: {channel: chat}\n    then: {sla: soon}\n"},
         {"b.yaml", "stage: route\nrules:\n  - rule: all\n    then: {queue: line}\n"}},
        words, found);
    INFO(render(found, false));
    REQUIRE(policies.rulebook != nullptr);
    policies.desk.queues[QueueName("line")] = Queue{QueueName("line"), {}, {}, {}, {}};
    policies.desk.slas["soon"].name = "soon";
    policies.desk.slas["soon"].goal(SlaTarget::first_response).within = 10min;
    policies.desk.agent_capacity = 1;
    policies.desk.threads.keys.clear();
    return policies;
}

Contact chat(std::uint64_t number)
{
    Contact contact;
    contact.source = "shop";
    contact.ref = "r-" + std::to_string(number);
    contact.channel = Channel::chat;
    contact.body = "hello";
    return contact;
}

/// A floor that was played with the given habits, and all that happened on it.
struct Played {
    desk::Policies policies = plain_policies();
    std::vector<Event> history;
    Learnt learnt;
    std::vector<Wait> waits;
    std::string snapshot;
    Instant end;

    /// \param a_minute  contacts, on average
    Played(int agents, double a_minute, double work_s, std::int64_t hours,
           std::optional<Duration> patience = {})
    {
        Dice dice(17);
        desk::State state;
        const auto note = [&](const Event& event) {
            learnt.see(event, state);
            evolve(state, event);
            history.push_back(event);
        };
        end = monday + hour * hours;
        auto at = monday;
        std::uint64_t number = 0;
        People people;
        people.next_contact = [&]() -> std::optional<Coming> {
            at = at + dice.span(60'000 / a_minute);
            return Coming{at, chat(++number), {}, false};
        };
        people.answer = [](const desk::State&, const desk::Ticket&) { return Duration{0}; };
        people.work = [&](const desk::State&, const desk::Ticket&, Instant) {
            return dice.span(work_s * 1000);
        };
        people.rest = people.work;
        people.patience = [&](const desk::State&, const desk::Ticket&) { return patience; };
        people.seen = note;
        std::vector<Shift> shifts;
        for (int i = 0; i < agents; ++i)
            shifts.push_back({monday, {AgentId("agent-" + std::to_string(i)), {}, {}, 1}, true});
        Floor floor(policies, desk::State(), monday, people, shifts);
        waits = floor.play(end);
        snapshot = desk::save(floor.state());
    }

    Question question(int hours, int runs) const
    {
        Question question;
        question.snapshot = snapshot;
        question.from = end;
        question.hours = hours;
        question.runs = runs;
        return question;
    }
};

const Progress quiet = [](double) {};

}  // namespace

TEST_CASE("hours of the week begin on Monday, in UTC", "[forecast]")
{
    CHECK(hour_of_week(monday) == 0);
    CHECK(hour_of_week(monday + 59min) == 0);
    CHECK(hour_of_week(monday + 25h) == 25);
    CHECK(hour_of_week(monday - 1ms) == hours_a_week - 1);
}

TEST_CASE("history teaches when contacts come and how long they take", "[forecast]")
{
    const Played played(3, 1.0, 120, 30);
    CHECK(played.learnt.tickets() > 1'500);
    CHECK(played.learnt.handled() > 1'400);
    CHECK(played.learnt.arrivals(3) == Approx(60).margin(20));
    CHECK(played.learnt.arrivals(100) == Approx(60).margin(25));  // a day that history does not hold
    Dice dice(1);
    double sum = 0;
    for (int i = 0; i < 2'000; ++i)
        sum += static_cast<double>(played.learnt.any_handling(QueueName("line"), dice).count());
    CHECK(sum / 2'000 == Approx(120'000).epsilon(0.15));
    REQUIRE(played.learnt.any_contact(100, dice) != nullptr);
    CHECK(played.learnt.any_contact(100, dice)->body == "hello");
    CHECK_FALSE(played.learnt.any_patience(QueueName("line"), dice).has_value());
}

TEST_CASE("the patience of customers is learnt from those who gave up and those who did not", "[forecast]")
{
    const Played played(1, 1.0, 120, 6, 3min);  // twice what one agent can do
    Dice dice(1);
    double sum = 0;
    for (int i = 0; i < 2'000; ++i) {
        const auto patience = played.learnt.any_patience(QueueName("line"), dice);
        REQUIRE(patience.has_value());
        sum += static_cast<double>(patience->count());
    }
    const auto gave_up = std::count_if(played.waits.begin(), played.waits.end(),
                                       [](const Wait& wait) { return wait.end == Wait::End::abandoned; });
    double waited = 0;
    for (const auto& wait : played.waits)
        if (wait.end != Wait::End::going_on) waited += static_cast<double>(wait.lasted.count());
    CHECK(sum / 2'000 == Approx(waited / static_cast<double>(gave_up)).epsilon(0.1));
}

TEST_CASE("a forecast expects the waits that theory does, and is sure of them", "[forecast]")
{
    const Played played(3, 1.0, 126, 24);
    const auto forecast = look_ahead(played.policies, played.learnt, played.question(6, 30), quiet);
    REQUIRE(forecast.has_value());
    const auto& line = forecast->queues.at(QueueName("line"));
    REQUIRE(line.hours.size() == 6);
    CHECK(line.all.tickets.mean == Approx(360).epsilon(0.2));
    CHECK(line.all.tickets.low < line.all.tickets.mean);
    const auto theory = theory::expected({60, 126, 3});
    INFO("theory " << theory.mean_wait_s << " s, forecast " << line.all.wait_s.mean);
    CHECK(line.all.wait_s.low < theory.mean_wait_s);
    CHECK(line.all.wait_s.high > theory.mean_wait_s);
    // Rates are learnt from one day and are a little off; waits feel that more than anything.
    CHECK(line.all.wait_s.mean == Approx(theory.mean_wait_s).epsilon(0.6));
}

TEST_CASE("a forecast is the same for the same seed, on any number of threads", "[forecast]")
{
    const Played played(2, 1.0, 90, 4);
    auto question = played.question(2, 6);
    const auto once = look_ahead(played.policies, played.learnt, question, quiet);
    question.jobs = 3;
    CHECK(look_ahead(played.policies, played.learnt, question, quiet) == once);
    question.seed = 2;
    CHECK(look_ahead(played.policies, played.learnt, question, quiet) != once);
}

TEST_CASE("one more agent shortens waits and breaks fewer promises", "[forecast]")
{
    const Played played(2, 1.0, 125, 3);  // too much for two
    auto question = played.question(3, 12);
    question.added.push_back({AgentId("one-more"), {}, {}, 1});
    const auto compared = compare(played.policies, played.learnt, question, quiet);
    REQUIRE(compared.has_value());
    const auto& change = compared->changes.at(QueueName("line"));
    CHECK(change.wait_s.high < 0);
    CHECK(change.breaches.mean < 0);
    CHECK(compared->without.queues.at(QueueName("line")).all.breaches.mean > 1);
}

TEST_CASE("agents with a shift come and go by it", "[forecast]")
{
    auto policies = plain_policies();
    const Span horizon{monday, monday + 72h};
    policies.desk.calendars["early"] =
        Calendar("early", "UTC", horizon, {{monday + 6h, monday + 14h}, {monday + 30h, monday + 38h}});
    policies.desk.agents[AgentId("ana")] = AgentProfile{AgentId("ana"), "Ana", {}, 1, "early"};
    policies.desk.agents[AgentId("bob")] = AgentProfile{AgentId("bob"), "Bob", {}, 1, {}};
    const auto shifts = shifts_of(policies.desk, monday + 7h, monday + 31h, true);
    REQUIRE(shifts.size() == 4);
    CHECK(shifts[0].at == monday + 7h);
    CHECK(shifts[0].comes);
    CHECK(shifts[1].at == monday + 14h);
    CHECK_FALSE(shifts[1].comes);
    CHECK(shifts[2].at == monday + 30h);
    CHECK(shifts[2].comes);
    CHECK(shifts[3].agent.agent == AgentId("bob"));
    CHECK(shifts_of(policies.desk, monday + 7h, monday + 31h, false).size() == 2);
}

TEST_CASE("skills to add are written as rules write them", "[forecast]")
{
    CHECK(parse_skills("german:3,returns").value() == Skills{{"german", 3}, {"returns", 1}});
    CHECK(parse_skills("").value().empty());
    CHECK_FALSE(parse_skills("german:6").has_value());
    CHECK_FALSE(parse_skills(":2").has_value());
    CHECK_FALSE(parse_skills("german:x").has_value());
}

TEST_CASE("a day played again with the same agents goes as it went", "[forecast]")
{
    const Played played(2, 1.0, 100, 10);
    const auto from = monday + 4h;
    Recording recording(played.policies.desk, from, played.end);
    for (const auto& event : played.history) recording.see(event);
    recording.finish();
    REQUIRE(recording.waits().size() > 200);
    const auto with = [&](int agents) {
        std::vector<Shift> there;
        for (int i = 0; i < agents; ++i)
            there.push_back({from, {AgentId("agent-" + std::to_string(i)), {}, {}, 1}, true});
        const auto waits = replay(played.policies, recording, there, 1);
        REQUIRE(waits.has_value());
        return summary_of(*waits);
    };
    const auto was = summary_of(recording.waits());
    const auto same = with(2);
    CHECK(same.tickets == was.tickets);
    // What was being worked on when it begins takes another time to finish; that soon evens out.
    CHECK(same.mean_s == Approx(was.mean_s).epsilon(0.25));
    CHECK(with(3).mean_s < 0.5 * was.mean_s);
    CHECK(with(1).mean_s > 2 * was.mean_s);
    CHECK(with(1).breaches > was.breaches);
    CHECK(with(1).unserved > 100);
    const auto hours = by_hour(recording.waits(), from, played.end);
    REQUIRE(hours.size() == 6);
    std::size_t sum = 0;
    for (const auto& one : hours) sum += one.tickets;
    CHECK(sum == was.tickets);
}

TEST_CASE("a day played again from its first contact on goes exactly as it went", "[forecast]")
{
    const Played played(2, 1.0, 100, 6);
    Recording recording(played.policies.desk, monday, played.end);
    for (const auto& event : played.history) recording.see(event);
    recording.finish();
    std::vector<Shift> shifts;
    for (int i = 0; i < 2; ++i)
        shifts.push_back({monday, {AgentId("agent-" + std::to_string(i)), {}, {}, 1}, true});
    const auto waits = replay(played.policies, recording, shifts, 1);
    REQUIRE(waits.has_value());
    const auto was = summary_of(recording.waits());
    const auto same = summary_of(*waits);
    CHECK(same.tickets == was.tickets);
    CHECK(same.mean_s == Approx(was.mean_s).epsilon(0.02));  // the last are not finished, and so not known
    CHECK(same.p90_s == Approx(was.p90_s).epsilon(0.02));
}
