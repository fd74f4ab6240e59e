#include "engine/journal/write_ahead_log.hpp"

#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace triaged::journal {

namespace {

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::size_t log_header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::uint32_t magic = 0x377f0682;  // its lowest bit says in which byte order words are summed
constexpr std::uint32_t page_bytes_max = 65536;

using Bytes = std::vector<unsigned char>;

std::uint32_t word(const unsigned char* at, bool big_endian = true)
{
    const auto byte = [&](int i) { return static_cast<std::uint32_t>(at[big_endian ? i : 3 - i]); };
    return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

struct Sum {
    std::uint32_t a = 0;
    std::uint32_t b = 0;

    void add(const unsigned char* at, std::size_t size, bool big_endian)
    {
        for (const auto* const end = at + size; at < end; at += 8) {
            a += word(at, big_endian) + b;
            b += word(at + 4, big_endian) + a;
        }
    }
    bool is_at(const unsigned char* at) const { return a == word(at) && b == word(at + 4); }
};

struct Damage {
    std::array<unsigned char, log_header_bytes> header{};  // of the log it was seen in
    std::size_t frame = 0;                                 // from 1; 0 is the header itself
    std::size_t page_bytes = 0;

    bool operator==(const Damage&) const = default;
};

/// Reads the log once. \return the first frame that does not check, if a whole transaction and more follow
/// it.
std::optional<Damage> find_damage(const std::string& path)
{
    std::ifstream log(path, std::ios::binary);
    Damage found;
    auto* const header = found.header.data();
    if (!log.read(reinterpret_cast<char*>(header), log_header_bytes)) return {};
    if (found.header == std::array<unsigned char, log_header_bytes>{}) return {};  // never written
    const bool big_endian = (word(header) & 1) != 0;
    found.page_bytes = word(header + 8);
    Sum sum;
    sum.add(header, 24, big_endian);
    if ((word(header) & ~1U) != magic || !sum.is_at(header + 24)) return found;
    if (found.page_bytes == 0 || found.page_bytes > page_bytes_max || found.page_bytes % 8 != 0) return found;

    Bytes frame(frame_header_bytes + found.page_bytes);
    bool transaction_ended = false;  // since the first frame that does not check
    for (std::size_t number = 1;
         log.read(reinterpret_cast<char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
         ++number) {
        const bool of_this_log =
            word(frame.data() + 8) == word(header + 16) && word(frame.data() + 12) == word(header + 20);
        if (found.frame == 0) {
            sum.add(frame.data(), 8, big_endian);
            sum.add(frame.data() + frame_header_bytes, found.page_bytes, big_endian);
            if (of_this_log && sum.is_at(frame.data() + 16)) continue;
            found.frame = number;
        }
        if (!of_this_log) continue;
        if (transaction_ended) return found;
        transaction_ended = word(frame.data() + 4) != 0;
    }
    return {};
}

}  // namespace

Result<void> check_write_ahead_log(const std::string& path)
{
    const auto found = find_damage(path);
    // Another process may have been writing: what it had begun then is whole when looked at again.
    if (!found || find_damage(path) != found) return {};
    if (found->frame == 0)
        return fail(ErrorCode::journal_damaged, fmt::format("{}: the log's header does not check", path));
    const std::size_t byte = log_header_bytes + (found->frame - 1) * (frame_header_bytes + found->page_bytes);
    return fail(ErrorCode::journal_damaged,
                fmt::format("{}: frame {} (byte {}) does not check, but whole transactions follow it", path,
                            found->frame, byte));
}

}  // namespace triaged::journal
