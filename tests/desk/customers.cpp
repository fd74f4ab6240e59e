#include "engine/desk/customers.hpp"

#include "tests/desk/driver.hpp"

using namespace triaged;
using namespace triaged::desk;
using namespace triaged::desk::test;

namespace {

FactSet text_fact(std::string_view name, std::string_view value)
{
    FactSet facts;
    facts.set(name, value);
    return facts;
}

/// A desk on which detractors and late orders escalate.
Driver attentive_desk()
{
    Driver desk;
    desk.policies.rulebook = load_rules(R"(stage: escalate
rules:
  - rule: win-back
    when: {customer.attitude: detractor}
    then: {priority: high, tags: [win-back]}
  - rule: late-order
    when: {order.days_late: {at_least: 3}}
    then: {tags: [late-order]}
  - rule: feedback
    when: {feedback.nps: {at_most: 6}}
    then: {tags: [feedback]}
)");
    desk.policies.desk.slas["priority"] = SlaPolicy{"priority", 4h, {}};
    desk.policies.desk.slas["standard"] = SlaPolicy{"standard", 12h, {}};
    desk.must(adoption_of(*desk.policies.rulebook));
    return desk;
}

GiveFeedback feedback(std::string ref, std::string customer, int nps, std::string text = {})
{
    return {"shop", std::move(ref), CustomerId(std::move(customer)), {}, nps, {}, std::move(text)};
}

Contact about_order(const std::string& ref, const std::string& order)
{
    auto contact = contact_of({.ref = ref});
    contact.facts.set("order.id", std::string_view(order));
    return contact;
}

bool has_tag(const Driver& desk, TicketId ticket, const std::string& tag)
{
    const auto tags = desk.show(ticket).routing.tags;
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

}  // namespace

TEST_CASE("ten thousand customers are told apart", "[desk]")
{
    State state;
    std::vector<CustomerSlot> slots;
    for (int i = 0; i < 10'000; ++i) slots.push_back(state.customer_slot(CustomerId(std::to_string(i))));
    for (int i = 0; i < 10'000; ++i) {
        const CustomerId id(std::to_string(i));
        REQUIRE(state.slot_of(id) == slots[static_cast<std::size_t>(i)]);
        REQUIRE(state.find(id)->id == id);
        REQUIRE(state.customer_slot(id) == slots[static_cast<std::size_t>(i)]);
    }
    CHECK(state.slot_of(CustomerId("10000")) == CustomerSlot::none);
    CHECK(state.find(CustomerId("10000")) == nullptr);
}

TEST_CASE("news of a customer have the rules look at all their open tickets again", "[desk]")
{
    auto desk = attentive_desk();
    const auto first = desk.feed({.ref = "a", .customer = "c-1"});
    const auto second = desk.feed({.ref = "b", .customer = "c-1"});
    const auto other = desk.feed({.ref = "c", .customer = "c-2"});
    desk.must(UpdateCustomer{CustomerId("c-1"), text_fact("customer.attitude", "detractor")});
    CHECK(desk.all<TicketEscalated>().empty());
    desk.pass(10ms);
    CHECK(has_tag(desk, first, "win-back"));
    CHECK(has_tag(desk, second, "win-back"));
    CHECK_FALSE(has_tag(desk, other, "win-back"));
    CHECK(desk.show(first).routing.priority == Priority::high);
}

TEST_CASE("news that no rule of escalate reads have nothing looked at again", "[desk]")
{
    auto desk = attentive_desk();
    desk.feed({.ref = "a", .customer = "c-1"});
    desk.must(UpdateCustomer{CustomerId("c-1"), text_fact("customer.tier", "vip")});
    CHECK(desk.names() == std::vector<std::string>{"customer_updated"});
    desk.must(UpdateOrder{"o-1", CustomerId("c-1"), text_fact("order.product", "toys")});
    CHECK(desk.names() == std::vector<std::string>{"order_updated"});
}

TEST_CASE("however many tickets a customer has, news have only so many of them looked at again", "[desk]")
{
    auto desk = attentive_desk();
    std::vector<TicketId> tickets;
    for (std::size_t i = 0; i < refreshed_max + 10; ++i)
        tickets.push_back(desk.feed({.ref = std::to_string(i), .customer = "c-1"}));
    desk.must(UpdateCustomer{CustomerId("c-1"), text_fact("customer.attitude", "detractor")});
    const auto scheduled = desk.all<RecheckScheduled>();
    REQUIRE(scheduled.size() == refreshed_max);
    CHECK(scheduled.front().ticket == tickets[10]);
    CHECK(scheduled.back().ticket == tickets.back());
    desk.must(UpdateCustomer{CustomerId("c-1"), text_fact("customer.attitude", "passive")});
    CHECK(desk.all<RecheckScheduled>().empty());  // they are about to be looked at
    desk.must(UpdateCustomer{CustomerId("c-1"), text_fact("customer.attitude", "detractor")});
    desk.pass(10ms);
    CHECK(has_tag(desk, tickets[10], "win-back"));
    CHECK_FALSE(has_tag(desk, tickets[9], "win-back"));
}

TEST_CASE("feedback moves the customer's NPS and attitude, the latest answer counting", "[desk]")
{
    struct Row {
        std::optional<int> nps, csat;
        std::string_view attitude;
    };
    const auto row = GENERATE(values<Row>({{10, {}, "promoter"},
                                           {9, 1, "promoter"},
                                           {8, {}, "passive"},
                                           {7, {}, "passive"},
                                           {6, 5, "detractor"},
                                           {0, {}, "detractor"},
                                           {{}, 5, "promoter"},
                                           {{}, 3, "passive"},
                                           {{}, 2, "detractor"}}));
    auto desk = attentive_desk();
    desk.must(feedback("f-0", "c-1", 8));
    auto given = feedback("f-1", "c-1", 0);
    given.nps = row.nps;
    given.csat = row.csat;
    desk.must(given);
    const auto& facts = desk.state.find(CustomerId("c-1"))->facts;
    CHECK(facts.find("customer.attitude") == FactValue{row.attitude});
    CHECK(facts.find("customer.nps") == FactValue{static_cast<double>(row.nps.value_or(8))});
}

TEST_CASE("a detractor's words become a contact: on the ticket they are about, or a ticket of their own",
          "[desk]")
{
    auto desk = attentive_desk();
    const auto ticket = desk.feed({.ref = "a", .customer = "c-1"});
    auto given = feedback("f-1", "", 3, "never again");
    given.ticket = ticket;
    desk.must(given);
    CHECK(desk.all<FeedbackGiven>().at(0).customer == CustomerId("c-1"));
    CHECK(desk.all<ContactJoined>().size() == 1);
    CHECK(has_tag(desk, ticket, "win-back"));
    CHECK(has_tag(desk, ticket, "feedback"));

    desk.must(feedback("f-2", "c-2", 2, "you lost my parcel"));
    REQUIRE(desk.all<TicketOpened>().size() == 1);
    CHECK(desk.all<TicketOpened>()[0].contact.channel == Channel::email);
    CHECK(has_tag(desk, desk.all<TicketOpened>()[0].ticket, "win-back"));

    desk.must(feedback("f-3", "c-3", 9, "lovely"));
    desk.must(feedback("f-4", "c-3", 1));
    CHECK(desk.all<TicketOpened>().empty());
}

TEST_CASE("feedback counts once, however often it is sent", "[desk]")
{
    auto desk = attentive_desk();
    desk.must(feedback("f-1", "c-1", 2, "no"));
    desk.must(feedback("f-1", "c-1", 9, "yes"));
    CHECK(desk.last.empty());
    CHECK(desk.state.find(CustomerId("c-1"))->facts.find("customer.nps") == FactValue{2.0});
}

TEST_CASE("feedback that says nothing, or nothing possible, is refused", "[desk]")
{
    auto desk = attentive_desk();
    CHECK(desk.refused(feedback("", "c-1", 2)) == ErrorCode::missing_field);
    CHECK(desk.refused(feedback("f", "c-1", 11), "nps goes from 0 to 10") == ErrorCode::bad_value);
    auto empty = feedback("f", "c-1", 1);
    empty.nps.reset();
    CHECK(desk.refused(empty) == ErrorCode::missing_field);
    empty.csat = 6;
    CHECK(desk.refused(empty, "csat goes from 1 to 5") == ErrorCode::bad_value);
    auto future = feedback("f", "c-1", 1);
    future.ticket = TicketId{99};
    CHECK(desk.refused(future) == ErrorCode::unknown_ticket);
}

TEST_CASE("a ticket that only names its order gets what is known of it, its own facts winning", "[desk]")
{
    auto desk = attentive_desk();
    FactSet facts;
    facts.set("order.days_late", 5.0);
    facts.set("order.product", std::string_view("toys"));
    desk.must(UpdateOrder{"o-1", CustomerId("c-1"), facts});
    desk.must(ReceiveTicket{about_order("a", "o-1"), {}, {}});
    const auto ticket = desk.all<TicketOpened>().at(0).ticket;
    CHECK(desk.show(ticket).customer == CustomerId("c-1"));
    CHECK(has_tag(desk, ticket, "late-order"));
    CHECK(evidence(desk.state, ticket)->ticket.find("order.product") == FactValue{std::string_view("toys")});

    auto own = about_order("b", "o-1");
    own.facts.set("order.days_late", 0.0);
    desk.must(ReceiveTicket{own, {}, {}});
    CHECK_FALSE(has_tag(desk, desk.all<TicketOpened>().at(0).ticket, "late-order"));
}

TEST_CASE("news of an order have the rules look at its customer's open tickets again", "[desk]")
{
    auto desk = attentive_desk();
    desk.must(UpdateOrder{"o-1", CustomerId("c-1"), {}});
    desk.must(ReceiveTicket{about_order("a", "o-1"), {}, {}});
    const auto ticket = desk.all<TicketOpened>().at(0).ticket;
    CHECK_FALSE(has_tag(desk, ticket, "late-order"));
    FactSet late;
    late.set("order.days_late", 4.0);
    desk.must(UpdateOrder{"o-1", {}, late});
    desk.must(UpdateOrder{"o-1", {}, late});
    CHECK(desk.last.empty());  // no news
    desk.pass(10ms);
    CHECK(has_tag(desk, ticket, "late-order"));
}

TEST_CASE("orders without news for long are forgotten", "[desk]")
{
    auto desk = attentive_desk();
    desk.must(UpdateOrder{"o-1", CustomerId("c-1"), {}});
    desk.now = desk.now + orders_kept;
    desk.must(UpdateOrder{"o-2", CustomerId("c-1"), {}});
    CHECK(desk.state.orders.find("o-1") != nullptr);
    desk.now = desk.now + 1ms;
    desk.must(UpdateOrder{"o-3", CustomerId("c-1"), {}});
    CHECK(desk.state.orders.find("o-1") == nullptr);
    CHECK(desk.state.orders.find("o-2") != nullptr);
}

TEST_CASE("the contract that ends last sets the SLA policy, unless a rule does", "[desk]")
{
    auto desk = attentive_desk();
    const CustomerId customer("c-1");
    desk.must(UpdateContract{"k-1", customer, "standard", desk.now + 1h});
    desk.must(UpdateContract{"k-2", customer, "priority", desk.now + 2h});
    CHECK(desk.show(desk.feed({.ref = "a", .customer = "c-1"})).routing.sla == "priority");
    CHECK(desk.show(desk.feed({.ref = "b", .customer = "c-2"})).routing.sla.empty());
    desk.must(UpdateContract{"k-2", customer, "priority", desk.now});  // ended early
    CHECK(desk.show(desk.feed({.ref = "c", .customer = "c-1"})).routing.sla == "standard");
    desk.pass(1h);
    CHECK(desk.show(desk.feed({.ref = "d", .customer = "c-1"})).routing.sla.empty());
    CHECK(desk.refused(UpdateContract{"k-3", customer, "prioriti", Instant::max()},
                       "did you mean 'priority'") == ErrorCode::bad_value);
    CHECK(desk.refused(UpdateContract{"", customer, "", Instant::max()}) == ErrorCode::missing_field);
    CHECK(desk.refused(UpdateContract{"k-3", {}, "", Instant::max()}) == ErrorCode::missing_field);
}

TEST_CASE("how active a customer is follows from orders and contacts, unless somebody says it", "[desk]")
{
    auto desk = attentive_desk();
    desk.policies.desk.activity = ActivityPolicy{30min, 2h, 10h};
    const auto activity = [&](const std::string& ref, const std::string& customer) {
        const auto ticket = desk.feed({.ref = ref, .customer = customer});
        const auto facts = evidence(desk.state, ticket)->ticket;
        const auto found = facts.find("customer.activity");
        return found ? to_string(*found) : std::string();
    };
    CHECK(activity("a", "c-1") == "new");
    desk.pass(1h);
    CHECK(activity("b", "c-1") == "active");
    desk.pass(9h);
    CHECK(activity("c", "c-1") == "occasional");
    desk.pass(11h);
    CHECK(activity("d", "c-1") == "lapsed");
    desk.pass(11h);
    desk.must(UpdateOrder{"o-1", CustomerId("c-1"), {}});
    CHECK(activity("e", "c-1") == "active");
    desk.must(UpdateCustomer{CustomerId("c-1"), text_fact("customer.activity", "lapsed")});
    CHECK(activity("f", "c-1").empty());  // it is the customer's own fact
}

TEST_CASE("what a desk knows of customers survives a snapshot", "[desk]")
{
    auto desk = attentive_desk();
    desk.feed({.ref = "a", .customer = "c-1"});
    desk.must(UpdateOrder{"o-1", CustomerId("c-1"), text_fact("order.product", "toys")});
    desk.must(UpdateContract{"k-1", CustomerId("c-1"), "priority", desk.now + 1h});
    desk.must(feedback("f-1", "c-1", 2, "no"));
    auto restored = restore(save(desk.state));
    REQUIRE(restored.has_value());
    CHECK(save(*restored) == save(desk.state));
    const auto again = step(desk.policies, *restored, Command(feedback("f-1", "c-1", 2, "no")), desk.now);
    CHECK(again->empty());
    CHECK(entitled_sla(desk.policies.desk, *restored, CustomerId("c-1"), desk.now) == "priority");
    CHECK(restored->orders.all() == desk.state.orders.all());
    CHECK(restored->find(CustomerId("c-1"))->open == desk.state.find(CustomerId("c-1"))->open);
}
