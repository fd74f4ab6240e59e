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
    std::string target;     // explain: file, `-` or ticket; ticket: id; backup: file; completions: shell
    bool then = false;      // explain: a ticket as it was decided
    std::string why_not;    // explain: the rule to account for
    std::string to_queue;   // explain: where the ticket should have gone
    std::string at;         // explain: the time as of which to judge
    std::string filter;     // test: a part of the names of the cases to run
    bool coverage = false;  // test
    bool mutate = false;    // test
    std::string junit;      // test: the file to write, or empty
    std::size_t jobs = 0;   // test: 0 means as many as the machine has cores
    std::optional<std::uint64_t> from;  // watch: the first seq wanted
    std::vector<std::string> events;    // watch: names; empty means all
    std::size_t window = 256;           // feed
    std::string data_dir;               // rebuild, verify, backup, simulate: empty means the configuration's
    std::vector<std::string> rules;     // simulate: the edit to try
    std::vector<std::string> against;   // simulate: what to compare it with; empty means what was decided
    std::optional<double> fail_over;    // simulate: percent of tickets that may come out otherwise
    std::string idle;                   // rules: only those that have not fired for so long
    bool cases = false;                 // schema: of test cases
    std::string stage;                  // rules: only those of this stage
    std::size_t samples = 3;            // simulate: tickets named for each kind of change
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
