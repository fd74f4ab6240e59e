// `triagectl ticket --sla`: each clock of a ticket and how it came to what it shows.

#include <fmt/format.h>

#include "engine/ctl/details.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/views.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

Tone tone_of(std::string_view state)
{
    if (state == "breached") return Tone::red;
    return state == "paused" ? Tone::yellow : Tone::green;
}

std::string span_of(const json::object& object, std::string_view key)
{
    return to_string(Duration{number_at(object, key)});
}

std::string derivation(const json::object& clock, bool colour)
{
    Table table({{"FROM"}, {"TO"}, {""}, {"LASTS", Align::right}, {"USED", Align::right}});
    std::int64_t counted = 0;
    for (const auto& item : list_at(clock, "stretches"))
        if (item.is_object() && text_at(item.get_object(), "is") == "counted")
            counted += number_at(item.get_object(), "ms");
    // Where the oldest stretches are left out, the sum does not start at nothing.
    auto sum = number_at(clock, "used_ms") - counted;
    for (const auto& item : list_at(clock, "stretches")) {
        if (!item.is_object()) continue;
        const auto& stretch = item.get_object();
        const auto is = text_at(stretch, "is");
        const bool counts = is == "counted";
        if (counts) sum += number_at(stretch, "ms");
        table.add({text_at(stretch, "from"),
                   text_at(stretch, "to"),
                   {is, counts ? Tone::plain : Tone::dim},
                   span_of(stretch, "ms"),
                   {to_string(Duration{sum}), counts ? Tone::bold : Tone::dim}});
    }
    return table.render(colour);
}

std::string clock_of(const json::object& clock, bool colour)
{
    const auto state = text_at(clock, "state");
    const auto left = number_at(clock, "left_ms");
    const auto never = [&](std::string_view key) {
        const auto at = text_at(clock, key);
        return at == "never" ? std::string() : at;
    };
    const auto calendar = text_at(clock, "calendar");
    Details details(colour);
    details.add("state", state, tone_of(state));
    details.add("policy", fmt::format("{}, {}", text_at(clock, "policy"),
                                      text_at(clock, "policy_of") == "ticket" ? "by its rules or a contract"
                                                                              : "its queue's"));
    details.add("counts in", calendar.empty() ? "wall time" : "the hours of " + calendar);
    details.add("since", text_at(clock, "since"));
    const auto priority = text_at(clock, "priority");
    details.add("used", fmt::format("{} of {}{}", span_of(clock, "used_ms"), span_of(clock, "within_ms"),
                                    priority.empty() ? "" : ", as its priority is " + priority));
    details.add(left < 0 ? "late by" : "left", to_string(Duration{left < 0 ? -left : left}));
    details.add("due", never("due"));
    details.add("warns", never("warns"));
    return heading(text_at(clock, "target"), colour) + details.render() + derivation(clock, colour);
}

}  // namespace

std::string view_sla(const json::object& reply, bool colour)
{
    auto out = fmt::format("{} {} on {}, at {}\n", text_at(reply, "ticket"), text_at(reply, "phase"),
                           text_at(reply, "queue"), text_at(reply, "at"));
    const auto& clocks = list_at(reply, "clocks");
    if (clocks.empty()) return out + "no promise of this ticket is running\n";
    for (const auto& item : clocks)
        if (item.is_object()) out += clock_of(item.get_object(), colour);
    return out;
}

}  // namespace triaged::ctl
