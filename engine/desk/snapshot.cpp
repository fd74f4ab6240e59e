#include "engine/desk/snapshot.hpp"

#include <algorithm>
#include <map>

#include "engine/desk/snapshot_io.hpp"

namespace triaged::desk {

namespace {

constexpr std::string_view magic = "triaged desk\n";
constexpr int units_max =
    1'000'000;  // of one ticket, far beyond any desk's: more means damage, and must not overflow sums

// The fields of every record, in stored order. Writer and Reader walk the same lists, so they cannot differ.

template <class Io, class T>
void head_fields(Io& io, T& state)
{
    io(state.head, state.at, state.next_ticket, state.sweep.next, state.sweep.end, state.offered_last);
    io(state.closed_kept_seconds, state.policies);
    for (auto& each : state.interruptible) io(each);
}

template <class Io, class T>
void customer_fields(Io& io, T& customer)
{
    io(customer.id, customer.contacts, customer.facts, customer.last_agent_at, customer.first_seen,
       customer.last_order);
}

template <class Io, class T>
void order_fields(Io& io, T& order)
{
    io(order.id, order.customer, order.facts, order.at);
}

template <class Io, class T>
void contract_fields(Io& io, T& contract)
{
    io(contract.id, contract.sla, contract.until);
}

template <class Io, class T>
void agent_fields(Io& io, T& agent, auto& skills)
{
    io(agent.id, agent.name, skills, agent.capacity, agent.missed, agent.presence, agent.reason,
       agent.idle_since, agent.last_offer, agent.silent_at);
}

template <class Io, class T>
void wrap_up_fields(Io& io, T& wrap_up)
{
    io(wrap_up.ticket, wrap_up.units, wrap_up.yields, wrap_up.until);
}

template <class Io, class T>
void ticket_fields(Io& io, T& ticket, auto& routed)
{
    io(ticket.id, ticket.follows, ticket.problem);
    io.text(ticket.text);
    io(ticket.opened_at, ticket.last_contact_at, ticket.enqueued_at, ticket.waiting_since, ticket.queued_as,
       ticket.recheck_at, ticket.expires_at, ticket.customer, ticket.agent, ticket.rulebook,
       ticket.scheduled_by);
    io(ticket.enriched, ticket.queue, ticket.intent, ticket.sla, ticket.contact_by, ticket.needs,
       ticket.skills);
    io.tags(ticket.tags);
    io.rules(ticket.fired);
    io(ticket.contacts, ticket.contacts_before, ticket.units, ticket.channel, ticket.priority, ticket.phase,
       ticket.yields, ticket.stood_in_line, routed);
    auto& record = ticket.record;
    io(record.unanswered_since, record.warned, record.breached, record.responded, record.replied_at);
}

template <class Io, class T>
void refusal_fields(Io& io, T& refusal)
{
    io(refusal.agent, refusal.declined, refusal.at);
}

template <class Io, class T>
void escalated_fields(Io& io, T& fired)
{
    io(fired.rulebook, fired.rule);
}

template <class Io, class T>
void callback_fields(Io& io, T& callback)
{
    io(callback.number, callback.not_before, callback.pending);
}

template <class Io, class T>
void closed_fields(Io& io, T& closed)
{
    io(closed.at, closed.abandoned, closed.place_until);
}

template <class Io, class T>
void receipt_fields(Io& io, T& receipt)
{
    io(receipt.key, receipt.ticket, receipt.follows, receipt.seq, receipt.at, receipt.rulebook,
       receipt.queue);
    io.rules(receipt.fired);
    io(receipt.priority, receipt.joined, receipt.split, receipt.promise, receipt.told, receipt.ahead);
}

void write_receipts(Writer& out, const State& state, ReceiptSlot latest)
{
    std::size_t count = 0;
    for (auto slot = latest; slot != ReceiptSlot::none; slot = state.receipts[slot].older) ++count;
    out.count(count);
    for (auto slot = latest; slot != ReceiptSlot::none; slot = state.receipts[slot].older)
        receipt_fields(out, state.receipts[slot]);
}

/// \return the latest of them.
ReceiptSlot read_receipts(Reader& in, State& state)
{
    std::vector<Receipt> receipts(in.count());
    for (auto& receipt : receipts) receipt_fields(in, receipt);
    auto latest = ReceiptSlot::none;
    for (auto receipt = receipts.rbegin(); receipt != receipts.rend() && in.good(); ++receipt) {
        receipt->older = latest;
        if (state.receipts.find(receipt->key) != ReceiptSlot::none)
            in.fail("two receipts for one contact");
        else
            latest = state.receipts.add(*receipt);
    }
    return latest;
}

void write_record(Writer& out, const Ticket& ticket)
{
    const bool routed = ticket.routed();
    ticket_fields(out, ticket, routed);
    static const TicketExtras none;
    const auto& extras = ticket.extras ? *ticket.extras : none;
    out.count(extras.refusals.size());
    for (const auto& refusal : extras.refusals) refusal_fields(out, refusal);
    out.count(extras.escalated.size());
    for (const auto& fired : extras.escalated) escalated_fields(out, fired);
    out(extras.merged, extras.hold_reason, extras.hold_until, extras.reopened_at, extras.parked_since,
        extras.note, extras.queue_since, extras.steps_since, extras.widened, extras.lent_place,
        extras.own_place);
    out.count(extras.pauses.size());
    for (const auto& pause : extras.pauses) out(pause.from, pause.to);
    out.count(extras.overflowed.size());
    for (const auto queue : extras.overflowed) out(queue);
    out.count(extras.further.size());
    for (const auto& offer : extras.further) out(offer.agent, offer.units);
    const bool callback = extras.callback.has_value();
    out(callback);
    if (callback) callback_fields(out, *extras.callback);
}

void write_ticket(Writer& out, const State& state, const Ticket& ticket)
{
    write_record(out, ticket);
    write_receipts(out, state, ticket.receipts);
}

void read_extras(Reader& in, Ticket& ticket)
{
    auto extras = std::make_unique<TicketExtras>();
    extras->refusals.resize(in.count());
    for (auto& refusal : extras->refusals) {
        refusal_fields(in, refusal);
        if (refusal.agent == AgentSlot::none) in.fail("a refusal by nobody");
    }
    extras->escalated.resize(in.count());
    for (auto& fired : extras->escalated) escalated_fields(in, fired);
    in(extras->merged, extras->hold_reason, extras->hold_until, extras->reopened_at, extras->parked_since,
       extras->note, extras->queue_since, extras->steps_since, extras->widened, extras->lent_place,
       extras->own_place);
    extras->pauses.resize(in.count());
    for (auto& pause : extras->pauses) in(pause.from, pause.to);
    extras->overflowed.resize(in.count());
    for (auto& queue : extras->overflowed) in(queue);
    extras->further.resize(in.count());
    for (auto& offer : extras->further) {
        in(offer.agent, offer.units);
        if (offer.agent == AgentSlot::none) in.fail("an offer to nobody");
        if (offer.units < 1 || offer.units > units_max) in.fail("an offer of impossible units");
    }
    bool callback = false;
    in(callback);
    if (callback) callback_fields(in, extras->callback.emplace());
    const bool reopened = extras->reopened_at != Instant::max();
    if (!extras->refusals.empty() || !extras->escalated.empty() || extras->merged > 0 ||
        extras->lent_place != Instant::max() || !extras->pauses.empty() || reopened ||
        extras->parked_since != Instant::max() || !extras->note.empty() ||
        extras->queue_since != Instant::max() || extras->steps_since != Instant::max() ||
        extras->widened > 0 || !extras->overflowed.empty() || !extras->further.empty() || callback)
        ticket.extras = std::move(extras);
}

/// A ticket with its bucket, but in no index and without its receipts.
std::unique_ptr<Ticket> read_record(Reader& in, State& state)
{
    auto owned = std::make_unique<Ticket>();
    auto& ticket = *owned;
    bool routed = false;
    ticket_fields(in, ticket, routed);
    if (const auto facts = FactSet::from_bytes(state.symbols.text(ticket.enriched)); !facts)
        in.fail(facts.error().message);
    read_extras(in, ticket);
    const bool held = ticket.phase != TicketPhase::waiting;
    if (held != (ticket.agent != AgentSlot::none) || (held && !routed))
        in.fail("a ticket neither held nor free");
    if (ticket.phase != TicketPhase::offered && ticket.extras && !ticket.extras->further.empty())
        in.fail("offers of a ticket that is not offered");
    if (!(ticket.id < state.next_ticket)) in.fail("a ticket of the future");
    if (in.good() && routed)
        ticket.bucket = state.board.bucket(state.skill_sets, ticket.queue, ticket.needs, ticket.channel);
    return owned;
}

void read_ticket(Reader& in, State& state)
{
    auto owned = read_record(in, state);
    auto& ticket = *owned;
    ticket.receipts = read_receipts(in, state);
    const bool in_order = state.tickets.empty() || state.tickets.rbegin()->first < ticket.id;
    if (!in_order) in.fail("tickets out of order");
    if (!in.good()) return;
    for (const auto slot : ticket.holders()) {
        auto& agent = state.agent(slot);
        const int units = ticket.units_of(slot);
        agent.used += units;
        if (ticket.yields) agent.yielding += units;
        agent.tickets.push_back(ticket.id);
    }
    state.tickets.emplace_hint(state.tickets.end(), ticket.id, std::move(owned));
    state.file(ticket);
    state.enlist_with_problem(ticket);
}

void write_closed(Writer& out, const State& state)
{
    out.count(state.closed.size());
    for (const auto& [id, closed] : state.closed) {
        closed_fields(out, closed);
        write_record(out, *closed.ticket);
    }
    out.count(state.merged.size());
    for (const auto& [id, merged] : state.merged) {
        const bool open = merged.ticket != nullptr;
        out(id, merged.into, merged.at, merged.ended_at, open);
        if (open) write_record(out, *merged.ticket);
        // Those of one that has ended follow there, unless what it was merged into is open again.
        if (merged.ended_at == Instant::max()) write_receipts(out, state, merged.receipts);
    }
    const auto threads = state.threads.sorted();
    out.count(threads.size());
    for (const auto& entry : threads) out(entry.key, entry.ticket, entry.at);
}

void read_closed(Reader& in, State& state)
{
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        Closed closed;
        closed_fields(in, closed);
        closed.ticket = read_record(in, state);
        const auto id = closed.ticket->id;
        state.closed_by_end.insert({closed.at, id});
        if (!state.closed.emplace(id, std::move(closed)).second) in.fail("a closed ticket twice");
    }
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        Merged merged;
        TicketId id;
        bool open = false;
        in(id, merged.into, merged.at, merged.ended_at, open);
        if (open) merged.ticket = read_record(in, state);
        if (merged.ended_at == Instant::max()) merged.receipts = read_receipts(in, state);
        if (open) merged.ticket->receipts = merged.receipts;
        if (!(merged.into < state.next_ticket) || merged.into == id) in.fail("a ticket merged into none");
        if (!state.merged.emplace(id, std::move(merged)).second) in.fail("a merged ticket twice");
    }
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        Threads::Entry entry;
        in(entry.key, entry.ticket, entry.at);
        state.threads.add(entry);
    }
}

