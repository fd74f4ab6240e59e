// Every mistake a configuration can hold, with its place, code and words.

#include <catch2/catch.hpp>

#include "tests/config/folder.hpp"

using namespace triaged;
using config::Folder;

namespace {

struct Row {
    std::string name;
    std::string text;
    std::string complaint;
};

void check_row(const std::string& file, const Row& row)
{
    const Folder folder;
    folder.write(file, row.text);
    INFO(row.name);
    CHECK(folder.complaints() == std::vector<std::string>{file + ":" + row.complaint});
    std::vector<Diagnostic> found;
    CHECK_FALSE(folder.load(found));
}

}  // namespace

TEST_CASE("mistakes in triaged.yaml", "[config]")
{
    const auto row = GENERATE(values<Row>({
        {"unknown key", "logs: {}\n", "1:1: unknown-key: triaged.yaml has no key 'logs'"},
        {"repeated key", "read_model: true\nread_model: false\n",
         "2:1: repeated-key: 'read_model' is here twice; line 1 has it already"},
        {"not a boolean", "read_model: yes\n",
         "1:13: wrong-type: triaged.yaml: read_model must be true or false, not 'yes'"},
        {"a list for a path", "data_dir: [a]\n",
         "1:11: wrong-type: triaged.yaml: data_dir must be text, not a list"},
        {"too few threads", "io_threads: 0\n",
         "1:13: bad-value: triaged.yaml: io_threads must be at least 1, not 0"},
        {"snapshots too often", "snapshot_every: 9\n",
         "1:17: bad-value: triaged.yaml: snapshot_every must be at least 1000, not 9"},
        {"not a map", "log: loud\n", "1:6: wrong-type: log must be a map, not a single value"},
        {"unknown level", "log: {level: loud}\n", "1:14: bad-value: log: level 'loud' does not exist"},
        {"unknown key of a section", "log: {levle: info}\n", "1:7: unknown-key: log has no key 'levle'"},
        {"no such unit", "limits:\n  line_bytes: 1MB\n",
         "2:15: bad-value: limits: line_bytes: '1MB' is not a size: unknown unit 'MB'; write bytes, such as "
         "4096, 64KiB or 1MiB"},
        {"too small", "limits: {line_bytes: 10}\n",
         "1:22: bad-value: limits: line_bytes must be at least 1024 bytes"},
        {"too flat", "limits: {nesting: 1}\n", "1:19: bad-value: limits: nesting must be at least 4, not 1"},
    }));
    check_row("triaged.yaml", row);
}

TEST_CASE("mistakes about what queues do by themselves", "[config]")
{
    const auto row = GENERATE(values<Row>({
        {"no such queue", "queues: {a: {overflow: [{after: 5m, to: b}]}}\n",
         "1:41: unknown-queue: queue 'a': overflow: unknown queue 'b'"},
        {"to itself", "queues: {a: {overflow: [{after: 5m, to: a}]}}\n",
         "1:41: bad-value: queue 'a': overflow: a queue cannot overflow to itself"},
        {"two conditions", "queues: {b: , a: {overflow: [{after: 5m, longer_than: 3, to: b}]}}\n",
         "1:30: bad-value: queue 'a': overflow: a step has one of 'after', 'longer_than' and 'closed: true'"},
        {"nothing to widen", "queues: {a: {widen: [{after: 5m}]}}\n",
         "1:22: missing-key: queue 'a': widen: a step needs 'skills' to lower or names to 'drop'"},
        {"no such skill", "queues: {a: {widen: [{after: 5m, drop: [x]}]}}\n",
         "1:41: unknown-skill: queue 'a': widen: unknown skill 'x'"},
        {"never closed", "queues: {a: {when_closed: promise}}\n",
         "1:27: missing-key: queue 'a': without a 'calendar' the queue is never closed"},
        {"at once", "queues: {b: , a: {overflow: [{after: 0s, to: b}]}}\n",
         "1:38: bad-value: queue 'a': overflow: after must be 1s or more"},
    }));
    check_row("queues.yaml", row);
}

