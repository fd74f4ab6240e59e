// Runs one conversation with a peer to its end, or until its time is up.

#pragma once

#include <exception>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/model/time.hpp"

namespace triaged::outbox {

inline constexpr auto nothrow = boost::asio::as_tuple(boost::asio::use_awaitable);

/// \return what `conversation` returned, or nothing if it took longer than `limit`.
template <class T>
std::optional<T> run_for(Duration limit, boost::asio::awaitable<T> conversation)
{
    std::optional<T> result;
    std::exception_ptr thrown;
    boost::asio::io_context io(1);
    boost::asio::co_spawn(io, std::move(conversation), [&](std::exception_ptr exception, T said) {
        thrown = exception;
        result = std::move(said);
    });
    io.run_for(limit);
    if (thrown) std::rethrow_exception(thrown);
    return result;
}

}  // namespace triaged::outbox
