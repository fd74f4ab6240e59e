// Every mistake a rule can hold: its code, its place and the way out.

#include <algorithm>

#include "engine/rulebook/compiled.hpp"
#include "tests/rulebook/support.hpp"

using namespace triaged;
using namespace triaged::rulebook;
using namespace triaged::rulebook::test;

namespace {

struct Row {
    std::string stage, rule;  // of the rule all but its name, indented by four
    std::string code;
    int line, column, length;
    std::string part;  // of message or suggestion
};

}  // namespace

TEST_CASE("a mistake in a rule is found with its place and the likely cure", "[rulebook][load]")
{
    const auto row = GENERATE(values<Row>({
        {"route", "    whem: {channel: email}\n    then: {queue: returns}", "unknown-key", 4, 5, 4, "'when'"},
        {"route", "    when: {chanel: email}\n    then: {queue: returns}", "unknown-fact", 4, 12, 6,
         "'channel'"},
        {"route", "    when: {channel: emial}\n    then: {queue: returns}", "bad-value", 4, 21, 5, "'email'"},
        {"route", "    when: {channel: [chat, emial]}\n    then: {queue: returns}", "bad-value", 4, 28, 5,
         "'email'"},
        {"route", "    when: {order.value: much}\n    then: {queue: returns}", "wrong-type", 4, 25, 4,
         "a number"},
        {"route", "    when: {repeat: yes}\n    then: {queue: returns}", "wrong-type", 4, 20, 3,
         "true or false"},
        {"route", "    when: {channel: {at_least: 5}}\n    then: {queue: returns}", "wrong-type", 4, 21, 1,
         "single value"},
        {"route", "    when: {order.value: {atleast: 5}}\n    then: {queue: returns}", "unknown-key", 4, 26,
         7, "'at_least'"},
        {"route", "    when: {order.value: {between: [9, 5]}}\n    then: {queue: returns}", "bad-range", 4,
         25, 1, "nothing is in this range"},
        {"route", "    when: {order.value: {between: [5]}}\n    then: {queue: returns}", "wrong-type", 4, 35,
         1, "between: [5, 9]"},
        {"route", "    when: {order.value: {above: 5, below: 5}}\n    then: {queue: returns}", "bad-range", 4,
         25, 1, "nothing is in this range"},
        {"route", "    when: {order.value: {above: 5, at_least: 6}}\n    then: {queue: returns}", "bad-range",
         4, 46, 1, "twice on the same side"},
        {"route", "    when: {order.value: {}}\n    then: {queue: returns}", "empty", 4, 25, 1, "no bound"},
        {"route", "    when: {channel: []}\n    then: {queue: returns}", "empty", 4, 21, 1, "empty list"},
        {"route", "    when: {channel: }\n    then: {queue: returns}", "empty", 4, 12, 7, "no value"},
        {"route", "    when: {any: []}\n    then: {queue: returns}", "empty", 4, 17, 1, "no condition"},
        {"route", "    when: {any: {channel: email}}\n    then: {queue: returns}", "wrong-type", 4, 17, 1,
         "any: [{…}, {…}]"},
        {"route", "    when: {not: [{channel: email}]}\n    then: {queue: returns}", "wrong-type", 4, 17, 1,
         "a map"},
        {"route", "    when: {}\n    then: {queue: returns}", "empty", 4, 11, 1, "leave 'when' out"},
        {"route", "    when: {text: $bad_words}\n    then: {queue: returns}", "unknown-list", 4, 18, 10,
         "'$sad_words'"},
        {"route", "    when: {text: '?!'}\n    then: {queue: returns}", "bad-pattern", 4, 18, 4, "contains"},
        {"route", "    when: {text: /broken (item/}\n    then: {queue: returns}", "bad-pattern", 4, 19, 12,
         "missing )"},
        {"route", "    when: {text: /a+ \\p{Foo}/}\n    then: {queue: returns}", "syntax", 4, 24, 1,
         "put quotes"},
        {"route", "    when: {text: '/a+ \\y/'}\n    then: {queue: returns}", "bad-pattern", 4, 18, 9,
         "escape"},
        {"route", "    when: {text: /x(?=y)/}\n    then: {queue: returns}", "bad-pattern", 4, 20, 3, "(?"},
        {"route", "    when: {text: {contians: x}}\n    then: {queue: returns}", "unknown-key", 4, 19, 8,
         "did you mean 'contains'"},
        {"route", "    when: {queue.length: {at_least: 5}}\n    then: {queue: returns}", "missing-key", 4, 26,
         1, "a queue and a bound"},
        {"route", "    when: {queue.length: 5}\n    then: {queue: returns}", "wrong-type", 4, 26, 1,
         "at_least: 1"},
        {"route", "    when: {agents.available: {queue: retruns, at_most: 0}}\n    then: {queue: returns}",
         "unknown-queue", 4, 38, 7, "returns"},
        {"classify", "    when: {queue.length: {queue: returns, at_least: 5}}\n    then: {intent: x}",
         "wrong-stage", 4, 12, 12, "route"},
        {"route", "    when: {waiting: {at_least: 5m}}\n    then: {queue: returns}", "wrong-stage", 4, 12, 7,
         "escalate"},
        {"route", "    when: {queue: returns}\n    then: {queue: returns}", "wrong-stage", 4, 12, 5,
         "escalate"},
        {"classify", "    when: {intent: x}\n    then: {intent: y}", "wrong-stage", 4, 12, 6, "prioritise"},
        {"prioritise", "    when: {priority: high}\n    then: {priority: urgent}", "wrong-stage", 4, 12, 8,
         "route"},
        {"route", "    when: {priority: hihg}\n    then: {queue: returns}", "bad-value", 4, 22, 4, "'high'"},
        {"escalate", "    when: {waiting: {at_least: 5}}\n    then: {raise: 1}", "bad-value", 4, 32, 1,
         "30s"},
        {"escalate", "    when: {waiting: 5m}\n    then: {raise: 1}", "wrong-type", 4, 21, 2,
         "at_least: 30m"},
        {"escalate", "    when: {age: {below: 0s}}\n    then: {raise: 1}", "bad-range", 4, 17, 1,
         "no duration"},
        {"escalate", "    when: {queue: retruns}\n    then: {raise: 1}", "unknown-queue", 4, 19, 7,
         "'returns'"},
        {"escalate", "    then: {raise: 4}", "bad-value", 4, 19, 1, "at most 3"},
        {"escalate", "    then: {widen: 2}", "wrong-type", 4, 19, 1, "true or false"},
        {"prioritise", "    then: {widen: true}", "wrong-stage", 4, 12, 5, "rules of escalate can"},
        {"escalate", "    then: {raise: 1, priority: high}", "bad-value", 4, 11, 1, "both"},
        {"escalate", "    then: {notify: duty-laed}", "unknown-lead", 4, 20, 9, "'duty-lead'"},
        {"route", "    when: {channel: chat}\n    then: {queue: retruns}", "unknown-queue", 5, 19, 7,
         "'returns'"},
        {"route", "    when: {channel: chat}\n    then: {queue: returns, skills: {germn: 1}}",
         "unknown-skill", 5, 37, 5, "'german'"},
        {"route", "    when: {channel: chat}\n    then: {queue: returns, skills: {german: 6}}", "bad-value",
         5, 45, 1, "at most 5"},
        {"route", "    when: {channel: chat}\n    then: {queue: returns, intent: x}", "wrong-stage", 5, 28, 6,
         "rules of classify can"},
        {"route", "    when: {channel: chat}\n    then: {tags: x}", "missing-key", 5, 11, 1, "'queue'"},
        {"route", "    when: {channel: chat}\n    then: {}", "empty", 5, 11, 1, "what the rule does"},
        {"route", "    when: {channel: chat}", "missing-key", 3, 5, 1, "'then'"},
        {"prioritise", "    then: {sla: crticial}", "unknown-sla", 4, 17, 8, "'critical'"},
        {"prioritise", "    then: {priority: hihg}", "bad-value", 4, 22, 4, "'high'"},
        {"prioritise", "    then: {contact_by: fon}", "bad-value", 4, 24, 3, "phone"},
        {"prioritise", "    then: {tag: x}", "unknown-key", 4, 12, 3, "'tags'"},
        {"classify", "    then: {intent: two words}", "bad-name", 4, 20, 9, "letters, digits"},
        {"classify", "    then: {tags: []}", "empty", 4, 18, 1, "empty list"},
        {"enrich", "    then: {set: {regoin: dach}}", "unknown-fact", 4, 18, 6, "'region'"},
        {"enrich", "    then: {set: {region: dahc}}", "bad-value", 4, 26, 4, "'dach'"},
        {"enrich", "    then: {set: {repeat: 1}}", "wrong-type", 4, 26, 1, "true or false"},
        {"enrich", "    then: {set: region}", "wrong-type", 4, 17, 6, "map of facts"},
        {"classify", "    off: maybe\n    then: {tags: x}", "wrong-type", 4, 10, 5, "true or false"},
        {"classify", "    expires: tomorrow\n    then: {tags: x}", "bad-value", 4, 14, 8, "2027-01-31"},
        {"classify", "    expires: 2026-02-30\n    then: {tags: x}", "bad-value", 4, 14, 10, "not a day"},
        {"classify", "    expires: 2026-11-22\n    then: {tags: x}", "expired", 4, 14, 10, "2026-11-22"},
        {"clasify", "    then: {tags: x}", "unknown-stage", 1, 8, 7, "'classify'"},
    }));
    INFO(row.rule);
    auto vocabulary = a_vocabulary();
    vocabulary.today = Instant{1'795'305'600'000};  // 2026-11-22T00:00:00Z
    std::vector<Diagnostic> found;
    const auto rulebook =
        Rulebook::load({{"rules.yaml", "stage: " + row.stage + "\nrules:\n  - rule: one\n" + row.rule + "\n"},
                        {"lists.yaml", "lists: {sad_words: [sad]}\n"},
                        a_default()},
                       vocabulary, found);
    std::erase_if(found, [](const Diagnostic& one) { return one.severity == Severity::warning; });
    INFO(render(found, false));
    CHECK_FALSE(rulebook);
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == row.code);
    CHECK(found[0].file == "rules.yaml");
    CHECK(found[0].line == row.line);
    CHECK(found[0].column == row.column);
    CHECK(found[0].length == row.length);
    CHECK_THAT(found[0].message + " / " + found[0].suggestion, Catch::Contains(row.part));
}

