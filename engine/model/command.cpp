#include "engine/model/command.hpp"

namespace triaged {

std::string_view to_string(Presence presence)
{
    switch (presence) {
        case Presence::available:
            return "available";
        case Presence::away:
            return "away";
        case Presence::offline:
            return "offline";
    }
    return "";
}

std::string_view to_string(ProblemAction action)
{
    switch (action) {
        case ProblemAction::hold:
            return "hold";
        case ProblemAction::release:
            return "release";
        case ProblemAction::reroute:
            return "reroute";
        case ProblemAction::answer:
            return "answer";
        case ProblemAction::close:
            return "close";
        case ProblemAction::merge:
            return "merge";
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