void write_ended(Writer& out, const State& state)
{
    out.count(state.receipts.ended().size());
    for (const auto& ended : state.receipts.ended()) {
        out(ended.at, ended.ticket);
        write_receipts(out, state, ended.latest);
    }
}

/// \pre closed and merged tickets were read: they find their receipts here.
void read_ended(Reader& in, State& state)
{
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        Instant at;
        TicketId ticket;
        in(at, ticket);
        const auto latest = read_receipts(in, state);
        state.receipts.end(at, latest, ticket);
        if (const auto closed = state.closed.find(ticket); closed != state.closed.end())
            closed->second.ticket->receipts = latest;
        if (const auto merged = state.merged.find(ticket); merged != state.merged.end())
            merged->second.receipts = latest;
    }
}

void write_people(Writer& out, const State& state)
{
    out.count(state.customers.size());
    for (const auto& customer : state.customers) {
        customer_fields(out, customer);
        out.count(customer.recent.size());
        for (const auto at : customer.recent) out(at);
        out.count(customer.open.size());
        for (const auto ticket : customer.open) out(ticket);
    }
    out.count(state.agents.size());
    for (const auto& agent : state.agents) {
        const auto skills = state.board[agent.group].has;
        agent_fields(out, agent, skills);
        out.count(agent.wrap_ups.size());
        for (const auto& wrap_up : agent.wrap_ups) wrap_up_fields(out, wrap_up);
    }
    for (const auto& customer : state.customers) out(customer.last_agent);  // agents are known by now
}

