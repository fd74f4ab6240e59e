// One statement for each way in which an event changes the read model's tables.

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/journal/read_model.hpp"
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

    sqlite::Statement insert_ticket_, route_ticket_, count_contact_, offer_ticket_, assign_ticket_,
        free_ticket_, escalate_ticket_, close_ticket_, abandon_ticket_, call_back_ticket_;
    sqlite::Statement insert_contact_, insert_decision_, insert_escalation_, insert_offer_, accept_offer_,
        end_offer_;
    sqlite::Statement thread_contact_, reopen_ticket_, merge_ticket_, unmerge_ticket_, place_ticket_,
        drop_contact_, uncount_contact_;
    sqlite::Statement insert_reply_, insert_hold_, end_hold_, warn_sla_, breach_sla_, end_sla_;
    sqlite::Statement insert_given_, move_ticket_, insert_move_, insert_wrap_up_, end_wrap_up_,
        insert_promise_, deliver_promise_, need_, insert_widening_;
    sqlite::Statement put_agent_, put_presence_, put_customer_, put_rulebook_, put_rule_, put_rule_file_,
        add_hits_;
    sqlite::Statement insert_feedback_, put_order_, put_contract_;
    sqlite::Statement open_problem_, link_ticket_, unlink_ticket_, hold_problem_, merge_problem_,
        answer_problem_, close_problem_, hold_ticket_, answer_ticket_, inhibit_, tell_problem_;
};

}  // namespace triaged::journal
