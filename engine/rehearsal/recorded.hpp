// Recorded tickets, decided once more as they came in, by another rulebook. Nothing of
// it has any effect.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/desk/state.hpp"
#include "engine/model/event.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::rehearsal {

/// What rules make of a ticket as it comes in, escalations at that moment included; every name is spelt out.
struct Decided {
    QueueName queue;
    Priority priority = Priority::normal;
    std::string intent;
    std::string sla;
    std::string contact_by;
    Skills skills;  // that the stages up to `route` ask for; what escalations add is not recorded apart
    std::vector<std::string> tags;
    std::vector<std::string> escalated;  // escalation rules that applied at once
    std::vector<std::string> fired;      // all rules that fired, these among them
    // Escalation rules that would apply if nobody took the ticket, and after how long: `phone-waiting after
    // 5m`. Nothing where it is not known: what was decided then says so of that moment only.
    std::optional<std::vector<std::string>> due;

    bool operator==(const Decided&) const = default;
};

/// What rules make of a ticket that comes in: routing, then escalations until there are no more.
/// \param subject   with what `rulebook` asks of the desk
/// \param entitled  the SLA policy a contract of the customer's gives where no rule sets one; empty: none
/// does
Decided decide_as_new(const rulebook::Rulebook& rulebook, const rulebook::Subject& subject, Instant now,
                      const DeskPolicy& desk, std::string_view entitled);

/// What was decided of a ticket as it came in. \param fired  names of the rules in the trace of `routing`.
Decided decided_of(const Routing& routing, std::vector<std::string> fired);
/// Adds an escalation of the moment in which the ticket came in. \param rule  its name.
void add(Decided& decided, const TicketEscalated& escalated, const std::string& rule);

/// Names in `of` that `without` does not have, each once, in order.
std::vector<std::string> less(const std::vector<std::string>& of, const std::vector<std::string>& without);

/// One thing that is not the same, in words; empty means none.
struct Difference {
    std::string
        what;  // `queue`, `priority`, `intent`, `sla`, `contact_by`, `skills`, `tags`, `escalated` or `due`
    std::string before;
    std::string after;

    bool operator==(const Difference&) const = default;
};

std::vector<Difference> differences(const Decided& before, const Decided& after);

/// A recorded ticket under both rulebooks.
struct Rehearsed {
    TicketId ticket;
    std::string ref;
    Decided before;
    Decided after;
};

class Replay {
public:
    using Take = std::function<void(const Rehearsed&)>;

    /// \param candidate  the rulebook to try; outlives this object, as `against` does.
    /// \param against    what to compare it with; null: what was decided when the tickets came in.
    /// \param take       called for every ticket, in their order.
    /// \param desk       whose queues, calendars and promises count. Outlives this object too.
    Replay(const rulebook::Rulebook& candidate, const rulebook::Rulebook* against, Take take,
           const DeskPolicy& desk);

    /// Follows a history: every event from the first on, in order.
    void see(const Event& event);
    /// To be called after the last event.
    void finish();

private:
    void opened(const Event& event, const TicketOpened& what);
    /// Takes what was recorded about the ticket under way. \return whether `event` was about that.
    bool record(const Event& event);

    const DeskPolicy& desk_;
    const rulebook::Rulebook& candidate_;
    const rulebook::Rulebook* against_;
    Take take_;
    desk::State state_;
    std::optional<Rehearsed> open_;  // the ticket that has come in last, while its decision is being read
    Instant opened_at_;
};

}  // namespace triaged::rehearsal