void read_people(Reader& in, State& state)
{
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        Customer customer;
        customer_fields(in, customer);
        customer.recent.resize(in.count());
        for (auto& at : customer.recent) in(at);
        customer.open.resize(in.count());
        for (auto& ticket : customer.open) in(ticket);
        if (state.find(customer.id) != nullptr) return in.fail("a customer twice");
        state.add(std::move(customer));
    }
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        Agent agent;
        auto skills = SkillSetId::none;
        agent_fields(in, agent, skills);
        agent.wrap_ups.resize(in.count());
        for (auto& wrap_up : agent.wrap_ups) {
            wrap_up_fields(in, wrap_up);
            if (wrap_up.units < 0 || wrap_up.units > units_max)
                return in.fail("a wrap-up of impossible units");
            agent.used += wrap_up.units;
            if (wrap_up.yields) agent.yielding += wrap_up.units;
        }
        if (state.find(agent.id) != nullptr) return in.fail("an agent twice");
        agent.skills = state.skill_sets.skills(skills);
        agent.group = state.board.group(state.skill_sets, skills);
        state.add(std::move(agent));
    }
    for (auto& customer : state.customers) in(customer.last_agent);
}

void write_dealings(Writer& out, const State& state)
{
    out.count(state.orders.size());
    for (const auto& [id, order] : state.orders.all()) order_fields(out, order);
    out.count(state.contracts.all().size());
    for (const auto& [customer, contracts] : state.contracts.all()) {
        out(customer);
        out.count(contracts.size());
        for (const auto& contract : contracts) contract_fields(out, contract);
    }
    out.count(state.feedback.in_order().size());
    for (const auto& ref : state.feedback.in_order()) out(ref);
}

