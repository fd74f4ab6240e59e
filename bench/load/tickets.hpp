// Tickets for load: real texts from sample files, stretched to one size, ready to be sent under new refs.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace triaged::load {

class Tickets {
public:
    /// Reads ticket lines (JSON, as the socket takes them) and stretches or cuts every body so that the
    /// whole request has `bytes`. \throws std::runtime_error naming the file and line it cannot use.
    Tickets(const std::vector<std::string>& files, std::size_t bytes);

    /// The `n`th request as one JSON object without a newline; its ref is `run` and `n`.
    void append(std::string& out, const std::string& run, std::uint64_t n) const;

private:
    std::vector<std::string> rests_;  // each request after its ref: `"channel":…}`
};

}  // namespace triaged::load
