#include "engine/rulebook/yaml.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace triaged;
using yaml::Document;

namespace {

std::vector<Diagnostic> mistakes_in(const std::string& text)
{
    std::vector<Diagnostic> found;
    const Document document("file.yaml", text, found);
    return found;
}

}  // namespace

TEST_CASE("nodes keep their places in characters, their order and their quotes", "[rulebook][yaml]")
{
    std::vector<Diagnostic> found;
    const Document document("file.yaml",
                            "\xEF\xBB\xBF"
                            "é: \"ü\" # note\r\nlist: [no, 'it''s', ~x]\nempty:\n",
                            found);
    REQUIRE(found.empty());
    const auto& entries = document.root().entries;
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].key->text == "é");
    CHECK(entries[0].value->place.column == 4);
    CHECK(entries[0].value->place.length == 3);
    CHECK(entries[0].value->quoted);
    const auto& items = entries[1].value->items;
    REQUIRE(items.size() == 3);
    CHECK(items[0]->text == "no");
    CHECK_FALSE(items[0]->quoted);
    CHECK(items[1]->text == "it's");
    CHECK(items[1]->place.length == 7);
    CHECK(entries[2].value->kind == yaml::Kind::null);
    CHECK(entries[2].value->place.line == 3);
    CHECK(yaml::to_line(entries[1]) == "list: [no, \"it's\", ~x]");
}

TEST_CASE("what is no good YAML is reported with its place and a way out", "[rulebook][yaml]")
{
    struct Row {
        std::string text, code;
        int line, column;
        std::string advice;
    };
    const auto row = GENERATE(values<Row>({
        {"a: b: c\n", "syntax", 1, 5, "put quotes around text that holds `: `"},
        {"a: @b\n", "syntax", 1, 4, "put quotes around text that starts with @, ` or %"},
        {"a: [b, c\nd: e\n", "syntax", 2, 2,
         "close the list with ], and put quotes around text that holds [ ] { } or ,"},
        {"a: *b\n", "syntax", 1, 4, "put quotes around text that starts with *"},
        {"é: \"x\n b: c\n", "syntax", 1, 4, ""},
        {"rules:\n\t- rule: x\n", "tab", 2, 1, "use spaces"},
        {"rules:\n  - rule: x\n  \tb: c\n", "tab", 3, 3, "use spaces"},
        {"a: b\n---\nc: d\n", "second-document", 2, 1, ""},
        {"a: 1\né: 2\na: 3\n", "repeated-key", 3, 1, ""},
        {"é: {x: 1, y: 2, x: 3}\n", "repeated-key", 1, 17, ""},
        {"a: !!str b\n", "tag", 1, 4, ""},
        {"? [a]\n: b\n", "bad-key", 1, 3, ""},
        {"a: &x {b: *x}\n", "alias-cycle", 1, 11, ""},
        {"a: b\nc: \xFF\n", "bad-utf8", 2, 4, ""},
        {std::string("a: b\nc: \0d\n", 11), "bad-utf8", 2, 4, ""},
        {"a: b\nc: \x1F\n", "bad-utf8", 2, 4, ""},
    }));
    INFO(row.text);
    const auto found = mistakes_in(row.text);
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == row.code);
    CHECK(found[0].line == row.line);
    CHECK(found[0].column == row.column);
    CHECK(found[0].suggestion == row.advice);
    CHECK(found[0].file == "file.yaml");
}

TEST_CASE("a file that is nested without end or repeats itself without end is refused, not read",
          "[rulebook][yaml]")
{
    CHECK(mistakes_in(std::string(200'000, '['))[0].code == "too-deep");
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int j = 0; j < 9; ++j) bomb += ", " + before;
        bomb += "]\n";
    }
    CHECK(mistakes_in(bomb)[0].code == "too-large");
}

TEST_CASE("question marks inside words need no quotes, not even in lists", "[rulebook][yaml]")
{
    std::vector<Diagnostic> found;
    const Document document("file.yaml", "a: [/crack(ed|s)?/, why?, x?y]\n? b\n: {c?: 'd?'}\n", found);
    REQUIRE(found.empty());
    CHECK(yaml::to_line(document.root()) == "{a: [/crack(ed|s)?/, why?, x?y], b: {c?: \"d?\"}}");
}

TEST_CASE("an alias stands for what its anchor names", "[rulebook][yaml]")
{
    std::vector<Diagnostic> found;
    const Document document("file.yaml", "a: &x [1, 2]\nb: *x\n", found);
    REQUIRE(found.empty());
    CHECK(yaml::to_line(document.root()) == "{a: [1, 2], b: [1, 2]}");
}

TEST_CASE("typed readers say what they wanted and where", "[rulebook][yaml]")
{
    struct Row {
        std::string value, code, message;
    };
    const auto row = GENERATE(values<Row>({
        {"flag: yes", "wrong-type", "flag must be true or false, not 'yes'"},
        {"flag: [true]", "wrong-type", "flag must be true or false, not a list"},
        {"number: many", "wrong-type", "number must be a number, not 'many'"},
        {"number: .inf", "wrong-type", "number must be a number, not '.inf'"},
        {"number: \"5\"", "wrong-type", "number must be a number, not '5'"},
        {"whole: 2.5", "wrong-type", "whole must be a whole number, not '2.5'"},
        {"whole: 9", "bad-value", "whole must be at most 5, not 9"},
        {"span: 5", "bad-value",
         "span: '5' is not a duration: it has no unit; write a whole number and a unit, such as 30s, 15m, 4h "
         "or 7d"},
        {"name: retruns", "unknown-queue", "name 'retruns' does not exist"},
    }));
    INFO(row.value);
    std::vector<Diagnostic> found;
    const Document document("file.yaml", row.value, found);
    const auto& [key, value] = document.root().entries.at(0);
    if (key->text == "flag") CHECK_FALSE(yaml::read_boolean(document, *value, "flag"));
    if (key->text == "number") CHECK_FALSE(yaml::read_number(document, *value, "number"));
    if (key->text == "whole") CHECK_FALSE(yaml::read_integer(document, *value, "whole", 1, 5));
    if (key->text == "span") CHECK_FALSE(yaml::read_duration(document, *value, "span"));
    if (key->text == "name")
        CHECK_FALSE(yaml::read_name(document, *value, "name", {"returns", "general"}, "unknown-queue"));
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == row.code);
    CHECK(found[0].message == row.message);
    CHECK(found[0].column == static_cast<int>(key->text.size()) + 3);
    if (key->text == "name") CHECK(found[0].suggestion == "did you mean 'returns'?");
}

TEST_CASE("a map reader reports the keys nobody asked for and those that must be there", "[rulebook][yaml]")
{
    std::vector<Diagnostic> found;
    const Document document("file.yaml", "name: x\ncapcity: 3\n", found);
    yaml::MapReader map(document, document.root(), "an agent");
    CHECK(map.require("name"));
    CHECK_FALSE(map.take("capacity"));
    CHECK_FALSE(map.require("skills"));
    map.finish();
    REQUIRE(found.size() == 2);
    CHECK(found[0].message == "an agent needs 'skills'");
    CHECK(found[1].code == "unknown-key");
    CHECK(found[1].line == 2);
    CHECK(found[1].length == 7);
    CHECK(found[1].suggestion == "did you mean 'capacity'?");
}