void read_dealings(Reader& in, State& state)
{
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        Order order;
        order_fields(in, order);
        if (state.orders.find(order.id) != nullptr) return in.fail("an order twice");
        state.orders.add(std::move(order));
    }
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        auto customer = CustomerSlot::none;
        in(customer);
        if (customer == CustomerSlot::none) return in.fail("contracts of nobody");
        for (auto contracts = in.count(); contracts > 0 && in.good(); --contracts) {
            Contract contract;
            contract_fields(in, contract);
            state.contracts.update(contract, customer);
        }
    }
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        ReceiptKey ref;
        in(ref);
        state.feedback.add(ref);
    }
}

template <class Io, class T>
void problem_fields(Io& io, T& problem)
{
    io(problem.id, problem.into, problem.policy, problem.about, problem.opened_at, problem.last_at,
       problem.held, problem.linked, problem.work.action, problem.work.next, problem.work.queue,
       problem.work.text, problem.work.disposition);
}

template <class Io, class T>
void surge_fields(Io& io, T& surge)
{
    io(surge.key.name, surge.key.value, surge.first, surge.last, surge.learnt, surge.problem);
}

template <class Io, class T>
void hour_fields(Io& io, T& hour)
{
    io(hour.hour, hour.week, hour.count, hour.rate, hour.known);
}

void write_problems(Writer& out, const State& state)
{
    out(state.next_problem);
    out.count(state.problems.size());
    for (const auto& [id, problem] : state.problems) {
        problem_fields(out, problem);
        out.count(problem.told.size());
        for (const auto& name : problem.told) out(name);
    }
    out.count(state.surges.all().size());
    for (const auto& [key, surge] : state.surges.all()) {
        surge_fields(out, *surge);
        out.count(surge->recent.size());
        for (const auto& [at, ticket] : surge->recent) out(at, ticket);
        out.count(surge->hours.size());
        for (const auto& hour : surge->hours) hour_fields(out, hour);
    }
}

