#include "engine/config/values.hpp"

#include <catch2/catch.hpp>

using namespace triaged;
using namespace triaged::config;

TEST_CASE("addresses are a host and a port", "[config]")
{
    const auto row = GENERATE(values<std::pair<std::string, std::string>>({
        {"127.0.0.1:7070", "127.0.0.1:7070"},
        {"localhost:1", "localhost:1"},
        {"[::1]:65535", "[::1]:65535"},
        {"feed.example.com:80", "feed.example.com:80"},
    }));
    const auto address = parse_address(row.first);
    REQUIRE(address);
    CHECK(to_string(*address) == row.second);
}

TEST_CASE("an address of mail is a name at a domain", "[config]")
{
    for (const auto* const good : {"a@b", "floor.lead+night@office-2.example", "_!#$%&'*=?^`{|}~@x"}) {
        INFO(good);
        CHECK(is_mail_address(good));
    }
    const auto too_long = std::string(250, 'a') + "@b.de";
    for (const std::string bad :
         {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "<a@b>", "\"a\"@b", ".a@b", "a..b@c", "a.@b",
          "a@.b", "a@b..c", "a@b.", "a@b_c", "a@b\r\nRCPT TO:<c@d>", "ä@b", too_long.c_str()}) {
        INFO(bad);
        CHECK_FALSE(is_mail_address(bad));
    }
}

TEST_CASE("what is not an address says why", "[config]")
{
    const auto row = GENERATE(values<std::pair<std::string, std::string>>({
        {"", "it has no port"},
        {"localhost", "it has no port"},
        {":7070", "it has no host"},
        {"[::1:7070", "it has no port"},
        {"[::1]7070", "the port is not a number from 1 to 65535"},
        {"::1:7070", "an IPv6 address goes into brackets"},
        {"a b:7070", "the host has an odd character"},
        {"localhost:0", "the port is not a number from 1 to 65535"},
        {"localhost:65536", "the port is not a number from 1 to 65535"},
        {"localhost:70x", "the port is not a number from 1 to 65535"},
        {"localhost:-1", "the port is not a number from 1 to 65535"},
    }));
    const auto address = parse_address(row.first);
    INFO(row.first);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == ErrorCode::bad_value);
    CHECK_THAT(address.error().message, Catch::Contains(row.second));
}

TEST_CASE("the address of a webhook is read in its parts", "[config]")
{
    struct Row {
        std::string url, host;
        std::uint16_t port;
        std::string target, authority;
        bool tls;
    };
    const auto row = GENERATE(values<Row>({
        {"http://hooks.local/x", "hooks.local", 80, "/x", "hooks.local", false},
        {"https://hooks.local", "hooks.local", 443, "/", "hooks.local", true},
        {"https://hooks.local:443/", "hooks.local", 443, "/", "hooks.local", true},
        {"https://hooks.local:80?a", "hooks.local", 80, "/?a", "hooks.local:80", true},
        {"http://127.0.0.1:8080#part", "127.0.0.1", 8080, "/", "127.0.0.1:8080", false},
        {"https://[::1]/a", "::1", 443, "/a", "[::1]", true},
        {"http://[::1]:99/a?b=c:d#e", "::1", 99, "/a?b=c:d", "[::1]:99", false},
    }));
    INFO(row.url);
    const auto address = parse_web_address(row.url);
    REQUIRE(address);
    CHECK(*address == WebAddress{{row.host, row.port}, row.target, row.tls});
    CHECK(address->authority() == row.authority);
}

TEST_CASE("what is no address of a webhook says why", "[config]")
{
    const auto row = GENERATE(values<std::pair<std::string, std::string>>({
        {"", "it begins with neither https:// nor http://"},
        {"HTTPS//x", "it begins with neither https:// nor http://"},
        {"http://", "it has no host"},
        {"https:///x", "it has no host"},
        {"http://a@b/", "it has a user"},
        {"http://x:y/", "the port is not a number from 1 to 65535"},
        {"http://x:/", "the port is not a number from 1 to 65535"},
        {"http://::1/", "an IPv6 address goes into brackets"},
        {"http://x/a b", "it has a character that must be written as %"},
        {"http://x/ HTTP/1.1\r\nHost: y", "it has a character that must be written as %"},
        {"http://x/\u00fc", "it has a character that must be written as %"},
    }));
    INFO(row.first);
    const auto address = parse_web_address(row.first);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == ErrorCode::bad_value);
    CHECK_THAT(address.error().message, Catch::Contains(row.second));
}

TEST_CASE("only addresses of this machine are loopback", "[config]")
{
    CHECK(is_loopback({"127.0.0.1", 1}));
    CHECK(is_loopback({"127.8.8.8", 1}));
    CHECK(is_loopback({"localhost", 1}));
    CHECK(is_loopback({"::1", 1}));
    CHECK_FALSE(is_loopback({"0.0.0.0", 1}));
    CHECK_FALSE(is_loopback({"::", 1}));
    CHECK_FALSE(is_loopback({"127.example.com", 1}));
}

TEST_CASE("sizes are bytes, with or without a unit", "[config]")
{
    CHECK(parse_bytes("4096").value() == 4096);
    CHECK(parse_bytes("64KiB").value() == 65'536);
    CHECK(parse_bytes("1MiB").value() == 1'048'576);
    CHECK(parse_bytes("2GiB").value() == 2'147'483'648);
    for (const auto* text :
         {"", "KiB", "0", "-1", "1MB", "1 MiB", "99999999999999999999", "99999999999999GiB"}) {
        INFO(text);
        REQUIRE_FALSE(parse_bytes(text));
        CHECK(parse_bytes(text).error().code == ErrorCode::bad_value);
    }
}
