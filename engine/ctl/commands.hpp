// Commands: what each subcommand does. All return how triagectl should end.

#pragma once

#include <string>
#include <vector>

#include "engine/ctl/console.hpp"
#include "engine/ctl/options.hpp"

namespace triaged::ctl {

/// Reads the arguments after the program's name and does what they say. The whole of triagectl but the
/// process.
int run(const std::vector<std::string>& arguments, Console console);

// Without the daemon: configuration and rules.
int check_command(const Options& options, const Console& console);
int test_command(const Options& options, const Console& console);
int explain_then_command(const Options& options, const Console& console);
int explain_file_command(const Options& options, const Console& console);
int fmt_command(const Options& options, const Console& console);
int import_rules_command(const Options& options, const Console& console);
int rules_command(const Options& options, const Console& console);
int nps_command(const Options& options, const Console& console);
int schema_command(const Options& options, const Console& console);
int simulate_command(const Options& options, const Console& console);
int forecast_command(const Options& options, const Console& console);
int replay_command(const Options& options, const Console& console);

// By the daemon.
int feed_command(const Options& options, const Console& console);
int import_records_command(const Options& options, const Console& console);
int ask_command(const Options& options, const Console& console);  // queues, agents, stats
int problem_command(const Options& options, const Console& console);
int ticket_command(const Options& options, const Console& console);
int explain_ticket_command(const Options& options, const Console& console);
int hand_command(const Options& options,
                 const Console& console);  // assign, requeue, transfer, merge, split, reopen
int reload_command(const Options& options, const Console& console);
int shadow_command(const Options& options, const Console& console);
int watch_command(const Options& options, const Console& console);

// Without the daemon: the journal.
int verify_command(const Options& options, const Console& console);
int rebuild_command(const Options& options, const Console& console);
int outbox_command(const Options& options, const Console& console);
int backup_command(const Options& options, const Console& console);

}  // namespace triaged::ctl
