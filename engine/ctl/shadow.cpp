// `triagectl shadow`: rules that are tried on live tickets, without effect.

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "engine/ctl/ask.hpp"
#include "engine/ctl/commands.hpp"
#include "engine/ctl/details.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/rules_files.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

constexpr std::size_t samples_shown_max = 10;
constexpr std::size_t rules_shown_max = 30;

std::string changes_of(const json::object& sample)
{
    std::string out;
    for (const auto& item : list_at(sample, "changes")) {
        if (!item.is_object()) continue;
        const auto& change = item.get_object();
        const auto from = text_at(change, "before"), to = text_at(change, "after");
        out += fmt::format("{}{}: {} → {}", out.empty() ? "" : "; ", text_at(change, "what"),
                           from.empty() ? "(none)" : from, to.empty() ? "(none)" : to);
    }
    return out;
}

/// What was counted by name, the most frequent first.
std::string view_counts(const json::object& reply, std::string_view key, std::string title, bool colour)
{
    std::vector<std::pair<std::int64_t, std::string>> counts;
    for (const auto& item : list_at(reply, key))
        if (item.is_object())
            counts.emplace_back(number_at(item.get_object(), "tickets"), text_at(item.get_object(), "name"));
    if (counts.empty()) return {};
    std::stable_sort(counts.begin(), counts.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (counts.size() > rules_shown_max) counts.resize(rules_shown_max);
    Table table({{"tickets", Align::right}, {std::move(title)}});
    for (const auto& [tickets, name] : counts) table.add({grouped(tickets), name});
    return '\n' + table.render(colour);
}

std::string view_samples(const json::object& reply, bool colour)
{
    const auto& samples = list_at(reply, "samples");
    if (samples.empty()) return {};
    Table table({{"ticket"}, {"change"}, {"rules"}});
    for (std::size_t i = 0; i < samples.size() && i < samples_shown_max; ++i) {
        if (!samples[i].is_object()) continue;
        const auto& sample = samples[i].get_object();
        table.add({text_at(sample, "ticket"), changes_of(sample),
                   sample.contains("rules") ? plain(sample.at("rules")) : std::string()});
    }
    return '\n' + table.render(colour);
}

std::string view_shadow(const json::object& reply, bool colour)
{
    if (!is_true(reply, "active")) return "no rules run in the shadow\n";
    const auto compared = number_at(reply, "compared"), differing = number_at(reply, "differing");
    const auto share =
        compared > 0 ? 100.0 * static_cast<double>(differing) / static_cast<double>(compared) : 0.0;
    Details details(colour);
    details.add("rulebook", fmt::format("{}, {} rules", text_at(reply, "rulebook"),
                                        grouped(number_at(reply, "rules_loaded"))));
    details.add("against", text_at(reply, "against"));
    details.add("since", text_at(reply, "since"));
    details.add("compared", fmt::format("{} tickets", grouped(compared)));
    const auto missed = number_at(reply, "not_compared");
    if (missed > 0) details.add("not compared", fmt::format("{} tickets", grouped(missed)), Tone::yellow);
    details.add("differing", fmt::format("{} ({:.1f} %)", grouped(differing), share),
                differing > 0 ? Tone::yellow : Tone::green);
    return details.render() + view_counts(reply, "kinds", "what differs", colour) +
           view_counts(reply, "rules", "rule", colour) + view_samples(reply, colour);
}

std::string view_started(const json::object& reply, bool colour)
{
    const auto same = is_true(reply, "same") ? "; it is the rulebook in force" : "";
    return view_diagnostics(reply, colour) + fmt::format("rulebook {} runs in the shadow, {} rules{}\n",
                                                         text_at(reply, "rulebook"),
                                                         number_at(reply, "rules"), same);
}

std::string view_stopped(const json::object& reply, bool)
{
    return is_true(reply, "stopped") ? "stopped\n" : "no rules ran in the shadow\n";
}

/// `promote` and `rollback`.
std::string view_in_force(const json::object& reply, bool)
{
    auto out = fmt::format("rulebook {} {} in force, {} rules\n", text_at(reply, "rulebook"),
                           is_true(reply, "changed") ? "is" : "was already", number_at(reply, "rules"));
    if (!is_true(reply, "on_disk"))
        out +=
            "the rules folder holds another: put this one there, or the next reload or start brings that "
            "back\n";
    return out;
}

}  // namespace

int shadow_command(const Options& options, const Console& console)
{
    const auto& action = options.target;
    if (action.empty() || action == "show")
        return ask_and_show(options, console, {{"op", "shadow"}}, view_shadow);
    if (action == "stop") return ask_and_show(options, console, {{"op", "shadow.stop"}}, view_stopped);
    if (action != "start") return ask_and_show(options, console, {{"op", "shadow." + action}}, view_in_force);
    if (options.files.empty()) {
        complain(console, "which rules? Name a folder, or files");
        return exit_usage;
    }
    const auto sources = read_rules_texts(options.files);
    if (!sources) {
        complain(console, sources.error().message);
        return exit_usage;
    }
    json::object rules;
    for (const auto& [file, text] : *sources) rules[file] = text;
    return ask_and_show(options, console, {{"op", "shadow.start"}, {"rules", std::move(rules)}},
                        view_started);
}

}  // namespace triaged::ctl
