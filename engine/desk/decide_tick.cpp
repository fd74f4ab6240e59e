// Deciding what has fallen due: offers, time conditions, a sweep after a change of rules, old receipts.

#include <algorithm>
#include <chrono>

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include "engine/desk/decision.hpp"

namespace triaged::desk {

namespace {

/// Tickets one Tick looks at. A million due at once are worked off Tick by Tick, other commands in between.
constexpr std::size_t tickets_max = 256;

/// Agents one Tick looks at.
constexpr std::size_t agents_max = 256;

/// Ended tickets whose receipts one Tick forgets.
constexpr std::size_t forgotten_max = 10'000;

/// Receipts may outlive their time by this much, so that each round of forgetting is worth an event.
constexpr Duration forgetting_pause = std::chrono::hours{1};

/// How long tickets that have ended may still be reopened, whatever way they ended.
Duration ended_kept(const DeskPolicy& policy)
{
    return std::max(policy.threads.reopen, policy.threads.place_kept);
}

/// When completed tickets are next dropped because they can no longer be reopened.
Instant closed_due(const DeskPolicy& policy, const State& state)
{
    if (state.closed_by_end.empty()) return Instant::max();
    return state.closed_by_end.begin()->first + ended_kept(policy) + forgetting_pause;
}

class Ticking {
public:
    explicit Ticking(Decision& decision) : decision_(decision), state_(decision.state) {}

    void run()
    {
        std::size_t left = tickets_max;
        for (const auto& timer : state_.timers) {
            if (left == 0 || timer.at > decision_.now) break;
            --left;
            look_at(*timer.ticket);
        }
        look_at_agents();
        // Before a ticket is looked at twice.
        if (left == tickets_max && missing_.empty() && work_on_problems(decision_)) return;
        if (left == tickets_max) sweep();  // due timers first; then no ticket is looked at twice in one Tick
        forget();
        forget_closed();
    }

private:
    void look_at(const Ticket& ticket)
    {
        if (ticket.phase == TicketPhase::offered && ticket.expires_at <= decision_.now) expire(ticket);
        if (ticket.called_later() && ticket.callback()->not_before <= decision_.now)
            decision_.add(CallbackDue{ticket.id});
        if (ticket.recheck_at <= decision_.now) recheck(decision_, ticket);
    }

    static Instant recheck(Decision& decision, const Ticket& ticket)
    {
        auto standing = standing_of(decision, ticket);
        if (standing.offered_until <= decision.now)
            standing.offered_until = Instant::max();  // as has just been said
        return desk::recheck(decision, ticket, standing);
    }

    /// What this Tick has taken from an agent, and how many offers they have now missed in a row.
    struct Missing {
        int missed = 0;
        bool away = false;
        std::vector<TicketId> taken;
    };

    void expire(const Ticket& ticket)
    {
        for (const auto slot : ticket.holders()) expire(ticket, state_.agent(slot));
    }

    void expire(const Ticket& ticket, const Agent& agent)
    {
        auto& missing = missing_.try_emplace(agent.slot, Missing{agent.missed, false, {}}).first->second;
        if (missing.away) return;  // all their offers have been returned
        decision_.add(OfferExpired{ticket.id, agent.id});
        missing.taken.push_back(ticket.id);
        const int max = decision_.policies.desk.missed_offers_max;
        if (++missing.missed < max || max <= 0) return;
        missing.away = true;
        const auto why = fmt::format("missed {} offers in a row", missing.missed);
        decision_.add(PresenceSet{agent.id, Presence::away, why});
        give_back(decision_, agent, false, "agent away", missing.taken);
    }

    void look_at_agents()
    {
        std::size_t left = agents_max;
        for (const auto& [at, slot] : state_.agent_timers) {
            if (left == 0 || at > decision_.now) break;
            --left;
            const auto& agent = state_.agent(slot);
            for (const auto& wrap_up : agent.wrap_ups)
                if (wrap_up.until <= decision_.now) decision_.add(WrapUpEnded{agent.id, wrap_up.ticket});
            if (agent.available() && agent.silent_at <= decision_.now) miss(agent);
        }
    }

