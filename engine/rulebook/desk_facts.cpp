// Desk facts: what rules may ask of the desk, by name.

#include <fmt/format.h>

#include "engine/rulebook/rulebook.hpp"

namespace triaged::rulebook {

std::string_view to_string(DeskMeasure measure)
{
    return measure == DeskMeasure::queue_length ? "queue.length" : "agents.available";
}

DeskFact desk_fact(DeskMeasure measure, const QueueName& queue)
{
    return {measure, queue, fmt::format("{} {}", to_string(measure), queue.value)};
}

std::optional<DeskFact> parse_desk_fact(std::string_view name)
{
    for (const auto measure : all_desk_measures) {
        const auto key = to_string(measure);
        if (name.size() > key.size() && name.starts_with(key) && name[key.size()] == ' ')
            return desk_fact(measure, QueueName(std::string(name.substr(key.size() + 1))));
    }
    return std::nullopt;
}

}  // namespace triaged::rulebook
