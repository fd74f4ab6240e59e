#include "tests/sim/reference.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace triaged::sim {

namespace {

void must(bool holds, const std::string& what)
{
    if (!holds) throw std::logic_error(what);
}

/// All of an answer, in a form that outlives the state it was read from.
std::string in_words(const desk::FirstAnswer& answer)
{
    return fmt::format("{} {} {} {} {} [{}] {} {}", to_string(answer.ticket), answer.seq, answer.queue,
                       to_string(answer.priority), to_string(answer.rulebook), fmt::join(answer.rules, ","),
                       answer.joined, to_string(answer.follows));
}

}  // namespace

void Reference::apply(const desk::Policies& policies, const Event& event)
{
    must(event.seq == head_ + 1, "events are numbered without gaps");
    must(event.at >= at_, "time does not run backwards");
    head_ = event.seq;
    at_ = event.at;
    try {
        std::visit([&](const auto& what) { on(policies, event, what); }, event.what);
    } catch (const std::logic_error& wrong) {
        throw std::logic_error(fmt::format("event {} {}: {}", event.seq, name_of(event.what), wrong.what()));
    }
}

ReferenceTicket& Reference::ticket(TicketId id)
{
    const auto found = open_.find(id);
    must(found != open_.end(), to_string(id) + " is not open");
    return found->second;
}

ReferenceTicket& Reference::held(TicketId id, const AgentId& agent, TicketPhase phase)
{
    auto& found = ticket(id);
    must(found.phase == phase && found.agent == agent,
         fmt::format("{} is not {} to {}", to_string(id), to_string(phase), agent.value));
    return found;
}

ReferenceAgent& Reference::agent(const AgentId& id)
{
    const auto found = agents_.find(id);
    must(found != agents_.end(), "agent " + id.value + " never signed in");
    return found->second;
}

int Reference::used(const AgentId& id) const
{
    int sum = 0;
    for (const auto& [ticket_id, ticket] : open_)
        if (ticket.phase != TicketPhase::waiting && ticket.agent == id) sum += ticket.units;
    return sum;
}

int Reference::units(const desk::Policies& policies, Channel channel, int capacity)
{
    return std::min(policies.desk.units(channel), capacity);
}

bool Reference::can_take(const desk::Policies& policies, const AgentId& id,
                         const ReferenceTicket& ticket) const
{
    const auto& agent = agents_.at(id);
    return agent.presence == Presence::available && covers(agent.skills, ticket.needs) &&
           !ticket.declined.contains(id) &&
           agent.capacity - used(id) >= units(policies, ticket.channel, agent.capacity);
}

std::vector<std::pair<std::string, double>> Reference::keys(const desk::Policies& policies,
                                                            const ReferenceTicket& ticket,
                                                            const AgentId& id) const
{
    const auto& agent = agents_.at(id);
    const auto& queue = policies.desk.queues.at(ticket.queue);
    const auto miss = std::find(ticket.missed.begin(), ticket.missed.end(), id);
    const auto missed = miss == ticket.missed.end() ? -1 : miss - ticket.missed.begin();
    const auto met = met_.find(ticket.customer);
    const bool sticky = met != met_.end() && met->second.first == id && at_ < met->second.second + queue.sticky;
    const double load = static_cast<double>(used(id)) / agent.capacity;
    const auto idle = static_cast<double>(agent.idle_since.ms);
    double skill = 0;
    for (const auto& need : ticket.needs)
        for (const auto& has : agent.skills)
            if (has.name == need.name) skill -= has.level;
    std::vector<std::pair<std::string, double>> keys{{"missed", missed}, {"sticky", sticky ? 0 : 1}};
    const auto then = [&](const char* name, double value) { keys.emplace_back(name, value); };
    switch (queue.strategy) {
        case Strategy::best_skill:
            then("skill", skill);
            [[fallthrough]];
        case Strategy::least_loaded:
            then("load", load);
            then("idle", idle);
            break;
        case Strategy::longest_idle:
            then("idle", used(id) > 0 ? 1 : 0);
            then("idle", idle);
            then("load", load);
            break;
        case Strategy::round_robin:
            then("turn", static_cast<double>(agent.last_offer));
            break;
    }
    return keys;
}

