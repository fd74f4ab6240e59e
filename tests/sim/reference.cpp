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

bool is_held(const ReferenceTicket& ticket)
{
    return !ticket.pauses.empty() && ticket.pauses.back().to == Instant::max();
}

void start_anew(ReferenceTicket& ticket, std::initializer_list<SlaTarget> targets)
{
    for (const auto target : targets) {
        ticket.warned.erase(target);
        ticket.breached.erase(target);
    }
}

void answer(ReferenceTicket& ticket)
{
    ticket.responded = true;
    ticket.unanswered_since = Instant::max();
    start_anew(ticket, {SlaTarget::first_response, SlaTarget::next_response});
}

Instant started(const ReferenceTicket& ticket, SlaTarget target)
{
    switch (target) {
        case SlaTarget::wait:
            return ticket.waiting_since;
        case SlaTarget::first_response:
            return ticket.responded ? Instant::max() : ticket.opened_at;
        case SlaTarget::next_response:
            return ticket.unanswered_since;
        case SlaTarget::resolution:
            return ticket.resolving_since;
    }
    return Instant::max();
}

const SlaPolicy* policy_of(const desk::Policies& policies, const ReferenceTicket& ticket)
{
    const auto& name = ticket.sla.empty() ? policies.desk.queues.at(ticket.queue).sla : ticket.sla;
    return name.empty() ? nullptr : &policies.desk.slas.at(name);
}

/// What the clock has counted by `at`, piece by piece between pauses.
Duration counted(const desk::Policies& policies, const ReferenceTicket& ticket, SlaTarget target, Instant at)
{
    const auto& goal = policy_of(policies, ticket)->goal(target);
    const auto& hours =
        goal.calendar == queue_hours ? policies.desk.queues.at(ticket.queue).calendar : goal.calendar;
    const Calendar* const calendar = hours.empty() ? nullptr : &policies.desk.calendars.at(hours);
    Duration sum{};
    auto from = started(ticket, target);
    if (target == SlaTarget::resolution)
        for (const auto& pause : ticket.pauses) {
            sum += time_between(calendar, from, std::min(at, pause.from));
            from = std::max(from, pause.to);
        }
    return sum + time_between(calendar, from, at);
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
    for (const auto& [ticket_id, wrap_up] : agents_.at(id).wrap_ups) sum += wrap_up.first;
    return sum;
}

bool Reference::pulled(const desk::Policies& policies, const ReferenceTicket& ticket) const
{
    return policies.desk.queues.at(ticket.queue).pull;
}

int Reference::units(const desk::Policies& policies, Channel channel, int capacity)
{
    return std::min(policies.desk.units(channel), capacity);
}

bool Reference::can_take(const desk::Policies& policies, const AgentId& id,
                         const ReferenceTicket& ticket) const
{
    const auto& agent = agents_.at(id);
    return !ticket.called_at && agent.presence == Presence::available && !ticket.parked &&
           covers(agent.skills, ticket.needs) && !ticket.declined.contains(id) &&
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
    const bool sticky =
        met != met_.end() && met->second.first == id && at_ < met->second.second + queue.sticky;
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
    auto& joined = ticket(id);
    joined.contacts.insert(key);
    const bool on_the_line = contact.channel == Channel::phone || contact.channel == Channel::chat;
    if (on_the_line) {
        if (joined.called_at) joined.waiting_since = std::min(joined.waiting_since, contact.at);
        joined.callback = false;
        joined.called_at.reset();
    }
    if (!joined.callback) joined.channel = contact.channel;
    if (!contact.customer.value.empty()) joined.customer = contact.customer;
    if (const auto& customer = ticket(id).customer; !customer.value.empty())
        contact_times_[customer].push_back(contact.at);
}

