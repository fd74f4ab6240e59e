// The journal: the desk's history as batches of events in a SQL table, appended in order, by one owner at a
// time.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/model/event.hpp"

namespace triaged::journal {

/// One row: encoded events that became durable together.
struct Batch {
    Seq first_seq = 0;
    std::uint32_t count = 0;
    Instant at;        // when it was sealed
    std::string body;  // as `encode` made it
};

/// How an append ended. After `fenced` and `failed` this journal takes no more.
enum class Append {
    committed,  // on disk
    fenced,     // another process owns the desk: nothing was written
    failed      // the store could not write or sync: nobody knows what the disk holds; end the process
};

struct AppendResult {
    Append outcome = Append::committed;
    std::string why;  // for `fenced` and `failed`
};

/// A cached fold of the journal: the state after `seq`, as opaque bytes that the desk wrote.
struct Snapshot {
    Seq seq = 0;
    std::string_view body;              // of the file, mapped: a body of gigabytes is not copied
    std::shared_ptr<const void> keeps;  // what `body` points into
};

/// The journal on SQLite (WAL, synchronous=FULL). Not thread safe; another connection may read at the same
/// time.
class Journal {
public:
    /// Opens or creates `path` and checks its shape. Takes no ownership, so it serves readers too.
    /// \return `journal_failed` if there is no directory for it, or the file is another program's or a newer
    /// version's;
    ///         `journal_damaged` if the file or its log cannot be what a journal left there.
    static Result<std::unique_ptr<Journal>> open(const std::string& path, const std::string& desk);
    ~Journal();

    /// Makes this process the desk's only writer: moves the epoch on, so that whoever held it is fenced.
    /// \return `journal_damaged` if the last batch does not end where the head is.
    Result<void> take_ownership(const std::string& holder);

    /// The last event that is durable; 0 if none.
    Result<Seq> head();

    /// One transaction: moves the head if epoch and head are as expected, and inserts the batch.
    /// \pre `batch.first_seq` follows the head; ownership was taken.
    AppendResult append(const Batch& batch);

    /// Reads batches that hold events after `after`, in order, checking each; `take` returns false to stop
    /// early. What is appended after it has begun is not read. \pre `take` does not use this journal. \return
    /// `journal_damaged` with the place, for a checksum that does not match, a gap, an overlap, a missing
    /// tail;
    ///         `journal_failed` for a format that is newer than this program.
    Result<void> read(Seq after, const std::function<bool(const Batch&)>& take);

    /// Replaces the desk's snapshot, a file beside the journal, by the state after `seq`, which `write` puts
    /// into the sink; synced when this returns. Takes as long as the disk, but does not hold up appends: save
    /// from another thread, on a Journal of its own.
    Result<void> save_snapshot(Seq seq, const std::function<Result<void>(const ByteSink&)>& write);
    /// The latest one whose checksum is right; `seq` 0 if there is none. A damaged one is reported in
    /// `warning`.
    Result<Snapshot> load_snapshot(std::string& warning);

    /// Verifies every batch; for `triagectl verify`. \return events checked, or the first damage.
    Result<std::uint64_t> verify();

private:
    struct Store;
    explicit Journal(std::unique_ptr<Store> store);
    std::unique_ptr<Store> store_;
};

}  // namespace triaged::journal
