// The read model's tables, as docs/journal-format.md describes them.

#pragma once

#include <string_view>

namespace triaged::journal {

inline constexpr int read_model_application_id = 0x7472726d;  // 'trrm'
inline constexpr int read_model_version = 8;

// Rows of events are keyed by the event's sequence number, tickets by their own: both grow, so that inserts
// and the few indexes only ever touch the last page.
inline constexpr std::string_view read_model_schema = R"sql(
    CREATE TABLE meta(applied INTEGER NOT NULL);
    INSERT INTO meta VALUES(0);
    CREATE TABLE tickets(
        id INTEGER PRIMARY KEY, phase TEXT NOT NULL, queue TEXT, priority TEXT, intent TEXT, tags TEXT, skills TEXT,
        sla TEXT, contact_by TEXT, agent TEXT, disposition TEXT, channel TEXT NOT NULL, customer TEXT, subject TEXT,
        source TEXT NOT NULL, ref TEXT NOT NULL, follows INTEGER, contacts INTEGER NOT NULL,
        escalations INTEGER NOT NULL, opened_ms INTEGER NOT NULL, queued_as_ms INTEGER, assigned_ms INTEGER,
        closed_ms INTEGER, merged_into INTEGER, reopened INTEGER NOT NULL DEFAULT 0,
        outcome TEXT, callback_number TEXT, callback_ms INTEGER);
    CREATE INDEX tickets_open ON tickets(queue, phase) WHERE closed_ms IS NULL;
    CREATE TABLE contacts(
        seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, at_ms INTEGER NOT NULL, source TEXT NOT NULL,
        ref TEXT NOT NULL, channel TEXT NOT NULL, customer TEXT, subject TEXT, body TEXT, facts TEXT,
        joined_by TEXT);
    CREATE INDEX contacts_ticket ON contacts(ticket);
    CREATE TABLE decisions(
        seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, at_ms INTEGER NOT NULL, rulebook TEXT NOT NULL,
        queue TEXT NOT NULL, priority TEXT NOT NULL, intent TEXT, sla TEXT, contact_by TEXT, tags TEXT, skills TEXT,
        facts TEXT, rules TEXT NOT NULL, near TEXT, lost TEXT);
    CREATE INDEX decisions_ticket ON decisions(ticket);
    CREATE TABLE escalations(
        seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, at_ms INTEGER NOT NULL, rulebook TEXT NOT NULL,
        rule TEXT NOT NULL, priority TEXT, queue TEXT, tags TEXT, skills TEXT, notify TEXT, contact_by TEXT,
        inhibited TEXT, inhibited_by INTEGER);
    CREATE INDEX escalations_ticket ON escalations(ticket);
    CREATE TABLE offers(
        seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, agent TEXT NOT NULL, units INTEGER NOT NULL,
        at_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, losers TEXT, outcome TEXT NOT NULL, reason TEXT,
        accepted_ms INTEGER, ended_ms INTEGER, given_by TEXT);
    CREATE INDEX offers_ticket ON offers(ticket);
    CREATE TABLE replies(
        seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, at_ms INTEGER NOT NULL, agent TEXT NOT NULL, body TEXT);
    CREATE INDEX replies_ticket ON replies(ticket);
    CREATE TABLE holds(
        seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, at_ms INTEGER NOT NULL, agent TEXT NOT NULL, reason TEXT,
        until_ms INTEGER, ended_ms INTEGER, ended_by TEXT);
    CREATE INDEX holds_ticket ON holds(ticket);
    CREATE TABLE sla(
        ticket INTEGER NOT NULL, target TEXT NOT NULL, since_ms INTEGER NOT NULL, policy TEXT NOT NULL,
        due_ms INTEGER, warned_ms INTEGER, breached_ms INTEGER, met_ms INTEGER, used_ms INTEGER, late_ms INTEGER,
        PRIMARY KEY(ticket, target, since_ms)) WITHOUT ROWID;
    CREATE TABLE moves(
        seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, at_ms INTEGER NOT NULL, agent TEXT, from_queue TEXT,
        queue TEXT NOT NULL, moved_by TEXT NOT NULL, note TEXT);
    CREATE INDEX moves_ticket ON moves(ticket);
    CREATE TABLE wrap_ups(
        seq INTEGER PRIMARY KEY, agent TEXT NOT NULL, ticket INTEGER NOT NULL, units INTEGER NOT NULL,
        at_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, ended_ms INTEGER);
    CREATE INDEX wrap_ups_ticket ON wrap_ups(ticket);
    CREATE TABLE promises(
        seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, at_ms INTEGER NOT NULL, queue TEXT, channel TEXT,
        why TEXT NOT NULL, promised_ms INTEGER NOT NULL, delivered_ms INTEGER);
    CREATE INDEX promises_open ON promises(ticket) WHERE delivered_ms IS NULL;
    CREATE TABLE widenings(
        seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, at_ms INTEGER NOT NULL, queue TEXT,
        step INTEGER NOT NULL, skills TEXT);
    CREATE TABLE agents(
        id TEXT PRIMARY KEY NOT NULL, name TEXT, skills TEXT, capacity INTEGER NOT NULL, presence TEXT NOT NULL,
        reason TEXT, signed_in_ms INTEGER NOT NULL, presence_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE customers(
        id TEXT PRIMARY KEY NOT NULL, facts TEXT NOT NULL, updated_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE feedback(
        seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, source TEXT NOT NULL, ref TEXT NOT NULL, customer TEXT,
        ticket INTEGER, nps INTEGER, csat INTEGER, text TEXT, queue TEXT, tier TEXT, kind TEXT, marketplace TEXT);
    CREATE TABLE problems(
        id INTEGER PRIMARY KEY, policy TEXT, about TEXT NOT NULL, count INTEGER, usual REAL, opened_ms INTEGER NOT NULL,
        closed_ms INTEGER, held INTEGER NOT NULL, merged_into INTEGER, told TEXT, answer TEXT);
    CREATE TABLE problem_tickets(
        problem INTEGER NOT NULL, ticket INTEGER NOT NULL, linked_ms INTEGER NOT NULL, unlinked_ms INTEGER,
        answered_ms INTEGER, PRIMARY KEY(problem, ticket)) WITHOUT ROWID;
    CREATE INDEX problem_tickets_ticket ON problem_tickets(ticket);
    CREATE TABLE orders(
        id TEXT PRIMARY KEY NOT NULL, customer TEXT, facts TEXT NOT NULL, updated_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE contracts(
        id TEXT PRIMARY KEY NOT NULL, customer TEXT NOT NULL, sla TEXT, until_ms INTEGER,
        updated_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE rulebooks(
        id TEXT PRIMARY KEY NOT NULL, digest TEXT NOT NULL, rules INTEGER NOT NULL,
        adopted_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE rules(
        rulebook TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, conditions TEXT,
        PRIMARY KEY(rulebook, position)) WITHOUT ROWID;
    CREATE TABLE rule_hits(
        rule TEXT NOT NULL, day INTEGER NOT NULL, hits INTEGER NOT NULL, last_ms INTEGER NOT NULL,
        PRIMARY KEY(rule, day)) WITHOUT ROWID;
    CREATE TABLE rule_files(
        rulebook TEXT NOT NULL, file TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY(rulebook, file));
)sql";

}  // namespace triaged::journal
