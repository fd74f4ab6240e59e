// Commands about configuration and rules, without a daemon: check, explain a ticket in a file.

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "engine/analysis/analyse.hpp"
#include "engine/channels/request.hpp"
#include "engine/config/clock.hpp"
#include "engine/ctl/commands.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/ctl/questions.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/rules_files.hpp"
#include "engine/ctl/sarif.hpp"
#include "engine/ctl/table.hpp"
#include "engine/ctl/target.hpp"
#include "engine/rulebook/wrap.hpp"

namespace triaged::ctl {

namespace json = boost::json;

namespace {

std::string count_of(std::size_t number, std::string_view what)
{
    return fmt::format("{} {}{}", grouped(static_cast<std::int64_t>(number)), what, number == 1 ? "" : "s");
}

json::object to_json(const Diagnostic& d)
{
    return {{"severity", d.severity == Severity::error ? "error" : "warning"},
            {"code", d.code},
            {"file", d.file},
            {"line", d.line},
            {"column", d.column},
            {"length", d.length},
            {"message", d.message},
            {"source_line", d.source_line},
            {"suggestion", d.suggestion}};
}

json::array to_json(const std::vector<Diagnostic>& found)
{
    json::array list;
    for (const auto& d : found) list.push_back(to_json(d));
    return list;
}

json::array to_json(const std::vector<analysis::Finding>& found)
{
    json::array list;
    for (const auto& finding : found) {
        auto object = to_json(finding.diagnostic);
        if (finding.note) object["severity"] = "note";
        object["proof"] = json::array(finding.proof.begin(), finding.proof.end());
        if (!finding.witness.empty()) object["witness"] = json::parse(finding.witness);
        list.push_back(std::move(object));
    }
    return list;
}

/// What the rules without mistakes hold that is wrong all the same.
analysis::Report analyse(const Loaded& loaded, const Options& options, const Console& console)
{
    ProgressLine line(console.err, console.progress && !options.json && !options.sarif, steady_time);
    return analysis::analyse(*loaded.rulebook, loaded.config->vocabulary.facts, loaded.config->desk,
                             {options.query_ms}, [&](std::size_t done, std::size_t all) {
                                 line.show(static_cast<double>(done) / static_cast<double>(all), "proving");
                             });
}

/// For people: warnings in full, of the notes only their number.
void show(const analysis::Report& report, const Console& console)
{
    std::size_t notes = 0;
    for (const auto& finding : report.findings) {
        if (finding.note) {
            ++notes;
            continue;
        }
        console.err << render(finding.diagnostic, console.colour);
        for (const auto& line : finding.proof)
            console.err << "    because: " << rulebook::wrap(line, 13, 6) << '\n';
        if (!finding.witness.empty())
            console.err << "    such as: " << rulebook::wrap(finding.witness, 13) << '\n';
    }
    if (notes > 0)
        console.out << fmt::format("{} (rules that overlap, tickets left to the default): see --json\n",
                                   count_of(notes, "note"));
    if (report.undecided > 0)
        console.err << fmt::format("unknown: {} took too long to answer; --timeout gives more time\n",
                                   count_of(report.undecided, "question"));
}

/// How many mistakes and warnings `found` holds, in words.
std::string verdict(const std::vector<Diagnostic>& found)
{
    const auto errors = static_cast<std::size_t>(std::count_if(
        found.begin(), found.end(), [](const Diagnostic& d) { return d.severity == Severity::error; }));
    return fmt::format("{}, {}", count_of(errors, "error"), count_of(found.size() - errors, "warning"));
}

/// Loads what `options` name, and shows on `err` what is wrong. \return null if anything is.
std::shared_ptr<const rulebook::Rulebook> load_rulebook(const Options& options, const Console& console,
                                                        Loaded& loaded)
{
    loaded = load_all(config_file(options), {});
    console.err << render(loaded.found, console.colour);
    return loaded.rulebook;
}

std::string summary(const Loaded& loaded, const std::string& file)
{
    const auto& desk = loaded.config->desk;
    return fmt::format("{}: {}, {}, {} in {} (rulebook {})\n", file, count_of(desk.queues.size(), "queue"),
                       count_of(desk.agents.size(), "agent"),
                       count_of(loaded.rulebook->rules().size(), "rule"),
                       count_of(loaded.rulebook->sources().size(), "file"), to_string(loaded.rulebook->id()));
}

/// `customer: {contacts: [2h, 3d]}` says how long ago the customer got in touch, which no feeder tells: only
/// their number is left in `ticket`.
Result<std::vector<Duration>> take_contacts(json::object& ticket)
{
    std::vector<Duration> out;
    auto* const customer = ticket.if_contains("customer");
    if (customer == nullptr || !customer->is_object()) return out;
    auto* const contacts = customer->get_object().if_contains("contacts");
    if (contacts == nullptr || !contacts->is_array()) return out;
    for (const auto& item : contacts->get_array()) {
        if (!item.is_string())
            return fail(ErrorCode::bad_value,
                        "customer.contacts: each is how long ago it came, such as \"2h\"");
        const auto ago = parse_duration(std::string_view(item.get_string()));
        if (!ago) return fail(ErrorCode::bad_value, "customer.contacts: " + ago.error().message);
        out.push_back(*ago);
    }
    *contacts = static_cast<double>(out.size());
    return out;
}

/// A ticket that is to be explained.
struct Written {
    channels::ExplainDraft draft;
    std::vector<Duration> earlier;  // how long before it the customer got in touch
};

/// A ticket as feeders write it, read by the parser that reads theirs.
Result<Written> read_ticket(const std::string& text, const FactTable& facts)
{
    auto object = parse_object(text);
    if (!object) return tl::unexpected(object.error());
    auto earlier = take_contacts(*object);
    if (!earlier) return tl::unexpected(earlier.error());
    object->erase("ticket");  // of a further contact: it is explained by itself
    (*object)["op"] = "explain";
    auto line = json::serialize(*object);
    const auto size = line.size();
    line.append(channels::RequestParser::padding, ' ');
    constexpr int nesting_max = 16;
    auto request = channels::RequestParser(nesting_max).parse(std::string_view(line).substr(0, size), facts);
    if (!request) return tl::unexpected(request.error().error);
    auto* const draft = std::get_if<channels::ExplainDraft>(&request->body);
    check(draft != nullptr, "explain without a ticket's id is of a draft");
    return Written{std::move(*draft), std::move(*earlier)};
}

/// What rules read of a ticket that no desk has seen: its own facts, and those the desk would add.
Questioned questioned(const Written& ticket, Instant now)
{
    const auto& draft = ticket.draft;
    const auto& contact = draft.contact;
    Questioned out{contact.subject, contact.body, contact.facts, draft.customer, {now, now, now, now}};
    out.ticket.set("channel", to_string(contact.channel));
    out.ticket.set("source", std::string_view(contact.source.empty() ? "socket" : contact.source));
    if (!contact.customer.value.empty()) {
        out.customer.set("customer.id", std::string_view(contact.customer.value));
        if (!out.customer.find("customer.contacts")) out.customer.set("customer.contacts", 0.0);
    }
    for (const auto ago : ticket.earlier) out.earlier.push_back(now - ago);
    std::sort(out.earlier.begin(), out.earlier.end());
    return out;
}

bool has_warnings(const Loaded& loaded, const analysis::Report& report)
{
    return !loaded.found.empty() ||
           std::any_of(report.findings.begin(), report.findings.end(),
                       [](const analysis::Finding& finding) { return !finding.note; });
}

}  // namespace

int check_command(const Options& options, const Console& console)
{
    std::vector<std::string> rules;
    std::vector<std::string> configs;
    for (const auto& file : options.files)
        (std::filesystem::is_directory(file) || holds_rules(file) ? rules : configs).push_back(file);
    if (configs.empty()) configs.push_back(config_file(options));

    bool good = true;
    json::array sarif;
    for (const auto& config : configs) {
        const auto loaded = load_all(config, rules);
        analysis::Report report;
        if (loaded.rulebook && options.analysis) report = analyse(loaded, options, console);
        good = good && loaded.rulebook != nullptr && !(options.strict && has_warnings(loaded, report));
        if (options.sarif) {
            add_sarif(sarif, loaded.found, report.findings);
            continue;
        }
        if (options.json) {
            json::object reply{{"file", config}, {"ok", loaded.rulebook != nullptr}};
            if (loaded.rulebook) reply["rulebook"] = to_string(loaded.rulebook->id());
            if (loaded.rulebook) reply["rules"] = loaded.rulebook->rules().size();
            reply["diagnostics"] = to_json(loaded.found);
            if (loaded.rulebook && options.analysis) {
                reply["findings"] = to_json(report.findings);
                reply["undecided"] = report.undecided;
            }
            console.out << json::serialize(reply) << '\n';
            continue;
        }
        console.err << render(loaded.found, console.colour);
        show(report, console);
        if (!loaded.found.empty()) console.err << verdict(loaded.found) << '\n';
        if (loaded.rulebook) console.out << summary(loaded, config);
    }
    if (options.sarif) console.out << sarif_log(std::move(sarif)) << '\n';
    return good ? exit_good : exit_findings;
}

int explain_file_command(const Options& options, const Console& console)
{
    std::string text;
    if (options.target == "-") {
        text.assign(std::istreambuf_iterator<char>(console.in), {});
    } else if (auto source = read_source(options.target)) {
        text = std::move(source->text);
    } else {
        complain(console,
                 fmt::format("'{}' is neither a ticket's id, such as T-1042, nor a file that can be read",
                             options.target));
        return exit_usage;
    }
    Loaded loaded;
    const auto rulebook = load_rulebook(options, console, loaded);
    if (!rulebook) return exit_findings;
    const auto ticket = read_ticket(text, loaded.config->vocabulary.facts);
    if (!ticket) {
        complain(console, fmt::format("{}: {}: {}", options.target, to_string(ticket.error().code),
                                      ticket.error().message));
        return exit_usage;
    }
    const auto now = options.at.empty() ? Result<Instant>(wall_clock()) : parse_instant(options.at);
    if (!now) {
        complain(console, now.error().message);
        return exit_usage;
    }
    std::string out;
    const int exit = answer(*rulebook, *loaded.config, questioned(*ticket, *now), options, console, out);
    console.out << out;
    return exit;
}

}  // namespace triaged::ctl
