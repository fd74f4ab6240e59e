// XXH3-64 over several pieces, as batches and snapshots carry it.

#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>

#include <xxhash.h>

namespace triaged::journal {

class Checksum {
public:
    Checksum() : state_(XXH3_createState()) { XXH3_64bits_reset(state_.get()); }

    Checksum& add(std::string_view bytes)
    {
        XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
        return *this;
    }

    /// Adds the number's bytes, little endian.
    template <std::integral Number>
    Checksum& add(Number number)
    {
        static_assert(std::endian::native == std::endian::little);
        XXH3_64bits_update(state_.get(), &number, sizeof number);
        return *this;
    }

    std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

private:
    struct Free {
        void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
    };
    std::unique_ptr<XXH3_state_t, Free> state_;
};

}  // namespace triaged::journal
