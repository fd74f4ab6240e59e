"""A failed sync, injected into the real process, ends it with a clear message and loses nothing acknowledged."""
import shutil
import signal
import subprocess
import unittest

from desk import Desk, sample_tickets


def can_trace():
    probe = ["strace", "-f", "-e", "inject=fdatasync:error=EIO:when=1", "true"]
    return shutil.which("strace") and subprocess.run(probe, capture_output=True).returncode == 0


@unittest.skipUnless(can_trace(), "needs strace and the right to trace")
class FailedSync(unittest.TestCase):
    def test_the_process_ends_and_keeps_its_word(self):
        for nth in (1, 2, 5, 20):
            with self.subTest(failing_sync=nth):
                self.one(nth)

    def one(self, nth):
        desk = Desk()
        try:
            desk.start()
            self.assertEqual(desk.stop(), 0)
            # From here on every sync from the nth fails, until the process ends.
            desk.prefix = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e",
                           f"inject=fdatasync,fsync:error=EIO:when={nth + 12}+"]
            acknowledged = {}
            try:
                desk.start()
                self.feed(desk, acknowledged)
            except (OSError, RuntimeError):
                pass
            self.assertEqual(desk.process.wait(timeout=30), 3)
            self.assertRegex(desk.log.read_text(), "(?i)journal.*(sync|write|I/O)")
            desk.prefix = []
            desk.start()
            client = desk.client()
            for ref, reply in acknowledged.items():
                again = client.ask({"ref": ref, "channel": "email", "body": "again"})
                self.assertEqual(again, {**reply, "again": True})
            self.assertEqual(desk.stop(), 0)
        finally:
            desk.remove()

    def feed(self, desk, acknowledged):
        client = desk.client()
        for number, ticket in enumerate(sample_tickets() * 20):
            reply = client.ask(dict(ticket, ref=f"s-{number}"))
            self.assertTrue(reply["ok"])
            acknowledged[reply["ref"]] = reply


if __name__ == "__main__":
    unittest.main()
