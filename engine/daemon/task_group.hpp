// Tasks that belong together: coroutines that are named, logged when they fail, stopped and joined as one.

#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace triaged::daemon {

namespace asio = boost::asio;

class TaskGroup {
public:
    TaskGroup() = default;
    /// \pre every task has ended: `join` first.
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts `task` on `executor`. An exception that leaves it is logged with `name` and ends only that
    /// task. After `cancel` the task starts cancelled.
    void spawn(const asio::any_io_executor& executor, std::string name, asio::awaitable<void> task);

    /// Asks every task to end; each is told where it runs.
    void cancel();

    /// Waits until every task has ended. \return false if some have not within `patience`.
    bool join(std::chrono::milliseconds patience);

private:
    struct Task {
        std::string name;
        asio::any_io_executor executor;
        asio::cancellation_signal signal;
    };

    void emit_cancel(const std::shared_ptr<Task>& task);
    void ended(const std::shared_ptr<Task>& task, const std::exception_ptr& failure);

    std::mutex mutex_;
    std::condition_variable all_ended_;
    std::list<std::shared_ptr<Task>> tasks_;  // shared with the cancellation that is on its way to a task
    bool cancelled_ = false;
};

}  // namespace triaged::daemon
