#include "tests/sim/simulation.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/desk/snapshot.hpp"
#include "engine/journal/codec.hpp"
#include "tests/sim/world.hpp"

namespace triaged::sim {

using namespace std::chrono_literals;

namespace {

// How often, in steps; primes, so that they meet in every way. A save costs as much as many steps do.
constexpr std::uint64_t lose_every = 307;
constexpr std::uint64_t crash_every = 251;
constexpr std::uint64_t answers_every = 509;
constexpr std::uint64_t snapshot_every = 103;
/// Kept to restart from: those long past say nothing that the later ones do not.
constexpr std::size_t snapshots_max = 8;
/// Longer histories are replayed from the first event on once, at their end.
constexpr std::size_t from_events_max = 10'000;

AdoptRulebook adoption(const rulebook::Rulebook& rulebook)
{
    return {rulebook.id(), rulebook.digest(), rulebook.rule_names(), {{"d.yaml", "text"}}};
}

}  // namespace

Settings settings_of(std::uint64_t seed)
{
    Settings settings;
    settings.seed = seed;
    settings.agents = 1 + seed % 9;
    settings.open_max = 10 + 15 * (seed % 7);
    return settings;
}

std::uint64_t TurnDice::operator()()
{
    // splitmix64, by Sebastiano Vigna, in the public domain
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

void Outcome::add(const Outcome& other)
{
    for (const auto counter :
         {&Outcome::events, &Outcome::refused, &Outcome::completed, &Outcome::checks, &Outcome::lost,
          &Outcome::crashes, &Outcome::snapshots, &Outcome::from_snapshots, &Outcome::from_events,
          &Outcome::replayed, &Outcome::clock_jumps})
        this->*counter += other.*counter;
    std::erase_if(missing, [&](std::size_t kind) { return !other.missing.contains(kind); });
}

Simulation::Simulation(const Settings& settings) : settings_(settings)
{
    policies_.rulebook = rulebooks().front();
    policies_.desk = policy();
    if (settings.seed % 3 == 0) policies_.desk.order = QueueOrder::sla;
    policies_.desk.due_within = 90min;
}

Outcome Simulation::run()
{
    try {
        step(adoption(*policies_.rulebook));
        take_turns();
        tick_until_quiet();
        ++outcome_.checks;
        reference_.check_all(policies_, state_);
        reference_.check_answers(state_);
        replay_all();
    } catch (const std::logic_error& wrong) {
        throw std::logic_error(fmt::format("seed {}, turn {}: {}", settings_.seed,
                                           turns_.empty() ? 0 : turns_.back(), wrong.what()));
    }
    for (std::size_t kind = 0; kind < std::variant_size_v<Happening>; ++kind) outcome_.missing.insert(kind);
    for (const auto& event : history_) outcome_.missing.erase(event.what.index());
    outcome_.events = history_.size();
    outcome_.completed = reference_.completed();
    return outcome_;
}

void Simulation::take_turns()
{
    const auto take = [&](int turn) {
        turns_.push_back(turn);
        random_.seed(settings_.seed * 0x2545f4914f6cdd1d + static_cast<std::uint64_t>(turn));
        run_one();
    };
    if (!settings_.only.empty()) {
        for (const int turn : settings_.only) take(turn);
        return;
    }
    const auto start = now_;
    for (int turn = 0; settings_.span.count() > 0 ? now_ - start < settings_.span : turn < settings_.commands;
         ++turn)
        take(turn);
}

bool Simulation::tell(std::string line)
{
    constexpr std::size_t lines_kept_max = 100'000;
    if (lines_.size() < lines_kept_max)
        lines_.push_back(fmt::format("{:>10} {}", now_.ms % 100'000'000, line));
    return true;
}

void Simulation::run_one()
{
    if (chance(60)) now_ = now_ + Duration{below(20'000)};
    const auto dice = below(1000);
    if (dice < 220 && reference_.open().size() < settings_.open_max)
        step(any_ticket());
    else if (dice < 270)
        step(any_contact());
    else if (dice < 400)
        step(any_sign_in());
    else if (dice < 440)
        step(any_presence());
    else if (dice < 820)
        step(any_answer());
    else if (dice < 835)
        step(any_customer());
    else if (dice < 850)
        step(any_dealing());
    else if (dice < 870)
        step(any_thread());
    else if (dice < 890)
        step(any_problem());
    else if (dice < 925)
        step(any_hand());
    else if (dice < 938)
        step(any_leaving());
    else if (dice < 950)
        step(Tick{});
    else if (dice < 980)
        tick_until_quiet();
    else if (dice < 983)
        jump();
    else if (dice < 987)
        restart();
    else if (dice < 993) {
        policies_.rulebook = any_rulebook();
        step(adoption(*policies_.rulebook));
    } else {
        change_policies();
    }
}

/// A reload with other settings.
void Simulation::change_policies()
{
    if (chance(50)) {
        std::swap(policies_.desk.slas["standard"], policies_.desk.slas["strict"]);
        policies_.rulebook = any_rulebook();
        step(adoption(*policies_.rulebook));
    }
    for (auto& each : policies_.desk.interruptible) each = chance(25);
    policies_.desk.channel_units[3] = static_cast<int>(1 + below(5));
    policies_.desk.threads.reopen = chance(30) ? Duration{0} : Duration{below(3'600'000)};
    policies_.desk.threads.place_kept = Duration{below(1'200'000)};
    policies_.desk.missed_offers_max = static_cast<int>(1 + below(4));
    for (auto& span : policies_.desk.wrap_up) span = chance(50) ? Duration{0} : Duration{below(120'000)};
    policies_.desk.heartbeat = chance(60) ? Duration{0} : Duration{60'000 + below(600'000)};
    for (auto& [name, queue] : policies_.desk.queues) change_queue(queue);
    desk::policies_changed(state_);
    step(adoption(*policies_.rulebook));
}

void Simulation::change_queue(Queue& queue)
{
    queue.strategy = all_strategies[below(all_strategies.size())];
    queue.sticky = chance(50) ? Duration{0} : Duration{below(3'600'000)};
    queue.pull = chance(15);
    queue.offers = chance(60) ? 1 : static_cast<int>(2 + below(3));
    queue.widen.clear();
    if (chance(40)) queue.widen = {{Duration{1'000 + below(120'000)}, {{"german", 1}, {"billing", 1}}, {}}};
    if (chance(20)) queue.widen.push_back({Duration{200'000 + below(120'000)}, {}, {"german", "senior"}});
    queue.overflow.clear();
    const std::array others{"returns", "billing", "general", "floor"};
    const auto other = [&] { return QueueName(others[below(others.size())]); };
    if (chance(25)) queue.overflow.push_back({Duration{1'000 + below(300'000)}, 0, false, other()});
    if (chance(25)) queue.overflow.push_back({Duration{0}, 1 + below(8), false, other()});
    queue.calendar = chance(50) ? "office" : "";
    queue.when_closed = chance(30) ? WhenClosed::promise : WhenClosed::hold;
    if (chance(30)) {
        queue.when_closed = WhenClosed::overflow;
        queue.overflow.push_back({Duration{0}, 0, true, other()});
    }
    queue.tell_wait = chance(60);
    queue.sla = std::array{"", "some", "standard", "strict"}[below(4)];
}

bool Simulation::step(const Command& command)
{
    // Every so often the process dies here or there on the way; what was not committed has never happened.
    ++steps_;
    if (steps_ % lose_every == 0) lose(command);
    const auto before = steps_ % crash_every == 0 ? desk::save(state_) : std::string();
    if (!settings_.only.empty()) tell(line_of(command));
    const auto head = state_.head;
    const auto events = desk::step(policies_, state_, command, now_);
    if (!events) {
        ++outcome_.refused;
        if (state_.head != head) throw std::logic_error("a refused command changed something");
        return false;
    }
    reference_.begin_step();
    for (const auto& event : *events) reference_.apply(policies_, event);
    if (settings_.also)
        for (const auto& event : *events) settings_.also(event, state_);
    if (!before.empty()) crash_between(*events, before);
    history_.insert(history_.end(), events->begin(), events->end());
    if (state_.head != history_.size()) throw std::logic_error("the state is not at its last event");
    reference_.note_answers(state_);
    if (steps_ % settings_.check_all_every == 0 || std::holds_alternative<AdoptRulebook>(command)) {
        ++outcome_.checks;
        reference_.check_all(policies_, state_);
    } else {
        reference_.check_touched(policies_, state_);
    }
    check_codec(*events);
    if (steps_ % answers_every == 0) reference_.check_answers(state_);
    if (steps_ % snapshot_every == 0) {
        ++outcome_.snapshots;
        snapshots_.emplace_back(state_.head, desk::save(state_));
    }
    if (snapshots_.size() > snapshots_max) snapshots_.erase(snapshots_.begin());
    return true;
}

void Simulation::jump()
{
    ++outcome_.clock_jumps;
    now_ = now_ + Duration{chance(90) ? below(4 * 3'600'000) : below(10 * 86'400'000)};
}

/// A process that died after any of these events must come up the same, from a snapshot or from the events
/// alone.
void Simulation::crash_between(const std::vector<Event>& events, const std::string& before)
{
    auto walking = desk::restore(before);
    if (!walking) throw std::logic_error(walking.error().message);
    for (const auto& event : events) {
        desk::evolve(*walking, event);
        const auto bytes = desk::save(*walking);
        auto restored = desk::restore(bytes);
        if (!restored) throw std::logic_error(restored.error().message);
        if (desk::save(*restored) != bytes)
            throw std::logic_error(
                fmt::format("a snapshot after event {} does not come back the same", event.seq));
        *walking = std::move(*restored);
        ++outcome_.crashes;
    }
    if (desk::save(*walking) != desk::save(state_))
        throw std::logic_error("a desk restored after each event is another");
}

/// Decides `command` in a process that dies before the batch is committed: nothing remains, and the next
/// process decides the same.
void Simulation::lose(const Command& command)
{
    ++outcome_.lost;
    const auto bytes = desk::save(state_);
    auto lost = desk::restore(bytes);
    if (!lost) throw std::logic_error(lost.error().message);
    desk::policies_changed(*lost);
    const auto events = desk::step(policies_, *lost, command, now_);
    auto next = desk::restore(bytes);
    if (!next) throw std::logic_error(next.error().message);
    desk::policies_changed(*next);
    const auto again = desk::step(policies_, *next, command, now_);
    if (events.has_value() != again.has_value() || (events && *events != *again) ||
        desk::save(*lost) != desk::save(*next))
        throw std::logic_error("deciding the same twice comes out otherwise");
}

void Simulation::tick_until_quiet()
{
    for (int ticks = 0; desk::next_deadline(policies_, state_) <= now_; ++ticks) {
        if (ticks > 1000) throw std::logic_error("ticking does not come to an end");
        step(Tick{});
    }
    reference_.check_quiet(now_);
}

/// As after a crash: from the last snapshot and the events since, or from the events alone.
void Simulation::restart()
{
    if (!settings_.only.empty()) tell("# restart");
    const auto before = desk::save(state_);
    desk::State fresh;
    Seq from = 0;
    if (!snapshots_.empty() && (chance(90) || history_.size() > from_events_max)) {
        const auto& [seq, bytes] = snapshots_[below(snapshots_.size())];
        auto restored = desk::restore(bytes);
        if (!restored) throw std::logic_error(restored.error().message);
        if (desk::save(*restored) != bytes) throw std::logic_error("a snapshot does not come back the same");
        fresh = std::move(*restored);
        from = seq;
    }
    ++(from > 0 ? outcome_.from_snapshots : outcome_.from_events);
    outcome_.replayed += history_.size() - from;
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

/// One of those that go with the policies as they are.
std::shared_ptr<const rulebook::Rulebook> Simulation::any_rulebook() { return rulebooks()[below(2)]; }

AgentId Simulation::any_agent() { return AgentId(fmt::format("agent-{}", below(settings_.agents))); }

AgentId Simulation::holder_of(const ReferenceTicket& ticket)
{
    auto at = ticket.hands.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(below(ticket.hands.size())));
    return at->first;
}

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

/// Customers who hang up, or want to be called.
Command Simulation::any_leaving()
{
    const auto id = chance(90) ? any_open_ticket() : any_ended_ticket();
    const auto ref = refs_ > 0 && chance(20) ? fmt::format("r-{}", below(refs_)) : std::string();
    const auto ticket = ref.empty() ? id : TicketId{};
    if (chance(60)) return AbandonTicket{ticket, "shop", ref};
    RequestCallback command{ticket, "shop", ref, chance(50) ? "+49 30 1" : "", {}};
    if (chance(60)) command.at = now_ + Duration{static_cast<std::int64_t>(below(1'800'000)) - 60'000};
    return command;
}

ProblemId Simulation::any_problem_id()
{
    if (state_.problems.empty() || chance(10)) return ProblemId{1 + below(state_.next_problem.value)};
    auto at = state_.problems.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(below(state_.problems.size())));
    return at->first;
}

Command Simulation::any_problem()
{
    const auto dice = below(12);
    std::vector<TicketId> tickets;
    for (auto left = 1 + below(4); left > 0; --left) tickets.push_back(any_open_ticket());
    if (dice == 0 || (state_.problems.empty() && chance(70)))
        return OpenProblem{chance(95) ? "it is down" : "", chance(50) ? tickets : std::vector<TicketId>()};
    if (dice == 1) return LinkTickets{chance(70) ? any_problem_id() : ProblemId{}, tickets};
    ActOnProblem act;
    act.problem = any_problem_id();
    act.action = dice < 4    ? ProblemAction::hold
                 : dice < 6  ? ProblemAction::release
                 : dice == 6 ? ProblemAction::reroute
                 : dice < 9  ? ProblemAction::answer
                 : dice < 11 ? ProblemAction::merge
                             : ProblemAction::close;
    if (act.action == ProblemAction::merge && chance(60)) act.into = any_problem_id();
    act.queue = QueueName(chance(90) ? "floor" : "nowhere");
    if (chance(90)) act.text = "it works again";
    return act;
}

/// News of orders and contracts, and feedback.
Command Simulation::any_dealing()
{
    const auto customer = CustomerId(fmt::format("c-{}", below(20)));
    const auto dice = below(3);
    if (dice == 0) {
        UpdateOrder order{fmt::format("o-{}", below(10)), chance(60) ? customer : CustomerId(), {}};
        if (chance(70)) order.facts.set("order.value", static_cast<double>(below(5) * 100));
        if (chance(50)) order.facts.set("order.product", std::string_view(chance(50) ? "toys" : "media"));
        return order;
    }
    if (dice == 1) {
        const auto until = chance(20) ? Instant::max() : now_ + Duration{below(2 * 3'600'000)};
        return UpdateContract{fmt::format("k-{}", below(12)), customer,
                              chance(10)   ? "none"
                              : chance(50) ? "priority"
                                           : "standard",
                              until};
    }
    GiveFeedback feedback{"shop", fmt::format("f-{}", below(100)), {}, {}, {}, {}, {}};
    if (chance(60)) feedback.customer = customer;
    if (chance(60)) feedback.ticket = chance(70) ? any_open_ticket() : any_ended_ticket();
    if (chance(70)) feedback.nps = static_cast<int>(below(11));
    if (chance(40)) feedback.csat = static_cast<int>(1 + below(5));
    if (chance(50)) feedback.text = "never again";
    return feedback;
}

/// What operators and agents do with tickets beside offers.
Command Simulation::any_hand()
{
    const std::array queues{"returns", "billing", "general", "floor", "nowhere"};
    const auto any_queue = [&] { return QueueName(queues[below(chance(90) ? 4 : 5)]); };
    const auto note = chance(30) ? "look at the invoice" : "";
    const auto id = any_open_ticket();
    const auto found = reference_.open().find(id);
    const bool held = found != reference_.open().end() && found->second.phase == TicketPhase::assigned;
    const auto holder = held && chance(90) ? holder_of(found->second) : any_agent();
    switch (below(8)) {
        case 0:
            return AssignTicket{id, any_agent(), chance(30), note};
        case 1:
            return RequeueTicket{id, chance(50) ? QueueName() : any_queue(), note};
        case 2:
            return ReleaseTicket{holder, id, note};
        case 3:
            return TransferTicket{chance(80) ? holder : AgentId(), id, any_queue(), {}, note};
        case 4:
            return TransferTicket{chance(80) ? holder : AgentId(), id, {}, any_agent(), note};
        case 5:
            return EndWrapUp{any_agent()};
        default:
            return TakeTicket{any_agent(), chance(30) ? id : TicketId{}};
    }
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
    return ReceiveContact{
        chance(10) ? any_ended_ticket() : any_open_ticket(), std::move(contact), any_customer_facts(), {}};
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
    return SetPresence{any_agent(), presence, "", chance(10)};
}

/// Mostly what an agent with work would do next; sometimes nonsense.
Command Simulation::any_answer()
{
    const auto id = any_open_ticket();
    const auto found = reference_.open().find(id);
    const bool held = found != reference_.open().end() && found->second.phase != TicketPhase::waiting;
    const auto agent = held && chance(95) ? holder_of(found->second) : any_agent();
    const bool offered = held && found->second.phase == TicketPhase::offered;
    if (chance(5)) return CompleteTicket{agent, id, "solved"};
    if (chance(15)) return ReplyTicket{agent, id, "we will see"};
    if (chance(10))
        return HoldTicket{agent, id, "parts",
                          chance(50) ? Instant::max() : now_ + Duration{below(1'200'000)}};
    if (chance(5)) return ResumeTicket{agent, id};
    if (offered && chance(20)) return DeclineOffer{agent, id, "busy"};
    if (offered || chance(10)) return AcceptOffer{agent, id};
    return CompleteTicket{agent, id, "solved"};
}

Command Simulation::any_customer()
{
    return UpdateCustomer{CustomerId(fmt::format("c-{}", below(25))), any_customer_facts()};
}

}  // namespace triaged::sim
