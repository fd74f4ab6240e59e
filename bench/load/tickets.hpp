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

    /// The `n`th request as one JSON object without a newline. Its ref is `run` and `n`, and so is its
    /// order's id, if it has an order: the texts come again and again, and each is to be a matter of its own.
    void append(std::string& out, const std::string& run, std::uint64_t n) const;

private:
    /// A request without what is its own: `{"ref":"` ref `before` ref `after`, or `before` alone if it has no
    /// order.
    struct Frame {
        std::string before;
        std::string after;
    };
    std::vector<Frame> frames_;
};

}  // namespace triaged::load
