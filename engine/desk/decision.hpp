// A decision in the making: what the deciding functions share. Internal to the desk.

#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "engine/desk/policies.hpp"
#include "engine/desk/state.hpp"
#include "engine/model/command.hpp"
#include "engine/model/event.hpp"
#include "engine/model/sla.hpp"

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
    /// Whether this decision has not told `name` of the problem yet; from now on it has.
    bool tell_once(ProblemId problem, const std::string& name) { return told_.emplace(problem, name).second; }

private:
    std::vector<Event> events_;
    std::set<std::pair<ProblemId, std::string>> told_;
};

/// What rules read of a ticket: text hits and facts, kept alive for as long as they are read.
struct Matter {
    TextFacts text;
    FactSet ticket;                     // with those the desk adds
    const FactSet* stored = &no_facts;  // the customer's, as the state has them
    std::optional<FactSet> merged;      // the same with what the contact tells, where that is new
    rulebook::EarlierContacts earlier;  // the customer's, in the state

    rulebook::Subject subject() const { return {text, ticket, merged ? *merged : *stored, earlier}; }

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
    QueueName settled_on;                 // whose rules for tickets that come to it have been applied
    Instant queue_since;                  // when it came to its queue
    Instant steps_since;                  // from when its queue's steps count, unless it began to wait later
    std::uint32_t widened = 0;            // steps taken of the queue's `widen`
    std::vector<QueueName> overflowed;    // queues it overflowed from
    Instant offered_until = Instant::max();  // while it is offered
    rulebook::Clocks clocks;
    std::vector<RuleIndex> done;  // escalation rules that fired before, sorted
    SlaRecord record;
    Instant resolving_since;
    std::vector<Span> pauses;
    Instant held_until = Instant::max();
    const Problem* problem = nullptr;       // that is open and the ticket is one of
    Instant parked_since = Instant::max();  // because of it; max(): it is not

    bool is_held() const { return !pauses.empty() && pauses.back().to == Instant::max(); }
    /// Whether nobody is to take it for now, so that its queue does nothing with it either.
    bool rests() const { return is_held() || parked_since != Instant::max(); }
};

/// What escalations read of `ticket`: its facts, and what the rulebook in force finds in its latest text.
Matter matter_of(const Decision& decision, const Ticket& ticket);
Standing standing_of(const Decision& decision, const Ticket& ticket);

/// The facts of a contact as rules shall read them. `text` is scanned again if another rulebook did.
/// \param before  the ticket it joins, or null
Matter matter_of(const Decision& decision, const Contact& contact, const Ticket* before,
                 const FactSet& customer_news, TextFacts text);

/// The ticket stands on another queue, whose steps it has before it: what the old queue alone asked for goes,
/// and so does what the old queue widened.
void come_to(const Policies& policies, Standing& standing, const QueueName& to, Instant now);
/// The needs after the first `steps` of `widen`.
Skills widened(const std::vector<WidenStep>& widen, std::size_t steps, Skills needs);
/// When the next step of the ticket's queue is due, widening or overflow; max() if none is to come.
Instant next_step(const Decision& decision, const Standing& standing);
/// The steps of its queue do not count the time between two instants.
void leave_out(Standing& standing, Instant from, Instant to);
/// Takes the next step of the queue's `widen` before its time, if there is one and the ticket waits.
void widen_at_once(Decision& decision, Standing& standing);
/// Takes the steps that are due.
void take_steps(Decision& decision, Standing& standing);
/// Whether the queue does anything by itself with tickets that come to it or wait there.
bool has_steps(const Policies& policies, const QueueName& queue);
/// What a queue does with a ticket that has come to it: overflow at once, or a promise. \return whether it
/// moved
bool arrive(Decision& decision, Standing& standing);

/// The skills `queue` asks for; none if the configuration does not name it.
const Skills& skills_of(const Policies& policies, const QueueName& queue);
/// How many tickets wait on `queue`; 0 if none ever stood there.
std::uint64_t waiting_on(const State& state, const QueueName& queue);
/// Where a ticket stands in line by itself, apart from what merges give it.
Instant place_of(const Decision& decision, const Standing& standing);
/// What has changed may give it a better place. It keeps the one it has, which a merge may have brought, if
/// that is better.
void move_up(const Decision& decision, Standing& standing);

