#include "engine/daemon/access.hpp"

#include <catch2/catch.hpp>

using namespace triaged;
using namespace triaged::daemon;

TEST_CASE("a token grants its role under its holder's name, and nothing else does", "[daemon]")
{
    const std::vector<config::Token> tokens{{"shop", "abc", config::Role::feeder, ""},
                                            {"desk", "abcd", config::Role::agent, "ana"}};
    const auto shop = grant_for(tokens, "abc");
    REQUIRE(shop);
    CHECK(shop->name == "shop");
    CHECK(shop->feeds);
    CHECK_FALSE(shop->operates);
    CHECK(grant_for(tokens, "abcd")->agent == "ana");
    for (const auto* wrong : {"", "a", "ab", "abx", "abcabc", "abcde"}) CHECK_FALSE(grant_for(tokens, wrong));
}

TEST_CASE("what a socket can never ask is refused to everybody", "[daemon]")
{
    CHECK(objection(Grant::everything(), channels::RequestBody(Command(Tick{}))));
    CHECK(objection(Grant::everything(), channels::RequestBody(Command(AdoptRulebook{}))));
    CHECK_FALSE(objection(Grant::everything(), channels::RequestBody(Command(ReceiveTicket{}))));
}
