#include "engine/rulebook/text_scan.hpp"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace triaged::rulebook;

namespace {

Pattern words(std::string text, Field field = Field::text)
{
    return {PatternKind::words, field, std::move(text), 0};
}
Pattern part(std::string text, Field field = Field::text)
{
    return {PatternKind::part, field, std::move(text), 0};
}
Pattern regex(std::string text, Field field = Field::text)
{
    return {PatternKind::regex, field, std::move(text), 0};
}

bool occurs(const Pattern& pattern, const std::string& subject, const std::string& body)
{
    INFO(pattern.written());
    REQUIRE_FALSE(check_pattern(pattern));
    return !TextScanner({pattern}).scan(subject, body).empty();
}

}  // namespace

TEST_CASE("a pattern occurs where the rule language says it does", "[rulebook][scan]")
{
    struct Row {
        Pattern pattern;
        std::string body;
        bool expected;
    };
    const auto row = GENERATE(values<Row>({
        {words("broken"), "It is BROKEN.", true},
        {words("broken"), "unbroken spirit", false},
        {words("cafe"), "Café!", true},
        {words("CAFÉ"), "the cafe", true},
        {words("in pieces"), "in -- \n\n pieces", true},
        {words("in pieces"), "in some pieces", false},
        {words("in pieces"), "in", false},
        {words("a b c"), "a b a b c", true},
        {words("a b c"), "a b d", false},
        {words("strasse"), "Die Straße", true},
        {words("返品"), "商品を返品したい", true},
        {words("返品"), "返事 商品", false},
        {words("เงิน"), "ขอคืนเงินครับ", true},
        {words("환불"), "환불을 원합니다", true},
        {words("😡"), "so bad 😡!!", true},
        {words("😡"), "so bad 😀!!", false},
        {part("?"), "why?", true},
        {part("?"), "why！？", true},  // full width
        {part("???"), "what??", false},
        {part("ROK"), "it broke", true},
        {part("fé l"), "Cafe LUNA", true},
        {part("返品"), "plain ASCII", false},
        {part("返品"), "商品を返品したい", true},
        {part("返品"), "mixed 返品 text", true},
        {regex("crack(ed|s)?\\b"), "It CRACKED", true},
        {regex("^total"), "sum\nTotal: 5", true},
        {regex("\\Atotal"), "sum\ntotal", false},
        {regex("sum.total"), "sum\ntotal", false},
        {regex("café"), "cafe", false},  // as sent, not folded
        {regex("café"), "CAFÉ", true},
        {regex("\\d{3}-\\d{7}"), "order 305-1234567", true},
        {regex("(a+)+$"), std::string(3000, 'a') + "b", false},
        {regex("ſ"), "S", true},  // what RE2 takes for equal without case
        {regex("fiancée? visa"), "FIANCÉE VISA", true},
        {regex("fiancée? visa"), "fiancee visa", false},
        {regex("straße nr"), "STRAẞE NR", true},
        {regex("straße nr"), "STRASSE NR", false},
        {regex("kelvin sign"),
         "\xE2\x84\xAA"
         "elvin sign",
         true},
        {regex("返品|交換"), "商品を返品", true},
        {regex("ガード券"), "ガード券", true},
        {regex("\xC2\xAD\xC2\xAD\xC2\xAD"),
         "a\xC2\xAD\xC2\xAD\xC2\xAD"
         "b",
         true},  // folds to nothing
        {regex("\xC2\xAD\xC2\xAD\xC2\xAD"), "ab", false},
        {regex("\\A\\s*\\?+\\s*\\z"), " ?\n", true},
        {regex("\\A\\s*\\?+\\s*\\z"), "why?", false},
    }));
    INFO(row.pattern.written() << " in " << row.body);
    CHECK(occurs(row.pattern, "", row.body) == row.expected);
    CHECK(occurs(row.pattern, row.body, "") == row.expected);
}

TEST_CASE("subject, body and text look where they say, and a phrase does not run from one into the other",
          "[rulebook][scan]")
{
    for (const auto& make : {words, part, regex}) {
        CHECK(occurs(make("broken", Field::subject), "broken", "x"));
        CHECK_FALSE(occurs(make("broken", Field::subject), "x", "broken"));
        CHECK(occurs(make("broken", Field::body), "x", "broken"));
        CHECK_FALSE(occurs(make("broken", Field::body), "broken", "x"));
        CHECK(occurs(make("broken", Field::text), "x", "broken"));
        CHECK(occurs(make("broken", Field::text), "broken", "x"));
    }
    CHECK_FALSE(occurs(words("in pieces"), "arrived in", "pieces"));
}

TEST_CASE("patterns are told apart and reported by their numbers, sorted", "[rulebook][scan]")
{
    std::vector<Pattern> patterns{words("in pieces"), words("in"), words("in pieces", Field::subject),
                                  part("piece"),      part("p"),   regex("p[iy]e"),
                                  regex("zz+"),       words("pie")};
    for (std::uint32_t i = 0; i < patterns.size(); ++i) patterns[i].number = 10 * i + 3;
    const TextScanner scanner(patterns);
    CHECK(scanner.scan("", "it is in pieces") == std::vector<std::uint32_t>{3, 13, 33, 43, 53});
    CHECK(scanner.scan("in pieces", "") == std::vector<std::uint32_t>{3, 13, 23, 33, 43, 53});
    CHECK(scanner.scan("", "").empty());
    CHECK(TextScanner({}).scan("a", "b").empty());
}

