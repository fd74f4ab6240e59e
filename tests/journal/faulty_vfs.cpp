#include "tests/journal/faulty_vfs.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>

#include <sqlite3.h>

namespace triaged::test {

namespace {

FaultyVfs* active = nullptr;
sqlite3_vfs* real_vfs = nullptr;

// SQLite allocates szOsFile bytes: ours, and behind them the real file's.
struct File {
    sqlite3_file base;
    std::string* path;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& ours(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return ours(file).real(); }

int close_file(sqlite3_file* file)
{
    const int code = real(file)->pMethods->xClose(real(file));
    delete ours(file).path;
    return code;
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset)
{
    const int code =
        active->before_write(*ours(file).path, offset,
                             std::string(static_cast<const char*>(data), static_cast<std::size_t>(size)));
    if (code == SQLITE_OK) return real(file)->pMethods->xWrite(real(file), data, size, offset);
    if (!active->dead()) real(file)->pMethods->xWrite(real(file), data, size / 2, offset);
    return code;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size)
{
    const int code = active->before_truncate(*ours(file).path, size);
    return code == SQLITE_OK ? real(file)->pMethods->xTruncate(real(file), size) : code;
}

int sync_file(sqlite3_file* file, int flags)
{
    if (const int code = active->before_sync(); code != SQLITE_OK) return code;
    const int code = real(file)->pMethods->xSync(real(file), flags);
    if (code == SQLITE_OK) active->after_sync(*ours(file).path);
    return code;
}

const sqlite3_io_methods methods{
    2,
    close_file,
    [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
        return real(f)->pMethods->xRead(real(f), to, size, at);
    },
    write_file,
    truncate_file,
    sync_file,
    [](sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); },
    [](sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); },
    [](sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); },
    [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int n, int flags) {
        return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
    },
    [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
    [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); },
    nullptr,
    nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags)
{
    File& opened = ours(file);
    opened.base.pMethods = nullptr;
    const int code = real_vfs->xOpen(real_vfs, name, opened.real(), flags, out_flags);
    if (code != SQLITE_OK) return code;
    opened.path = new std::string(name ? name : "");
    opened.base.pMethods = &methods;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* name, int sync_directory)
{
    if (active->dead()) return SQLITE_IOERR_DELETE;
    active->forget(name);
    return real_vfs->xDelete(real_vfs, name, sync_directory);
}

sqlite3_vfs& shim()
{
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs made = *real_vfs;
        made.iVersion = 1;
        made.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
        made.zName = "triaged-faulty";
        made.xOpen = open_file;
        made.xDelete = delete_file;
        return made;
    }();
    return vfs;
}

std::string contents(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

FaultyVfs::FaultyVfs()
{
    if (!real_vfs) real_vfs = sqlite3_vfs_find(nullptr);
    active = this;
    sqlite3_vfs_register(&shim(), 1);
}

FaultyVfs::~FaultyVfs()
{
    sqlite3_vfs_register(real_vfs, 1);
    sqlite3_vfs_unregister(&shim());
    active = nullptr;
}

void FaultyVfs::fail_write(int nth, int code)
{
    writes_left_ = nth;
    write_code_ = code;
}

void FaultyVfs::fail_sync(int nth, int code)
{
    syncs_left_ = nth;
    sync_code_ = code;
}

void FaultyVfs::cut_power(int nth) { calls_left_ = nth; }

void FaultyVfs::repair()
{
    writes_left_ = syncs_left_ = calls_left_ = 0;
    happened_ = dead_ = false;
}

int FaultyVfs::count_down(int& left, int code)
{
    if (left == 0 || --left > 0) return SQLITE_OK;
    happened_ = true;
    return code;
}

int FaultyVfs::power()
{
    if (count_down(calls_left_, SQLITE_IOERR) != SQLITE_OK) dead_ = true;
    return dead_ ? SQLITE_IOERR : SQLITE_OK;
}

int FaultyVfs::before_write(const std::string& path, std::int64_t offset, std::string bytes)
{
    // What was being written when power went may reach the disk in part.
    const bool was_dead = dead_;
    const int cut = power();
    if (!was_dead) history_of(path).since.push_back({offset, std::move(bytes), false});
    return cut != SQLITE_OK ? cut : count_down(writes_left_, write_code_);
}

int FaultyVfs::before_truncate(const std::string& path, std::int64_t size)
{
    if (dead_) return SQLITE_IOERR_TRUNCATE;
    history_of(path).since.push_back({size, {}, true});
    return SQLITE_OK;
}

int FaultyVfs::before_sync()
{
    const int cut = power();
    return cut != SQLITE_OK ? cut : count_down(syncs_left_, sync_code_);
}

/// What is known of a file; what it holds when it is first written to counts as synced.
FaultyVfs::History& FaultyVfs::history_of(const std::string& path)
{
    const auto known = files_.find(path);
    if (known != files_.end()) return known->second;
    return files_.try_emplace(path, History{contents(path), {}}).first->second;
}

/// Does to `bytes` what `change` did to its file, with the first `size` of its bytes.
void FaultyVfs::repeat(std::string& bytes, const Change& change, std::size_t size)
{
    const auto offset = static_cast<std::size_t>(change.offset);
    if (change.truncated) return bytes.resize(offset);
    if (bytes.size() < offset + size) bytes.resize(offset + size);
    std::memcpy(bytes.data() + offset, change.bytes.data(), size);
}

void FaultyVfs::after_sync(const std::string& path)
{
    History& history = history_of(path);
    for (const auto& change : history.since) repeat(history.synced, change, change.bytes.size());
    history.since.clear();
}

void FaultyVfs::restore_what_survived(std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    for (auto& [path, history] : files_) {
        for (const auto& change : history.since) {
            if (random() % 2 == 0) continue;
            // Disks write sectors: the last of a write's bytes may be missing.
            const bool torn = random() % 4 == 0;
            repeat(history.synced, change, torn ? change.bytes.size() / 1024 * 512 : change.bytes.size());
        }
        history.since.clear();
        std::ofstream(path, std::ios::binary | std::ios::trunc) << history.synced;
        std::filesystem::remove(path + "-shm");
    }
}

}  // namespace triaged::test
