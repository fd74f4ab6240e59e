#include <fmt/format.h>

#include "engine/journal/read_model.hpp"
#include "engine/journal/read_model_reader.hpp"
#include "engine/journal/sqlite.hpp"

namespace triaged::journal {

namespace {

/// SQL for the time in column `name` as protocol.md spells times, or NULL.
std::string iso(std::string_view name)
{
    return fmt::format("strftime('%Y-%m-%dT%H:%M:%fZ', {0} / 1000.0, 'unixepoch')", name);
}

/// SQL for a JSON array of `object`s, one a row of `table` that belongs to the ticket, in order.
std::string list(std::string_view table, std::string_view object)
{
    return fmt::format(
        "(SELECT json_group_array(json_object({})) FROM (SELECT * FROM {} WHERE ticket = t.id ORDER BY seq))",
        object, table);
}

std::string story_sql()
{
    const std::string contacts = list(
        "contacts",
        "'seq', seq, 'at', " + iso("at_ms") +
            ", 'source', source, 'ref', ref, 'channel', channel, 'customer', customer, 'subject', subject,"
            " 'body', body, 'facts', json(facts)");
    const std::string decisions = list(
        "decisions",
        "'seq', seq, 'at', " + iso("at_ms") +
            ", 'rulebook', rulebook, 'queue', queue, 'priority', priority, 'intent', intent, 'sla', sla,"
            " 'contact_by', contact_by, 'tags', json(tags), 'skills', json(skills), 'facts', json(facts),"
            " 'rules', json(rules), 'near', json(near), 'lost', json(lost)");
    const std::string escalations = list(
        "escalations",
        "'seq', seq, 'at', " + iso("at_ms") +
            ", 'rulebook', rulebook, 'rule', rule, 'priority', priority, 'queue', queue, 'tags', json(tags),"
            " 'skills', json(skills), 'notify', json(notify), 'contact_by', contact_by");
    const std::string offers = list(
        "offers", "'seq', seq, 'at', " + iso("at_ms") + ", 'agent', agent, 'units', units, 'expires_at', " +
                      iso("expires_ms") +
                      ", 'given_by', given_by, 'outcome', outcome, 'reason', reason, 'accepted_at', " +
                      iso("accepted_ms") + ", 'ended_at', " + iso("ended_ms") + ", 'losers', json(losers)");
    const std::string moves = list(
        "moves", "'seq', seq, 'at', " + iso("at_ms") +
                     ", 'agent', agent, 'from', from_queue, 'queue', queue, 'by', moved_by, 'note', note");
    return "SELECT json_object('ticket', 'T-' || id, 'phase', phase, 'queue', queue, 'priority', priority, "
           "'intent', intent,"
           " 'tags', json(tags), 'skills', json(skills), 'sla', sla, 'contact_by', contact_by, 'agent', "
           "agent,"
           " 'disposition', disposition, 'outcome', outcome, 'callback_number', callback_number, 'channel', "
           "channel, 'customer', customer, 'subject', subject, "
           "'source', source,"
           " 'ref', ref, 'follows', 'T-' || follows, 'opened_at', " +
           iso("opened_ms") + ", 'queued_as', " + iso("queued_as_ms") + ", 'assigned_at', " +
           iso("assigned_ms") + ", 'closed_at', " + iso("closed_ms") + ", 'contacts', " + contacts +
           ", 'decisions', " + decisions + ", 'escalations', " + escalations + ", 'offers', " + offers +
           ", 'moves', " + moves + ") FROM tickets t WHERE id = ?";
}

}  // namespace

Result<std::string> ticket_json(const std::string& path, TicketId id)
{
    auto database = open_read_model(path);
    if (!database) return tl::unexpected(database.error());
    auto story = database->prepare(story_sql());
    if (!story) return tl::unexpected(story.error());
    story->bind(1, static_cast<std::int64_t>(id.value));
    const int code = story->step();
    if (code == SQLITE_ROW) return std::string(story->bytes(0));
    if (code != SQLITE_DONE) return database->failure("reading " + to_string(id));
    return fail(ErrorCode::unknown_ticket, fmt::format("{}: shows no ticket {}", path, to_string(id)));
}

}  // namespace triaged::journal
