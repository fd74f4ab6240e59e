// Tickets for load: real texts from sample files, stretched to one size, ready to be sent under new refs.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace triaged::load {

class Tickets {
public:
    /// Reads ticket lines (JSON, as the socket takes them) and stretches or cuts every body so that the
    /// whole request has `bytes`. \throws std::runtime_error naming the file and line it cannot use.
    Tickets(const std::vector<std::string>& files, std::size_t bytes);

    /// The `n`th request as one JSON object without a newline. Its ref is `run` and `n`, and so is its
    /// order's id, if it has an order: the texts come again and again, and each is to be a matter of its own.
    /// Customers are others each time the files begin again, so that they have as few tickets as in the
    /// files.
    void append(std::string& out, const std::string& run, std::uint64_t n) const;

private:
    /// A request in pieces; what is its own comes after each but the last.
    struct Frame {
        struct Part {
            std::string text;
            bool of_round;  // or else of the ticket
        };
        std::vector<Part> parts;
        std::string tail;

        std::size_t bytes() const;
    };
    static Frame frame_of(const boost::json::object& ticket);

    std::vector<Frame> frames_;
};

}  // namespace triaged::load