/// What customers have: every open ticket, the times of their latest contacts, their orders.
void Reference::check_customers(const desk::State& state) const
{
    std::map<CustomerId, std::set<TicketId>> open;
    for (const auto& [id, ticket] : open_)
        if (!ticket.customer.value.empty()) open[ticket.customer].insert(id);
    for (const auto& customer : state.customers) {
        const std::set<TicketId> kept(customer.open.begin(), customer.open.end());
        must(kept == open[customer.id], customer.id.value + " has other open tickets");
        const auto found = contact_times_.find(customer.id);
        static const std::vector<Instant> none;
        const auto& times = found == contact_times_.end() ? none : found->second;
        const auto latest = std::min(times.size(), recent_contacts_max);
        must(std::equal(customer.recent.begin(), customer.recent.end(),
                        times.end() - static_cast<std::ptrdiff_t>(latest), times.end()),
             customer.id.value + " has other recent contacts");
    }
    must(state.orders.size() == orders_.size(), "the desk has the orders it should");
    for (const auto& [id, order] : orders_) {
        const auto* const kept = state.orders.find(id);
        must(kept != nullptr && kept->facts == order.facts, "order " + id + " has other facts");
        must(order.customer.value.empty() == (kept->customer == desk::CustomerSlot::none) &&
                 (order.customer.value.empty() || state.customer(kept->customer).id == order.customer),
             "order " + id + " is somebody else's");
    }
}

ProblemId Reference::root(ProblemId id) const
{
    auto found = problems_.find(id);
    while (found != problems_.end() && found->second.into.value != 0)
        found = problems_.find(found->second.into);
    return found == problems_.end() ? ProblemId{} : found->first;
}

void Reference::on(const desk::Policies&, const Event& event, const SurgeCounted& what)
{
    must(what.ticket == last_id_, "only a new ticket counts");
    for (const auto& key : what.keys) counted_.push_back({key, event.at, what.ticket});
}

void Reference::on(const desk::Policies& policies, const Event& event, const ProblemOpened& what)
{
    must(what.problem == ProblemId{last_problem_.value + 1}, "problems are numbered without gaps");
    last_problem_ = what.problem;
    for (const auto& [id, problem] : problems_)
        must(problem.policy.empty() || problem.policy != what.policy + "/" + what.about,
             "there is one problem a surge");
    problems_[what.problem] = {{},       what.policy.empty() ? "" : what.policy + "/" + what.about,
                               event.at, {what.notify.begin(), what.notify.end()},
                               {},       false};
    if (what.policy.empty()) return;
    const auto& known = policies.desk.problems;
    const auto policy =
        std::find_if(known.begin(), known.end(), [&](const auto& p) { return p.name == what.policy; });
    must(policy != known.end(), "a configured surge opens a problem");
    const auto in_window = [&](const Counted& counted) {
        return counted.key == ThreadKey{what.policy, what.about} && counted.at > event.at - policy->within;
    };
    const auto count = std::count_if(counted_.begin(), counted_.end(), in_window);
    must(count == static_cast<std::ptrdiff_t>(what.count), "the tickets of the window are counted");
    must(count >= policy->at_least, "a surge is large enough");
    must(static_cast<double>(count) + 0.001 >= policy->factor * what.usual / 1'000.0,
         "a surge is more than usual");
}

void Reference::on(const desk::Policies&, const Event& event, const ProblemLinked& what)
{
    const auto to = root(what.problem);
    must(what.problem.value == 0 || to.value != 0, "tickets are linked to an open problem");
    for (const auto id : what.tickets) {
        const auto found = open_.find(id);
        if (found == open_.end()) continue;
        found->second.problem = what.problem;
        found->second.parked = false;
    }
    if (to.value == 0) return;
    problems_.at(to).last_at = problems_.at(what.problem).last_at = event.at;
}

