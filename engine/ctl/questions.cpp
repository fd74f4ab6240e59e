#include "engine/ctl/questions.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/analysis/nearest.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"
#include "engine/rulebook/explain.hpp"
#include "engine/rulebook/why_not.hpp"
#include "engine/rulebook/wrap.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

using analysis::Nearest;
using Names = std::vector<std::string>;

int refuse(const Console& console, std::string_view what, const std::string& name, const Names& known)
{
    const auto near = closest(name, known);
    complain(console, fmt::format("there is no {} '{}'{}", what, name,
                                  near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    return exit_usage;
}

/// One sentence, where no change is to be shown.
std::string in_words(Nearest::Verdict verdict, const std::string& queue)
{
    switch (verdict) {
        case Nearest::Verdict::there:
            return fmt::format("it goes to {} as it is\n", queue);
        case Nearest::Verdict::found:
            return {};
        case Nearest::Verdict::none:
            return fmt::format("no ticket at all can go to {}\n", queue);
        case Nearest::Verdict::not_found:
            return fmt::format("no change of a few facts or words sends it to {}\n", queue);
        case Nearest::Verdict::unknown:
            return fmt::format(
                "unknown: it took too long to find out what sends it to {}; --timeout gives more time\n",
                queue);
    }
    return {};
}

std::string page(const Nearest& found, const std::string& queue, bool colour)
{
    if (found.verdict != Nearest::Verdict::found) return in_words(found.verdict, queue);
    auto out =
        fmt::format("it would go to {} if {} were otherwise:\n\n", queue,
                    found.changes.size() == 1 ? "one thing" : fmt::format("{} things", found.changes.size()));
    for (const auto& [what, before, after] : found.changes) {
        const auto was = printable(rulebook::shorten(before, rulebook::page_width));
        const auto is = printable(rulebook::shorten(after, rulebook::page_width));
        out += fmt::format("  {}: {}   (now {})\n", what, colour ? paint(is, Tone::green) : is, was);
    }
    return out + "\n" + rulebook::wrap(fmt::format("by {}", fmt::join(found.rules, ", ")), 3) + "\n";
}

std::string to_json(const Nearest& found, const std::string& queue)
{
    json::array changes;
    for (const auto& [what, before, after] : found.changes)
        changes.push_back({{"what", what}, {"before", before}, {"after", after}});
    return json::serialize(json::object{{"to", queue},
                                        {"verdict", to_string(found.verdict)},
                                        {"changes", std::move(changes)},
                                        {"rules", json::array(found.rules.begin(), found.rules.end())}}) +
           "\n";
}

int answer_to(const rulebook::Rulebook& rulebook, const config::Config& config, const Questioned& ticket,
              const Options& options, const Console& console, std::string& out)
{
    Names queues;
    for (const auto& queue : config.vocabulary.queues) queues.push_back(queue.value);
    if (std::find(queues.begin(), queues.end(), options.to_queue) == queues.end())
        return refuse(console, "queue", options.to_queue, queues);
    analysis::TicketSeen seen{
        ticket.subject, ticket.body, ticket.ticket, ticket.customer, {ticket.earlier, ticket.kept_from},
        ticket.clocks};
    seen.clocks.desk = &config.desk;
    const auto found = analysis::nearest(rulebook, config.vocabulary.facts, seen, QueueName(options.to_queue),
                                         {options.query_ms});
    out += options.json ? to_json(found, options.to_queue) : page(found, options.to_queue, console.colour);
    const bool answered =
        found.verdict == Nearest::Verdict::there || found.verdict == Nearest::Verdict::found;
    return answered ? exit_good : exit_findings;
}

}  // namespace

int answer(const rulebook::Rulebook& rulebook, const config::Config& config, const Questioned& ticket,
           const Options& options, const Console& console, std::string& out)
{
    if (!options.to_queue.empty()) return answer_to(rulebook, config, ticket, options, console, out);
    const auto text = rulebook.scan(ticket.subject, ticket.body);
    auto clocks = ticket.clocks;
    clocks.desk = &config.desk;
    clocks.ledger.since = {clocks.waiting_since, clocks.opened_at, Instant::max(), clocks.opened_at};
    clocks.routed_at = clocks.waiting_since;
    const rulebook::Subject subject{text, ticket.ticket, ticket.customer, {ticket.earlier, ticket.kept_from}};
    const auto explanation = rulebook::explain(rulebook, subject, clocks);
    if (options.why_not.empty()) {
        out += options.json ? rulebook::to_json(rulebook, explanation) + "\n"
                            : rulebook::render(rulebook, explanation, console.colour);
        return exit_good;
    }
    const auto names = rulebook.rule_names();
    const auto rule = std::find(names.begin(), names.end(), options.why_not);
    if (rule == names.end()) return refuse(console, "rule", options.why_not, names);
    const auto account = why_not(rulebook, explanation, static_cast<RuleIndex>(rule - names.begin()));
    out += options.json ? rulebook::to_json(rulebook, explanation, account) + "\n"
                        : rulebook::render(rulebook, explanation, account, console.colour);
    return exit_good;
}

}  // namespace triaged::ctl
