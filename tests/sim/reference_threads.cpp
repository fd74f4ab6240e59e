// The reference: how contacts find tickets, and keep their answers.

#include "tests/sim/reference.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace triaged::sim {

namespace {

/// All of an answer, in a form that outlives the state it was read from.
std::string in_words(const desk::FirstAnswer& answer)
{
    return fmt::format("{} {} {} {} {} [{}] {} {}", to_string(answer.ticket), answer.seq, answer.queue,
                       to_string(answer.priority), to_string(answer.rulebook), fmt::join(answer.rules, ","),
                       answer.joined, to_string(answer.follows));
}

}  // namespace

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
    must(!known_.contains(key) || forgotten_.contains(key), "contact {} counted twice", contact.ref);
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
        const auto found = noted_.find({key.name, key.value});
        return found == noted_.end() ? nullptr : &found->second.back();
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
    for (const auto& key : what.keys) noted_[{key.name, key.value}].push_back({what.ticket, event.at});
}

void Reference::on(const desk::Policies&, const Event& event, const TicketMerged& what)
{
    if (what.into.value == 0) {
        must(merged_.contains(what.ticket) && !ended_.contains(what.ticket), "only a merge can be undone");
        auto& back = open_[what.ticket] = merged_.at(what.ticket).ticket;
        back.leave_out(merged_.at(what.ticket).at, event.at);
        touch(what.ticket);
        merged_.erase(what.ticket);
        forwarded_.erase(what.ticket);
        return;
    }
    const auto& from = ticket(what.ticket);
    auto& into = ticket(what.into);
    must(what.ticket != what.into, "no ticket is merged into itself");
    must(from.phase == TicketPhase::waiting, "a ticket that is merged is in nobody's hands");
    must(what.queued_as == std::min(from.queued_as, into.queued_as), "the better place of the two counts");
    if (what.queued_as < into.queued_as) into.lent[what.queued_as] = into.queued_as;
    into.queued_as = what.queued_as;
    into.came = std::min(into.came, from.came);
    auto& merged = merged_[what.ticket] = {what.into, from, event.at};
    if (from.parked) merged.ticket.leave_out(from.parked_since, event.at);
    merged.ticket.parked = false;
    open_.erase(what.ticket);
    forwarded_.insert(what.ticket);
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

void Reference::on(const desk::Policies& policies, const Event& event, const ReceiptsForgotten& what)
{
    must(what.before <= event.at - policies.desk.receipts_kept, "receipts are kept as long as configured");
    const auto gone = [&](TicketId id) { return ended_.contains(id) && ended_.at(id) < what.before; };
    for (auto noted = noted_.begin(); noted != noted_.end();) {
        std::erase_if(noted->second, [&](const Noted& one) { return gone(one.ticket); });
        noted = noted->second.empty() ? noted_.erase(noted) : std::next(noted);
    }
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
        must(answer.has_value() && answer->ticket == known_.at({source, ref}), "contact {} has no answer",
             ref);
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
        must(now.has_value() && in_words(*now) == answer, "contact {} has another answer", key.second);
    }
    for (const auto& [source, ref] : forgotten_)
        must(!first_answer(state, source, ref).has_value(), "contact {} is not forgotten", ref);
}

}  // namespace triaged::sim
