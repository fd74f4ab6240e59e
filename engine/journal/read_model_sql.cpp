#include "engine/journal/read_model_sql.hpp"

#include <array>
#include <utility>

namespace triaged::journal {

namespace {

constexpr auto texts = std::to_array<std::pair<Sql, std::string_view>>({
    // Tickets
    {Sql::insert_ticket,
     R"sql(INSERT INTO tickets(id, channel, customer, subject, source, ref, follows, opened_ms, queue,
            priority, intent, tags, skills, sla, contact_by, queued_as_ms, phase, contacts, escalations)
            VALUES(?1,?2,?3,?4,?5,?6,nullif(?7,0),?8,?9,?10,?11,?12,?13,?14,?15,?16,'waiting',1,0))sql"},
    {Sql::route_ticket,
     R"sql(UPDATE tickets SET queue=?2, priority=?3, intent=?4, tags=?5, skills=?6, sla=?7, contact_by=?8,
            queued_as_ms=?9 WHERE id=?1)sql"},
    {Sql::count_contact, R"sql(UPDATE tickets SET contacts=contacts+1 WHERE id=?)sql"},
    {Sql::uncount_contact, R"sql(UPDATE tickets SET contacts=contacts-1 WHERE id=?)sql"},
    {Sql::offer_ticket, R"sql(UPDATE tickets SET phase='offered', agent=?2 WHERE id=?1)sql"},
    {Sql::assign_ticket,
     R"sql(UPDATE tickets SET phase='assigned', agent=?2, assigned_ms=?3 WHERE id=?1)sql"},
    {Sql::free_ticket,
     R"sql(UPDATE tickets SET phase=CASE WHEN o.agent IS NULL THEN 'waiting' ELSE 'offered' END, agent=o.agent,
            assigned_ms=NULL FROM (SELECT (SELECT agent FROM offers WHERE ticket=?1 AND outcome='open' ORDER BY
            seq LIMIT 1) AS agent) AS o WHERE id=?1)sql"},
    {Sql::escalate_ticket,
     R"sql(UPDATE tickets SET priority=coalesce(?2,priority), queue=coalesce(?3,queue),
            skills=coalesce(?4,skills), contact_by=coalesce(?5,contact_by), queued_as_ms=?6,
            escalations=escalations+1, tags=CASE WHEN ?7 IS NULL THEN tags ELSE (SELECT
            json_group_array(value) FROM (SELECT value FROM json_each(coalesce(tags,'[]')) UNION SELECT value
            FROM json_each(?7))) END WHERE id=?1)sql"},
    {Sql::close_ticket,
     R"sql(UPDATE tickets SET phase='closed', outcome='completed', agent=?2, disposition=?3, closed_ms=?4
            WHERE id=?1)sql"},
    {Sql::abandon_ticket,
     R"sql(UPDATE tickets SET phase='closed', outcome='abandoned', closed_ms=?2 WHERE id=?1)sql"},
    {Sql::call_back_ticket, R"sql(UPDATE tickets SET callback_number=?2, callback_ms=?3 WHERE id=?1)sql"},
    {Sql::reopen_ticket,
     R"sql(UPDATE tickets SET phase='waiting', agent=NULL, disposition=NULL, assigned_ms=NULL,
            closed_ms=NULL, outcome=NULL, callback_number=NULL, callback_ms=NULL, reopened=reopened+1 WHERE
            id=?1)sql"},
    {Sql::merge_ticket,
     R"sql(UPDATE tickets SET phase='merged', merged_into=?2, closed_ms=?3 WHERE id=?1)sql"},
    {Sql::unmerge_ticket,
     R"sql(UPDATE tickets SET phase='waiting', merged_into=NULL, closed_ms=NULL WHERE id=?1)sql"},
    {Sql::place_ticket, R"sql(UPDATE tickets SET queued_as_ms=?2 WHERE id=?1)sql"},
    {Sql::move_ticket, R"sql(UPDATE tickets SET queue=?2, skills=?3, queued_as_ms=?4 WHERE id=?1)sql"},
    {Sql::set_needs, R"sql(UPDATE tickets SET skills=?2 WHERE id=?1)sql"},
    {Sql::hold_ticket,
     R"sql(UPDATE tickets SET phase=CASE WHEN ?2 THEN 'held' ELSE 'waiting' END WHERE id=?1 AND phase IN
            ('waiting','held'))sql"},
    // Contacts, decisions, escalations
    {Sql::insert_contact, R"sql(INSERT INTO contacts VALUES(?,?,?,?,?,?,?,?,?,?,NULL))sql"},
    {Sql::thread_contact,
     R"sql(UPDATE contacts SET joined_by=?2 WHERE seq=(SELECT max(seq) FROM contacts WHERE ticket=?1))sql"},
    {Sql::drop_contact, R"sql(DELETE FROM contacts WHERE ticket=?1 AND source=?2 AND ref=?3)sql"},
    {Sql::insert_decision, R"sql(INSERT INTO decisions VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?))sql"},
    {Sql::insert_escalation, R"sql(INSERT INTO escalations VALUES(?,?,?,?,?,?,?,?,?,?,?,NULL,NULL))sql"},
    {Sql::inhibit,
     R"sql(UPDATE escalations SET inhibited=?3, inhibited_by=?2 WHERE seq=(SELECT max(seq) FROM escalations
            WHERE ticket=?1))sql"},
    // Offers and hands
    {Sql::insert_offer, R"sql(INSERT INTO offers VALUES(?,?,?,?,?,?,?,'open',NULL,NULL,NULL,NULL))sql"},
    {Sql::insert_given,
     R"sql(INSERT INTO offers VALUES(?1,?2,?3,?4,?5,?5,NULL,'accepted',NULL,?5,NULL,?6))sql"},
    {Sql::accept_offer,
     R"sql(UPDATE offers SET outcome='accepted', accepted_ms=?3 WHERE seq=(SELECT max(seq) FROM offers WHERE
            ticket=?1 AND agent=?2))sql"},
    {Sql::end_offer,
     R"sql(UPDATE offers SET outcome=?3, reason=?4, ended_ms=?5 WHERE seq=(SELECT max(seq) FROM offers WHERE
            ticket=?1 AND agent=?2))sql"},
    {Sql::insert_move,
     R"sql(INSERT INTO moves SELECT ?1,?2,?3,?4,queue,?5,?6,?7 FROM tickets WHERE id=?2)sql"},
    {Sql::insert_widening,
     R"sql(INSERT INTO widenings SELECT ?1,?2,?3,queue,?4,?5 FROM tickets WHERE id=?2)sql"},
    {Sql::insert_wrap_up, R"sql(INSERT INTO wrap_ups VALUES(?,?,?,?,?,?,NULL))sql"},
    {Sql::end_wrap_up,
     R"sql(UPDATE wrap_ups SET ended_ms=?3 WHERE ticket=?2 AND agent=?1 AND ended_ms IS NULL)sql"},
    // Answers and promises
    {Sql::insert_reply, R"sql(INSERT INTO replies VALUES(?,?,?,?,?))sql"},
    {Sql::insert_hold, R"sql(INSERT INTO holds VALUES(?,?,?,?,?,?,NULL,NULL))sql"},
    {Sql::end_hold,
     R"sql(UPDATE holds SET ended_ms=?2, ended_by=?3 WHERE ticket=?1 AND ended_ms IS NULL)sql"},
    {Sql::warn_sla,
     R"sql(INSERT INTO sla(ticket, target, since_ms, policy, due_ms, warned_ms) VALUES(?,?,?,?,?,?) ON
            CONFLICT DO UPDATE SET policy=excluded.policy, due_ms=excluded.due_ms,
            warned_ms=excluded.warned_ms)sql"},
    {Sql::breach_sla,
     R"sql(INSERT INTO sla(ticket, target, since_ms, policy, due_ms, breached_ms) VALUES(?,?,?,?,?,?) ON
            CONFLICT DO UPDATE SET policy=excluded.policy, due_ms=excluded.due_ms,
            breached_ms=excluded.breached_ms)sql"},
    {Sql::end_sla,
     R"sql(INSERT INTO sla(ticket, target, since_ms, policy, due_ms, met_ms, used_ms, late_ms)
            VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET policy=excluded.policy, due_ms=excluded.due_ms,
            met_ms=excluded.met_ms, used_ms=excluded.used_ms, late_ms=excluded.late_ms)sql"},
    {Sql::insert_promise,
     R"sql(INSERT INTO promises SELECT ?1,?2,?3,queue,channel,?5,?4,NULL FROM tickets WHERE id=?2)sql"},
    {Sql::deliver_promise,
     R"sql(UPDATE promises SET delivered_ms=?2 WHERE ticket=?1 AND delivered_ms IS NULL)sql"},
    {Sql::end_told_wait,
     R"sql(UPDATE promises SET delivered_ms=?2 WHERE ticket=?1 AND delivered_ms IS NULL AND why='wait')sql"},
    // Agents and customers
    {Sql::put_agent,
     R"sql(INSERT INTO agents VALUES(?1,?2,?3,?4,'available',NULL,?5,?5) ON CONFLICT(id) DO UPDATE SET
            name=?2, skills=?3, capacity=?4, presence='available', reason=NULL, signed_in_ms=?5,
            presence_ms=?5)sql"},
    {Sql::put_presence, R"sql(UPDATE agents SET presence=?2, reason=?3, presence_ms=?4 WHERE id=?1)sql"},
    {Sql::put_customer,
     R"sql(INSERT INTO customers VALUES(?,?,?) ON CONFLICT(id) DO UPDATE SET
            facts=json_patch(facts,excluded.facts), updated_ms=excluded.updated_ms)sql"},
    {Sql::put_order,
     R"sql(INSERT INTO orders VALUES(?1,?2,?3,?4) ON CONFLICT(id) DO UPDATE SET
            customer=coalesce(excluded.customer,customer), facts=json_patch(facts,excluded.facts),
            updated_ms=excluded.updated_ms)sql"},
    {Sql::put_contract, R"sql(INSERT OR REPLACE INTO contracts VALUES(?1,?2,?3,?4,?5))sql"},
    {Sql::insert_feedback,
     R"sql(INSERT INTO feedback SELECT ?1,?2,?3,?4,?5,nullif(?6,0),?7,?8,?9,(SELECT queue FROM tickets WHERE
            id=?6), facts->>'$."customer.tier"', facts->>'$."customer.kind"',
            facts->>'$."customer.marketplace"' FROM (SELECT (SELECT facts FROM customers WHERE id=?5) AS
            facts))sql"},
    // Problems
    {Sql::open_problem,
     R"sql(INSERT OR REPLACE INTO problems VALUES(?1,?2,?3,?4,?5,?6,NULL,0,NULL,?7,NULL))sql"},
    {Sql::link_ticket,
     R"sql(INSERT INTO problem_tickets VALUES(?1,?2,?3,NULL,NULL) ON CONFLICT(problem, ticket) DO UPDATE SET
            unlinked_ms=NULL)sql"},
    {Sql::unlink_ticket,
     R"sql(UPDATE problem_tickets SET unlinked_ms=?3 WHERE ticket=?2 AND unlinked_ms IS NULL AND problem<>?1)sql"},
    {Sql::hold_problem, R"sql(UPDATE problems SET held=?2 WHERE id=?1)sql"},
    {Sql::merge_problem, R"sql(UPDATE problems SET merged_into=nullif(?2,0) WHERE id=?1)sql"},
    {Sql::answer_problem, R"sql(UPDATE problems SET answer=?2 WHERE id=?1)sql"},
    {Sql::close_problem,
     R"sql(UPDATE problems SET held=0, closed_ms=?2 WHERE closed_ms IS NULL AND id IN (WITH RECURSIVE
            part(id) AS (VALUES(?1) UNION SELECT p.id FROM problems p JOIN part ON p.merged_into=part.id)
            SELECT id FROM part))sql"},
    {Sql::answer_ticket,
     R"sql(UPDATE problem_tickets SET answered_ms=?2 WHERE ticket=?1 AND unlinked_ms IS NULL)sql"},
    {Sql::tell_problem,
     R"sql(UPDATE problems SET told=(SELECT json_group_array(value) FROM (SELECT value FROM
            json_each(coalesce(told,'[]')) UNION SELECT value FROM json_each(?2))) WHERE id=?1)sql"},
    // Rules
    {Sql::put_rulebook, R"sql(INSERT OR REPLACE INTO rulebooks VALUES(?,?,?,?))sql"},
    {Sql::put_rule, R"sql(INSERT OR REPLACE INTO rules VALUES(?,?,?,?))sql"},
    {Sql::put_rule_file, R"sql(INSERT OR REPLACE INTO rule_files VALUES(?,?,?))sql"},
    {Sql::add_hits,
     R"sql(INSERT INTO rule_hits VALUES(?,?,?,?) ON CONFLICT(rule, day) DO UPDATE SET
            hits=hits+excluded.hits, last_ms=excluded.last_ms)sql"},
});
static_assert(texts.size() == sql_count);

constexpr bool in_order()
{
    for (std::size_t i = 0; i < texts.size(); ++i)
        if (texts[i].first != static_cast<Sql>(i)) return false;
    return true;
}
static_assert(in_order(), "a statement is found by its number");

}  // namespace

std::string_view text_of(Sql statement) { return texts[static_cast<std::size_t>(statement)].second; }

}  // namespace triaged::journal
