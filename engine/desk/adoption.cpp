// What comes into force: rulebooks, and the policies that tell when something happens to a ticket by itself.

#include <fmt/format.h>

#include "engine/desk/decision.hpp"
#include "engine/desk/evolution.hpp"

namespace triaged::desk {

namespace {

/// FNV-1a.
class Digest {
public:
    void add(std::string_view text)
    {
        for (const char each : text) mix(static_cast<unsigned char>(each));
        mix(0);
    }
    void add(std::int64_t number)
    {
        for (int shift = 0; shift < 64; shift += 8)
            mix(static_cast<unsigned char>(static_cast<std::uint64_t>(number) >> shift));
    }
    void add(const ByPriority& times)
    {
        for (const auto priority : all_priorities) add(times[priority].count());
    }

    std::string text() const { return fmt::format("{:016x}", hash_); }

private:
    void mix(unsigned char byte) { hash_ = (hash_ ^ byte) * 1'099'511'628'211U; }

    std::uint64_t hash_ = 14'695'981'039'346'656'037U;
};

void add(Digest& digest, const Queue& queue)
{
    for (const auto* text : {&queue.name.value, &queue.sla, &queue.calendar}) digest.add(*text);
    digest.add(static_cast<std::int64_t>(queue.when_closed));
    for (const auto& step : queue.widen) {
        digest.add(step.after.count());
        for (const auto& skill : step.skills) digest.add(skill.name), digest.add(skill.level);
        for (const auto& name : step.drop) digest.add(name);
    }
    for (const auto& step : queue.overflow) {
        digest.add(step.after.count());
        digest.add(static_cast<std::int64_t>(step.longer_than));
        digest.add(static_cast<std::int64_t>(step.closed));
        digest.add(step.to.value);
    }
}

/// Whether anything happens on the queue when time passes.
bool is_timed(const Queue& queue)
{
    return !queue.sla.empty() || !queue.calendar.empty() || !queue.widen.empty() || !queue.overflow.empty();
}

/// A digest of all in the configuration that moves the instants at which something falls due for tickets that
/// are open already; empty if there is no such thing.
std::string timing_of(const DeskPolicy& desk)
{
    Digest digest;
    bool any = !desk.slas.empty();
    for (const auto& [name, sla] : desk.slas) {
        digest.add(name);
        for (const auto& goal : sla.goals)
            digest.add(goal.within), digest.add(goal.calendar), digest.add(goal.warn);
    }
    for (const auto& [name, queue] : desk.queues) {
        if (!is_timed(queue)) continue;
        any = true;
        add(digest, queue);
    }
    for (const auto& [name, calendar] : desk.calendars) {
        any = true;
        digest.add(name);
        for (const auto& [from, to] : calendar.open()) digest.add(from.ms), digest.add(to.ms);
    }
    return any ? digest.text() : std::string();
}

std::vector<Channel> channels_of(const std::array<bool, 4>& marked)
{
    std::vector<Channel> channels;
    for (const auto channel : all_channels)
        if (marked[static_cast<std::size_t>(channel)]) channels.push_back(channel);
    return channels;
}

/// Every open ticket is to be looked at by what is in force from now on.
void look_at_all(State& state) { state.sweep = {TicketId{1}, state.next_ticket}; }

}  // namespace

Result<void> adopt(Decision& decision, const AdoptRulebook& command)
{
    if (decision.state.rulebook(decision.state.in_force) != command.rulebook)
        decision.add(RulebookAdopted{command.rulebook, command.digest, command.rules, command.sources});
    if (auto timing = timing_of(decision.policies.desk); timing != decision.state.policies)
        decision.add(PoliciesAdopted{std::move(timing)});
    if (const auto& configured = decision.policies.desk.interruptible;
        configured != decision.state.interruptible)
        decision.add(InterruptionsAllowed{channels_of(configured)});
    return {};
}

void evolve(State& state, const Event&, const RulebookAdopted& what)
{
    const auto slot = state.rulebook_slot(what.rulebook);
    auto& known = state.rulebooks[static_cast<std::size_t>(slot)];
    known.digest = what.digest;
    known.rules.clear();
    for (const auto& rule : what.rules) known.rules.push_back(state.symbols.intern(rule));
    state.in_force = slot;
    look_at_all(state);
}

void evolve(State& state, const Event&, const PoliciesAdopted& what)
{
    state.policies = what.digest;
    look_at_all(state);
}

void evolve(State& state, const Event&, const InterruptionsAllowed& what)
{
    state.interruptible = {};
    for (const auto channel : what.channels) state.interruptible[static_cast<std::size_t>(channel)] = true;
}

}  // namespace triaged::desk
