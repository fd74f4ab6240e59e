// The reference: what the desk's events must add up to, worked out the naive way, without any of its indexes.

#pragma once

#include <array>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/desk/desk.hpp"

namespace triaged::sim {

inline std::string spelled(TicketId id) { return to_string(id); }
inline std::string spelled(ProblemId id) { return to_string(id); }
inline std::string spelled(TicketPhase phase) { return std::string(to_string(phase)); }
inline std::string spelled(SlaTarget target) { return std::string(to_string(target)); }
inline const std::string& spelled(const std::string& text) { return text; }

/// \throws std::logic_error of `what`, with `names` in place of each {}, unless it `holds`. Nothing is put
/// together if it does.
template <class... Names>
void must(bool holds, const char* what, const Names&... names)
{
    if (!holds) throw std::logic_error(fmt::format(fmt::runtime(what), spelled(names)...));
}

struct ReferenceTicket {
    TicketPhase phase = TicketPhase::waiting;
    bool routed = false;
    std::map<AgentId, int> hands;  // units, by who is offered it or has it
    bool yields = false;           // whoever has it may be interrupted at it
    Instant expires_at;
    Instant queued_as;
    std::map<Instant, Instant> lent;  // by the places that merges gave it: the one it had before
    QueueName queue;
    Skills needs;
    Channel channel = Channel::email;
    CustomerId customer;
    Instant queue_since;    // when it came to its queue
    Instant steps_since;    // from when its queue's steps count, if it waited by then
    Instant waiting_since;  // when it last began to wait; max() while somebody has it
    std::uint32_t widened = 0;
    bool widens = false;             // a rule has just asked its queue to ask for less
    std::set<QueueName> overflowed;  // from these queues
    std::set<AgentId> declined;
    std::vector<AgentId> missed;                             // the one whose miss is oldest first
    std::set<std::pair<std::string, std::string>> contacts;  // source and ref
    std::set<std::string> escalated;                         // rule names
    TicketId follows;
    Priority priority = Priority::normal;
    Instant enqueued_at;
    Instant came;                        // the earliest of its own and of those merged into it
    std::optional<Instant> place_until;  // it was abandoned and has its place until then
    bool callback = false;
    std::optional<Instant> called_at;  // it stands in line no sooner
    Instant opened_at;
    Instant resolving_since;
    Instant unanswered_since = Instant::max();
    bool responded = false;
    std::vector<Span> pauses;
    Instant held_until = Instant::max();
    std::string sla;                       // as its rules said
    std::set<SlaTarget> warned, breached;  // since the clock started
    bool split_off = false;                // opened by taking a contact out of another
    ProblemId problem;                     // that it is or was one of
    bool parked = false;
    Instant parked_since;
    bool answered = false;       // and so about to be completed by nobody
    bool stood_in_line = false;  // before it was offered

    bool is_held() const { return !pauses.empty() && pauses.back().to == Instant::max(); }
    /// When the clock of a promise began to run; max() while it does not.
    Instant started(SlaTarget target) const;
    /// Clocks that start anew have yet to be warned of or missed.
    void start_anew(std::initializer_list<SlaTarget> targets);
    /// The customer has been answered.
    void answer();
    /// The steps of its queue do not count the time in which it was held.
    void leave_out(Instant from, Instant to);
};

/// What one open ticket adds to the sums that the reference keeps.
struct Share {
    TicketPhase phase = TicketPhase::waiting;
    QueueName queue;               // empty until routed
    std::map<AgentId, int> hands;  // units, by who is offered it or has it
    bool yields = false;
    CustomerId customer;
    ProblemId problem;

    bool operator==(const Share&) const = default;
};

/// What all open tickets together come to.
struct Sums {
    std::map<QueueName, std::array<std::uint64_t, 3>>
        tickets;                                         // by phase; queues that have none are left out
    std::map<AgentId, std::array<int, 3>> units;         // held, by phase; likewise
    std::map<AgentId, int> yielding;                     // of these, by tickets that yield; likewise
    std::map<CustomerId, std::set<TicketId>> customers;  // likewise

    void add(TicketId id, const Share& share);
    /// Undoes `add`.
    void take(TicketId id, const Share& share);

