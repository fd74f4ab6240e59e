// Views: the daemon's answers as people read them.

#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace triaged::ctl {

// Each takes the daemon's reply and returns text that ends in a newline; docs/protocol.md says what a reply
// holds.

std::string view_queues(const boost::json::object& reply, bool colour);
std::string view_agents(const boost::json::object& reply, bool colour);
std::string view_problems(const boost::json::object& reply, bool colour);
/// The first of `problems`, with its tickets.
std::string view_problem(const boost::json::object& reply, bool colour);
std::string view_ticket(const boost::json::object& reply, bool colour);
/// What the read model tells of a ticket (`journal::ticket_json`), with its history.
std::string view_story(const boost::json::object& story, bool colour);
/// The clocks of a ticket, each with the stretches it counted and those it did not.
std::string view_sla(const boost::json::object& reply, bool colour);
std::string view_stats(const boost::json::object& reply, bool colour);

/// One event that was pushed to a watcher, on one line.
std::string view_event(const boost::json::object& event, bool colour);

/// Where a ticket is after it changed hands.
std::string view_hand(const boost::json::object& reply, bool colour);
/// What `reload` did.
std::string view_reload(const boost::json::object& reply, bool colour);
/// The mistakes because of which `reload` did nothing; empty if the reply names none.
std::string view_diagnostics(const boost::json::object& reply, bool colour);

}  // namespace triaged::ctl
