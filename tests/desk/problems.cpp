#include "engine/desk/problems.hpp"

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

/// A desk on which three broken things within ten minutes are a problem.
Driver watchful_desk(int at_least = 3)
{
    Driver desk;
    desk.now = Instant{1'764'000'000'000};
    desk.policies.desk.problems = {{"breakage", {"intent"}, at_least, 2, 10min, 30min, {"returns-lead"}}};
    return desk;
}

/// Feeds broken things until a problem is open.
ProblemId open_problem(Driver& desk, int tickets = 3, const std::string& prefix = "b")
{
    for (int i = 0; i < tickets; ++i) desk.feed({.ref = prefix + std::to_string(i), .body = "broken"});
    REQUIRE_FALSE(desk.state.problems.empty());
    return desk.state.problems.rbegin()->first;
}

ActOnProblem act(ProblemId problem, ProblemAction action)
{
    ActOnProblem command;
    command.problem = problem;
    command.action = action;
    return command;
}

std::size_t waiting_in(const Driver& desk, const std::string& queue)
{
    for (const auto& view : queue_views(desk.policies.desk, desk.state, desk.now))
        if (view.name.value == queue) return view.waiting;
    return 0;
}

}  // namespace

TEST_CASE("a surge of like tickets opens a problem, with those that made it and those that follow", "[desk]")
{
    auto desk = watchful_desk();
    desk.feed({.ref = "a", .body = "broken"});
    desk.feed({.ref = "b", .body = "refund"});
    desk.pass(9min);
    desk.feed({.ref = "c", .body = "broken"});
    CHECK(desk.state.problems.empty());
    desk.feed({.ref = "d", .body = "broken"});
    REQUIRE(desk.all<ProblemOpened>().size() == 1);
    const auto opened = desk.all<ProblemOpened>()[0];
    CHECK(opened.policy == "breakage");
    CHECK(opened.about == "intent=damaged");
    CHECK(opened.count == 3);
    CHECK(opened.notify == std::vector<std::string>{"returns-lead"});
    CHECK(desk.all<ProblemLinked>().at(0).tickets == std::vector{TicketId{1}, TicketId{3}, TicketId{4}});
    desk.feed({.ref = "e", .body = "broken"});
    CHECK(desk.all<ProblemOpened>().empty());
    CHECK(desk.all<ProblemLinked>().at(0).tickets == std::vector{TicketId{5}});
    CHECK(problem_view(desk.state, opened.problem, 10)->open == 4);
    CHECK(evidence(desk.state, TicketId{5})->ticket.find("problem") == FactValue{std::string_view("open")});
}

TEST_CASE("tickets that come one by one are no surge", "[desk]")
{
    auto desk = watchful_desk();
    for (int i = 0; i < 10; ++i) {
        desk.feed({.ref = std::to_string(i), .body = "broken"});
        desk.pass(5min);
    }
    CHECK(desk.state.problems.empty());
}

TEST_CASE("what is usual at this hour of the week is no surge", "[desk]")
{
    auto desk = watchful_desk();
    const auto hour = [&](const std::string& prefix, int tickets) {
        for (int i = 0; i < tickets; ++i) {
            desk.feed({.ref = prefix + std::to_string(i), .body = "broken"});
            desk.pass(Duration{3'600'000 / tickets});
        }
    };
    desk.now = Instant{(desk.now.ms / 3'600'000) * 3'600'000};
    const auto start = desk.now;
    hour("u", 12);  // one every five minutes: two a window
    desk.pass(start + std::chrono::hours{168} - desk.now);
    hour("v", 24);  // twice as many is four a window, and not yet twice the usual two
    CHECK(desk.state.problems.size() == 1);  // but at the fourth within ten minutes it is
    const auto& surge = *desk.state.surges.all().begin()->second;
    CHECK(usual_count(surge, start + std::chrono::hours{336}, 10min) < 4.1);
}