void Reference::on(const desk::Policies&, const Event&, const ProblemChanged& what)
{
    must(problems_.contains(what.problem), "what is changed is open");
    auto& problem = problems_.at(what.problem);
    if (what.action == ProblemAction::merge) {
        must(what.into.value == 0 || root(what.into) == what.into,
             "a problem is merged into one that stands for itself");
        problem.into = what.into;
        must(root(what.problem).value != 0, "merging leads somewhere");
        return;
    }
    problem.doing = what.action;
    problem.under_way = what.next.value != 0;
    rerouting_.clear();
    if (what.action == ProblemAction::reroute) rerouting_.insert(what.problem);
    if (what.action != ProblemAction::close || problem.under_way) return;
    std::set<ProblemId> over;
    for (const auto& [id, other] : problems_)
        if (root(id) == what.problem) over.insert(id);
    for (const auto& [id, ticket] : open_)
        must(!ticket.parked || !over.contains(ticket.problem), to_string(id) + " would be held for ever");
    for (const auto id : over) problems_.erase(id);
}

void Reference::on(const desk::Policies&, const Event&, const TicketParked& what)
{
    auto& changed = ticket(what.ticket);
    must(root(changed.problem) == root(what.problem) && root(what.problem).value != 0,
         "a problem holds its own");
    must(changed.parked != what.parked, "it was so already");
    must(!what.parked || changed.phase == TicketPhase::waiting, "what somebody has is not held");
    changed.parked = what.parked;
}

void Reference::on(const desk::Policies&, const Event&, const TicketAnswered& what)
{
    must(root(ticket(what.ticket).problem) == what.problem && what.problem.value != 0,
         "a problem answers its own");
    ticket(what.ticket).answered = true;
}

void Reference::on(const desk::Policies&, const Event&, const NotifyInhibited& what)
{
    const auto problem = root(what.problem);
    must(problem.value != 0 && !what.notify.empty(), "an open problem inhibits somebody's being told");
    for (const auto& name : what.told)
        must(problems_.at(problem).told.insert(name).second, name + " is told twice of one problem");
    for (const auto& name : what.notify)
        must(problems_.at(problem).told.contains(name), name + " is never told");
}

void Reference::on(const desk::Policies&, const Event&, const FeedbackGiven& what)
{
    must(feedback_.insert({what.source, what.ref}).second, "feedback " + what.ref + " counted twice");
    must(what.nps || what.csat, "feedback without an answer");
    must(what.ticket <= last_id_, "feedback about a ticket of the future");
}

void Reference::on(const desk::Policies&, const Event&, const OrderUpdated& what)
{
    const auto [order, added] = orders_.try_emplace(what.order);
    must(added || !what.facts.empty() || !what.customer.value.empty(), "an order without news");
    if (!what.customer.value.empty()) order->second.customer = what.customer;
    order->second.facts.merge(what.facts);
}

void Reference::on(const desk::Policies&, const Event&, const ContractUpdated& what)
{
    const auto known = contracts_.find(what.contract);
    must(known == contracts_.end() || known->second != what, "a contract without news");
    contracts_[what.contract] = what;
}

void Reference::on(const desk::Policies&, const Event&, const RulebookAdopted& what)
{
    rulebooks_[what.rulebook] = what.rules;
}

void Reference::on(const desk::Policies&, const Event&, const CustomerUpdated& what)
{
    must(!what.facts.empty(), "an update without news");
}

void Reference::on(const desk::Policies&, const Event& event, const TicketOpened& what)
{
    must(what.ticket == TicketId{last_id_.value + 1}, "tickets are numbered without gaps");
    last_id_ = what.ticket;
    open_[what.ticket] = {};
    auto& opened = open_[what.ticket];
    opened.follows = what.follows;
    opened.opened_at = opened.waiting_since = opened.resolving_since = event.at;
    must(what.follows.value == 0 || ended_.contains(what.follows), "a ticket follows one that has ended");
    add_contact(what.ticket, what.contact);
}