    /// The agent has been silent for too long.
    void miss(const Agent& agent)
    {
        const auto heartbeat = decision_.policies.desk.heartbeat;
        if (heartbeat.count() == 0) {  // nobody watches any more
            decision_.add(AgentSeen{agent.id, Instant::max()});
            return;
        }
        auto& missing = missing_.try_emplace(agent.slot, Missing{agent.missed, false, {}}).first->second;
        if (missing.away) return;
        missing.away = true;
        decision_.add(
            PresenceSet{agent.id, Presence::away, fmt::format("silent for {}", to_string(heartbeat))});
        give_back(decision_, agent, false, "agent away", missing.taken);
    }

    /// Gives tickets from before the rulebook in force their times under it. Tickets whose time does not
    /// change get no event, or a million would on every reload; the last one looked at does, so that history
    /// tells how far the sweep has got.
    void sweep()
    {
        const auto* const first = state_.next_to_sweep();
        if (first == nullptr) return;
        const Ticket* last = nullptr;
        auto last_at = Instant::max();
        auto next = state_.tickets.find(first->id);
        for (std::size_t left = tickets_max; left > 0 && next != state_.tickets.end(); --left, ++next) {
            if (!(next->first < state_.sweep.end)) break;
            last = next->second.get();
            // What changes now is no part of the answer just given, so an event comes between them.
            if (answered_last(*last)) announce_again(*last, last->recheck_at);
            // By whom its time was last announced does not matter: another rulebook, in force for a while,
            // may have found the same time for a ticket that has changed since, which leaves no event.
            last_at = last->routed() ? recheck(decision_, *last) : last->recheck_at;
        }
        announce_again(*last, last_at);
    }

    /// Whether the latest event of all was the answer to the ticket's contact, at this very instant.
    bool answered_last(const Ticket& ticket) const
    {
        if (ticket.receipts == ReceiptSlot::none) return false;
        const auto& receipt = state_.receipts[ticket.receipts];
        return receipt.seq == state_.head && receipt.at == decision_.now;
    }

    void announce_again(const Ticket& ticket, Instant recheck_at)
    {
        decision_.add(RecheckScheduled{ticket.id, decision_.policies.rulebook->id(), recheck_at});
    }

    void forget()
    {
        const auto& ended = state_.receipts.ended();
        const auto kept = decision_.policies.desk.receipts_kept;
        if (ended.empty() || ended.front().at + kept + forgetting_pause > decision_.now) return;
        auto before = decision_.now - kept;
        if (ended.size() > forgotten_max) before = std::min(before, ended[forgotten_max].at);
        before = std::max(before, ended.front().at + Duration{1});
        decision_.add(ReceiptsForgotten{before});
    }

    void forget_closed()
    {
        if (closed_due(decision_.policies.desk, state_) > decision_.now) return;
        auto before = decision_.now - ended_kept(decision_.policies.desk);
        auto next = state_.closed_by_end.begin();
        const auto first = next->first;
        for (std::size_t left = forgotten_max; left > 0 && next != state_.closed_by_end.end(); --left) ++next;
        if (next != state_.closed_by_end.end()) before = std::min(before, next->first);
        before = std::max(before, first + Duration{1});
        decision_.add(ClosedKept{state_.closed_kept_seconds, before});
    }

    Decision& decision_;
    const State& state_;
    absl::flat_hash_map<AgentSlot, Missing> missing_;
};

}  // namespace

void tick(Decision& decision) { Ticking(decision).run(); }

Instant next_due(const DeskPolicy& policy, const State& state)
{
    auto due = Instant::max();
    if (!state.timers.empty()) due = state.timers.begin()->at;
    if (!state.agent_timers.empty()) due = std::min(due, state.agent_timers.begin()->first);
    if (state.next_to_sweep() != nullptr) due = std::min(due, state.at);
    if (!state.receipts.ended().empty())
        due = std::min(due, state.receipts.ended().front().at + policy.receipts_kept + forgetting_pause);
    if (!state.problems.empty()) due = std::min(due, problems_due(policy, state));
    return std::min(due, closed_due(policy, state));
}

}  // namespace triaged::desk
