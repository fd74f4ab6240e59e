// What each event shows in the read model's tables.

#include <utility>

#include <fmt/format.h>

#include "engine/journal/read_model_bind.hpp"
#include "engine/journal/read_model_json.hpp"
#include "engine/journal/read_model_writer.hpp"

namespace triaged::journal {

namespace {

constexpr std::int64_t ms_a_day = 86'400'000;

std::int64_t integer(Seq seq) { return static_cast<std::int64_t>(seq); }

Maybe priority_of(const std::optional<Priority>& priority)
{
    return {priority ? to_string(*priority) : std::string_view()};
}

}  // namespace

/// One event's rows. Every function returns SQLITE_DONE or an error's code.
struct ReadModelWriter::Shower {
    ReadModelWriter& to;
    const Event& event;

    int operator()(const RulebookAdopted& what)
    {
        const std::string id = to_string(what.rulebook);
        auto& known = to.rules_[id];  // may have been in force before, with hits not yet written
        known.names = what.rules;
        known.hits.resize(what.rules.size());
        known.conditions = to.conditions_ ? to.conditions_(what) : ConditionsByRule();
        known.conditions.resize(what.rules.size());
        int code = run(to.at(Sql::put_rulebook), id, what.digest, integer(what.rules.size()), event.at);
        for (std::size_t i = 0; i < what.rules.size() && code == SQLITE_DONE; ++i)
            code = run(to.at(Sql::put_rule), id, integer(i), what.rules[i],
                       Maybe{list_json(known.conditions[i])});
        for (std::size_t i = 0; i < what.sources.size() && code == SQLITE_DONE; ++i)
            code = run(to.at(Sql::put_rule_file), id, what.sources[i].first, what.sources[i].second);
        return code;
    }

    int operator()(const PoliciesAdopted&) { return SQLITE_DONE; }
    int operator()(const InterruptionsAllowed&) { return SQLITE_DONE; }

    int operator()(const CustomerUpdated& what)
    {
        const std::string facts = what.facts.empty() ? "{}" : facts_json(what.facts);
        return run(to.at(Sql::put_customer), what.customer.value, facts, event.at);
    }

    int operator()(const TicketOpened& what)
    {
        to.opened_ = &event;
        return contact(what.ticket, what.contact);
    }

    int operator()(const ContactJoined& what)
    {
        const int code = run(to.at(Sql::count_contact), what.ticket);
        return code == SQLITE_DONE ? contact(what.ticket, what.contact) : code;
    }

    int operator()(const TicketRouted& what)
    {
        const auto& routing = what.routing;
        auto* const known = to.known(routing.rulebook);
        const auto* const names = known == nullptr ? nullptr : &known->names;
        for (const auto rule : routing.trace.fired) count(known, rule, event.at);
        const std::string tags = list_json(routing.tags);
        const std::string skills = skills_json(what.needs);
        const int code = ticket_row(what, Maybe{tags}, Maybe{skills});
        if (code != SQLITE_DONE) return code;
        return run(to.at(Sql::insert_decision), integer(event.seq), what.ticket, event.at,
                   to_string(routing.rulebook), routing.queue.value, to_string(routing.priority),
                   Maybe{routing.intent}, Maybe{routing.sla}, Maybe{routing.contact_by}, Maybe{tags},
                   Maybe{skills}, Maybe{facts_json(routing.enriched)}, fired_json(routing.trace, names),
                   Maybe{near_json(routing.trace, names, known == nullptr ? nullptr : &known->conditions)},
                   Maybe{lost_json(routing.trace, names)});
    }

