// The read model: the journal's events as plain SQL tables, for anyone with a SQL tool. A cache that may be
// dropped.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/model/event.hpp"

namespace triaged::journal {

/// The conditions of each rule of a rulebook, by the rules' places, as people read them. What it cannot tell
/// it leaves out. The journal keeps rules as text that only the rulebook's own code reads, so whoever opens a
/// read model brings it.
using ConditionLines = std::function<std::vector<std::vector<std::string>>(const RulebookAdopted&)>;

/// Writes the tables that docs/journal-format.md describes. Not thread safe; others may read the file
/// meanwhile.
class ReadModel {
public:
    /// Opens or creates `path`. A read model of another version is dropped: `applied` is 0 then.
    /// \return `journal_failed` if the file cannot be used or is none of ours, `journal_damaged` if it is
    /// damaged:
    ///         deleting it is the cure.
    /// Without `conditions` near misses name the places of conditions only.
    static Result<std::unique_ptr<ReadModel>> open(const std::string& path, ConditionLines conditions = {});
    ~ReadModel();

    /// The last event that the tables show; 0 if none.
    Seq applied() const;

    /// Shows `events` in the tables, in one transaction: all or, on failure, none. Those up to `applied` are
    /// skipped, so applying again is harmless. \pre the others follow `applied` without a gap.
    Result<void> apply(std::span<const Event> events);

    /// Drops everything: the journal is to be applied from its start.
    Result<void> clear();

private:
    struct Tables;
    explicit ReadModel(std::unique_ptr<Tables> tables);
    std::unique_ptr<Tables> tables_;
};

/// How often a rule has fired, under whatever rulebook.
struct RuleHits {
    std::uint64_t hits = 0;    // in all
    std::uint64_t recent = 0;  // of these on `since`'s day (UTC) and later
    Instant last;
};

/// By the rules' names; rules that never fired are not there. Reads the read model at `path`, also while
/// another process writes it. \return `unavailable` if there is none.
Result<std::map<std::string, RuleHits>> rule_hits(const std::string& path, Instant since);

/// What customers answered, of one group.
struct FeedbackScore {
    std::uint64_t answers = 0;  // to the recommendation question
    std::uint64_t promoters = 0;
    std::uint64_t detractors = 0;
    std::uint64_t satisfied_answers = 0;  // to the satisfaction question
    double csat = 0;                      // their mean, 1 to 5

    std::uint64_t passives() const { return answers - promoters - detractors; }
    /// Promoters less detractors, in percent of the answers: -100 to 100; 0 without answers.
    double nps() const;
    void add(const FeedbackScore& other);
};

/// By `queue` (of the ticket it was about), or the customer's `tier`, `kind` or `marketplace` at the time; an
/// empty name stands for those of none. Only what was given from `since` on. \pre `by` is one of these four.
/// \return `unavailable` if there is no read model at `path`.
Result<std::map<std::string, FeedbackScore>> feedback_scores(const std::string& path, const std::string& by,
                                                             Instant since);

/// The whole story of a ticket, open or closed, as one JSON object: where it stands, its contacts, decisions,
/// escalations and offers, each in order. Reads the read model at `path`, also while another process writes
/// it. \return `unknown_ticket` if it shows no such ticket, `unavailable` if there is no read model.
Result<std::string> ticket_json(const std::string& path, TicketId id);

}  // namespace triaged::journal