std::string Reference::loses(const desk::Policies& policies, const ReferenceTicket& ticket, const AgentId& a,
                             const AgentId& b) const
{
    const auto left = keys(policies, ticket, a);
    const auto right = keys(policies, ticket, b);
    for (std::size_t i = 0; i < left.size(); ++i)
        if (left[i].second != right[i].second) return left[i].second < right[i].second ? left[i].first : "";
    return a < b ? "id" : "";
}

/// The ticket's customer has to do with its agent.
void Reference::meet(const ReferenceTicket& ticket)
{
    if (!ticket.customer.value.empty()) met_[ticket.customer] = {ticket.agent, at_};
}

void Reference::add_contact(TicketId id, const Contact& contact)
{
    const std::pair key(contact.source, contact.ref);
    if (splitting_) {
        must(*splitting_ == key, "the contact split off opens the next ticket");
        splitting_.reset();
        ticket(id).split_off = true;
        ticket(id).contacts.insert(key);
        ticket(id).channel = contact.channel;
        if (!contact.customer.value.empty()) ticket(id).customer = contact.customer;
        return;
    }
    must(!known_.contains(key) || forgotten_.contains(key), "contact " + contact.ref + " counted twice");
    forgotten_.erase(key);
    known_[key] = id;
    unanswered_.insert(key);
    ticket(id).contacts.insert(key);
    ticket(id).channel = contact.channel;
    if (!contact.customer.value.empty()) ticket(id).customer = contact.customer;
}

void Reference::on(const desk::Policies&, const Event&, const RulebookAdopted& what)
{
    rulebooks_[what.rulebook] = what.rules;
}

void Reference::on(const desk::Policies&, const Event&, const CustomerUpdated& what)
{
    must(!what.facts.empty(), "an update without news");
}

void Reference::on(const desk::Policies&, const Event&, const TicketOpened& what)
{
    must(what.ticket == TicketId{last_id_.value + 1}, "tickets are numbered without gaps");
    last_id_ = what.ticket;
    open_[what.ticket] = {};
    open_[what.ticket].follows = what.follows;
    must(what.follows.value == 0 || ended_.contains(what.follows), "a ticket follows one that has ended");
    add_contact(what.ticket, what.contact);
}

void Reference::on(const desk::Policies&, const Event&, const ContactJoined& what)
{
    add_contact(what.ticket, what.contact);
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketRouted& what)
{
    auto& routed = ticket(what.ticket);
    must(!routed.routed || routed.queue == what.routing.queue, "a joined ticket stays on its queue");
    must(!routed.routed || what.queued_as <= routed.queued_as,
         "a joined ticket keeps its place or moves forward");
    must(covers(what.needs, routed.needs), "a joined ticket keeps its needs");
    must(what.recheck_at > event.at, "a recheck lies ahead");
    must(what.routing.rulebook == policies.rulebook->id(), "the rulebook in force decides");
    routed.routed = true;
    routed.queue = what.routing.queue;
    routed.needs = what.needs;
    routed.queued_as = what.queued_as;
}

void Reference::on(const desk::Policies&, const Event&, const TicketEscalated& what)
{
    auto& escalated = ticket(what.ticket);
    const auto& name = rulebooks_.at(what.rulebook).at(what.rule);
    must(escalated.escalated.insert(name).second, "rule " + name + " escalated twice");
    if (what.queue) escalated.queue = *what.queue;
    if (what.needs) escalated.needs = *what.needs;
    escalated.queued_as = what.queued_as;
}

void Reference::on(const desk::Policies&, const Event& event, const RecheckScheduled& what)
{
    ticket(what.ticket);
    must(what.at > event.at, "a recheck lies ahead");
}

void Reference::on(const desk::Policies&, const Event& event, const AgentSignedIn& what)
{
    must(what.capacity >= 1, "capacity is 1 or more");
    auto& agent = agents_[what.agent];
    if (agent.presence != Presence::available) agent.idle_since = event.at;
    agent.skills = what.skills;
    agent.capacity = what.capacity;
    agent.presence = Presence::available;
    agent.missed = 0;
}

void Reference::on(const desk::Policies&, const Event& event, const PresenceSet& what)
{
    auto& set = agent(what.agent);
    if (what.presence == Presence::available && set.presence != Presence::available)
        set.idle_since = event.at;
    set.presence = what.presence;
    set.missed = 0;
    to_be_sent_away_.erase(what.agent);
}