    int operator()(const TicketEscalated& what)
    {
        auto* const known = to.known(what.rulebook);
        const auto* const names = known == nullptr ? nullptr : &known->names;
        count(known, what.rule, event.at);
        const std::string tags = list_json(what.tags);
        const std::string skills = what.needs ? skills_json(*what.needs) : std::string();
        const Maybe queue{what.queue ? std::string_view(what.queue->value) : std::string_view()};
        const int code = run(to.at(Sql::escalate_ticket), what.ticket, priority_of(what.priority), queue,
                             Maybe{skills}, Maybe{what.contact_by}, what.queued_as, Maybe{tags});
        if (code != SQLITE_DONE) return code;
        return run(to.at(Sql::insert_escalation), integer(event.seq), what.ticket, event.at,
                   to_string(what.rulebook), rule_name(names, what.rule), priority_of(what.priority), queue,
                   Maybe{tags}, Maybe{skills}, Maybe{list_json(what.notify)}, Maybe{what.contact_by});
    }

    int operator()(const RecheckScheduled&) { return SQLITE_DONE; }

    int operator()(const AgentSignedIn& what)
    {
        return run(to.at(Sql::put_agent), what.agent.value, Maybe{what.name}, Maybe{skills_json(what.skills)},
                   std::int64_t{what.capacity}, event.at);
    }

    int operator()(const PresenceSet& what)
    {
        return run(to.at(Sql::put_presence), what.agent.value, to_string(what.presence), Maybe{what.reason},
                   event.at);
    }

    int operator()(const OfferMade& what)
    {
        const int code = run(to.at(Sql::offer_ticket), what.ticket, what.agent.value);
        if (code != SQLITE_DONE) return code;
        return run(to.at(Sql::insert_offer), integer(event.seq), what.ticket, what.agent.value,
                   std::int64_t{what.units}, event.at, what.expires_at, Maybe{losers_json(what.losers)});
    }

    int operator()(const OfferAccepted& what)
    {
        const int code = run(to.at(Sql::assign_ticket), what.ticket, what.agent.value, event.at);
        if (code != SQLITE_DONE) return code;
        return taken(what.ticket, run(to.at(Sql::accept_offer), what.ticket, what.agent.value, event.at));
    }

    int operator()(const OfferDeclined& what)
    {
        return out_of_hands(what.ticket, what.agent, "declined", what.reason);
    }
    int operator()(const OfferExpired& what) { return out_of_hands(what.ticket, what.agent, "expired", {}); }
    int operator()(const OfferWithdrawn& what)
    {
        return out_of_hands(what.ticket, what.agent, "withdrawn", what.why);
    }
    int operator()(const TicketReturned& what)
    {
        return out_of_hands(what.ticket, what.agent, "returned", what.reason);
    }

    int operator()(const TicketCompleted& what)
    {
        int code = run(to.at(Sql::close_ticket), what.ticket, Maybe{what.agent.value},
                       Maybe{what.disposition}, event.at);
        if (code == SQLITE_DONE) code = run(to.at(Sql::deliver_promise), what.ticket, event.at);
        if (code != SQLITE_DONE || what.agent.value.empty()) return code;  // in nobody's hands
        return run(to.at(Sql::end_offer), what.ticket, what.agent.value, "completed", Maybe{}, event.at);
    }

    int operator()(const TicketAbandoned& what)
    {
        return run(to.at(Sql::abandon_ticket), what.ticket, event.at);
    }
    int operator()(const CallbackRequested& what)
    {
        return run(to.at(Sql::call_back_ticket), what.ticket, Maybe{what.number}, what.not_before);
    }
    int operator()(const CallbackDue&) { return SQLITE_DONE; }

    int operator()(const ReceiptsForgotten&) { return SQLITE_DONE; }

    int operator()(const ContactThreaded& what)
    {
        return what.by.empty() ? SQLITE_DONE : run(to.at(Sql::thread_contact), what.ticket, what.by);
    }

    int operator()(const TicketReopened& what) { return run(to.at(Sql::reopen_ticket), what.ticket); }