TEST_CASE("an hour moves on from week to week, the older weighing less", "[desk]")
{
    UsualHour hour{5, 100, 8, 0, false};
    hour = moved_on(hour, 101);
    CHECK(hour == UsualHour{5, 101, 0, 8'000, true});
    hour.count = 4;
    hour = moved_on(hour, 102);
    CHECK(hour.rate == 7'000);
    hour = moved_on(hour, 104);  // two weeks without any
    CHECK(hour.rate == 3'938);
    CHECK(moved_on(hour, 104) == hour);
}

TEST_CASE("a problem closes once its surge has passed, and what it held waits again", "[desk]")
{
    auto desk = watchful_desk();
    const auto problem = open_problem(desk);
    desk.must(act(problem, ProblemAction::hold));
    desk.sign_in("ana", {{"returns", 3}}, 5);
    CHECK(desk.all<OfferMade>().empty());
    desk.pass(29min);
    CHECK(desk.state.problems.size() == 1);
    desk.pass(1min);
    CHECK(desk.state.problems.empty());
    CHECK(desk.agent("ana").offers.size() == 3);
    CHECK_FALSE(evidence(desk.state, TicketId{1})->ticket.find("problem").has_value());
    desk.feed({.ref = "z", .body = "broken"});
    CHECK(desk.state.problems.empty());
}

TEST_CASE("held tickets leave the waiting lists and keep their places", "[desk]")
{
    auto desk = watchful_desk();
    const auto problem = open_problem(desk);
    const auto place = desk.show(TicketId{1}).queued_as;
    desk.must(act(problem, ProblemAction::hold));
    CHECK(desk.all<TicketParked>().size() == 3);
    desk.feed({.ref = "later", .body = "broken"});  // is held with the others
    CHECK(desk.all<TicketParked>().size() == 1);
    desk.sign_in("ana", {{"returns", 3}}, 1);
    CHECK(desk.agent("ana").offers.empty());
    CHECK(desk.show(TicketId{1}).parked);
    CHECK(desk.show(TicketId{1}).queued_as == place);
    CHECK(waiting_in(desk, "returns") == 4);
    desk.must(act(problem, ProblemAction::release));
    CHECK(desk.offered_to(TicketId{1}) == "ana");
}

TEST_CASE("holding takes back offers and leaves accepted tickets with their agents", "[desk]")
{
    auto desk = watchful_desk();
    desk.sign_in("ana", {{"returns", 3}}, 2);
    const auto problem = open_problem(desk);
    desk.accept("ana", TicketId{1});
    CHECK(desk.offered_to(TicketId{2}) == "ana");
    desk.must(act(problem, ProblemAction::hold));
    CHECK(desk.all<TicketReturned>().at(0).reason == "held for P-1");
    CHECK(desk.show(TicketId{1}).phase == TicketPhase::assigned);
    CHECK(desk.show(TicketId{2}).parked);
}

TEST_CASE("one answer completes all tickets of a problem, whoever has them", "[desk]")
{
    auto desk = watchful_desk();
    desk.sign_in("ana", {{"returns", 3}}, 1);
    const auto problem = open_problem(desk);
    desk.accept("ana", TicketId{1});
    auto answer = act(problem, ProblemAction::answer);
    CHECK(desk.refused(answer) == ErrorCode::missing_field);
    answer.text = "We send new ones.";
    answer.disposition = "replaced";
    desk.must(answer);
    CHECK(desk.all<TicketAnswered>().size() == 3);
    CHECK(desk.all<TicketAnswered>()[0].text == "We send new ones.");
    CHECK(desk.all<TicketCompleted>().at(2).disposition == "replaced");
    CHECK(desk.state.tickets.empty());
    CHECK(desk.agent("ana").used == 0);
}

TEST_CASE("a problem's tickets go to another queue together", "[desk]")
{
    auto desk = watchful_desk();
    const auto problem = open_problem(desk);
    auto reroute = act(problem, ProblemAction::reroute);
    reroute.queue = QueueName("flor");
    CHECK(desk.refused(reroute, "did you mean 'floor'") == ErrorCode::bad_value);
    reroute.queue = QueueName("floor");
    desk.must(reroute);
    CHECK(waiting_in(desk, "floor") == 3);
    CHECK(desk.show(TicketId{1}).needs.empty());  // what only `returns` asked for
}

TEST_CASE("while a problem is open nobody is told of its tickets one by one, but once of the problem",
          "[desk]")
{
    auto desk = watchful_desk();
    desk.policies.desk.problems[0].notify.clear();
    const auto problem = open_problem(desk);
    desk.must(act(problem, ProblemAction::hold));
    const auto before = desk.history.size();
    desk.pass(11min);
    const std::vector<Event> since(desk.history.begin() + static_cast<std::ptrdiff_t>(before),
                                   desk.history.end());
    const auto escalated = desk.all_of<TicketEscalated>(since);
    const auto inhibited = desk.all_of<NotifyInhibited>(since);
    CHECK(escalated.size() == 3);
    for (const auto& what : escalated) CHECK(what.notify.empty());
    REQUIRE(inhibited.size() == 3);
    CHECK(inhibited[0].problem == problem);
    CHECK(inhibited[0].told == std::vector<std::string>{"returns-lead"});
    CHECK(inhibited[1].told.empty());
    CHECK(inhibited[2].notify == std::vector<std::string>{"returns-lead"});
}

TEST_CASE("problems merge and come apart again, and tickets are linked and unlinked by hand", "[desk]")
{
    auto desk = watchful_desk();
    const auto other = desk.feed({.ref = "other"});
    const auto surge = open_problem(desk);
    desk.must(OpenProblem{"the site is down", {other}});
    const ProblemId by_hand{2};
    auto merge = act(by_hand, ProblemAction::merge);
    merge.into = surge;
    desk.must(merge);
    CHECK(problem_view(desk.state, surge, 10)->open == 4);
    desk.must(act(surge, ProblemAction::hold));
    CHECK(desk.show(other).parked);
    merge.into = {};
    desk.must(merge);
    CHECK(desk.show(other).problem == by_hand);
    desk.must(act(surge, ProblemAction::close));
    CHECK(desk.show(other).parked);
    desk.must(LinkTickets{{}, {other}});
    CHECK_FALSE(desk.show(other).parked);
    CHECK(desk.show(other).problem == ProblemId{});
    desk.must(LinkTickets{by_hand, {TicketId{2}}});
    CHECK(desk.show(TicketId{2}).parked);
    CHECK(desk.refused(act(surge, ProblemAction::hold), "closed") == ErrorCode::bad_value);
    CHECK(desk.refused(act(ProblemId{9}, ProblemAction::hold), "no such problem") == ErrorCode::bad_value);
    CHECK(desk.refused(LinkTickets{by_hand, {TicketId{99}}}) == ErrorCode::unknown_ticket);
    merge.into = by_hand;
    CHECK(desk.refused(merge, "into itself") == ErrorCode::bad_value);
}

TEST_CASE("thousands of tickets are worked through some at a time, and the desk goes on meanwhile", "[desk]")
{
    auto desk = watchful_desk();
    const auto problem = open_problem(desk, 600);
    desk.must(act(problem, ProblemAction::hold));
    CHECK(desk.all<TicketParked>().size() == problem_tickets_a_step);
    CHECK(problem_view(desk.state, problem, 0)->under_way == "hold");
    desk.feed({.ref = "between", .body = "refund"});
    desk.pass(1ms);
    CHECK(problem_view(desk.state, problem, 0)->held_tickets == 600);
    CHECK(problem_view(desk.state, problem, 0)->under_way.empty());
}

TEST_CASE("what is tracked of surges is bounded", "[desk]")
{
    Surges surges;
    for (std::size_t i = 0; i < surges_max + 10; ++i)
        surges.at({"p", std::to_string(i)}, Instant{static_cast<std::int64_t>(i)});
    CHECK(surges.all().size() == surges_max);
    CHECK(surges.find({"p", "0"}) == nullptr);
    CHECK(surges.find({"p", std::to_string(surges_max)}) != nullptr);
}

TEST_CASE("problems survive a snapshot", "[desk]")
{
    auto desk = watchful_desk();
    const auto problem = open_problem(desk, 400);
    desk.must(act(problem, ProblemAction::hold));
    auto restored = restore(save(desk.state));
    REQUIRE(restored.has_value());
    CHECK(save(*restored) == save(desk.state));
    CHECK(restored->problems.at(problem).tickets == desk.state.problems.at(problem).tickets);
    CHECK(next_deadline(desk.policies, *restored) == next_deadline(desk.policies, desk.state));
    const auto expected = step(desk.policies, desk.state, Tick{}, desk.now);
    CHECK(step(desk.policies, *restored, Tick{}, desk.now) == expected);
    CHECK(expected->size() > 100);
}
