// Options: what triagectl was asked to do, read from its arguments and environment.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace triaged::ctl {

struct Options {
    std::string command;  // the subcommand's name

    std::string config_file;  // of every subcommand
    std::string connect;      // empty: what the configuration listens on
    std::string token;        // empty: what the configuration holds for the role needed
    bool json = false;
    bool no_color = false;

    std::vector<std::string> files;  // check, test, feed; simulate: where the tickets are
    bool analysis = true;            // check
    bool strict = false;             // check: warnings are findings
    bool sarif = false;              // check
    unsigned query_ms = 1000;        // check, explain: the longest one proof may take
    std::string target;  // explain: file, `-` or ticket; ticket: id; backup, import: file; completions: shell
    bool sla = false;    // ticket: how its clocks came to what they show
    bool then = false;   // explain: a ticket as it was decided
    std::string why_not;                // explain: the rule to account for
    bool dry = false;                   // fmt, import: only say what would change
    std::string format;                 // import: what the file holds
    std::string folder;                 // import: where to write
    std::string to_queue;               // explain: where the ticket should have gone
    std::string at;                     // explain: the time as of which to judge
    std::string agent;                  // assign, transfer: to whom; explain: why it is not theirs
    std::string queue;                  // requeue, transfer
    std::string into;                   // merge: the ticket that goes on
    std::string note;                   // assign, requeue, transfer: for the next who has it
    bool force = false;                 // assign: whatever the agent can take
    std::string source;                 // split: with the ref, names the contact
    std::string ref;                    // split: empty undoes a merge
    std::string subject;                // split: of that contact, and
    std::string body;                   // its text
    std::string filter;                 // test: a part of the names of the cases to run
    bool coverage = false;              // test
    bool mutate = false;                // test
    std::string junit;                  // test: the file to write, or empty
    std::size_t jobs = 0;               // test, forecast: 0 means as many as the machine has cores
    bool dead = false;                  // outbox: only what could not be sent
    bool retry = false;                 // outbox: send that again
    std::optional<std::uint64_t> from;  // watch: the first seq wanted; outbox: the one to retry
    std::vector<std::string> events;    // watch: names; empty means all
    std::size_t window = 256;           // feed
    std::string data_dir;               // rebuild, verify, backup, simulate: empty means the configuration's
    std::vector<std::string> rules;     // simulate: the edit to try
    std::vector<std::string> against;   // simulate: what to compare it with; empty means what was decided
    std::optional<double> fail_over;    // simulate: percent of tickets that may come out otherwise
    std::string idle;                   // rules: only those that have not fired for so long
    bool cases = false;                 // schema: of test cases
    std::string action;                 // problem: what to do, or empty: show it
    std::vector<std::string> with;      // problem: a queue, a problem, tickets
    std::string text;                   // problem answer: what customers are told; open: what it is about
    std::string disposition;            // problem answer
    std::string by = "queue";           // nps: how answers are grouped
    std::string since;                  // nps: only answers of so long ago at most
    std::string stage;                  // rules: only those of this stage
    int hours = 0;                      // forecast: how far; replay: how long, 0 means to the end of history
    int runs = 200;                     // forecast
    std::uint64_t seed = 1;             // forecast, replay
    bool add_given = false;
    std::string add;          // forecast: skills of one more agent, `german:3,returns:2`
    std::string agents_file;  // forecast, replay: instead of the configured one
    std::string
        from_time;  // RFC 3339; forecast: empty is now; replay: empty is a day before the end of history
    std::size_t samples = 3;  // simulate: tickets named for each kind of change
};

/// Arguments that end at once: help, version, or a mistake.
struct Ending {
    int exit_code = 0;
    std::string out;  // for standard output
    std::string err;  // for standard error
};

/// A subcommand as shell completions need it.
struct CommandShape {
    std::string name;
    std::string about;
    std::vector<std::pair<std::string, std::string>> flags;  // `--window`, what it is for
};

/// Reads the arguments after the program's name, then TRIAGED_CONFIG and TRIAGED_TOKEN for what they leave
/// out.
std::variant<Options, Ending> parse_options(const std::vector<std::string>& arguments);

/// Every subcommand with its flags, in the order of `--help`; first a nameless one with the flags of all.
std::vector<CommandShape> command_shapes();

}  // namespace triaged::ctl
