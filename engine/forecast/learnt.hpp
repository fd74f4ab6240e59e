// What a journal teaches about a floor: when contacts come, how long they take, how long customers wait.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/desk/state.hpp"
#include "engine/forecast/dice.hpp"
#include "engine/model/event.hpp"

namespace triaged::forecast {

inline constexpr std::size_t hours_a_week = 168;
inline constexpr Duration hour{3'600'000};

/// The hour of the week in UTC, 0 for the one that begins on Monday at midnight.
std::size_t hour_of_week(Instant at);

class Learnt {
public:
    /// Follows a history: every event from the first on, in order. \param before  the state it happens to
    void see(const Event& event, const desk::State& before);

    std::uint64_t tickets() const { return tickets_; }
    std::uint64_t handled() const { return handled_; }
    Instant from() const { return from_; }
    Instant to() const { return to_; }
    /// When the ticket's agent accepted it, if one has it.
    std::optional<Instant> accepted_at(TicketId ticket) const;

    /// Tickets to expect in an hour of the week: as many as came in it on average. An hour that history does
    /// not hold is taken for the same hour of other days, or for any.
    double arrivals(std::size_t hour) const;
    /// A contact as they came in that hour. \return null if there never was any
    const Contact* any_contact(std::size_t hour, Dice& dice) const;
    /// How long an agent has a ticket of this queue.
    Duration any_handling(const QueueName& queue, Dice& dice) const;
    /// The same for one that an agent has had for `so_far`: how much longer.
    Duration any_rest(const QueueName& queue, Duration so_far, Dice& dice) const;
    /// From an offer to its acceptance.
    Duration any_answer(Dice& dice) const;
    /// How long a customer on a live channel waits before they give up; nothing if they never did.
    std::optional<Duration> any_patience(const QueueName& queue, Dice& dice) const;

private:
    /// The latest samples, so that old habits are forgotten.
    struct Samples {
        std::vector<Duration> kept;
        std::uint64_t seen = 0;

        void add(Duration sample);
    };
    /// Waits of customers on live channels: those who gave up tell the rate, all tell the time at risk.
    struct Patience {
        std::uint64_t gave_up = 0;
        double waited_ms = 0;
    };

    void opened(const Event& event, const TicketOpened& what);
    void accepted(const Event& event, const OfferAccepted& what, const desk::State& before);
    void completed(const Event& event, TicketId ticket);
    void abandoned(const Event& event, const TicketAbandoned& what, const desk::State& before);
    double hours_seen(std::size_t hour) const;
    const Samples& handling_of(const QueueName& queue) const;

    Instant from_ = Instant::max();
    Instant to_;
    std::uint64_t tickets_ = 0;
    std::uint64_t handled_ = 0;
    std::array<std::uint64_t, hours_a_week> came_{};
    std::array<std::vector<Contact>, hours_a_week> contacts_;
    std::map<QueueName, Samples> handling_;
    Samples handling_of_all_;
    Samples answers_;
    std::map<QueueName, Patience> patience_;
    std::map<TicketId, Instant> offered_;
    std::map<TicketId, std::pair<Instant, QueueName>> accepted_;
};

}  // namespace triaged::forecast
