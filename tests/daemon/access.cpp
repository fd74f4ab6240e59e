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

TEST_CASE("operators assign and requeue, agents take, release and transfer what is theirs", "[daemon]")
{
    Grant ops;
    ops.operates = true;
    Grant ana;
    ana.serves = true;
    ana.agent = "ana";
    const auto may = [](const Grant& grant, Command command) {
        return !objection(grant, channels::RequestBody(std::move(command)));
    };
    const AgentId own("ana");
    const AgentId other("ben");
    CHECK(may(ops, AssignTicket{TicketId{1}, own, false, ""}));
    CHECK(may(ops, RequeueTicket{TicketId{1}, QueueName(), ""}));
    CHECK(may(ops, TransferTicket{AgentId(), TicketId{1}, QueueName("floor"), AgentId(), ""}));
    CHECK_FALSE(may(ops, TakeTicket{own, TicketId{1}}));
    CHECK_FALSE(may(ana, AssignTicket{TicketId{1}, own, false, ""}));
    CHECK_FALSE(may(ana, RequeueTicket{TicketId{1}, QueueName(), ""}));
    CHECK(may(ana, TransferTicket{own, TicketId{1}, QueueName("floor"), AgentId(), ""}));
    CHECK_FALSE(may(ana, TransferTicket{other, TicketId{1}, QueueName("floor"), AgentId(), ""}));
    CHECK_FALSE(may(ana, TransferTicket{AgentId(), TicketId{1}, QueueName("floor"), AgentId(), ""}));
    CHECK(may(ana, ReleaseTicket{own, TicketId{1}, ""}));
    CHECK(may(ana, TakeTicket{own, TicketId{}}));
    CHECK_FALSE(may(ana, TakeTicket{other, TicketId{}}));
    CHECK(may(ana, EndWrapUp{own}));
    CHECK_FALSE(may(ana, EndWrapUp{other}));
}

TEST_CASE("what a socket can never ask is refused to everybody", "[daemon]")
{
    CHECK(objection(Grant::everything(), channels::RequestBody(Command(Tick{}))));
    CHECK(objection(Grant::everything(), channels::RequestBody(Command(AdoptRulebook{}))));
    CHECK_FALSE(objection(Grant::everything(), channels::RequestBody(Command(ReceiveTicket{}))));
}
