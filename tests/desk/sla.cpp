// Promises: clocks that run, are answered, missed, held, and counted anew when policies change.

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

SlaPolicy wall(std::array<Duration, sla_target_count> within)
{
    SlaPolicy policy{"standard", {}};
    for (const auto target : all_sla_targets)
        policy.goal(target).within = within[static_cast<std::size_t>(target)];
    return policy;
}

/// A desk whose queues promise a first answer in 10, the next in 5 and an end in 60 minutes.
Driver promising()
{
    Driver driver;
    for (auto& [name, queue] : driver.policies.desk.queues) queue.sla = "standard";
    driver.policies.desk.slas["standard"] = wall({0min, 10min, 5min, 60min});
    return driver;
}

/// The desk goes on by the policies as they are now, as after a reload.
void adopt(Driver& driver)
{
    driver.must(adoption_of(*driver.policies.rulebook));
    driver.pass(0ms);
}

std::vector<SlaOutcome> outcomes(const Driver& driver)
{
    const auto ended = driver.all<SlaEnded>();
    REQUIRE(ended.size() == 1);
    return ended.front().outcomes;
}

TicketId mail_held_by_ana(Driver& driver)
{
    driver.sign_in("ana", {}, 3);
    const auto ticket = driver.feed({"r-1", "hello", Channel::email});
    driver.accept("ana", ticket);
    return ticket;
}

}  // namespace

TEST_CASE("an answer in time ends the first promise, and says what it used", "[desk]")
{
    auto driver = promising();
    const auto ticket = mail_held_by_ana(driver);
    driver.pass(4min);
    driver.must(ReplyTicket{AgentId("ana"), ticket, "we are on it"});
    const auto ended = outcomes(driver);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].target == SlaTarget::first_response);
    CHECK(ended[0].used == 4min);
    CHECK_FALSE(ended[0].late);
    driver.pass(20min);
    CHECK(driver.all_of<SlaBreached>(driver.history).empty());
}

TEST_CASE("a promise is missed at the very instant, once, and the answer says how late it is", "[desk]")
{
    auto driver = promising();
    const auto ticket = mail_held_by_ana(driver);
    const auto opened = driver.now;
    driver.pass(10min - 1ms);
    CHECK(driver.all_of<SlaBreached>(driver.history).empty());
    CHECK(next_deadline(driver.policies, driver.state) == opened + 10min);
    driver.pass(30min);
    const auto breaches = driver.all_of<SlaBreached>(driver.history);
    REQUIRE(breaches.size() == 1);
    CHECK(breaches[0].target == SlaTarget::first_response);
    CHECK(breaches[0].due == opened + 10min);
    driver.must(ReplyTicket{AgentId("ana"), ticket, ""});
    CHECK(outcomes(driver)[0].late == 30min - 1ms);
}

TEST_CASE("to take a call or a chat is to answer it, to take a mail is not", "[desk]")
{
    const auto channel = GENERATE(Channel::chat, Channel::phone, Channel::email);
    auto driver = promising();
    driver.sign_in("ana", {}, 4);
    const auto ticket = driver.feed({"r-1", "hello", channel});
    driver.accept("ana", ticket);
    CHECK(driver.all<SlaEnded>().size() == (channel == Channel::email ? 0U : 1U));
}

TEST_CASE("the next promise runs from the oldest contact without an answer", "[desk]")
{
    auto driver = promising();
    const auto ticket = mail_held_by_ana(driver);
    driver.must(ReplyTicket{AgentId("ana"), ticket, ""});
    driver.pass(1h / 2);
    driver.contact(ticket, {"r-2", "and?", Channel::email});
    const auto asked = driver.now;
    driver.pass(2min);
    driver.contact(ticket, {"r-3", "hello?", Channel::email});
    driver.pass(3min);
    const auto breaches = driver.all_of<SlaBreached>(driver.history);
    REQUIRE(breaches.size() == 1);
    CHECK(breaches[0].target == SlaTarget::next_response);
    CHECK(breaches[0].since == asked);
    driver.must(ReplyTicket{AgentId("ana"), ticket, ""});
    CHECK(outcomes(driver)[0].late == 0ms);
    driver.pass(10min);
    driver.contact(ticket, {"r-4", "thanks", Channel::email});
    driver.pass(5min);
    CHECK(driver.all_of<SlaBreached>(driver.history).size() == 2);
}

