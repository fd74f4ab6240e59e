#include "engine/ctl/completions.hpp"

#include <catch2/catch.hpp>

using namespace triaged::ctl;

TEST_CASE("completion scripts name every command and flag", "[ctl]")
{
    const auto shapes = command_shapes();
    REQUIRE(shapes.size() > 18);
    CHECK(shapes[0].name.empty());
    for (const auto* shell : {"bash", "zsh", "fish"}) {
        const auto script = completion_script(shell, shapes);
        for (const auto& shape : shapes) {
            INFO(shell << ' ' << shape.name);
            CHECK_THAT(script, Catch::Contains(shape.name));
            for (const auto& [flag, about] : shape.flags) CHECK_THAT(script, Catch::Contains(flag.substr(2)));
        }
    }
    CHECK(completion_script("tcsh", shapes).empty());
}

TEST_CASE("what a description holds cannot end the script's quotes", "[ctl]")
{
    const std::vector<CommandShape> shapes{{"", "all", {{"--a", "it's [here]: now"}}}, {"do", "don't", {}}};
    CHECK_THAT(completion_script("fish", shapes), Catch::Contains(R"(-d 'it'\''s [here]: now')"));
    CHECK_THAT(completion_script("zsh", shapes), Catch::Contains(R"('--a[it'\''s \[here\]\: now]')"));
}