/// What escalates the ticket as it stands.
rulebook::Escalations escalations(const Decision& decision, const Matter& matter, const Standing& standing);
/// Adds the routing and whatever escalates at once, then the next recheck if it is not what was announced.
void announce(Decision& decision, const Matter& matter, Standing& standing, rulebook::Escalations found);
/// Applies what escalates now. \return when to look again.
Instant escalate(Decision& decision, const Matter& matter, Standing& standing);
/// Looks at the time conditions of an open ticket. \param waiting_since  max() while it is assigned
/// \param reopened  as what it is about to be reopened, or null
/// \return when to look again, which is also an event if it is not what was scheduled.
Instant recheck(Decision& decision, const Ticket& ticket, Instant waiting_since,
                const Closed* reopened = nullptr);
/// The same of a ticket that stands as `standing` says.
Instant recheck(Decision& decision, const Ticket& ticket, Standing& standing);
/// What reopening now makes of a ticket's promises: those to come, none of those before.
void reopen_promises(const Decision& decision, Standing& standing);

/// The ticket's clocks as it stands. Refers to `standing`.
rulebook::Clocks clocks_of(const Standing& standing);
/// What its promises count from. Refers to `standing`.
SlaLedger ledger_of(const Standing& standing);
/// When a promise of the ticket is next missed or to be warned of, or its hold ends; max() if never.
Instant next_promise(const Decision& decision, const Standing& standing);
/// Ends a hold that is over, and says which promises are missed or will be before long.
void look_at_promises(Decision& decision, Standing& standing);
/// The ticket's problem no longer holds it: it goes on where it stood.
void unpark(Decision& decision, const Ticket& ticket, ProblemId problem);
/// The ticket is no longer held, as of `at`; nothing if it was not.
void resume_clock(Decision& decision, Standing& standing, Instant at, std::string by);
/// What `targets` waited for has happened: says how each ended. \pre as the state has the ticket
void end_promises(Decision& decision, const Ticket& ticket, std::initializer_list<SlaTarget> targets);
/// The same of all.
void end_promises(Decision& decision, const Ticket& ticket);
/// The ticket is about to go to another queue: says how the promise of the one it stands on ended.
void leave_queue(Decision& decision, const Standing& standing);
/// Somebody takes the ticket: its wait is over, and who calls or chats is answered by that.
void end_wait(Decision& decision, const Ticket& ticket);

/// The open ticket that `agent` has accepted, or why there is none.
Result<const Ticket*> assigned_to(const Decision& decision, TicketId ticket, const AgentId& agent);

/// Gives back what the agent holds: offers, and with `assigned_too` what they accepted.
/// \param except  tickets that this decision has already taken from them
void give_back(Decision& decision, const Agent& agent, bool assigned_too, const std::string& why,
               const std::vector<TicketId>& except = {});

/// The agent, or why there is none.
Result<const Agent*> signed_in(const Decision& decision, const AgentId& id);
Result<const Ticket*> open_ticket(const Decision& decision, TicketId id);
/// Whoever is offered it or has it gives it up.
void take_back(Decision& decision, const Ticket& ticket, const std::string& why);
/// Of several offers of a ticket, those to others than `agent` end.
void withdraw_others(Decision& decision, const Ticket& ticket, AgentSlot agent, const std::string& why);
/// Whether the ticket is in this phase with this agent.
bool is(const Ticket& ticket, TicketPhase phase, const Agent& agent);
/// That the ticket is assigned to the agent.
Result<void> is_assigned(const Decision& decision, const Ticket& ticket, const Agent& agent);
/// Offers that an agent with these skills and such room could not be made go back, the latest first.
void give_back_beyond(Decision& decision, RoomKey room, const Skills& skills, const std::string& why,
                      TicketId except = {});
/// Notes that the agent was heard of, if their silence is watched.
void hear(Decision& decision, const AgentId& id);

