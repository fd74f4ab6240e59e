// The reference: agents, and who is offered what.

#include "tests/sim/reference.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace triaged::sim {

int Reference::used(const AgentId& id) const
{
    int sum = 0;
    if (const auto held = sums_.units.find(id); held != sums_.units.end())
        for (const int units : held->second) sum += units;
    for (const auto& [ticket_id, wrap_up] : agents_.at(id).wrap_ups) sum += wrap_up.units;
    return sum;
}

int Reference::firm(const AgentId& id) const
{
    const auto yielding = sums_.yielding.find(id);
    int sum = used(id) - (yielding == sums_.yielding.end() ? 0 : yielding->second);
    for (const auto& [ticket_id, wrap_up] : agents_.at(id).wrap_ups)
        if (wrap_up.yields) sum -= wrap_up.units;
    return sum;
}

bool Reference::has_room(const AgentId& id) const
{
    const auto& agent = agents_.at(id);
    return agent.presence == Presence::available && firm(id) < agent.capacity;
}

bool Reference::has_room(const desk::Policies& policies, const AgentId& id, Channel channel) const
{
    const int capacity = agents_.at(id).capacity;
    const bool may_interrupt = !policies.desk.interruptible[static_cast<std::size_t>(channel)];
    return capacity - (may_interrupt ? firm(id) : used(id)) >= units(policies, channel, capacity);
}

bool Reference::pulled(const desk::Policies& policies, const ReferenceTicket& ticket) const
{
    return policies.desk.queues.at(ticket.queue).pull;
}

int Reference::units(const desk::Policies& policies, Channel channel, int capacity)
{
    return std::min(policies.desk.units(channel), capacity);
}

bool Reference::can_take(const desk::Policies& policies, const AgentId& id,
                         const ReferenceTicket& ticket) const
{
    const auto& agent = agents_.at(id);
    return !ticket.called_at && agent.presence == Presence::available && !ticket.parked &&
           has_room(policies, id, ticket.channel) && covers(agent.skills, ticket.needs) &&
           !ticket.declined.contains(id);
}

Reference::Candidate Reference::candidate(const desk::Policies& policies, const ReferenceTicket& ticket,
                                          const AgentId& id) const
{
    const auto& agent = agents_.at(id);
    const auto& queue = policies.desk.queues.at(ticket.queue);
    const auto miss = std::find(ticket.missed.begin(), ticket.missed.end(), id);
    const auto missed = miss == ticket.missed.end() ? -1 : miss - ticket.missed.begin();
    const auto met = met_.find(ticket.customer);
    const bool sticky =
        met != met_.end() && met->second.first == id && at_ < met->second.second + queue.sticky;
    const double load = static_cast<double>(used(id)) / agent.capacity;
    const auto idle = static_cast<double>(agent.idle_since.ms);
    double skill = 0;
    for (const auto& need : ticket.needs)
        for (const auto& has : agent.skills)
            if (has.name == need.name) skill -= has.level;
    const bool interrupted = agent.capacity - used(id) < units(policies, ticket.channel, agent.capacity);
    Candidate candidate{
        id, {{"missed", missed}, {"interrupts", interrupted ? 1 : 0}, {"sticky", sticky ? 0 : 1}}};
    const auto then = [&](const char* name, double value) { candidate.keys.emplace_back(name, value); };
    if (interrupted) {
        if (queue.strategy == Strategy::best_skill) then("skill", skill);
        then("load", static_cast<double>(firm(id)) / agent.capacity);
        then("idle", idle);
        return candidate;
    }
    switch (queue.strategy) {
        case Strategy::best_skill:
            then("skill", skill);
            [[fallthrough]];
        case Strategy::least_loaded:
            then("load", load);
            then("idle", idle);
            break;
        case Strategy::longest_idle:
            then("idle", used(id) > 0 ? 1 : 0);
            then("idle", idle);
            then("load", load);
            break;
        case Strategy::round_robin:
            then("turn", static_cast<double>(agent.last_offer));
            break;
    }
    return candidate;
}

std::string_view Reference::loses(const Candidate& a, const Candidate& b)
{
    for (std::size_t i = 0; i < a.keys.size(); ++i)
        if (a.keys[i].second != b.keys[i].second)
            return a.keys[i].second < b.keys[i].second ? a.keys[i].first : "";
    return a.id < b.id ? "id" : "";
}

/// That no ticket before this one could be taken by the agent; and, whatever its place is said to be, that
/// none is overtaken by more than the longest head start or the longest promise: nothing starves.
void Reference::check_turn(const desk::Policies& policies, TicketId id, const AgentId& agent) const
{
    const auto& offered = open_.at(id);
    const auto& desk = policies.desk;
    const bool by_sla = desk.order == QueueOrder::sla;
    const auto bound = offered.came - (by_sla ? desk.due_within : std::ranges::max(desk.head_start));
    for (const auto& [other_id, other] : open_) {
        const bool later = std::pair(other.queued_as, other_id) >= std::pair(offered.queued_as, id);
        if (other.phase != TicketPhase::waiting || (later && other.came >= bound)) continue;
        if (!can_take(policies, agent, other) || pulled(policies, other)) continue;
        must(later, "{} was before {} for {}", other_id, id, agent.value);
        must(other.came >= bound, "{} starves behind {} for {}", other_id, id, agent.value);
    }
}