    bool operator==(const Sums&) const = default;
};

/// What events have named since it was last checked.
struct Touched {
    std::set<TicketId> tickets;
    std::set<AgentId> agents;
    std::set<CustomerId> customers;
    std::set<std::string> orders;
    std::set<ProblemId> problems;
};

struct ReferenceAgent {
    Skills skills;
    int capacity = 0;
    Presence presence = Presence::offline;
    Instant idle_since;
    int missed = 0;
    Seq last_offer = 0;
    struct WrapUp {
        int units = 0;
        bool yields = false;
        Instant until;
    };
    std::map<TicketId, WrapUp> wrap_ups;  // by ticket
    Instant silent_at = Instant::max();
};

struct ReferenceMerge {
    TicketId into;
    ReferenceTicket ticket;
    Instant at;
};

/// Folds events and, as it goes, checks that each one was right to happen. What is wrong is thrown as
/// std::logic_error.
class Reference {
public:
    void apply(const desk::Policies& policies, const Event& event);

    /// To be called before the events of a step: overflow goes by the lengths of queues as they are now.
    void begin_step();

    /// What must hold between steps of all that the events since the last check have named, and of the
    /// totals.
    void check_touched(const desk::Policies& policies, const desk::State& state);
    /// What must hold between steps of everything there is, and that the sums kept are those worked out anew.
    void check_all(const desk::Policies& policies, const desk::State& state);
    /// What must hold once everything that was due has been done.
    void check_quiet(Instant now) const;
    /// That every contact has the answer it had first.
    void check_answers(const desk::State& state) const;
    /// To be called after each step, so that answers to new contacts are known.
    void note_answers(const desk::State& state);

    const std::map<TicketId, ReferenceTicket>& open() const { return open_; }
    const std::map<TicketId, ReferenceMerge>& merged() const { return merged_; }
    const std::map<TicketId, Instant>& ended() const { return ended_; }
    std::size_t completed() const { return ended_.size(); }

private:
    void on(const desk::Policies& policies, const Event& event, const RulebookAdopted& what);
    void on(const desk::Policies& policies, const Event& event, const PoliciesAdopted& what);
    void on(const desk::Policies& policies, const Event& event, const InterruptionsAllowed& what);
    void on(const desk::Policies& policies, const Event& event, const CustomerUpdated& what);
    void on(const desk::Policies& policies, const Event& event, const TicketOpened& what);
    void on(const desk::Policies& policies, const Event& event, const ContactJoined& what);
    void on(const desk::Policies& policies, const Event& event, const TicketRouted& what);
    void on(const desk::Policies& policies, const Event& event, const TicketEscalated& what);
    void on(const desk::Policies& policies, const Event& event, const RecheckScheduled& what);
    void on(const desk::Policies& policies, const Event& event, const AgentSignedIn& what);
    void on(const desk::Policies& policies, const Event& event, const PresenceSet& what);
    void on(const desk::Policies& policies, const Event& event, const OfferMade& what);
    void on(const desk::Policies& policies, const Event& event, const OfferAccepted& what);
    void on(const desk::Policies& policies, const Event& event, const OfferDeclined& what);
    void on(const desk::Policies& policies, const Event& event, const OfferExpired& what);
    void on(const desk::Policies& policies, const Event& event, const OfferWithdrawn& what);
    void on(const desk::Policies& policies, const Event& event, const TicketReturned& what);
    void on(const desk::Policies& policies, const Event& event, const TicketCompleted& what);
    void on(const desk::Policies& policies, const Event& event, const ReceiptsForgotten& what);
    void on(const desk::Policies& policies, const Event& event, const ContactThreaded& what);
    void on(const desk::Policies& policies, const Event& event, const TicketReopened& what);
    void on(const desk::Policies& policies, const Event& event, const TicketMerged& what);
    void on(const desk::Policies& policies, const Event& event, const ContactSplit& what);
    void on(const desk::Policies& policies, const Event& event, const ClosedKept& what);
    void on(const desk::Policies& policies, const Event& event, const TicketAbandoned& what);
    void on(const desk::Policies& policies, const Event& event, const CallbackRequested& what);
    void on(const desk::Policies& policies, const Event& event, const CallbackDue& what);
    void on(const desk::Policies& policies, const Event& event, const TicketReplied& what);
    void on(const desk::Policies& policies, const Event& event, const TicketHeld& what);
    void on(const desk::Policies& policies, const Event& event, const TicketResumed& what);
    void on(const desk::Policies& policies, const Event& event, const SlaWarned& what);
    void on(const desk::Policies& policies, const Event& event, const SlaBreached& what);
    void on(const desk::Policies& policies, const Event& event, const SlaEnded& what);
    void on(const desk::Policies& policies, const Event& event, const SurgeCounted& what);
    void on(const desk::Policies& policies, const Event& event, const ProblemOpened& what);
    void on(const desk::Policies& policies, const Event& event, const ProblemLinked& what);
    void on(const desk::Policies& policies, const Event& event, const ProblemChanged& what);
    void on(const desk::Policies& policies, const Event& event, const TicketParked& what);
    void on(const desk::Policies& policies, const Event& event, const TicketAnswered& what);
    void on(const desk::Policies& policies, const Event& event, const NotifyInhibited& what);
    void on(const desk::Policies& policies, const Event& event, const FeedbackGiven& what);
    void on(const desk::Policies& policies, const Event& event, const OrderUpdated& what);
    void on(const desk::Policies& policies, const Event& event, const ContractUpdated& what);

