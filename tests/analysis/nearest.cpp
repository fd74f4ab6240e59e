// Nearest: the change it names is the smallest, and the rulebook itself agrees.

#include "engine/analysis/nearest.hpp"

#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;
using analysis::Change;
using analysis::Nearest;

namespace {

analysis::Nearest to(const std::string& queue, const TestTicket& ticket, const std::vector<Source>& sources)
{
    auto facts = ticket.ticket();
    facts.set("channel", std::string_view("email"));
    facts.set("source", std::string_view("socket"));
    return analysis::nearest(*a_rulebook(sources), a_vocabulary().facts,
                             {ticket.subject(), ticket.body(), facts, ticket.customer()}, QueueName(queue),
                             {10'000});
}

Source route(const std::string& rules) { return {"40.yaml", "stage: route\nrules:\n" + rules}; }

const std::string dear =
    "  - rule: dear\n    when: {order.value: {at_least: 100}, text: [broken, cracked]}\n"
    "    then: {queue: returns}\n";

}  // namespace

TEST_CASE("a ticket on its way to the queue needs no change", "[analysis][nearest]")
{
    const auto found = to("general", a_ticket().body("hello"), {route(dear)});
    CHECK(found.verdict == Nearest::Verdict::there);
    CHECK(found.changes.empty());
}

TEST_CASE("one number is moved no further than it must be", "[analysis][nearest]")
{
    const auto found = to("returns", a_ticket().body("It is broken").with("order.value", 80), {route(dear)});
    REQUIRE(found.verdict == Nearest::Verdict::found);
    CHECK(found.changes == std::vector<Change>{{"order.value", "80", "100"}});
    CHECK(found.rules == std::vector<std::string>{"dear"});
    const auto missing = to("returns", a_ticket().body("It is broken"), {route(dear)});
    CHECK(missing.changes == std::vector<Change>{{"order.value", "(missing)", "100"}});
    const auto open =
        to("returns", a_ticket().with("order.value", 99.5),
           {route("  - rule: up\n    when: {order.value: {above: 100}}\n    then: {queue: returns}\n")});
    CHECK(open.changes == std::vector<Change>{{"order.value", "99.5", "100.01"}});
}

TEST_CASE("it is seen when the customer got in touch before, and when the office is open",
          "[analysis][nearest]")
{
    const std::string rules =
        "  - rule: again\n    when: {customer.contacts: {at_least: 2, within: 7d}, order.value: {above: 5}}\n"
        "    then: {queue: returns}\n"
        "  - rule: office\n    when: {calendar: {dach: open}, text: broken}\n    then: {queue: fraud}\n";
    const Instant now{1'700'000'000'000};
    const auto hour = std::chrono::hours{1};
    DeskPolicy desk;
    desk.calendars.emplace("dach", Calendar("dach", "UTC", {now - hour, now + hour}, {{now - hour, now}}));
    auto words = a_vocabulary();
    words.calendars = {"dach"};
    std::vector<Diagnostic> found;
    const auto rulebook = Rulebook::load({route(rules), a_default()}, words, found);
    INFO(render(found, false));
    REQUIRE(rulebook);
    const auto ticket = a_ticket()
                            .body("hello")
                            .with("order.value", 4)
                            .of_customer("customer.id", std::string_view("c-1"))
                            .of_customer("customer.contacts", 2.0);
    const std::vector<Instant> before{now - 30 * 24 * hour, now - hour};
    analysis::TicketSeen seen{ticket.subject(), ticket.body(), ticket.ticket(), ticket.customer()};
    seen.earlier = {before, Instant::max()};
    seen.clocks = {now, now, now, now, &desk};
    const auto look = [&](const char* queue) {
        return analysis::nearest(*rulebook, words.facts, seen, QueueName(queue), {10'000});
    };
    CHECK(look("returns").verdict == Nearest::Verdict::not_found);
    CHECK(look("fraud").verdict == Nearest::Verdict::not_found);
    const std::vector<Instant> lately{now - 2 * hour, now - hour};
    seen.earlier = {lately, Instant::max()};
    seen.clocks.now = now - Duration{1};
    CHECK(look("returns").changes == std::vector<Change>{{"order.value", "4", "6"}});
    CHECK(look("fraud").changes.size() == 1);
}

TEST_CASE("words may have to come or to go", "[analysis][nearest]")
{
    const auto comes = to("returns", a_ticket().body("hello").with("order.value", 150), {route(dear)});
    REQUIRE(comes.changes.size() == 1);
    CHECK(comes.changes[0].what == "text");
    CHECK_THAT(comes.changes[0].after, Catch::StartsWith("says \""));
    const std::string unless = "  - rule: joke\n    when: {text: joke}\n    then: {queue: general}\n" + dear;
    const auto goes =
        to("returns", a_ticket().body("A joke: it is broken").with("order.value", 150), {route(unless)});
    CHECK(goes.changes == std::vector<Change>{{"text", "says \"joke\"", "does not say \"joke\""}});
}

TEST_CASE("the fewest changes win, through every stage", "[analysis][nearest]")
{
    const std::vector<Source> sources{
        {"10.yaml",
         "stage: enrich\nrules:\n  - rule: dach\n    when: {marketplace: [de, at]}\n    then: {set: {region: "
         "dach}}\n"},
        {"20.yaml",
         "stage: classify\nrules:\n  - rule: theft\n    when: {text: stolen}\n    then: {intent: theft}\n"},
        route("  - rule: hard\n    when: {intent: theft, region: dach, customer.tier: vip}\n    then: "
              "{queue: fraud}\n"
              "  - rule: easy\n    when: {intent: theft, region: dach}\n    then: {queue: fraud}\n")};
    const auto one = to("fraud", a_ticket().body("My card was stolen"), sources);
    REQUIRE(one.changes.size() == 1);
    CHECK(one.changes[0].what == "marketplace");
    const auto two = to("fraud", a_ticket().body("hello").with("marketplace", "fr"), sources);
    REQUIRE(two.verdict == Nearest::Verdict::found);
    CHECK(two.changes.size() == 2);
    CHECK(two.rules.back() == "easy");
}

TEST_CASE("where no ticket can go, that is said", "[analysis][nearest]")
{
    const auto none = to("executive", a_ticket().body("hello"), {route(dear)});
    CHECK(none.verdict == Nearest::Verdict::none);
    const auto dead =
        to("fraud", a_ticket(),
           {route("  - rule: dead\n    when: {order.value: {above: 5}, not: {order.value: {above: 3}}}\n"
                  "    then: {queue: fraud}\n")});
    CHECK(dead.verdict == Nearest::Verdict::none);
}

TEST_CASE("what only an expression would bring about is not found, and not claimed to be impossible",
          "[analysis][nearest]")
{
    const auto found =
        to("fraud", a_ticket().body("hello"),
           {route("  - rule: card\n    when: {body: '/\\d{16}/'}\n    then: {queue: fraud}\n")});
    CHECK(found.verdict == Nearest::Verdict::not_found);
}
