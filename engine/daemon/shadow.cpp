#include "engine/daemon/shadow.hpp"

#include <algorithm>
#include <tuple>

#include <pthread.h>

#include "engine/daemon/log.hpp"
#include "engine/rulebook/compiled.hpp"

namespace triaged::daemon {

namespace {

using rulebook::Rulebook;

// Looking this often costs nothing to speak of, and spares the desk's thread a call to wake ours for each
// ticket.
constexpr auto look_every = std::chrono::milliseconds{20};

std::vector<std::string> names_of(const Rulebook& rulebook, const std::vector<RuleIndex>& rules)
{
    std::vector<std::string> out;
    for (const auto rule : rules) out.push_back(rulebook.rules()[rule].name);
    return out;
}

const rulebook::Effects* effects_of(const Rulebook& rulebook, const std::string& name)
{
    const auto rules = rulebook.rules();
    const auto found = std::find_if(rules.begin(), rules.end(),
                                    [&](const rulebook::RuleInfo& info) { return info.name == name; });
    if (found == rules.end()) return nullptr;
    return &rulebook.compiled().rules[static_cast<std::size_t>(found - rules.begin())].effects;
}

bool same(const rulebook::Effects& a, const rulebook::Effects& b)
{
    // Taken apart whole, so that an effect that is added later does not go unnoticed here.
    const auto& [set, intent, tags, priority, raise, widen, sla, skills, contact_by, queue, notify] = a;
    const bool same_facts =
        std::equal(set.begin(), set.end(), b.set.begin(), b.set.end(),
                   [](const auto& x, const auto& y) { return x.fact == y.fact && x.value == y.value; });
    return same_facts && std::tie(intent, tags, priority, raise, widen, sla, skills, contact_by, queue,
                                  notify) == std::tie(b.intent, b.tags, b.priority, b.raise, b.widen, b.sla,
                                                      b.skills, b.contact_by, b.queue, b.notify);
}

/// What the rules read of a new ticket, and what `rulebook` would have asked of the desk: as it was before
/// the ticket came in.
desk::Evidence evidence_before(const Rulebook& rulebook, const desk::Policies& policies,
                               const desk::State& state, const desk::Ticket& ticket)
{
    auto out = desk::evidence(state, ticket.id).value_or(desk::Evidence{});
    out.ticket.erase("problem");  // which it has joined since, if any
    add_desk_facts(rulebook, policies.desk, state, out.ticket);
    if (!ticket.free()) return out;
    const QueueName queue(state.symbols.text(ticket.queue));
    const auto length = desk_fact(rulebook::DeskMeasure::queue_length, queue).name;
    if (const auto counted = out.ticket.find(length)) {
        const auto others = std::get<double>(*counted) - 1;
        out.ticket.set(length, others);
    }
    return out;
}

/// The rules because of which two decisions differ, as `ShadowReport` calls them.
std::vector<std::string> responsible(const rehearsal::Decided& before, const rehearsal::Decided& after,
                                     const Rulebook& in_force, const Rulebook& candidate)
{
    std::vector<std::string> out;
    for (const auto& name : rehearsal::less(after.fired, before.fired)) out.push_back('+' + name);
    for (const auto& name : rehearsal::less(before.fired, after.fired)) out.push_back('-' + name);
    for (const auto& name : after.fired) {
        const auto* const now = effects_of(candidate, name);
        const auto* const then = effects_of(in_force, name);
        if (now != nullptr && then != nullptr && !same(*now, *then)) out.push_back('~' + name);
    }
    if (out.empty()) out.emplace_back("(order)");
    return out;
}

}  // namespace

Shadow::Shadow()
{
    thread_ = std::thread([this] { run(); });
}

Shadow::~Shadow()
{
    {
        const std::lock_guard lock(waiting_mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Shadow::start(std::shared_ptr<const Rulebook> candidate, Instant now)
{
    stop();
    {
        const std::lock_guard lock(report_mutex_);
        report_ = {};
        report_.candidate = candidate;
        report_.since = now;
    }
    not_compared_ = 0;
    {
        const std::lock_guard lock(waiting_mutex_);
        asked_ = std::move(candidate);
        active_ = true;
    }
    wake_.notify_one();
}

void Shadow::stop()
{
    active_ = false;
    {
        const std::lock_guard lock(waiting_mutex_);
        asked_.reset();
        waiting_.clear();
        waiting_bytes_ = 0;
    }
    const std::lock_guard lock(report_mutex_);
    report_ = {};
}

std::shared_ptr<const Rulebook> Shadow::candidate() const
{
    const std::lock_guard lock(report_mutex_);
    return report_.candidate;
}

ShadowReport Shadow::report() const
{
    const std::lock_guard lock(report_mutex_);
    auto out = report_;
    out.not_compared = not_compared_;
    return out;
}

void Shadow::take(const std::shared_ptr<const desk::Policies>& policies, const desk::State& state,
                  const std::vector<Event>& events)
{
    const TicketOpened* opened = nullptr;
    const TicketRouted* routed = nullptr;
    for (const auto& event : events) {
        if (const auto* const what = std::get_if<TicketOpened>(&event.what)) opened = what;
        const auto* const what = std::get_if<TicketRouted>(&event.what);
        if (what != nullptr && opened != nullptr && what->ticket == opened->ticket) routed = what;
    }
    if (routed == nullptr) return;
    const auto* const ticket = state.find(opened->ticket);
    if (ticket == nullptr) return;
    const auto bytes = opened->contact.subject.size() + opened->contact.body.size() + sizeof(Case);
    const std::unique_lock lock(waiting_mutex_, std::try_to_lock);
    if (!lock || waiting_.size() >= waiting_max || waiting_bytes_ + bytes > waiting_bytes_max) {
        not_compared_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    if (asked_ == nullptr) return;  // stopped meanwhile
    const auto now = events.front().at;
    Case one{policies,
             now,
             opened->contact.ref,
             opened->ticket,
             evidence_before(*asked_, *policies, state, *ticket),
             {},
             routed->routing,
             {}};
    if (ticket->customer != desk::CustomerSlot::none)
        one.entitled = entitled_sla(policies->desk, state, state.customer(ticket->customer).id, now);
    for (const auto& event : events)
        if (const auto* const what = std::get_if<TicketEscalated>(&event.what);
            what != nullptr && what->ticket == opened->ticket)
            one.escalated.push_back(*what);
    waiting_.push_back(std::move(one));
    waiting_bytes_ += bytes;
}

void Shadow::settle()
{
    std::unique_lock lock(waiting_mutex_);
    settled_.wait(lock, [&] { return waiting_.empty() && !comparing_; });
}

void Shadow::run()
{
    pthread_setname_np(pthread_self(), "shadow");
    const sched_param lowest{};
    if (pthread_setschedparam(pthread_self(), SCHED_BATCH, &lowest) != 0)
        spdlog::debug("shadow rules run at ordinary priority");
    for (;;) {
        std::vector<Case> cases;
        {
            std::unique_lock lock(waiting_mutex_);
            comparing_ = false;
            settled_.notify_all();
            if (active_)
                wake_.wait_for(lock, look_every, [&] { return stopping_; });
            else
                wake_.wait(lock, [&] { return stopping_ || active_; });
            if (stopping_) return;
            cases.swap(waiting_);
            waiting_bytes_ = 0;
            comparing_ = true;
        }
        const auto rules = candidate();
        for (const auto& one : cases)
            if (rules && active_) compare(*rules, one);
    }
}

void Shadow::compare(const Rulebook& candidate, const Case& one)
{
    const auto& in_force = *one.in_force->rulebook;
    auto before = rehearsal::decided_of(one.routing, names_of(in_force, one.routing.trace.fired));
    for (const auto& escalated : one.escalated)
        rehearsal::add(before, escalated, in_force.rules()[escalated.rule].name);
    const auto text = candidate.scan(one.evidence.subject, one.evidence.body);
    const auto after = rehearsal::decide_as_new(candidate, one.evidence.as_subject(text), one.at,
                                                one.in_force->desk, one.entitled);
    auto changes = rehearsal::differences(before, after);
    auto rules =
        changes.empty() ? std::vector<std::string>() : responsible(before, after, in_force, candidate);
    const std::lock_guard lock(report_mutex_);
    if (report_.candidate.get() == &candidate) count(one, std::move(changes), std::move(rules));
}

void Shadow::count(const Case& one, std::vector<rehearsal::Difference> changes,
                   std::vector<std::string> rules)
{
    if (const auto against = one.in_force->rulebook->id(); report_.against != against) {
        ShadowReport fresh;
        fresh.candidate = report_.candidate;
        fresh.since = report_.against == RulebookId{} ? report_.since : one.at;
        fresh.against = against;
        report_ = std::move(fresh);
    }
    ++report_.compared;
    if (changes.empty()) return;
    ++report_.differing;
    for (const auto& change : changes) ++report_.kinds[change.what];
    for (const auto& rule : rules) {
        const bool counted = report_.rules.contains(rule) || report_.rules.size() < rules_max;
        ++report_.rules[counted ? rule : "(others)"];
    }
    report_.samples.push_front({one.ticket, one.ref, one.at, std::move(changes), std::move(rules)});
    if (report_.samples.size() > samples_max) report_.samples.pop_back();
}

}  // namespace triaged::daemon