    void on(const desk::Policies& policies, const Event& event, const TicketAssigned& what);
    void on(const desk::Policies& policies, const Event& event, const TicketMoved& what);
    void on(const desk::Policies& policies, const Event& event, const WrapUpStarted& what);
    void on(const desk::Policies& policies, const Event& event, const WrapUpEnded& what);
    void on(const desk::Policies& policies, const Event& event, const AgentSeen& what);
    void on(const desk::Policies& policies, const Event& event, const TicketWidened& what);
    void on(const desk::Policies& policies, const Event& event, const PromiseMade& what);
    void on(const desk::Policies& policies, const Event& event, const WaitTold& what);

    void check(const desk::Policies& policies, const desk::State& state, const Touched& named) const;
    void check_ticket(const desk::Policies& policies, const desk::State& state, TicketId id) const;
    void check_ended(const desk::Policies& policies, const desk::State& state, TicketId id) const;
    void check_agent(const desk::State& state, const AgentId& id) const;
    void check_customer(const desk::State& state, const CustomerId& id) const;
    void check_order(const desk::State& state, const std::string& id) const;
    void check_problem(const desk::State& state, ProblemId id) const;
    void check_promises(const desk::Policies& policies, const desk::State& state, TicketId id) const;
    void check_not_passed_over(const desk::Policies& policies, TicketId id, const ReferenceTicket& ticket,
                               const AgentId& agent) const;
    void check_totals(const desk::State& state) const;
    void check_sums() const;

    /// Something about the ticket changes with this event, or it opens or ends.
    void touch(TicketId id);
    /// Everything there is, and the tickets that were and are still remembered.
    Touched everything(const desk::State& state) const;
    Share share_of(const ReferenceTicket& ticket) const;
    /// Brings the sums up to date once an event has been applied.
    void sum_up();