/// That nobody was to be offered it before this agent, and that those who could have been are recorded.
void Reference::check_choice(const desk::Policies& policies, const OfferMade& what) const
{
    const auto& offered = open_.at(what.ticket);
    const auto chosen = candidate(policies, offered, what.agent);
    std::vector<Candidate> others;
    for (const auto& [id, agent] : agents_)
        if (id != what.agent && !offered.hands.contains(id) && can_take(policies, id, offered))
            others.push_back(candidate(policies, offered, id));
    std::sort(others.begin(), others.end(),
              [](const auto& a, const auto& b) { return !loses(a, b).empty(); });
    must(others.empty() || !loses(chosen, others.front()).empty(), "somebody else was to be offered it");
    must(what.losers.size() == std::min(others.size(), losing_candidates_max), "losers are recorded");
    for (std::size_t i = 0; i < what.losers.size(); ++i) {
        must(what.losers[i].agent == others[i].id, "losers are recorded best first");
        must(what.losers[i].key == loses(chosen, others[i]), "{} did not lose by {}", others[i].id.value,
             what.losers[i].key);
    }
}

/// The ticket's customer has to do with its agent.
void Reference::meet(const ReferenceTicket& ticket, const AgentId& agent)
{
    if (!ticket.customer.value.empty()) met_[ticket.customer] = {agent, at_};
}

void Reference::take_from_line(ReferenceTicket& ticket)
{
    auto& takes = takes_[ticket.queue];
    if (ticket.stood_in_line) {
        const auto since = std::max(ticket.steps_since, ticket.waiting_since);
        takes.push_back({takes.empty() ? since : std::max(since, takes.back().to), at_});
    }
    ticket.stood_in_line = false;
}

void Reference::take_off(ReferenceTicket& ticket, const AgentId& agent)
{
    ticket.hands.erase(agent);
    if (ticket.hands.empty()) ticket.phase = TicketPhase::waiting;
}

void Reference::on(const desk::Policies&, const Event& event, const AgentSignedIn& what)
{
    must(what.capacity >= 1, "capacity is 1 or more");
    auto& agent = agents_[what.agent];
    touched_.agents.insert(what.agent);
    if (agent.presence != Presence::available) agent.idle_since = event.at;
    agent.skills = what.skills;
    agent.capacity = what.capacity;
    agent.presence = Presence::available;
    agent.missed = 0;
}

void Reference::on(const desk::Policies&, const Event& event, const PresenceSet& what)
{
    auto& set = agent(what.agent);
    if (what.presence == Presence::available && set.presence != Presence::available)
        set.idle_since = event.at;
    set.presence = what.presence;
    set.missed = 0;
    to_be_sent_away_.erase(what.agent);
}

void Reference::on(const desk::Policies& policies, const Event& event, const OfferMade& what)
{
    auto& offered = ticket(what.ticket);
    must(offered.routed && !offered.parked, "what is held is not offered");
    if (offered.phase == TicketPhase::waiting) {
        offered.stood_in_line |= offered.waiting_since < event.at;
        must(what.expires_at == event.at + policies.desk.offer_ttl, "it lasts as long as configured");
    } else {
        must(offered_last_ == std::pair(what.ticket, event.seq - 1), "offers of one ticket are made at once");
        must(offered.phase == TicketPhase::offered && !offered.hands.contains(what.agent),
             "further offers go to others");
        must(what.expires_at == offered.expires_at, "they end together");
    }
    must(std::ssize(offered.hands) < policies.desk.queues.at(offered.queue).offers,
         "not more than configured");
    offered_last_ = {what.ticket, event.seq};
    must(can_take(policies, what.agent, offered), "{} cannot take it", what.agent.value);
    must(!pulled(policies, offered), "agents take what is on this queue");
    must(what.units == units(policies, offered.channel, agent(what.agent).capacity),
         "it holds its channel's units");
    check_turn(policies, what.ticket, what.agent);
    check_choice(policies, what);
    agent(what.agent).last_offer = event.seq;
    offered.phase = TicketPhase::offered;
    offered.hands[what.agent] = what.units;
    offered.yields = is_interruptible(offered.channel);
    offered.expires_at = what.expires_at;
}

