// Erlang's formulas against numbers that others have computed.

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "tests/theory/erlang.hpp"

using namespace triaged::theory;

TEST_CASE("Erlang's formulas give the numbers that staffing libraries give", "[theory]")
{
    // Stated in the tests of pyworkforce (https://github.com/rodrigo-arenas/pyworkforce, MIT licence): 100
    // calls in half an hour of three minutes each, answered within 0.33 minutes or, for Erlang A, 20 s.
    CHECK(erlang_b(1, 1) == Approx(0.5));
    CHECK(erlang_b(1, 2) == Approx(0.2));
    CHECK(erlang_b(10, 17) <= 0.02);
    CHECK(erlang_b(10, 16) > 0.02);

    const Model fourteen{200, 180, 14};
    CHECK(expected(fourteen).wait_probability == Approx(0.174).margin(5e-4));
    CHECK(service_level(fourteen, 0.33 * 60) == Approx(0.888).margin(5e-4));
    CHECK(expected(fourteen).occupancy == Approx(0.714).margin(5e-4));
    const Model fifteen{200, 180, 15};
    CHECK(expected(fifteen).wait_probability == Approx(0.102).margin(5e-4));
    CHECK(service_level(fifteen, 0.33 * 60) == Approx(0.941).margin(5e-4));

    const auto impatient = expected(Model{200, 180, 14, 300});
    CHECK(impatient.wait_probability == Approx(0.14526).margin(5e-6));
    CHECK(impatient.abandoned == Approx(0.013984).margin(5e-6));
    CHECK(impatient.occupancy == Approx(0.704297).margin(5e-6));
    CHECK(impatient.mean_wait_s == Approx(60 * 0.069919).margin(3e-4));
}

TEST_CASE("Erlang's formulas agree with a table of exact values, where there is one", "[theory-table]")
{
    // One JSON object a line, as the names below say; computed with exact rational arithmetic.
    const char* const path = std::getenv("TRIAGED_ERLANG_TABLE");
    std::ifstream table(path == nullptr ? "" : path);
    if (!table) {
        std::cout << "skipped: TRIAGED_ERLANG_TABLE names no file with Erlang's numbers\n";
        return;
    }
    std::size_t rows = 0;
    for (std::string line; std::getline(table, line); ++rows) {
        const auto row = boost::json::parse(line).as_object();
        const auto number = [](const boost::json::object& of, const char* name) {
            return of.at(name).to_number<double>();
        };
        INFO(line);
        Model model{number(row, "calls_per_hour"), number(row, "aht_s"),
                    static_cast<int>(number(row, "agents"))};
        const auto patient = expected(model);
        CHECK(erlang_b(model.offered(), model.agents) == Approx(number(row, "erlang_b_block")).margin(1e-6));
        CHECK(patient.wait_probability == Approx(number(row, "erlang_c_wait_prob")).margin(1e-6));
        CHECK(patient.mean_wait_s == Approx(number(row, "asa_s")).margin(1e-4));
        CHECK(patient.mean_queue == Approx(number(row, "mean_queue")).margin(1e-6));
        for (const int within : {10, 20, 60})
            CHECK(
                service_level(model, within) ==
                Approx(number(row, ("service_level_" + std::to_string(within) + "s").c_str())).margin(1e-6));
        for (const int patience : {60, 180}) {
            model.patience_s = patience;
            const auto& stated = row.at("patience_" + std::to_string(patience) + "s").as_object();
            const auto impatient = expected(model);
            CHECK(impatient.wait_probability == Approx(number(stated, "wait_prob")).margin(1e-6));
            CHECK(impatient.mean_queue == Approx(number(stated, "mean_queue")).margin(1e-6));
            CHECK(impatient.abandoned == Approx(number(stated, "abandon")).margin(1e-6));
            CHECK(impatient.occupancy == Approx(number(stated, "occupancy")).margin(1e-6));
            CHECK(impatient.mean_wait_s == Approx(number(stated, "mean_wait_all_s")).margin(1e-4));
        }
    }
    std::cout << "checked " << rows << " rows\n";
    CHECK(rows > 0);
}
