// Events of every kind with random content, the same for the same seed.

#pragma once

#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/journal/codec.hpp"
#include "engine/journal/journal.hpp"
#include "engine/model/event.hpp"

namespace triaged::test {

inline constexpr std::size_t kinds_of_event = std::variant_size_v<Happening>;

class RandomEvents {
public:
    explicit RandomEvents(std::uint64_t seed) : random_(seed) {}

    /// An event of the kind at `kind`'s place in Happening.
    Event of_kind(std::size_t kind, Seq seq)
    {
        Event event{seq, instant(), {}};
        [&]<std::size_t... I>(std::index_sequence<I...>)
        {
            ((I == kind ? fill(event.what.emplace<I>()) : void()), ...);
        }
        (std::make_index_sequence<kinds_of_event>{});
        return event;
    }

    Event any(Seq seq) { return of_kind(below(kinds_of_event), seq); }

    std::uint64_t below(std::uint64_t bound)
    {
        return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
    }

private:
    std::uint64_t number()  // of any size, so that varints of every length occur
    {
        return random_() >> below(64);
    }
    std::uint32_t index() { return static_cast<std::uint32_t>(number()); }
    TicketId ticket() { return TicketId{number()}; }
    RulebookId rulebook() { return RulebookId{random_()}; }
    Instant instant()
    {
        if (below(8) == 0) return Instant::max();
        if (below(8) == 0) return Instant{static_cast<std::int64_t>(random_())};
        return Instant{1'790'000'000'000 + static_cast<std::int64_t>(below(1'000'000'000))};
    }
    int integer() { return static_cast<int>(index()); }

    std::string text()
    {
        std::string made(below(4) == 0 ? below(400) : below(20), '\0');
        for (char& c : made) c = static_cast<char>(random_());
        return made;
    }

    FactSet facts()
    {
        FactSet made;
        for (auto left = below(5); left > 0; --left) {
            const std::string name = "f" + std::to_string(below(50));
            const std::string value = text();
            switch (below(3)) {
                case 0:
                    made.set(name, below(2) == 0);
                    break;
                case 1:
                    made.set(name, static_cast<double>(random_()) / 7.0);
                    break;
                default:
                    made.set(name, std::string_view(value));
            }
        }
        return made;
    }

    template <class Make>
    auto some(Make make)
    {
        std::vector<decltype(make())> made(below(4));
        for (auto& item : made) item = make();
        return made;
    }

    Skills skills()
    {
        return some([&] { return Skill{text(), integer()}; });
    }
    std::vector<std::string> texts()
    {
        return some([&] { return text(); });
    }
    Priority priority() { return static_cast<Priority>(below(4)); }

    Contact contact()
    {
        return {text(), text(), static_cast<Channel>(below(4)), instant(), CustomerId{text()}, text(),
                text(), facts()};
    }

    Routing routing()
    {
        Routing made{rulebook(), facts(),  text(), texts(),           priority(),
                     text(),     skills(), text(), QueueName{text()}, {}};
        made.trace.fired = some([&] { return index(); });
        made.trace.near = some([&] { return NearMiss{index(), index()}; });
        made.trace.lost = some([&] { return Loss{index(), index(), text()}; });
        return made;
    }

    void fill(RulebookAdopted& event)
    {
        event = {rulebook(), text(), texts(), some([&] { return std::pair(text(), text()); })};
    }
    void fill(PoliciesAdopted& event) { event = {text()}; }
    void fill(OfferWithdrawn& event) { event = {ticket(), AgentId{text()}, text()}; }
    void fill(InterruptionsAllowed& event)
    {
        event = {some([&] { return static_cast<Channel>(below(4)); })};
    }
    void fill(CustomerUpdated& event) { event = {CustomerId{text()}, facts()}; }
    void fill(TicketOpened& event) { event = {ticket(), contact(), ticket()}; }
    void fill(ContactJoined& event) { event = {ticket(), contact()}; }
    void fill(TicketRouted& event) { event = {ticket(), routing(), skills(), instant(), instant()}; }
    void fill(TicketEscalated& event)
    {
        event = {ticket(), rulebook(), index(), {}, {}, {}, texts(), texts(), text(), instant()};
        if (below(2)) event.priority = priority();
        if (below(2)) event.queue = QueueName{text()};
        if (below(2)) event.needs = skills();
    }
    void fill(RecheckScheduled& event) { event = {ticket(), rulebook(), instant()}; }
    void fill(AgentSignedIn& event) { event = {AgentId{text()}, text(), skills(), integer()}; }
    void fill(PresenceSet& event) { event = {AgentId{text()}, static_cast<Presence>(below(3)), text()}; }
    void fill(OfferMade& event)
    {
        event = {ticket(), AgentId{text()}, integer(), instant(), some([&] {
                     return LosingCandidate{AgentId{text()}, text()};
                 })};
    }
    void fill(OfferAccepted& event) { event = {ticket(), AgentId{text()}}; }
    void fill(OfferDeclined& event) { event = {ticket(), AgentId{text()}, text()}; }
    void fill(OfferExpired& event) { event = {ticket(), AgentId{text()}}; }
    void fill(TicketReturned& event) { event = {ticket(), AgentId{text()}, text()}; }
    void fill(TicketCompleted& event) { event = {ticket(), AgentId{text()}, text()}; }
    void fill(ReceiptsForgotten& event) { event = {instant()}; }
    void fill(ContactThreaded& event)
    {
        event = {ticket(), text(), some([&] { return ThreadKey{text(), text()}; })};
    }
    void fill(TicketReopened& event) { event = {ticket(), text()}; }
    void fill(TicketMerged& event) { event = {ticket(), ticket(), instant()}; }
    void fill(ContactSplit& event) { event = {ticket(), text(), text(), ticket()}; }
    void fill(ClosedKept& event) { event = {index(), instant()}; }
    void fill(TicketAssigned& event) { event = {ticket(), AgentId{text()}, integer(), text(), text()}; }
    void fill(TicketMoved& event)
    {
        event = {ticket(), AgentId{text()}, QueueName{text()}, skills(), instant(), text(), text()};
    }
    void fill(WrapUpStarted& event) { event = {AgentId{text()}, ticket(), integer(), instant()}; }
    void fill(WrapUpEnded& event) { event = {AgentId{text()}, ticket()}; }
    void fill(TicketWidened& event) { event = {ticket(), index(), skills()}; }
    void fill(PromiseMade& event) { event = {ticket(), instant(), text()}; }
    void fill(WaitTold& event) { event = {ticket(), instant(), index()}; }
    void fill(AgentSeen& event) { event = {AgentId{text()}, instant()}; }

    void fill(TicketReplied& event) { event = {ticket(), AgentId{text()}, text()}; }
    void fill(TicketHeld& event) { event = {ticket(), AgentId{text()}, text(), instant()}; }
    void fill(TicketResumed& event) { event = {ticket(), text()}; }
    SlaTarget target() { return static_cast<SlaTarget>(below(sla_target_count)); }
    Duration duration() { return Duration{static_cast<std::int64_t>(random_()) >> below(64)}; }
    void fill(SlaWarned& event) { event = {ticket(), target(), text(), instant(), instant()}; }
    void fill(SlaBreached& event) { event = {ticket(), target(), text(), instant(), instant()}; }
    void fill(SlaEnded& event)
    {
        event = {ticket(), text(), some([&] {
                     SlaOutcome outcome{target(), instant(), instant(), duration(), {}};
                     if (below(2)) outcome.late = duration();
                     return outcome;
                 })};
    }
    ProblemId problem() { return ProblemId{number()}; }
    std::vector<TicketId> tickets()
    {
        return some([&] { return ticket(); });
    }
    void fill(SurgeCounted& event)
    {
        event = {ticket(), some([&] { return ThreadKey{text(), text()}; }), instant()};
    }
    void fill(ProblemOpened& event) { event = {problem(), text(), text(), index(), index(), texts()}; }
    void fill(ProblemLinked& event) { event = {problem(), tickets()}; }
    void fill(ProblemChanged& event)
    {
        event = {
            problem(), static_cast<ProblemAction>(below(6)), ticket(), problem(), QueueName{text()}, text(),
            text()};
    }
    void fill(TicketParked& event) { event = {ticket(), problem(), below(2) == 0}; }
    void fill(TicketAnswered& event) { event = {ticket(), problem(), text()}; }
    void fill(NotifyInhibited& event) { event = {ticket(), problem(), texts(), texts()}; }
    void fill(FeedbackGiven& event)
    {
        event = {text(), text(), CustomerId{text()}, ticket(), {}, {}, text()};
        if (below(2)) event.nps = integer();
        if (below(2)) event.csat = integer();
    }
    void fill(OrderUpdated& event) { event = {text(), CustomerId{text()}, facts()}; }
    void fill(ContractUpdated& event) { event = {text(), CustomerId{text()}, text(), instant()}; }

    void fill(TicketAbandoned& event) { event = {ticket(), instant()}; }
    void fill(CallbackRequested& event) { event = {ticket(), text(), instant()}; }
    void fill(CallbackDue& event) { event = {ticket()}; }

    std::mt19937_64 random_;
};

inline std::string encoded(const std::vector<Event>& events)
{
    std::string body;
    for (const auto& event : events) journal::encode(event, body);
    return body;
}

/// A batch of `count` random events from `first_seq` on.
inline journal::Batch random_batch(RandomEvents& random, Seq first_seq, std::uint32_t count)
{
    std::vector<Event> events;
    for (std::uint32_t i = 0; i < count; ++i) events.push_back(random.any(first_seq + i));
    return {first_seq, count, Instant{1'790'000'000'000}, encoded(events)};
}

}  // namespace triaged::test
