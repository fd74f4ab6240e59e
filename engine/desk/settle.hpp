// Settling: waiting tickets meet agents with room, the ticket whose turn it is first. Internal to the desk.

#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "engine/desk/state.hpp"
#include "engine/model/event.hpp"
#include "engine/model/policy.hpp"

namespace triaged::desk {

class Contest;

/// Finds the offers that follow from what has stirred on the board. A pair of ticket and agent can only have
/// become possible if one of them stirred, so nothing else is looked at (agents stir with their group). The
/// state may evolve by the offers it yields, and by nothing else, while it is in use.
class Settler {
public:
    Settler(const DeskPolicy& policy, const State& state);

    /// A further offer of the ticket that has just been offered, if its queue asks for several; else the
    /// offer of the waiting ticket that is first in order among those somebody can take.
    std::optional<OfferMade> next(Instant now);

private:
    using Source = std::variant<BucketId, GroupId>;  // what stirred
    struct Candidate {
        WaitingKey key;
        Source source;
        Seq as_of = 0;  // the last event of the state it was found in
    };
    struct Later {
        bool operator()(const Candidate& a, const Candidate& b) const { return b.key < a.key; }
    };

    const Queue& queue_of(Symbol queue) const;
    std::optional<WaitingKey> first(BucketId id) const;
    std::optional<WaitingKey> first(GroupId id) const;
    bool suits(const Group& group, const Ticket& ticket) const;
    std::optional<WaitingKey> first_that_suits(const Group& group) const;
    void consider(const Source& source);
    std::optional<OfferMade> further(Instant now) const;
    /// To the best of the agents who can take it. \pre there is one
    OfferMade offer(const Contest& contest, const Ticket& ticket, Instant expires_at) const;

    const DeskPolicy& policy_;
    const State& state_;
    std::vector<Candidate> heap_;                        // by Later, so that the first in order is on top
    mutable std::pair<Symbol, const Queue*> looked_up_;  // the queue asked for last
};

}  // namespace triaged::desk
