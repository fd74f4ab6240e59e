#include "engine/forecast/floor.hpp"

#include <algorithm>

#include "engine/desk/sla.hpp"

namespace triaged::forecast {

namespace {

QueueName queue_of(const desk::State& state, const desk::Ticket& ticket)
{
    return QueueName(state.symbols.text(ticket.queue));
}

}  // namespace

std::optional<Instant> first_response_due(const DeskPolicy& policy, const desk::State& state,
                                          const desk::Ticket& ticket)
{
    const auto ledger = desk::ledger_of(ticket);
    const auto clock =
        sla_clock(policy, desk::terms_of(policy, state, ticket), SlaTarget::first_response, ledger);
    if (!clock) return std::nullopt;
    return due_at(*clock);
}

Floor::Floor(const desk::Policies& policies, desk::State&& state, Instant from, People people,
             std::vector<Shift> shifts)
    : policies_(policies),
      state_(std::move(state)),
      now_(std::max(from, state_.at)),
      from_(now_),
      people_(std::move(people)),
      shifts_(std::move(shifts))
{
    std::stable_sort(shifts_.begin(), shifts_.end(),
                     [](const Shift& a, const Shift& b) { return a.at < b.at; });
    desk::policies_changed(state_);
    take_up();
}

void Floor::plan(Duration in, What what, TicketId ticket)
{
    const auto token = ++planned_;
    (what == What::give_up ? patience_ : acting_)[ticket] = token;
    due_.push({now_ + std::max(in, Duration{0}), token, what, ticket, token});
}

/// Plans for what is under way when play begins.
void Floor::take_up()
{
    for (const auto& [id, ticket] : state_.tickets) {
        if (ticket->phase == TicketPhase::offered) plan(people_.answer(state_, *ticket), What::accept, id);
        if (ticket->phase == TicketPhase::assigned)
            plan(people_.rest(state_, *ticket, now_), What::complete, id);
        if (ticket->phase != TicketPhase::assigned) watch(*ticket);
    }
    const auto& rulebook = *policies_.rulebook;
    if (state_.rulebook(state_.in_force) == rulebook.id()) return;
    happen(AdoptRulebook{rulebook.id(), rulebook.digest(), rulebook.rule_names(), {}});
}

void Floor::watch(const desk::Ticket& ticket)
{
    if (!is_live(ticket.channel) || ticket.callback() != nullptr) return;
    if (const auto patience = people_.patience(state_, ticket)) plan(*patience, What::give_up, ticket.id);
}

std::vector<Wait> Floor::play(Instant until)
{
    auto contact = people_.next_contact();
    for (;;) {
        auto next = until;
        if (contact) next = std::min(next, contact->at);
        if (next_shift_ < shifts_.size()) next = std::min(next, shifts_[next_shift_].at);
        if (!due_.empty()) next = std::min(next, due_.top().at);
        tick_until(next);
        now_ = std::max(now_, next);
        if (next_shift_ < shifts_.size() && shifts_[next_shift_].at <= now_ && now_ < until) {
            shift(shifts_[next_shift_++]);
        } else if (!due_.empty() && due_.top().at <= now_ && now_ < until) {
            const auto due = due_.top();
            due_.pop();
            carry_out(due);
        } else if (contact && contact->at <= now_ && now_ < until) {
            come(*contact);
            contact = people_.next_contact();
        } else {
            break;
        }
    }
    for (const auto& [id, ticket] : state_.tickets)
        if (ticket->phase != TicketPhase::assigned) note(*ticket, Wait::End::going_on);
    return std::move(waits_);
}

/// Lets everything fall due that does so before `at`.
void Floor::tick_until(Instant at)
{
    while (next_deadline(policies_, state_) < at) {
        now_ = std::max(now_, next_deadline(policies_, state_));
        const auto head = state_.head;
        happen(Tick{});
        if (state_.head == head) return;  // nothing came of it: it will not do so now
    }
}

void Floor::come(const Coming& coming)
{
    const auto source = coming.contact.source;
    const auto ref = coming.contact.ref;
    if (coming.joined)
        happen(ReceiveContact{people_.played_as(coming.recorded), coming.contact, {}, {}});
    else
        happen(ReceiveTicket{coming.contact, {}, {}});
    if (coming.recorded.value == 0) return;
    if (const auto answer = first_answer(state_, source, ref))
        people_.placed(coming.recorded, answer->ticket);
}

void Floor::shift(const Shift& shift)
{
    if (shift.comes) return happen(SignInAgent(shift.agent));
    // Who goes takes nothing new and finishes what they have.
    if (state_.find(shift.agent.agent) != nullptr)
        happen(SetPresence{shift.agent.agent, Presence::away, "end of shift"});
}

void Floor::carry_out(const Due& due)
{
    const auto& plans = due.what == What::give_up ? patience_ : acting_;
    const auto plan = plans.find(due.ticket);
    if (plan == plans.end() || plan->second != due.token) return;
    const auto* const ticket = state_.find(due.ticket);
    if (ticket == nullptr) return;
    if (due.what == What::give_up) {
        if (ticket->phase != TicketPhase::assigned && ticket->callback() == nullptr)
            happen(AbandonTicket{due.ticket, {}, {}});
        return;
    }
    const auto wanted = due.what == What::accept ? TicketPhase::offered : TicketPhase::assigned;
    if (ticket->phase != wanted) return;
    const auto agent = state_.agent(ticket->agent).id;
    if (due.what == What::complete) return happen(CompleteTicket{agent, due.ticket, {}});
    if (now_ < ticket->expires_at) happen(AcceptOffer{agent, due.ticket});
}

void Floor::happen(Command&& command)
{
    // What a ticket was before it leaves is gone afterwards.
    if (const auto* const abandoned = std::get_if<AbandonTicket>(&command))
        if (const auto* const ticket = state_.find(abandoned->ticket)) note(*ticket, Wait::End::abandoned);
    if (const auto* const accepted = std::get_if<AcceptOffer>(&command))
        if (const auto* const ticket = state_.find(accepted->ticket)) note(*ticket, Wait::End::accepted);
    const auto events = desk::step(policies_, state_, std::move(command), now_);
    if (!events) return;  // as a recorded contact that is no longer possible
    for (const auto& event : *events) see(event);
}

void Floor::see(const Event& event)
{
    people_.seen(event);
    if (const auto* const offer = std::get_if<OfferMade>(&event.what)) {
        if (const auto* const ticket = state_.find(offer->ticket))
            plan(people_.answer(state_, *ticket), What::accept, offer->ticket);
    } else if (const auto* const accepted = std::get_if<OfferAccepted>(&event.what)) {
        patience_.erase(accepted->ticket);
        if (const auto* const ticket = state_.find(accepted->ticket))
            plan(people_.work(state_, *ticket, now_), What::complete, accepted->ticket);
    } else if (const auto* const opened = std::get_if<TicketOpened>(&event.what)) {
        if (const auto* const ticket = state_.find(opened->ticket)) watch(*ticket);
    } else if (const auto* const reopened = std::get_if<TicketReopened>(&event.what)) {
        if (const auto* const ticket = state_.find(reopened->ticket)) watch(*ticket);
    }
}

void Floor::note(const desk::Ticket& ticket, Wait::End end)
{
    Wait wait{ticket.id, queue_of(state_, ticket), ticket.waiting_since, now_ - ticket.waiting_since, end,
              {}};
    if (wait.lasted < Duration{0}) wait.lasted = Duration{0};  // to be called later
    const auto due = first_response_due(policies_.desk, state_, ticket);
    if (due && *due < now_ && *due >= from_) wait.breached_at = due;
    waits_.push_back(std::move(wait));
}

}  // namespace triaged::forecast
