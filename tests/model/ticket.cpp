#include "engine/model/ticket.hpp"

#include <catch2/catch.hpp>

using namespace triaged;

TEST_CASE("raising a skill keeps the list sorted and the higher level", "[model]")
{
    Skills skills;
    raise(skills, {"returns", 2});
    raise(skills, {"german", 4});
    raise(skills, {"returns", 3});
    raise(skills, {"german", 1});
    CHECK(skills == Skills{{"german", 4}, {"returns", 3}});
}

TEST_CASE("an agent covers what is needed only with every skill at its level", "[model]")
{
    const auto has = Skills{{"german", 2}, {"returns", 3}};
    CHECK(covers(has, {}));
    CHECK(covers(has, {{"returns", 3}}));
    CHECK_FALSE(covers(has, {{"returns", 4}}));
    CHECK_FALSE(covers(has, {{"french", 1}}));
    CHECK_FALSE(covers({}, {{"french", 1}}));
}

TEST_CASE("names of channels and priorities are read back", "[model]")
{
    for (const auto channel : all_channels) CHECK(parse_channel(to_string(channel)) == channel);
    for (const auto priority : all_priorities) CHECK(parse_priority(to_string(priority)) == priority);
    CHECK_FALSE(parse_channel("fax"));
    CHECK_FALSE(parse_priority(""));
}