    int operator()(const TicketMerged& what)
    {
        if (what.into.value == 0) return run(to.at(Sql::unmerge_ticket), what.ticket);
        const int code = run(to.at(Sql::merge_ticket), what.ticket, what.into, event.at);
        return code == SQLITE_DONE ? run(to.at(Sql::place_ticket), what.into, what.queued_as) : code;
    }

    int operator()(const ContactSplit& what)
    {
        const int code = run(to.at(Sql::drop_contact), what.ticket, what.source, what.ref);
        return code == SQLITE_DONE ? run(to.at(Sql::uncount_contact), what.ticket) : code;
    }

    int operator()(const ClosedKept&) { return SQLITE_DONE; }

    int operator()(const TicketReplied& what)
    {
        const int code = run(to.at(Sql::insert_reply), integer(event.seq), what.ticket, event.at,
                             what.agent.value, Maybe{what.body});
        return code == SQLITE_DONE ? run(to.at(Sql::deliver_promise), what.ticket, event.at) : code;
    }

    int operator()(const TicketHeld& what)
    {
        const int code = run(to.at(Sql::end_hold), what.ticket, event.at, "hold");
        if (code != SQLITE_DONE) return code;
        return run(to.at(Sql::insert_hold), integer(event.seq), what.ticket, event.at, what.agent.value,
                   Maybe{what.reason}, MaybeAt{what.until});
    }

    int operator()(const TicketResumed& what)
    {
        return run(to.at(Sql::end_hold), what.ticket, event.at, what.by);
    }

    int operator()(const SlaWarned& what)
    {
        return run(to.at(Sql::warn_sla), what.ticket, to_string(what.target), what.since, what.policy,
                   MaybeAt{what.due}, event.at);
    }

    int operator()(const SlaBreached& what)
    {
        return run(to.at(Sql::breach_sla), what.ticket, to_string(what.target), what.since, what.policy,
                   MaybeAt{what.due}, event.at);
    }

    int operator()(const SlaEnded& what)
    {
        int code = SQLITE_DONE;
        for (const auto& outcome : what.outcomes)
            if (code == SQLITE_DONE)
                code = run(to.at(Sql::end_sla), what.ticket, to_string(outcome.target), outcome.since,
                           what.policy, MaybeAt{outcome.due}, event.at, std::optional(outcome.used),
                           outcome.late);
        return code;
    }

    int operator()(const SurgeCounted&) { return SQLITE_DONE; }

