#include "engine/model/command.hpp"

namespace triaged {

std::string_view to_string(Presence presence)
{
    switch (presence) {
        case Presence::available: return "available";
        case Presence::away: return "away";
        case Presence::offline: return "offline";
    }
    return "";
}

std::optional<Presence> parse_presence(std::string_view text)
{
    for (const auto presence : {Presence::available, Presence::away, Presence::offline})
        if (to_string(presence) == text) return presence;
    return std::nullopt;
}

}  // namespace triaged