TEST_CASE("patterns that occur in the same texts have the same key", "[rulebook][scan]")
{
    CHECK(words("In  Pieces").key() == words("in-pieces").key());
    CHECK(words("in pieces").key() != words("inpieces").key());
    CHECK(words("in").key() != part("in").key());
    CHECK(words("in").key() != words("in", Field::body).key());
    CHECK(regex("In").key() != regex("in").key());
}

TEST_CASE("patterns that cannot work are refused with the reason", "[rulebook][scan]")
{
    CHECK_THAT(check_pattern(words("?!"))->message, Catch::Contains("no word"));
    CHECK_THAT(check_pattern(part(""))->message, Catch::Contains("everywhere"));
    CHECK_THAT(check_pattern(regex(""))->message, Catch::Contains("everything"));
    CHECK(check_pattern(regex("a(b"))->part == "a(b");
    CHECK(check_pattern(regex("x(?=y)"))->part == "(?=");
    CHECK_FALSE(check_pattern(part("?")));
}

TEST_CASE("many regular expressions together find what each finds alone", "[rulebook][scan]")
{
    std::vector<Pattern> patterns;
    for (std::uint32_t i = 0; i < 120; ++i) {
        const auto n = std::to_string(i);
        const std::string text = i % 3 == 0 ? "code[ -]?" + n + "\\b"
                                 : i % 3 == 1
                                     ? "\\b[" + std::string(1, static_cast<char>('a' + i % 26)) + "-z]" + n
                                     : "\\A.*" + n;
        patterns.push_back({PatternKind::regex, static_cast<Field>(i % 3), text, i});
    }
    const TextScanner together(patterns);
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        std::string subject = "code " + std::to_string(random() % 150);
        std::string body = "x" + std::to_string(random() % 150) + " code-" + std::to_string(random() % 150);
        std::vector<std::uint32_t> alone;
        for (const auto& pattern : patterns)
            for (const auto hit : TextScanner({pattern}).scan(subject, body)) alone.push_back(hit);
        CHECK(together.scan(subject, body) == alone);
    }
}

TEST_CASE("random words and phrases are found exactly where a plain search finds them", "[rulebook][scan]")
{
    std::mt19937 random(11);
    const std::vector<std::string> alphabet{"a", "b", "ab", "ba", "abc", "返", "é"};
    const auto some = [&](std::size_t most) {
        std::vector<std::string> out(1 + random() % most);
        for (auto& word : out) word = alphabet[random() % alphabet.size()];
        return out;
    };
    const auto joined = [](const std::vector<std::string>& all, const std::string& between) {
        std::string out;
        for (const auto& word : all) out += (out.empty() ? "" : between) + word;
        return out;
    };
    std::vector<Pattern> patterns;
    std::vector<std::vector<std::string>> phrases;
    for (int i = 0; i < 60; ++i) {
        auto phrase = some(4);
        if (std::find(phrases.begin(), phrases.end(), phrase) != phrases.end()) continue;
        patterns.push_back({PatternKind::words, Field::body, joined(phrase, " "),
                            static_cast<std::uint32_t>(phrases.size())});
        phrases.push_back(std::move(phrase));
    }
    const TextScanner scanner(patterns);
    for (int round = 0; round < 200; ++round) {
        const auto text = some(12);
        std::vector<std::uint32_t> expected;
        for (std::uint32_t i = 0; i < phrases.size(); ++i)
            if (std::search(text.begin(), text.end(), phrases[i].begin(), phrases[i].end()) != text.end())
                expected.push_back(i);
        INFO(joined(text, ", "));
        REQUIRE(scanner.scan("", joined(text, ", ")) == expected);
    }
}

TEST_CASE("any bytes and a megabyte of text are scanned without harm", "[rulebook][scan]")
{
    const TextScanner scanner({{PatternKind::words, Field::text, "needle", 0},
                               {PatternKind::part, Field::text, "edl", 1},
                               {PatternKind::regex, Field::text, "ne+dle[0-9]", 2}});
    std::mt19937 random(3);
    for (int round = 0; round < 300; ++round) {
        std::string bytes(random() % 200, '\0');
        for (auto& byte : bytes)
            byte = static_cast<char>(random() % 3 == 0 ? 0x80 + random() % 0x80 : random() % 0x80);
        const auto hits = scanner.scan(bytes, "\xF0\x9F" + bytes);
        CHECK(hits.size() <= 3);
    }
    std::string large;
    while (large.size() < 1'000'000) large += "some words, é 返品 \xFF and more; ";
    CHECK(scanner.scan("", large).empty());
    CHECK(scanner.scan("", large + "needle7 needle") == std::vector<std::uint32_t>{0, 1, 2});
}
