#include "engine/model/ticket.hpp"

#include <algorithm>

namespace triaged {

namespace {

template <class Enum, std::size_t N>
std::optional<Enum> parse_enum(const std::array<Enum, N>& all, std::string_view text)
{
    for (const auto value : all)
        if (to_string(value) == text) return value;
    return std::nullopt;
}

auto place_of(const Skills& skills, std::string_view name)
{
    return std::lower_bound(skills.begin(), skills.end(), name,
                            [](const Skill& skill, std::string_view wanted) { return skill.name < wanted; });
}

}  // namespace

std::string_view to_string(Channel channel)
{
    switch (channel) {
        case Channel::faq:
            return "faq";
        case Channel::chat:
            return "chat";
        case Channel::email:
            return "email";
        case Channel::phone:
            return "phone";
    }
    return "";
}

std::optional<Channel> parse_channel(std::string_view text) { return parse_enum(all_channels, text); }

std::string_view to_string(Priority priority)
{
    switch (priority) {
        case Priority::low:
            return "low";
        case Priority::normal:
            return "normal";
        case Priority::high:
            return "high";
        case Priority::urgent:
            return "urgent";
    }
    return "";
}

std::optional<Priority> parse_priority(std::string_view text) { return parse_enum(all_priorities, text); }

void raise(Skills& skills, const Skill& skill)
{
    const auto place = skills.begin() + (place_of(skills, skill.name) - skills.cbegin());
    if (place != skills.end() && place->name == skill.name)
        place->level = std::max(place->level, skill.level);
    else
        skills.insert(place, skill);
}

bool covers(const Skills& has, const Skills& needs)
{
    return std::all_of(needs.begin(), needs.end(), [&](const Skill& need) {
        const auto place = place_of(has, need.name);
        return place != has.end() && place->name == need.name && place->level >= need.level;
    });
}

std::string_view to_string(TicketPhase phase)
{
    switch (phase) {
        case TicketPhase::waiting:
            return "waiting";
        case TicketPhase::offered:
            return "offered";
        case TicketPhase::assigned:
            return "assigned";
    }
    return "";
}

}  // namespace triaged
