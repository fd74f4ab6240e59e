// The worked examples of docs/rule-language.md: what the page says is what the rules do.

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "engine/ctl/commands.hpp"
#include "engine/rulebook/format.hpp"
#include "tests/ctl/files.hpp"
#include "tests/ctl/ran.hpp"
#include "tests/paths.hpp"

using namespace triaged;
using namespace triaged::ctl;

namespace {

struct Example {
    std::string title;
    std::vector<std::string> blocks;  // of YAML
};

/// The examples of the section, with what stands between its fences.
std::vector<Example> examples_of(const std::string& path)
{
    std::ifstream page(path);
    std::vector<Example> out;
    bool here = false;
    bool fenced = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## ")) here = line == "## Ten worked examples";
        if (!here) continue;
        if (line.starts_with("### ")) {
            out.push_back({line.substr(4), {}});
        } else if (line == "```yaml") {
            fenced = true;
            out.back().blocks.emplace_back();
        } else if (line == "```") {
            fenced = false;
        } else if (fenced) {
            out.back().blocks.back() += line + '\n';
        }
    }
    return out;
}

bool holds_tests(const std::string& block)
{
    return block.starts_with("cases:") || block.starts_with("timelines:");
}

/// A desk as shipped, with the example's rules for its own.
void set_up(const Files& files, const Example& example)
{
    const std::filesystem::path shipped = triaged::test::in_checkout("config");
    std::filesystem::copy(shipped, files.path("config"), std::filesystem::copy_options::recursive);
    bool routes = false;
    for (std::size_t i = 0; i < example.blocks.size(); ++i) {
        const auto& block = example.blocks[i];
        const auto kind = holds_tests(block) ? ".test.yaml" : ".yaml";
        files.write("rules/" + std::to_string(i) + kind, block);
        routes = routes || block.starts_with("stage: route");
    }
    if (!routes)
        files.write("rules/90.yaml", "stage: route\nrules:\n  - rule: default\n    then: {queue: general}\n");
}

}  // namespace

TEST_CASE("every worked example of the rule language does what the page says", "[ctl][docs]")
{
    const auto examples = examples_of(triaged::test::in_checkout("docs/rule-language.md"));
    CHECK(examples.size() == 10);
    for (const auto& example : examples) {
        INFO(example.title);
        const Files files;
        set_up(files, example);
        CHECK(std::count_if(example.blocks.begin(), example.blocks.end(), holds_tests) == 1);
        for (const std::vector<std::string>& command :
             {std::vector<std::string>{"check"}, std::vector<std::string>{"test", "--coverage"}}) {
            const auto ran = triagectl(files, command);
            INFO(ran.out << ran.err);
            CHECK(ran.exit_code == exit_good);
        }
        for (const auto& block : example.blocks) {
            std::vector<Diagnostic> found;
            CHECK(rulebook::format("example", block, found) == block);
        }
    }
}
