// Shrinking: from a history that fails to a small one that fails as well.

#include <algorithm>
#include <stdexcept>

#include "tests/sim/simulation.hpp"

namespace triaged::sim {

namespace {

/// One try, and how it went.
struct Try {
    std::string wrong;  // empty: nothing
    std::vector<int> turns;
    std::vector<std::string> lines;
};

Try attempt(const Settings& settings)
{
    Simulation simulation(settings);
    Try result;
    try {
        simulation.run();
    } catch (const std::logic_error& wrong) {
        result.wrong = wrong.what();
    }
    result.turns = simulation.turns();
    result.lines = simulation.lines();
    return result;
}

}  // namespace

Shrunk shrink(const Settings& settings, std::size_t tries_max)
{
    Shrunk best{settings, {}, {}, 0};
    best.settings.check_all_every = 1;  // so that it fails where it goes wrong
    auto first = attempt(best.settings);
    if (first.wrong.empty()) throw std::invalid_argument("a history that does not fail cannot be shrunk");
    best.settings.only = first.turns;  // nothing after the failure matters
    best.wrong = first.wrong;
    for (std::size_t part = std::max<std::size_t>(best.settings.only.size() / 2, 1);; part /= 2) {
        bool smaller = true;
        while (smaller && best.tries < tries_max) {
            smaller = false;
            // From the end, since what came late matters to nothing that came before.
            for (std::size_t end = best.settings.only.size(); end > 0 && best.tries < tries_max;) {
                const auto begin = end > part ? end - part : 0;
                auto candidate = best.settings;
                const auto at = [&](std::size_t place) {
                    return candidate.only.begin() + static_cast<std::ptrdiff_t>(place);
                };
                candidate.only.erase(at(begin), at(end));
                end = begin;
                if (candidate.only.empty()) continue;
                ++best.tries;
                const auto tried = attempt(candidate);
                if (tried.wrong.empty()) continue;
                best.settings.only = tried.turns;
                best.wrong = tried.wrong;
                end = std::min(end, best.settings.only.size());
                smaller = true;
            }
            if (part > 1) break;  // halve first, then insist on single turns
        }
        if (part == 1) break;
    }
    best.lines = attempt(best.settings).lines;
    return best;
}

}  // namespace triaged::sim
