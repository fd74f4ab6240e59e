#include "engine/model/facts.hpp"

#include <catch2/catch.hpp>

using namespace triaged;

TEST_CASE("facts keep their names sorted and their values typed", "[model]")
{
    FactSet facts;
    facts.set("order.value", 129.9);
    facts.set("customer.tier", std::string_view("prime"));
    facts.set("gift", true);
    REQUIRE(facts.find("order.value") == FactValue{129.9});
    REQUIRE(facts.find("customer.tier") == FactValue{std::string_view("prime")});
    REQUIRE(facts.find("gift") == FactValue{true});
    REQUIRE_FALSE(facts.find("order"));

    facts.set("order.value", 5.0);
    facts.erase("gift");
    std::string names;
    for (const auto& fact : facts) names += std::string(fact.name) + "=" + to_string(fact.value) + " ";
    CHECK(names == "customer.tier=prime order.value=5 ");
}

TEST_CASE("equal fact sets have equal bytes, whatever the order they were filled in", "[model]")
{
    FactSet one, two;
    one.set("a", 1.0);
    one.set("b", std::string_view("x"));
    two.set("b", std::string_view("y"));
    two.set("a", 1.0);
    CHECK(one != two);
    two.merge(one);
    CHECK(one == two);
    CHECK(FactSet::from_bytes(one.bytes()).value() == two);
}

TEST_CASE("packed facts that are damaged are refused at every length and never read past their end",
          "[model]")
{
    FactSet facts;
    facts.set("flag", false);
    facts.set("number", 2.5);
    facts.set("text", std::string_view("some words"));
    const std::string whole(facts.bytes());
    std::size_t accepted = 0;
    for (std::size_t size = 1; size < whole.size(); ++size)
        if (FactSet::from_bytes(std::string(whole, 0, size))) ++accepted;
    CHECK(accepted == 2);  // cut exactly after the first and the second fact
    auto swapped = whole;
    swapped[1] = 'z';
    CHECK_FALSE(FactSet::from_bytes(swapped));
}

TEST_CASE("a value outside a choice is refused with the likely one suggested", "[model]")
{
    const auto facts = built_in_facts();
    const auto refused = fits(facts.at("customer.tier"), std::string_view("prme"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::bad_value);
    CHECK(refused.error().message.find("did you mean 'prime'?") != std::string::npos);
    CHECK(fits(facts.at("customer.tier"), std::string_view("prime")));
    CHECK_FALSE(fits(facts.at("order.value"), std::string_view("12")));
}

TEST_CASE("swapped letters are one slip of the keyboard", "[model]")
{
    const std::vector<std::string> known{"low", "normal", "high", "urgent"};
    CHECK(closest("hihg", known) == "high");
    CHECK(closest("nromal", known) == "normal");
    CHECK(closest("hhgi", known).empty());
}