TEST_CASE("mistakes about the desk", "[config]")
{
    const auto row = GENERATE(values<Row>({
        {"no unit", "desk: {offer_ttl: 30}\n",
         "1:19: bad-value: desk: offer_ttl: '30' is not a duration: it has no unit; write a whole number and "
         "a unit, such as 30s, 15m, 4h or 7d"},
        {"too short", "desk: {offer_ttl: 10ms}\n",
         "1:19: bad-value: desk: offer_ttl must be 1s or more: nobody answers faster"},
        {"unknown channel", "desk: {channel_units: {fax: 1}}\n",
         "1:24: unknown-key: channel_units has no key 'fax'"},
        {"interruptible fax", "desk: {interruptible: [email, fax]}\n",
         "1:31: bad-value: desk: interruptible: 'fax' is no channel"},
        {"no units", "desk: {channel_units: {chat: 0}}\n",
         "1:30: bad-value: channel_units: chat must be at least 1, not 0"},
        {"by priority alone", "desk:\n  order: priority\n  head_start: {high: 1h, urgent: 1h}\n",
         "3:15: bad-value: desk: with order: priority there is no head_start"},
        {"due by no order", "desk:\n  due_within: 1h\n",
         "2:15: bad-value: desk: with order: head_start there is no due_within"},
        {"upside down", "desk:\n  head_start: {high: 1h, urgent: 1m}\n",
         "2:15: bad-value: head_start: a higher priority must not have a shorter head start"},
        {"bad name", "desk: {name: a b}\n", "1:14: bad-name: desk 'a b': this cannot be a name"},
        {"no capacity", "desk: {agent_capacity: 0}\n",
         "1:24: bad-value: desk: agent_capacity must be at least 1, not 0"},
        {"no patience", "desk: {missed_offers_max: 0}\n",
         "1:27: bad-value: desk: missed_offers_max must be at least 1, not 0"},
    }));
    check_row("triaged.yaml", row);
}

TEST_CASE("mistakes about listening", "[config]")
{
    const auto long_path = "/" + std::string(107, 'x');
    const auto row = GENERATE_COPY(values<Row>({
        {"no port", "listen: {tcp: 127.0.0.1}\n",
         "1:15: bad-address: listen: tcp: '127.0.0.1' is not an address: it has no port; write host:port, "
         "such as 127.0.0.1:7070"},
        {"bad port", "listen:\n  tcp: localhost:70700\n",
         "2:8: bad-address: listen: tcp: 'localhost:70700' is not an address: the port is not a number from "
         "1 to 65535; write host:port, such as 127.0.0.1:7070"},
        {"open to all", "listen:\n  tcp: 0.0.0.0:7070\n",
         "2:8: open-to-all: listen: tcp: 0.0.0.0:7070 can be reached from other machines, and needs "
         "no token"},
        {"metrics open to all", "listen:\n  tcp: 127.0.0.1:7070\n  http: 10.0.0.1:7071\n",
         "3:9: open-to-all: listen: http: 10.0.0.1:7071 can be reached from other machines, and needs "
         "no token"},
        {"nowhere", "listen:\n  http: 127.0.0.1:7071\n",
         "2:3: missing-key: listen: there must be 'tcp' or 'unix', else nobody could connect"},
        {"one address twice", "listen:\n  tcp: 127.0.0.1:7070\n  http: 127.0.0.1:7070\n",
         "3:9: bad-address: listen: http: tcp listens there already"},
        {"path too long", "listen: {unix: " + long_path + "}\n",
         "1:16: bad-address: listen: unix: " + long_path +
             " has 108 bytes; the path of a socket has at most 107"},
    }));
    check_row("triaged.yaml", row);
}

TEST_CASE("mistakes about tokens", "[config]")
{
    const std::string good = "  - {name: a, role: ops, secret: abcdefghijklmnop}\n";
    const auto row = GENERATE_COPY(values<Row>({
        {"not a list", "tokens: {}\n", "1:9: wrong-type: triaged.yaml: tokens must be a list of maps"},
        {"no name", "tokens:\n  - {role: ops, secret: abcdefghijklmnop}\n",
         "2:5: missing-key: a token needs 'name'"},
        {"no role", "tokens:\n  - {name: a, secret: abcdefghijklmnop}\n",
         "2:5: missing-key: token 'a' needs 'role'"},
        {"unknown role", "tokens:\n  - {name: a, role: boss, secret: abcdefghijklmnop}\n",
         "2:21: bad-value: token 'a': role 'boss' does not exist"},
        {"no secret", "tokens:\n  - {name: a, role: ops}\n",
         "2:5: missing-key: token 'a': give either 'secret' or 'secret_file'"},
        {"two secrets", "tokens:\n  - {name: a, role: ops, secret: abcdefghijklmnop, secret_file: x}\n",
         "2:5: missing-key: token 'a': give either 'secret' or 'secret_file'"},
        {"short", "tokens:\n  - {name: a, role: ops, secret: hush}\n",
         "2:34: weak-secret: token 'a': the secret has fewer than 16 bytes"},
        {"no file", "tokens:\n  - {name: a, role: ops, secret_file: /nowhere/x}\n",
         "2:39: unreadable-file: token 'a': cannot read a secret from /nowhere/x"},
        {"an agent for ops", "tokens:\n  - {name: a, role: ops, agent: ana, secret: abcdefghijklmnop}\n",
         "2:33: bad-value: token 'a': only the role agent acts for an agent"},
        {"same name", "tokens:\n" + good + "  - {name: a, role: ops, secret: ponmlkjihgfedcba}\n",
         "3:5: repeated-name: triaged.yaml: two tokens are named 'a'"},
        {"same secret", "tokens:\n" + good + "  - {name: b, role: ops, secret: abcdefghijklmnop}\n",
         "3:5: repeated-secret: triaged.yaml: tokens 'a' and 'b' have the same secret"},
    }));
    check_row("triaged.yaml", row);
}