void Reference::on(const desk::Policies&, const Event& event, const ContactJoined& what)
{
    auto& joined = ticket(what.ticket);
    must(!is_held(joined), "a contact ends a hold");
    if (joined.responded) joined.unanswered_since = std::min(joined.unanswered_since, event.at);
    add_contact(what.ticket, what.contact);
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketRouted& what)
{
    auto& routed = ticket(what.ticket);
    const auto problem = root(routed.problem);
    const bool rerouted = problem.value != 0 && rerouting_.contains(problem) &&
                          what.queued_as == routed.queued_as && what.recheck_at == event.at + Duration{1};
    must(!routed.routed || rerouted || routed.queue == what.routing.queue,
         "a joined ticket stays on its queue");
    if (!routed.routed && !routed.customer.value.empty()) {
        // No rule of the simulation sets an SLA policy, so a contract that holds does.
        std::string entitled;
        auto until = event.at;
        for (const auto& [id, contract] : contracts_) {
            const bool better = contract.customer == routed.customer && contract.until > until;
            if (!better || !policies.desk.slas.contains(contract.sla)) continue;
            entitled = contract.sla;
            until = contract.until;
        }
        must(what.routing.sla == entitled, "a contract sets the SLA policy: " + entitled);
    }
    must(!routed.routed || what.queued_as <= routed.queued_as,
         "a joined ticket keeps its place or moves forward");
    must(rerouted || covers(what.needs, routed.needs), "a joined ticket keeps its needs");
    must(what.recheck_at > event.at, "a recheck lies ahead");
    must(what.routing.rulebook == policies.rulebook->id(), "the rulebook in force decides");
    if (!routed.routed) routed.enqueued_at = event.at;
    if (!routed.routed) routed.waiting_since = event.at;
    if (!routed.routed) routed.queue_since = event.at;
    routed.routed = true;
    routed.sla = what.routing.sla;
    routed.queue = what.routing.queue;
    routed.needs = what.needs;
    routed.queued_as = what.queued_as;
}

