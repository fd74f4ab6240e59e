// The only file that includes CLI11, which takes longer to compile than all the rest of triagectl.

#include "engine/ctl/options.hpp"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include "engine/ctl/console.hpp"
#include "engine/ctl/feed.hpp"

namespace triaged::ctl {

namespace {

constexpr const char* about =
    "Asks, feeds and checks triaged, the daemon that routes support tickets by rules.";

constexpr const char* examples = R"(
Examples:
  triagectl check                         are the configuration and the rules right?
  triagectl test --filter fraud           run the test cases beside the rules
  triagectl simulate --rules drafts/      what would this edit have changed?
  triagectl forecast --add german:3       the hours to come, and with one more agent
  triagectl feed tickets.jsonl            send tickets; safe to run again
  triagectl queues                        what waits where
  triagectl explain T-1042                why a ticket went where it went
  triagectl watch --events ticket_routed  see decisions as they are made
  triagectl queues --json | jq .          every answer also comes as JSON

Exit codes: 0 good, 1 findings or refused, 2 usage or nobody to connect to.)";

void add_common(CLI::App& app, Options& options)
{
    app.add_option("--config", options.config_file,
                   "Configuration of the daemon [config/triaged.yaml, else /etc/triaged/config/triaged.yaml]")
        ->envname("TRIAGED_CONFIG")
        ->type_name("FILE");
    app.add_option("--connect", options.connect, "Where triaged listens [as configured, else 127.0.0.1:7070]")
        ->type_name("HOST:PORT|unix:PATH");
    app.add_option("--token", options.token, "Bearer token; better given as TRIAGED_TOKEN [as configured]")
        ->envname("TRIAGED_TOKEN")
        ->type_name("TEXT");
    app.add_flag("--json", options.json, "Answer in JSON, for programs");
    app.add_flag("--no-color", options.no_color, "Never colour; NO_COLOR says the same");
}

CLI::App& add_command(CLI::App& app, Options& options, const std::string& name, const std::string& does)
{
    auto* const command = app.add_subcommand(name, does);
    command->callback([&options, name] { options.command = name; });
    command->footer("");           // of its own, if any: not the whole program's examples
    command->set_help_all_flag();  // nor its flag
    return *command;
}

void add_check(CLI::App& app, Options& options)
{
    auto& check = add_command(app, options, "check", "Check the configuration and the rules");
    check
        .add_option("files", options.files,
                    "Rules files or folders instead of the configuration's, or a configuration")
        ->type_name("PATH");
    check.add_flag("!--no-analysis", options.analysis, "Look for mistakes only; prove nothing");
    check.add_flag("--strict", options.strict, "Exit code 1 for warnings too");
    check.add_flag("--sarif", options.sarif, "Answer in SARIF 2.1.0, for code review tools");
    check.add_option("--timeout", options.query_ms, "The longest one proof may take")
        ->capture_default_str()
        ->check(CLI::Range(1U, 600'000U))
        ->type_name("MS");
    check.footer(
        "\nMistakes are shown as file:line:column with the line and a caret. Rules without mistakes are "
        "analysed: "
        "rules that\ncan never fire, conditions that change nothing, queues without work or agents. Exit "
        "code 1 if "
        "there are mistakes.\n\n"
        "  triagectl check\n  triagectl check drafts/rules/");
}

void add_test(CLI::App& app, Options& options)
{
    auto& test = add_command(app, options, "test", "Run the test cases and timelines beside the rules");
    test.add_option("files", options.files, "Test files instead of every *.test.yaml beside the rules")
        ->type_name("FILE");
    test.add_option("--filter", options.filter, "Only cases whose name holds this; the others are skipped")
        ->type_name("TEXT");
    test.add_flag("--coverage", options.coverage,
                  "Show the rules and conditions that no case puts to the test");
    test.add_flag("--mutate", options.mutate,
                  "Put small mistakes into the rules, and show those no case notices");
    test.add_option("--junit", options.junit, "Write the results as JUnit XML, for CI systems")
        ->type_name("FILE");
    test.add_option("-j,--jobs", options.jobs, "Threads to use [as many as the machine has cores]")
        ->check(CLI::Range(1, 1024))
        ->type_name("N");
    test.footer(R"(
Nothing is asked of the daemon. Exit code 1 if a test fails.

  triagectl test
  triagectl test --filter fraud
  triagectl test --coverage --mutate      what the tests would not notice)");
}

void add_explain(CLI::App& app, Options& options)
{
    auto& explain = add_command(app, options, "explain", "Say why a ticket goes, or went, where it does");
    explain
        .add_option("ticket", options.target,
                    "A ticket's id (asks the daemon), or a JSON file or - (asks the rules)")
        ->required()
        ->type_name("T-ID|FILE|-");
    explain.add_flag(
        "--then", options.then,
        "As it was decided: what was known then, by the rules then in force (reads the journal)");
    explain.add_option("--agent", options.agent, "Say why an open ticket is not with this agent")
        ->type_name("ID");
    explain
        .add_option(
            "--why-not", options.why_not,
            "One rule's account: its conditions with what was seen, and who set what it would have set")
        ->type_name("RULE");
    explain
        .add_option("--to", options.to_queue,
                    "The smallest change of facts and words that sends the ticket there")
        ->type_name("QUEUE");
    explain.add_option("--at", options.at, "As it stood at this time (of a past ticket; reads the journal)")
        ->type_name("TIME");
    explain.add_option("--timeout", options.query_ms, "With --to: the longest one question may take")
        ->capture_default_str()
        ->check(CLI::Range(1U, 600'000U))
        ->type_name("MS");
    explain
        .add_option("--data-dir", options.data_dir, "Where journal.db is, for what reads it [as configured]")
        ->type_name("DIR");
    explain.footer(
        "\nOf a ticket by its id, --why-not, --to and --at read the journal, as --then does.\n\n"
        "  triagectl explain T-1042\n  triagectl explain T-1042 --then\n"
        "  triagectl explain T-1042 --at 2026-11-22T09:30:00Z\n"
        "  triagectl explain T-1042 --why-not to-returns\n  triagectl explain T-1042 --agent ana\n"
        "  triagectl explain ticket.json --to returns\n"
        "  echo '{\"channel\":\"email\",\"body\":\"my parcel is late\"}' | triagectl explain -");
}

/// `2%` or `2`: percent.
std::string to_percent(std::string& text)
{
    if (text.ends_with('%')) text.pop_back();
    return {};
}

void add_simulate(CLI::App& app, Options& options)
{
    auto& simulate =
        add_command(app, options, "simulate", "Say what an edit of the rules would have changed");
    simulate.add_option("--rules", options.rules, "The edit: files and folders of rules")
        ->required()
        ->type_name("PATH");
    simulate
        .add_option("--from", options.files,
                    "A journal, or files of tickets as `feed` takes them [the desk's journal]")
        ->type_name("FILE");
    simulate
        .add_option("--against", options.against,
                    "Rules to compare with [what was decided; for files, the configured rules]")
        ->type_name("PATH");
    simulate
        .add_option("--fail-over", options.fail_over,
                    "Exit code 1 if more tickets than this come out otherwise")
        ->transform(CLI::Validator(to_percent, "", ""))
        ->check(CLI::Range(0.0, 100.0))
        ->type_name("PERCENT");
    simulate.add_option("--samples", options.samples, "Tickets to name for each kind of change")
        ->capture_default_str();
    simulate.add_option("--data-dir", options.data_dir, "Where journal.db is [as configured]")
        ->type_name("DIR");
    simulate.footer(
        "\nNothing is changed, and the daemon may be running. Tickets are decided as they came in: with what "
        "was known\n"
        "of them and their customers then, and the escalations of that moment.\n\n"
        "  triagectl simulate --rules drafts/rules\n"
        "  triagectl simulate --rules drafts/rules --against rules --from config/sample/*.jsonl --fail-over "
        "2%");
}

void add_fmt(CLI::App& app, Options& options)
{
    auto& format = add_command(app, options, "fmt", "Lay out rules and test files in one way");
    format
        .add_option("files", options.files,
                    "Files and folders instead of the configured rules; - is standard input")
        ->type_name("PATH");
    format.add_flag("--check", options.dry, "Change nothing; exit code 1 if a file would change");
    format.footer(
        "\nEvery comment stays, and so does what the file means: it is read again and compared before "
        "anything is\n"
        "written. A file that cannot be laid out is left as it is.\n\n"
        "  triagectl fmt\n  triagectl fmt --check drafts/rules      for CI");
}

void add_import(CLI::App& app, Options& options)
{
    auto& importing =
        add_command(app, options, "import",
                    "Send customers, orders or contracts from CSV, or turn another product's rules "
                    "into a rulebook");
    importing.add_option("what", options.format, "What the file holds")
        ->required()
        ->check(CLI::IsMember({"customers", "orders", "contracts", "zendesk-triggers", "alertmanager"}));
    importing.add_option("file", options.target, "A CSV file, or the export of rules")
        ->required()
        ->type_name("FILE");
    importing.add_flag("--dry-run", options.dry, "CSV: check every row and send nothing");
    importing.add_option("--window", options.window, "CSV: requests on their way at once")
        ->check(CLI::Range(std::size_t{1}, feed_window_max))
        ->capture_default_str();
    importing
        .add_option("--out", options.folder,
                    "Rules: a folder for them and a configuration that declares their names")
        ->type_name("DIR");
    importing.footer(R"(
CSV files have commas, UTF-8, and a first row that names the columns:
  customers   id, and facts of customers: tier, language, kind, ...
  orders      id, customer, and facts of orders: value, status, product, ...
  contracts   contract, customer, sla, until
An empty cell says nothing. A bad row is shown as file:line:column and does not stop the rest; exit code 1 says
that there was one. Sending a file again changes nothing but what is new in it.

zendesk-triggers is the JSON of Zendesk's triggers API; alertmanager its alertmanager.yml. What could not be
carried over is listed, and written beside the rules as NOT-IMPORTED.txt. Nothing there is overwritten.

  triagectl import customers crm.csv --dry-run
  triagectl import customers crm.csv
  triagectl import zendesk-triggers triggers.json --out imported
  triagectl check --config imported/config/triaged.yaml)");
}

void add_forecast(CLI::App& app, Options& options)
{
    auto& forecast =
        add_command(app, options, "forecast", "Look ahead: waits and breaches in the hours to come");
    forecast.add_option("--hours", options.hours, "How far [8]")
        ->check(CLI::Range(1, 24 * 14))
        ->type_name("N");
    forecast.add_option("--from", options.from_time, "Where to begin [now]")->type_name("TIME");
    forecast.add_option("--runs", options.runs, "How often the hours are played")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str()
        ->type_name("N");
    forecast
        .add_option_function<std::string>(
            "--add",
            [&options](const std::string& skills) {
                options.add_given = true;
                options.add = skills;
            },
            "Also with one more agent of these skills, such as german:3,returns:2; \"\" for none")
        ->type_name("SKILL:LEVEL,…");
    forecast.add_option("--agents", options.agents_file, "An agents file with shifts [as configured]")
        ->type_name("FILE");
    forecast.add_option("--seed", options.seed, "Of the dice: the same seed, the same answer")
        ->capture_default_str();
    forecast.add_option("-j,--jobs", options.jobs, "Threads to use [as many as the machine has cores]")
        ->check(CLI::Range(1, 1024))
        ->type_name("N");
    forecast.add_option("--data-dir", options.data_dir, "Where journal.db is [as configured]")
        ->type_name("DIR");
    forecast.footer(
        "\nPlays the desk on from where it is, with contacts, handling times and patience as the journal has "
        "them "
        "for the\nhour of the week. Agents with a shift come and go by it; the others stay as they are. "
        "Nothing is "
        "changed, and the\ndaemon may be running.\n\n"
        "  triagectl forecast --hours 4\n  triagectl forecast --add german:3 --json");

    auto& replay =
        add_command(app, options, "replay", "Play a recorded day again with other agents, and compare");
    replay.add_option("--agents", options.agents_file, "Who is there: an agents file, with shifts")
        ->required()
        ->type_name("FILE");
    replay.add_option("--from", options.from_time, "Where to begin [24 hours before the end of history]")
        ->type_name("TIME");
    replay.add_option("--hours", options.hours, "For how long [24]")
        ->check(CLI::Range(1, 24 * 31))
        ->type_name("N");
    replay.add_option("--seed", options.seed, "Of the dice for what was not recorded")->capture_default_str();
    replay.add_option("--data-dir", options.data_dir, "Where journal.db is [as configured]")
        ->type_name("DIR");
    replay.footer(
        "\nContacts come as they came, each takes as long as it took, and who gave up waiting gives up after "
        "the "
        "same time.\nOnly the agents of FILE are there: during their shift, which names a calendar, or else "
        "all "
        "the time.\n\n"
        "  triagectl replay --agents drafts/agents.yaml --from 2026-11-23T00:00:00Z --hours 24");
}

void add_schema(CLI::App& app, Options& options)
{
    auto& schema =
        add_command(app, options, "schema", "Print the rule language as a JSON Schema, for editors");
    schema.add_flag("--cases", options.cases, "The schema of *.test.yaml instead");
    schema.footer(
        "\nIt knows this desk's facts, queues, skills, SLA policies and leads. Editors with a YAML language "
        "server complete and\n"
        "underline by it:\n\n"
        "  triagectl schema > rules/.schema.json\n"
        "  # yaml-language-server: $schema=.schema.json     the first line of each rules file");
}

void add_rules(CLI::App& app, Options& options)
{
    auto& rules = add_command(app, options, "rules", "List rules: how often each fired, and when last");
    rules.add_option("--idle", options.idle, "Only those that have not fired for so long")
        ->type_name("DURATION");
    rules.add_option("--stage", options.stage, "Only those of this stage")
        ->check(CLI::IsMember({"enrich", "classify", "prioritise", "route", "escalate"}));
    rules.add_option("--data-dir", options.data_dir, "Where readmodel.db is [as configured]")
        ->type_name("DIR");
    rules.footer(
        "\nCounts come from the read model beside the journal, since that began; they go by a rule's name, "
        "so\n"
        "an edit keeps them and a new name starts at none.\n\n"
        "  triagectl rules --idle 30d          what could go\n  triagectl rules --stage route --json");
}

void add_nps(CLI::App& app, Options& options)
{
    auto& nps = add_command(app, options, "nps", "Show what customers think of us, by queue or segment");
    nps.add_option("--by", options.by, "Of the ticket it was about, or of the customer")
        ->check(CLI::IsMember({"queue", "tier", "kind", "marketplace"}))
        ->capture_default_str();
    nps.add_option("--since", options.since, "Only answers of the last so long, such as 30d")
        ->type_name("DURATION");
    nps.add_option("--data-dir", options.data_dir, "Where readmodel.db is [as configured]")->type_name("DIR");
    nps.footer(
        "\nNPS is the share of promoters (9 or 10) less that of detractors (0 to 6), in percent. It comes\n"
        "from the read model beside the journal.\n\n"
        "  triagectl nps\n  triagectl nps --by tier --since 90d");
}

void add_problems(CLI::App& app, Options& options)
{
    add_command(app, options, "problems", "List open problems: surges of tickets with one cause");
    auto& problem = add_command(app, options, "problem", "Show a problem, or act on all its tickets at once");
    problem
        .add_option("id", options.target, "Such as P-7; or open, and then what it is about and its tickets")
        ->required()
        ->type_name("P-ID|open");
    problem.add_option("action", options.action, "What to do; show it if left out")->type_name("ACTION");
    problem
        .add_option("with", options.with,
                    "reroute: the queue; merge: the other problem; link, unlink: tickets")
        ->type_name("WHAT");
    problem.add_option("--text", options.text, "With answer: what every customer is told")->type_name("TEXT");
    problem.add_option("--disposition", options.disposition, "With answer: the outcome recorded")
        ->type_name("TEXT");
    problem.footer(
        "\nActions: hold, release, reroute QUEUE, answer --text TEXT, close, merge P-ID, unmerge, link "
        "T-ID…, "
        "unlink T-ID…\n\n"
        "  triagectl problem P-7\n  triagectl problem P-7 hold\n"
        "  triagectl problem P-7 answer --text 'The carrier is back; your parcel comes tomorrow.'\n"
        "  triagectl problem open 'Vouchers do not work' T-12 T-15");
}

void add_daemon_commands(CLI::App& app, Options& options)
{
    auto& feed = add_command(app, options, "feed", "Send tickets, one JSON object a line");
    feed.add_option("files", options.files, "Files of requests; - is standard input")
        ->required()
        ->type_name("FILE");
    feed.add_option("--window", options.window, "Requests on their way at once")
        ->check(CLI::Range(std::size_t{1}, feed_window_max))
        ->capture_default_str();
    feed.footer(
        "\nA line without `ref` gets one made of file name, line and content, so feeding a file again opens\n"
        "nothing twice. Refused lines are shown as file:line and do not stop the rest.\n\n"
        "  triagectl feed monday.jsonl tuesday.jsonl\n  zcat tickets.jsonl.gz | triagectl feed -");

    add_command(app, options, "queues", "List queues: what waits, for how long, who could serve");
    add_command(app, options, "agents", "List agents: presence, load, tickets");
    auto& ticket = add_command(app, options, "ticket", "Show where a ticket stands");
    ticket.add_option("id", options.target, "Such as T-1042")->required()->type_name("T-ID");
    ticket.add_flag("--sla", options.sla, "The clocks of its promises, and how they came to what they show");
    add_command(app, options, "stats", "Show counters, latency and the read model's lag");

    auto& watch = add_command(app, options, "watch", "Follow events as they become durable");
    watch.add_option("--from", options.from, "Start at this event [now]")->type_name("SEQ");
    watch.add_option("--events", options.events, "Only these, such as ticket_routed,offer_made")
        ->delimiter(',')
        ->type_name("NAME,…");
    watch.footer("\nEnds with Ctrl-C. A lost connection is taken up again after the last event shown.");

    add_command(app, options, "reload", "Have the daemon read its configuration and rules again")
        .footer("\nWith a mistake in either the old ones stay in force, and every mistake is shown.");

    auto& shadow = add_command(app, options, "shadow", "Try rules on live tickets, without effect");
    shadow.add_option("action", options.target, "What to do [show]")
        ->check(CLI::IsMember({"start", "show", "stop", "promote", "rollback"}))
        ->type_name("start|show|stop|promote|rollback");
    shadow.add_option("files", options.files, "With start: files and folders of rules")->type_name("PATH");
    shadow.footer(
        "\nEvery new ticket is judged by these rules too, on a thread of its own, and what differs is "
        "counted. "
        "`promote`\nbrings them into force at once; `rollback` brings back the rulebook before the one in "
        "force. "
        "Neither writes\nfiles: put promoted rules into the rules folder too, or the next reload or start "
        "brings "
        "back those there.\n\n"
        "  triagectl shadow start drafts/rules\n  triagectl shadow\n  triagectl shadow promote");
}

void add_hand_commands(CLI::App& app, Options& options)
{
    const auto on_ticket = [&](const char* name, const char* does) -> CLI::App& {
        auto& command = add_command(app, options, name, does);
        command.add_option("ticket", options.target, "Such as T-1042")->required()->type_name("T-ID");
        return command;
    };
    const auto with_note = [&](CLI::App& command) {
        command.add_option("--note", options.note, "For the next who has the ticket")->type_name("TEXT");
    };
    auto& assign = on_ticket("assign", "Give a ticket to an agent, whoever has it");
    assign.add_option("agent", options.agent, "Who gets it")->required()->type_name("AGENT");
    assign.add_flag("--force", options.force,
                    "Whatever their skills, room and presence, unless they are offline");
    with_note(assign);
    assign.footer(
        "\n  triagectl assign T-1042 ana\n  triagectl assign T-1042 ana --force --note 'Asked for her'");

    auto& requeue =
        on_ticket("requeue", "Put a ticket back on its queue, or on another, at the place it had");
    requeue.add_option("queue", options.queue, "Another queue")->type_name("QUEUE");
    with_note(requeue);

    auto& transfer = on_ticket("transfer", "Transfer a ticket to a queue or an agent, whoever has it");
    auto* const queue = transfer.add_option("--queue", options.queue, "To this queue")->type_name("QUEUE");
    transfer.add_option("--to", options.agent, "Straight to this agent")->type_name("AGENT")->excludes(queue);
    with_note(transfer);
    transfer.footer(
        "\n  triagectl transfer T-1042 --queue returns\n  triagectl transfer T-1042 --to ana --note 'She "
        "knows him'");

    on_ticket("merge", "Have what comes for one ticket go to another")
        .add_option("into", options.into, "The ticket that goes on")
        ->required()
        ->type_name("T-ID");

    auto& split = on_ticket("split", "Undo a merge, or make a contact a ticket of its own");
    split.add_option("--ref", options.ref, "The contact, by its sender's reference")->type_name("REF");
    split.add_option("--source", options.source, "The contact's sender [that of the latest]")
        ->type_name("NAME");
    split.add_option("--subject", options.subject, "Of a contact that is not the latest")->type_name("TEXT");
    split.add_option("--body", options.body, "Likewise")->type_name("TEXT");
    split.footer(R"(
Without --ref a merge is undone and the ticket waits again. With it, that contact becomes a ticket of its own.

  triagectl split T-1042
  triagectl split T-1042 --ref shop-991)");

    on_ticket("reopen", "Open a completed ticket again, at its old place");
}

void add_journal_commands(CLI::App& app, Options& options)
{
    const auto with_data_dir = [&](CLI::App& command,
                                   const char* where = "Where journal.db is [as configured]") -> CLI::App& {
        command.add_option("--data-dir", options.data_dir, where)->type_name("DIR");
        return command;
    };
    auto& outbox = with_data_dir(
        add_command(app, options, "outbox", "List what leads were told by webhook and mail, and what failed"),
        "Where outbox.db is [as configured]");
    outbox.add_flag("--dead", options.dead, "Only what was given up");
    auto* const retry = outbox.add_flag("--retry", options.retry, "Have what was given up sent again");
    outbox.add_option("--seq", options.from, "With --retry: only of this event")
        ->needs(retry)
        ->type_name("SEQ");
    outbox.footer(R"(
The daemon may be running. Exit code 1 if something was given up.

  triagectl outbox --dead        what was given up, and why
  triagectl outbox --retry       have it sent again, once the receiver is back)");
    with_data_dir(add_command(app, options, "verify", "Check every checksum of the journal"))
        .footer("\nReads only; the daemon may be running.");
    with_data_dir(
        add_command(app, options, "rebuild", "Drop the read model and build it anew from the journal"))
        .footer("\nStop the daemon first: it writes the read model while it runs.");
    auto& backup = with_data_dir(add_command(app, options, "backup", "Copy the journal to a file"));
    backup.add_option("file", options.target, "Must not exist yet")->required()->type_name("FILE");
    backup.footer(R"(
The daemon may be running. To restore:
  1. stop the daemon
  2. move journal.db, journal.db-wal, journal.db-shm and journal.db.*.snapshot away, and put the file there as journal.db
  3. triagectl verify && triagectl rebuild
  4. start the daemon)");

    auto& completions = add_command(app, options, "completions", "Print the completion script of a shell");
    completions.add_option("shell", options.target, "Which shell")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completions.footer("\n  triagectl completions bash > /etc/bash_completion.d/triagectl");
}

/// What each command is for, as `--help` orders them; and what all of them take.
void group_commands(CLI::App& app)
{
    static const std::vector<std::pair<const char*, std::vector<const char*>>> groups{
        {"Rules and configuration",
         {"check", "test", "explain", "simulate", "shadow", "reload", "rules", "fmt", "schema"}},
        {"What waits and what happens",
         {"queues", "agents", "ticket", "watch", "stats", "problems", "problem", "nps", "forecast",
          "replay"}},
        {"Tickets by hand", {"assign", "requeue", "transfer", "merge", "split", "reopen"}},
        {"In from elsewhere", {"feed", "import"}},
        {"Files of the daemon", {"backup", "verify", "rebuild", "outbox"}},
        {"This program", {"completions"}},
    };
    for (const auto& [group, commands] : groups)
        for (const auto* const name : commands) {
            auto* const command = app.get_subcommand(name);
            command->group(group);
            command->footer(
                command->get_footer() +
                "\n\nEvery command also takes --config, --connect, --token, --json and --no-color: "
                "see triagectl --help.");
        }
}

void describe(CLI::App& app, Options& options)
{
    app.name("triagectl");
    app.description(about);
    app.footer(examples);
    app.set_version_flag("--version", "triagectl " TRIAGED_VERSION);
    app.set_help_all_flag("--help-all", "Help of every command");
    app.require_subcommand(1);
    app.fallthrough();  // common flags may stand before and after the command
    add_common(app, options);
    add_check(app, options);
    add_test(app, options);
    add_explain(app, options);
    add_simulate(app, options);
    add_rules(app, options);
    add_fmt(app, options);
    add_schema(app, options);
    add_daemon_commands(app, options);
    add_problems(app, options);
    add_nps(app, options);
    add_forecast(app, options);
    add_hand_commands(app, options);
    add_import(app, options);
    add_journal_commands(app, options);
    group_commands(app);
}

std::vector<std::pair<std::string, std::string>> flags_of(const CLI::App& app)
{
    std::vector<std::pair<std::string, std::string>> flags;
    for (const auto* option : app.get_options())
        for (const auto& name : option->get_lnames())
            flags.emplace_back("--" + name, option->get_description());
    return flags;
}

}  // namespace

std::variant<Options, Ending> parse_options(const std::vector<std::string>& arguments)
{
    Options options;
    CLI::App app;
    describe(app, options);
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(),
                                           arguments.rend()));  // CLI11 takes them from the back
    } catch (const CLI::ParseError& ended) {
        std::ostringstream out;
        std::ostringstream err;
        const int code = app.exit(ended, out, err);
        return Ending{code == 0 ? exit_good : exit_usage, out.str(), err.str()};
    }
    return options;
}

std::vector<CommandShape> command_shapes()
{
    Options unused;
    CLI::App app;
    describe(app, unused);
    std::vector<CommandShape> shapes{{"", app.get_description(), flags_of(app)}};
    for (const auto* command : app.get_subcommands({}))
        shapes.push_back({command->get_name(), command->get_description(), flags_of(*command)});
    return shapes;
}

}  // namespace triaged::ctl
