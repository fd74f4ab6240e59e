// A signal between coroutines of one strand: one waits, another raises.

#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace triaged::daemon {

/// Nothing is lost between a look at the state and `wait`, because both and `raise` happen on one strand.
class Signal {
public:
    explicit Signal(const boost::asio::any_io_executor& executor)
        : timer_(executor, boost::asio::steady_timer::time_point::max())
    {}

    /// Until somebody raises; look at the state again then.
    boost::asio::awaitable<void> wait()
    {
        waiting_ = true;
        co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        waiting_ = false;
    }

    /// Costs nothing while nobody waits.
    void raise()
    {
        if (waiting_) timer_.cancel();
    }

private:
    boost::asio::steady_timer timer_;
    bool waiting_ = false;
};

}  // namespace triaged::daemon
