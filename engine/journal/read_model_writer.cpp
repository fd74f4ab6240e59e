#include "engine/journal/read_model_writer.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "engine/journal/json_text.hpp"

namespace triaged::journal {

namespace {

using sqlite::Statement;

constexpr std::int64_t ms_a_day = 86'400'000;

/// Text of a column in which "nothing" is NULL.
struct Maybe {
    std::string_view text;
};

void put(Statement& statement, int column, std::int64_t value) { statement.bind(column, value); }
void put(Statement& statement, int column, std::string_view text) { statement.bind(column, text); }
void put(Statement& statement, int column, Instant at) { statement.bind(column, at.ms); }
void put(Statement& statement, int column, ProblemId id)
{
    statement.bind(column, static_cast<std::int64_t>(id.value));
}
void put(Statement& statement, int column, TicketId id)
{
    statement.bind(column, static_cast<std::int64_t>(id.value));
}
template <class Number>
void put(Statement& statement, int column, const std::optional<Number>& maybe)
{
    if (maybe)
        statement.bind(column, static_cast<std::int64_t>(*maybe));
    else
        statement.bind_null(column);
}
void put(Statement& statement, int column, Maybe maybe)
{
    if (maybe.text.empty())
        statement.bind_null(column);
    else
        statement.bind(column, maybe.text);
}

/// A time that may never come; never is NULL.
struct MaybeAt {
    Instant at;
};
void put(Statement& statement, int column, MaybeAt maybe)
{
    if (maybe.at == Instant::max())
        statement.bind_null(column);
    else
        statement.bind(column, maybe.at.ms);
}

void put(Statement& statement, int column, std::optional<Duration> span)
{
    if (span)
        statement.bind(column, static_cast<std::int64_t>(span->count()));
    else
        statement.bind_null(column);
}

/// Binds `values` to 1, 2, ... and runs. \return SQLite's code.
template <class... T>
int run(Statement& statement, const T&... values)
{
    int column = 0;
    (put(statement, ++column, values), ...);
    return statement.run();
}

std::int64_t integer(Seq seq) { return static_cast<std::int64_t>(seq); }

std::string list_json(const std::vector<std::string>& items)
{
    std::string out;
    if (items.empty()) return out;
    JsonText json(out);
    json.open('[');
    for (const auto& item : items) json.value(item);
    json.close(']');
    return out;
}

std::string skills_json(const Skills& skills)
{
    std::string out;
    if (skills.empty()) return out;
    JsonText json(out);
    json.open('{');
    for (const auto& skill : skills) {
        json.key(skill.name);
        json.value(skill.level);
    }
    json.close('}');
    return out;
}

std::string facts_json(const FactSet& facts)
{
    std::string out;
    if (facts.empty()) return out;
    JsonText json(out);
    json.open('{');
    for (const auto& fact : facts) {
        json.key(fact.name);
        const auto* const number = std::get_if<double>(&fact.value);
        if (const auto* const text = std::get_if<std::string_view>(&fact.value))
            json.value(*text);
        else if (number && !std::isfinite(*number))
            json.literal("null");
        else
            json.literal(to_string(fact.value));
    }
    json.close('}');
    return out;
}

std::string losers_json(const std::vector<LosingCandidate>& losers)
{
    std::string out;
    if (losers.empty()) return out;
    JsonText json(out);
    json.open('[');
    for (const auto& loser : losers) {
        json.open('{');
        json.key("agent");
        json.value(loser.agent.value);
        json.key("key");
        json.value(loser.key);
        json.close('}');
    }
    json.close(']');
    return out;
}

/// The name of a rule; `#12` if its rulebook is not in the journal.
std::string rule_name(const std::vector<std::string>* names, RuleIndex rule)
{
    return names && rule < names->size() ? (*names)[rule] : fmt::format("#{}", rule);
}

std::string fired_json(const Trace& trace, const std::vector<std::string>* names)
{
    std::string out;
    JsonText json(out);
    json.open('[');
    for (const RuleIndex rule : trace.fired) json.value(rule_name(names, rule));
    json.close(']');
    return out;
}

using Lines = std::vector<std::vector<std::string>>;  // conditions, by rule

std::string near_json(const Trace& trace, const std::vector<std::string>* names, const Lines* conditions)
{
    std::string out;
    if (trace.near.empty()) return out;
    JsonText json(out);
    json.open('[');
    for (const auto& near : trace.near) {
        json.open('{');
        json.key("rule");
        json.value(rule_name(names, near.rule));
        json.key("condition");
        json.value(near.condition);
        if (conditions && near.rule < conditions->size() &&
            near.condition < (*conditions)[near.rule].size()) {
            json.key("wanted");
            json.value((*conditions)[near.rule][near.condition]);
        }
        json.close('}');
    }
    json.close(']');
    return out;
}

std::string lost_json(const Trace& trace, const std::vector<std::string>* names)
{
    std::string out;
    if (trace.lost.empty()) return out;
    JsonText json(out);
    json.open('[');
    for (const auto& loss : trace.lost) {
        json.open('{');
        json.key("rule");
        json.value(rule_name(names, loss.rule));
        json.key("what");
        json.value(loss.what);
        json.key("to");
        json.value(rule_name(names, loss.to));
        json.close('}');
    }
    json.close(']');
    return out;
}

Maybe priority_of(const std::optional<Priority>& priority)
{
    return {priority ? to_string(*priority) : std::string_view()};
}

}  // namespace

Result<void> ReadModelWriter::prepare(sqlite::Database& database)
{
    database_ = &database;
    const std::pair<Statement*, std::string_view> statements[] = {
        {&insert_ticket_,
         "INSERT INTO tickets(id, channel, customer, subject, source, ref, follows, opened_ms, queue, "
         "priority, intent,"
         " tags, skills, sla, contact_by, queued_as_ms, phase, contacts, escalations)"
         " VALUES(?1,?2,?3,?4,?5,?6,nullif(?7,0),?8,?9,?10,?11,?12,?13,?14,?15,?16,'waiting',1,0)"},
        {&route_ticket_,
         "UPDATE tickets SET queue=?2, priority=?3, intent=?4, tags=?5, skills=?6, sla=?7, contact_by=?8,"
         " queued_as_ms=?9 WHERE id=?1"},
        {&count_contact_, "UPDATE tickets SET contacts=contacts+1 WHERE id=?"},
        {&offer_ticket_, "UPDATE tickets SET phase='offered', agent=?2 WHERE id=?1"},
        {&assign_ticket_, "UPDATE tickets SET phase='assigned', agent=?2, assigned_ms=?3 WHERE id=?1"},
        {&free_ticket_, "UPDATE tickets SET phase='waiting', agent=NULL, assigned_ms=NULL WHERE id=?1"},
        {&escalate_ticket_,
         "UPDATE tickets SET priority=coalesce(?2,priority), queue=coalesce(?3,queue), "
         "skills=coalesce(?4,skills),"
         " contact_by=coalesce(?5,contact_by), queued_as_ms=?6, escalations=escalations+1, tags=CASE WHEN ?7 "
         "IS NULL"
         " THEN tags ELSE (SELECT json_group_array(value) FROM (SELECT value FROM "
         "json_each(coalesce(tags,'[]'))"
         " UNION SELECT value FROM json_each(?7))) END WHERE id=?1"},
        {&close_ticket_,
         "UPDATE tickets SET phase='closed', outcome='completed', agent=?2, disposition=?3, closed_ms=?4 "
         "WHERE "
         "id=?1"},
        {&abandon_ticket_,
         "UPDATE tickets SET phase='closed', outcome='abandoned', closed_ms=?2 WHERE id=?1"},
        {&call_back_ticket_, "UPDATE tickets SET callback_number=?2, callback_ms=?3 WHERE id=?1"},
        {&insert_contact_, "INSERT INTO contacts VALUES(?,?,?,?,?,?,?,?,?,?,NULL)"},
        {&insert_decision_, "INSERT INTO decisions VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
        {&insert_escalation_, "INSERT INTO escalations VALUES(?,?,?,?,?,?,?,?,?,?,?,NULL,NULL)"},
        {&insert_offer_, "INSERT INTO offers VALUES(?,?,?,?,?,?,?,'open',NULL,NULL,NULL,NULL)"},
        {&accept_offer_,
         "UPDATE offers SET outcome='accepted', accepted_ms=?2 WHERE seq=(SELECT max(seq) FROM offers WHERE "
         "ticket=?1)"},
        {&end_offer_,
         "UPDATE offers SET outcome=?2, reason=?3, ended_ms=?4 WHERE seq=(SELECT max(seq) FROM offers WHERE "
         "ticket=?1)"},
        {&insert_given_, "INSERT INTO offers VALUES(?1,?2,?3,?4,?5,?5,NULL,'accepted',NULL,?5,NULL,?6)"},
        {&move_ticket_, "UPDATE tickets SET queue=?2, skills=?3, queued_as_ms=?4 WHERE id=?1"},
        {&insert_move_, "INSERT INTO moves SELECT ?1,?2,?3,?4,queue,?5,?6,?7 FROM tickets WHERE id=?2"},
        {&insert_promise_,
         "INSERT INTO promises SELECT ?1,?2,?3,queue,channel,?5,?4,NULL FROM tickets WHERE id=?2"},
        {&deliver_promise_, "UPDATE promises SET delivered_ms=?2 WHERE ticket=?1 AND delivered_ms IS NULL"},
        {&need_, "UPDATE tickets SET skills=?2 WHERE id=?1"},
        {&insert_widening_, "INSERT INTO widenings SELECT ?1,?2,?3,queue,?4,?5 FROM tickets WHERE id=?2"},
        {&insert_wrap_up_, "INSERT INTO wrap_ups VALUES(?,?,?,?,?,?,NULL)"},
        {&end_wrap_up_, "UPDATE wrap_ups SET ended_ms=?3 WHERE ticket=?2 AND agent=?1 AND ended_ms IS NULL"},
        {&thread_contact_,
         "UPDATE contacts SET joined_by=?2 WHERE seq=(SELECT max(seq) FROM contacts WHERE ticket=?1)"},
        {&reopen_ticket_,
         "UPDATE tickets SET phase='waiting', agent=NULL, disposition=NULL, assigned_ms=NULL, closed_ms=NULL,"
         " outcome=NULL, callback_number=NULL, callback_ms=NULL,"
         " reopened=reopened+1 WHERE id=?1"},
        {&merge_ticket_, "UPDATE tickets SET phase='merged', merged_into=?2, closed_ms=?3 WHERE id=?1"},
        {&unmerge_ticket_,
         "UPDATE tickets SET phase='waiting', merged_into=NULL, closed_ms=NULL WHERE id=?1"},
        {&place_ticket_, "UPDATE tickets SET queued_as_ms=?2 WHERE id=?1"},
        {&drop_contact_, "DELETE FROM contacts WHERE ticket=?1 AND source=?2 AND ref=?3"},
        {&uncount_contact_, "UPDATE tickets SET contacts=contacts-1 WHERE id=?"},
        {&insert_reply_, "INSERT INTO replies VALUES(?,?,?,?,?)"},
        {&insert_hold_, "INSERT INTO holds VALUES(?,?,?,?,?,?,NULL,NULL)"},
        {&end_hold_, "UPDATE holds SET ended_ms=?2, ended_by=?3 WHERE ticket=?1 AND ended_ms IS NULL"},
        {&warn_sla_,
         "INSERT INTO sla(ticket, target, since_ms, policy, due_ms, warned_ms) VALUES(?,?,?,?,?,?)"
         " ON CONFLICT DO UPDATE SET policy=excluded.policy, due_ms=excluded.due_ms, "
         "warned_ms=excluded.warned_ms"},
        {&breach_sla_,
         "INSERT INTO sla(ticket, target, since_ms, policy, due_ms, breached_ms) VALUES(?,?,?,?,?,?)"
         " ON CONFLICT DO UPDATE SET policy=excluded.policy, due_ms=excluded.due_ms,"
         " breached_ms=excluded.breached_ms"},
        {&end_sla_,
         "INSERT INTO sla(ticket, target, since_ms, policy, due_ms, met_ms, used_ms, late_ms) "
         "VALUES(?,?,?,?,?,?,?,?)"
         " ON CONFLICT DO UPDATE SET policy=excluded.policy, due_ms=excluded.due_ms, met_ms=excluded.met_ms,"
         " used_ms=excluded.used_ms, late_ms=excluded.late_ms"},
        {&put_agent_,
         "INSERT INTO agents VALUES(?1,?2,?3,?4,'available',NULL,?5,?5) ON CONFLICT(id) DO UPDATE SET "
         "name=?2,"
         " skills=?3, capacity=?4, presence='available', reason=NULL, signed_in_ms=?5, presence_ms=?5"},
        {&put_presence_, "UPDATE agents SET presence=?2, reason=?3, presence_ms=?4 WHERE id=?1"},
        {&put_customer_,
         "INSERT INTO customers VALUES(?,?,?) ON CONFLICT(id) DO UPDATE SET "
         "facts=json_patch(facts,excluded.facts),"
         " updated_ms=excluded.updated_ms"},
        {&open_problem_, "INSERT OR REPLACE INTO problems VALUES(?1,?2,?3,?4,?5,?6,NULL,0,NULL,?7,NULL)"},
        {&link_ticket_,
         "INSERT INTO problem_tickets VALUES(?1,?2,?3,NULL,NULL) ON CONFLICT(problem, ticket) DO UPDATE SET "
         "unlinked_ms=NULL"},
        {&unlink_ticket_,
         "UPDATE problem_tickets SET unlinked_ms=?3 WHERE ticket=?2 AND unlinked_ms IS NULL AND problem<>?1"},
        {&hold_problem_, "UPDATE problems SET held=?2 WHERE id=?1"},
        {&merge_problem_, "UPDATE problems SET merged_into=nullif(?2,0) WHERE id=?1"},
        {&answer_problem_, "UPDATE problems SET answer=?2 WHERE id=?1"},
        {&close_problem_,
         "UPDATE problems SET held=0, closed_ms=?2 WHERE closed_ms IS NULL AND id IN (WITH RECURSIVE "
         "part(id) AS "
         "(VALUES(?1) UNION SELECT p.id FROM problems p JOIN part ON p.merged_into=part.id) SELECT id FROM "
         "part)"},
        {&hold_ticket_,
         "UPDATE tickets SET phase=CASE WHEN ?2 THEN 'held' ELSE 'waiting' END WHERE id=?1 AND phase IN "
         "('waiting','held')"},
        {&answer_ticket_,
         "UPDATE problem_tickets SET answered_ms=?2 WHERE ticket=?1 AND unlinked_ms IS NULL"},
        {&inhibit_,
         "UPDATE escalations SET inhibited=?3, inhibited_by=?2 WHERE seq=(SELECT max(seq) FROM escalations "
         "WHERE "
         "ticket=?1)"},
        {&tell_problem_,
         "UPDATE problems SET told=(SELECT json_group_array(value) FROM (SELECT value FROM "
         "json_each(coalesce(told,'[]')) UNION SELECT value FROM json_each(?2))) WHERE id=?1"},
        {&insert_feedback_,
         "INSERT INTO feedback SELECT ?1,?2,?3,?4,?5,nullif(?6,0),?7,?8,?9,"
         "(SELECT queue FROM tickets WHERE id=?6), facts->>'$.\"customer.tier\"', "
         "facts->>'$.\"customer.kind\"', facts->>'$.\"customer.marketplace\"'"
         " FROM (SELECT (SELECT facts FROM customers WHERE id=?5) AS facts)"},
        {&put_order_,
         "INSERT INTO orders VALUES(?1,?2,?3,?4) ON CONFLICT(id) DO UPDATE SET "
         "customer=coalesce(excluded.customer,customer), facts=json_patch(facts,excluded.facts),"
         " updated_ms=excluded.updated_ms"},
        {&put_contract_, "INSERT OR REPLACE INTO contracts VALUES(?1,?2,?3,?4,?5)"},
        {&put_rulebook_, "INSERT OR REPLACE INTO rulebooks VALUES(?,?,?,?)"},
        {&put_rule_, "INSERT OR REPLACE INTO rules VALUES(?,?,?,?)"},
        {&put_rule_file_, "INSERT OR REPLACE INTO rule_files VALUES(?,?,?)"},
        {&add_hits_,
         "INSERT INTO rule_hits VALUES(?,?,?,?) ON CONFLICT(rule, day) DO UPDATE SET hits=hits+excluded.hits,"
         " last_ms=excluded.last_ms"},
    };
    for (const auto& [statement, sql] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return read_rules();
}

/// The names of rules by which decisions made before this program started are still spelled.
Result<void> ReadModelWriter::read_rules()
{
    rules_.clear();
    auto rows = database_->prepare("SELECT rulebook, name FROM rules ORDER BY rulebook, position");
    if (!rows) return tl::unexpected(rows.error());
    int code = rows->step();
    for (; code == SQLITE_ROW; code = rows->step())
        rules_[std::string(rows->bytes(0))].names.emplace_back(rows->bytes(1));
    if (code != SQLITE_DONE) return database_->failure("reading the names of rules");
    for (auto& [rulebook, known] : rules_) {
        known.hits.resize(known.names.size());
        known.conditions.resize(known.names.size());
    }
    auto lines = database_->prepare(
        "SELECT rulebook, position, each.value FROM rules,"
        " json_each(rules.conditions) AS each ORDER BY rulebook, position, each.key");
    if (!lines) return tl::unexpected(lines.error());
    for (code = lines->step(); code == SQLITE_ROW; code = lines->step()) {
        auto& conditions = rules_[std::string(lines->bytes(0))].conditions;
        const auto rule = static_cast<std::size_t>(lines->integer(1));
        if (rule < conditions.size()) conditions[rule].emplace_back(lines->bytes(2));
    }
    if (code != SQLITE_DONE) return database_->failure("reading the conditions of rules");
    return {};
}

ReadModelWriter::Known* ReadModelWriter::known(RulebookId rulebook)
{
    const auto found = rules_.find(to_string(rulebook));
    return found == rules_.end() ? nullptr : &found->second;
}

void ReadModelWriter::count(Known* rulebook, RuleIndex rule, Instant at)
{
    if (rulebook == nullptr || rule >= rulebook->hits.size()) return;
    auto& hits = rulebook->hits[rule];
    ++hits.count;
    hits.last = at;
}

int ReadModelWriter::write_hits()
{
    int code = SQLITE_DONE;
    for (auto& [rulebook, known] : rules_)
        for (std::size_t rule = 0; rule < known.hits.size() && code == SQLITE_DONE; ++rule) {
            auto& hits = known.hits[rule];
            if (hits.count == 0) continue;
            code = run(add_hits_, known.names[rule], day_, hits.count, hits.last);
            hits = {};
        }
    return code;
}

/// One event's rows. Every function returns SQLITE_DONE or an error's code.
struct ReadModelWriter::Shower {
    ReadModelWriter& to;
    const Event& event;

    int operator()(const RulebookAdopted& what)
    {
        const std::string id = to_string(what.rulebook);
        auto& known = to.rules_[id];  // may have been in force before, with hits not yet written
        known.names = what.rules;
        known.hits.resize(what.rules.size());
        known.conditions = to.conditions_ ? to.conditions_(what) : Lines();
        known.conditions.resize(what.rules.size());
        int code = run(to.put_rulebook_, id, what.digest, integer(what.rules.size()), event.at);
        for (std::size_t i = 0; i < what.rules.size() && code == SQLITE_DONE; ++i)
            code = run(to.put_rule_, id, integer(i), what.rules[i], Maybe{list_json(known.conditions[i])});
        for (std::size_t i = 0; i < what.sources.size() && code == SQLITE_DONE; ++i)
            code = run(to.put_rule_file_, id, what.sources[i].first, what.sources[i].second);
        return code;
    }

    int operator()(const CustomerUpdated& what)
    {
        const std::string facts = what.facts.empty() ? "{}" : facts_json(what.facts);
        return run(to.put_customer_, what.customer.value, facts, event.at);
    }

    int operator()(const TicketOpened& what)
    {
        to.opened_ = &event;
        return contact(what.ticket, what.contact);
    }

    int operator()(const ContactJoined& what)
    {
        const int code = run(to.count_contact_, what.ticket);
        return code == SQLITE_DONE ? contact(what.ticket, what.contact) : code;
    }

    int operator()(const TicketRouted& what)
    {
        const auto& routing = what.routing;
        auto* const known = to.known(routing.rulebook);
        const auto* const names = known == nullptr ? nullptr : &known->names;
        for (const auto rule : routing.trace.fired) count(known, rule, event.at);
        const std::string tags = list_json(routing.tags);
        const std::string skills = skills_json(what.needs);
        const int code = ticket_row(what, Maybe{tags}, Maybe{skills});
        if (code != SQLITE_DONE) return code;
        return run(to.insert_decision_, integer(event.seq), what.ticket, event.at,
                   to_string(routing.rulebook), routing.queue.value, to_string(routing.priority),
                   Maybe{routing.intent}, Maybe{routing.sla}, Maybe{routing.contact_by}, Maybe{tags},
                   Maybe{skills}, Maybe{facts_json(routing.enriched)}, fired_json(routing.trace, names),
                   Maybe{near_json(routing.trace, names, known == nullptr ? nullptr : &known->conditions)},
                   Maybe{lost_json(routing.trace, names)});
    }

    int operator()(const TicketEscalated& what)
    {
        auto* const known = to.known(what.rulebook);
        const auto* const names = known == nullptr ? nullptr : &known->names;
        count(known, what.rule, event.at);
        const std::string tags = list_json(what.tags);
        const std::string skills = what.needs ? skills_json(*what.needs) : std::string();
        const Maybe queue{what.queue ? std::string_view(what.queue->value) : std::string_view()};
        const int code = run(to.escalate_ticket_, what.ticket, priority_of(what.priority), queue,
                             Maybe{skills}, Maybe{what.contact_by}, what.queued_as, Maybe{tags});
        if (code != SQLITE_DONE) return code;
        return run(to.insert_escalation_, integer(event.seq), what.ticket, event.at, to_string(what.rulebook),
                   rule_name(names, what.rule), priority_of(what.priority), queue, Maybe{tags}, Maybe{skills},
                   Maybe{list_json(what.notify)}, Maybe{what.contact_by});
    }

    int operator()(const RecheckScheduled&) { return SQLITE_DONE; }

    int operator()(const AgentSignedIn& what)
    {
        return run(to.put_agent_, what.agent.value, Maybe{what.name}, Maybe{skills_json(what.skills)},
                   std::int64_t{what.capacity}, event.at);
    }

    int operator()(const PresenceSet& what)
    {
        return run(to.put_presence_, what.agent.value, to_string(what.presence), Maybe{what.reason},
                   event.at);
    }

    int operator()(const OfferMade& what)
    {
        const int code = run(to.offer_ticket_, what.ticket, what.agent.value);
        if (code != SQLITE_DONE) return code;
        return run(to.insert_offer_, integer(event.seq), what.ticket, what.agent.value,
                   std::int64_t{what.units}, event.at, what.expires_at, Maybe{losers_json(what.losers)});
    }

    int operator()(const OfferAccepted& what)
    {
        const int code = run(to.assign_ticket_, what.ticket, what.agent.value, event.at);
        return code == SQLITE_DONE ? run(to.accept_offer_, what.ticket, event.at) : code;
    }

    int operator()(const OfferDeclined& what) { return back_on_queue(what.ticket, "declined", what.reason); }
    int operator()(const OfferExpired& what) { return back_on_queue(what.ticket, "expired", {}); }
    int operator()(const TicketReturned& what) { return back_on_queue(what.ticket, "returned", what.reason); }

    int operator()(const TicketCompleted& what)
    {
        int code =
            run(to.close_ticket_, what.ticket, Maybe{what.agent.value}, Maybe{what.disposition}, event.at);
        if (code == SQLITE_DONE) code = run(to.deliver_promise_, what.ticket, event.at);
        if (code != SQLITE_DONE || what.agent.value.empty()) return code;  // in nobody's hands
        return run(to.end_offer_, what.ticket, "completed", Maybe{}, event.at);
    }

    int operator()(const TicketAbandoned& what) { return run(to.abandon_ticket_, what.ticket, event.at); }
    int operator()(const CallbackRequested& what)
    {
        return run(to.call_back_ticket_, what.ticket, Maybe{what.number}, what.not_before);
    }
    int operator()(const CallbackDue&) { return SQLITE_DONE; }

    int operator()(const ReceiptsForgotten&) { return SQLITE_DONE; }

    int operator()(const ContactThreaded& what)
    {
        return what.by.empty() ? SQLITE_DONE : run(to.thread_contact_, what.ticket, what.by);
    }

    int operator()(const TicketReopened& what) { return run(to.reopen_ticket_, what.ticket); }

    int operator()(const TicketMerged& what)
    {
        if (what.into.value == 0) return run(to.unmerge_ticket_, what.ticket);
        const int code = run(to.merge_ticket_, what.ticket, what.into, event.at);
        return code == SQLITE_DONE ? run(to.place_ticket_, what.into, what.queued_as) : code;
    }

    int operator()(const ContactSplit& what)
    {
        const int code = run(to.drop_contact_, what.ticket, what.source, what.ref);
        return code == SQLITE_DONE ? run(to.uncount_contact_, what.ticket) : code;
    }

    int operator()(const ClosedKept&) { return SQLITE_DONE; }

    int operator()(const TicketReplied& what)
    {
        const int code = run(to.insert_reply_, integer(event.seq), what.ticket, event.at, what.agent.value,
                             Maybe{what.body});
        return code == SQLITE_DONE ? run(to.deliver_promise_, what.ticket, event.at) : code;
    }

    int operator()(const TicketHeld& what)
    {
        const int code = run(to.end_hold_, what.ticket, event.at, "hold");
        if (code != SQLITE_DONE) return code;
        return run(to.insert_hold_, integer(event.seq), what.ticket, event.at, what.agent.value,
                   Maybe{what.reason}, MaybeAt{what.until});
    }

    int operator()(const TicketResumed& what) { return run(to.end_hold_, what.ticket, event.at, what.by); }

    int operator()(const SlaWarned& what)
    {
        return run(to.warn_sla_, what.ticket, to_string(what.target), what.since, what.policy,
                   MaybeAt{what.due}, event.at);
    }

    int operator()(const SlaBreached& what)
    {
        return run(to.breach_sla_, what.ticket, to_string(what.target), what.since, what.policy,
                   MaybeAt{what.due}, event.at);
    }

    int operator()(const SlaEnded& what)
    {
        int code = SQLITE_DONE;
        for (const auto& outcome : what.outcomes)
            if (code == SQLITE_DONE)
                code = run(to.end_sla_, what.ticket, to_string(outcome.target), outcome.since, what.policy,
                           MaybeAt{outcome.due}, event.at, std::optional(outcome.used), outcome.late);
        return code;
    }

    int operator()(const SurgeCounted&) { return SQLITE_DONE; }

    int operator()(const ProblemOpened& what)
    {
        const bool surge = !what.policy.empty();
        const auto count = surge ? std::optional<std::int64_t>(what.count) : std::nullopt;
        const std::string usual = surge ? fmt::format("{:.3f}", what.usual / 1'000.0) : std::string();
        return run(to.open_problem_, what.problem, Maybe{what.policy}, what.about, count, Maybe{usual},
                   event.at, Maybe{list_json(what.notify)});
    }

    int operator()(const ProblemLinked& what)
    {
        int code = SQLITE_DONE;
        for (const auto ticket : what.tickets) {
            code = run(to.unlink_ticket_, what.problem, ticket, event.at);
            if (code != SQLITE_DONE) return code;
            // Who is not one of a problem's any more is not held by it.
            code = run(to.hold_ticket_, ticket, std::int64_t{0});
            if (code == SQLITE_DONE && what.problem.value != 0)
                code = run(to.link_ticket_, what.problem, ticket, event.at);
            if (code != SQLITE_DONE) return code;
        }
        return code;
    }

    int operator()(const ProblemChanged& what)
    {
        switch (what.action) {
            case ProblemAction::hold:
                return run(to.hold_problem_, what.problem, std::int64_t{1});
            case ProblemAction::release:
                return run(to.hold_problem_, what.problem, std::int64_t{0});
            case ProblemAction::merge:
                return run(to.merge_problem_, what.problem, what.into);
            case ProblemAction::answer:
                return run(to.answer_problem_, what.problem, what.text);
            case ProblemAction::close:
                return what.next.value == 0 ? run(to.close_problem_, what.problem, event.at) : SQLITE_DONE;
            case ProblemAction::reroute:
                return SQLITE_DONE;
        }
        return SQLITE_DONE;
    }

    int operator()(const TicketParked& what)
    {
        return run(to.hold_ticket_, what.ticket, std::int64_t{what.parked ? 1 : 0});
    }

    int operator()(const TicketAnswered& what) { return run(to.answer_ticket_, what.ticket, event.at); }

    int operator()(const NotifyInhibited& what)
    {
        const int code = run(to.inhibit_, what.ticket, what.problem, Maybe{list_json(what.notify)});
        if (code != SQLITE_DONE || what.told.empty()) return code;
        return run(to.tell_problem_, what.problem, Maybe{list_json(what.told)});
    }

    int operator()(const FeedbackGiven& what)
    {
        return run(to.insert_feedback_, integer(event.seq), event.at, what.source, what.ref,
                   Maybe{what.customer.value}, what.ticket, what.nps, what.csat, Maybe{what.text});
    }

    int operator()(const OrderUpdated& what)
    {
        const std::string facts = what.facts.empty() ? "{}" : facts_json(what.facts);
        return run(to.put_order_, what.order, Maybe{what.customer.value}, facts, event.at);
    }

    int operator()(const ContractUpdated& what)
    {
        const auto until = what.until == Instant::max() ? std::optional<std::int64_t>() : what.until.ms;
        return run(to.put_contract_, what.contract, what.customer.value, Maybe{what.sla}, until, event.at);
    }

    int operator()(const TicketAssigned& what)
    {
        const int code = run(to.assign_ticket_, what.ticket, what.agent.value, event.at);
        if (code != SQLITE_DONE) return code;
        return run(to.insert_given_, integer(event.seq), what.ticket, what.agent.value,
                   std::int64_t{what.units}, event.at, what.by);
    }

    int operator()(const TicketMoved& what)
    {
        int code = SQLITE_DONE;
        if (!what.from.value.empty()) code = back_on_queue(what.ticket, "moved", what.by);
        if (code == SQLITE_DONE)
            code = run(to.insert_move_, integer(event.seq), what.ticket, event.at, Maybe{what.from.value},
                       what.queue.value, what.by, Maybe{what.note});
        if (code != SQLITE_DONE) return code;
        return run(to.move_ticket_, what.ticket, what.queue.value, Maybe{skills_json(what.needs)},
                   what.queued_as);
    }

    int operator()(const WrapUpStarted& what)
    {
        return run(to.insert_wrap_up_, integer(event.seq), what.agent.value, what.ticket,
                   std::int64_t{what.units}, event.at, what.until);
    }

    int operator()(const WrapUpEnded& what)
    {
        return run(to.end_wrap_up_, what.agent.value, what.ticket, event.at);
    }

    int operator()(const AgentSeen&) { return SQLITE_DONE; }

    int operator()(const TicketWidened& what)
    {
        const auto skills = skills_json(what.needs);
        const int code = run(to.need_, what.ticket, Maybe{skills});
        if (code != SQLITE_DONE) return code;
        return run(to.insert_widening_, integer(event.seq), what.ticket, event.at, std::int64_t{what.step},
                   Maybe{skills});
    }

    int operator()(const PromiseMade& what)
    {
        return run(to.insert_promise_, integer(event.seq), what.ticket, event.at, what.answer_by, what.why);
    }

    /// Writes the ticket that was opened but has not been routed.
    int unrouted()
    {
        return to.opened_ ? new_ticket({}, {}, {}, {}, {}, {}, {}, Instant::max()) : SQLITE_DONE;
    }

private:
    int contact(TicketId ticket, const Contact& contact)
    {
        return run(to.insert_contact_, integer(event.seq), ticket, contact.at, contact.source, contact.ref,
                   to_string(contact.channel), Maybe{contact.customer.value}, Maybe{contact.subject},
                   Maybe{contact.body}, Maybe{facts_json(contact.facts)});
    }

    int ticket_row(const TicketRouted& what, Maybe tags, Maybe skills)
    {
        const auto& routing = what.routing;
        const Maybe queue{routing.queue.value}, priority{to_string(routing.priority)};
        const auto* const opened = to.opened_ ? std::get_if<TicketOpened>(&to.opened_->what) : nullptr;
        if (opened && opened->ticket == what.ticket)
            return new_ticket(queue, priority, Maybe{routing.intent}, tags, skills, Maybe{routing.sla},
                              Maybe{routing.contact_by}, what.queued_as);
        return run(to.route_ticket_, what.ticket, queue, priority, Maybe{routing.intent}, tags, skills,
                   Maybe{routing.sla}, Maybe{routing.contact_by}, what.queued_as);
    }

    /// The row of the ticket in `opened_`.
    int new_ticket(Maybe queue, Maybe priority, Maybe intent, Maybe tags, Maybe skills, Maybe sla,
                   Maybe contact_by, Instant queued_as)
    {
        const Event& at = *std::exchange(to.opened_, nullptr);
        const auto& opened = std::get<TicketOpened>(at.what);
        const auto& contact = opened.contact;
        return run(to.insert_ticket_, opened.ticket, to_string(contact.channel),
                   Maybe{contact.customer.value}, Maybe{contact.subject}, contact.source, contact.ref,
                   opened.follows, at.at, queue, priority, intent, tags, skills, sla, contact_by, queued_as);
    }

    int back_on_queue(TicketId ticket, std::string_view outcome, std::string_view reason)
    {
        const int code = run(to.free_ticket_, ticket);
        return code == SQLITE_DONE ? run(to.end_offer_, ticket, outcome, Maybe{reason}, event.at) : code;
    }
};

Result<void> ReadModelWriter::show(std::span<const Event> events)
{
    opened_ = nullptr;
    int code = SQLITE_DONE;
    for (const Event& event : events) {
        Shower shower{*this, event};
        if (const auto day = event.at.ms / ms_a_day; day != day_) {
            code = write_hits();
            day_ = day;
            if (code != SQLITE_DONE) return database_->failure("counting hits of rules");
        }
        // A new ticket's row waits for the event after it and no longer: any other may want to change it.
        if (!std::holds_alternative<TicketRouted>(event.what)) code = shower.unrouted();
        if (code == SQLITE_DONE) code = std::visit(shower, event.what);
        if (code != SQLITE_DONE)
            return database_->failure(fmt::format("showing seq {} ({})", event.seq, name_of(event.what)));
    }
    if (opened_ && Shower{*this, *opened_}.unrouted() != SQLITE_DONE)
        return database_->failure("showing a ticket");
    if (write_hits() != SQLITE_DONE) return database_->failure("counting hits of rules");
    return {};
}

}  // namespace triaged::journal
