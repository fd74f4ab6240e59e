// Turns events into rows of the read model's tables: read_model_sql has the statements, read_model_shows
// which event runs which.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/journal/read_model.hpp"
#include "engine/journal/read_model_sql.hpp"
#include "engine/journal/sqlite.hpp"
#include "engine/model/event.hpp"

namespace triaged::journal {

/// Turns events into rows. \pre a write transaction is open while events are shown.
class ReadModelWriter {
public:
    /// To be called before `prepare`.
    void read_conditions_with(ConditionLines conditions) { conditions_ = std::move(conditions); }

    /// Prepares every statement and reads the names of the rules known so far. `database` must outlive this.
    Result<void> prepare(sqlite::Database& database);

    /// Shows events in order. A ticket opened and then routed gets its row once, not twice.
    Result<void> show(std::span<const Event> events);

private:
    struct Shower;

    /// How often a rule has fired since hits were last written.
    struct Hits {
        std::int64_t count = 0;
        Instant last;
    };
    struct Known {
        std::vector<std::string> names;                    // by RuleIndex
        std::vector<Hits> hits;                            // likewise
        std::vector<std::vector<std::string>> conditions;  // likewise, as far as they are known
    };

    sqlite::Statement& at(Sql statement) { return statements_[static_cast<std::size_t>(statement)]; }
    Result<void> read_rules();
    /// Null if the journal does not have it.
    Known* known(RulebookId rulebook);
    static void count(Known* rulebook, RuleIndex rule, Instant at);
    /// Adds the hits counted to `day_`. \return SQLite's code.
    int write_hits();

    ConditionLines conditions_;
    sqlite::Database* database_ = nullptr;
    const Event* opened_ = nullptr;       // a ticket_opened whose ticket_routed is to come
    std::map<std::string, Known> rules_;  // by rulebook
    std::int64_t day_ = 0;                // since 1970, of the hits counted

    std::array<sqlite::Statement, sql_count> statements_;  // by Sql
};

}  // namespace triaged::journal
