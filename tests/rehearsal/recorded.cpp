#include "engine/rehearsal/recorded.hpp"

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::rehearsal;
using namespace triaged::desk::test;

namespace {

/// The rules of the driver but for the first of `route`, which sends broken things elsewhere.
std::shared_ptr<const rulebook::Rulebook> edited_rules()
{
    auto route = std::string(route_rules);
    route.replace(route.find("{queue: returns}"), 16, "{queue: billing}");
    std::vector<Diagnostic> found;
    auto rulebook = rulebook::Rulebook::load({{"rules/20-classify.yaml", classify_rules},
                                              {"rules/30-prioritise.yaml", prioritise_rules},
                                              {"rules/40-route.yaml", route},
                                              {"rules/50-escalate.yaml", escalate_rules}},
                                             vocabulary(), found);
    REQUIRE(rulebook != nullptr);
    return rulebook;
}

std::vector<Rehearsed> rehearse(const std::vector<Event>& history, const rulebook::Rulebook& candidate,
                                const rulebook::Rulebook* against)
{
    std::vector<Rehearsed> out;
    static const auto desk = small_policy();
    Replay replay(
        candidate, against, [&](const Rehearsed& one) { out.push_back(one); }, desk);
    for (const auto& event : history) replay.see(event);
    replay.finish();
    return out;
}

}  // namespace

TEST_CASE("the rules that decided, rehearsed on what they decided, change nothing", "[rehearsal]")
{
    Driver desk;
    desk.feed({.ref = "a", .body = "my lamp is broken"});
    desk.feed({.ref = "b", .body = "this is fraud"});
    desk.sign_in("ana", {{"returns", 3}, {"german", 5}});
    desk.feed({.ref = "c", .body = "hello"});
    for (const auto* const against :
         {static_cast<const rulebook::Rulebook*>(nullptr), desk.policies.rulebook.get()}) {
        const auto tickets = rehearse(desk.history, *desk.policies.rulebook, against);
        REQUIRE(tickets.size() == 3);
        for (const auto& ticket : tickets) {
            INFO(ticket.ref);
            CHECK(differences(ticket.before, ticket.after).empty());
        }
        CHECK(tickets[1].after.escalated == std::vector<std::string>{"fraud-at-once"});
        CHECK(tickets[1].after.priority == Priority::urgent);
    }
}

TEST_CASE("an edit shows on the tickets it moves, and only there", "[rehearsal]")
{
    Driver desk;
    desk.feed({.ref = "a", .body = "my lamp is broken"});
    desk.feed({.ref = "b", .body = "hello"});
    const auto edited = edited_rules();
    const auto tickets = rehearse(desk.history, *edited, nullptr);
    REQUIRE(tickets.size() == 2);
    CHECK(differences(tickets[0].before, tickets[0].after) ==
          std::vector<Difference>{{"queue", "returns", "billing"}});
    CHECK(tickets[0].ticket == TicketId{1});
    CHECK(tickets[0].ref == "a");
    CHECK(differences(tickets[1].before, tickets[1].after).empty());
}

TEST_CASE("a ticket is rehearsed with what was known of its customer when it came in", "[rehearsal]")
{
    Driver desk;
    const Fed first{"a", "hello", Channel::chat, "c-1"};
    desk.feed(first);
    desk.must(UpdateCustomer{CustomerId("c-1"), [] {
                                 FactSet facts;
                                 facts.set("customer.tier", std::string_view("vip"));
                                 return facts;
                             }()});
    desk.feed({"b", "hello", Channel::chat, "c-1"});
    std::vector<Diagnostic> found;
    const auto by_tier = rulebook::Rulebook::load({{"rules/40-route.yaml", R"(stage: route
rules:
  - rule: vip
    when: {customer.tier: vip, customer.contacts: 1}
    then: {queue: floor}
  - rule: to-general
    then: {queue: general}
)"}},
                                                  vocabulary(), found);
    REQUIRE(by_tier != nullptr);
    const auto tickets = rehearse(desk.history, *by_tier, nullptr);
    REQUIRE(tickets.size() == 2);
    CHECK(tickets[0].after.queue == QueueName("general"));
    CHECK(tickets[1].after.queue == QueueName("floor"));
}

TEST_CASE("a ticket is rehearsed with what the desk was like, and what its customer is entitled to",
          "[rehearsal]")
{
    Driver desk;
    std::vector<Diagnostic> found;
    desk.policies.rulebook = rulebook::Rulebook::load({{"rules/40-route.yaml", R"(stage: route
rules:
  - rule: crowd
    when: {queue.length: {queue: general, at_least: 2}}
    then: {queue: floor}
  - rule: nobody
    when: {text: broken, agents.available: {queue: returns, at_most: 0}}
    then: {queue: billing}
  - rule: again
    when: {customer.contacts: {at_least: 2, within: 1h}}
    then: {queue: returns}
  - rule: rest
    then: {queue: general}
)"}},
                                                      vocabulary(), found);
    REQUIRE(desk.policies.rulebook != nullptr);
    desk.must(adoption_of(*desk.policies.rulebook));
    desk.policies.desk.slas["gold"] = SlaPolicy{"gold", {}};
    desk.must(UpdateContract{"k-1", CustomerId("c-1"), "gold", desk.now + 24h});
    desk.feed({.ref = "a", .body = "broken", .customer = "c-1"});
    desk.pass(50min);
    const auto second = desk.feed({.ref = "b", .body = "hello", .customer = "c-1"});
    desk.sign_in("ana", {{"returns", 1}}, 1);
    desk.accept("ana", second);
    desk.feed({.ref = "c", .body = "hello", .customer = "c-1"});
    desk.feed({.ref = "d", .body = "broken"});
    desk.pass(20min);
    desk.feed({.ref = "e", .body = "hello", .customer = "c-1"});
    desk.feed({.ref = "f", .body = "hello"});
    desk.feed({.ref = "g", .body = "hello"});
    std::vector<Rehearsed> tickets;
    Replay replay(
        *desk.policies.rulebook, nullptr, [&](const Rehearsed& one) { tickets.push_back(one); },
        desk.policies.desk);
    for (const auto& event : desk.history) replay.see(event);
    replay.finish();
    std::vector<std::string> queues;
    for (const auto& ticket : tickets) {
        INFO(ticket.ref);
        CHECK(differences(ticket.before, ticket.after).empty());
        queues.push_back(ticket.after.queue.value);
    }
    CHECK(queues == std::vector<std::string>{"billing", "general", "returns", "general", "returns", "general",
                                             "floor"});
    CHECK(tickets.at(0).after.sla == "gold");
}