void Reference::on(const desk::Policies&, const Event&, const TicketEscalated& what)
{
    auto& escalated = ticket(what.ticket);
    const auto& name = rulebooks_.at(what.rulebook).at(what.rule);
    must(escalated.escalated.insert(name).second, "rule " + name + " escalated twice");
    must(root(escalated.problem).value == 0 || what.notify.empty(),
         "nobody is told of a problem's tickets one by one");
    if (what.queue) come_to(escalated, *what.queue);
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
    must(offered.phase == TicketPhase::waiting && offered.routed && !offered.parked,
         "only a waiting ticket is offered");
    must(can_take(policies, what.agent, offered), what.agent.value + " cannot take it");
    must(!pulled(policies, offered), "agents take what is on this queue");
    must(what.units == units(policies, offered.channel, agent(what.agent).capacity),
         "it holds its channel's units");
    must(what.expires_at == event.at + policies.desk.offer_ttl, "it lasts as long as configured");
    const auto turn = [](TicketId id, const ReferenceTicket& ticket) {
        return std::pair(ticket.queued_as, id);
    };
    for (const auto& [id, other] : open_)
        must(other.phase != TicketPhase::waiting || pulled(policies, other) ||
                 turn(id, other) >= turn(what.ticket, offered) || !can_take(policies, what.agent, other),
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
    accepted.waiting_since = Instant::max();
    start_anew(accepted, {SlaTarget::wait});
    if (accepted.channel == Channel::chat || accepted.channel == Channel::phone) answer(accepted);
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

void Reference::on(const desk::Policies&, const Event& event, const TicketReturned& what)
{
    auto& returned = ticket(what.ticket);
    if (returned.phase == TicketPhase::assigned) returned.waiting_since = event.at;
    must(returned.phase != TicketPhase::waiting && returned.agent == what.agent,
         "only who holds it returns it");
    if (returned.phase == TicketPhase::assigned) returned.waiting_since = at_;
    returned.phase = TicketPhase::waiting;
}

void Reference::on(const desk::Policies&, const Event& event, const TicketCompleted& what)
{
    if (what.agent.value.empty()) {
        const auto& answered = ticket(what.ticket);
        must(answered.phase == TicketPhase::waiting && answered.answered,
             "nobody completes only what was answered");
    } else {
        meet(held(what.ticket, what.agent, TicketPhase::assigned));
        agent(what.agent).idle_since = event.at;
    }
    ticket(what.ticket).parked = ticket(what.ticket).answered = false;
    answer(ticket(what.ticket));
    end(what.ticket, event.at);
}

void Reference::end(TicketId ended, Instant at)
{
    ended_[ended] = at;
    auto& closed = closed_[ended] = open_.at(ended);
    if (closed.called_at) closed.waiting_since = std::min(closed.waiting_since, at);
    closed.parked = closed.answered = false;
    closed.callback = false;
    closed.called_at.reset();
    open_.erase(ended);
    for (const auto& [id, merged] : merged_)
        if (root(id) == ended) ended_.try_emplace(id, at);
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketAbandoned& what)
{
    auto& abandoned = ticket(what.ticket);
    must(abandoned.phase == TicketPhase::waiting, "who is served does not give up waiting");
    must(what.place_until == event.at + policies.desk.threads.place_kept, "the place is kept as configured");
    abandoned.place_until = what.place_until;
    end(what.ticket, event.at);
}

void Reference::on(const desk::Policies&, const Event& event, const CallbackRequested& what)
{
    auto& called = ticket(what.ticket);
    must(called.phase == TicketPhase::waiting, "who is served need not be called");
    must(what.not_before >= event.at, "nobody is called in the past");
    if (called.called_at) called.waiting_since = std::min(called.waiting_since, event.at);
    called.callback = true;
    called.channel = Channel::phone;
    called.called_at.reset();
    if (what.not_before <= event.at) return;
    called.called_at = called.waiting_since = what.not_before;
}

void Reference::on(const desk::Policies&, const Event& event, const CallbackDue& what)
{
    auto& due = ticket(what.ticket);
    must(due.called_at && *due.called_at <= event.at, "nobody is called early");
    due.called_at.reset();
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
    auto& reopened = open_[what.ticket] = closed_.at(what.ticket);
    const bool place_kept = reopened.place_until && event.at <= ended_at + policies.desk.threads.place_kept;
    must(event.at <= ended_at + policies.desk.threads.reopen || place_kept,
         "a ticket is reopened within its window");
    if (reopened.place_until && event.at > *reopened.place_until) {
        reopened.queued_as = reopened.queued_as + (event.at - reopened.enqueued_at);
        reopened.enqueued_at = event.at;
    }
    reopened.place_until.reset();
    reopened.phase = TicketPhase::waiting;
    reopened.waiting_since = event.at;
    reopened.declined.clear();
    reopened.missed.clear();
    reopened.waiting_since = reopened.resolving_since = event.at;
    reopened.unanswered_since = reopened.held_until = Instant::max();
    reopened.pauses.clear();
    reopened.warned.clear();
    reopened.breached.clear();
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
    merged_[what.ticket].ticket.parked = false;
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

void Reference::on(const desk::Policies&, const Event&, const TicketReplied& what)
{
    answer(held(what.ticket, what.agent, TicketPhase::assigned));
}

void Reference::on(const desk::Policies&, const Event& event, const TicketHeld& what)
{
    auto& ticket = held(what.ticket, what.agent, TicketPhase::assigned);
    must(what.until > event.at, "a hold ends ahead");
    if (!is_held(ticket)) ticket.pauses.push_back({event.at, Instant::max()});
    ticket.held_until = what.until;
}

void Reference::on(const desk::Policies&, const Event& event, const TicketResumed& what)
{
    auto& resumed = ticket(what.ticket);
    must(is_held(resumed), "only what is held is resumed");
    must(what.by != "until" || resumed.held_until <= event.at, "a hold does not end early");
    resumed.pauses.back().to = std::min(event.at, resumed.held_until);
    resumed.held_until = Instant::max();
}

void Reference::on(const desk::Policies& policies, const Event& event, const SlaWarned& what)
{
    auto& warned = ticket(what.ticket);
    const auto& goal = policy_of(policies, warned)->goal(what.target);
    must(what.since == started(warned, what.target), "it says when the clock started");
    must(goal.warn.count() > 0, "the policy asks for warnings");
    const auto used = counted(policies, warned, what.target, event.at);
    must(used >= goal.within - goal.warn && used < goal.within, "a warning comes before, and not too early");
    must(warned.warned.insert(what.target).second, "a warning is said once");
    must(!warned.breached.contains(what.target), "a warning comes before the breach");
}

void Reference::on(const desk::Policies& policies, const Event& event, const SlaBreached& what)
{
    auto& breached = ticket(what.ticket);
    const auto within = policy_of(policies, breached)->goal(what.target).within;
    must(what.since == started(breached, what.target), "it says when the clock started");
    must(what.due <= event.at, "a promise is not missed early");
    must(counted(policies, breached, what.target, what.due) == within, "at its due time all is used");
    must(counted(policies, breached, what.target, what.due - Duration{1}) < within, "and not before");
    must(breached.breached.insert(what.target).second, "a breach is said once");
}

void Reference::on(const desk::Policies& policies, const Event& event, const SlaEnded& what)
{
    const auto& ended = ticket(what.ticket);
    must(!what.outcomes.empty(), "an end says what ended");
    for (const auto& outcome : what.outcomes) {
        const auto used = counted(policies, ended, outcome.target, event.at);
        const auto within = policy_of(policies, ended)->goal(outcome.target).within;
        must(outcome.since == started(ended, outcome.target), "it says when the clock started");
        must(outcome.used == used, "it says what was used");
        must(outcome.late.has_value() == ended.breached.contains(outcome.target), "late is what was missed");
        must(!outcome.late || *outcome.late == std::max(Duration{}, used - within), "late by what is over");
        must(used < within || outcome.late.has_value(), "what is over is late");
    }
}

/// That no promise is missed, and no hold ends, before the desk looks at the ticket again.
void Reference::check_promises(const desk::Policies& policies, const desk::State& state) const
{
    if (state.next_to_sweep() != nullptr) return;  // some tickets have yet to learn of new policies
    for (const auto& [id, ticket] : open_) {
        const auto* const kept = state.find(id);
        must(kept->record.responded == ticket.responded, to_string(id) + " was answered or not");
        must(kept->record.unanswered_since == ticket.unanswered_since,
             to_string(id) + " waits for another answer");
        must(kept->recheck_at <= ticket.held_until || !is_held(ticket),
             to_string(id) + " is held for too long");
        const auto* const policy = policy_of(policies, ticket);
        if (policy == nullptr) continue;
        for (const auto target : all_sla_targets) {
            const auto within = policy->goal(target).within;
            if (within.count() == 0 || started(ticket, target) == Instant::max() ||
                ticket.breached.contains(target))
                continue;
            if (kept->recheck_at <= state.at + Duration{1}) continue;  // it is looked at as soon as can be
            const auto last = std::min(kept->recheck_at, state.at + std::chrono::hours{24}) - Duration{1};
            must(counted(policies, ticket, target, last) < within,
                 fmt::format("{}: {} is missed before the desk looks", to_string(id), to_string(target)));
        }
    }
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

void Reference::on(const desk::Policies& policies, const Event&, const TicketAssigned& what)
{
    auto& assigned = ticket(what.ticket);
    must(assigned.phase == TicketPhase::waiting && assigned.routed, "what is assigned has left other hands");
    auto& agent = this->agent(what.agent);
    must(agent.presence != Presence::offline, "nobody offline gets work");
    must(what.units == units(policies, assigned.channel, agent.capacity), "it holds its channel's units");
    if (what.by != "force") {
        must(agent.presence == Presence::available, "only somebody who is there gets work");
        must(covers(agent.skills, assigned.needs), "only somebody with the skills gets it");
        must(agent.capacity - used(what.agent) >= what.units, "there is room for it");
    }
    assigned.phase = TicketPhase::assigned;
    assigned.waiting_since = Instant::max();
    assigned.called_at.reset();
    start_anew(assigned, {SlaTarget::wait});
    if (assigned.channel == Channel::chat || assigned.channel == Channel::phone) answer(assigned);
    assigned.agent = what.agent;
    assigned.units = what.units;
    agent.missed = 0;
    meet(assigned);
}

void Reference::on(const desk::Policies& policies, const Event&, const TicketMoved& what)
{
    auto& moved = ticket(what.ticket);
    must(what.queued_as == moved.queued_as, "a ticket keeps its place wherever it goes");
    must((moved.phase == TicketPhase::waiting) == what.from.value.empty(), "it is told from whom it went");
    if (moved.phase != TicketPhase::waiting) {
        must(moved.agent == what.from, "it went from whom it was with");
        auto& missed = moved.missed;
        missed.erase(std::remove(missed.begin(), missed.end(), what.from), missed.end());
        moved.declined.erase(what.from);
        if (what.by == "requeue")
            missed.push_back(what.from);
        else
            moved.declined.insert(what.from);
    }
    if (moved.phase == TicketPhase::assigned) moved.waiting_since = at_;
    moved.phase = TicketPhase::waiting;
    if (what.by == "overflow") {
        must(what.queue != moved.queue && !moved.overflowed.contains(what.queue), "overflow leads on");
        const auto& queue = policies.desk.queues.at(moved.queue);
        const auto since = std::max(moved.queue_since, moved.waiting_since);
        const auto* const calendar = find_calendar(policies.desk.calendars, queue.calendar);
        const bool due =
            std::any_of(queue.overflow.begin(), queue.overflow.end(), [&](const OverflowStep& step) {
                return step.to == what.queue &&
                       ((step.after.count() > 0 && since + step.after <= at_) ||
                        (step.longer_than > 0 && lengths_[queue.name] + 1 > step.longer_than) ||
                        (step.closed && calendar != nullptr && !open_at(*calendar, at_)));
            });
        must(due, "it overflows by a step of its queue");
        moved.overflowed.insert(moved.queue);
    }
    come_to(moved, what.queue);
    moved.needs = what.needs;
}

void Reference::begin_step()
{
    lengths_.clear();
    for (const auto& [id, ticket] : open_)
        if (ticket.routed && ticket.phase == TicketPhase::waiting) ++lengths_[ticket.queue];
}

void Reference::come_to(ReferenceTicket& ticket, const QueueName& queue)
{
    if (ticket.queue == queue) return;
    ticket.queue = queue;
    ticket.queue_since = at_;
    ticket.widened = 0;
}

void Reference::on(const desk::Policies& policies, const Event& event, const TicketWidened& what)
{
    auto& widened = ticket(what.ticket);
    const auto& steps = policies.desk.queues.at(widened.queue).widen;
    must(widened.phase != TicketPhase::assigned, "what is assigned waits for nobody");
    must(what.step == ++widened.widened && what.step <= steps.size(), "step after step");
    const auto& step = steps[what.step - 1];
    must(std::max(widened.queue_since, widened.waiting_since) + step.after <= event.at,
         "not before its time");
    must(covers(widened.needs, what.needs), "widening asks for less");
    for (const auto& name : step.drop)
        for (const auto& need : what.needs) must(need.name != name, name + " is not dropped");
    for (const auto& lower : step.skills)
        for (const auto& need : what.needs)
            must(need.name != lower.name || need.level <= lower.level, lower.name + " is not lowered");
    widened.needs = what.needs;
}

void Reference::on(const desk::Policies& policies, const Event& event, const PromiseMade& what)
{
    const auto& queue = policies.desk.queues.at(ticket(what.ticket).queue);
    const auto* const calendar = find_calendar(policies.desk.calendars, queue.calendar);
    must(queue.when_closed == WhenClosed::promise && calendar != nullptr, "this queue promises");
    must(!open_at(*calendar, event.at), "only closed queues promise");
    must(what.answer_by > next_open(*calendar, event.at), "no answer comes before it opens");
}

void Reference::on(const desk::Policies& policies, const Event& event, const WrapUpStarted& what)
{
    must(ended_.contains(what.ticket) && ended_.at(what.ticket) == event.at, "wrap-up follows completion");
    const auto& spans = policies.desk.wrap_up;
    const bool configured = std::any_of(spans.begin(), spans.end(), [&](Duration span) {
        return span.count() > 0 && what.until == event.at + span;
    });
    must(configured, "it lasts as long as configured");
    const auto added = agent(what.agent).wrap_ups.try_emplace(what.ticket, what.units, what.until).second;
    must(added, "a ticket is wrapped up once at a time");
}

void Reference::on(const desk::Policies&, const Event& event, const WrapUpEnded& what)
{
    auto& ended = agent(what.agent);
    must(ended.wrap_ups.erase(what.ticket) == 1, "only what began ends");
    ended.idle_since = event.at;
}

void Reference::on(const desk::Policies&, const Event& event, const AgentSeen& what)
{
    must(what.until > event.at, "silence lies ahead");
    agent(what.agent).silent_at = what.until;
}

void Reference::check_quiet(Instant now) const
{
    for (const auto& [id, agent] : agents_) {
        for (const auto& [ticket, wrap_up] : agent.wrap_ups)
            must(wrap_up.second > now, id.value + " still wraps up");
        must(agent.presence != Presence::available || agent.silent_at > now,
             id.value + " is silent, and there");
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
    check_customers(state);
    must(state.problems.size() == problems_.size(), "the desk has the problems it should");
    for (const auto& [id, problem] : state.problems) {
        must(problems_.contains(id) && problems_.at(id).into == problem.into,
             to_string(id) + " is merged elsewhere");
        for (const auto ticket : problem.tickets)
            must(open_.contains(ticket) && open_.at(ticket).problem == id,
                 to_string(ticket) + " is not one of " + to_string(id));
    }
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
    check_promises(policies, state);
    for (const auto& [id, ticket] : open_) {
        const auto* const kept = state.find(id);
        must(kept != nullptr, to_string(id) + " is lost");
        must(kept->phase == ticket.phase, to_string(id) + " is in another phase");
        must(kept->parked() == ticket.parked, to_string(id) + " is held, or is not");
        const auto* const problem = problem_of(state, *kept);
        must((problem == nullptr ? ProblemId{} : problem->id) == root(ticket.problem),
             to_string(id) + " is another problem's");
        must(!ticket.parked || problem != nullptr, to_string(id) + " is held for nothing");
        must(problem == nullptr || state.problems.at(kept->extras->problem).tickets.contains(id),
             to_string(id) + " is not with its problem");
        must(kept->queued_as == ticket.queued_as, to_string(id) + " has another place");
        must(kept->called_later() == ticket.called_at.has_value(),
             to_string(id) + " is called at another time");
        must(kept->channel == ticket.channel, to_string(id) + " is on another channel");
        must(state.symbols.text(kept->queue) == ticket.queue.value, to_string(id) + " is on another queue");
        must(ticket.routed, to_string(id) + " was not routed");
        must(ticket.phase == TicketPhase::waiting || state.agent(kept->agent).id == ticket.agent,
             to_string(id) + " is with another agent");
        if (ticket.phase != TicketPhase::waiting || pulled(policies, ticket)) continue;
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
