// What customers in line are told: how many stand before them, and when somebody probably takes their ticket.

#include "engine/model/calendar.hpp"
#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

/// `general` tells, and one agent serves it.
struct Line : Driver {
    Line()
    {
        queue("general").tell_wait = true;
        sign_in("ana");
    }

    /// The agent takes the next ticket at once and completes it after `each`, so many times.
    void serve(int tickets, Duration each)
    {
        for (int i = 0; i < tickets; ++i) {
            const auto offers = agent("ana").offers;
            REQUIRE(offers.size() == 1);
            accept("ana", offers.front());
            pass(each);
            complete("ana", offers.front());
        }
    }

    /// So many tickets wait, none of which may be told anything yet.
    void fill(int tickets)
    {
        for (int i = 0; i < tickets; ++i) feed({.ref = "fill-" + std::to_string(++filled_)});
    }

private:
    int filled_ = 0;
};

}  // namespace

TEST_CASE("who comes to stand in line is told how many are before and when it is their turn", "[desk]")
{
    Line desk;
    desk.fill(12);
    CHECK(desk.all_of<WaitTold>(desk.history).empty());  // nobody knows yet
    desk.serve(1, 5min);  // it never stood in line, so it says nothing of the line
    desk.serve(8, 2min);
    const auto id = desk.feed({.ref = "a"});  // one is offered, two wait
    CHECK(desk.names() == std::vector<std::string>{"ticket_opened", "ticket_routed", "wait_told"});
    // The first of the eight came to an end of the line that had moved five minutes before.
    const auto each = Duration{5min + 7 * 2min} / 8;
    CHECK(desk.all<WaitTold>() == std::vector<WaitTold>{{id, desk.now + 3 * each, 2}});
    const auto answer = first_answer(desk.state, "shop", "a");
    CHECK(answer->taken_by == desk.now + 3 * each);
    CHECK(answer->ahead == 2);
    CHECK(answer->promise == Instant::max());
    CHECK(answer->seq == desk.state.head);
    SECTION("also if they ask again, and after a restart")
    {
        desk.pass(1min);
        const auto restored = restore(save(desk.state));
        REQUIRE(restored);
        CHECK(first_answer(*restored, "shop", "a") == answer);
        desk.feed({.ref = "a"});
        CHECK(desk.last.empty());
        CHECK(first_answer(desk.state, "shop", "a") == answer);
    }
    SECTION("anew with each contact")
    {
        desk.serve(1, 2min);
        desk.contact(id, {.ref = "b", .body = "still here"});
        REQUIRE(desk.all<WaitTold>().size() == 1);
        CHECK(desk.all<WaitTold>().front().ahead == 1);
        CHECK(first_answer(desk.state, "shop", "a") == answer);
        CHECK(first_answer(desk.state, "shop", "b")->ahead == 1);
    }
    SECTION("by the order of the line, in which who is urgent goes before")
    {
        desk.feed({.ref = "b", .tier = "vip"});
        REQUIRE(desk.all<WaitTold>().size() == 1);
        CHECK(desk.all<WaitTold>().front().ahead == 0);
        CHECK(desk.all<WaitTold>().front().taken_by == desk.now + each);
    }
    SECTION("only what the latest takes show")
    {
        desk.fill(40);
        desk.serve(40, 1min);
        const auto view = queue_views(desk.policies.desk, desk.state, desk.now).at(2);
        CHECK(view.name == QueueName("general"));
        CHECK(view.expected_wait == (view.waiting + 1) * 1min);
    }
}

TEST_CASE("nobody is told of a wait who does not stand in line, or on whose queue nothing is told", "[desk]")
{
    Line desk;
    desk.fill(10);
    desk.serve(10, 2min);
    SECTION("somebody is free")
    {
        desk.feed({.ref = "a"});
        CHECK(desk.all<WaitTold>().empty());
        CHECK(first_answer(desk.state, "shop", "a")->taken_by == Instant::max());
    }
    SECTION("the queue does not tell")
    {
        desk.queue("general").tell_wait = false;
        desk.fill(2);
        CHECK(desk.all<WaitTold>().empty());
    }
    SECTION("the queue is closed and promises an answer")
    {
        desk.policies.desk.calendars.insert_or_assign(
            "office", Calendar("office", "UTC", {desk.now - 24h, desk.now + 24h},
                               {{desk.now - 24h, desk.now}, {desk.now + 2h, desk.now + 3h}}));
        desk.queue("general").calendar = "office";
        desk.queue("general").when_closed = WhenClosed::promise;
        desk.fill(2);
        CHECK(desk.all<WaitTold>().empty());
        CHECK(desk.all<PromiseMade>().size() == 1);
    }
    SECTION("it is split off: its contact was answered before")
    {
        const auto id = desk.feed({.ref = "a"});
        desk.contact(id, {.ref = "b"});
        const auto answer = first_answer(desk.state, "shop", "b");
        desk.must(SplitTicket{id, "shop", "b", "", "and another matter"});
        CHECK(desk.all<TicketOpened>().size() == 1);
        CHECK(desk.all<WaitTold>().empty());
        CHECK(first_answer(desk.state, "shop", "b") == answer);
    }
    SECTION("it is moved there by hand")
    {
        const auto id = desk.feed({.ref = "a", .body = "refund"});
        desk.fill(2);
        desk.must(RequeueTicket{id, QueueName("general"), ""});
        CHECK(desk.all<WaitTold>().empty());
    }
}

TEST_CASE("a night does not make a line look slow, and the wait goes on in the morning", "[desk]")
{
    Line desk;
    const auto from = desk.now;
    desk.policies.desk.calendars.insert_or_assign(
        "office", Calendar("office", "UTC", {from, from + 72h},
                           {{from, from + 9h}, {from + 24h, from + 33h}, {from + 48h, from + 57h}}));
    desk.queue("general").calendar = "office";
    desk.fill(60);
    desk.serve(54, 10min);  // all nine hours
    desk.presence("ana", Presence::away);
    desk.pass(15h);
    desk.presence("ana", Presence::available);
    desk.serve(4, 10min);
    desk.feed({.ref = "a"});
    CHECK(desk.all<WaitTold>() == std::vector<WaitTold>{{TicketId{61}, desk.now + 20min, 1}});
    desk.presence("ana", Presence::away);
    desk.pass(from + 33h - 5min - desk.now);
    desk.feed({.ref = "b"});
    CHECK(desk.all<WaitTold>() == std::vector<WaitTold>{{TicketId{62}, from + 48h + 35min, 3}});
    desk.pass(24h);
    desk.feed({.ref = "c"});
    CHECK(desk.all<WaitTold>().empty());  // nobody knows the hours after that
}

TEST_CASE("in the middle of a very long line the place is worked out, not counted", "[desk]")
{
    Line desk;
    desk.policies.desk.head_start[static_cast<std::size_t>(Priority::urgent)] = 5'000s;
    desk.fill(10);
    desk.serve(9, 1s);
    desk.presence("ana", Presence::away);
    for (int i = 0; i < 10'000; ++i) {
        desk.fill(1);
        desk.now = desk.now + 1s;
    }
    desk.feed({.ref = "a", .tier = "vip"});
    REQUIRE(desk.all<WaitTold>().size() == 1);
    CHECK(desk.all<WaitTold>().front().ahead == Approx(5'000).margin(10));
}
