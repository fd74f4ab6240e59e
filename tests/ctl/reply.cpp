#include "engine/ctl/reply.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace triaged;
using namespace triaged::ctl;

namespace {

boost::json::object object(std::string_view text) { return boost::json::parse(text).as_object(); }

}  // namespace

TEST_CASE("only a JSON object is a reply", "[ctl]")
{
    CHECK(parse_object(R"({"ok":true})"));
    for (const auto* text : {"", "[]", "12", "{", "{} x"}) {
        INFO(text);
        REQUIRE_FALSE(parse_object(text));
        CHECK(parse_object(text).error().code == ErrorCode::bad_json);
    }
}

TEST_CASE("a field that is missing or of another type reads as nothing", "[ctl]")
{
    const auto reply = object(R"({"text":"a","number":7,"list":[1],"flag":true,"map":{"k":1}})");
    CHECK(text_at(reply, "text") == "a");
    CHECK(text_at(reply, "number", "none") == "none");
    CHECK(number_at(reply, "number") == 7);
    CHECK(number_at(reply, "text") == 0);
    CHECK(number_at(reply, "absent") == 0);
    CHECK(is_true(reply, "flag"));
    CHECK_FALSE(is_true(reply, "number"));
    CHECK(list_at(reply, "list").size() == 1);
    CHECK(list_at(reply, "map").empty());
    CHECK(object_at(reply, "map").size() == 1);
    CHECK(object_at(reply, "absent").empty());
}

TEST_CASE("any value reads plainly on one line", "[ctl]")
{
    const auto reply = object(R"({"a":"x y","b":[1,"two"],"c":{"k":1,"l":["m"]},"d":null})");
    CHECK(plain(reply.at("a")) == "x y");
    CHECK(plain(reply.at("b")) == "1,two");
    CHECK(plain(reply.at("c")) == "k=1 l=m");
    CHECK(plain(reply.at("d")) == "null");
}

TEST_CASE("a refusal without a reason is still a refusal", "[ctl]")
{
    const auto refused = refusal_of(object(R"({"ok":false,"error":{"code":"forbidden","message":"no"}})"));
    CHECK(refused.code == "forbidden");
    CHECK(refused.message == "no");
    CHECK(refused.field.empty());
    CHECK(refusal_of(object(R"({"ok":false,"error":{"field":"order.id"}})")).field == "order.id");
    CHECK(refusal_of(object(R"({"ok":false})")).code == "internal");
}

TEST_CASE("spans are brief", "[ctl]")
{
    const auto row = GENERATE(values<std::pair<std::int64_t, std::string>>({
        {-5, "0s"},
        {0, "0s"},
        {840, "840ms"},
        {12'999, "12s"},
        {185'000, "3m 05s"},
        {7'800'000, "2h 10m"},
        {356'400'000, "4d 03h"},
    }));
    CHECK(brief(Duration{row.first}) == row.second);
}

TEST_CASE("thousands are set apart", "[ctl]")
{
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1'000) == "1,000");
    CHECK(grouped(12'345'678) == "12,345,678");
    CHECK(grouped(-123'456) == "-123,456");
    CHECK(grouped(-999) == "-999");
}