    /// Where a ticket stands that is now as `now` says and was as `before` says.
    static Instant place(const desk::Policies& policies, const ReferenceTicket& before,
                         const ReferenceTicket& now);
    /// When the first of what it was promised is due; max() if nothing is.
    static Instant first_due(const desk::Policies& policies, const ReferenceTicket& ticket);
    std::uint64_t waited_before(const QueueName& queue) const;
    void come_to(ReferenceTicket& ticket, const QueueName& queue);
    ReferenceTicket& ticket(TicketId id);
    ReferenceTicket& held(TicketId id, const AgentId& agent, TicketPhase phase);
    ReferenceAgent& agent(const AgentId& id);
    int used(const AgentId& id) const;
    /// Of these, what they must not be interrupted at.
    int firm(const AgentId& id) const;
    /// Whether they have room for anything at all, if need be by being interrupted.
    bool has_room(const AgentId& id) const;
    /// Whether they have room for a ticket of `channel`, if need be by being interrupted.
    bool has_room(const desk::Policies& policies, const AgentId& id, Channel channel) const;
    bool is_interruptible(Channel channel) const;
    bool pulled(const desk::Policies& policies, const ReferenceTicket& ticket) const;
    static int units(const desk::Policies& policies, Channel channel, int capacity);
    bool can_take(const desk::Policies& policies, const AgentId& id, const ReferenceTicket& ticket) const;
    /// An agent who can take a ticket, with what decides between such agents: by key in the order of the
    /// queue's strategy, the least first.
    struct Candidate {
        AgentId id;
        std::vector<std::pair<std::string_view, double>> keys;
    };
    Candidate candidate(const desk::Policies& policies, const ReferenceTicket& ticket,
                        const AgentId& id) const;
    /// The key on which `b` loses to `a`; empty if it is `b` who comes first.
    static std::string_view loses(const Candidate& a, const Candidate& b);
    void check_turn(const desk::Policies& policies, TicketId id, const AgentId& agent) const;
    void check_choice(const desk::Policies& policies, const OfferMade& what) const;
    void meet(const ReferenceTicket& ticket, const AgentId& agent);
    /// Somebody is to have the ticket, of which its queue's line has its pace.
    void take_from_line(ReferenceTicket& ticket);
    /// The ticket leaves the agent's hands, and waits once it is in nobody's.
    static void take_off(ReferenceTicket& ticket, const AgentId& agent);
    void add_contact(TicketId id, const Contact& contact);

    TicketId root(TicketId id) const;
    void end(TicketId ended, Instant at);

    using Key = std::pair<std::string, std::string>;  // name and value

    /// A ticket whose contact had some key.
    struct Noted {
        TicketId ticket;
        Instant at;
    };

    Seq head_ = 0;
    Instant at_;
    TicketId last_id_;
    std::map<TicketId, ReferenceTicket> open_;
    std::map<AgentId, ReferenceAgent> agents_;
    std::map<TicketId, Share> shares_;  // of open tickets, as they went into the sums
    Sums sums_;
    std::vector<TicketId> changing_;  // by the event that is being applied
    Touched touched_;
    std::map<QueueName, std::array<std::uint64_t, 3>> before_;  // the sums of queues, before the step
    std::map<CustomerId, std::pair<AgentId, Instant>> met_;     // the last agent of each customer, and when
    std::map<QueueName, std::vector<Span>>
        takes_;  // of what had stood in line: since when it moved, and when
    std::set<AgentId> to_be_sent_away_;
    std::map<TicketId, Instant> ended_;
    std::map<TicketId, ReferenceTicket> closed_;  // as they ended; they may be reopened
    std::map<TicketId, ReferenceMerge> merged_;
    std::set<TicketId> forwarded_;             // merged into one that has not ended
    std::map<Key, std::vector<Noted>> noted_;  // in the order they came
    std::optional<std::pair<std::string, std::string>>
        splitting_;                        // the contact of the ticket that opens next
    std::optional<TicketId> wrapping_up_;  // and so completed by the next event
    std::map<RulebookId, std::vector<std::string>> rulebooks_;
    std::string policies_;
    std::vector<Channel> interruptible_;
    std::pair<TicketId, Seq> offered_last_;
    std::map<std::pair<std::string, std::string>, TicketId> known_;
    std::map<std::pair<std::string, std::string>, std::string> answers_;  // in words
    struct ReferenceProblem {
        ProblemId into;
        std::string policy;
        Instant last_at;
        std::set<std::string> told;
        ProblemAction doing = ProblemAction::hold;
        bool under_way = false;
    };
    ProblemId root(ProblemId id) const;            // 0 if it is over
    std::map<Key, std::vector<Instant>> counted_;  // when tickets came that count towards a surge
    std::map<ProblemId, ReferenceProblem> problems_;
    ProblemId last_problem_;
    std::set<ProblemId> rerouting_;
    std::set<std::pair<std::string, std::string>> feedback_;
    struct Ordered {
        CustomerId customer;
        FactSet facts;
    };
    std::map<std::string, Ordered> orders_;
    std::map<std::string, ContractUpdated> contracts_;
    std::map<CustomerId, std::vector<Instant>> contact_times_;
    std::set<std::pair<std::string, std::string>> unanswered_;
    std::set<std::pair<std::string, std::string>> forgotten_;
};

}  // namespace triaged::sim
