"""The schema that editors complete by: the shipped rules fit it, and mistakes do not."""
import json
import pathlib
import subprocess
import unittest

import jsonschema
import yaml

from desk import BIN, ROOT


class Loader(yaml.SafeLoader):
    """YAML as the rulebook reads it: only true and false are flags, and dates are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(("bool", "timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile("^(true|false)$"), list("tf"))


def schema(*more):
    printed = subprocess.run([BIN / "triagectl", "schema", *more, "--config", ROOT / "config" / "triaged.yaml"], check=True,
                             capture_output=True, text=True)
    made = json.loads(printed.stdout)
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def rule(body, stage="route"):
    return yaml.load(f"stage: {stage}\nrules:\n  - rule: a-rule\n    {body}\n", Loader)


MISTAKES = {
    "an unknown stage": "stage: routing\nrules: []",
    "rules without a stage": "rules: []",
    "lists beside rules": "stage: route\nrules: []\nlists: {a: [b]}",
    "an unknown key": rule("then: {queue: general}\n    wen: {channel: email}"),
    "no name": yaml.load("stage: route\nrules: [{then: {queue: general}}]", Loader),
    "no then": rule("when: {channel: email}"),
    "an empty then": rule("then: {}"),
    "an empty when": rule("when: {}\n    then: {queue: general}"),
    "an unknown fact": rule("when: {order.valeu: 5}\n    then: {queue: general}"),
    "an unknown channel": rule("when: {channel: fax}\n    then: {queue: general}"),
    "a tier in a list": rule("when: {customer.tier: [prime, gold]}\n    then: {queue: general}"),
    "text for a number": rule("when: {order.value: much}\n    then: {queue: general}"),
    "an unknown bound": rule("when: {order.value: {least: 5}}\n    then: {queue: general}"),
    "a range of three": rule("when: {order.value: {between: [1, 2, 3]}}\n    then: {queue: general}"),
    "an unknown queue": rule("then: {queue: generol}"),
    "an unknown skill": rule("then: {queue: general, skills: {singing: 3}}"),
    "a level beyond five": rule("then: {queue: general, skills: {orders: 6}}"),
    "an effect of another stage": rule("then: {queue: general, intent: fraud}"),
    "a condition of a later stage": rule("when: {queue: general}\n    then: {queue: general}"),
    "a time outside escalate": rule("when: {waiting: {at_least: 5m}}\n    then: {queue: general}"),
    "a duration without a unit": rule("when: {waiting: {at_least: 5}}\n    then: {raise: 1}", "escalate"),
    "a raise of four": rule("then: {raise: 4}", "escalate"),
    "an unknown lead": rule("then: {notify: nobody}", "escalate"),
    "an unknown priority": rule("then: {priority: highest}", "prioritise"),
    "an empty group": rule("when: {any: []}\n    then: {queue: general}"),
    "a group that is no list": rule("when: {any: {channel: email}}\n    then: {queue: general}"),
    "a day that is none": rule("expires: soon\n    then: {queue: general}"),
    "contains of nothing": rule("when: {text: {holds: x}}\n    then: {queue: general}"),
}


class Schema(unittest.TestCase):
    def test_shipped_rules_fit(self):
        rules = schema()
        files = [path for path in sorted((ROOT / "rules").glob("*.yaml")) if not path.name.endswith(".test.yaml")]
        self.assertGreater(len(files), 4)
        for path in files:
            with self.subTest(path.name):
                rules.validate(yaml.load(path.read_text(), Loader))

    def test_shipped_cases_fit(self):
        cases = schema("--cases")
        files = sorted((ROOT / "rules").glob("*.test.yaml"))
        self.assertGreater(len(files), 0)
        for path in files:
            with self.subTest(path.name):
                cases.validate(yaml.load(path.read_text(), Loader))

    def test_mistakes_do_not_fit(self):
        rules = schema()
        for what, text in MISTAKES.items():
            with self.subTest(what):
                value = yaml.load(text, Loader) if isinstance(text, str) else text
                self.assertFalse(rules.is_valid(value), what)

    def test_a_case_with_a_mistake_does_not_fit(self):
        cases = schema("--cases")
        good = {"cases": [{"case": "x", "ticket": {"body": "y"}, "expect": {"queue": "general"}}]}
        self.assertTrue(cases.is_valid(good))
        for key, value in (("ticket", {"bodi": "y"}), ("expect", {}), ("expect", {"queue": "nowhere"}), ("after", "5")):
            with self.subTest(f"{key}: {value}"):
                self.assertFalse(cases.is_valid({"cases": [{**good["cases"][0], key: value}]}))


if __name__ == "__main__":
    unittest.main()
