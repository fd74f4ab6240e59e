#include "tests/desk/driver.hpp"

namespace triaged::desk::test {

namespace {

struct Desk : Driver {
    Desk()
    {
        policies.desk.threads.reopen = 72h;
        policies.desk.threads.place_kept = 10min;
        policies.desk.threads.keys = {{"phone.number", {"phone.number"}, 24h}};
    }

    TicketId call(const std::string& ref, const std::string& number)
    {
        auto contact = contact_of({ref, "hello", Channel::phone});
        contact.facts.set("phone.number", std::string_view(number));
        must(ReceiveTicket{contact, {}, {}});
        return first_answer(state, "shop", ref)->ticket;
    }
    void abandon(TicketId id) { must(AbandonTicket{id, {}, {}}); }
    void call_back(TicketId id, std::optional<Instant> at = {}, const std::string& number = {})
    {
        must(RequestCallback{id, {}, {}, number, at});
    }
    /// That a snapshot of the state comes back the same.
    void check_snapshot() const
    {
        const auto bytes = save(state);
        const auto restored = restore(bytes);
        REQUIRE(restored.has_value());
        CHECK(save(*restored) == bytes);
        CHECK(next_deadline(policies, *restored) == next_deadline(policies, state));
    }
};

}  // namespace

TEST_CASE("a customer who gives up leaves the line", "[desk]")
{
    Desk desk;
    const auto first = desk.call("a", "1");
    const auto second = desk.call("b", "2");
    desk.now = desk.now + 30s;
    desk.abandon(first);
    CHECK(desk.names() == std::vector<std::string>{"closed_kept", "ticket_abandoned"});
    CHECK(ticket_view(desk.state, first) == std::nullopt);
    desk.sign_in("ana");
    CHECK(desk.offered_to(second) == "ana");

    SECTION("saying so twice changes nothing")
    {
        desk.abandon(first);
        CHECK(desk.last.empty());
    }
    SECTION("one that is offered is taken from the agent first")
    {
        desk.must(AbandonTicket{{}, "shop", "b"});
        CHECK(desk.names() == std::vector<std::string>{"ticket_returned", "ticket_abandoned"});
        CHECK(desk.agent("ana").used == 0);
    }
    SECTION("one that an agent has is the agent's to complete")
    {
        desk.accept("ana", second);
        CHECK(desk.refused(AbandonTicket{second, {}, {}}, "'ana' has it") == ErrorCode::not_waiting);
    }
    SECTION("one that nobody knows is refused")
    {
        CHECK(desk.refused(AbandonTicket{{}, "shop", "x"}, "contact 'x'") == ErrorCode::unknown_ticket);
        CHECK(desk.refused(AbandonTicket{TicketId{99}, {}, {}}, "no such") == ErrorCode::unknown_ticket);
    }
}

TEST_CASE("who comes back soon has their old place in line", "[desk]")
{
    Desk desk;
    const auto first = desk.call("a", "1");
    desk.now = desk.now + 1min;
    const auto second = desk.call("b", "2");
    desk.now = desk.now + 1min;
    const auto place = desk.show(first).queued_as;
    desk.abandon(first);
    desk.check_snapshot();

    SECTION("before those who came after")
    {
        desk.pass(10min);
        CHECK(desk.call("a2", "1") == first);
        CHECK(desk.show(first).queued_as == place);
        CHECK(desk.show(first).waiting_since == desk.now);
        desk.sign_in("ana");
        CHECK(desk.offered_to(first) == "ana");
    }
    SECTION("but not later: then they go to the end, with the history they have")
    {
        desk.pass(10min + 1ms);
        CHECK(desk.call("a2", "1") == first);
        CHECK(desk.show(first).queued_as == desk.now);
        CHECK(desk.show(first).contacts == 2);
        desk.sign_in("ana");
        CHECK(desk.offered_to(second) == "ana");
    }
    SECTION("also if completed tickets are not kept at all")
    {
        desk.policies.desk.threads.reopen = 0s;
        desk.pass(10min);
        CHECK(desk.call("a2", "1") == first);
    }
    SECTION("and not for ever")
    {
        desk.pass(100h);
        CHECK(desk.call("a2", "1") != first);
        CHECK(desk.state.closed.empty());
    }
}

TEST_CASE("who wants to be called keeps their place and is offered as a call", "[desk]")
{
    Desk desk;
    const auto first = desk.feed({"a", "hello", Channel::chat});
    const auto place = desk.show(first).queued_as;
    desk.now = desk.now + 1min;
    const auto second = desk.call("b", "2");
    desk.call_back(first, {}, "+49 30 1");
    const auto view = desk.show(first);
    CHECK(view.channel == Channel::phone);
    CHECK(view.queued_as == place);
    REQUIRE(view.callback.has_value());
    CHECK(view.callback->number == "+49 30 1");
    desk.check_snapshot();
    desk.sign_in("ana", {}, 4);
    CHECK(desk.offered_to(first) == "ana");
    CHECK(desk.show(first).units == 4);
    CHECK(desk.waits(second));
}

TEST_CASE("who wants to be called later is offered then, at the place they had", "[desk]")
{
    Desk desk;
    const auto first = desk.call("a", "1");
    desk.call_back(first, desk.now + 2h);
    CHECK(desk.show(first).callback->number == "1");
    CHECK(desk.show(first).callback->pending);
    desk.check_snapshot();
    desk.sign_in("ana");
    CHECK(desk.waits(first));
    const auto wait = desk.now;

    SECTION("when the time has come")
    {
        desk.pass(2h - 1ms);
        CHECK(desk.waits(first));
        desk.pass(1ms);
        CHECK(desk.offered_to(first) == "ana");
        CHECK(desk.show(first).queued_as == wait);
        CHECK(desk.show(first).waiting_since == desk.now);
    }
    SECTION("unless they call themselves")
    {
        desk.pass(1h);
        CHECK(desk.call("a2", "1") == first);
        CHECK_FALSE(desk.show(first).callback.has_value());
        CHECK(desk.offered_to(first) == "ana");
    }
    SECTION("a letter changes nothing about it")
    {
        desk.contact(first, {"mail", "still there?", Channel::email});
        CHECK(desk.show(first).callback->pending);
        CHECK(desk.show(first).channel == Channel::phone);
    }
    SECTION("unless they think better of it")
    {
        desk.call_back(first);
        CHECK(desk.offered_to(first) == "ana");
    }
    SECTION("asking twice changes nothing")
    {
        desk.call_back(first, desk.show(first).callback->not_before);
        CHECK(desk.last.empty());
    }
    SECTION("or not at all, if they give up")
    {
        desk.abandon(first);
        desk.pass(3h);
        CHECK(desk.state.tickets.empty());
    }
}

TEST_CASE("who comes back too late goes to the end of the line, whatever place a merge had given them",
          "[desk]")
{
    Desk desk;
    const auto early = desk.call("a", "1");
    desk.now = desk.now + 2h;
    const auto late = desk.call("b", "2");
    desk.must(MergeTickets{early, late});
    REQUIRE(desk.show(late).queued_as == desk.now - 2h);
    desk.abandon(late);
    desk.check_snapshot();
    SECTION("in time it is theirs")
    {
        desk.pass(10min);
        CHECK(desk.call("b2", "2") == late);
        CHECK(desk.show(late).queued_as == desk.now - 2h - 10min);
    }
    SECTION("later it is not")
    {
        desk.pass(10min + 1ms);
        CHECK(desk.call("b2", "2") == late);
        CHECK(desk.show(late).queued_as == desk.now);
    }
    desk.check_snapshot();
}

TEST_CASE("who writes as their call falls due is promised what they were from then on", "[desk]")
{
    Desk desk;
    desk.queue("general").sla = "wait";
    desk.policies.desk.slas["wait"].name = "wait";
    desk.policies.desk.slas["wait"].goal(SlaTarget::wait) = {10min, "", {}};
    const auto id = desk.call("a", "1");
    desk.call_back(id, desk.now + 30min);
    desk.now = desk.now + 33min;  // nobody has looked since
    SECTION("by chat") { desk.contact(id, {.ref = "b", .body = "well?", .channel = Channel::chat}); }
    SECTION("asking to be called at another number") { desk.call_back(id, {}, "2"); }
    CHECK(desk.state.find(id)->waiting_since == desk.now - 3min);
    CHECK(next_deadline(desk.policies, desk.state) == desk.now + 7min);
}

}  // namespace triaged::desk::test
