#include "engine/ctl/lines.hpp"

#include <sstream>

#include <catch2/catch.hpp>

#include "tests/ctl/files.hpp"

using namespace triaged;
using namespace triaged::ctl;

TEST_CASE("files are read in turn, each line with its place, blank lines passed over", "[ctl]")
{
    const Files files;
    const auto first = files.write("a.jsonl", "{\"n\":1}\n\n{\"n\":2}");
    std::istringstream standard_input("{\"n\":3}\r\n  \n");
    auto reader = LineReader::open({first, "-"}, standard_input);
    REQUIRE(reader);
    std::vector<std::string> seen;
    while (const auto line = reader->next())
        seen.push_back(line->file + ":" + std::to_string(line->number) + line->text);
    CHECK(seen ==
          std::vector<std::string>{first + ":1{\"n\":1}", first + ":3{\"n\":2}", "stdin:1{\"n\":3}\r"});
    CHECK(reader->bytes_in_all() == 0);
}

TEST_CASE("how much there is to read is known, unless standard input is part of it", "[ctl]")
{
    const Files files;
    const auto first = files.write("a.jsonl", "123\n");
    const auto second = files.write("b.jsonl", "123456\n");
    std::istringstream nothing;
    auto reader = LineReader::open({first, second}, nothing);
    REQUIRE(reader);
    CHECK(reader->bytes_in_all() == 11);
    reader->next();
    CHECK(reader->bytes_read() == 4);
}

TEST_CASE("a file that cannot be read is found before anything is fed", "[ctl]")
{
    std::istringstream nothing;
    const auto reader = LineReader::open({"/nowhere/a.jsonl"}, nothing);
    REQUIRE_FALSE(reader);
    CHECK(reader.error().code == ErrorCode::bad_value);
    CHECK_THAT(reader.error().message, Catch::Contains("/nowhere/a.jsonl"));
}

TEST_CASE("a contact without a ref gets one that is the same for the same line", "[ctl]")
{
    const Line line{"/data/monday.jsonl", 7, R"({"channel":"email","body":"x","order":{"value":129.90}})"};
    const auto request = with_ref(line);
    REQUIRE(request);
    CHECK_THAT(*request,
               Catch::Matches(R"(\{"ref":"monday.jsonl:7:[0-9a-f]{8}","channel":"email","body":"x",)"
                              R"("order":\{"value":129.90\}\})"));
    CHECK(with_ref(line) == request);
    auto edited = line;
    edited.text = R"({"channel":"email","body":"y"})";
    CHECK(with_ref(edited)->substr(0, 32) != request->substr(0, 32));
}

TEST_CASE("what has a ref, or needs none, is sent as it is", "[ctl]")
{
    const auto text = GENERATE(values<std::string>({
        R"({"ref":"a","channel":"email"})",
        R"({"op":"contact","ticket":"T-1","ref":"b"})",
        R"({"op":"customer","customer":{"id":"c-1"}})",
    }));
    CHECK(with_ref({"f", 1, text}).value() == text);
    CHECK(with_ref({"f", 1, text + "\r"}).value() == text);
}

TEST_CASE("an empty object gets a ref without a stray comma", "[ctl]")
{
    CHECK_THAT(with_ref({"f", 1, " {}"}).value(), Catch::Matches(R"( \{"ref":"f:1:[0-9a-f]{8}"\})"));
}

TEST_CASE("what is not a JSON object is not sent", "[ctl]")
{
    for (const auto* text : {"not json", "[1]", "{\"a\":1"}) {
        INFO(text);
        REQUIRE_FALSE(with_ref({"f", 1, text}));
        CHECK(with_ref({"f", 1, text}).error().code == ErrorCode::bad_json);
    }
}
