// Erlang's formulas: what queueing theory says of customers who come at random and agents who are all alike.

#pragma once

#include <optional>

namespace triaged::theory {

/// Poisson arrivals, exponential handling times, `agents` servers, first come first served.
struct Model {
    double arrivals_per_hour = 0;
    double handling_s = 0;                  // mean
    int agents = 1;                         // servers
    std::optional<double> patience_s = {};  // mean, exponential; nothing: everybody waits as long as it takes

    double offered() const { return arrivals_per_hour * handling_s / 3600; }  // in erlangs
    double occupancy() const { return offered() / agents; }
};

/// Erlang B: the share of customers who find nobody free, if those who do go away at once.
/// By the recursion B(n) = a B(n-1) / (n + a B(n-1)), which neither overflows nor cancels.
double erlang_b(double offered, int agents);

/// Erlang C: the share of customers who have to wait. \pre offered < agents
double erlang_c(double offered, int agents);

/// What M/M/c and, where customers have limited patience, M/M/c+M (Erlang A) look like in the long run.
struct Expected {
    double wait_probability = 0;
    double mean_wait_s = 0;  // of all customers, those who hang up among them
    double mean_queue = 0;
    double abandoned = 0;  // share of all
    double occupancy = 0;  // of the agents' time
};

/// \pre there is patience, or the load is below 1.
Expected expected(const Model& model);

/// The share of customers served within `seconds`. \pre no limit to patience, and a load below 1
double service_level(const Model& model, double seconds);

}  // namespace triaged::theory