void Reference::on(const desk::Policies& policies, const Event& event, const OfferMade& what)
{
    auto& offered = ticket(what.ticket);
    must(offered.phase == TicketPhase::waiting && offered.routed, "only a waiting ticket is offered");
    must(can_take(policies, what.agent, offered), what.agent.value + " cannot take it");
    must(what.units == units(policies, offered.channel, agent(what.agent).capacity),
         "it holds its channel's units");
    must(what.expires_at == event.at + policies.desk.offer_ttl, "it lasts as long as configured");
    const auto turn = [](TicketId id, const ReferenceTicket& ticket) {
        return std::pair(ticket.queued_as, id);
    };
    for (const auto& [id, other] : open_)
        must(other.phase != TicketPhase::waiting || turn(id, other) >= turn(what.ticket, offered) ||
                 !can_take(policies, what.agent, other),
             fmt::format("{} was before {} for {}", to_string(id), to_string(what.ticket), what.agent.value));
    std::vector<AgentId> others;
    for (const auto& [id, agent] : agents_)
        if (id != what.agent && can_take(policies, id, offered)) others.push_back(id);
    const auto before = [&](const auto& a, const auto& b) { return !loses(policies, offered, a, b).empty(); };
    std::sort(others.begin(), others.end(), before);
    must(others.empty() || before(what.agent, others.front()), "somebody else was to be offered it");
    must(what.losers.size() == std::min(others.size(), losing_candidates_max), "losers are recorded");
    for (std::size_t i = 0; i < what.losers.size(); ++i) {
        must(what.losers[i].agent == others[i], "losers are recorded best first");
        must(what.losers[i].key == loses(policies, offered, what.agent, others[i]),
             fmt::format("{} did not lose by {}", others[i].value, what.losers[i].key));
    }
    agent(what.agent).last_offer = event.seq;
    offered.phase = TicketPhase::offered;
    offered.agent = what.agent;
    offered.units = what.units;
    offered.expires_at = what.expires_at;
}

void Reference::on(const desk::Policies&, const Event& event, const OfferAccepted& what)
{
    auto& accepted = held(what.ticket, what.agent, TicketPhase::offered);
    must(event.at < accepted.expires_at, "an offer is open strictly before its end");
    accepted.phase = TicketPhase::assigned;
    meet(accepted);
    agent(what.agent).missed = 0;
}

void Reference::on(const desk::Policies&, const Event& event, const OfferDeclined& what)
{
    auto& declined = held(what.ticket, what.agent, TicketPhase::offered);
    must(event.at < declined.expires_at, "an offer is open strictly before its end");
    declined.phase = TicketPhase::waiting;
    declined.declined.insert(what.agent);
    agent(what.agent).missed = 0;
}

void Reference::on(const desk::Policies& policies, const Event& event, const OfferExpired& what)
{
    auto& expired = held(what.ticket, what.agent, TicketPhase::offered);
    must(event.at >= expired.expires_at, "an offer does not end early");
    expired.phase = TicketPhase::waiting;
    auto& missed = expired.missed;
    missed.erase(std::remove(missed.begin(), missed.end(), what.agent), missed.end());
    missed.push_back(what.agent);
    must(!to_be_sent_away_.contains(what.agent), "who missed too many offers has been sent away");
    if (++agent(what.agent).missed >= policies.desk.missed_offers_max) to_be_sent_away_.insert(what.agent);
}

void Reference::on(const desk::Policies&, const Event&, const TicketReturned& what)
{
    auto& returned = ticket(what.ticket);
    must(returned.phase != TicketPhase::waiting && returned.agent == what.agent,
         "only who holds it returns it");
    returned.phase = TicketPhase::waiting;
}

void Reference::on(const desk::Policies&, const Event& event, const TicketCompleted& what)
{
    meet(held(what.ticket, what.agent, TicketPhase::assigned));
    agent(what.agent).idle_since = event.at;
    ended_[what.ticket] = event.at;
    closed_[what.ticket] = open_.at(what.ticket);
    open_.erase(what.ticket);
    for (const auto& [id, merged] : merged_)
        if (root(id) == what.ticket) ended_.try_emplace(id, event.at);
}

