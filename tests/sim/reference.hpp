// The reference: what the desk's events must add up to, worked out the naive way, without any of its indexes.

#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
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
    AgentId agent;
    int units = 0;
    Instant expires_at;
    Instant queued_as;
    QueueName queue;
    Skills needs;
    Channel channel = Channel::email;
    CustomerId customer;
    Instant queue_since;    // when it came to its queue
    Instant waiting_since;  // when it last began to wait; max() while somebody has it
    std::uint32_t widened = 0;
    std::set<QueueName> overflowed;  // from these queues
    std::set<AgentId> declined;
    std::vector<AgentId> missed;                             // the one whose miss is oldest first
    std::set<std::pair<std::string, std::string>> contacts;  // source and ref
    std::set<std::string> escalated;                         // rule names
    TicketId follows;
    Instant enqueued_at;
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
    bool answered = false;  // and so about to be completed by nobody

    bool is_held() const { return !pauses.empty() && pauses.back().to == Instant::max(); }
    /// When the clock of a promise began to run; max() while it does not.
    Instant started(SlaTarget target) const;
    /// Clocks that start anew have yet to be warned of or missed.
    void start_anew(std::initializer_list<SlaTarget> targets);
    /// The customer has been answered.
    void answer();
};

struct ReferenceAgent {
    Skills skills;
    int capacity = 0;
    Presence presence = Presence::offline;
    Instant idle_since;
    int missed = 0;
    Seq last_offer = 0;
    std::map<TicketId, std::pair<int, Instant>> wrap_ups;  // units and end, by ticket
    Instant silent_at = Instant::max();
};

struct ReferenceMerge {
    TicketId into;
    ReferenceTicket ticket;
};

/// Folds events and, as it goes, checks that each one was right to happen. What is wrong is thrown as
/// std::logic_error.
class Reference {
public:
    void apply(const desk::Policies& policies, const Event& event);

    /// To be called before the events of a step: overflow goes by the lengths of queues as they are now.
    void begin_step();

    /// What must hold between steps, whatever happened.
    void check_at_rest(const desk::Policies& policies, const desk::State& state) const;
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

    void check_promises(const desk::Policies& policies, const desk::State& state) const;

    void on(const desk::Policies& policies, const Event& event, const TicketAssigned& what);
    void on(const desk::Policies& policies, const Event& event, const TicketMoved& what);
    void on(const desk::Policies& policies, const Event& event, const WrapUpStarted& what);
    void on(const desk::Policies& policies, const Event& event, const WrapUpEnded& what);
    void on(const desk::Policies& policies, const Event& event, const AgentSeen& what);
    void on(const desk::Policies& policies, const Event& event, const TicketWidened& what);
    void on(const desk::Policies& policies, const Event& event, const PromiseMade& what);

    void come_to(ReferenceTicket& ticket, const QueueName& queue);
    ReferenceTicket& ticket(TicketId id);
    ReferenceTicket& held(TicketId id, const AgentId& agent, TicketPhase phase);
    ReferenceAgent& agent(const AgentId& id);
    int used(const AgentId& id) const;
    bool pulled(const desk::Policies& policies, const ReferenceTicket& ticket) const;
    static int units(const desk::Policies& policies, Channel channel, int capacity);
    bool can_take(const desk::Policies& policies, const AgentId& id, const ReferenceTicket& ticket) const;
    /// What decides between agents for `ticket`: by key in the order of its queue's strategy, the least
    /// first.
    std::vector<std::pair<std::string, double>> keys(const desk::Policies& policies,
                                                     const ReferenceTicket& ticket,
                                                     const AgentId& agent) const;
    /// The key on which `b` loses to `a`; empty if it is `b` who comes first.
    std::string loses(const desk::Policies& policies, const ReferenceTicket& ticket, const AgentId& a,
                      const AgentId& b) const;
    void meet(const ReferenceTicket& ticket);
    void add_contact(TicketId id, const Contact& contact);

    TicketId root(TicketId id) const;
    void end(TicketId ended, Instant at);
    void check_customers(const desk::State& state) const;

    /// A key and the ticket whose contact had it, in the order they came.
    struct Noted {
        ThreadKey key;
        TicketId ticket;
        Instant at;
    };

    Seq head_ = 0;
    Instant at_;
    TicketId last_id_;
    std::map<TicketId, ReferenceTicket> open_;
    std::map<AgentId, ReferenceAgent> agents_;
    std::map<QueueName, std::uint64_t> lengths_;  // of queues that have any waiting, before the step
    std::map<CustomerId, std::pair<AgentId, Instant>> met_;  // the last agent of each customer, and when
    std::set<AgentId> to_be_sent_away_;
    std::map<TicketId, Instant> ended_;
    std::map<TicketId, ReferenceTicket> closed_;  // as they ended; they may be reopened
    std::map<TicketId, ReferenceMerge> merged_;
    std::vector<Noted> noted_;
    std::optional<std::pair<std::string, std::string>>
        splitting_;  // the contact of the ticket that opens next
    std::map<RulebookId, std::vector<std::string>> rulebooks_;
    std::map<std::pair<std::string, std::string>, TicketId> known_;
    std::map<std::pair<std::string, std::string>, std::string> answers_;  // in words
    struct Counted {
        ThreadKey key;
        Instant at;
        TicketId ticket;
    };
    struct ReferenceProblem {
        ProblemId into;
        std::string policy;
        Instant last_at;
        std::set<std::string> told;
        ProblemAction doing = ProblemAction::hold;
        bool under_way = false;
    };
    ProblemId root(ProblemId id) const;  // 0 if it is over
    std::vector<Counted> counted_;
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
