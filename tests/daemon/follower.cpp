#include "engine/daemon/follower.hpp"

#include <future>

#include <catch2/catch.hpp>

using triaged::Seq;
using triaged::daemon::Follower;

TEST_CASE("a follower sees the head it was told last, and is called again as it asks", "[daemon]")
{
    std::promise<void> reached;
    int turns = 0;
    Follower follower({"test", {}, 0}, [&](Seq head) {
        if (head < 7) return false;
        if (++turns < 3) return true;
        reached.set_value();
        return false;
    });
    for (Seq head = 1; head <= 7; ++head) follower.head_moved(head);
    REQUIRE(reached.get_future().wait_for(std::chrono::seconds{20}) == std::future_status::ready);
    follower.stop();
    CHECK(turns == 3);
}

TEST_CASE("what happens while a follower rests is seen after the rest", "[daemon]")
{
    std::promise<void> first, second;
    Follower follower({"test", std::chrono::milliseconds{5}, 0}, [&](Seq head) {
        if (head == 1) first.set_value();
        if (head == 2) second.set_value();
        return false;
    });
    follower.head_moved(1);
    first.get_future().wait();
    follower.head_moved(2);
    CHECK(second.get_future().wait_for(std::chrono::seconds{20}) == std::future_status::ready);
}

TEST_CASE("stopping does not wait for a rest to end", "[daemon]")
{
    std::promise<void> called;
    Follower follower({"test", std::chrono::hours{1}, 0}, [&](Seq) {
        called.set_value();
        return false;
    });
    follower.nudge();
    called.get_future().wait();
    follower.stop();
    CHECK(follower.stopping());
}