TicketId Reference::root(TicketId id) const
{
    for (auto found = merged_.find(id); found != merged_.end(); found = merged_.find(id))
        id = found->second.into;
    return id;
}

void Reference::on(const desk::Policies& policies, const Event& event, const ContactThreaded& what)
{
    const auto& threaded = ticket(what.ticket);
    const auto latest = [&](const ThreadKey& key) {
        const auto found =
            std::find_if(noted_.rbegin(), noted_.rend(), [&](const Noted& n) { return n.key == key; });
        return found == noted_.rend() ? nullptr : &*found;
    };
    bool before = true;  // the key that counted is still to come
    for (const auto& key : what.keys) {
        const auto& configured = policies.desk.threads.keys;
        const auto policy = std::find_if(configured.begin(), configured.end(),
                                         [&](const auto& known) { return known.name == key.name; });
        if (policy == configured.end()) continue;
        const auto* const known = latest(key);
        const bool leads = known != nullptr && event.at <= known->at + policy->within;
        if (what.by == key.name) {
            must(leads, "the key it was found by leads somewhere");
            const auto to = root(known->ticket);
            must(to == what.ticket || to == threaded.follows, "the key leads to the ticket it was found by");
            before = false;
        }
        const bool by_key = what.by.empty() || what.by == policy->name || !before;
        must(!before || !by_key || !leads || threaded.split_off,
             "a key of higher precedence was passed over");
    }
    for (const auto& key : what.keys) noted_.push_back({key, what.ticket, event.at});
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketReopened& what)
{
    must(closed_.contains(what.ticket) && ended_.contains(what.ticket),
         "only a completed ticket is reopened");
    const auto ended_at = ended_.at(what.ticket);
    must(event.at <= ended_at + policies.desk.threads.reopen, "a ticket is reopened within its window");
    auto& reopened = open_[what.ticket] = closed_.at(what.ticket);
    reopened.phase = TicketPhase::waiting;
    reopened.declined.clear();
    reopened.missed.clear();
    closed_.erase(what.ticket);
    ended_.erase(what.ticket);
    for (const auto& [id, merged] : merged_) {
        const auto ended = ended_.find(id);
        if (root(id) == what.ticket && ended != ended_.end() && ended->second == ended_at)
            ended_.erase(ended);
    }
}

void Reference::on(const desk::Policies&, const Event&, const TicketMerged& what)
{
    if (what.into.value == 0) {
        must(merged_.contains(what.ticket) && !ended_.contains(what.ticket), "only a merge can be undone");
        open_[what.ticket] = merged_.at(what.ticket).ticket;
        merged_.erase(what.ticket);
        return;
    }
    const auto& from = ticket(what.ticket);
    auto& into = ticket(what.into);
    must(what.ticket != what.into, "no ticket is merged into itself");
    must(from.phase == TicketPhase::waiting, "a ticket that is merged is in nobody's hands");
    must(what.queued_as == std::min(from.queued_as, into.queued_as), "the better place of the two counts");
    into.queued_as = what.queued_as;
    merged_[what.ticket] = {what.into, from};
    open_.erase(what.ticket);
    must(root(what.ticket) == what.into, "a merge leads to an open ticket");
}

void Reference::on(const desk::Policies&, const Event&, const ContactSplit& what)
{
    auto& from = ticket(what.ticket);
    const std::pair key(what.source, what.ref);
    must(from.contacts.size() > 1 && from.contacts.erase(key) == 1,
         "a contact is split off a ticket of several");
    must(what.to == TicketId{last_id_.value + 1}, "the ticket split off is the next");
    splitting_ = key;
}

void Reference::on(const desk::Policies& policies, const Event& event, const ClosedKept& what)
{
    for (auto closed = closed_.begin(); closed != closed_.end();) {
        const auto ended_at = ended_.at(closed->first);
        const bool dropped = ended_at < what.before;
        must(!dropped || ended_at + policies.desk.threads.reopen < event.at,
             "completed tickets are kept long enough");
        closed = dropped ? closed_.erase(closed) : std::next(closed);
    }
}

