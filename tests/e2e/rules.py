"""The rules and the sample we ship: no mistakes, no rule without a case, and real texts find their desk."""
import collections
import re
import unittest

from desk import ROOT, Desk, sample_tickets


def names_after(key, text):
    """Every name in the flow lists `key: [a, b]` of a file."""
    lists = re.findall(rf"\b{key}: \[([^\]]*)\]", text)
    return {name for names in lists for name in re.split(r"[\s,]+", names.strip())}


class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.desk = Desk()

    @classmethod
    def tearDownClass(cls):
        cls.desk.remove()

    def test_they_have_no_mistakes_and_their_cases_pass(self):
        for command in ("check", "test"):
            run = self.desk.ctl(command)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.assertNotIn("warning", run.stdout + run.stderr)

    def test_every_rule_is_in_a_case(self):
        rules, cases = set(), set()
        for file in (ROOT / "rules").glob("*.yaml"):
            text = file.read_text()
            if file.name.endswith(".test.yaml"):
                cases |= names_after("fired", text) | names_after("escalated", text)
            else:
                rules |= set(re.findall(r"^  - rule: (\S+)$", text, re.M))
        self.assertGreater(len(rules), 100)
        self.assertEqual(rules - cases, set(), "these rules fire in no case")

    def test_the_sample_is_real_size_on_every_channel_and_each_ref_is_its_own(self):
        tickets = sample_tickets()
        self.assertEqual(len({ticket["ref"] for ticket in tickets}), len(tickets))
        real = [ticket for ticket in tickets if not ticket["ref"].startswith("sample-written-")]
        self.assertGreaterEqual(len(real), 1000)
        by_channel = collections.Counter(ticket["channel"] for ticket in real)
        for channel in ("faq", "chat", "email", "phone"):
            self.assertGreaterEqual(by_channel[channel], 200, channel)

    def test_the_sample_reaches_every_queue_and_little_of_it_is_left_to_guess(self):
        self.desk.start()
        feed = self.desk.ctl("feed", *(str(file) for file in (ROOT / "config" / "sample").glob("tickets-*.jsonl")))
        self.assertEqual(feed.returncode, 0, feed.stdout + feed.stderr)
        client = self.desk.client()
        waiting = {queue["name"]: queue["waiting"] for queue in client.ask({"op": "queues"})["queues"]}
        guessed = sum("default" in client.ask(ticket)["rules"] for ticket in sample_tickets())
        client.close()
        self.assertEqual([name for name, count in waiting.items() if count == 0], [])
        self.assertLess(guessed, 0.08 * len(sample_tickets()))
        self.assertEqual(self.desk.stop(), 0)


if __name__ == "__main__":
    unittest.main()