void Reference::on(const desk::Policies&, const Event& event, const OfferAccepted& what)
{
    auto& accepted = held(what.ticket, what.agent, TicketPhase::offered);
    must(event.at < accepted.expires_at, "an offer is open strictly before its end");
    must(accepted.hands.size() == 1, "the offers to others have been withdrawn");
    accepted.phase = TicketPhase::assigned;
    take_from_line(accepted);
    accepted.waiting_since = Instant::max();
    accepted.start_anew({SlaTarget::wait, SlaTarget::queue});
    if (accepted.channel == Channel::chat || accepted.channel == Channel::phone) accepted.answer();
    meet(accepted, what.agent);
    agent(what.agent).missed = 0;
}

void Reference::on(const desk::Policies&, const Event& event, const OfferDeclined& what)
{
    auto& declined = held(what.ticket, what.agent, TicketPhase::offered);
    must(event.at < declined.expires_at, "an offer is open strictly before its end");
    take_off(declined, what.agent);
    declined.declined.insert(what.agent);
    agent(what.agent).missed = 0;
}

void Reference::on(const desk::Policies& policies, const Event& event, const OfferExpired& what)
{
    auto& expired = held(what.ticket, what.agent, TicketPhase::offered);
    must(event.at >= expired.expires_at, "an offer does not end early");
    take_off(expired, what.agent);
    auto& missed = expired.missed;
    missed.erase(std::remove(missed.begin(), missed.end(), what.agent), missed.end());
    missed.push_back(what.agent);
    must(!to_be_sent_away_.contains(what.agent), "who missed too many offers has been sent away");
    if (++agent(what.agent).missed >= policies.desk.missed_offers_max) to_be_sent_away_.insert(what.agent);
}

void Reference::on(const desk::Policies&, const Event&, const OfferWithdrawn& what)
{
    auto& withdrawn = held(what.ticket, what.agent, TicketPhase::offered);
    must(withdrawn.hands.size() > 1, "the last offer ends by what becomes of the ticket");
    take_off(withdrawn, what.agent);
}

void Reference::on(const desk::Policies&, const Event& event, const TicketReturned& what)
{
    auto& returned = ticket(what.ticket);
    must(returned.hands.contains(what.agent), "only who holds it returns it");
    if (returned.phase == TicketPhase::assigned) returned.waiting_since = event.at;
    take_off(returned, what.agent);
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketAssigned& what)
{
    auto& assigned = ticket(what.ticket);
    must(assigned.phase == TicketPhase::waiting && assigned.routed, "what is assigned has left other hands");
    auto& agent = this->agent(what.agent);
    must(agent.presence != Presence::offline, "nobody offline gets work");
    must(what.units == units(policies, assigned.channel, agent.capacity), "it holds its channel's units");
    if (what.by != "force") {
        must(agent.presence == Presence::available, "only somebody who is there gets work");
        must(covers(agent.skills, assigned.needs), "only somebody with the skills gets it");
        must(has_room(policies, what.agent, assigned.channel), "there is room for it");
    }
    assigned.stood_in_line |= assigned.waiting_since < event.at;
    take_from_line(assigned);
    assigned.phase = TicketPhase::assigned;
    assigned.waiting_since = Instant::max();
    assigned.called_at.reset();
    assigned.start_anew({SlaTarget::wait, SlaTarget::queue});
    if (assigned.channel == Channel::chat || assigned.channel == Channel::phone) assigned.answer();
    assigned.hands = {{what.agent, what.units}};
    assigned.yields = is_interruptible(assigned.channel);
    agent.missed = 0;
    meet(assigned, what.agent);
}

void Reference::on(const desk::Policies& policies, const Event& event, const WrapUpStarted& what)
{
    const auto& wrapped = held(what.ticket, what.agent, TicketPhase::assigned);
    must(what.units == wrapped.hands.at(what.agent), "it holds what the ticket held");
    const auto& spans = policies.desk.wrap_up;
    const bool configured = std::any_of(spans.begin(), spans.end(), [&](Duration span) {
        return span.count() > 0 && what.until == event.at + span;
    });
    must(configured, "it lasts as long as configured");
    auto& wrap_ups = agent(what.agent).wrap_ups;
    must(!wrap_ups.contains(what.ticket), "a ticket is wrapped up once at a time");
    wrap_ups[what.ticket] = {what.units, wrapped.yields, what.until};
    wrapping_up_ = what.ticket;
}

void Reference::on(const desk::Policies&, const Event& event, const WrapUpEnded& what)
{
    auto& ended = agent(what.agent);
    must(ended.wrap_ups.erase(what.ticket) == 1, "only what began ends");
    ended.idle_since = event.at;
}

void Reference::on(const desk::Policies&, const Event& event, const AgentSeen& what)
{
    must(what.until > event.at, "silence lies ahead");
    agent(what.agent).silent_at = what.until;
}

void Reference::check_quiet(Instant now) const
{
    for (const auto& [id, agent] : agents_) {
        for (const auto& [ticket, wrap_up] : agent.wrap_ups)
            must(wrap_up.until > now, "{} still wraps up", id.value);
        must(agent.presence != Presence::available || agent.silent_at > now, "{} is silent, and there",
             id.value);
    }
}

}  // namespace triaged::sim
