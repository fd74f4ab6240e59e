#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

TEST_CASE("a ticket is opened, routed and waits", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .body = "It came broken"});
    CHECK(id == TicketId{1});
    CHECK(desk.names() == std::vector<std::string>{"ticket_opened", "ticket_routed"});
    const auto view = desk.show(id);
    CHECK(view.routing.queue == QueueName("returns"));
    CHECK(view.routing.intent == "damaged");
    CHECK(view.routing.tags == std::vector<std::string>{"damaged"});
    CHECK(view.rules == std::vector<std::string>{"broken", "to-returns"});
    CHECK(view.phase == TicketPhase::waiting);
    CHECK(view.needs == Skills{{"returns", 1}});
    CHECK(view.source == "shop");
    CHECK(view.ref == "a");
    CHECK(view.body == "It came broken");
    CHECK(view.opened_at == desk.now);
    CHECK(view.waiting_since == desk.now);
}

TEST_CASE("events are numbered one after the other from 1", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    desk.feed({.ref = "a"});
    desk.feed({.ref = "b"});
    for (std::size_t i = 0; i < desk.history.size(); ++i) CHECK(desk.history[i].seq == i + 1);
    CHECK(desk.state.head == desk.history.size());
}

TEST_CASE("needs are the queue's and the rules' skills together", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .body = "refund please", .language = "de"});
    CHECK(desk.show(id).needs == Skills{{"billing", 3}, {"german", 2}});
    CHECK(desk.show(id).routing.skills == Skills{{"billing", 3}, {"german", 2}});
}

TEST_CASE("a ticket without a ref is refused", "[desk]")
{
    Driver desk;
    CHECK(desk.refused(ReceiveTicket{contact_of({.ref = ""}), {}, {}}, "ref") == ErrorCode::missing_field);
    CHECK(desk.refused(ReceiveContact{TicketId{1}, contact_of({.ref = ""}), {}, {}}, "ref") ==
          ErrorCode::missing_field);
}

TEST_CASE("the same source and ref again changes nothing and has the first answer", "[desk]")
{
    Driver desk;
    desk.feed({.ref = "a", .body = "broken"});
    const auto first = first_answer(desk.state, "shop", "a");
    const auto before = save(desk.state);
    desk.must(ReceiveTicket{contact_of({.ref = "a", .body = "refund"}), {}, {}});
    CHECK(desk.last.empty());
    desk.must(ReceiveContact{TicketId{77}, contact_of({.ref = "a"}), {}, {}});
    CHECK(desk.last.empty());
    CHECK(save(desk.state) == before);
    CHECK(first_answer(desk.state, "shop", "a") == first);
    REQUIRE(first.has_value());
    CHECK(first->queue == "returns");
    CHECK(first->rules == std::vector<std::string_view>{"broken", "to-returns"});
    CHECK(first->rulebook == desk.policies.rulebook->id());
    CHECK(first->seq == 3);  // adopted, opened, routed
}

TEST_CASE("refs of different sources are different contacts", "[desk]")
{
    Driver desk;
    auto one = contact_of({.ref = "bc"});
    one.source = "a";
    auto other = contact_of({.ref = "c"});
    other.source = "ab";
    desk.must(ReceiveTicket{one, {}, {}});
    desk.must(ReceiveTicket{other, {}, {}});
    CHECK(first_answer(desk.state, "a", "bc")->ticket == TicketId{1});
    CHECK(first_answer(desk.state, "ab", "c")->ticket == TicketId{2});
    CHECK_FALSE(first_answer(desk.state, "a", "c").has_value());
}

TEST_CASE("the first answer stays the same whatever becomes of the ticket", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .body = "broken"});
    const auto first = first_answer(desk.state, "shop", "a");
    desk.pass(2h);  // both escalations
    CHECK(desk.show(id).routing.queue == QueueName("floor"));
    CHECK(first_answer(desk.state, "shop", "a") == first);
    desk.sign_in("ana", {{"returns", 1}, {"senior", 1}});
    desk.accept("ana", id);
    desk.complete("ana", id);
    CHECK(first_answer(desk.state, "shop", "a") == first);
}

