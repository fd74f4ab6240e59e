#include "engine/desk/tables.hpp"

#include <catch2/catch.hpp>

using namespace triaged;
using namespace triaged::desk;

TEST_CASE("a symbol stands for one text", "[desk]")
{
    SymbolTable symbols;
    const auto returns = symbols.intern("returns");
    CHECK(symbols.intern("returns") == returns);
    CHECK(symbols.intern("billing") != returns);
    CHECK(symbols.intern("") == Symbol::empty);
    CHECK(symbols.text(returns) == "returns");
    CHECK(symbols.find("returns") == returns);
    CHECK_FALSE(symbols.find("nowhere").has_value());
    const SymbolTable moved = std::move(symbols);
    CHECK(moved.find("returns") == returns);
}

TEST_CASE("a set of skills has one number", "[desk]")
{
    SkillSetTable sets;
    CHECK(sets.intern({}) == SkillSetId::none);
    const auto id = sets.intern({{"german", 2}, {"returns", 1}});
    CHECK(sets.intern({{"german", 2}, {"returns", 1}}) == id);
    CHECK(sets.intern({{"german", 3}, {"returns", 1}}) != id);
    CHECK(sets.skills(id) == Skills{{"german", 2}, {"returns", 1}});
}

TEST_CASE("a list lives as long as it is used, and then makes room for another", "[desk]")
{
    ListTable lists;
    const std::vector<std::uint32_t> one{1, 2, 3};
    const std::vector<std::uint32_t> other{4};
    CHECK(lists.acquire({}) == ListId::empty);
    const auto id = lists.acquire(one);
    CHECK(lists.acquire(one) == id);
    lists.release(id);
    CHECK(std::vector<std::uint32_t>(lists.items(id).begin(), lists.items(id).end()) == one);
    CHECK(lists.acquire(other) != id);
    lists.release(id);
    CHECK(lists.acquire(std::vector<std::uint32_t>{9}) == id);
    CHECK(lists.acquire(one) != id);
}
