// CSV as spreadsheets and databases write it, and as people break it.

#include "engine/ctl/csv.hpp"

#include <sstream>

#include <catch2/catch.hpp>

using namespace triaged;
using namespace triaged::ctl;

namespace {

std::vector<CsvRow> rows_of(const std::string& text)
{
    std::istringstream input(text);
    CsvReader reader(input);
    std::vector<CsvRow> rows;
    while (auto row = reader.next()) rows.push_back(std::move(*row));
    CHECK(reader.bytes_read() >= text.size());
    return rows;
}

std::vector<std::string> texts_of(const CsvRow& row)
{
    std::vector<std::string> texts;
    for (const auto& cell : row.cells) texts.push_back(cell.text);
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("cells are read as RFC 4180 has them", "[ctl]")
{
    struct Row {
        std::string name, text;
        Texts cells;
    };
    const auto row = GENERATE(values<Row>({
        {"plain", "a,b,c\n", {"a", "b", "c"}},
        {"DOS lines", "a,b\r\n", {"a", "b"}},
        {"no line end", "a,b", {"a", "b"}},
        {"empty cells", ",,\n", {"", "", ""}},
        {"spaces are kept", " a , b\n", {" a ", " b"}},
        {"quoted", "\"a\",\"b\"\n", {"a", "b"}},
        {"quoted comma", "\"a,b\",c\n", {"a,b", "c"}},
        {"doubled quotes", "\"a \"\"b\"\" c\",\"\"\"\"\n", {"a \"b\" c", "\""}},
        {"empty quotes", "\"\",x\n", {"", "x"}},
        {"over lines", "\"a\nb\",c\n", {"a\nb", "c"}},
        {"over DOS lines", "\"a\r\n\r\nb\",\"c\r\n\"\r\n", {"a\n\nb", "c\n"}},
        {"a byte order mark", "\xEF\xBB\xBFid,b\n", {"id", "b"}},
    }));
    INFO(row.name);
    const auto rows = rows_of(row.text);
    REQUIRE(rows.size() == 1);
    CHECK_FALSE(rows.front().wrong);
    CHECK(texts_of(rows.front()) == row.cells);
}

TEST_CASE("cells know their places, counted in characters", "[ctl]")
{
    const auto rows = rows_of("a,b\n\n\"x\ny\",äö,\"ü\"\nlast\n");
    REQUIRE(rows.size() == 3);
    CHECK(rows[1].line == 3);
    const auto& cells = rows[1].cells;
    REQUIRE(cells.size() == 3);
    CHECK((cells[0].line == 3 && cells[0].column == 1));
    CHECK((cells[1].line == 4 && cells[1].column == 4 && cells[1].length == 2));
    CHECK((cells[2].line == 4 && cells[2].column == 7 && cells[2].length == 3));
    CHECK(rows[2].line == 5);
    const auto about = rows[1].about(cells[1], "odd", "even");
    CHECK((about.line == 4 && about.column == 4 && about.length == 2));
    CHECK(about.source_line == "y\",äö,\"ü\"");
}

TEST_CASE("a broken row says where, and the next one is read", "[ctl]")
{
    struct Row {
        std::string text, message;
        int line, column;
    };
    const auto row = GENERATE(values<Row>({
        {"a,b\"c\n", "a quote within a cell that does not begin with one", 1, 4},
        {"ä,\"b\"c\n", "more follows the quote that ends the cell", 1, 6},
        {"\"a\nb\" ,c\n", "more follows the quote that ends the cell", 2, 3},
        {"a,\xFC\n", "the row is not UTF-8", 1, 1},
    }));
    INFO(row.message);
    const auto rows = rows_of(row.text + "good\n");
    REQUIRE(rows.size() == 2);
    REQUIRE(rows[0].wrong);
    CHECK(rows[0].wrong->message == row.message);
    CHECK(rows[0].wrong->line == row.line);
    CHECK(rows[0].wrong->column == row.column);
    CHECK_FALSE(rows[1].wrong);
    CHECK(texts_of(rows[1]) == Texts{"good"});
}

TEST_CASE("a quote that is never closed is told where it opens", "[ctl]")
{
    const auto rows = rows_of("a,b\n1,\"2\n3,4\n");
    REQUIRE(rows.size() == 2);
    REQUIRE(rows[1].wrong);
    CHECK(rows[1].wrong->message == "a quote opens here and is never closed");
    CHECK((rows[1].wrong->line == 2 && rows[1].wrong->column == 3));
}