TEST_CASE("customers are updated only by what is new", "[desk]")
{
    Driver desk;
    desk.feed({.ref = "a", .customer = "c-1", .tier = "prime"});
    CHECK(desk.names() == std::vector<std::string>{"customer_updated", "ticket_opened", "ticket_routed"});
    desk.feed({.ref = "b", .customer = "c-1", .tier = "prime"});
    CHECK(desk.names() == std::vector<std::string>{"ticket_opened", "ticket_routed"});

    FactSet facts;
    facts.set("customer.tier", std::string_view("prime"));
    facts.set("customer.nps", 9.0);
    desk.must(UpdateCustomer{CustomerId("c-1"), facts});
    REQUIRE(desk.all<CustomerUpdated>().size() == 1);
    CHECK_FALSE(desk.all<CustomerUpdated>()[0].facts.find("customer.tier").has_value());
    CHECK(desk.all<CustomerUpdated>()[0].facts.find("customer.nps") == FactValue{9.0});
    desk.must(UpdateCustomer{CustomerId("c-1"), facts});
    CHECK(desk.last.empty());
    CHECK(desk.refused(UpdateCustomer{CustomerId(), facts}) == ErrorCode::missing_field);
}

TEST_CASE("rules see the facts that come with a ticket, and later ones the stored ones", "[desk]")
{
    Driver desk;
    const auto first = desk.feed({.ref = "a", .customer = "c-1", .tier = "vip"});
    const auto second = desk.feed({.ref = "b", .customer = "c-1"});
    CHECK(desk.show(first).routing.priority == Priority::urgent);
    CHECK(desk.show(second).routing.priority == Priority::urgent);
    CHECK(desk.show(desk.feed({.ref = "c", .customer = "c-2"})).routing.priority == Priority::normal);
}

TEST_CASE("what is said of a customer without an id counts for that ticket alone", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .tier = "vip"});
    CHECK(desk.all<CustomerUpdated>().empty());
    CHECK(desk.show(id).routing.priority == Priority::urgent);
    CHECK(desk.show(id).facts.find("customer.tier") == FactValue{std::string_view("vip")});
}

TEST_CASE("customer.contacts counts the contacts before this one", "[desk]")
{
    Driver desk;
    FactSet forged;
    forged.set("customer.contacts", 50.0);
    auto contact = contact_of({.ref = "a", .customer = "c-1"});
    desk.must(ReceiveTicket{contact, forged, {}});
    CHECK(desk.show(TicketId{1}).routing.tags.empty());
    desk.contact(TicketId{1}, {.ref = "b"});
    const auto third = desk.feed({.ref = "c", .customer = "c-1"});
    CHECK(desk.show(third).routing.tags == std::vector<std::string>{"regular"});
    CHECK(evidence(desk.state, third)->ticket.find("customer.contacts") == FactValue{2.0});
}

TEST_CASE("text facts of another rulebook are not believed", "[desk]")
{
    Driver desk;
    desk.must(ReceiveTicket{
        contact_of({.ref = "a", .body = "broken"}), {}, TextFacts{RulebookId{4711}, {0, 1, 2}}});
    CHECK(desk.show(TicketId{1}).routing.queue == QueueName("returns"));
}

TEST_CASE("text facts of the rulebook in force are taken as they are", "[desk]")
{
    Driver desk;
    const auto broken = desk.policies.rulebook->scan("", "broken");
    desk.must(ReceiveTicket{contact_of({.ref = "a", .body = "hello"}), {}, broken});
    CHECK(desk.show(TicketId{1}).routing.queue == QueueName("returns"));
}

