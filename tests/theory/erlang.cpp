#include "tests/theory/erlang.hpp"

#include <cmath>

namespace triaged::theory {

namespace {

/// Sums over the states of the birth-death chain with abandonment, by the ratios of neighbours: terms fall
/// faster than geometrically once the queue is long, so the sum ends when they no longer count.
Expected erlang_a(const Model& model)
{
    const double arrivals = model.arrivals_per_hour / 3600;
    const double service = 1 / model.handling_s;
    const double leaving = 1 / *model.patience_s;
    // Weights relative to the state with all agents busy and nobody waiting.
    double idle_sum = 0, busy_of_idle = 0, weight = 1;
    for (int busy = model.agents; busy > 0; --busy) {
        weight *= busy * service / arrivals;  // of the state with one busy agent less
        idle_sum += weight;
        busy_of_idle += weight * (busy - 1);
    }
    double all_busy = 1, queue = 0;
    weight = 1;
    for (int waiting = 1; weight > 1e-18 * all_busy || waiting < 10; ++waiting) {
        weight *= arrivals / (model.agents * service + waiting * leaving);
        all_busy += weight;
        queue += weight * waiting;
    }
    const double total = idle_sum + all_busy;
    Expected result;
    result.wait_probability = all_busy / total;
    result.mean_queue = queue / total;
    result.mean_wait_s = result.mean_queue / arrivals;  // Little's law
    result.abandoned = leaving * result.mean_queue / arrivals;
    result.occupancy = (busy_of_idle + model.agents * all_busy) / total / model.agents;
    return result;
}

}  // namespace

double erlang_b(double offered, int agents)
{
    double blocked = 1;
    for (int n = 1; n <= agents; ++n) blocked = offered * blocked / (n + offered * blocked);
    return blocked;
}

double erlang_c(double offered, int agents)
{
    const double blocked = erlang_b(offered, agents);
    const double load = offered / agents;
    return blocked / (1 - load * (1 - blocked));
}

Expected expected(const Model& model)
{
    if (model.patience_s) return erlang_a(model);
    Expected result;
    result.occupancy = model.occupancy();
    result.wait_probability = erlang_c(model.offered(), model.agents);
    result.mean_wait_s = result.wait_probability * model.handling_s / (model.agents - model.offered());
    result.mean_queue = result.mean_wait_s * model.arrivals_per_hour / 3600;
    return result;
}

double service_level(const Model& model, double seconds)
{
    const double free_a_second = (model.agents - model.offered()) / model.handling_s;
    return 1 - erlang_c(model.offered(), model.agents) * std::exp(-free_a_second * seconds);
}

}  // namespace triaged::theory
