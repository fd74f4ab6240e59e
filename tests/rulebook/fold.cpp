#include "engine/rulebook/fold.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace triaged::rulebook;

namespace {

/// The words of `text`, folded, with bars between them.
std::string words_of(const std::string& text)
{
    FoldedText folded;
    folded.assign(text);
    std::string out;
    for (const auto& word : folded.words()) {
        if (!out.empty()) out += '|';
        out += folded.word(word);
    }
    return out;
}

}  // namespace

TEST_CASE("words lose case, accents and typography, and end where letters and digits end", "[rulebook][fold]")
{
    struct Row {
        std::string text, words;
    };
    const auto row = GENERATE(values<Row>({
        {"", ""},
        {"  ... !?", ""},
        {"Broken, in PIECES", "broken|in|pieces"},
        {"Café CAFÉ Cafe\xCC\x81", "cafe|cafe|cafe"},  // composed, capital, decomposed
        {"Straße STRASSE straẞe", "strasse|strasse|strasse"},
        {"İstanbul istanbul", "istanbul|istanbul"},
        {"ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ|σισυφοσ"},
        {"ＡＢＣ１２３", "abc123"},    // full width
        {"ﬁnal oﬀer", "final|offer"},  // ligatures
        {"don't don’t", "don|t|don|t"},
        {"order_id a-b 1,000", "order|id|a|b|1|000"},
        {"da\xC2\xADmaged", "damaged"},  // soft hyphen
        {"iPhone™ broke", "iphone|broke"},
        {"5½", "51|2"},
        {"Ёлка Йод", "елка|иод"},
        {"أُرِيدُ", "اريد"},       // Arabic vowel points
        {"مـــرحبا", "مرحبا"},  // stretched
        {"כָּשֵׁר", "כשר"},
        {"返品したい", "返|品|し|た|い"},
        {"ガ ｶﾞ",
         "カ\xE3\x82\x99|カ\xE3\x82\x99"},  // the voiced kana however written, and not the unvoiced one
        {"カ", "カ"},
        {"환불", "환|불"},
        {"คืนเงิน", "คื|น|เ|งิ|น"},
        {"नमस्ते", "नमस्ते"},                // vowel signs stay
        {"bad😡👍🏽", "bad|😡|👍"},  // skin tones go
        {"a\xFF\xC3"
         "b\xE2\x82",
         "a|b"},  // not UTF-8
    }));
    INFO(row.text);
    // Hangul is compared by its letters; spell the expectation by the same folding.
    if (row.words == "환|불") {
        CHECK(words_of(row.text) == words_of("환") + "|" + words_of("불"));
        return;
    }
    CHECK(words_of(row.text) == row.words);
}

TEST_CASE("a folded text is the same whether the buffer is new or was used before", "[rulebook][fold]")
{
    FoldedText used;
    used.assign(std::string(5000, 'x') + " yy 返品");
    used.assign("Tiny TEXT");
    CHECK(used.text() == "tiny text");
    REQUIRE(used.words().size() == 2);
    CHECK(used.word(used.words()[1]) == "text");
}

TEST_CASE("hashes of words depend on every byte and on nothing beyond the word", "[rulebook][fold]")
{
    const std::string long_word = "abcdefghijklmnopqrstuvwxyz0123456789";
    FoldedText one, two;
    for (std::size_t size = 1; size < long_word.size(); ++size) {
        const auto word = long_word.substr(0, size);
        one.assign(word + " tail");
        two.assign("x " + word);
        REQUIRE(one.words()[0].hash == two.words()[1].hash);
        auto other = word;
        other[size / 2] = '_' == other[size / 2] ? 'a' : 'q' == other[size / 2] ? 'z' : 'q';
        two.assign(other);
        REQUIRE(one.words()[0].hash != two.words()[0].hash);
    }
}

TEST_CASE("case folding for facts keeps accents and survives what is not UTF-8", "[rulebook][fold]")
{
    CHECK(fold_case("Co.UK") == "co.uk");
    CHECK(fold_case("MÜNCHEN") == fold_case("mu\xCC\x88nchen"));
    CHECK(fold_case("café") != fold_case("cafe"));
    CHECK(fold_case("A\xFF") == "a\xFF");
}
