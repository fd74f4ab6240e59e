// The rulebook: all rules files compiled as one immutable value that decides where tickets go.

#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/command.hpp"
#include "engine/model/diagnostic.hpp"
#include "engine/model/facts.hpp"
#include "engine/model/routing.hpp"
#include "engine/model/sla.hpp"

namespace triaged::rulebook {

enum class Clock : std::uint8_t;  // of time conditions, in condition.hpp

enum class Stage : std::uint8_t { enrich, classify, prioritise, route, escalate };

std::string_view to_string(Stage stage);

/// A rules file as read; the loader takes text, so the rulebook itself never opens a file.
struct Source {
    std::string file;  // as people should see it in errors: `rules/40-route.yaml`
    std::string text;
};

/// What rules may refer to. Names that are not here are errors.
struct Vocabulary {
    FactTable facts = built_in_facts();
    std::set<QueueName> queues;
    std::set<std::string> skills;
    std::set<std::string> slas;
    std::set<std::string> calendars;
    std::set<std::string> leads;  // whom `notify` may name
    std::optional<Instant>
        today;  // rules that expire by now are errors; unset: not checked, as for old rulebooks
};

/// What a rule looks like from outside.
struct RuleInfo {
    std::string name;
    Stage stage = Stage::enrich;
    std::string about;
    std::string file;
    int line = 0;
    std::vector<std::string>
        conditions;  // as read, one line each, in the order in which NearMiss counts them
};

/// What rules may ask of the desk rather than of the ticket.
enum class DeskMeasure : std::uint8_t { queue_length, agents_available };
inline constexpr std::array all_desk_measures{DeskMeasure::queue_length, DeskMeasure::agents_available};

/// `queue.length`, `agents.available`
std::string_view to_string(DeskMeasure measure);

/// A measure of one queue, as a number that is handed in with a ticket's facts under `name`; what is not
/// handed in is 0.
struct DeskFact {
    DeskMeasure measure = DeskMeasure::queue_length;
    QueueName queue;
    std::string name;  // no fact of a ticket can have it: it holds a space
};

DeskFact desk_fact(DeskMeasure measure, const QueueName& queue);
/// The desk fact of this name, if it is one.
std::optional<DeskFact> parse_desk_fact(std::string_view name);

/// When a customer got in touch before the contact that rules are run on. How often is a fact.
struct EarlierContacts {
    std::span<const Instant> latest;     // oldest first
    Instant kept_from = Instant::max();  // those that are not among them came at this instant at the latest
};

/// What rules read of a ticket besides its text. Facts are looked up in `ticket` first, then in `customer`.
/// The desk's own, those of `desk_facts`, are handed in with `ticket`. Where `text` was scanned by another
/// rulebook, conditions on text are unknown.
struct Subject {
    const TextFacts& text;
    const FactSet& ticket;
    const FactSet& customer;
    EarlierContacts earlier{};
};

/// Clocks that time conditions of `escalate` read; a clock that does not run is `Instant::max()`.
struct Clocks {
    Instant now;
    Instant waiting_since = Instant::max();    // on its queue without an agent
    Instant opened_at = Instant::max();        // `age`
    Instant last_contact_at = Instant::max();  // `idle`
    const DeskPolicy* desk = nullptr;  // its promises and calendars; null: what asks for them is unknown
    SlaLedger ledger{};                // what promises count from
    SlaTerms terms{};  // by what they are read, as the ticket stands; whoever looks for escalations sets it
    Instant routed_at = Instant::max();   // to the queue it is on: `since.routed`
    Instant replied_at = Instant::max();  // the last time: `since.reply`
};

/// What one escalation rule asks for; the desk turns it into an event.
struct EscalationStep {
    RuleIndex rule = 0;
    std::optional<Priority> priority;
    std::optional<QueueName> queue;
    Skills skills;  // further needs; merged into the ticket's
    std::vector<std::string> tags;
    std::vector<std::string> notify;
    std::string contact_by;
    bool widen = false;  // the next step of its queue's `widen` is taken at once
};

struct Escalations {
    std::vector<EscalationStep> steps;    // rules true now and not in `done`, in order
    Instant recheck_at = Instant::max();  // when the next rule not in `done` can become true by time alone
};

/// What a rulebook makes of a new ticket.
struct Placement {
    Routing routing;
    Escalations escalations;  // of the ticket as routed
};

class Rulebook {
public:
    /// Parses, checks and compiles. Every mistake in every source is found, not just the first.
    /// \return the rulebook, or nothing if `found` has an error; `found` gets errors and warnings either way.
    /// \param before  may be null; if both look for the same patterns, its compiled text is used again
    static std::shared_ptr<const Rulebook> load(const std::vector<Source>& sources,
                                                const Vocabulary& vocabulary, std::vector<Diagnostic>& found,
                                                const Rulebook* before = nullptr);

    struct Compiled;
    /// Of what `load` made, or of a variation of it.
    explicit Rulebook(std::unique_ptr<const Compiled> compiled);
    ~Rulebook();

    RulebookId id() const;
    /// Hexadecimal XXH3-128 of file names and texts, in file-name order, and of the vocabulary (`today`
    /// apart).
    const std::string& digest() const;
    /// Sorted by file name.
    const std::vector<Source>& sources() const;
    std::span<const RuleInfo> rules() const;  // by RuleIndex
    std::vector<std::string> rule_names() const;
    /// Whether any rule reads this clock.
    bool reads(Clock clock) const;
    /// What rules ask of the desk; most rulebooks ask nothing.
    const std::vector<DeskFact>& desk_facts() const;
    /// Whether rules of escalate read this fact of a ticket or its customer.
    bool escalation_reads(std::string_view fact) const;
    /// Whether rules of escalate read the text of tickets.
    bool escalation_reads_text() const;

    /// One pass over the text for every pattern of the rulebook. Safe from any thread; never fails.
    TextFacts scan(std::string_view subject, std::string_view body) const;

    /// Runs enrich, classify, prioritise and route. `subject.text` should be this rulebook's own scan.
    /// \param clocks  for calendars, of which only `now` and `desk` count
    Routing route(const Subject& subject, const Clocks& clocks = {}) const;

    /// Runs all five stages for a new ticket: the same as `route` and then `escalate`, at the cost of one
    /// look at its facts.
    Placement place(const Subject& subject, const Clocks& clocks) const;

    /// Runs escalate for a ticket that stands as `routing` says. Rules in `done` (sorted) have fired before.
    Escalations escalate(const Subject& subject, const Routing& routing, const Clocks& clocks,
                         std::span<const RuleIndex> done) const;

    /// For the parts of this folder that look inside: explain and tests of the index.
    const Compiled& compiled() const { return *compiled_; }

private:
    std::unique_ptr<const Compiled> compiled_;
};

}  // namespace triaged::rulebook
