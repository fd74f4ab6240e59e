// `triagectl simulate`: an edit of the rules, seen on recorded tickets before it is live.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/channels/request.hpp"
#include "engine/ctl/commands.hpp"
#include "engine/ctl/lines.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/ctl/recorded_events.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/rules_files.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"
#include "engine/desk/desk.hpp"
#include "engine/rehearsal/recorded.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

constexpr std::size_t groups_shown_max = 30;
constexpr int nesting_max = 16;

using Names = std::vector<std::string>;

/// The `route` rule: it fires last of those before `escalate`.
std::string placed_by(const rehearsal::Decided& outcome)
{
    const auto routed = outcome.fired.size() - outcome.escalated.size();
    return routed == 0 ? std::string() : outcome.fired[routed - 1];
}

/// Tickets that change in the same way because of the same rules.
struct Group {
    std::vector<rehearsal::Difference> changes;
    Names gained;           // rules that fire now and did not
    Names lost;             // rules that fired and do not now
    std::string placed_by;  // the `route` rule, where the queue is another
    std::size_t tickets = 0;
    Names samples;
};

class Findings {
public:
    /// \param by_ref whether tickets are called by the refs they came with, because their numbers mean
    /// nothing.
    Findings(std::size_t samples, bool by_ref) : samples_(samples), by_ref_(by_ref) {}

    void take(const rehearsal::Rehearsed& rehearsed)
    {
        ++tickets;
        auto changes = rehearsal::differences(rehearsed.before, rehearsed.after);
        if (changes.empty()) return;
        ++changed;
        if (changes.front().what == "queue") ++moved;
        auto gained = rehearsal::less(rehearsed.after.fired, rehearsed.before.fired);
        auto lost = rehearsal::less(rehearsed.before.fired, rehearsed.after.fired);
        std::string key;
        for (const auto& change : changes)
            key += fmt::format("{}|{}|{}|", change.what, change.before, change.after);
        key += fmt::format("{}|{}", fmt::join(gained, ","), fmt::join(lost, ","));
        auto& group = groups_[key];
        if (group.tickets++ == 0) {
            group.changes = std::move(changes);
            group.gained = std::move(gained);
            group.lost = std::move(lost);
            if (group.changes.front().what == "queue") group.placed_by = placed_by(rehearsed.after);
        }
        if (group.samples.size() < samples_)
            group.samples.push_back(by_ref_ ? rehearsed.ref : to_string(rehearsed.ticket));
    }

    double changed_percent() const
    {
        return tickets == 0 ? 0.0 : 100.0 * static_cast<double>(changed) / static_cast<double>(tickets);
    }

    /// The most tickets first.
    std::vector<Group> groups() const
    {
        std::vector<Group> out;
        for (const auto& [key, group] : groups_) out.push_back(group);
        std::stable_sort(out.begin(), out.end(),
                         [](const Group& a, const Group& b) { return a.tickets > b.tickets; });
        return out;
    }

    std::size_t tickets = 0;
    std::size_t changed = 0;  // in anything
    std::size_t moved = 0;    // to another queue

private:
    std::size_t samples_;
    bool by_ref_;
    std::map<std::string, Group> groups_;
};

std::string or_none(const std::string& text) { return text.empty() ? "none" : text; }

std::string in_words(const std::vector<rehearsal::Difference>& changes)
{
    std::string out;
    for (const auto& [what, before, after] : changes)
        out += fmt::format("{}{}: {} → {}", out.empty() ? "" : "; ", what, or_none(before), or_none(after));
    return out;
}

std::string rules_in_words(const Group& group)
{
    std::string out;
    for (const auto& name : group.gained) out += (out.empty() ? "+" : " +") + name;
    for (const auto& name : group.lost) out += (out.empty() ? "-" : " -") + name;
    if (!out.empty()) return out;
    return group.placed_by.empty() ? "the same rules, changed" : group.placed_by + ", changed";
}

void show(const Findings& findings, const Console& console)
{
    const auto groups = findings.groups();
    if (!groups.empty()) {
        Table table({{"tickets", Align::right}, {"change"}, {"rules"}, {"such as"}});
        for (std::size_t i = 0; i < std::min(groups.size(), groups_shown_max); ++i) {
            const auto& group = groups[i];
            table.add({grouped(static_cast<std::int64_t>(group.tickets)), printable(in_words(group.changes)),
                       rules_in_words(group), printable(fmt::format("{}", fmt::join(group.samples, " ")))});
        }
        console.out << table.render(console.colour);
        if (groups.size() > groups_shown_max)
            console.out << fmt::format("and {} more kinds of change; --json has them all\n",
                                       groups.size() - groups_shown_max);
    }
    const auto number = [](std::size_t count) { return grouped(static_cast<std::int64_t>(count)); };
    console.out << fmt::format(
        "{} ticket{}: {} come{} out otherwise ({:.1f} %), {} of them on another queue\n",
        number(findings.tickets), findings.tickets == 1 ? "" : "s", number(findings.changed),
        findings.changed == 1 ? "s" : "", findings.changed_percent(), number(findings.moved));
}

json::array list_of(const Names& names) { return json::array(names.begin(), names.end()); }

