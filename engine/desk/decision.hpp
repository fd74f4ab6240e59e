// A decision in the making: what the deciding functions share. Internal to the desk.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/desk/policies.hpp"
#include "engine/desk/state.hpp"
#include "engine/model/command.hpp"
#include "engine/model/event.hpp"

namespace triaged::desk {

/// One command being decided: what it may read, and the events so far.
class Decision {
public:
    Decision(const Policies& with, const State& of, Instant at) : policies(with), state(of), now(at) {}

    const Policies& policies;
    const State& state;
    const Instant now;

    void add(Happening&& what);
    std::vector<Event> take() { return std::move(events_); }

private:
    std::vector<Event> events_;
};

/// What rules read of a ticket: text hits and facts, kept alive for as long as they are read.
struct Matter {
    TextFacts text;
    FactSet ticket;                     // with those the desk adds
    const FactSet* stored = &no_facts;  // the customer's, as the state has them
    std::optional<FactSet> merged;      // the same with what the contact tells, where that is new

    rulebook::Subject subject() const { return {text, ticket, merged ? *merged : *stored}; }

    static const FactSet no_facts;
};

/// A ticket while rules are run on it: as it stands with what this decision has changed so far.
struct Standing {
    TicketId id;
    Routing routing;
    Skills needs;
    Instant enqueued_at;
    Instant queued_as;
    Instant recheck_at = Instant::max();  // as last announced
    rulebook::Clocks clocks;
    std::vector<RuleIndex> done;  // escalation rules that fired before, sorted
};

/// The facts of `ticket` and its latest text, scanned by the rulebook in force.
Matter matter_of(const Decision& decision, const Ticket& ticket);
Standing standing_of(const Decision& decision, const Ticket& ticket);

/// The facts of a contact as rules shall read them. `text` is scanned again if another rulebook did.
/// \param before  the ticket it joins, or null
Matter matter_of(const Decision& decision, const Contact& contact, const Ticket* before,
                 const FactSet& customer_news, TextFacts text);

/// The skills `queue` asks for; none if the configuration does not name it.
const Skills& skills_of(const Policies& policies, const QueueName& queue);
Instant queued_as(const Policies& policies, Instant enqueued_at, Priority priority);

/// What escalates the ticket as it stands.
rulebook::Escalations escalations(const Decision& decision, const Matter& matter, const Standing& standing);
/// Adds the routing and whatever escalates at once, then the next recheck if it is not what was announced.
void announce(Decision& decision, const Matter& matter, Standing& standing, rulebook::Escalations found);
/// Applies what escalates now. \return when to look again.
Instant escalate(Decision& decision, const Matter& matter, Standing& standing);
/// Looks at the time conditions of an open ticket. \param waiting_since  max() while it is assigned
/// \return when to look again, which is also an event if it is not what was scheduled.
Instant recheck(Decision& decision, const Ticket& ticket, Instant waiting_since);

/// Gives back what the agent holds: offers, and with `assigned_too` what they accepted.
/// \param except  tickets that this decision has already taken from them
void give_back(Decision& decision, const Agent& agent, bool assigned_too, const std::string& why,
               const std::vector<TicketId>& except = {});

/// The ticket a contact belongs to, and by what.
struct Thread {
    TicketId ticket;  // may be closed or merged by now; 0: none
    std::string by;   // as in ContactThreaded
};

/// Where a contact that names no ticket belongs: by a ticket number in its subject, by the mails it refers
/// to, then by the configured keys in their order.
Thread thread_of(const Decision& decision, const Contact& contact);
/// A completed ticket that may still be reopened, or null.
const Closed* reopenable(const Decision& decision, TicketId id);
/// Notes how `contact` found its ticket and by what others may, if there is anything to note.
void note_thread(Decision& decision, TicketId ticket, std::string by, std::vector<ThreadKey> keys);
/// Opens a ticket with a contact that has its time and customer.
void open(Decision& decision, Contact&& contact, const FactSet& customer, TextFacts&& text, TicketId follows,
          std::string by);

Result<void> receive(Decision& decision, ReceiveTicket&& command);
Result<void> receive(Decision& decision, ReceiveContact&& command);
Result<void> update(Decision& decision, const UpdateCustomer& command);
Result<void> sign_in(Decision& decision, const SignInAgent& command);
Result<void> set_presence(Decision& decision, const SetPresence& command);
Result<void> accept(Decision& decision, const AcceptOffer& command);
Result<void> decline(Decision& decision, const DeclineOffer& command);
Result<void> complete(Decision& decision, const CompleteTicket& command);
Result<void> adopt(Decision& decision, const AdoptRulebook& command);
Result<void> merge(Decision& decision, const MergeTickets& command);
Result<void> split(Decision& decision, const SplitTicket& command);
Result<void> reopen(Decision& decision, const ReopenTicket& command);
void tick(Decision& decision);

/// When `tick` next has something to do.
Instant next_due(const DeskPolicy& policy, const State& state);

}  // namespace triaged::desk
