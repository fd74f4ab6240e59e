// The desk against queueing theory: if customers come and are served at random, waits are as Erlang says.

#include <catch2/catch.hpp>
#include <string>

#include "tests/theory/floor.hpp"

using namespace triaged::theory;

namespace {

struct Row {
    std::string name;
    Floor floor;
};

/// That `measured` may be `value`, and is known well enough to tell it from another.
void check_near(const std::string& what, const BatchMeans& measured, double value, double precision)
{
    INFO(what << ": measured " << measured.mean() << " ± " << measured.half_width() << ", expected "
              << value);
    CHECK(measured.may_be(value));
    CHECK(measured.half_width() < precision * value);
}

}  // namespace

TEST_CASE("like agents serve patient customers as Erlang C says", "[theory]")
{
    const auto row = GENERATE(values<Row>({
        {"a single agent", {{60, 36, 1}, 1}},
        {"twelve agents, busy", {{200, 180, 12}, 2}},
        {"fourteen agents, seldom all busy", {{200, 180, 14}, 3}},
        {"four agents with three chats each", {{200, 180, 12}, 4, 3}},
        {"thirteen agents, long calls", {{100, 300, 13}, 5}},
    }));
    INFO(row.name);
    const auto theory = expected(row.floor.model);
    const auto measured = measure(row.floor);
    check_near("wait probability", measured.wait_probability, theory.wait_probability, 0.35);
    check_near("wait", measured.wait_s, theory.mean_wait_s, 1);
    check_near("served within 20 s", measured.served_within_20s, service_level(row.floor.model, 20), 0.2);
}

TEST_CASE("the test can tell eleven or thirteen agents from twelve", "[theory]")
{
    const auto measured = measure({{200, 180, 12}, 2});
    CHECK_FALSE(measured.wait_probability.may_be(expected({200, 180, 11}).wait_probability));
    CHECK_FALSE(measured.wait_probability.may_be(expected({200, 180, 13}).wait_probability));
}

TEST_CASE("urgent customers wait as Cobham says, and the others pay for it", "[theory]")
{
    // A. Cobham, "Priority assignment in waiting line problems" (1954), for agents who finish what they have.
    Floor floor{{200, 180, 12}, 6};
    floor.urgent_share = 0.3;
    const auto& model = floor.model;
    const double residual = expected(model).wait_probability * model.handling_s / model.agents;
    const double urgent_load = floor.urgent_share * model.occupancy();
    const auto measured = measure(floor);
    check_near("urgent", measured.urgent_wait_s, residual / (1 - urgent_load), 0.35);
    check_near("others", measured.other_wait_s, residual / (1 - urgent_load) / (1 - model.occupancy()), 0.8);
}

TEST_CASE("queues that share agents wait alike, however long each is", "[theory]")
{
    Floor floor{{200, 180, 12}, 11};
    floor.aside_share = 0.1;  // for one customer there, nine stand in the other line
    const double wait = expected(floor.model).mean_wait_s;
    const auto measured = measure(floor);
    check_near("everybody", measured.wait_s, wait, 1);
    check_near("the short queue", measured.aside_wait_s, wait, 1);
}

TEST_CASE("what customers in line are told is what they then wait, on average", "[theory]")
{
    const auto row = GENERATE(values<Row>({
        {"a single agent", {{60, 36, 1}, 21}},
        {"twelve agents, busy", {{200, 180, 12}, 22}},
        {"four agents with three chats each", {{200, 180, 12}, 23, 3}},
        {"some are urgent", {{200, 180, 12}, 24, 1, 0.1}},
    }));
    INFO(row.name);
    const auto measured = measure(row.floor);
    const double told = measured.told_wait_s.mean();
    INFO("told " << told << ", waited " << measured.told_and_was.mean());
    CHECK(told == Approx(measured.told_and_was.mean()).epsilon(0.15));
    CHECK(told > 2 * row.floor.model.handling_s / row.floor.model.agents);  // they did stand in line
}

TEST_CASE("customers who hang up leave the line as Erlang A says", "[theory]")
{
    const auto row = GENERATE(values<Row>({
        {"twelve agents, a minute of patience", {{200, 180, 12, 60}, 7}},
        {"fourteen agents, five minutes of patience", {{200, 180, 14, 300}, 8}},
        {"too few agents: who stays is who is served", {{100, 300, 7, 180}, 9}},
    }));
    INFO(row.name);
    const auto theory = expected(row.floor.model);
    const auto measured = measure(row.floor);
    check_near("wait probability", measured.wait_probability, theory.wait_probability, 0.35);
    check_near("wait", measured.wait_s, theory.mean_wait_s, 0.6);
    check_near("abandoned", measured.abandoned, theory.abandoned, 0.6);
}

TEST_CASE("customers who do not wait at all find everybody busy as often as Erlang B says", "[theory]")
{
    const Floor floor{{200, 180, 10, 0.001}, 10};
    const auto measured = measure(floor);
    check_near("abandoned", measured.abandoned, erlang_b(floor.model.offered(), floor.model.agents), 0.25);
}