void show_json(const Findings& findings, const Console& console)
{
    json::array groups;
    for (const auto& group : findings.groups()) {
        json::array changes;
        for (const auto& [what, before, after] : group.changes)
            changes.push_back({{"what", what}, {"before", before}, {"after", after}});
        groups.push_back({{"tickets", group.tickets},
                          {"changes", std::move(changes)},
                          {"gained", list_of(group.gained)},
                          {"lost", list_of(group.lost)},
                          {"placed_by", group.placed_by},
                          {"samples", list_of(group.samples)}});
    }
    const json::object reply{{"tickets", findings.tickets},
                             {"changed", findings.changed},
                             {"moved", findings.moved},
                             {"groups", std::move(groups)}};
    console.out << json::serialize(reply) << '\n';
}

bool is_journal(const std::string& path)
{
    std::string start(16, '\0');
    std::ifstream(path, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
    return start.starts_with("SQLite format 3");
}

Result<void> rehearse_journal(const std::string& path, const std::string& desk, rehearsal::Replay& replay,
                              ProgressLine& progress)
{
    auto read = read_events(path, desk, progress, [&](const Event& event) { replay.see(event); });
    if (read) replay.finish();
    return read;
}

/// Takes the tickets of files through a desk of its own, whose events are then rehearsed like recorded ones.
Result<void> rehearse_files(const Names& files, const Console& console, const desk::Policies& policies,
                            const FactTable& facts, rehearsal::Replay& replay, ProgressLine& progress)
{
    auto lines = LineReader::open(files, console.in);
    if (!lines) return tl::unexpected(lines.error());
    channels::RequestParser parser(nesting_max);
    desk::State state;
    Instant now{0};
    const auto happen = [&](Command&& command) -> Result<void> {
        const auto events = step(policies, state, std::move(command), now);
        if (!events) return tl::unexpected(events.error());
        for (const auto& event : *events) replay.see(event);
        return {};
    };
    while (auto line = lines->next()) {
        const auto complain_of = [&](const Error& error) {
            complain(console, fmt::format("{}:{}: {}", line->file, line->number, error.message));
        };
        auto text = with_ref(*line);
        if (!text) {
            complain_of(text.error());
            continue;
        }
        const auto size = text->size();
        text->append(channels::RequestParser::padding, ' ');
        auto request = parser.parse(std::string_view(*text).substr(0, size), facts);
        if (!request) {
            complain_of(request.error().error);
            continue;
        }
        auto* const command = std::get_if<Command>(&request->body);
        auto* const ticket = command == nullptr ? nullptr : std::get_if<ReceiveTicket>(command);
        if (ticket == nullptr) continue;  // agents and the like: only how tickets come in is compared
        if (ticket->contact.source.empty()) ticket->contact.source = "socket";
        now = now + Duration{1};
        if (const auto taken = happen(std::move(*command)); !taken) complain_of(taken.error());
        if (lines->bytes_in_all() > 0)
            progress.show(
                static_cast<double>(lines->bytes_read()) / static_cast<double>(lines->bytes_in_all()),
                "tickets");
    }
    replay.finish();
    return {};
}

/// Loads the rules at `paths` and shows what is wrong with them. \return null if anything is.
std::shared_ptr<const rulebook::Rulebook> load_shown(const config::Config& config, const Names& paths,
                                                     const Console& console)
{
    std::vector<Diagnostic> found;
    auto rulebook = load_rules(config, paths, found);
    std::erase_if(
        found, [](const Diagnostic& d) { return d.severity != Severity::error; });  // `check` tells the rest
    console.err << render(found, console.colour);
    return rulebook;
}

}  // namespace

int simulate_command(const Options& options, const Console& console)
{
    const auto config = load_config(options, console);
    if (!config) return exit_findings;
    const auto candidate = load_shown(*config, options.rules, console);
    if (!candidate) return exit_findings;
    const auto journal =
        (std::filesystem::path(options.data_dir.empty() ? config->data_dir : options.data_dir) / "journal.db")
            .string();
    const auto from = options.files.empty() ? Names{journal} : options.files;
    const bool recorded = from.size() == 1 && is_journal(from.front());
    if (options.files.empty() && !recorded) {
        complain(console, fmt::format("{} is no journal; say where the tickets are with --from", journal));
        return exit_usage;
    }
    // Tickets in files have no decision yet: the configured rules make it.
    std::shared_ptr<const rulebook::Rulebook> against;
    if (!options.against.empty() || !recorded) {
        against = load_shown(*config, options.against.empty() ? Names{config->rules_dir} : options.against,
                             console);
        if (!against) return exit_findings;
    }

    Findings findings(options.samples, !recorded);
    rehearsal::Replay replay(
        *candidate, against.get(), [&](const rehearsal::Rehearsed& rehearsed) { findings.take(rehearsed); },
        config->desk);
    ProgressLine progress(console.err, console.progress, steady_time);
    const auto done = recorded ? rehearse_journal(from.front(), config->desk.desk, replay, progress)
                               : rehearse_files(from, console, {against, config->desk},
                                                config->vocabulary.facts, replay, progress);
    progress.clear();
    if (!done) {
        complain(console, done.error().message);
        return exit_usage;
    }
    options.json ? show_json(findings, console) : show(findings, console);
    return options.fail_over && findings.changed_percent() > *options.fail_over ? exit_findings : exit_good;
}

}  // namespace triaged::ctl
