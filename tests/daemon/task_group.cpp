#include "engine/daemon/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

namespace asio = boost::asio;
using triaged::daemon::TaskGroup;

namespace {

asio::awaitable<void> wait_for_ever(bool& was_cancelled)
{
    auto timer =
        asio::steady_timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    const auto [failure] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    was_cancelled = failure == asio::error::operation_aborted;
}

asio::awaitable<void> stumble(int& runs)
{
    ++runs;
    throw std::runtime_error("stumbled");
    co_return;
}

}  // namespace

TEST_CASE("cancelling ends every task, and joining waits for that", "[daemon]")
{
    asio::io_context io;
    TaskGroup tasks;
    bool first = false, second = false, late = false;
    tasks.spawn(io.get_executor(), "first", wait_for_ever(first));
    tasks.spawn(io.get_executor(), "second", wait_for_ever(second));
    CHECK_FALSE(tasks.join(std::chrono::milliseconds{1}));
    tasks.cancel();
    tasks.spawn(io.get_executor(), "late", wait_for_ever(late));
    io.run();
    CHECK(tasks.join(std::chrono::milliseconds{0}));
    CHECK(first);
    CHECK(second);
    CHECK(late);
}

TEST_CASE("an exception ends its own task and no other", "[daemon]")
{
    asio::io_context io;
    TaskGroup tasks;
    int runs = 0;
    tasks.spawn(io.get_executor(), "one", stumble(runs));
    tasks.spawn(io.get_executor(), "two", stumble(runs));
    io.run();
    CHECK(runs == 2);
    CHECK(tasks.join(std::chrono::milliseconds{0}));
}