TEST_CASE("a hold stops the time to resolution and nothing else", "[desk]")
{
    auto driver = promising();
    const auto ticket = mail_held_by_ana(driver);
    driver.pass(5min);
    driver.must(HoldTicket{AgentId("ana"), ticket, "asked the carrier", Instant::max()});
    driver.pass(24h);
    const auto breaches = driver.all_of<SlaBreached>(driver.history);
    REQUIRE(breaches.size() == 1);
    CHECK(breaches[0].target == SlaTarget::first_response);
    driver.must(ResumeTicket{AgentId("ana"), ticket});
    driver.pass(54min);
    driver.complete("ana", ticket);
    const auto ended = outcomes(driver);
    REQUIRE(ended.size() == 2);
    CHECK(ended[1].target == SlaTarget::resolution);
    CHECK(ended[1].used == 59min);
    CHECK_FALSE(ended[1].late);
}

TEST_CASE("a hold ends by a contact or at its time", "[desk]")
{
    auto driver = promising();
    const auto ticket = mail_held_by_ana(driver);
    driver.must(HoldTicket{AgentId("ana"), ticket, "", driver.now + 2h});
    driver.pass(2h);
    auto resumed = driver.all_of<TicketResumed>(driver.history);
    REQUIRE(resumed.size() == 1);
    CHECK(resumed[0].by == "until");
    driver.must(HoldTicket{AgentId("ana"), ticket, "", Instant::max()});
    driver.contact(ticket, {"r-2", "here it is", Channel::email});
    resumed = driver.all_of<TicketResumed>(driver.history);
    REQUIRE(resumed.size() == 2);
    CHECK(resumed[1].by == "contact");
    driver.pass(61min);
    CHECK(driver.all_of<SlaBreached>(driver.history).back().target == SlaTarget::resolution);
}

TEST_CASE("a change of policy counts the same history anew", "[desk]")
{
    auto driver = promising();
    const auto ticket = mail_held_by_ana(driver);
    driver.must(ReplyTicket{AgentId("ana"), ticket, ""});
    driver.pass(20min);
    driver.must(HoldTicket{AgentId("ana"), ticket, "", driver.now + 30min});
    driver.pass(30min);
    driver.policies.desk.slas["standard"].goal(SlaTarget::resolution).within = 25min;
    adopt(driver);
    driver.pass(5min - 1ms);
    CHECK(driver.all_of<SlaBreached>(driver.history).empty());
    driver.pass(1ms);
    CHECK(driver.all_of<SlaBreached>(driver.history).size() == 1);
}

TEST_CASE("a policy may ask for a warning before a promise is missed", "[desk]")
{
    auto driver = promising();
    driver.policies.desk.slas["standard"].goal(SlaTarget::first_response).warn = 3min;
    mail_held_by_ana(driver);
    driver.pass(7min);
    CHECK(driver.all_of<SlaWarned>(driver.history).size() == 1);
    CHECK(driver.all_of<SlaBreached>(driver.history).empty());
    driver.pass(3min);
    CHECK(driver.all_of<SlaWarned>(driver.history).size() == 1);
    CHECK(driver.all_of<SlaBreached>(driver.history).size() == 1);
}

TEST_CASE("a ticket that is reopened is promised an end again", "[desk]")
{
    auto driver = promising();
    driver.policies.desk.threads.reopen = 24h;
    const auto ticket = mail_held_by_ana(driver);
    driver.complete("ana", ticket);
    driver.pass(2h);
    driver.must(ReopenTicket{ticket});
    driver.accept("ana", ticket);
    driver.pass(59min);
    CHECK(driver.all_of<SlaBreached>(driver.history).empty());
    driver.pass(1min);
    CHECK(driver.all_of<SlaBreached>(driver.history).size() == 1);
}