TEST_CASE("a contact joins its open ticket: same queue and place, tags, skills and facts add up", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a", .body = "broken", .language = "de"});
    const auto before = desk.show(id);
    desk.now = desk.now + 5min;
    CHECK(desk.contact(id, {.ref = "b", .body = "refund!", .channel = Channel::email}) == id);
    CHECK(desk.names() == std::vector<std::string>{"contact_joined", "ticket_routed"});
    const auto view = desk.show(id);
    CHECK(view.routing.queue == QueueName("returns"));
    CHECK(view.queued_as == before.queued_as);
    CHECK(view.enqueued_at == before.enqueued_at);
    CHECK(view.routing.intent == "damaged");
    CHECK(view.routing.tags == std::vector<std::string>{"damaged", "money"});
    CHECK(view.needs == Skills{{"billing", 3}, {"german", 2}, {"returns", 1}});
    CHECK(view.facts.find("language") == FactValue{std::string_view("de")});
    CHECK(view.channel == Channel::email);
    CHECK(view.body == "refund!");
    CHECK(view.earlier == "broken");
    CHECK(view.contacts == 2);
    CHECK(view.last_contact_at == desk.now);
    const auto answer = first_answer(desk.state, "shop", "b");
    CHECK(answer->joined);
    CHECK(answer->queue == "returns");
    CHECK(answer->follows == TicketId{});
}

TEST_CASE("a contact may raise the priority, which moves the ticket forward, and never lowers it", "[desk]")
{
    Driver desk;
    const auto id = desk.feed({.ref = "a"});
    const auto before = desk.show(id);
    desk.now = desk.now + 1min;
    desk.contact(id, {.ref = "b", .body = "I am angry"});
    CHECK(desk.show(id).routing.priority == Priority::high);
    CHECK(desk.show(id).queued_as == before.enqueued_at - 30min);
    desk.contact(id, {.ref = "c", .body = "thank you"});
    CHECK(desk.show(id).routing.priority == Priority::high);
    CHECK(desk.show(id).queued_as == before.enqueued_at - 30min);
}

TEST_CASE("a contact on an assigned ticket leaves it where it is", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.accept("ana", id);
    desk.contact(id, {.ref = "b", .body = "broken"});
    CHECK(desk.show(id).phase == TicketPhase::assigned);
    CHECK(desk.show(id).agent == AgentId("ana"));
    desk.complete("ana", id);
    CHECK(desk.agent("ana").used == 0);
}

TEST_CASE("a contact on a completed ticket opens one that follows it", "[desk]")
{
    Driver desk;
    desk.sign_in("ana");
    const auto id = desk.feed({.ref = "a"});
    desk.accept("ana", id);
    desk.complete("ana", id);
    const auto next = desk.contact(id, {.ref = "b"});
    CHECK(next == TicketId{2});
    CHECK(desk.show(next).follows == id);
    const auto answer = first_answer(desk.state, "shop", "b");
    CHECK_FALSE(answer->joined);
    CHECK(answer->follows == id);
}

TEST_CASE("a contact on a ticket that never was is refused", "[desk]")
{
    Driver desk;
    desk.feed({.ref = "a"});
    CHECK(desk.refused(ReceiveContact{TicketId{2}, contact_of({.ref = "b"}), {}, {}}, "T-2") ==
          ErrorCode::unknown_ticket);
    CHECK(desk.refused(ReceiveContact{TicketId{0}, contact_of({.ref = "b"}), {}, {}}) ==
          ErrorCode::unknown_ticket);
    CHECK_FALSE(first_answer(desk.state, "shop", "b").has_value());
}

TEST_CASE("earlier text is kept up to a bound, whole characters only", "[desk]")
{
    Driver desk;
    const std::string umlauts = [] {
        std::string text;
        for (int i = 0; i < 20'000; ++i) text += "ä";
        return text;
    }();
    const auto id = desk.feed({.ref = "a", .body = umlauts});
    desk.contact(id, {.ref = "b", .body = umlauts + "x"});
    desk.contact(id, {.ref = "c", .body = "end"});
    const auto view = desk.show(id);
    CHECK(view.body == "end");
    CHECK(view.earlier.size() <= 65'536);
    CHECK(view.earlier.size() > 65'530);
    CHECK(view.earlier.substr(0, 2) == "ä");
    CHECK(view.earlier.back() == 'x');
}
