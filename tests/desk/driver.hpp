// A desk on a bench: one small rulebook, time that only tests move, and short words for commands.

#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "engine/desk/desk.hpp"
#include "engine/desk/snapshot.hpp"
#include "engine/desk/views.hpp"

namespace triaged::desk::test {

using namespace std::chrono_literals;

extern const std::string classify_rules;

extern const std::string prioritise_rules;

extern const std::string route_rules;

extern const std::string escalate_rules;

rulebook::Vocabulary vocabulary();

std::shared_ptr<const rulebook::Rulebook> load_rules(const std::string& escalate);

DeskPolicy small_policy();

AdoptRulebook adoption_of(const rulebook::Rulebook& rulebook);

/// A ticket to be fed; what a test does not set is of no matter to it.
struct Fed {
    std::string ref;
    std::string body = "hello";
    Channel channel = Channel::chat;
    std::string customer = {};
    std::string tier = {};
    std::string language = {};
};

Contact contact_of(const Fed& fed);

FactSet customer_of(const Fed& fed);

class Driver {
public:
    Driver();

    Policies policies;
    State state;
    Instant now{1'000'000'000};
    std::vector<Event> history;
    std::vector<Event> last;  // of the latest step

    Result<void> run(const Command& command);

    void must(const Command& command);

    ErrorCode refused(const Command& command, const std::string& part = {});

    TicketId feed(const Fed& fed);

    /// A further contact. \return the ticket it stands on.
    TicketId contact(TicketId ticket, const Fed& fed);

    void sign_in(const std::string& agent, Skills skills = {}, int capacity = 1);

    void presence(const std::string& agent, Presence presence, const std::string& reason = {});

    void accept(const std::string& agent, TicketId ticket);
    void decline(const std::string& agent, TicketId ticket);
    void complete(const std::string& agent, TicketId ticket);

    /// Moves time on and ticks, as the shell does, until nothing is due.
    void pass(Duration span);

    /// One Tick after `span`, and no more.
    void tick(Duration span = Duration{0});

    Queue& queue(const std::string& name);  // as configured

    TicketView show(TicketId id) const;

    AgentView agent(const std::string& id) const;

    /// Who is offered the ticket; empty if nobody.
    std::string offered_to(TicketId id) const;

    bool waits(TicketId id) const;

    /// Events of kind E in the latest step.
    template <class E>
    std::vector<E> all_of(const std::vector<Event>& events) const
    {
        std::vector<E> found;
        for (const auto& event : events)
            if (const auto* const what = std::get_if<E>(&event.what)) found.push_back(*what);
        return found;
    }
    template <class E>
    std::vector<E> all() const
    {
        return all_of<E>(last);
    }

    /// Names of the events of the latest step, in order.
    std::vector<std::string> names() const;
};

}  // namespace triaged::desk::test
