// A floor: the real desk with agents who answer and work, and customers who come and may give up, all played.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <vector>

#include "engine/desk/desk.hpp"

namespace triaged::forecast {

/// A contact that is going to come.
struct Coming {
    Instant at;
    Contact contact;
    TicketId recorded;    // the ticket it opened or joined in history, or 0
    bool joined = false;  // it joined that
};

/// An agent who comes to work or goes.
struct Shift {
    Instant at;
    SignInAgent agent;
    bool comes = true;
};

/// What people do. Called in an order that is the same each time.
struct People {
    std::function<std::optional<Coming>()> next_contact;                      // in the order of time
    std::function<Duration(const desk::State&, const desk::Ticket&)> answer;  // from offer to acceptance
    std::function<Duration(const desk::State&, const desk::Ticket&, Instant now)> work;  // from acceptance on
    std::function<Duration(const desk::State&, const desk::Ticket&, Instant now)> rest;  // of work under way
    /// From now on until they give up; nothing: they do not.
    std::function<std::optional<Duration>(const desk::State&, const desk::Ticket&)> patience;
    /// A recorded contact has been taken into this ticket.
    std::function<void(TicketId recorded, TicketId played)> placed = [](TicketId, TicketId) {};
    /// Told of every event.
    std::function<void(const Event&)> seen = [](const Event&) {};
    /// The ticket that stands for a recorded one.
    std::function<TicketId(TicketId recorded)> played_as = [](TicketId recorded) { return recorded; };
};

/// How a ticket's wait for an agent went.
struct Wait {
    TicketId ticket;
    QueueName queue;  // where it was accepted, or stood last
    Instant from;
    Duration lasted{};  // until it was accepted or given up, or the end of play
    enum class End : std::uint8_t { accepted, abandoned, going_on } end = End::going_on;
    std::optional<Instant> breached_at;  // its first response was due and there was none

    bool operator==(const Wait&) const = default;
};

/// When the first response to a ticket that waits is due; nothing if nobody promised one, or it was given and
/// the ticket waits once more.
std::optional<Instant> first_response_due(const DeskPolicy& policy, const desk::State& state,
                                          const desk::Ticket& ticket);

class Floor {
public:
    /// \param from  where play begins; what waits and is being worked on goes on
    Floor(const desk::Policies& policies, desk::State&& state, Instant from, People people,
          std::vector<Shift> shifts);

    /// Plays up to `until`. \return every wait that ended or went on, in the order they ended
    std::vector<Wait> play(Instant until);

    const desk::State& state() const { return state_; }

private:
    enum class What : std::uint8_t { accept, complete, give_up };
    struct Due {
        Instant at;
        std::uint64_t order = 0;  // ties: what was planned first comes first
        What what = What::accept;
        TicketId ticket;
        std::uint64_t token = 0;  // of the plan: one that was overtaken means nothing

        bool operator>(const Due& other) const
        {
            return at != other.at ? other.at < at : other.order < order;
        }
    };

    void plan(Duration in, What what, TicketId ticket);
    void take_up();
    void come(const Coming& coming);
    void shift(const Shift& shift);
    void carry_out(const Due& due);
    void happen(Command&& command);
    void see(const Event& event);
    void tick_until(Instant at);
    void watch(const desk::Ticket& ticket);
    void note(const desk::Ticket& ticket, Wait::End end);

    const desk::Policies& policies_;
    desk::State state_;
    Instant now_;
    Instant from_;
    People people_;
    std::vector<Shift> shifts_;  // in the order of time
    std::size_t next_shift_ = 0;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::uint64_t planned_ = 0;
    std::map<TicketId, std::uint64_t> acting_;    // the plan of whoever is offered or has the ticket
    std::map<TicketId, std::uint64_t> patience_;  // the plan of the customer who waits
    std::vector<Wait> waits_;
};

}  // namespace triaged::forecast
