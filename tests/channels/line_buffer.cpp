#include "engine/channels/line_buffer.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "engine/channels/request.hpp"

using triaged::channels::LineBuffer;

namespace {

/// Reads as a socket would: as much as there is room for.
std::size_t feed(LineBuffer& buffer, std::string_view bytes)
{
    const auto room = buffer.prepare();
    const auto size = std::min(room.size(), bytes.size());
    std::copy_n(bytes.begin(), size, room.begin());
    buffer.commit(size);
    return size;
}

std::vector<std::string> take_all(LineBuffer& buffer)
{
    std::vector<std::string> lines;
    while (const auto line = buffer.next_line()) lines.emplace_back(*line);
    return lines;
}

}  // namespace

TEST_CASE("lines come out whole, however they were cut", "[channels]")
{
    const std::string all = "one\n\ntwo and more\r\nthree\n";
    for (std::size_t piece = 1; piece <= all.size(); ++piece) {
        LineBuffer buffer(100);
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < all.size(); at += piece) {
            feed(buffer, std::string_view(all).substr(at, piece));
            for (auto& line : take_all(buffer)) lines.push_back(std::move(line));
        }
        REQUIRE(lines == std::vector<std::string>{"one", "", "two and more\r", "three"});
        REQUIRE(buffer.last_line().empty());
    }
}

TEST_CASE("a line may have as many bytes as it may have, and not one more", "[channels]")
{
    LineBuffer buffer(5);
    feed(buffer, "12345\n123456\n");
    CHECK(buffer.next_line() == "12345");
    CHECK_FALSE(buffer.over_long());
    CHECK_FALSE(buffer.next_line());
    CHECK(buffer.over_long());
}

TEST_CASE("an over-long line is found before its end comes", "[channels]")
{
    LineBuffer buffer(5);
    feed(buffer, "123456");
    CHECK_FALSE(buffer.next_line());
    CHECK(buffer.over_long());
}

TEST_CASE("what is left at the end is the last line", "[channels]")
{
    LineBuffer buffer(100);
    feed(buffer, "one\ntwo");
    CHECK(take_all(buffer) == std::vector<std::string>{"one"});
    CHECK(buffer.last_line() == "two");
    CHECK(buffer.last_line().empty());
}

TEST_CASE("a long line is held whole, with room for the parser beyond it, and its memory is given back",
          "[channels]")
{
    LineBuffer buffer(1'000'000);
    std::string line(900'000, 'x');
    line += '\n';
    for (std::size_t at = 0; at < line.size();) {
        REQUIRE_FALSE(buffer.next_line());
        at += feed(buffer, std::string_view(line).substr(at));
    }
    const auto found = buffer.next_line();
    REQUIRE(found);
    CHECK(found->size() == 900'000);
    volatile char beyond = found->data()[found->size() + triaged::channels::RequestParser::padding];
    (void)beyond;
    const auto room = buffer.prepare();
    CHECK(room.size() < 600'000);
}
