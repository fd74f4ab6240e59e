#include "tests/sim/simulation.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/desk/snapshot.hpp"
#include "engine/journal/codec.hpp"

namespace triaged::sim {

using namespace std::chrono_literals;

namespace {

const std::string classify = R"(stage: classify
rules:
  - rule: damaged
    when: {text: [broken, damaged, "in pieces"]}
    then: {intent: damaged, tags: [damaged]}
  - rule: money
    when: {text: [refund, "charged twice"]}
    then: {intent: refund, tags: [money]}
)";
const std::string prioritise = R"(stage: prioritise
rules:
  - rule: vip
    when: {customer.tier: vip}
    then: {priority: urgent}
  - rule: many-contacts
    when: {customer.contacts: {at_least: 4}}
    then: {priority: high, tags: [frequent]}
  - rule: german
    when: {language: de}
    then: {skills: {german: 2}}
  - rule: calls
    when: {channel: phone}
    then: {priority: high}
)";
const std::string route = R"(stage: route
rules:
  - rule: to-returns
    when: {intent: damaged}
    then: {queue: returns}
  - rule: to-billing
    when: {intent: refund}
    then: {queue: billing, skills: {billing: 2}}
  - rule: to-general
    then: {queue: general}
)";
const std::string escalate_one = R"(stage: escalate
rules:
  - rule: late
    when: {waiting: {at_least: 2m}}
    then: {raise: 1, tags: [late], notify: [floor-lead]}
  - rule: returns-to-floor
    when: {queue: returns, waiting: {at_least: 5m}}
    then: {queue: floor}
  - rule: fraud
    when: {text: fraud}
    then: {priority: urgent, skills: {senior: 1}}
  - rule: after-late
    when: {tag: late, age: {at_least: 20m}}
    then: {contact_by: phone}
)";
const std::string escalate_two = R"(stage: escalate
rules:
  - rule: billing-to-floor
    when: {queue: billing, waiting: {at_least: 3m}}
    then: {queue: floor, skills: {senior: 1}}
  - rule: late
    when: {waiting: {at_least: 1m}}
    then: {raise: 1, notify: [floor-lead]}
  - rule: silent
    when: {idle: {at_least: 30m}}
    then: {tags: [silent]}
)";

std::shared_ptr<const rulebook::Rulebook> load(const std::string& escalate)
{
    rulebook::Vocabulary words;
    for (const auto* queue : {"returns", "billing", "general", "floor"})
        words.queues.insert(QueueName(queue));
    words.skills = {"returns", "billing", "german", "senior"};
    words.leads = {"floor-lead"};
    std::vector<Diagnostic> found;
    auto loaded = rulebook::Rulebook::load(
        {{"a.yaml", classify}, {"b.yaml", prioritise}, {"c.yaml", route}, {"d.yaml", escalate}}, words,
        found);
    if (!loaded) throw std::logic_error(render(found, false));
    return loaded;
}

DeskPolicy policy()
{
    DeskPolicy policy;
    const auto add = [&](const char* name, Skills skills) {
        policy.queues[QueueName(name)] = Queue{QueueName(name), "", std::move(skills), ""};
    };
    add("returns", {{"returns", 1}});
    add("billing", {{"billing", 1}});
    add("general", {});
    add("floor", {});
    policy.head_start = {Duration{0}, 1min, 5min, 30min};
    policy.receipts_kept = 2h;
    policy.threads.reopen = 20min;
    policy.threads.keys = {{"customer.id+order.id", {"customer.id", "order.id"}, 15min},
                           {"phone.number", {"phone.number"}, 5min}};
    return policy;
}

AdoptRulebook adoption(const rulebook::Rulebook& rulebook)
{
    return {rulebook.id(), rulebook.digest(), rulebook.rule_names(), {{"d.yaml", "text"}}};
}

}  // namespace

const std::vector<std::shared_ptr<const rulebook::Rulebook>>& rulebooks()
{
    static const std::vector<std::shared_ptr<const rulebook::Rulebook>> all{load(escalate_one),
                                                                            load(escalate_two)};
    return all;
}

Simulation::Simulation(const Settings& settings) : settings_(settings), random_(settings.seed)
{
    policies_.rulebook = rulebooks().front();
    policies_.desk = policy();
}

Outcome Simulation::run()
{
    int done = 0;
    try {
        step(adoption(*policies_.rulebook));
        for (; done < settings_.commands; ++done) run_one();
        tick_until_quiet();
        reference_.check_answers(state_);
        replay_all();
    } catch (const std::logic_error& wrong) {
        throw std::logic_error(fmt::format("seed {}, command {}: {}", settings_.seed, done, wrong.what()));
    }
    std::set<std::size_t> kinds;
    for (const auto& event : history_) kinds.insert(event.what.index());
    outcome_.kinds = kinds.size();
    outcome_.events = history_.size();
    outcome_.completed = reference_.completed();
    return outcome_;
}