void Reference::on(const desk::Policies& policies, const Event& event, const ReceiptsForgotten& what)
{
    must(what.before <= event.at - policies.desk.receipts_kept, "receipts are kept as long as configured");
    const auto gone = [&](TicketId id) { return ended_.contains(id) && ended_.at(id) < what.before; };
    std::erase_if(noted_, [&](const Noted& noted) { return gone(noted.ticket); });
    std::erase_if(closed_, [&](const auto& closed) { return gone(closed.first); });
    std::erase_if(merged_, [&](const auto& merged) { return gone(merged.first); });
    for (auto known = known_.begin(); known != known_.end();) {
        const auto ended = ended_.find(known->second);
        if (ended == ended_.end() || ended->second >= what.before) {
            ++known;
            continue;
        }
        forgotten_.insert(known->first);
        answers_.erase(known->first);
        known = known_.erase(known);
    }
}

void Reference::note_answers(const desk::State& state)
{
    for (const auto& [source, ref] : unanswered_) {
        const auto answer = first_answer(state, source, ref);
        must(answer.has_value() && answer->ticket == known_.at({source, ref}),
             "contact " + ref + " has no answer");
        must(answer->seq > 0 && answer->seq <= head_, "an answer stands on an event");
        answers_[{source, ref}] = in_words(*answer);
    }
    unanswered_.clear();
}

void Reference::check_answers(const desk::State& state) const
{
    must(state.receipts.size() == answers_.size(), "there is one receipt a contact");
    for (const auto& [key, answer] : answers_) {
        const auto now = first_answer(state, key.first, key.second);
        must(now.has_value() && in_words(*now) == answer, "contact " + key.second + " has another answer");
    }
    for (const auto& [source, ref] : forgotten_)
        must(!first_answer(state, source, ref).has_value(), "contact " + ref + " is not forgotten");
}

void Reference::check_at_rest(const desk::Policies& policies, const desk::State& state) const
{
    const auto forwarded = std::count_if(merged_.begin(), merged_.end(),
                                         [&](const auto& merged) { return !ended_.contains(merged.first); });
    must(open_.size() + ended_.size() + static_cast<std::size_t>(forwarded) == last_id_.value,
         "every ticket is open, merged into one that is, or has ended");
    for (const auto& [id, merged] : merged_) {
        must(state.root(id) == root(id), to_string(id) + " forwards to another ticket");
        must(ended_.contains(id) || open_.contains(root(id)), to_string(id) + " forwards to none");
    }
    must(state.merged.size() == merged_.size(), "the desk forwards what it should");
    if (policies.desk.threads.reopen.count() > 0)
        for (const auto& [id, closed] : state.closed)
            must(closed_.contains(id), to_string(id) + " was not completed");
    must(state.tickets.size() == open_.size(), "the desk has the tickets it should");
    must(to_be_sent_away_.empty(), "who misses too many offers is sent away");
    for (const auto& [id, ticket] : open_) {
        const auto* const kept = state.find(id);
        must(kept != nullptr, to_string(id) + " is lost");
        must(kept->phase == ticket.phase, to_string(id) + " is in another phase");
        must(kept->queued_as == ticket.queued_as, to_string(id) + " has another place");
        must(state.symbols.text(kept->queue) == ticket.queue.value, to_string(id) + " is on another queue");
        must(ticket.routed, to_string(id) + " was not routed");
        must(ticket.phase == TicketPhase::waiting || state.agent(kept->agent).id == ticket.agent,
             to_string(id) + " is with another agent");
        if (ticket.phase != TicketPhase::waiting) continue;
        for (const auto& [agent_id, agent] : agents_)
            must(!can_take(policies, agent_id, ticket),
                 fmt::format("{} waits while {} could take it", to_string(id), agent_id.value));
    }
    for (const auto& [id, agent] : agents_) {
        const auto* const kept = state.find(id);
        must(kept != nullptr && kept->used == used(id), id.value + " holds other work");
        must(kept->missed == agent.missed, id.value + " missed another number of offers");
        bool offers = false;
        for (const auto& [ticket_id, ticket] : open_)
            offers |= ticket.phase == TicketPhase::offered && ticket.agent == id;
        must(used(id) <= agent.capacity || !offers, id.value + " is over capacity and still gets offers");
        must(!offers || agent.presence == Presence::available, id.value + " is not there and has offers");
        must(agent.presence != Presence::offline || used(id) == 0, id.value + " is offline and has work");
    }
}

}  // namespace triaged::sim