TEST_CASE("the wait for an agent may be promised too", "[desk]")
{
    auto driver = promising();
    driver.policies.desk.slas["standard"] = wall({2min, 0min, 0min, 0min});
    const auto ticket = driver.feed({"r-1", "hello", Channel::email});
    driver.pass(3min);
    CHECK(driver.all_of<SlaBreached>(driver.history).size() == 1);
    driver.sign_in("ana");
    driver.accept("ana", ticket);
    CHECK(outcomes(driver)[0].late == 1min);
    driver.presence("ana", Presence::offline);
    driver.pass(2min);
    CHECK(driver.all_of<SlaBreached>(driver.history).size() == 2);
}

TEST_CASE("only who has the ticket answers or holds it, and only for a time ahead", "[desk]")
{
    auto driver = promising();
    const auto ticket = mail_held_by_ana(driver);
    driver.sign_in("ben");
    CHECK(driver.refused(ReplyTicket{AgentId("ben"), ticket, ""}) == ErrorCode::not_assigned);
    CHECK(driver.refused(HoldTicket{AgentId("ben"), ticket, "", Instant::max()}) == ErrorCode::not_assigned);
    CHECK(driver.refused(ResumeTicket{AgentId("ben"), ticket}) == ErrorCode::not_assigned);
    CHECK(driver.refused(HoldTicket{AgentId("ana"), ticket, "", driver.now}) == ErrorCode::bad_value);
}

TEST_CASE("a snapshot keeps what promises count from", "[desk]")
{
    auto driver = promising();
    const auto ticket = mail_held_by_ana(driver);
    driver.pass(11min);
    driver.must(HoldTicket{AgentId("ana"), ticket, "parts", driver.now + 2h});
    const auto bytes = save(driver.state);
    auto restored = restore(bytes);
    REQUIRE(restored);
    CHECK(save(*restored) == bytes);
    const auto& kept = *restored->find(ticket);
    CHECK(kept.record == driver.state.find(ticket)->record);
    REQUIRE(kept.extras);
    CHECK(kept.extras->hold_reason == "parts");
    CHECK(kept.extras->pauses == driver.state.find(ticket)->extras->pauses);
}

TEST_CASE("a desk that was started with another configuration looks at its open tickets by it", "[desk]")
{
    auto driver = promising();
    const auto opened = driver.now;
    driver.feed({"r-1", "hello", Channel::email});
    driver.pass(2min);
    auto restored = restore(save(driver.state));
    REQUIRE(restored);
    driver.state = std::move(*restored);
    driver.policies.desk.slas["standard"].goal(SlaTarget::first_response).within = 5min;
    driver.must(adoption_of(*driver.policies.rulebook));
    CHECK(driver.names() == std::vector<std::string>{"policies_adopted"});
    driver.pass(3min);
    const auto breaches = driver.all_of<SlaBreached>(driver.history);
    REQUIRE(breaches.size() == 1);
    CHECK(breaches[0].due == opened + 5min);

    restored = restore(save(driver.state));  // and what it has adopted it need not adopt again
    REQUIRE(restored);
    driver.state = std::move(*restored);
    driver.must(adoption_of(*driver.policies.rulebook));
    CHECK(driver.last.empty());
}

TEST_CASE("who gives up waiting ends every promise", "[desk]")
{
    auto driver = promising();
    driver.policies.desk.slas["standard"] = wall({20min, 10min, 5min, 60min, 15min});
    const auto ticket = driver.feed({"r-1", "hello", Channel::phone});
    driver.pass(12min);
    driver.must(AbandonTicket{ticket, {}, {}});
    const auto ended = outcomes(driver);
    REQUIRE(ended.size() == 4);
    for (const auto& outcome : ended) {
        CHECK(outcome.used == 12min);
        CHECK(outcome.late.has_value() == (outcome.target == SlaTarget::first_response));
    }
    driver.pass(2h);
    CHECK(driver.all_of<SlaBreached>(driver.history).size() == 1);
}

