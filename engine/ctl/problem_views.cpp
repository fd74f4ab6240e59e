// Problems as people read them.

#include <fmt/format.h>

#include "engine/ctl/details.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/views.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

std::string span(const json::object& problem, std::string_view key)
{
    return brief(Duration{number_at(problem, key)});
}

std::string standing_of(const json::object& problem)
{
    if (const auto work = text_at(problem, "under_way"); !work.empty()) return work + " under way";
    if (const auto into = text_at(problem, "into"); !into.empty()) return "merged into " + into;
    return is_true(problem, "held") ? "held" : "open";
}

}  // namespace

std::string view_problems(const json::object& reply, bool colour)
{
    const auto& problems = list_at(reply, "problems");
    if (problems.empty()) return "no problem is open\n";
    Table table({{"PROBLEM"},
                 {"STANDING"},
                 {"OPEN", Align::right},
                 {"LINKED", Align::right},
                 {"AGE", Align::right},
                 {"QUIET", Align::right},
                 {"ABOUT"}});
    for (const auto& item : problems) {
        if (!item.is_object()) continue;
        const auto& problem = item.get_object();
        table.add({{text_at(problem, "problem"), Tone::bold},
                   {standing_of(problem), is_true(problem, "held") ? Tone::yellow : Tone::plain},
                   grouped(number_at(problem, "open")),
                   grouped(number_at(problem, "linked")),
                   span(problem, "age_ms"),
                   span(problem, "quiet_ms"),
                   printable(text_at(problem, "about"))});
    }
    return table.render(colour);
}

std::string view_problem(const json::object& reply, bool colour)
{
    const auto& problems = list_at(reply, "problems");
    if (problems.empty() || !problems[0].is_object()) return "no such problem is open\n";
    const auto& problem = problems[0].get_object();
    Details details(colour);
    details.add("about", text_at(problem, "about"), Tone::bold);
    details.add("policy", text_at(problem, "policy"));
    details.add("opened", text_at(problem, "opened_at"));
    details.add("quiet for", span(problem, "quiet_ms"));
    details.add("linked", grouped(number_at(problem, "linked")));
    details.add("open", grouped(number_at(problem, "open")));
    details.add("held", grouped(number_at(problem, "held_tickets")));
    const auto& tickets = list_at(problem, "tickets");
    if (!tickets.empty()) details.add("tickets", plain(tickets));
    if (const auto more = number_at(problem, "open") - static_cast<std::int64_t>(tickets.size()); more > 0)
        details.add("", fmt::format("and {} more", grouped(more)));
    return heading(fmt::format("{} {}", text_at(problem, "problem"), standing_of(problem)), colour) +
           details.render();
}

}  // namespace triaged::ctl