void read_problems(Reader& in, State& state)
{
    in(state.next_problem);
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        Problem problem;
        problem_fields(in, problem);
        problem.told.resize(in.count());
        for (auto& name : problem.told) in(name);
        const auto id = problem.id;
        if (problem.into == id) in.fail("a problem merged into itself");
        if (!state.problems.emplace(id, std::move(problem)).second) in.fail("a problem twice");
    }
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        Surge surge;
        surge_fields(in, surge);
        surge.recent.resize(in.count());
        for (auto& [at, ticket] : surge.recent) in(at, ticket);
        surge.hours.resize(in.count());
        for (auto& hour : surge.hours) hour_fields(in, hour);
        if (state.surges.find(surge.key) != nullptr) return in.fail("a surge twice");
        state.surges.add(std::move(surge));
    }
}

void write_paces(Writer& out, const State& state)
{
    std::map<std::string_view, Symbol> queues;  // by name: numbers differ from state to state
    for (const auto& [queue, pace] : state.paces) queues.emplace(state.symbols.text(queue), queue);
    out.count(queues.size());
    for (const auto& [name, queue] : queues) {
        const auto& takes = state.paces.at(queue).takes();
        out(queue);
        out.count(takes.size());
        for (const auto& take : takes) out(take.from, take.to);
    }
}

void read_paces(Reader& in, State& state)
{
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        auto queue = Symbol::empty;
        in(queue);
        auto& takes = state.paces[queue].takes();
        if (!takes.empty()) return in.fail("a queue's pace twice");
        takes.resize(in.count());
        if (takes.size() > Pace::takes_max) return in.fail("more takes than are kept");
        for (auto& take : takes) in(take.from, take.to);
    }
}

void write_rulebooks(Writer& out, const State& state)
{
    out.count(state.rulebooks.size());
    for (const auto& rulebook : state.rulebooks) {
        out(rulebook.id, rulebook.digest);
        out.count(rulebook.rules.size());
        for (const auto name : rulebook.rules) out(name);
    }
    out(state.in_force);
}

void read_rulebooks(Reader& in, State& state)
{
    for (auto left = in.count(); left > 0 && in.good(); --left) {
        KnownRulebook rulebook;
        in(rulebook.id, rulebook.digest);
        rulebook.rules.resize(in.count());
        for (auto& name : rulebook.rules) in(name);
        state.rulebooks.push_back(std::move(rulebook));
    }
    in(state.in_force);
}

}  // namespace

Result<void> save(const State& state, const ByteSink& sink)
{
    Writer out(state, sink);
    out.raw(magic);
    out(snapshot_version);
    head_fields(out, state);
    write_rulebooks(out, state);
    write_people(out, state);
    write_dealings(out, state);
    write_problems(out, state);
    write_paces(out, state);
    out.count(state.tickets.size());
    for (const auto& [id, ticket] : state.tickets) write_ticket(out, state, *ticket);
    write_closed(out, state);
    write_ended(out, state);
    return out.finish();
}

std::string save(const State& state)
{
    std::string bytes;
    const auto append = [&](std::string_view piece) -> Result<void> {
        bytes += piece;
        return {};
    };
    check(save(state, append).has_value(), "memory takes every piece");
    return bytes;
}

Result<State> restore(std::string_view bytes)
{
    State state;
    Reader in(state, bytes);
    in.raw(magic);
    std::uint32_t version = 0;
    in(version);
    if (in.good() && version != snapshot_version)
        return fail(ErrorCode::journal_damaged, "snapshot of version " + std::to_string(version) + ", not " +
                                                    std::to_string(snapshot_version));
    head_fields(in, state);
    read_rulebooks(in, state);
    read_people(in, state);
    read_dealings(in, state);
    read_problems(in, state);
    read_paces(in, state);
    for (auto left = in.count(); left > 0 && in.good(); --left) read_ticket(in, state);
    read_closed(in, state);
    read_ended(in, state);
    if (in.good() && !in.at_end()) in.fail("bytes after the end");
    if (!in.good()) return fail(ErrorCode::journal_damaged, "snapshot " + in.failure());
    for (const auto& agent : state.agents) state.seat(agent);
    return state;
}

}  // namespace triaged::desk
