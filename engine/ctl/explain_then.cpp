// `triagectl explain T-… --then`: a decision as it was made, from the journal: what was known of the ticket
// and its customer at that moment, judged by the rulebook then in force, whose sources the journal keeps.

#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/target.hpp"
#include "engine/desk/desk.hpp"
#include "engine/journal/codec.hpp"
#include "engine/journal/journal.hpp"
#include "engine/rulebook/explain.hpp"

namespace triaged::ctl {

namespace {

using Sources = std::vector<rulebook::Source>;

/// Follows the journal up to the last decision about one ticket, and shows each.
class Then {
public:
    Then(TicketId ticket, const rulebook::Vocabulary& vocabulary, const Options& options,
         const Console& console)
        : ticket_(ticket), vocabulary_(vocabulary), options_(options), console_(console)
    {
        vocabulary_.today.reset();  // a rule that has expired since was in force then
    }

    void see(const Event& event)
    {
        if (const auto* const adopted = std::get_if<RulebookAdopted>(&event.what)) {
            auto& sources = sources_[adopted->rulebook];
            sources.clear();
            for (const auto& [file, text] : adopted->sources) sources.push_back({file, text});
        }
        const auto* const routed = std::get_if<TicketRouted>(&event.what);
        if (routed != nullptr && routed->ticket == ticket_) show(event, routed->routing);
        evolve(state_, event);
    }

    /// What to show, once the whole journal has been seen.
    const std::string& out() const { return out_; }
    std::size_t decisions() const { return decisions_; }
    bool failed() const { return failed_; }
    TicketId last() const { return TicketId{state_.next_ticket.value - 1}; }

private:
    void show(const Event& event, const Routing& recorded)
    {
        ++decisions_;
        const auto rulebook = rulebook_of(recorded.rulebook);
        if (!rulebook) return;
        const auto* const ticket = state_.find(ticket_);
        check(ticket != nullptr, "a ticket that is routed is open");
        const auto text =
            rulebook->scan(ticket->text[desk::TicketText::subject], ticket->text[desk::TicketText::body]);
        const auto facts = rule_facts(state_, *ticket);
        static const FactSet no_facts;
        const auto& customer =
            ticket->customer == desk::CustomerSlot::none ? no_facts : state_.customer(ticket->customer).facts;
        const auto explanation =
            rulebook::explain(*rulebook, {text, facts, customer}, {event.at, event.at, event.at, event.at});
        if (options_.json) {
            out_ += rulebook::to_json(*rulebook, explanation) + '\n';
            return;
        }
        out_ += fmt::format("{}{} as decided at {}, event {}\n", decisions_ > 1 ? "\n" : "",
                            to_string(ticket_), to_string(event.at), event.seq);
        if (decisions_ > 1)
            out_ +=
                fmt::format("a further contact: the ticket stayed on {}, and kept what was found before\n",
                            recorded.queue.value);
        out_ += rulebook::render(*rulebook, explanation, console_.colour);
    }

    std::shared_ptr<const rulebook::Rulebook> rulebook_of(RulebookId id)
    {
        if (loaded_ && loaded_id_ == id) return loaded_;
        std::vector<Diagnostic> found;
        auto rulebook = rulebook::Rulebook::load(sources_[id], vocabulary_, found);
        if (!rulebook) {
            failed_ = true;
            std::erase_if(found, [](const Diagnostic& d) { return d.severity != Severity::error; });
            console_.err << render(found, console_.colour);
            complain(console_,
                     fmt::format("rulebook {} names what the configuration no longer has", to_string(id)));
        }
        loaded_ = rulebook;
        loaded_id_ = id;
        return rulebook;
    }

    TicketId ticket_;
    rulebook::Vocabulary vocabulary_;
    const Options& options_;
    const Console& console_;
    desk::State state_;
    std::map<RulebookId, Sources> sources_;
    std::shared_ptr<const rulebook::Rulebook> loaded_;  // by which the last decision was made
    RulebookId loaded_id_;
    std::size_t decisions_ = 0;
    bool failed_ = false;
    std::string out_;
};

}  // namespace

int explain_then_command(const Options& options, const Console& console)
{
    const auto config = load_config(options, console);
    if (!config) return exit_findings;
    const auto ticket = parse_ticket_id(options.target).value();
    const std::filesystem::path folder = options.data_dir.empty() ? config->data_dir : options.data_dir;
    const auto path = (folder / "journal.db").string();
    if (!std::filesystem::exists(path)) {
        complain(console, fmt::format("{} does not exist", path));
        return exit_usage;
    }
    Then then(ticket, config->vocabulary, options, console);
    ProgressLine progress(console.err, console.progress, steady_time);
    auto journal = journal::Journal::open(path, config->desk.desk);
    Result<void> sound;
    const auto read =
        !journal ? tl::unexpected(journal.error()) : (*journal)->read(0, [&](const journal::Batch& batch) {
            const auto events = journal::decode(batch.body, batch.first_seq, batch.count);
            if (!events) {
                sound = tl::unexpected(events.error());
                return false;
            }
            progress.show(std::nullopt,
                          fmt::format("{} events", grouped(static_cast<std::int64_t>(batch.first_seq))));
            for (const auto& event : *events) then.see(event);
            return true;
        });
    progress.clear();
    if (!read || !sound) {
        complain(console, (!read ? read.error() : sound.error()).message);
        return exit_findings;
    }
    console.out << then.out();
    if (then.decisions() > 0) return then.failed() ? exit_findings : exit_good;
    complain(console, fmt::format("there has never been a {}; the latest is {}", to_string(ticket),
                                  to_string(then.last())));
    return exit_findings;
}

}  // namespace triaged::ctl
