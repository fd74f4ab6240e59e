#include "engine/model/policy.hpp"

namespace triaged {

std::string_view to_string(Strategy strategy)
{
    switch (strategy) {
        case Strategy::least_loaded:
            return "least_loaded";
        case Strategy::longest_idle:
            return "longest_idle";
        case Strategy::best_skill:
            return "best_skill";
        case Strategy::round_robin:
            break;
    }
    return "round_robin";
}

std::optional<Strategy> parse_strategy(std::string_view text)
{
    for (const auto strategy : all_strategies)
        if (to_string(strategy) == text) return strategy;
    return std::nullopt;
}

std::string_view to_string(WhenClosed what)
{
    switch (what) {
        case WhenClosed::hold:
            return "hold";
        case WhenClosed::overflow:
            return "overflow";
        case WhenClosed::promise:
            break;
    }
    return "promise";
}

}  // namespace triaged