TEST_CASE("all mistakes of all files are found at once, in file order", "[rulebook][load]")
{
    std::vector<Diagnostic> found;
    const auto rulebook = load_sources({{"b.yaml",
                                         "stage: classify\nrules:\n"
                                         "  - rule: x\n    when: {chanel: email}\n    then: {intnet: y}\n"
                                         "  - rule: y\n    then: {priority: high}\n"},
                                        {"a.yaml", "stage: enrich\nrule: []\n"},
                                        {"c.yaml", "stage: [\n"}},
                                       found);
    CHECK_FALSE(rulebook);
    std::string codes;
    for (const auto& one : found) codes += one.file + " " + one.code + "; ";
    CHECK(codes ==
          "a.yaml missing-key; a.yaml unknown-key; b.yaml unknown-fact; b.yaml unknown-key; "
          "b.yaml wrong-stage; c.yaml syntax; ");
}

TEST_CASE("two rules of one name are an error that says where the first is", "[rulebook][load]")
{
    std::vector<Diagnostic> found;
    const std::string rules = "rules:\n  - rule: twin\n    then: {tags: x}\n";
    CHECK_FALSE(load_sources(
        {{"a.yaml", "stage: classify\n" + rules}, {"b.yaml", "stage: prioritise\n" + rules}}, found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "repeated-rule");
    CHECK(found[0].file == "b.yaml");
    CHECK(found[0].line == 3);
    CHECK_THAT(found[0].message, Catch::Contains("a.yaml:3"));
}

TEST_CASE("route must end in a default, and nothing may stand behind it", "[rulebook][load]")
{
    std::vector<Diagnostic> found;
    const auto code_of = [&](const std::vector<Source>& sources) {
        found.clear();
        CHECK_FALSE(Rulebook::load(sources, a_vocabulary(), found));
        REQUIRE(found.size() == 1);
        return found[0].code;
    };
    const std::string conditional =
        "  - rule: chats\n    when: {channel: chat}\n    then: {queue: returns}\n";
    const std::string always = "  - rule: rest\n    then: {queue: general}\n";
    CHECK(code_of({}) == "no-default");
    CHECK(code_of({{"a.yaml", "stage: route\nrules:\n" + conditional}}) == "no-default");
    CHECK(found[0].line == 3);
    CHECK_THAT(found[0].suggestion, Catch::Contains("then: {queue: returns}"));
    CHECK(code_of({{"a.yaml", "stage: route\nrules:\n" + always + conditional}}) == "unreachable");
    CHECK(found[0].line == 5);
    CHECK_THAT(found[0].message, Catch::Contains("a.yaml:3"));
}

TEST_CASE("lists are checked where they stand and where they are used", "[rulebook][load]")
{
    struct ListRow {
        std::string lists, code;
        int line, column;
    };
    const auto row = GENERATE(values<ListRow>({
        {"lists: {shops: [de, $more]}\n", "bad-value", 1, 21},
        {"lists: {shops: []}\n", "empty", 1, 16},
        {"lists: {shops: de}\n", "wrong-type", 1, 16},
        {"lists: [de]\n", "wrong-type", 1, 8},
        {"lists: {shops: [de]}\nstage: route\n", "mixed-file", 1, 1},
    }));
    INFO(row.lists);
    std::vector<Diagnostic> found;
    CHECK_FALSE(load_sources({{"lists.yaml", row.lists}}, found));
    std::erase_if(found, [](const Diagnostic& one) { return one.severity == Severity::warning; });
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == row.code);
    CHECK(found[0].line == row.line);
    CHECK(found[0].column == row.column);

    found.clear();
    CHECK_FALSE(
        load_sources({{"a.yaml", "lists: {shops: [de]}\n"}, {"b.yaml", "lists: {shops: [fr]}\n"}}, found));
    std::erase_if(found, [](const Diagnostic& one) { return one.severity == Severity::warning; });
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "repeated-list");
}

