// Binding what events hold to the columns of statements.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/journal/sqlite.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"

namespace triaged::journal {

using sqlite::Statement;

/// Text of a column in which "nothing" is NULL.
struct Maybe {
    std::string_view text;
};

inline void put(Statement& statement, int column, std::int64_t value) { statement.bind(column, value); }
inline void put(Statement& statement, int column, std::string_view text) { statement.bind(column, text); }
inline void put(Statement& statement, int column, Instant at) { statement.bind(column, at.ms); }
inline void put(Statement& statement, int column, ProblemId id)
{
    statement.bind(column, static_cast<std::int64_t>(id.value));
}
inline void put(Statement& statement, int column, TicketId id)
{
    statement.bind(column, static_cast<std::int64_t>(id.value));
}
template <class Number>
void put(Statement& statement, int column, const std::optional<Number>& maybe)
{
    if (maybe)
        statement.bind(column, static_cast<std::int64_t>(*maybe));
    else
        statement.bind_null(column);
}
inline void put(Statement& statement, int column, Maybe maybe)
{
    if (maybe.text.empty())
        statement.bind_null(column);
    else
        statement.bind(column, maybe.text);
}

/// A time that may never come; never is NULL.
struct MaybeAt {
    Instant at;
};
inline void put(Statement& statement, int column, MaybeAt maybe)
{
    if (maybe.at == Instant::max())
        statement.bind_null(column);
    else
        statement.bind(column, maybe.at.ms);
}

inline void put(Statement& statement, int column, std::optional<Duration> span)
{
    if (span)
        statement.bind(column, static_cast<std::int64_t>(span->count()));
    else
        statement.bind_null(column);
}

/// Binds `values` to 1, 2, ... and runs. \return SQLite's code.
template <class... T>
int run(Statement& statement, const T&... values)
{
    int column = 0;
    (put(statement, ++column, values), ...);
    return statement.run();
}

}  // namespace triaged::journal
