#include "engine/daemon/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "engine/daemon/log.hpp"
#include "engine/model/result.hpp"

namespace triaged::daemon {

TaskGroup::~TaskGroup()
{
    const std::lock_guard lock(mutex_);
    check(tasks_.empty(), "tasks are joined before their group goes");
}

void TaskGroup::spawn(const asio::any_io_executor& executor, std::string name, asio::awaitable<void> task)
{
    auto entry = std::make_shared<Task>();
    entry->name = std::move(name);
    entry->executor = executor;
    bool cancelled = false;
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(entry);
        cancelled = cancelled_;
    }
    auto on_end = [this, entry](const std::exception_ptr& failure) { ended(entry, failure); };
    asio::co_spawn(executor, std::move(task),
                   asio::bind_cancellation_slot(entry->signal.slot(), std::move(on_end)));
    if (cancelled) emit_cancel(entry);
}

void TaskGroup::cancel()
{
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    for (const auto& task : tasks_) emit_cancel(task);
}

void TaskGroup::emit_cancel(const std::shared_ptr<Task>& task)
{
    asio::post(task->executor, [task] { task->signal.emit(asio::cancellation_type::terminal); });
}

bool TaskGroup::join(std::chrono::milliseconds patience)
{
    std::unique_lock lock(mutex_);
    return all_ended_.wait_for(lock, patience, [&] { return tasks_.empty(); });
}

void TaskGroup::ended(const std::shared_ptr<Task>& task, const std::exception_ptr& failure)
{
    if (failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const boost::system::system_error& e) {
            const bool asked_to = e.code() == asio::error::operation_aborted;
            if (!asked_to) spdlog::error("task {} ended: {}", task->name, e.what());
        } catch (const std::exception& e) {
            spdlog::error("task {} ended: {}", task->name, e.what());
        }
    }
    const std::lock_guard lock(mutex_);
    tasks_.remove(task);
    if (tasks_.empty()) all_ended_.notify_all();
}

}  // namespace triaged::daemon
