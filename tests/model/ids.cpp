#include "engine/model/ids.hpp"

#include <catch2/catch.hpp>

using namespace triaged;

TEST_CASE("a ticket id is written as it is read", "[model]")
{
    CHECK(to_string(TicketId{1042}) == "T-1042");
    CHECK(parse_ticket_id("T-1042").value() == TicketId{1042});
}

TEST_CASE("what is not a ticket id is refused and named", "[model]")
{
    const auto text = GENERATE(values<std::string>(
        {"", "T-", "T-0", "T-x", "1042", "t-1", "T-1 ", "T--1", "T-99999999999999999999"}));
    const auto refused = parse_ticket_id(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::bad_value);
    CHECK(refused.error().message.find("'" + text + "'") == 0);
}

TEST_CASE("a rulebook id is 16 hexadecimal digits", "[model]")
{
    CHECK(to_string(RulebookId{0xabc}) == "0000000000000abc");
}