TEST_CASE("mistakes about facts", "[config]")
{
    const auto row = GENERATE(values<Row>({
        {"no type", "facts:\n  strikes: {about: x}\n", "2:12: missing-key: fact 'strikes' needs 'type'"},
        {"unknown type", "facts:\n  strikes: {type: int}\n",
         "2:19: bad-value: fact 'strikes': type 'int' does not exist"},
        {"no choices", "facts:\n  region: {type: choice}\n",
         "2:3: missing-key: fact 'region': a choice needs 'choices'"},
        {"choices of a number", "facts:\n  n: {type: number, choices: [a]}\n",
         "2:30: bad-value: fact 'n': only the type choice has choices"},
        {"a choice twice", "facts:\n  r: {type: choice, choices: [a, b, a]}\n",
         "2:37: repeated-name: fact 'r': 'a' is there twice"},
        {"built in", "facts:\n  channel: {type: text}\n",
         "2:3: repeated-name: fact 'channel': this fact is built in"},
        {"bad name", "facts:\n  a b: {type: text}\n", "2:3: bad-name: fact 'a b': this cannot be a name"},
        {"not a map", "facts:\n  a: text\n", "2:6: wrong-type: fact 'a' must be a map, not a single value"},
    }));
    check_row("triaged.yaml", row);
}

TEST_CASE("mistakes in queues.yaml", "[config]")
{
    const auto row = GENERATE(values<Row>({
        {"empty", "leads: {}\n", "1:1: missing-key: the queues file needs 'queues'"},
        {"no queue", "queues: {}\n", "1:9: missing-key: there must be at least one queue"},
        {"unknown section", "queue: {}\nqueues: {a: }\n",
         "1:1: unknown-key: the queues file has no key 'queue'"},
        {"queue twice", "queues:\n  a: ~\n  a: ~\n",
         "3:3: repeated-key: 'a' is here twice; line 2 has it already"},
        {"bad name", "queues:\n  a/b: ~\n", "2:3: bad-name: queue 'a/b': this cannot be a name"},
        {"unknown key", "queues:\n  a: {slas: gold}\n", "2:7: unknown-key: queue 'a' has no key 'slas'"},
        {"unknown skill", "skills: {returns: }\nqueues:\n  a: {skills: {retruns: 1}}\n",
         "3:16: unknown-skill: queue 'a': unknown skill 'retruns'"},
        {"level too high", "skills: {returns: }\nqueues:\n  a: {skills: {returns: 6}}\n",
         "3:25: bad-value: queue 'a': skill 'returns' must be at most 5, not 6"},
        {"skills as a list", "skills: {returns: }\nqueues:\n  a: {skills: [returns]}\n",
         "3:15: wrong-type: queue 'a': skills must be a map, not a list"},
        {"unknown sla", "queues:\n  a: {sla: gold}\n", "2:12: unknown-sla: queue 'a': unknown sla 'gold'"},
        {"sla without unit", "slas:\n  gold: {resolution: 3}\nqueues: {a: }\n",
         "2:22: bad-value: sla 'gold': resolution: '3' is not a duration: it has no unit; write a whole "
         "number and a unit, such as 30s, 15m, 4h or 7d"},
        {"urgent later than high",
         "slas:\n  gold: {resolution: {urgent: 3h, high: 2h, low: 9h}}\nqueues: {a: }\n",
         "2:22: bad-value: sla 'gold': resolution: urgent has more time (3h) than high (2h)"},
        {"no such priority", "slas:\n  gold: {resolution: {urgent: 1h, hgh: 2h}}\nqueues: {a: }\n",
         "2:35: unknown-key: sla 'gold': resolution has no key 'hgh'"},
        {"resolved before answered", "slas:\n  gold: {first_response: 2h, resolution: 1h}\nqueues: {a: }\n",
         "2:9: bad-value: sla 'gold': resolution (1h) is due before the first response (2h)"},
        {"bad sla name", "slas:\n  a b: {}\nqueues: {a: }\n",
         "2:3: bad-name: sla 'a b': this cannot be a name"},
        {"bad lead", "leads:\n  a b: ~\nqueues: {a: }\n", "2:3: bad-name: lead 'a b': this cannot be a name"},
        {"a map about a skill", "skills:\n  a: {b: c}\nqueues: {a: }\n",
         "2:6: wrong-type: skill 'a' must be text, not a map"},
    }));
    check_row("queues.yaml", row);
}

