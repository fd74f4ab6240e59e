// Rule hits: how often each rule of the rulebook in force has fired since it came into force. The desk's
// thread counts and reads; nobody else touches it.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/model/event.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::daemon {

class RuleHits {
public:
    struct Counts {
        std::shared_ptr<const rulebook::Rulebook>
            rulebook;                     // shared with the desk; null before the first event
        std::vector<std::uint64_t> hits;  // by RuleIndex
    };

    void see(const std::shared_ptr<const rulebook::Rulebook>& in_force, const std::vector<Event>& events)
    {
        if (counts_.rulebook != in_force)
            counts_ = {in_force, std::vector<std::uint64_t>(in_force->rules().size())};
        for (const auto& event : events) {
            const auto* const routed = std::get_if<TicketRouted>(&event.what);
            const auto* const escalated = std::get_if<TicketEscalated>(&event.what);
            if (routed != nullptr && routed->routing.rulebook == in_force->id())
                for (const auto rule : routed->routing.trace.fired) ++counts_.hits[rule];
            if (escalated != nullptr && escalated->rulebook == in_force->id())
                ++counts_.hits[escalated->rule];
        }
    }

    const Counts& counts() const { return counts_; }

private:
    Counts counts_;
};

}  // namespace triaged::daemon
