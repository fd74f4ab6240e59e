#include "engine/ctl/junit.hpp"

#include <catch2/catch.hpp>

using namespace triaged::ctl;

TEST_CASE("JUnit counts each file's cases and says why one failed", "[ctl]")
{
    const auto xml = to_junit({{"one", "a.test.yaml", 2, false, {}},
                               {"two", "a.test.yaml", 5, false, {"queue is 'x', not 'y'", "more"}},
                               {"three", "b.test.yaml", 2, true, {}}});
    CHECK(xml == R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="triagectl test" tests="3" failures="1" errors="0" skipped="1">
  <testsuite name="a.test.yaml" tests="2" failures="1" errors="0" skipped="0">
    <testcase name="one" classname="a.test.yaml" file="a.test.yaml" line="2"/>
    <testcase name="two" classname="a.test.yaml" file="a.test.yaml" line="5"><failure message="queue is 'x', not 'y'">a.test.yaml:5: queue is 'x', not 'y'&#10;more</failure></testcase>
  </testsuite>
  <testsuite name="b.test.yaml" tests="1" failures="0" errors="0" skipped="1">
    <testcase name="three" classname="b.test.yaml" file="b.test.yaml" line="2"><skipped/></testcase>
  </testsuite>
</testsuites>
)");
}

TEST_CASE("JUnit escapes what XML gives a meaning or cannot hold", "[ctl]")
{
    const auto xml = to_junit({{"<a> & \"b\"\n\x1b[0m é", "f", 1, false, {}}});
    CHECK_THAT(xml, Catch::Contains("name=\"&lt;a&gt; &amp; &quot;b&quot;&#10;\xEF\xBF\xBD[0m é\""));
}