TEST_CASE("what a ticket was promised ends when it is merged, and goes on if that is undone", "[desk]")
{
    auto driver = promising();
    const auto ticket = driver.feed({"r-1", "hello"});
    const auto other = driver.feed({"r-2", "hello again"});
    driver.pass(4min);
    driver.must(MergeTickets{ticket, other});
    const auto ended = driver.all<SlaEnded>();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].ticket == ticket);
    REQUIRE(ended[0].outcomes.size() == 2);
    CHECK(ended[0].outcomes[0].target == SlaTarget::first_response);
    CHECK(ended[0].outcomes[0].used == 4min);
    CHECK_FALSE(ended[0].outcomes[0].late.has_value());
    driver.pass(4min);
    driver.must(SplitTicket{ticket, "", "", "", ""});
    driver.pass(2min);  // the customer has waited for ten
    const auto missed = driver.all_of<SlaBreached>(driver.history);
    CHECK(std::count_if(missed.begin(), missed.end(),
                        [&](const SlaBreached& breach) { return breach.ticket == ticket; }) == 1);
}

TEST_CASE("a ticket that becomes more urgent has the time its priority has, from when it came", "[desk]")
{
    auto driver = promising();
    driver.policies.desk.slas["standard"] = wall({0min, 8h, 0min, 0min, 0min});
    auto& within = driver.policies.desk.slas["standard"].goal(SlaTarget::first_response).within;
    within[Priority::urgent] = 90min;
    driver.policies.rulebook = load_rules(R"(stage: escalate
rules:
  - rule: old
    when: {age: {at_least: 1h}}
    then: {priority: urgent}
)");
    adopt(driver);
    const auto ticket = driver.feed({"r-1", "hello", Channel::email});
    const auto opened = driver.now;
    const auto shown = [&] {
        return sla_views(driver.policies.desk, driver.state, ticket, driver.now)->at(0);
    };
    CHECK(shown().within == 8h);
    CHECK(shown().priority == Priority::normal);
    CHECK_FALSE(shown().own_policy);
    driver.pass(1h);
    CHECK(shown().within == 90min);
    CHECK(shown().priority == Priority::urgent);
    driver.pass(30min - 1ms);
    CHECK(driver.all_of<SlaBreached>(driver.history).empty());
    driver.pass(1ms);
    const auto breaches = driver.all_of<SlaBreached>(driver.history);
    REQUIRE(breaches.size() == 1);
    CHECK(breaches[0].due == opened + 90min);
}

TEST_CASE("a ticket that is too urgent for the time it has waited is late at once", "[desk]")
{
    auto driver = promising();
    driver.policies.desk.slas["standard"] = wall({0min, 8h, 0min, 0min, 0min});
    auto& within = driver.policies.desk.slas["standard"].goal(SlaTarget::first_response).within;
    within[Priority::urgent] = 10min;
    const auto ticket = driver.feed({"r-1", "hello", Channel::email});
    const auto opened = driver.now;
    driver.pass(1h);
    driver.contact(ticket, {"r-2", "this is fraud", Channel::email});
    REQUIRE(driver.show(ticket).routing.priority == Priority::urgent);
    driver.pass(1ms);
    const auto breaches = driver.all_of<SlaBreached>(driver.history);
    REQUIRE(breaches.size() == 1);
    CHECK(breaches[0].due == opened + 10min);
}

TEST_CASE("a queue's own promise runs until somebody takes the ticket, anew on each queue", "[desk]")
{
    auto driver = promising();
    driver.policies.desk.slas["standard"] = wall({0min, 0min, 0min, 0min, 10min});
    const auto ticket = driver.feed({"r-1", "hello", Channel::email});
    driver.pass(8min);
    driver.must(RequeueTicket{ticket, QueueName("floor"), ""});
    auto ended = outcomes(driver);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].target == SlaTarget::queue);
    CHECK(ended[0].used == 8min);
    CHECK_FALSE(ended[0].late);
    const auto came = driver.now;
    driver.pass(10min);
    auto breaches = driver.all_of<SlaBreached>(driver.history);
    REQUIRE(breaches.size() == 1);
    CHECK(breaches[0].since == came);
    CHECK(breaches[0].due == came + 10min);
    driver.pass(1min);
    driver.sign_in("ana");
    driver.accept("ana", ticket);
    ended = outcomes(driver);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].late == 1min);
    driver.pass(1h);  // nobody waits for the queue any more
    driver.must(ReleaseTicket{AgentId("ana"), ticket, ""});
    driver.pass(10min - 1ms);
    CHECK(driver.all_of<SlaBreached>(driver.history).size() == 1);
    driver.pass(1ms);
    CHECK(driver.all_of<SlaBreached>(driver.history).size() == 2);
}
