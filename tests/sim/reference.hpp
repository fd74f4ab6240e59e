// The reference: what the desk's events must add up to, worked out the naive way, without any of its indexes.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/desk/desk.hpp"

namespace triaged::sim {

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
    std::set<AgentId> declined;
    std::vector<AgentId> missed;                             // the one whose miss is oldest first
    std::set<std::pair<std::string, std::string>> contacts;  // source and ref
    std::set<std::string> escalated;                         // rule names
    TicketId follows;
    bool split_off = false;  // opened by taking a contact out of another
};

struct ReferenceAgent {
    Skills skills;
    int capacity = 0;
    Presence presence = Presence::offline;
    Instant idle_since;
    int missed = 0;
    Seq last_offer = 0;
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

    /// What must hold between steps, whatever happened.
    void check_at_rest(const desk::Policies& policies, const desk::State& state) const;
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

    ReferenceTicket& ticket(TicketId id);
    ReferenceTicket& held(TicketId id, const AgentId& agent, TicketPhase phase);
    ReferenceAgent& agent(const AgentId& id);
    int used(const AgentId& id) const;
    static int units(const desk::Policies& policies, Channel channel, int capacity);
    bool can_take(const desk::Policies& policies, const AgentId& id, const ReferenceTicket& ticket) const;
    /// What decides between agents for `ticket`: by key in the order of its queue's strategy, the least first.
    std::vector<std::pair<std::string, double>> keys(const desk::Policies& policies, const ReferenceTicket& ticket,
                                                     const AgentId& agent) const;
    /// The key on which `b` loses to `a`; empty if it is `b` who comes first.
    std::string loses(const desk::Policies& policies, const ReferenceTicket& ticket, const AgentId& a,
                      const AgentId& b) const;
    void meet(const ReferenceTicket& ticket);
    void add_contact(TicketId id, const Contact& contact);

    TicketId root(TicketId id) const;

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
    std::set<std::pair<std::string, std::string>> unanswered_;
    std::set<std::pair<std::string, std::string>> forgotten_;
};

}  // namespace triaged::sim
