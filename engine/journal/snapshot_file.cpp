#include "engine/journal/snapshot_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/journal/checksum.hpp"

namespace triaged::journal {

namespace {

constexpr std::string_view magic = "triaged snapshot";
constexpr std::uint32_t version = 2;

// Written and synced piece by piece: a sync of the journal on the same disk waits for what is dirty before
// it, so this bounds by how much a snapshot holds up an append.
constexpr std::size_t piece_bytes = 2 << 20;

class File {
public:
    File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~File()
    {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool is_open() const { return descriptor_ >= 0; }
    bool sync() { return ::fdatasync(descriptor_) == 0; }

    bool write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }

    /// Writes over the file's first bytes.
    bool write_first(std::string_view bytes)
    {
        return ::lseek(descriptor_, 0, SEEK_SET) == 0 && write(bytes);
    }

    /// \return whether all of `size` bytes were there.
    bool read(char* into, std::size_t size)
    {
        while (size > 0) {
            const ssize_t got = ::read(descriptor_, into, size);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return false;
            into += got;
            size -= static_cast<std::size_t>(got);
        }
        return true;
    }

    /// The file's first `size` bytes, readable also once it is closed; null if that failed.
    std::shared_ptr<const void> map(std::size_t size) const
    {
        void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor_, 0);
        if (at == MAP_FAILED) return nullptr;
        return {at, [size](void* mapped) { ::munmap(mapped, size); }};
    }

private:
    int descriptor_;
};

template <class Number>
void append_number(std::string& out, Number number)
{
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string header_of(std::string_view desk, Seq seq, std::uint64_t body_bytes)
{
    std::string header(magic);
    append_number(header, version);
    append_number(header, static_cast<std::uint32_t>(desk.size()));
    header += desk;
    append_number(header, std::uint64_t{seq});
    append_number(header, body_bytes);
    return header;
}

tl::unexpected<Error> system_failure(const std::string& path, std::string_view doing)
{
    return fail(ErrorCode::journal_failed,
                fmt::format("{}: {}: {}", path, doing, std::generic_category().message(errno)));
}

tl::unexpected<Error> damaged(const std::string& path, std::string_view why)
{
    return fail(ErrorCode::journal_damaged, fmt::format("{}: snapshot: {}", path, why));
}

/// A snapshot file on its way to the disk. Its header, which tells the size of the body, is written last.
class Writing {
public:
    Writing(const std::string& path, std::string_view desk, Seq seq)
        : path_(path), desk_(desk), seq_(seq), file_(path, O_WRONLY | O_CREAT | O_TRUNC)
    {}

    bool is_open() const { return file_.is_open(); }

    /// Leaves room for the header. \pre nothing was added
    Result<void> begin()
    {
        const std::string room(header_of(desk_, seq_, 0).size() + sizeof(std::uint64_t), '\0');
        if (!file_.write(room)) return system_failure(path_, "writing it");
        return {};
    }

    Result<void> add(std::string_view bytes)
    {
        checksum_.add(bytes);
        while (!bytes.empty()) {
            const auto piece = bytes.substr(0, piece_bytes - body_bytes_ % piece_bytes);
            if (!file_.write(piece)) return system_failure(path_, "writing it");
            body_bytes_ += piece.size();
            if (body_bytes_ % piece_bytes == 0 && !file_.sync()) return system_failure(path_, "syncing it");
            bytes.remove_prefix(piece.size());
        }
        return {};
    }

    Result<void> finish()
    {
        std::string header = header_of(desk_, seq_, body_bytes_);
        append_number(header, checksum_.add(header).value());
        if (!file_.write_first(header)) return system_failure(path_, "writing it");
        if (!file_.sync()) return system_failure(path_, "syncing it");
        return {};
    }

private:
    const std::string& path_;
    std::string_view desk_;
    Seq seq_;
    File file_;
    Checksum checksum_;
    std::uint64_t body_bytes_ = 0;
};

}  // namespace

std::string snapshot_path(std::string_view journal_path, std::string_view desk)
{
    std::string path(journal_path);
    path += '.';
    for (const char c : desk) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '_' || c == '-';
        if (plain)
            path += c;
        else
            path += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return path + ".snapshot";
}

Result<void> write_snapshot(const std::string& path, std::string_view desk, Seq seq,
                            const std::function<Result<void>(const ByteSink&)>& write)
{
    const std::string beside = path + ".new";
    Writing writing(beside, desk, seq);
    if (!writing.is_open()) return system_failure(beside, "creating it");
    auto written = writing.begin();
    if (written) written = write([&](std::string_view bytes) { return writing.add(bytes); });
    if (written) written = writing.finish();
    if (!written) {
        ::unlink(beside.c_str());  // the disk may be full
        return written;
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) return system_failure(path, "putting it in place");
    return {};
}

Result<Snapshot> read_snapshot(const std::string& path, std::string_view desk)
{
    File file(path, O_RDONLY);
    if (!file.is_open() && errno == ENOENT) return Snapshot{};
    if (!file.is_open()) return system_failure(path, "opening it");

    std::string header = header_of(desk, 0, 0);
    const std::size_t prefix_bytes = header.size() - 2 * sizeof(std::uint64_t);
    const std::string expected = header.substr(0, prefix_bytes);
    if (!file.read(header.data(), header.size())) return damaged(path, "its header is cut short");
    if (!header.starts_with(expected)) return damaged(path, "not a snapshot of this desk and version");

    std::array<std::uint64_t, 2> seq_and_size{};
    std::memcpy(seq_and_size.data(), header.data() + prefix_bytes, sizeof seq_and_size);
    std::uint64_t checksum = 0;
    if (!file.read(reinterpret_cast<char*>(&checksum), sizeof checksum))
        return damaged(path, "its header is cut short");

    std::error_code ignored;
    const std::uint64_t body_at = header.size() + sizeof checksum;
    const std::uint64_t there = std::filesystem::file_size(path, ignored) - body_at;
    const auto [seq, size] = seq_and_size;
    if (there != size)
        return damaged(path, fmt::format("{} bytes of body where there should be {}", there, size));

    // Read, not mapped: a disk that fails is an error here and would be the end of the process there.
    Checksum found;
    std::string piece;
    for (auto left = size; left > 0; left -= piece.size()) {
        piece.resize(std::min<std::uint64_t>(left, piece_bytes));
        if (!file.read(piece.data(), piece.size())) return damaged(path, "its body is cut short");
        found.add(piece);
    }
    if (found.add(header).value() != checksum) return damaged(path, "its checksum is wrong");

    auto mapping = file.map(body_at + size);
    if (mapping == nullptr) return system_failure(path, "mapping it");
    const std::string_view body(static_cast<const char*>(mapping.get()) + body_at, size);
    return Snapshot{seq, body, std::move(mapping)};
}

}  // namespace triaged::journal
