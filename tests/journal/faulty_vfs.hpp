// A disk that fails on demand: a SQLite VFS over the real one, with failing calls and power cuts.

#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace triaged::test {

/// While it lives every SQLite database is opened through it.
class FaultyVfs {
public:
    FaultyVfs();
    ~FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    /// The `nth` write from now on (1 is the next) writes half of its bytes and returns `code`.
    void fail_write(int nth, int code);
    /// The `nth` sync from now on does nothing and returns `code`.
    void fail_sync(int nth, int code);
    /// Power goes at the `nth` write or sync from now on: that one and every call after it fails.
    void cut_power(int nth);
    bool happened() const { return happened_; }
    void repair();

    /// After a power cut: gives every file the bytes that were synced, and of what was written after that a
    /// part that `seed` chooses, as a disk with a cache may.
    void restore_what_survived(std::uint64_t seed);

    // What the files of this VFS call. \return SQLITE_OK, or the code the call is to fail with.
    int before_write(const std::string& path, std::int64_t offset, std::string bytes);
    int before_truncate(const std::string& path, std::int64_t size);
    int before_sync();
    void after_sync(const std::string& path);
    void forget(const std::string& path) { files_.erase(path); }
    bool dead() const { return dead_; }

private:
    struct Change {
        std::int64_t offset;  // or the size, if truncated
        std::string bytes;
        bool truncated;
    };
    struct History {
        std::string synced;
        std::vector<Change> since;
    };

    static void repeat(std::string& bytes, const Change& change, std::size_t size);
    History& history_of(const std::string& path);
    int count_down(int& left, int code);
    int power();

    std::map<std::string, History> files_;
    int writes_left_ = 0;
    int syncs_left_ = 0;
    int calls_left_ = 0;
    int write_code_ = 0;
    int sync_code_ = 0;
    bool happened_ = false;
    bool dead_ = false;
};

}  // namespace triaged::test