TEST_CASE("what is legal but never works is a warning", "[rulebook][load]")
{
    std::vector<Diagnostic> found;
    const auto rulebook = load_sources(
        {{"a.yaml", "stage: classify\nrules:\n  - rule: one\n    off: true\n    then: {intent: fraud}\n"},
         {"b.yaml",
          "stage: prioritise\nrules:\n  - rule: two\n    when: {intent: farud, tag: vip}\n    then: {tags: "
          "x}\n"},
         {"lists.yaml", "lists:\n  spare: [a]\n"}},
        found);
    CHECK(rulebook);
    REQUIRE(found.size() == 4);
    CHECK(found[0].code == "off");
    CHECK(found[1].code == "never-set");
    CHECK(found[1].column == 20);
    CHECK(found[1].suggestion == "did you mean 'fraud'?");
    CHECK(found[2].code == "never-set");
    CHECK(found[3].code == "unused-list");
    for (const auto& one : found) CHECK(one.severity == Severity::warning);
}

TEST_CASE("the digest names files, texts and vocabulary, and nothing else", "[rulebook][load]")
{
    const Source one{"a.yaml", "stage: classify\nrules:\n  - rule: one\n    then: {tags: x}\n"};
    const auto digest = [](std::vector<Source> sources, const Vocabulary& vocabulary) {
        std::vector<Diagnostic> found;
        const auto rulebook = Rulebook::load(sources, vocabulary, found);
        REQUIRE(rulebook);
        CHECK(rulebook->digest().substr(0, 16) == to_string(rulebook->id()));
        return rulebook->digest();
    };
    auto vocabulary = a_vocabulary();
    const auto before = digest({one, a_default()}, vocabulary);
    CHECK(before.size() == 32);
    CHECK(digest({a_default(), one}, vocabulary) == before);
    vocabulary.today = Instant{0};
    CHECK(digest({one, a_default()}, vocabulary) == before);
    CHECK(digest({{one.file, one.text + "# note\n"}, a_default()}, vocabulary) != before);
    CHECK(digest({{"b.yaml", one.text}, a_default()}, vocabulary) != before);
    vocabulary.queues.insert(QueueName("new"));
    CHECK(digest({one, a_default()}, vocabulary) != before);
}

