// Deciding into whose hands a ticket goes beside offers: operators assign and requeue, agents release,
// transfer and take.

#include <algorithm>

#include <fmt/format.h>

#include "engine/desk/contest.hpp"
#include "engine/desk/decision.hpp"

namespace triaged::desk {

namespace {

/// What of `needs` an agent with `has` lacks: `german 2, senior 1`.
std::string lacking(const Skills& has, const Skills& needs)
{
    std::string out;
    for (const auto& need : needs)
        if (!covers(has, {need}))
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", need.name, need.level);
    return out;
}

/// That the agent is there and has the skills.
Result<void> is_suited(const Decision& decision, const Ticket& ticket, const Agent& agent)
{
    if (!agent.available())
        return fail(ErrorCode::agent_not_suited,
                    fmt::format("agent '{}' is {}", agent.id.value, to_string(agent.presence)));
    const auto& needs = decision.state.skill_sets.skills(ticket.needs);
    if (!covers(agent.skills, needs))
        return fail(ErrorCode::agent_not_suited,
                    fmt::format("agent '{}' lacks {}, which {} needs", agent.id.value,
                                lacking(agent.skills, needs), to_string(ticket.id)));
    return {};
}

/// That the agent has the units free; those that an offer of this ticket holds are.
Result<void> has_room(const Decision& decision, const Ticket& ticket, const Agent& agent)
{
    const auto room = without(room_key(agent), ticket);
    if (can_hold(decision.policies.desk, room, ticket.channel)) return {};
    return fail(ErrorCode::agent_over_capacity,
                fmt::format("agent '{}' has {} of {} units in use, and {} takes {}", agent.id.value,
                            room.used, agent.capacity, to_string(ticket.id),
                            units_for(decision.policies.desk, ticket.channel, agent.capacity)));
}

void give_to(Decision& decision, const Ticket& ticket, const Agent& agent, std::string by,
             const std::string& note)
{
    take_back(decision, ticket, fmt::format("given to '{}'", agent.id.value));
    end_wait(decision, ticket);
    const int units = units_for(decision.policies.desk, ticket.channel, agent.capacity);
    decision.add(TicketAssigned{ticket.id, agent.id, units, std::move(by), note});
}

Result<void> is_queue(const Decision& decision, const QueueName& queue)
{
    if (decision.policies.desk.queues.contains(queue)) return {};
    return fail(ErrorCode::unknown_queue, fmt::format("there is no queue '{}'", queue.value));
}

QueueName queue_name(const Decision& decision, const Ticket& ticket)
{
    return QueueName(decision.state.symbols.text(ticket.queue));
}

/// The first in order of the waiting tickets that the agent can take, or null.
const Ticket* head_for(const Decision& decision, const Agent& agent)
{
    const auto& board = decision.state.board;
    const WaitingKey* best = nullptr;
    for (const auto id : board[agent.group].serves) {
        const auto& bucket = board[id];
        if (!can_hold(decision.policies.desk, room_key(agent), bucket.channel)) continue;
        for (const auto& key : bucket.waiting) {
            if (best != nullptr && *best < key) break;
            if (key.ticket->declined_by(agent.slot)) continue;
            best = &key;
            break;
        }
    }
    return best == nullptr ? nullptr : best->ticket;
}

/// The ticket to be transferred, which `agent` has if one is named.
Result<const Ticket*> to_be_transferred(const Decision& decision, const TransferTicket& command)
{
    if (command.queue.value.empty() == command.to.value.empty())
        return fail(ErrorCode::missing_field, "a transfer goes to either a `queue` or an agent, `to`");
    const auto ticket = open_ticket(decision, command.ticket);
    if (!ticket || command.agent.value.empty()) return ticket;
    const auto agent = signed_in(decision, command.agent);
    if (!agent) return tl::unexpected(agent.error());
    if (auto held = is_assigned(decision, **ticket, **agent); !held) return tl::unexpected(held.error());
    return ticket;
}

}  // namespace

Result<void> assign(Decision& decision, const AssignTicket& command)
{
    const auto agent = signed_in(decision, command.agent);
    if (!agent) return tl::unexpected(agent.error());
    const auto ticket = open_ticket(decision, command.ticket);
    if (!ticket) return tl::unexpected(ticket.error());
    if (is(**ticket, TicketPhase::assigned, **agent)) return {};
    if ((*agent)->presence == Presence::offline)
        return fail(ErrorCode::agent_not_suited, fmt::format("agent '{}' is offline", command.agent.value));
    if (!command.force) {
        if (auto suited = is_suited(decision, **ticket, **agent); !suited) return suited;
        if (auto room = has_room(decision, **ticket, **agent); !room) return room;
    }
    give_to(decision, **ticket, **agent, command.force ? "force" : "assign", command.note);
    if (!command.force) return {};
    // What is forced on an agent takes the room that their offers hold, but not that of their work.
    auto room = without(room_key(**agent), **ticket);
    const int units = units_for(decision.policies.desk, (*ticket)->channel, (*agent)->capacity);
    room.used += units;
    if (decision.state.interruptible[static_cast<std::size_t>((*ticket)->channel)]) room.yielding += units;
    give_back_beyond(decision, room, (*agent)->skills, "an operator gave other work", command.ticket);
    return {};
}

Result<void> requeue(Decision& decision, const RequeueTicket& command)
{
    const auto ticket = open_ticket(decision, command.ticket);
    if (!ticket) return tl::unexpected(ticket.error());
    const auto own = queue_name(decision, **ticket);
    const auto to = command.queue.value.empty() ? own : command.queue;
    if (to == own && (*ticket)->phase == TicketPhase::waiting) return {};
    if (auto known = is_queue(decision, to); !known && to != own) return known;
    move(decision, **ticket, {to, "requeue", command.note});
    return {};
}

Result<void> release(Decision& decision, const ReleaseTicket& command)
{
    const auto agent = signed_in(decision, command.agent);
    if (!agent) return tl::unexpected(agent.error());
    const auto ticket = open_ticket(decision, command.ticket);
    if (!ticket) return tl::unexpected(ticket.error());
    if (auto held = is_assigned(decision, **ticket, **agent); !held) return held;
    move(decision, **ticket, {queue_name(decision, **ticket), "release", command.reason});
    return {};
}

Result<void> transfer(Decision& decision, const TransferTicket& command)
{
    const auto ticket = to_be_transferred(decision, command);
    if (!ticket) return tl::unexpected(ticket.error());
    if (command.to.value.empty()) {
        if (auto known = is_queue(decision, command.queue); !known) return known;
        move(decision, **ticket, {command.queue, "transfer", command.note});
        return {};
    }
    const auto to = signed_in(decision, command.to);
    if (!to) return tl::unexpected(to.error());
    if (is(**ticket, TicketPhase::assigned, **to)) return {};
    if (auto suited = is_suited(decision, **ticket, **to); !suited) return suited;
    if (auto room = has_room(decision, **ticket, **to); !room) return room;
    give_to(decision, **ticket, **to, "transfer", command.note);
    return {};
}

Result<void> take(Decision& decision, const TakeTicket& command)
{
    const auto agent = signed_in(decision, command.agent);
    if (!agent) return tl::unexpected(agent.error());
    if (command.ticket.value == 0) {
        const auto* const head = (*agent)->available() ? head_for(decision, **agent) : nullptr;
        if (head != nullptr) give_to(decision, *head, **agent, "take", {});
        return {};
    }
    const auto ticket = open_ticket(decision, command.ticket);
    if (!ticket) return tl::unexpected(ticket.error());
    if ((*ticket)->held_by((*agent)->slot)) return accept(decision, {command.agent, command.ticket});
    if ((*ticket)->phase != TicketPhase::waiting)
        return fail(ErrorCode::not_waiting,
                    fmt::format("{} is {} to '{}'", to_string(command.ticket), to_string((*ticket)->phase),
                                decision.state.agent((*ticket)->agent).id.value));
    if (auto suited = is_suited(decision, **ticket, **agent); !suited) return suited;
    if (auto room = has_room(decision, **ticket, **agent); !room) return room;
    give_to(decision, **ticket, **agent, "take", {});
    return {};
}

}  // namespace triaged::desk