void Simulation::run_one()
{
    if (chance(60)) now_ = now_ + Duration{below(20'000)};
    const auto dice = below(1000);
    if (dice < 260 && reference_.open().size() < settings_.open_max)
        step(any_ticket());
    else if (dice < 320)
        step(any_contact());
    else if (dice < 380)
        step(any_sign_in());
    else if (dice < 440)
        step(any_presence());
    else if (dice < 820)
        step(any_answer());
    else if (dice < 850)
        step(any_customer());
    else if (dice < 890)
        step(any_thread());
    else if (dice < 950)
        step(Tick{});
    else if (dice < 980)
        tick_until_quiet();
    else if (dice < 983)
        now_ = now_ + Duration{below(4 * 3'600'000)};
    else if (dice < 987)
        restart();
    else if (dice < 993) {
        policies_.rulebook = rulebooks()[below(rulebooks().size())];
        step(adoption(*policies_.rulebook));
    } else {
        policies_.desk.channel_units[3] = static_cast<int>(1 + below(5));
        policies_.desk.threads.reopen = chance(30) ? Duration{0} : Duration{below(3'600'000)};
        policies_.desk.missed_offers_max = static_cast<int>(1 + below(4));
        for (auto& [name, queue] : policies_.desk.queues) {
            queue.strategy = all_strategies[below(all_strategies.size())];
            queue.sticky = chance(50) ? Duration{0} : Duration{below(3'600'000)};
        }
        desk::policies_changed(state_);
        step(Tick{});
    }
}

bool Simulation::step(const Command& command)
{
    const auto head = state_.head;
    const auto events = desk::step(policies_, state_, command, now_);
    if (!events) {
        ++outcome_.refused;
        if (state_.head != head) throw std::logic_error("a refused command changed something");
        return false;
    }
    for (const auto& event : *events) reference_.apply(policies_, event);
    history_.insert(history_.end(), events->begin(), events->end());
    if (state_.head != history_.size()) throw std::logic_error("the state is not at its last event");
    reference_.note_answers(state_);
    reference_.check_at_rest(policies_, state_);
    check_codec(*events);
    if (chance(2)) reference_.check_answers(state_);
    if (chance(1)) snapshots_.emplace_back(state_.head, desk::save(state_));
    return true;
}

void Simulation::tick_until_quiet()
{
    for (int ticks = 0; desk::next_deadline(policies_, state_) <= now_; ++ticks) {
        if (ticks > 1000) throw std::logic_error("ticking does not come to an end");
        step(Tick{});
    }
}

/// As after a crash: from the last snapshot and the events since, or from the events alone.
void Simulation::restart()
{
    const auto before = desk::save(state_);
    desk::State fresh;
    Seq from = 0;
    if (!snapshots_.empty() && chance(70)) {
        const auto& [seq, bytes] = snapshots_[below(snapshots_.size())];
        auto restored = desk::restore(bytes);
        if (!restored) throw std::logic_error(restored.error().message);
        if (desk::save(*restored) != bytes) throw std::logic_error("a snapshot does not come back the same");
        fresh = std::move(*restored);
        from = seq;
    }
    for (auto i = from; i < history_.size(); ++i) desk::evolve(fresh, history_[i]);
    if (desk::save(fresh) != before) throw std::logic_error("a restart brings up another state");
    state_ = std::move(fresh);
    step(Tick{});
}

void Simulation::replay_all()
{
    desk::State replayed;
    for (const auto& event : history_) desk::evolve(replayed, event);
    const auto bytes = desk::save(state_);
    if (desk::save(replayed) != bytes) throw std::logic_error("replay brings up another state");
    const auto restored = desk::restore(bytes);
    if (!restored || desk::save(*restored) != bytes)
        throw std::logic_error("a snapshot does not come back the same");
}

void Simulation::check_codec(const std::vector<Event>& events) const
{
    if (events.empty()) return;
    std::string body;
    for (const auto& event : events) journal::encode(event, body);
    const auto decoded = journal::decode(body, events.front().seq, static_cast<std::uint32_t>(events.size()));
    if (!decoded || *decoded != events)
        throw std::logic_error("the journal does not give back what it was given");
}

AgentId Simulation::any_agent() { return AgentId(fmt::format("agent-{}", below(settings_.agents))); }

TicketId Simulation::any_open_ticket()
{
    if (reference_.open().empty() || chance(5)) return TicketId{below(state_.next_ticket.value + 3)};
    auto at = reference_.open().begin();
    std::advance(at, static_cast<std::ptrdiff_t>(below(reference_.open().size())));
    return at->first;
}

Contact Simulation::any_words(bool repeat)
{
    static const std::vector<std::string> words{
        "hello", "it is broken",  "refund me", "came in pieces", "I was charged twice",
        "fraud", "still waiting", "thanks"};
    Contact contact;
    contact.source = chance(80) ? "shop" : "mail";
    contact.ref = fmt::format("r-{}", repeat && refs_ > 0 ? below(refs_) : refs_++);
    contact.channel = all_channels[below(all_channels.size())];
    if (chance(70)) contact.customer = CustomerId(fmt::format("c-{}", below(20)));
    contact.subject = chance(50) ? words[below(words.size())] : "";
    contact.body = words[below(words.size())];
    if (chance(30)) contact.facts.set("language", std::string_view(chance(50) ? "de" : "fr"));
    if (chance(30)) contact.facts.set("order.value", static_cast<double>(below(500)));
    add_thread_facts(contact);
    return contact;
}

void Simulation::add_thread_facts(Contact& contact)
{
    const auto mail = [&] { return fmt::format("<{}@x>", refs_ > 0 ? below(refs_) : 0); };
    if (chance(20)) contact.facts.set("order.id", std::string_view(fmt::format("o-{}", below(10))));
    if (chance(10)) contact.facts.set("phone.number", std::string_view(fmt::format("+49 30 {}", below(8))));
    if (chance(30)) contact.facts.set("mail.message_id", std::string_view(fmt::format("<{}@x>", refs_)));
    if (chance(5)) contact.facts.set("mail.in_reply_to", std::string_view(mail()));
    if (chance(5)) contact.facts.set("mail.references", std::string_view(mail() + " " + mail()));
    if (chance(2)) contact.subject = "Re: " + to_string(any_open_ticket());
}

/// Mostly one that is kept to be reopened, or else any that was ever opened.
TicketId Simulation::any_ended_ticket()
{
    if (state_.closed.empty() || chance(30)) return TicketId{1 + below(state_.next_ticket.value)};
    auto at = state_.closed.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(below(state_.closed.size())));
    return at->first;
}

Command Simulation::any_thread()
{
    const auto dice = below(10);
    if (dice < 3) return MergeTickets{any_open_ticket(), chance(20) ? any_ended_ticket() : any_open_ticket()};
    if (dice < 5) return ReopenTicket{any_ended_ticket()};
    const auto& merged = reference_.merged();
    if (dice < 7 && !merged.empty()) {
        auto at = merged.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(below(merged.size())));
        return SplitTicket{at->first, {}, {}, {}, {}};
    }
    SplitTicket split{any_open_ticket(), "shop", "r-0", {}, chance(80) ? "came in pieces" : ""};
    const auto found = reference_.open().find(split.ticket);
    if (found == reference_.open().end() || found->second.contacts.empty()) return split;
    auto contact = found->second.contacts.begin();
    std::advance(contact, static_cast<std::ptrdiff_t>(below(found->second.contacts.size())));
    split.source = contact->first;
    split.ref = contact->second;
    return split;
}