    int operator()(const ProblemOpened& what)
    {
        const bool surge = !what.policy.empty();
        const auto count = surge ? std::optional<std::int64_t>(what.count) : std::nullopt;
        const std::string usual = surge ? fmt::format("{:.3f}", what.usual / 1'000.0) : std::string();
        return run(to.at(Sql::open_problem), what.problem, Maybe{what.policy}, what.about, count,
                   Maybe{usual}, event.at, Maybe{list_json(what.notify)});
    }

    int operator()(const ProblemLinked& what)
    {
        int code = SQLITE_DONE;
        for (const auto ticket : what.tickets) {
            code = run(to.at(Sql::unlink_ticket), what.problem, ticket, event.at);
            if (code != SQLITE_DONE) return code;
            // Who is not one of a problem's any more is not held by it.
            code = run(to.at(Sql::hold_ticket), ticket, std::int64_t{0});
            if (code == SQLITE_DONE && what.problem.value != 0)
                code = run(to.at(Sql::link_ticket), what.problem, ticket, event.at);
            if (code != SQLITE_DONE) return code;
        }
        return code;
    }

    int operator()(const ProblemChanged& what)
    {
        switch (what.action) {
            case ProblemAction::hold:
                return run(to.at(Sql::hold_problem), what.problem, std::int64_t{1});
            case ProblemAction::release:
                return run(to.at(Sql::hold_problem), what.problem, std::int64_t{0});
            case ProblemAction::merge:
                return run(to.at(Sql::merge_problem), what.problem, what.into);
            case ProblemAction::answer:
                return run(to.at(Sql::answer_problem), what.problem, what.text);
            case ProblemAction::close:
                return what.next.value == 0 ? run(to.at(Sql::close_problem), what.problem, event.at)
                                            : SQLITE_DONE;
            case ProblemAction::reroute:
                return SQLITE_DONE;
        }
        return SQLITE_DONE;
    }

    int operator()(const TicketParked& what)
    {
        return run(to.at(Sql::hold_ticket), what.ticket, std::int64_t{what.parked ? 1 : 0});
    }

    int operator()(const TicketAnswered& what)
    {
        return run(to.at(Sql::answer_ticket), what.ticket, event.at);
    }

    int operator()(const NotifyInhibited& what)
    {
        const int code = run(to.at(Sql::inhibit), what.ticket, what.problem, Maybe{list_json(what.notify)});
        if (code != SQLITE_DONE || what.told.empty()) return code;
        return run(to.at(Sql::tell_problem), what.problem, Maybe{list_json(what.told)});
    }

    int operator()(const FeedbackGiven& what)
    {
        return run(to.at(Sql::insert_feedback), integer(event.seq), event.at, what.source, what.ref,
                   Maybe{what.customer.value}, what.ticket, what.nps, what.csat, Maybe{what.text});
    }

    int operator()(const OrderUpdated& what)
    {
        const std::string facts = what.facts.empty() ? "{}" : facts_json(what.facts);
        return run(to.at(Sql::put_order), what.order, Maybe{what.customer.value}, facts, event.at);
    }

    int operator()(const ContractUpdated& what)
    {
        const auto until = what.until == Instant::max() ? std::optional<std::int64_t>() : what.until.ms;
        return run(to.at(Sql::put_contract), what.contract, what.customer.value, Maybe{what.sla}, until,
                   event.at);
    }

    int operator()(const TicketAssigned& what)
    {
        const int code = run(to.at(Sql::assign_ticket), what.ticket, what.agent.value, event.at);
        if (code != SQLITE_DONE) return code;
        return taken(what.ticket, run(to.at(Sql::insert_given), integer(event.seq), what.ticket,
                                      what.agent.value, std::int64_t{what.units}, event.at, what.by));
    }

    int operator()(const TicketMoved& what)
    {
        int code = SQLITE_DONE;
        if (!what.from.value.empty()) code = out_of_hands(what.ticket, what.from, "moved", what.by);
        if (code == SQLITE_DONE)
            code = run(to.at(Sql::insert_move), integer(event.seq), what.ticket, event.at,
                       Maybe{what.from.value}, what.queue.value, what.by, Maybe{what.note});
        if (code != SQLITE_DONE) return code;
        return run(to.at(Sql::move_ticket), what.ticket, what.queue.value, Maybe{skills_json(what.needs)},
                   what.queued_as);
    }

    int operator()(const WrapUpStarted& what)
    {
        return run(to.at(Sql::insert_wrap_up), integer(event.seq), what.agent.value, what.ticket,
                   std::int64_t{what.units}, event.at, what.until);
    }

    int operator()(const WrapUpEnded& what)
    {
        return run(to.at(Sql::end_wrap_up), what.agent.value, what.ticket, event.at);
    }

    int operator()(const AgentSeen&) { return SQLITE_DONE; }

    int operator()(const TicketWidened& what)
    {
        const auto skills = skills_json(what.needs);
        const int code = run(to.at(Sql::set_needs), what.ticket, Maybe{skills});
        if (code != SQLITE_DONE) return code;
        return run(to.at(Sql::insert_widening), integer(event.seq), what.ticket, event.at,
                   std::int64_t{what.step}, Maybe{skills});
    }

    int operator()(const PromiseMade& what)
    {
        return run(to.at(Sql::insert_promise), integer(event.seq), what.ticket, event.at, what.answer_by,
                   what.why);
    }

    int operator()(const WaitTold& what)
    {
        return run(to.at(Sql::insert_promise), integer(event.seq), what.ticket, event.at, what.taken_by,
                   "wait");
    }

    /// Writes the ticket that was opened but has not been routed.
    int unrouted()
    {
        return to.opened_ ? new_ticket({}, {}, {}, {}, {}, {}, {}, Instant::max()) : SQLITE_DONE;
    }

private:
    /// Somebody has it now, if so far all is well.
    int taken(TicketId ticket, int code)
    {
        return code == SQLITE_DONE ? run(to.at(Sql::end_told_wait), ticket, event.at) : code;
    }

    int contact(TicketId ticket, const Contact& contact)
    {
        return run(to.at(Sql::insert_contact), integer(event.seq), ticket, contact.at, contact.source,
                   contact.ref, to_string(contact.channel), Maybe{contact.customer.value},
                   Maybe{contact.subject}, Maybe{contact.body}, Maybe{facts_json(contact.facts)});
    }

    int ticket_row(const TicketRouted& what, Maybe tags, Maybe skills)
    {
        const auto& routing = what.routing;
        const Maybe queue{routing.queue.value}, priority{to_string(routing.priority)};
        const auto* const opened = to.opened_ ? std::get_if<TicketOpened>(&to.opened_->what) : nullptr;
        if (opened && opened->ticket == what.ticket)
            return new_ticket(queue, priority, Maybe{routing.intent}, tags, skills, Maybe{routing.sla},
                              Maybe{routing.contact_by}, what.queued_as);
        return run(to.at(Sql::route_ticket), what.ticket, queue, priority, Maybe{routing.intent}, tags,
                   skills, Maybe{routing.sla}, Maybe{routing.contact_by}, what.queued_as);
    }

    /// The row of the ticket in `opened_`.
    int new_ticket(Maybe queue, Maybe priority, Maybe intent, Maybe tags, Maybe skills, Maybe sla,
                   Maybe contact_by, Instant queued_as)
    {
        const Event& at = *std::exchange(to.opened_, nullptr);
        const auto& opened = std::get<TicketOpened>(at.what);
        const auto& contact = opened.contact;
        return run(to.at(Sql::insert_ticket), opened.ticket, to_string(contact.channel),
                   Maybe{contact.customer.value}, Maybe{contact.subject}, contact.source, contact.ref,
                   opened.follows, at.at, queue, priority, intent, tags, skills, sla, contact_by, queued_as);
    }

    /// The agent no longer has it; it waits again, unless others are offered it.
    int out_of_hands(TicketId ticket, const AgentId& agent, std::string_view outcome, std::string_view reason)
    {
        const int code = run(to.at(Sql::end_offer), ticket, agent.value, outcome, Maybe{reason}, event.at);
        return code == SQLITE_DONE ? run(to.at(Sql::free_ticket), ticket) : code;
    }
};

Result<void> ReadModelWriter::show(std::span<const Event> events)
{
    opened_ = nullptr;
    int code = SQLITE_DONE;
    for (const Event& event : events) {
        Shower shower{*this, event};
        if (const auto day = event.at.ms / ms_a_day; day != day_) {
            code = write_hits();
            day_ = day;
            if (code != SQLITE_DONE) return database_->failure("counting hits of rules");
        }
        // A new ticket's row waits for the event after it and no longer: any other may want to change it.
        if (!std::holds_alternative<TicketRouted>(event.what)) code = shower.unrouted();
        if (code == SQLITE_DONE) code = std::visit(shower, event.what);
        if (code != SQLITE_DONE)
            return database_->failure(fmt::format("showing seq {} ({})", event.seq, name_of(event.what)));
    }
    if (opened_ && Shower{*this, *opened_}.unrouted() != SQLITE_DONE)
        return database_->failure("showing a ticket");
    if (write_hits() != SQLITE_DONE) return database_->failure("counting hits of rules");
    return {};
}

}  // namespace triaged::journal
