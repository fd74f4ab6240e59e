// SQLite with owners and values: what the journal and the read model both need of it, and no more.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "engine/model/result.hpp"

namespace triaged::journal::sqlite {

/// What SQLite said, with the file, what was being done and the extended result code. Bytes that make no
/// sense to it are `journal_damaged`, all else is `journal_failed`.
Error error_of(sqlite3* database, const std::string& path, std::string_view doing);

/// A prepared statement. Text and blobs are bound by reference: they must live until the next `reset`.
class Statement {
public:
    Statement() = default;
    Statement(sqlite3_stmt* statement) : statement_(statement) {}

    void bind(int column, std::int64_t value) { sqlite3_bind_int64(statement_.get(), column, value); }
    void bind(int column, std::string_view text);
    void bind_blob(int column, std::string_view bytes);
    void bind_null(int column) { sqlite3_bind_null(statement_.get(), column); }
    /// Binds 1, 2, ... in turn.
    template <class... T>
    void bind_all(const T&... values)
    {
        int column = 0;
        (bind(++column, values), ...);
    }

    /// \return SQLITE_ROW, SQLITE_DONE or an error's code.
    int step() { return sqlite3_step(statement_.get()); }
    /// For statements without rows: runs to the end and resets. \return SQLITE_DONE or an error's code.
    int run();
    void reset() { sqlite3_reset(statement_.get()); }

    int columns() const { return sqlite3_column_count(statement_.get()); }
    bool is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
    bool is_integer(int column) const
    {
        return sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER;
    }
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
    /// Valid until the next `step` or `reset`.
    std::string_view bytes(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Resets a statement when it goes out of scope, so that no read transaction is left behind.
class ResetAtEnd {
public:
    explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
    ~ResetAtEnd() { statement_.reset(); }
    ResetAtEnd(const ResetAtEnd&) = delete;
    ResetAtEnd& operator=(const ResetAtEnd&) = delete;

private:
    Statement& statement_;
};

/// One connection, for one thread at a time.
class Database {
public:
    enum class Open { existing, create };

    static Result<Database> open(const std::string& path, Open how);

    const std::string& path() const { return path_; }
    sqlite3* raw() const { return database_.get(); }

    Result<void> execute(const std::string& sql);
    Result<Statement> prepare(std::string_view sql);
    /// The first column of the first row of `sql`; 0 if there is none.
    Result<std::int64_t> integer(std::string_view sql);
    Result<std::string> text(std::string_view sql);

    tl::unexpected<Error> failure(std::string_view doing) const
    {
        return tl::unexpected<Error>(error_of(database_.get(), path_, doing));
    }

private:
    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };
    std::unique_ptr<sqlite3, Close> database_;
    std::string path_;
};

/// A transaction that is rolled back unless it was committed.
class Transaction {
public:
    enum class Kind { read, write };

    static Result<Transaction> begin(Database& database, Kind kind);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    Result<void> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

}  // namespace triaged::journal::sqlite
