#include "engine/model/diagnostic.hpp"

#include <catch2/catch.hpp>

using namespace triaged;

TEST_CASE("a diagnostic names its place, shows the line and points at the culprit", "[model]")
{
    Diagnostic found;
    found.file = "rules/40-route.yaml";
    found.line = 12;
    found.column = 13;
    found.length = 5;
    found.message = "unknown queue 'retrn'";
    found.source_line = "      queue: retrn";
    found.suggestion = "did you mean 'returns'?";
    CHECK(render(found, false) ==
          "rules/40-route.yaml:12:13: error: unknown queue 'retrn'\n"
          "   12 |       queue: retrn\n"
          "      |             ^^^^^\n"
          "      = did you mean 'returns'?\n");
    CHECK(render(found, true).find("\x1b[1;31m") != std::string::npos);
}

TEST_CASE("the caret stands under characters, not bytes, and tabs stay tabs", "[model]")
{
    Diagnostic found;
    found.file = "f";
    found.line = 1;
    found.column = 6;
    found.source_line = "\tcafé: x";
    CHECK(render(found, false).find("      | \t    ^\n") != std::string::npos);
}

TEST_CASE("warnings alone are not errors", "[model]")
{
    auto warning = Diagnostic{};
    warning.severity = Severity::warning;
    CHECK_FALSE(has_errors({warning}));
    CHECK(has_errors({warning, Diagnostic{}}));
}
