#include "engine/daemon/sequencer.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "engine/channels/reply.hpp"
#include "engine/config/clock.hpp"
#include "engine/daemon/answers.hpp"
#include "engine/daemon/explain.hpp"
#include "engine/daemon/log.hpp"
#include "engine/daemon/reports.hpp"
#include "engine/desk/sla.hpp"
#include "engine/desk/views.hpp"
#include "engine/desk/why_not.hpp"
#include "engine/journal/codec.hpp"

namespace triaged::daemon {

namespace {

using channels::ReplyLine;

// However much falls due at once, replies are not kept waiting for all of it.
constexpr int ticks_a_turn_max = 8;

// Events that are worth a commit by themselves, whatever may be about to join them.
constexpr std::uint32_t commit_events_min = 64;

// Of one problem; the read model has them all.
constexpr std::size_t problem_tickets_shown_max = 200;

// The wall clock may be set; the wait for a deadline looks at it at least this often.
constexpr auto longest_wait = std::chrono::seconds{1};

}  // namespace

Sequencer::Sequencer(asio::io_context& io, desk::State state, std::shared_ptr<const desk::Policies> policies,
                     Mailbox& mailbox, JournalThread& journal, Metrics& metrics, Hooks hooks)
    : strand_(asio::make_strand(io)),
      timer_(strand_),
      state_(std::move(state)),
      policies_(std::move(policies)),
      mailbox_(mailbox),
      journal_(journal),
      metrics_(metrics),
      hooks_(std::move(hooks)),
      now_(state_.at)
{}

Sequencer::~Sequencer() { check(ended_, "the sequencer is stopped before it goes"); }

void Sequencer::start()
{
    mailbox_.on_arrival([this] { asio::dispatch(strand_, [this] { take_in(); }); });
    asio::post(strand_, [this] {
        look_at_clock();
        adopt_policies();
        set_unconnected_agents_away();
        turn();
    });
}

void Sequencer::journal_idle() { ask_for_turn(); }

void Sequencer::stop()
{
    stopping_ = true;
    ask_for_turn();
    all_durable_.acquire();
}

/// It comes after what the I/O threads have at hand.
void Sequencer::ask_for_turn()
{
    asio::post(strand_, [this] { turn(); });
}

/// Decides what has come at once, while it is in the caches of the processor that has read it. It becomes
/// durable with what other sessions are about to bring.
void Sequencer::take_in()
{
    if (ended_) return;
    work();
    if (!std::exchange(turn_is_due_, true)) ask_for_turn();
}

void Sequencer::turn()
{
    if (ended_) return;
    turn_is_due_ = false;
    work();
    look_at_clock();
    tick_if_due();
    hand_over_if_idle();
    set_alarm();
    ended_ = stopping_ && open_.empty() && taken_.empty() && journal_.idle() && mailbox_.empty();
    if (!ended_) return;
    timer_.cancel();
    all_durable_.release();
}

/// Deals with what a full batch has held up, then with what has come since.
void Sequencer::work()
{
    if (!work_off()) return;
    taken_ = mailbox_.take();
    work_off();
}

/// Deals with what was taken. \return false if the batch is full before all is done: then the journal's next
/// idleness goes on with it.
bool Sequencer::work_off()
{
    for (; next_ < taken_.size(); ++next_) {
        if (batch_full()) return false;
        look_at_clock();
        std::visit([&](auto& content) { handle(content); }, taken_[next_]);
        if (open_.batch.count >= commit_events_min || batch_full()) hand_over_if_idle();
    }
    taken_.clear();
    next_ = 0;
    return true;
}

/// Sees to it that there is a turn when something falls due.
void Sequencer::set_alarm()
{
    const auto due = next_deadline(*policies_, state_);
    if (due == Instant::max() || batch_full()) return;
    const auto at =
        std::chrono::steady_clock::now() + std::clamp<Duration>(due - now_, Duration{0}, longest_wait);
    if (alarm_ && *alarm_ <= at) return;
    alarm_ = at;
    timer_.expires_at(at);
    timer_.async_wait([this](const boost::system::error_code& set_anew) {
        if (set_anew) return;
        alarm_.reset();
        turn();
    });
}

void Sequencer::look_at_clock() { now_ = std::max(now_, wall_clock()); }

void Sequencer::tick_if_due()
{
    for (int ticks = 0; ticks < ticks_a_turn_max && !batch_full(); ++ticks) {
        const auto due = next_deadline(*policies_, state_);
        if (due > now_) return;
        const auto late_by = std::max<Duration>(Duration{0}, now_ - due);  // after a stop, by all of it
        metrics_.timer_late_ms.record(static_cast<std::uint64_t>(late_by.count()));
        if (!command_itself(Tick{})) return;
    }
}

void Sequencer::handle(Parcel& parcel)
{
    for (auto& item : parcel.items) carry_out(parcel.peer, item);
    open_.received.push_back({parcel.received_at, parcel.items.size()});
}

void Sequencer::carry_out(const PeerPtr& peer, Item& item)
{
    auto& delivery = delivery_for(peer);
    delivery.weight += item.weight;
    auto& out = delivery.bytes;
    std::visit(
        [&](auto& errand) {
            using T = std::decay_t<decltype(errand)>;
            if constexpr (std::is_same_v<T, ReadyReply>) {
                out += errand.line;
            } else if constexpr (std::is_same_v<T, Command>) {
                decide(peer, item, errand);
            } else if constexpr (std::is_same_v<T, channels::Ping>) {
                reply_ping(out, item.id);
            } else if constexpr (std::is_same_v<T, channels::ExplainTicket>) {
                explain(peer, item, errand);
            } else if constexpr (std::is_same_v<T, channels::ShowTicket>) {
                show(out, item, errand.ticket);
            } else if constexpr (std::is_same_v<T, channels::ShowProblem>) {
                show(out, item, errand.problem);
            } else if constexpr (std::is_same_v<T, channels::ShowSla>) {
                show_sla(out, item, errand.ticket);
            } else if constexpr (std::is_same_v<T, channels::Watch>) {
                watch(peer, item, errand);
            } else {
                ReplyLine reply(out, item.id);
                if constexpr (std::is_same_v<T, channels::ShowQueues>)
                    report_queues(reply, queue_views(policies_->desk, state_, now_), now_);
                else if constexpr (std::is_same_v<T, channels::ShowProblems>)
                    report_problems(reply, problem_views(state_, 0), now_);
                else if constexpr (std::is_same_v<T, channels::ShowAgents>)
                    report_agents(reply, agent_views(state_), now_);
                else
                    report_stats(reply, metrics_, totals(state_));
            }
        },
        item.errand);
}

void Sequencer::decide(const PeerPtr& peer, const Item& item, Command& command)
{
    if (auto* const ticket = std::get_if<ReceiveTicket>(&command)) ticket->contact.at = now_;
    if (auto* const contact = std::get_if<ReceiveContact>(&command)) contact->contact.at = now_;
    const auto events = step(*policies_, state_, std::move(command), now_);
    if (!events) {
        metrics_.error(events.error().code);
        append_desk_refusal(delivery_for(peer).bytes, item.id, item.line, command, events.error());
        return;
    }
    append_answer(delivery_for(peer).bytes, item.id, state_, command, *events);
    count_outcome(metrics_, command, *events);
    if (const auto* const sign_in = std::get_if<SignInAgent>(&command)) connect_agent(peer, sign_in->agent);
    take_events(*events, peer.get());
}

void Sequencer::reply_ping(std::string& out, const std::string& id) const
{
    ReplyLine(out, id)
        .field("op", "ping")
        .field("desk", policies_->desk.desk)
        .field("rulebook", to_string(policies_->rulebook->id()));
}

/// Found here, worked out where the reply is delivered: every rule's verdict takes a while.
void Sequencer::explain(const PeerPtr& peer, const Item& item, const channels::ExplainTicket& request)
{
    auto& delivery = delivery_for(peer);
    const auto ticket = request.ticket;
    if (!request.agent.value.empty()) return explain_agent(delivery.bytes, item, request);
    auto found = evidence(state_, ticket);
    const auto* const kept = state_.find(ticket);
    if (!found || kept == nullptr) return refuse_unknown(delivery.bytes, item, ticket);
    add_desk_facts(*policies_->rulebook, policies_->desk, state_, found->ticket);
    auto clocks = desk::clocks_of(policies_->desk, *kept, now_);
    const std::vector<Span> pauses(clocks.ledger.pauses.begin(), clocks.ledger.pauses.end());
    delivery.late = [found = std::move(*found), decided = ticket_view(state_, ticket), clocks, pauses,
                     id = item.id, policies = policies_](std::string& out) mutable {
        clocks.ledger.pauses = pauses;  // the ticket's own may be gone by now
        explain_ticket(out, id, *policies->rulebook, found, clocks, decided);
    };
}

void Sequencer::explain_agent(std::string& out, const Item& item, const channels::ExplainTicket& request)
{
    const auto answer = why_not(policies_->desk, state_, request.ticket, request.agent, now_);
    if (answer) {
        ReplyLine reply(out, item.id);
        return report_why_not(reply, request.ticket, request.agent, *answer);
    }
    refuse(out, item, answer.error(), {});
}

void Sequencer::show(std::string& out, const Item& item, TicketId ticket)
{
    const auto view = ticket_view(state_, ticket);
    if (!view) return refuse_unknown(out, item, ticket);
    ReplyLine reply(out, item.id);
    report_ticket(reply, *view, now_);
}

void Sequencer::show(std::string& out, const Item& item, ProblemId problem)
{
    const auto view = problem_view(state_, problem, problem_tickets_shown_max);
    if (!view)
        return refuse(out, item,
                      {ErrorCode::bad_value, fmt::format("no open problem {}", to_string(problem))},
                      "problem");
    ReplyLine reply(out, item.id);
    report_problems(reply, {*view}, now_);
}

void Sequencer::show_sla(std::string& out, const Item& item, TicketId ticket)
{
    const auto views = sla_views(policies_->desk, state_, ticket, now_);
    if (!views) return refuse_unknown(out, item, ticket);
    ReplyLine reply(out, item.id);
    report_sla(reply, *ticket_view(state_, ticket), *views, now_);
}

void Sequencer::watch(const PeerPtr& peer, const Item& item, const channels::Watch& request)
{
    const Seq from = std::min(request.from.value_or(state_.head), state_.head);
    ReplyLine(delivery_for(peer).bytes, item.id).field("seq", from);
    open_.departures.afterwards.push_back(
        [this, peer, from, events = request.events] { hooks_.watch(peer, from, events); });
}

void Sequencer::refuse_unknown(std::string& out, const Item& item, TicketId ticket)
{
    refuse(out, item, {ErrorCode::unknown_ticket, fmt::format("no open ticket {}", to_string(ticket))},
           "ticket");
}

void Sequencer::refuse(std::string& out, const Item& item, Error error, std::string field)
{
    auto refusal = channels::Refusal{};
    refusal.error = std::move(error);
    refusal.id = item.id;
    refusal.field = std::move(field);
    metrics_.error(refusal.error.code);
    append_refusal(out, refusal, item.line);
}

void Sequencer::handle(PeerClosed& closed)
{
    hooks_.unwatch(closed.peer->number);
    for (const auto& agent : closed.peer->agents) {
        auto& peers = connections_[agent];
        std::erase(peers, closed.peer);
        if (!peers.empty()) continue;
        connections_.erase(agent);
        const auto view = agent_view(state_, agent);
        if (view && view->presence == Presence::available)
            command_itself(SetPresence{agent, Presence::away, "connection closed", true});
    }
    closed.peer->agents.clear();
}

void Sequencer::handle(Adopt& adopt)
{
    policies_ = std::move(adopt.policies);
    policies_changed(state_);
    adopt_policies();
    if (adopt.adopted) adopt.adopted();
}

void Sequencer::handle(Inspect& inspect) { inspect.look(*policies_, state_); }

/// The desk says what of it is news, be it after a reload or because it was started with another
/// configuration.
void Sequencer::adopt_policies()
{
    const auto& rulebook = *policies_->rulebook;
    const auto timing = state_.policies;
    const bool newer = state_.rulebook(state_.in_force) != rulebook.id();
    auto command = AdoptRulebook{rulebook.id(), rulebook.digest(), rulebook.rule_names(), {}};
    if (newer)
        for (const auto& source : rulebook.sources()) command.sources.emplace_back(source.file, source.text);
    command_itself(command);
    if (newer)
        spdlog::info("rulebook {} is in force: {} rules", to_string(rulebook.id()), rulebook.rules().size());
    if (state_.policies != timing)
        spdlog::info("promises, hours or queues have changed: open tickets are looked at again");
}

/// After a restart nobody is connected, so nobody would see an offer.
void Sequencer::set_unconnected_agents_away()
{
    for (const auto& agent : agent_views(state_))
        if (agent.presence == Presence::available)
            command_itself(SetPresence{agent.id, Presence::away, "daemon restarted", true});
}

bool Sequencer::command_itself(const Command& command)
{
    const auto events = step(*policies_, state_, command, now_);
    if (!events) {
        spdlog::error("the desk refused its own command: {}", events.error().message);
        return false;
    }
    take_events(*events, nullptr);
    return !events->empty();
}

void Sequencer::take_events(const std::vector<Event>& events, const Peer* asked_by)
{
    auto& batch = open_.batch;
    for (const auto& event : events) {
        if (batch.count == 0) batch.first_seq = event.seq;
        check(event.seq == batch.first_seq + batch.count, "events follow each other");
        ++batch.count;
        if (const auto* const breach = std::get_if<SlaBreached>(&event.what)) count_breach(*breach);
        journal::encode(event, batch.body);
        push(event, asked_by);
    }
    batch.at = now_;
    hooks_.decided(policies_, state_, events);
}

void Sequencer::count_breach(const SlaBreached& breach)
{
    const auto view = ticket_view(state_, breach.ticket);
    metrics_.breach(to_string(breach.target), view ? view->routing.queue.value : std::string());
}

void Sequencer::push(const Event& event, const Peer* asked_by)
{
    const auto* const agent = agent_to_tell(event);
    if (agent == nullptr) return;
    const auto found = connections_.find(*agent);
    if (found == connections_.end()) return;
    for (const auto& peer : found->second) {
        if (peer.get() == asked_by && is_own_doing(event)) continue;
        append_push(delivery_for(peer).bytes, state_, event);
    }
}

void Sequencer::connect_agent(const PeerPtr& peer, const AgentId& agent)
{
    auto& peers = connections_[agent];
    if (std::find(peers.begin(), peers.end(), peer) != peers.end()) return;
    peers.push_back(peer);
    peer->agents.push_back(agent);
}

Delivery& Sequencer::delivery_for(const PeerPtr& peer)
{
    const bool in_batch = peer->batch == batch_number_;
    // What is worked out late comes after the bytes beside it, so what follows needs a delivery of its own.
    if (!in_batch || open_.departures.dispatches[peer->place].delivery.late) {
        peer->batch = batch_number_;
        peer->place = open_.departures.dispatches.size();
        open_.departures.dispatches.push_back({peer, {}});
    }
    return open_.departures.dispatches[peer->place].delivery;
}

bool Sequencer::batch_full() const
{
    return open_.batch.count >= batch_events_max || open_.batch.body.size() >= batch_bytes_max;
}

void Sequencer::hand_over_if_idle()
{
    if (open_.empty() || !journal_.idle()) return;
    open_ = journal_.submit(std::move(open_));
    ++batch_number_;
}

}  // namespace triaged::daemon
