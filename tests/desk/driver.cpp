#include "tests/desk/driver.hpp"

#include "tests/desk/queues.hpp"

namespace triaged::desk::test {

const std::string classify_rules = R"(stage: classify
rules:
  - rule: broken
    when: {text: [broken, damaged]}
    then: {intent: damaged, tags: [damaged]}
  - rule: refund
    when: {text: refund}
    then: {intent: refund, tags: [money]}
  - rule: regular
    when: {customer.contacts: {at_least: 2}}
    then: {tags: [regular]}
)";

const std::string prioritise_rules = R"(stage: prioritise
rules:
  - rule: vip
    when: {customer.tier: vip}
    then: {priority: urgent}
  - rule: angry
    when: {text: angry}
    then: {priority: high, tags: [angry]}
  - rule: german
    when: {language: de}
    then: {skills: {german: 2}}
)";

const std::string route_rules = R"(stage: route
rules:
  - rule: to-returns
    when: {intent: damaged}
    then: {queue: returns}
  - rule: to-billing
    when: {intent: refund}
    then: {queue: billing, skills: {billing: 3}}
  - rule: to-general
    then: {queue: general}
)";

const std::string escalate_rules = R"(stage: escalate
rules:
  - rule: returns-late
    when: {queue: returns, waiting: {at_least: 10m}}
    then: {raise: 1, tags: [late], notify: [returns-lead]}
  - rule: returns-very-late
    when: {queue: returns, waiting: {at_least: 1h}}
    then: {queue: floor, skills: {senior: 1}}
  - rule: fraud-at-once
    when: {text: fraud}
    then: {priority: urgent, contact_by: phone}
  - rule: quiet
    when: {idle: {at_least: 2d}}
    then: {tags: [quiet]}
)";

rulebook::Vocabulary vocabulary() { return four_queues_vocabulary("returns-lead"); }

std::shared_ptr<const rulebook::Rulebook> load_rules(const std::string& escalate)
{
    const std::vector<rulebook::Source> sources{{"rules/20-classify.yaml", classify_rules},
                                                {"rules/30-prioritise.yaml", prioritise_rules},
                                                {"rules/40-route.yaml", route_rules},
                                                {"rules/50-escalate.yaml", escalate}};
    std::vector<Diagnostic> found;
    auto rulebook = rulebook::Rulebook::load(sources, vocabulary(), found);
    INFO(render(found, false));
    REQUIRE(rulebook != nullptr);
    return rulebook;
}

DeskPolicy small_policy()
{
    auto policy = four_queues();
    policy.head_start = {Duration{0}, Duration{0}, Duration{30min}, Duration{2h}};
    return policy;
}

AdoptRulebook adoption_of(const rulebook::Rulebook& rulebook)
{
    return {rulebook.id(), rulebook.digest(), rulebook.rule_names(), {}};
}

Contact contact_of(const Fed& fed)
{
    Contact contact;
    contact.source = "shop";
    contact.ref = fed.ref;
    contact.channel = fed.channel;
    contact.customer = CustomerId(fed.customer);
    contact.body = fed.body;
    if (!fed.language.empty()) contact.facts.set("language", std::string_view(fed.language));
    return contact;
}

FactSet customer_of(const Fed& fed)
{
    FactSet facts;
    if (!fed.tier.empty()) facts.set("customer.tier", std::string_view(fed.tier));
    return facts;
}

Driver::Driver()
{
    static const auto rulebook = load_rules(escalate_rules);
    policies.rulebook = rulebook;
    policies.desk = small_policy();
    must(adoption_of(*policies.rulebook));
}

Result<void> Driver::run(const Command& command)
{
    auto events = step(policies, state, command, now);
    if (!events) return tl::unexpected(events.error());
    last = *events;
    history.insert(history.end(), last.begin(), last.end());
    return {};
}

void Driver::must(const Command& command)
{
    const auto done = run(command);
    INFO((done ? std::string() : done.error().message));
    REQUIRE(done.has_value());
}

ErrorCode Driver::refused(const Command& command, const std::string& part)
{
    const auto done = run(command);
    REQUIRE_FALSE(done.has_value());
    CHECK_THAT(done.error().message, Catch::Contains(part));
    return done.error().code;
}

TicketId Driver::feed(const Fed& fed)
{
    must(ReceiveTicket{contact_of(fed), customer_of(fed), {}});
    const auto answer = first_answer(state, "shop", fed.ref);
    REQUIRE(answer.has_value());
    return answer->ticket;
}

TicketId Driver::contact(TicketId ticket, const Fed& fed)
{
    must(ReceiveContact{ticket, contact_of(fed), customer_of(fed), {}});
    const auto answer = first_answer(state, "shop", fed.ref);
    REQUIRE(answer.has_value());
    return answer->ticket;
}

void Driver::sign_in(const std::string& agent, Skills skills, int capacity)
{
    must(SignInAgent{AgentId(agent), "", std::move(skills), capacity});
}

void Driver::presence(const std::string& agent, Presence presence, const std::string& reason)
{
    must(SetPresence{AgentId(agent), presence, reason, false});
}

void Driver::decline(const std::string& agent, TicketId ticket)
{
    must(DeclineOffer{AgentId(agent), ticket, "busy"});
}

void Driver::complete(const std::string& agent, TicketId ticket)
{
    must(CompleteTicket{AgentId(agent), ticket, "solved"});
}

void Driver::pass(Duration span)
{
    const auto until = now + span;
    for (int ticks = 0;; ++ticks) {
        REQUIRE(ticks < 10'000);
        const auto due = next_deadline(policies, state);
        if (due > until) break;
        now = std::max(now, due);
        must(Tick{});
    }
    now = until;
}

void Driver::tick(Duration span)
{
    now = now + span;
    must(Tick{});
}

Queue& Driver::queue(const std::string& name) { return policies.desk.queues.at(QueueName(name)); }

TicketView Driver::show(TicketId id) const
{
    auto view = ticket_view(state, id);
    REQUIRE(view.has_value());
    return *view;
}

AgentView Driver::agent(const std::string& id) const
{
    auto view = agent_view(state, AgentId(id));
    REQUIRE(view.has_value());
    return *view;
}

std::string Driver::offered_to(TicketId id) const
{
    const auto view = show(id);
    return view.phase == TicketPhase::offered ? view.agent.value : "";
}

void Driver::accept(const std::string& agent, TicketId ticket) { must(AcceptOffer{AgentId(agent), ticket}); }

bool Driver::waits(TicketId id) const { return show(id).phase == TicketPhase::waiting; }

std::vector<std::string> Driver::names() const
{
    std::vector<std::string> names;
    for (const auto& event : last) names.emplace_back(name_of(event.what));
    return names;
}

}  // namespace triaged::desk::test
