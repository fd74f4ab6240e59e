"""What the tests share in which leads are told of an alarm, each by a way of its own."""
import json
import re
import time
import unittest

from desk import Desk


class LeadsTest(unittest.TestCase):
    def setUp(self):
        self.desk = Desk()
        self.addCleanup(self.desk.remove)

    def write_outbox(self, settings):
        with open(self.desk.config, "a") as file:
            file.write(f"\noutbox:\n{settings}  retry_first: 200ms\n  retry_max: 400ms\n  attempts: 100\n")

    def write_leads(self, **ways):
        """Each lead's entry in queues.yaml; `_` stands for the `-` of a name."""
        queues = self.desk.config.parent / "queues.yaml"
        text = queues.read_text()
        for name, way in ways.items():
            lead = name.replace("_", "-")
            text, times = re.subn(rf"^  {lead}: .*$", f"  {lead}: {way}", text, flags=re.M)
            self.assertEqual(times, 1)
        queues.write_text(text)

    def alarm(self):
        """A ticket of which both leads are told. Its reply."""
        client = self.desk.client()
        reply = client.ask({"ref": "a", "channel": "phone", "language": "en",
                            "body": "The charger gave my daughter an electric shock."})
        self.assertTrue(reply["ok"], reply)
        client.close()
        return reply

    def notes(self):
        """What each lead is to be told of the alarm."""
        notes = json.loads(self.desk.ctl("outbox", "--json").stdout)["notes"]
        return {note["lead"]: note for note in notes if note["body"]["rule"] == "safety-alarm"}

    def wait_until(self, holds):
        end = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), end, json.dumps(self.notes(), indent=1))
            time.sleep(0.05)
