// The statements by which events change the read model's tables, as SQL.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace triaged::journal {

/// Named by what they do; the table is that of the thing.
enum class Sql : std::uint8_t {
    // Tickets
    insert_ticket,
    route_ticket,
    count_contact,
    uncount_contact,
    offer_ticket,
    assign_ticket,
    free_ticket,
    escalate_ticket,
    close_ticket,
    abandon_ticket,
    call_back_ticket,
    reopen_ticket,
    merge_ticket,
    unmerge_ticket,
    place_ticket,
    move_ticket,
    set_needs,
    hold_ticket,
    // Contacts, decisions, escalations
    insert_contact,
    thread_contact,
    drop_contact,
    insert_decision,
    insert_escalation,
    inhibit,
    // Offers and hands
    insert_offer,
    insert_given,
    accept_offer,
    end_offer,
    insert_move,
    insert_widening,
    insert_wrap_up,
    end_wrap_up,
    // Answers and promises
    insert_reply,
    insert_hold,
    end_hold,
    warn_sla,
    breach_sla,
    end_sla,
    insert_promise,
    deliver_promise,
    end_told_wait,
    // Agents and customers
    put_agent,
    put_presence,
    put_customer,
    put_order,
    put_contract,
    insert_feedback,
    // Problems
    open_problem,
    link_ticket,
    unlink_ticket,
    hold_problem,
    merge_problem,
    answer_problem,
    close_problem,
    answer_ticket,
    tell_problem,
    // Rules
    put_rulebook,
    put_rule,
    put_rule_file,
    add_hits
};
inline constexpr std::size_t sql_count = static_cast<std::size_t>(Sql::add_hits) + 1;

std::string_view text_of(Sql statement);

}  // namespace triaged::journal
