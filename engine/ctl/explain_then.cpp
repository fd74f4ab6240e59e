// `triagectl explain T-… --then`, `--at`, `--why-not`, `--to`: decisions as they were made, from the journal:
// what was known of the ticket and its customer at that moment, judged by the rulebook then in force, whose
// sources the journal keeps.

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "engine/ctl/commands.hpp"
#include "engine/ctl/progress.hpp"
#include "engine/ctl/questions.hpp"
#include "engine/ctl/reply.hpp"
#include "engine/ctl/target.hpp"
#include "engine/desk/desk.hpp"
#include "engine/desk/views.hpp"
#include "engine/journal/codec.hpp"
#include "engine/journal/journal.hpp"
#include "engine/rulebook/rulebook.hpp"

namespace triaged::ctl {

namespace {

using Sources = std::vector<rulebook::Source>;

/// A decision about the ticket, with all that it was made of.
struct Decision {
    Seq seq = 0;
    Instant at;
    RulebookId rulebook;
    QueueName queue;
    bool further = false;  // a later contact: the ticket stayed where it was
    Questioned ticket;
};

/// Follows the journal up to a moment, and keeps the decisions about one ticket.
class Then {
public:
    Then(TicketId ticket, Instant until) : ticket_(ticket), until_(until) {}

    /// \return whether later events matter too.
    bool see(const Event& event)
    {
        if (event.at > until_) return false;
        if (const auto* const adopted = std::get_if<RulebookAdopted>(&event.what)) {
            auto& sources = sources_[adopted->rulebook];
            sources.clear();
            for (const auto& [file, text] : adopted->sources) sources.push_back({file, text});
        }
        const auto* const routed = std::get_if<TicketRouted>(&event.what);
        if (routed != nullptr && routed->ticket == ticket_) keep(event, routed->routing);
        evolve(state_, event);
        return true;
    }

    const std::vector<Decision>& decisions() const { return decisions_; }
    const Sources& sources_of(RulebookId rulebook) { return sources_[rulebook]; }
    TicketId last() const { return TicketId{state_.next_ticket.value - 1}; }

    /// How the ticket stands after the last event seen, in words.
    std::string standing() const
    {
        const auto ticket = desk::ticket_view(state_, ticket_);
        if (!ticket) return "it had ended by then\n";
        auto out = fmt::format("it stood on {}, {}, {}", ticket->routing.queue.value,
                               to_string(ticket->routing.priority), to_string(ticket->phase));
        if (!ticket->agent.value.empty()) out += fmt::format(" to {}", ticket->agent.value);
        if (!ticket->escalated.empty())
            out += fmt::format("; escalated by {}", fmt::join(ticket->escalated, ", "));
        return out + '\n';
    }

private:
    void keep(const Event& event, const Routing& recorded)
    {
        const auto* const ticket = state_.find(ticket_);
        check(ticket != nullptr, "a ticket that is routed is open");
        static const FactSet no_facts;
        const auto& customer =
            ticket->customer == desk::CustomerSlot::none ? no_facts : state_.customer(ticket->customer).facts;
        const auto [earlier, kept_from] = earlier_contacts(state_, *ticket);
        decisions_.push_back({event.seq,
                              event.at,
                              recorded.rulebook,
                              recorded.queue,
                              !decisions_.empty(),
                              {std::string(ticket->text[desk::TicketText::subject]),
                               std::string(ticket->text[desk::TicketText::body]),
                               rule_facts(state_, *ticket),
                               customer,
                               {event.at, event.at, event.at, event.at},
                               {earlier.begin(), earlier.end()},
                               kept_from}});
    }

    TicketId ticket_;
    Instant until_;
    desk::State state_;
    std::map<RulebookId, Sources> sources_;
    std::vector<Decision> decisions_;
};

/// The rulebook as it was. \return null, after a complaint, if it names what the configuration no longer has.
std::shared_ptr<const rulebook::Rulebook> rulebook_of(RulebookId id, const Sources& sources,
                                                      const config::Config& config, const Console& console)
{
    auto vocabulary = config.vocabulary;
    vocabulary.today.reset();  // a rule that has expired since was in force then
    std::vector<Diagnostic> found;
    auto rulebook = rulebook::Rulebook::load(sources, vocabulary, found);
    if (rulebook) return rulebook;
    std::erase_if(found, [](const Diagnostic& d) { return d.severity != Severity::error; });
    console.err << render(found, console.colour);
    complain(console, fmt::format("rulebook {} names what the configuration no longer has", to_string(id)));
    return nullptr;
}

/// Answers for the decisions asked about: the last one, or with `--then` alone each.
int answer_for(Then& then, TicketId ticket, const config::Config& config, const Options& options,
               const Console& console)
{
    const auto& all = then.decisions();
    const bool only_last = !options.at.empty() || !options.why_not.empty() || !options.to_queue.empty();
    std::shared_ptr<const rulebook::Rulebook> rulebook;
    RulebookId loaded;
    int exit = exit_good;
    for (std::size_t i = only_last ? all.size() - 1 : 0; i < all.size(); ++i) {
        const auto& decision = all[i];
        if (!rulebook || loaded != decision.rulebook)
            rulebook = rulebook_of(decision.rulebook, then.sources_of(decision.rulebook), config, console);
        loaded = decision.rulebook;
        if (!rulebook) {
            exit = exit_findings;
            continue;
        }
        std::string out;
        if (!options.json) {
            out = fmt::format("{}{} as decided at {}, event {}\n", i > 0 && !only_last ? "\n" : "",
                              to_string(ticket), to_string(decision.at), decision.seq);
            if (decision.further)
                out += fmt::format(
                    "a further contact: the ticket stayed on {}, and kept what was found before\n",
                    decision.queue.value);
            if (!options.at.empty()) out += fmt::format("at {} {}", options.at, then.standing());
        }
        const int answered = answer(*rulebook, config, decision.ticket, options, console, out);
        if (answered == exit_usage) return answered;
        console.out << out;
        exit = std::max(exit, answered);
    }
    return exit;
}

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
    const auto until = options.at.empty() ? Result<Instant>(Instant::max()) : parse_instant(options.at);
    if (!until) {
        complain(console, until.error().message);
        return exit_usage;
    }
    Then then(ticket, *until);
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
            return std::all_of(events->begin(), events->end(),
                               [&](const Event& event) { return then.see(event); });
        });
    progress.clear();
    if (!read || !sound) {
        complain(console, (!read ? read.error() : sound.error()).message);
        return exit_findings;
    }
    if (!then.decisions().empty()) return answer_for(then, ticket, *config, options, console);
    complain(console, options.at.empty()
                          ? fmt::format("there has never been a {}; the latest is {}", to_string(ticket),
                                        to_string(then.last()))
                          : fmt::format("there was no {} yet at {}", to_string(ticket), options.at));
    return exit_findings;
}

}  // namespace triaged::ctl