/// Puts a ticket on a queue, out of whoever's hands it is in, and looks at what that escalates.
struct Move {
    QueueName to;
    std::string by;  // as in TicketMoved
    std::string note;
};
void move(Decision& decision, const Ticket& ticket, Move&& move);

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
/// Those of `facts` that differ from what is stored. The desk's own two are never taken from outside.
FactSet news_of(const State& state, const CustomerId& id, const FactSet& facts);
/// Tells news of the customer, if there is any, and looks at their tickets again.
void tell_news(Decision& decision, const CustomerId& id, const FactSet& news);
/// Sees to it that the customer's latest open tickets are looked at right after now, if their time conditions
/// read one of these facts, which have changed. \param customer  null: nobody's
void look_again(Decision& decision, const Customer* customer, const FactSet& news);
/// Takes in feedback that wants an answer: on the ticket it is about, or else as one of its own.
void take_feedback(Decision& decision, TicketId about, Contact&& contact, const FactSet& customer);
/// Opens a ticket with a contact that has its time and customer.
void open(Decision& decision, Contact&& contact, const FactSet& customer, TextFacts&& text, TicketId follows,
          std::string by);

Result<void> receive(Decision& decision, ReceiveTicket&& command);
Result<void> receive(Decision& decision, ReceiveContact&& command);
Result<void> update(Decision& decision, const UpdateCustomer& command);
Result<void> update(Decision& decision, const UpdateOrder& command);
Result<void> update(Decision& decision, const UpdateContract& command);
Result<void> give_feedback(Decision& decision, const GiveFeedback& command);
Result<void> sign_in(Decision& decision, const SignInAgent& command);
Result<void> set_presence(Decision& decision, const SetPresence& command);
Result<void> accept(Decision& decision, const AcceptOffer& command);
Result<void> decline(Decision& decision, const DeclineOffer& command);
Result<void> complete(Decision& decision, const CompleteTicket& command);
Result<void> adopt(Decision& decision, const AdoptRulebook& command);
Result<void> merge(Decision& decision, const MergeTickets& command);
Result<void> split(Decision& decision, const SplitTicket& command);
Result<void> reopen(Decision& decision, const ReopenTicket& command);
Result<void> abandon(Decision& decision, const AbandonTicket& command);
Result<void> call_back(Decision& decision, const RequestCallback& command);
Result<void> reply(Decision& decision, const ReplyTicket& command);
Result<void> hold(Decision& decision, const HoldTicket& command);
Result<void> resume(Decision& decision, const ResumeTicket& command);
/// What a new ticket has in common with others: the keys it counts under, and the open problem it joins.
struct Surging {
    std::vector<ThreadKey> keys;
    const Problem* joins = nullptr;
};
Surging surging(const Decision& decision, const Matter& matter, const Routing& routing);
/// Counts a ticket that has been routed; it joins a problem, or its surge opens one.
void count_surges(Decision& decision, TicketId ticket, Surging&& surging);
/// Says of an escalation just added that these are not told one ticket by one, but of the problem, once.
void inhibit(Decision& decision, const Problem& problem, TicketId ticket, std::vector<std::string>&& notify);
/// Sees to it that completed tickets are kept as long as the configuration says.
void keep_closed(Decision& decision);
Result<void> open_problem(Decision& decision, const OpenProblem& command);
Result<void> link(Decision& decision, const LinkTickets& command);
Result<void> act_on_problem(Decision& decision, const ActOnProblem& command);
/// Takes further what is being done to a problem, or closes one whose surge has passed. \return whether there
/// was one
bool work_on_problems(Decision& decision);
/// When `work_on_problems` next has something to do.
Instant problems_due(const DeskPolicy& policy, const State& state);
Result<void> assign(Decision& decision, const AssignTicket& command);
Result<void> requeue(Decision& decision, const RequeueTicket& command);
Result<void> release(Decision& decision, const ReleaseTicket& command);
Result<void> transfer(Decision& decision, const TransferTicket& command);
Result<void> take(Decision& decision, const TakeTicket& command);
Result<void> end_wrap_up(Decision& decision, const EndWrapUp& command);
void tick(Decision& decision);

/// When `tick` next has something to do.
Instant next_due(const DeskPolicy& policy, const State& state);

}  // namespace triaged::desk
