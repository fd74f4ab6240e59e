// Deciding what agents do.

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "engine/desk/decision.hpp"
#include "engine/desk/sla.hpp"

namespace triaged::desk {

namespace {

tl::unexpected<Error> lapsed(const Decision& decision, const Ticket& ticket, const Agent& agent, Instant at)
{
    return fail(ErrorCode::offer_expired,
                fmt::format("{}: the offer to '{}' lapsed at {}; it is now {}", to_string(ticket.id),
                            agent.id.value, to_string(at), to_string(decision.now)));
}

/// That `agent` holds an offer of `ticket` which is open now.
Result<void> holds_offer(const Decision& decision, const Ticket& ticket, const Agent& agent)
{
    if (is(ticket, TicketPhase::offered, agent)) {
        if (decision.now < ticket.expires_at) return {};
        return lapsed(decision, ticket, agent, ticket.expires_at);
    }
    if (const auto* const refusal = ticket.refusal_by(agent.slot); refusal != nullptr && !refusal->declined)
        return lapsed(decision, ticket, agent, refusal->at);
    return fail(ErrorCode::no_offer,
                fmt::format("{}: '{}' holds no offer of it; it is {}", to_string(ticket.id), agent.id.value,
                            to_string(ticket.phase)));
}

/// The profile with what sign-in left out filled in.
AgentSignedIn filled_in(const DeskPolicy& policy, const SignInAgent& command)
{
    AgentSignedIn what{command.agent, command.name, {}, command.capacity};
    for (const auto& skill : command.skills) raise(what.skills, skill);
    if (const auto found = policy.agents.find(command.agent); found != policy.agents.end()) {
        const auto& profile = found->second;
        if (what.name.empty()) what.name = profile.name;
        if (what.skills.empty()) what.skills = profile.skills;
        if (what.capacity == 0) what.capacity = profile.capacity;
    }
    if (what.name.empty()) what.name = command.agent.value;
    if (what.capacity == 0) what.capacity = policy.agent_capacity;
    return what;
}

/// Only reasons on the list, if there is one; away without a reason is none of them.
Result<void> is_reason(const DeskPolicy& policy, const SetPresence& command)
{
    const auto& known = policy.presence_reasons;
    if (known.empty() || command.own || command.presence != Presence::away) return {};
    if (std::find(known.begin(), known.end(), command.reason) != known.end()) return {};
    const auto given = command.reason.empty() ? std::string("a reason is needed")
                                              : fmt::format("there is no reason '{}'", command.reason);
    return fail(ErrorCode::bad_value, fmt::format("agent '{}': {}; it is one of {}", command.agent.value,
                                                  given, fmt::join(known, ", ")));
}

}  // namespace

Result<const Agent*> signed_in(const Decision& decision, const AgentId& id)
{
    if (const auto* const agent = decision.state.find(id)) return agent;
    return fail(ErrorCode::unknown_agent, fmt::format("agent '{}' has not signed in", id.value));
}

Result<const Ticket*> open_ticket(const Decision& decision, TicketId id)
{
    if (const auto* const ticket = decision.state.find(id)) return ticket;
    const bool ended = id.value != 0 && id < decision.state.next_ticket;
    return fail(ErrorCode::unknown_ticket,
                fmt::format("{}: {}", to_string(id), ended ? "completed, no longer open" : "no such ticket"));
}

void take_back(Decision& decision, const Ticket& ticket, const std::string& why)
{
    for (const auto slot : ticket.holders())
        decision.add(TicketReturned{ticket.id, decision.state.agent(slot).id, why});
}

void withdraw_others(Decision& decision, const Ticket& ticket, AgentSlot agent, const std::string& why)
{
    for (const auto slot : ticket.holders())
        if (slot != agent) decision.add(OfferWithdrawn{ticket.id, decision.state.agent(slot).id, why});
}

bool is(const Ticket& ticket, TicketPhase phase, const Agent& agent)
{
    return ticket.phase == phase && ticket.held_by(agent.slot);
}

Result<void> is_assigned(const Decision& decision, const Ticket& ticket, const Agent& agent)
{
    if (is(ticket, TicketPhase::assigned, agent)) return {};
    const auto holder = ticket.phase == TicketPhase::waiting
                            ? ""
                            : " to '" + decision.state.agent(ticket.agent).id.value + "'";
    return fail(ErrorCode::not_assigned,
                fmt::format("{}: not assigned to '{}'; it is {}{}", to_string(ticket.id), agent.id.value,
                            to_string(ticket.phase), holder));
}

void give_back_beyond(Decision& decision, RoomKey room, const Skills& skills, const std::string& why,
                      TicketId except)
{
    const auto& state = decision.state;
    const auto& agent = *room.agent;
    for (auto id = agent.tickets.rbegin(); id != agent.tickets.rend(); ++id) {
        const auto& ticket = *state.find(*id);
        if (ticket.phase != TicketPhase::offered || *id == except) continue;
        const bool able = covers(skills, state.skill_sets.skills(ticket.needs));
        if (able && (ticket.yields ? room.used : room.firm()) <= room.capacity) continue;
        room = without(room, ticket);
        decision.add(TicketReturned{*id, agent.id, able ? why : "skills changed"});
    }
}

void hear(Decision& decision, const AgentId& id)
{
    const auto heartbeat = decision.policies.desk.heartbeat;
    if (heartbeat.count() == 0 || id.value.empty()) return;
    // A quarter more than asked for, so that signs in between need no event and nobody is set away early.
    const auto until = decision.now + heartbeat + heartbeat / 4;
    const auto* const agent = decision.state.find(id);
    const bool watched = agent != nullptr && agent->silent_at != Instant::max();
    if (watched && until < agent->silent_at + heartbeat / 4) return;
    decision.add(AgentSeen{id, until});
}

void give_back(Decision& decision, const Agent& agent, bool assigned_too, const std::string& why,
               const std::vector<TicketId>& except)
{
    for (const auto id : agent.tickets) {
        const auto& ticket = *decision.state.find(id);
        const bool assigned = ticket.phase == TicketPhase::assigned;
        if ((assigned && !assigned_too) || std::find(except.begin(), except.end(), id) != except.end())
            continue;
        decision.add(TicketReturned{id, agent.id, why});
        if (assigned) recheck(decision, ticket, decision.now);  // it waits again from now on
    }
}

Result<void> sign_in(Decision& decision, const SignInAgent& command)
{
    if (command.agent.value.empty()) return fail(ErrorCode::missing_field, "an agent needs an `agent` id");
    if (command.capacity < 0)
        return fail(ErrorCode::bad_value, fmt::format("agent '{}': capacity must be 1 or more, not {}",
                                                      command.agent.value, command.capacity));
    for (const auto& skill : command.skills)
        if (skill.name.empty() || skill.level < 1 || skill.level > skill_level_max)
            return fail(ErrorCode::bad_value,
                        fmt::format("agent '{}': skill '{}': levels go from 1 to {}, not {}",
                                    command.agent.value, skill.name, skill_level_max, skill.level));
    auto what = filled_in(decision.policies.desk, command);
    if (const auto* const agent = decision.state.find(command.agent)) {
        auto room = room_key(*agent);
        room.capacity = what.capacity;
        give_back_beyond(decision, room, what.skills, "capacity lowered");
    }
    decision.add(std::move(what));
    return {};
}

Result<void> set_presence(Decision& decision, const SetPresence& command)
{
    const auto agent = signed_in(decision, command.agent);
    if (!agent) return tl::unexpected(agent.error());
    if (auto known = is_reason(decision.policies.desk, command); !known) return known;
    if ((*agent)->presence == command.presence && (*agent)->reason == command.reason) return {};
    decision.add(PresenceSet{command.agent, command.presence, command.reason});
    if (command.presence == Presence::available) return {};
    const bool offline = command.presence == Presence::offline;
    if (offline)
        for (const auto& wrap_up : (*agent)->wrap_ups)
            decision.add(WrapUpEnded{command.agent, wrap_up.ticket});
    give_back(decision, **agent, offline, offline ? "agent offline" : "agent away");
    return {};
}

Result<void> accept(Decision& decision, const AcceptOffer& command)
{
    const auto agent = signed_in(decision, command.agent);
    if (!agent) return tl::unexpected(agent.error());
    const auto ticket = open_ticket(decision, command.ticket);
    if (!ticket) return tl::unexpected(ticket.error());
    if (is(**ticket, TicketPhase::assigned, **agent)) return {};  // said twice, as after a broken connection
    return holds_offer(decision, **ticket, **agent).map([&] {
        end_wait(decision, **ticket);
        withdraw_others(decision, **ticket, (*agent)->slot,
                        fmt::format("taken by '{}'", command.agent.value));
        decision.add(OfferAccepted{command.ticket, command.agent});
    });
}

Result<void> decline(Decision& decision, const DeclineOffer& command)
{
    const auto agent = signed_in(decision, command.agent);
    if (!agent) return tl::unexpected(agent.error());
    const auto ticket = open_ticket(decision, command.ticket);
    if (!ticket) return tl::unexpected(ticket.error());
    return holds_offer(decision, **ticket, **agent).map([&] {
        decision.add(OfferDeclined{command.ticket, command.agent, command.reason});
    });
}

Result<const Ticket*> assigned_to(const Decision& decision, TicketId id, const AgentId& by)
{
    const auto agent = signed_in(decision, by);
    if (!agent) return tl::unexpected(agent.error());
    const auto ticket = open_ticket(decision, id);
    if (!ticket) return tl::unexpected(ticket.error());
    if (auto held = is_assigned(decision, **ticket, **agent); !held) return tl::unexpected(held.error());
    return *ticket;
}

Result<void> complete(Decision& decision, const CompleteTicket& command)
{
    const auto ticket = assigned_to(decision, command.ticket, command.agent);
    if (!ticket) return tl::unexpected(ticket.error());
    end_promises(decision, **ticket);
    keep_closed(decision);
    const auto& agent = *decision.state.find(command.agent);
    for (const auto& earlier : agent.wrap_ups)  // it was reopened meanwhile
        if (earlier.ticket == command.ticket) decision.add(WrapUpEnded{command.agent, command.ticket});
    const auto wrap_up = decision.policies.desk.wrap_up[static_cast<std::size_t>((*ticket)->channel)];
    if (wrap_up.count() > 0)
        decision.add(WrapUpStarted{command.agent, command.ticket, (*ticket)->units, decision.now + wrap_up});
    decision.add(TicketCompleted{command.ticket, command.agent, command.disposition});
    return {};
}

Result<void> end_wrap_up(Decision& decision, const EndWrapUp& command)
{
    const auto agent = signed_in(decision, command.agent);
    if (!agent) return tl::unexpected(agent.error());
    for (const auto& wrap_up : (*agent)->wrap_ups) decision.add(WrapUpEnded{command.agent, wrap_up.ticket});
    return {};
}

void keep_closed(Decision& decision)
{
    const auto keep = std::chrono::duration_cast<std::chrono::seconds>(decision.policies.desk.threads.reopen);
    if (const auto seconds = static_cast<std::uint32_t>(keep.count());
        seconds != decision.state.closed_kept_seconds)
        decision.add(ClosedKept{seconds, Instant{0}});
}

}  // namespace triaged::desk