TEST_CASE("mistakes in agents.yaml", "[config]")
{
    const auto row = GENERATE(values<Row>({
        {"unknown skill", "agents:\n  ana: {skills: {x: 1}}\n",
         "2:18: unknown-skill: agent 'ana': unknown skill 'x'"},
        {"no capacity", "agents:\n  ana: {capacity: 0}\n",
         "2:19: bad-value: agent 'ana': capacity must be at least 1, not 0"},
        {"unknown key", "agents:\n  ana: {skill: {}}\n", "2:9: unknown-key: agent 'ana' has no key 'skill'"},
        {"bad default", "defaults: {capacity: lots}\n",
         "1:22: wrong-type: defaults: capacity must be a whole number, not 'lots'"},
        {"unknown section", "agent: {}\n", "1:1: unknown-key: the agents file has no key 'agent'"},
        {"a list", "agents: [ana]\n", "1:9: wrong-type: agents must be a map, not a list"},
        {"bad name", "agents:\n  ana maria: ~\n", "2:3: bad-name: agent 'ana maria': this cannot be a name"},
    }));
    check_row("agents.yaml", row);
}

TEST_CASE("mistakes about threads", "[config]")
{
    const auto row = GENERATE(values<Row>({
        {"unknown fact", "threads: {keys: [{by: order.di, within: 1d}]}\n",
         "1:23: unknown-fact: threads: key: unknown fact 'order.di'"},
        {"no window", "threads: {keys: [{by: order.id}]}\n",
         "1:18: missing-key: threads: key needs 'within'"},
        {"twice", "threads:\n  keys:\n    - {by: order.id, within: 1d}\n    - {by: [order.id], within: 2d}\n",
         "4:7: repeated-name: threads: key: the key 'order.id' is there twice"},
        {"no list", "threads: {keys: 3}\n",
         "1:17: bad-value: threads: keys is a list of {by: facts, within: time}"},
        {"too long", "desk: {receipts_kept: 1d}\nthreads: {reopen: 2d}\n",
         "2:19: bad-value: threads: reopen (2d) must not be longer than desk: receipts_kept (1d), after "
         "which a "
         "ticket is forgotten"},
    }));
    check_row("triaged.yaml", row);
}

TEST_CASE("mistakes about activity", "[config]")
{
    const auto row = GENERATE(values<Row>({
        {"unknown key", "activity: {fresh: 1d}\n", "1:12: unknown-key: activity has no key 'fresh'"},
        {"shorter", "activity: {active: 9d, occasional: 3d}\n",
         "1:11: bad-value: activity: who is active is occasional at least: occasional must not be shorter "
         "than "
         "active"},
    }));
    check_row("triaged.yaml", row);
}

TEST_CASE("mistakes about problems", "[config]")
{
    const auto row = GENERATE(values<Row>({
        {"no list", "problems: 3\n",
         "1:11: bad-value: triaged.yaml: problems is a list of {name, keys, at_least, within, ...}"},
        {"unknown fact", "problems:\n  - {name: a, keys: [order.produc], at_least: 3, within: 5m}\n",
         "2:22: unknown-fact: problem: unknown fact 'order.produc'"},
        {"no window", "problems:\n  - {name: a, keys: [intent], at_least: 3}\n",
         "2:5: missing-key: problem needs 'within'"},
        {"too few", "problems:\n  - {name: a, keys: [intent], at_least: 1, within: 5m}\n",
         "2:41: bad-value: problem: at_least must be at least 2, not 1"},
        {"too quiet", "problems:\n  - {name: a, keys: [intent], at_least: 3, within: 5m, quiet: 1m}\n",
         "2:63: bad-value: problem: quiet (1m) must not be shorter than within (5m): the same tickets would "
         "open it "
         "again"},
        {"unknown lead", "problems:\n  - {name: a, keys: [intent], at_least: 3, within: 5m, notify: bob}\n",
         "0:0: unknown-lead: problem 'a': unknown lead 'bob'"},
    }));
    check_row("triaged.yaml", row);
}
