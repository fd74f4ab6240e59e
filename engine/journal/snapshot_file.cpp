#include "engine/journal/snapshot_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "engine/journal/checksum.hpp"

namespace triaged::journal {

namespace {

constexpr std::string_view magic = "triaged snapshot";
constexpr std::uint32_t version = 1;

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

Result<void> write_all(const std::string& path, std::string_view header, std::string_view body)
{
    File file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.is_open()) return system_failure(path, "creating it");
    if (!file.write(header)) return system_failure(path, "writing it");
    for (; !body.empty(); body.remove_prefix(std::min(body.size(), piece_bytes)))
        if (!file.write(body.substr(0, piece_bytes)) || !file.sync())
            return system_failure(path, "writing it");
    if (!file.sync()) return system_failure(path, "syncing it");
    return {};
}

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

Result<void> write_snapshot(const std::string& path, std::string_view desk, const Snapshot& snapshot)
{
    std::string header = header_of(desk, snapshot.seq, snapshot.body.size());
    append_number(header, Checksum().add(header).add(snapshot.body).value());
    const std::string beside = path + ".new";
    const auto written = write_all(beside, header, snapshot.body);
    if (!written) return written;
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
    const std::uint64_t there = std::filesystem::file_size(path, ignored) - header.size() - sizeof checksum;
    const auto [seq, size] = seq_and_size;
    if (there != size)
        return damaged(path, fmt::format("{} bytes of body where there should be {}", there, size));
    Snapshot snapshot{seq, std::string(size, '\0')};
    if (!file.read(snapshot.body.data(), size)) return damaged(path, "its body is cut short");
    if (Checksum().add(header).add(snapshot.body).value() != checksum)
        return damaged(path, "its checksum is wrong");
    return snapshot;
}

}  // namespace triaged::journal