TEST_CASE("compiled text serves again while the patterns are the same", "[rulebook][load]")
{
    const auto rules = [](const std::string& word, const std::string& queue) {
        return Source{"a.yaml", "stage: route\nrules:\n  - rule: one\n    when: {text: " + word +
                                    "}\n    then: {queue: " + queue + "}\n"};
    };
    const auto before = a_rulebook({rules("broken", "returns")});
    const auto load = [&](const Source& source) {
        std::vector<Diagnostic> found;
        auto rulebook = Rulebook::load({source, a_default()}, a_vocabulary(), found, before.get());
        REQUIRE(rulebook);
        return rulebook;
    };
    const auto same = load(rules("broken", "fraud"));
    CHECK(same->compiled().scanner == before->compiled().scanner);
    CHECK(same->scan("", "it is broken").hits.size() == 1);
    const auto other = load(rules("dented", "returns"));
    CHECK(other->compiled().scanner != before->compiled().scanner);
    CHECK(other->scan("", "it is broken").hits.empty());
    CHECK(other->scan("", "it is dented").hits.size() == 1);
}

TEST_CASE("rules are numbered by stage, then file, then place, and keep their lines", "[rulebook][load]")
{
    const auto rulebook =
        a_rulebook({{"z.yaml",
                     "stage: enrich\nrules:\n  - rule: first\n    about: Why.\n    when:\n"
                     "      channel: [email, chat]\n      not: {text: [\"in pieces\", /a|b/]}\n"
                     "    then: {set: {region: dach}}\n"},
                    {"a.yaml", "stage: classify\nrules:\n  - rule: second\n    then: {tags: x}\n"}});
    CHECK(rulebook->rule_names() == std::vector<std::string>{"first", "second", "default"});
    const auto& first = rulebook->rules()[0];
    CHECK(first.about == "Why.");
    CHECK(first.file == "z.yaml");
    CHECK(first.line == 3);
    CHECK(first.conditions ==
          std::vector<std::string>{"channel: [email, chat]", "not: {text: [\"in pieces\", /a|b/]}"});
    CHECK(rulebook->sources()[0].file == "a.yaml");
}
