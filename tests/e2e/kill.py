"""SIGKILL at random moments under load: every acknowledged ticket is there afterwards, once, on the right queue.

Environment: TRIAGED_KILLS (how often, 200), TRIAGED_KILL_SEED (to repeat a run).
"""
import collections
import os
import random
import threading
import time
import unittest

from desk import Desk, sample_tickets

KILLS = int(os.environ.get("TRIAGED_KILLS", "200"))
SEED = int(os.environ.get("TRIAGED_KILL_SEED", str(time.time_ns() % 1_000_000)))
KILLS_PER_JOURNAL = 25
FEEDERS = 4


class Feeder(threading.Thread):
    """Sends tickets with a window of open requests until the connection breaks; keeps every acknowledgement."""

    def __init__(self, client, requests, acknowledged):
        super().__init__()
        self.client, self.requests, self.acknowledged = client, requests, acknowledged
        self.problems = []

    def run(self):
        try:
            for start in range(0, len(self.requests), 16):
                window = self.requests[start:start + 16]
                self.client.send(*window)
                for request in window:
                    reply = self.client.reply()
                    if not reply["ok"] or reply["ref"] != request["ref"]:
                        self.problems.append((request, reply))
                    self.acknowledged[request["ref"]] = reply
        except OSError:
            pass  # killed


class Kill(unittest.TestCase):
    def test_acknowledged_tickets_survive(self):
        print(f"seed {SEED}, {KILLS} kills", flush=True)
        dice = random.Random(SEED)
        texts = sample_tickets()
        acknowledged = 0
        for journal in range(0, KILLS, KILLS_PER_JOURNAL):
            acknowledged += self.one_journal(dice, texts, journal, min(KILLS_PER_JOURNAL, KILLS - journal))
        print(f"{acknowledged} acknowledged tickets checked", flush=True)
        self.assertGreater(acknowledged, KILLS)

    def one_journal(self, dice, texts, journal, kills):
        desk = Desk()
        try:
            answers, sent, recent = {}, {}, []
            for kill in range(kills):
                desk.start()
                recent = self.check(desk, sent, recent)
                recent += self.feed_and_kill(desk, dice, texts, f"{journal}-{kill}", answers, sent)
            desk.start()
            self.check(desk, sent, list(answers.values()))
            self.check_whole(desk, answers, sent)
            self.assertEqual(desk.stop(), 0)
            verified = desk.ctl("verify")
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
            return len(answers)
        finally:
            desk.remove()

    def feed_and_kill(self, desk, dice, texts, name, answers, sent):
        feeders = []
        for i in range(FEEDERS):
            requests = [dict(dice.choice(texts), ref=f"{name}-{i}-{n}") for n in range(400)]
            sent.update((request["ref"], request) for request in requests)
            feeders.append(Feeder(desk.client(), requests, {}))
        for feeder in feeders:
            feeder.start()
        time.sleep(dice.random() * dice.choice([0.02, 0.08]))
        desk.kill()
        new = {}
        for feeder in feeders:
            feeder.join()
            feeder.client.close()
            self.assertEqual(feeder.problems, [])
            new.update(feeder.acknowledged)
        answers.update(new)
        return list(new.values())

    def check(self, desk, sent, replies):
        """Sends again what was acknowledged since the last kill: the first answer comes back, word for word."""
        client = desk.client()
        for start in range(0, len(replies), 64):
            some = replies[start:start + 64]
            # Source and ref name a contact; the rest of it may differ.
            named = ({key: sent[reply["ref"]][key] for key in ("source", "ref") if key in sent[reply["ref"]]}
                     for reply in some)
            client.send(*({**names, "channel": "email", "body": "again"} for names in named))
            for first in some:
                self.assertEqual(client.reply(), {**first, "again": True})
        client.close()
        return []

    def check_whole(self, desk, answers, sent):
        """Sends everything that was ever sent: each ref opened a ticket or joined one, and the queues hold exactly those."""
        client = desk.client()
        final = {}
        refs = list(sent)
        for start in range(0, len(refs), 64):
            some = refs[start:start + 64]
            client.send(*(sent[ref] for ref in some))
            for ref in some:
                reply = client.reply()
                self.assertTrue(reply["ok"], reply)
                self.assertEqual(reply["ref"], ref)
                final[ref] = reply
        opened = {reply["ticket"] for reply in final.values() if not reply.get("joined")}
        joined = [reply["ticket"] for reply in final.values() if reply.get("joined")]
        self.assertEqual(len(opened) + len(joined), len(sent))
        self.assertLessEqual(set(joined), opened)
        in_order = sorted(final.values(), key=lambda reply: reply["seq"])
        stands = {reply["ticket"]: reply["queue"] for reply in in_order}  # a contact that joins may escalate
        expected = collections.Counter(stands.values())
        queues = client.ask({"op": "queues"})["queues"]
        held = {queue["name"]: queue["waiting"] + queue["offered"] + queue["assigned"] for queue in queues}
        self.assertEqual({name: count for name, count in held.items() if count}, dict(expected))
        client.close()


if __name__ == "__main__":
    unittest.main()