FactSet Simulation::any_customer_facts()
{
    FactSet facts;
    if (chance(20)) facts.set("customer.tier", std::string_view(chance(50) ? "vip" : "prime"));
    if (chance(10)) facts.set("customer.nps", static_cast<double>(below(11)));
    return facts;
}

Command Simulation::any_ticket()
{
    auto contact = any_words(chance(10));
    TextFacts text;
    if (chance(50)) text = rulebooks()[below(rulebooks().size())]->scan(contact.subject, contact.body);
    return ReceiveTicket{std::move(contact), any_customer_facts(), std::move(text)};
}

Command Simulation::any_contact()
{
    auto contact = any_words(chance(20));
    return ReceiveContact{chance(10) ? any_ended_ticket() : any_open_ticket(), std::move(contact), any_customer_facts(), {}};
}

Command Simulation::any_sign_in()
{
    Skills skills;
    for (const auto* name : {"billing", "german", "returns", "senior"})
        if (chance(60)) skills.push_back({name, static_cast<int>(1 + below(3))});
    return SignInAgent{any_agent(), "", std::move(skills), static_cast<int>(below(6))};
}

Command Simulation::any_presence()
{
    const auto presence = chance(60) ? Presence::available : chance(50) ? Presence::away : Presence::offline;
    return SetPresence{any_agent(), presence, ""};
}

/// Mostly what an agent with work would do next; sometimes nonsense.
Command Simulation::any_answer()
{
    const auto id = any_open_ticket();
    const auto found = reference_.open().find(id);
    const bool held = found != reference_.open().end() && found->second.phase != TicketPhase::waiting;
    const auto agent = held && chance(95) ? found->second.agent : any_agent();
    const bool offered = held && found->second.phase == TicketPhase::offered;
    if (chance(5)) return CompleteTicket{agent, id, "solved"};
    if (offered && chance(20)) return DeclineOffer{agent, id, "busy"};
    if (offered || chance(10)) return AcceptOffer{agent, id};
    return CompleteTicket{agent, id, "solved"};
}

Command Simulation::any_customer()
{
    return UpdateCustomer{CustomerId(fmt::format("c-{}", below(25))), any_customer_facts()};
}

}  // namespace triaged::sim
