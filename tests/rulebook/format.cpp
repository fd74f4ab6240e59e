// The formatter: one layout, every comment kept, the meaning untouched.

#include "engine/rulebook/format.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include <catch2/catch.hpp>

#include "engine/rulebook/yaml.hpp"
#include "tests/paths.hpp"

using namespace triaged;
using namespace triaged::rulebook;

namespace {

std::string formatted(const std::string& text)
{
    std::vector<Diagnostic> found;
    const auto out = format("a.yaml", text, found);
    INFO(text);
    INFO(render(found, false));
    REQUIRE(out);
    return *out;
}

/// Formats, and checks that doing so again changes nothing.
std::string settled(const std::string& text)
{
    auto out = formatted(text);
    CHECK(formatted(out) == out);
    return out;
}

std::vector<std::string> codes_of(const std::string& text)
{
    std::vector<Diagnostic> found;
    CHECK_FALSE(format("a.yaml", text, found));
    std::vector<std::string> out;
    for (const auto& d : found) out.push_back(d.code);
    return out;
}

/// What is behind each # outside quotes would be hard to say; the test's comments are all called `note N`.
std::vector<std::string> notes_in(std::string_view text)
{
    std::vector<std::string> out;
    for (auto at = text.find("# note"); at != std::string_view::npos; at = text.find("# note", at + 1)) {
        auto note = text.substr(at, text.find('\n', at) - at);
        while (note.ends_with(' ')) note.remove_suffix(1);  // blanks at a line's end go
        out.emplace_back(note);
    }
    return out;
}

std::string read(const std::filesystem::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// YAML of a rules file's kinds, laid out as badly as YAML allows, with comments wherever they may stand.
class Scribbler {
public:
    explicit Scribbler(unsigned seed) : dice_(seed) {}

    std::string file()
    {
        out_.clear();
        notes_ = 0;
        map(0, 0);
        return out_;
    }

private:
    int roll(int sides) { return static_cast<int>(dice_() % static_cast<unsigned>(sides)); }
    bool sometimes() { return roll(4) == 0; }
    std::string note() { return "# note " + std::to_string(notes_++) + (sometimes() ? " [x, {y" : ""); }
    void pad(int indent) { out_ += std::string(static_cast<std::size_t>(indent), ' '); }

    void gap(int indent)
    {
        while (sometimes()) {
            if (roll(2) == 0) {
                out_ += roll(2) ? "\n" : "   \n";
            } else {
                pad(indent);
                out_ += note() + "\n";
            }
        }
    }
    void end()
    {
        if (sometimes()) out_ += std::string(static_cast<std::size_t>(1 + roll(3)), ' ') + note();
        out_ += sometimes() ? " \n" : "\n";
        if (out_.ends_with(" \n") && roll(2)) out_.erase(out_.size() - 2, 1);
    }

    std::string scalar(bool in_flow)
    {
        static const std::vector<std::string> words{
            "plain", "two words", "7d",         "-5",       "'it''s'", "\"a \\\"b\"", "/cr(x)?/", "é #not",
            "$list", "'[x, {y'",  "http://a.b", "\"# no\"", "~x",      "\"\"",        "a:b",      "返品"};
        auto out = words[static_cast<std::size_t>(roll(static_cast<int>(words.size())))];
        if (in_flow && out == "é #not") out = "é";
        if (out == "é #not") out = "'é #not'";
        return out;
    }

    void flow(int depth, int indent)
    {
        const bool is_map = roll(2) == 0;
        out_ += is_map ? '{' : '[';
        const auto blanks = [&] {
            if (sometimes()) out_ += "  ";
            if (depth < 3 && roll(8) == 0) {
                if (roll(2) == 0) out_ += " " + note();
                out_ += "\n";
                pad(indent + 1 + roll(4));
            }
        };
        const int count = roll(depth > 2 ? 3 : 9);
        for (int i = 0; i < count; ++i) {
            blanks();
            if (is_map) out_ += "k" + std::to_string(i) + ":" + (sometimes() ? "   " : " ");
            if (depth < 3 && sometimes())
                flow(depth + 1, indent);
            else
                out_ += scalar(true);
            if (i + 1 < count) {
                out_ += sometimes() ? " ," : ",";
                if (!sometimes()) out_ += ' ';
            }
        }
        blanks();
        out_ += is_map ? '}' : ']';
    }

    /// Behind a colon or dash.
    void value(int depth, int indent, bool item)
    {
        switch (roll(depth < 4 ? 6 : 3)) {
            case 0:
            case 1:
                out_ += " " + scalar(false);
                return end();
            case 2:
                out_ += sometimes() ? "   " : " ";
                flow(0, indent);
                return end();
            case 3: {
                out_ += roll(2) ? " |" : " >-";
                end();
                const int inner = indent + 1 + roll(4);
                for (int i = 0; i < 1 + roll(3); ++i) {
                    if (i > 0 && sometimes()) out_ += "\n";
                    pad(inner + (i > 0 ? roll(2) : 0));
                    out_ += "text # with [ no meaning: at all\n";
                }
                return;
            }
            case 4: {
                end();
                const int inner = indent + (item ? 1 : 0) + roll(4);
                const int least = item ? inner : std::max(inner, indent);
                gap(least);
                return list(depth + 1, least);
            }
            default: {
                end();
                const int inner = indent + 1 + roll(4);
                gap(inner);
                return map(depth + 1, inner);
            }
        }
    }

    void map(int depth, int indent)
    {
        const int count = 1 + roll(4);
        for (int i = 0; i < count; ++i) {
            if (i > 0) gap(indent);
            pad(indent);
            const auto key = "key" + std::to_string(depth) + std::to_string(i);
            out_ += sometimes() ? '"' + key + '"' : key;
            out_ += ':';
            value(depth, indent, false);
        }
    }

    void list(int depth, int indent)
    {
        const int count = 1 + roll(4);
        for (int i = 0; i < count; ++i) {
            if (i > 0) gap(indent);
            pad(indent);
            out_ += '-';
            value(depth, indent, true);
        }
    }

    std::mt19937 dice_;
    std::string out_;
    int notes_ = 0;
};

}  // namespace

TEST_CASE("a badly laid out rule comes out as the rules that ship are written", "[rulebook][format]")
{
    CHECK(settled("stage:   route   # where\n"
                  "rules:\n"
                  "- rule:  a\n"
                  "  when: { channel : [ email,chat ] , \"x\": 'y' }\n"
                  "\n\n\n"
                  "  then:\n"
                  "        queue:  returns  # back\n"
                  "# the next one\n"
                  "- rule: b\n"
                  "  then: {queue: general}\n\n\n") ==
          "stage: route  # where\n"
          "rules:\n"
          "  - rule: a\n"
          "    when: {channel: [email, chat], \"x\": 'y'}\n"
          "\n"
          "    then:\n"
          "      queue: returns  # back\n"
          "\n"
          "  # the next one\n"
          "  - rule: b\n"
          "    then: {queue: general}\n");
}

TEST_CASE("long lists are filled, and short ones joined", "[rulebook][format]")
{
    std::string words;
    for (int i = 0; i < 30; ++i) words += (i ? "," : "") + std::string(i % 3 ? "word" : "\"two words\"");
    const auto out = settled("a:\n  text: [" + words + "]\n  b: [1,\n      2]\n");
    for (std::size_t at = 0; at < out.size();) {
        const auto end = out.find('\n', at);
        CHECK(end - at <= format_width);
        at = end + 1;
    }
    CHECK_THAT(out, Catch::Contains("  b: [1, 2]\n") && Catch::Contains(",\n         "));
}

TEST_CASE("comments stay where they belong", "[rulebook][format]")
{
    const std::string text =
        "# top\n\n"
        "a:  # of a\n"
        "  # before b\n"
        "  b: 1  # of b\n"
        "  # last of a\n"
        "c: [x,  # of x\n"
        "    # before y\n"
        "    y]  # of c\n"
        "d:\n"
        "  - e  # of e\n"
        "  # last of d\n"
        "# end\n";
    CHECK(settled(text) == text);
}

TEST_CASE("quotes, anchors, blocks of text and empty values stay as they are", "[rulebook][format]")
{
    const std::string text =
        "a: &one [x, 'y''s', \"z\\n\"]\n"
        "b: *one\n"
        "c: |\n"
        "  two\n"
        "\n"
        "    lines # no comment\n"
        "d: >-\n"
        "  folded\n"
        "e:\n"
        "f: &two\n"
        "  g: 1\n"
        "h: [/crack(ed)?/, {contains: x}]\n"
        "i: []\n";
    CHECK(settled(text) == text);
    CHECK(settled("a: two\n   lines\nb: \"quoted\n   twice\"\n") == "a: two lines\nb: \"quoted\n  twice\"\n");
    CHECK(settled("\xEF\xBB\xBF"
                  "a: 1\r\nb: 2\r\n") == "a: 1\nb: 2\n");
    CHECK(settled("# nothing\n") == "# nothing\n");
    CHECK(settled("").empty());
    CHECK(settled("--- \na: 1\n") == "---\na: 1\n");
}

TEST_CASE("what cannot be laid out is refused with its place, never guessed", "[rulebook][format]")
{
    CHECK(codes_of("a: [b\n") == std::vector<std::string>{"syntax"});
    CHECK(codes_of("\ta: 1\n").front() == "tab");
    CHECK(codes_of("a: |2\n   x\n") == std::vector<std::string>{"not-formatted"});
    CHECK(codes_of("a:\n  # why\n  b\n") == std::vector<std::string>{"not-formatted"});
}

TEST_CASE("the files that ship are formatted already", "[rulebook][format]")
{
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(triaged::test::in_checkout("rules"))) {
        if (entry.path().extension() != ".yaml") continue;
        const auto text = read(entry.path());
        INFO(entry.path());
        CHECK(settled(text) == text);
        ++files;
    }
    CHECK(files > 10);
}

TEST_CASE("whatever is scribbled keeps its comments and its meaning, and settles at once",
          "[rulebook][format]")
{
    std::size_t laid_out = 0;
    for (unsigned seed = 0; seed < 3000; ++seed) {
        const auto text = Scribbler(seed).file();
        std::vector<Diagnostic> found;
        const yaml::Document document("a.yaml", text, found);
        if (document.broken()) continue;  // a key of one map twice and the like
        found.clear();
        INFO("seed " << seed << "\n" << text);
        const auto out = format("a.yaml", text, found);
        if (!out) {
            INFO(render(found, false));
            CHECK(found.back().message.find("change what this file means") == std::string::npos);
            continue;
        }
        ++laid_out;
        INFO(*out);
        CHECK(notes_in(*out) == notes_in(text));  // `format` itself has compared what the two mean
        std::vector<Diagnostic> again;
        CHECK(format("a.yaml", *out, again) == out);
    }
    CHECK(laid_out > 2000);
}
